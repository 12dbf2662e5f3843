"""PostgreSQL restarted under load, in order and by force: nothing is lost, and nobody is told of an error."""

import random
import tempfile
import threading
import time
from pathlib import Path

from tests.faults.audit_books import books
from tests.faults.backends import durable_postgres
from tests.faults.insisting import Told
from tests.faults.kills import AT_ONCE, DRAINS_WITHIN, Round, drain, go_on, recoveries_of
from tests.faults.site import KillableSite
from tests.faults.table import Row
from tests.postgres import Postgres

RECOVERS_WITHIN = 5.0
FULL, SMALL = (1000, 20), (10, 2)
"""People who submit, and restarts. In a `patient` round more people come until the last restart is over."""
MODES = ("fast", "immediate")
"""Asks the clients to leave; ends them in the middle of whatever they are at."""


def run_with(submissions: int, restarts: int, seed: int = 1, *, patient: bool = False) -> Row:
    """People submit, and every few of them the server restarts; raises `Unable` where there is no PostgreSQL.

    How long a recovery takes is told, and judged unless it is to be `patient`.
    """
    with durable_postgres() as server, tempfile.TemporaryDirectory(prefix="restarts") as folder:
        done = _one_round(server, Path(folder), random.Random(seed), submissions, restarts, patient=patient)
    return Row(
        fault="PostgreSQL restarted",
        tries=done.told,
        lost=done.books.lost + done.books.broken,
        doubled=done.books.phantom + done.books.unasked_copies,
        missing=done.books.missing + done.books.without_delivery,
        recovery=done.recovery,
        goal="0 lost, doubled, 500" + ("" if patient else f"; <= {RECOVERS_WITHIN:.0f} s"),
        met=done.books.sound and not done.errors and not done.unkind and (patient or done.recovery <= RECOVERS_WITHIN),
        said=f"{restarts} restarts, {' and '.join(MODES)} in turn; {dict(done.statuses)}; {done}",
    )


def _one_round(
    server: Postgres, home: Path, dice: random.Random, submissions: int, restarts: int, *, patient: bool
) -> Round:
    began, url = time.monotonic(), server.url(server.make_database())
    back: list[float] = []
    with KillableSite(home, DATABASE_URL=url) as site:
        told = Told(site.url)
        restarting = threading.Thread(target=_restart, args=(server, told, dice, submissions, restarts, back))
        restarting.start()
        told.submit_all((f"person{number}@northfield.example" for number in range(submissions)), AT_ONCE)
        if patient:
            go_on(told, [restarting])
        restarting.join()
        drain(site, DRAINS_WITHIN)
        return Round(
            told=len(told.cards),
            books=books(url, home, told, site.mails.received),
            kills=site.kills,
            recoveries=tuple(recoveries_of(back, told.writes)),
            to_a_scorecard=max(recoveries_of(back, told.submits), default=0.0),
            statuses=told.statuses,
            unkind=told.unkind,
            seconds=time.monotonic() - began,
        )


def _restart(
    server: Postgres, told: Told, dice: random.Random, submissions: int, restarts: int, back: list[float]
) -> None:
    """Restart in every stretch of the load once, at a random moment of it; `back` gets when the server was there."""
    stretch = submissions * 9 // 10 // restarts
    for number in range(restarts):
        point = number * stretch + dice.randrange(max(1, stretch))
        while len(told.cards) < point:
            time.sleep(0.005)
        time.sleep(dice.uniform(0, 0.3))
        server.control("-m", MODES[number % len(MODES)], "restart")
        back.append(time.monotonic())
