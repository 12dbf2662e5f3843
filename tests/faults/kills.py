"""kill -9 of web and worker while people submit: nothing acknowledged is lost or doubled, every mail arrives."""

import random
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from tests.faults.audit_books import Books, books, queue_is_empty
from tests.faults.backends import Backend
from tests.faults.insisting import Told
from tests.faults.site import KillableSite
from tests.faults.table import Row
from tests.faults.traps import Killer

RECOVERS_WITHIN = 2.0
DRAINS_WITHIN = 600.0
AT_ONCE = 8
A_FEW, PAUSE = 2, 0.3
"""People who go on at once, and the seconds that each of them leaves to the worker."""


@dataclass(frozen=True)
class Plan:
    """How much of it: people who submit, and kills of web and worker together, in each round."""

    submissions: int = 1000
    kills: int = 50
    seeds: int = 5
    aimed: bool = False
    """Every kill comes at a moment at which a wrong design would lose, not only every other one."""
    patient: bool = False
    """How long a recovery takes is told, and not judged."""
    to_the_last: bool = False
    """More people come until the last kill of the web did: a fast machine is through with a few before it."""


SMALL = Plan(submissions=20, kills=5, seeds=1, patient=True, to_the_last=True)


@dataclass(frozen=True, kw_only=True)
class Round:
    """What one seed did."""

    told: int
    books: Books
    kills: Counter[str]
    recoveries: tuple[float, ...]
    """Seconds from each kill of who answers to the next 303: a page or a submit that was sent since is stored."""
    whole: tuple[float, ...] = ()
    """The same where its keeper was killed too."""
    to_a_scorecard: float
    """Seconds at most until somebody, of those who answer several pages first, had a new scorecard."""
    statuses: Counter[int]
    unkind: int
    seconds: float

    @property
    def errors(self) -> int:
        """Answers of 500."""
        return sum(count for status, count in self.statuses.items() if status >= 500 and status != 503)

    @property
    def recovery(self) -> float:
        return max(self.recoveries, default=0.0)

    @property
    def sound(self) -> bool:
        # A killed worker had one mail in hand: more that nobody can be sure of means that it had leased more.
        one_in_hand = self.books.copies <= self.books.unsure <= self.kills["worker"]
        return self.books.sound and not self.errors and one_in_hand

    @property
    def _with_the_keeper(self) -> str:
        return f"with the keeper killed too {max(self.whole):.2f} s, " if self.whole else ""

    def __str__(self) -> str:
        kills = ", ".join(f"{role} {count}" for role, count in sorted(self.kills.items()))
        middle = sorted(self.recoveries)[len(self.recoveries) // 2] if self.recoveries else 0.0
        return (
            f"{self.told} acknowledged, killed {kills}; {self.books}, answers of 500 {self.errors}; "
            f"back within {self.recovery:.2f} s at worst, {middle:.2f} s in the middle, "
            f"{self._with_the_keeper}"
            f"to a scorecard within {self.to_a_scorecard:.2f} s; {self.seconds:.0f} s"
        )


def one_round(url: str, home: Path, seed: int, plan: Plan) -> Round:
    """One seed on the database at `url` (empty), with a home of its own."""
    began = time.monotonic()
    emails = [f"person{number}@northfield.example" for number in range(plan.submissions)]
    with KillableSite(home, DATABASE_URL=url) as site:
        told = Told(site.url)
        killer = Killer(site, told, random.Random(seed), aimed=plan.aimed)
        threads = killer.start(plan.submissions, plan.kills)
        told.submit_all(emails, AT_ONCE)
        if plan.to_the_last:
            go_on(told, threads)
        drain(site, DRAINS_WITHIN)
        killer.over.set()
        for thread in threads:
            thread.join()
        site.wait_until_up()
        drain(site, 60)
        found = books(url, home, told, site.mails.received)
        return Round(
            told=len(told.cards),
            books=found,
            kills=site.kills,
            recoveries=tuple(recoveries_of(killer.times, told.writes, without=killer.whole)),
            whole=tuple(recoveries_of(killer.times, told.writes, only=killer.whole)),
            to_a_scorecard=max(recoveries_of(killer.times, told.submits), default=0.0),
            statuses=told.statuses,
            unkind=told.unkind,
            seconds=time.monotonic() - began,
        )


def go_on(told: Told, happening: Collection[threading.Thread]) -> None:
    """A few more people at a time, as long as something is to happen while they submit.

    They come no faster than the worker writes to them: more would only wait for their mail when all is over.
    """
    numbers = count()
    while any(thread.is_alive() for thread in happening):
        told.submit_all([f"more{next(numbers)}@northfield.example" for _ in range(A_FEW)], A_FEW)
        time.sleep(A_FEW * PAUSE)


def drain(site: KillableSite, seconds: float) -> None:
    """Until the worker has nothing left to do, or the time is over."""
    url, deadline = site.environment["DATABASE_URL"], time.monotonic() + seconds
    while not queue_is_empty(url) and time.monotonic() < deadline:
        site.assert_running()
        time.sleep(0.5)


def recoveries_of(
    faults: list[float],
    acknowledged: list[tuple[float, float]],
    *,
    without: Collection[float] = (),
    only: Collection[float] | None = None,
) -> list[float]:
    """Seconds from each fault to the next acknowledgement of what was sent after it.

    `acknowledged` says when each was sent and when it was told. Of faults with none between them the first counts; if
    any of them is among `without` they are left out, and unless any is among `only`, where that is given.
    """
    following: dict[float, list[float]] = {}
    for fault in sorted(faults):
        told = min((told for sent, told in acknowledged if sent > fault), default=None)
        if told is not None:
            following.setdefault(told, []).append(fault)
    counted = {
        told: group
        for told, group in following.items()
        if not set(group) & set(without) and (only is None or set(group) & set(only))
    }
    return [told - group[0] for told, group in counted.items()]


def run_on(backend: Backend, plan: Plan) -> Row:
    """Every seed on one kind of database."""
    return row_of(backend.name, plan, list(rounds_on(backend, plan)))


def rounds_on(backend: Backend, plan: Plan) -> Iterator[Round]:
    """One round a seed."""
    for seed in range(1, plan.seeds + 1):
        with tempfile.TemporaryDirectory(prefix="kills") as folder, backend.database(Path(folder)) as url:
            done = one_round(url, Path(folder), seed, plan)
        print(f"  {backend.name}, seed {seed}: {done}", flush=True)
        yield done


def row_of(name: str, plan: Plan, rounds: list[Round]) -> Row:
    """The rounds as a row of the table."""
    recovery = max(round_.recovery for round_ in rounds)
    found = [round_.books for round_ in rounds]
    return Row(
        fault=f"kill -9, {name}",
        tries=sum(round_.told for round_ in rounds),
        lost=sum(books.lost + books.broken for books in found),
        doubled=sum(books.phantom + books.unasked_copies for books in found),
        missing=sum(books.missing + books.without_delivery for books in found),
        recovery=recovery,
        goal="0 lost, doubled, missing"
        + ("" if plan.patient else f"; next 303 <= {RECOVERS_WITHIN:.0f} s (keeper alive)"),
        met=all(round_.sound for round_ in rounds) and (plan.patient or recovery <= RECOVERS_WITHIN),
        said=(
            f"{plan.submissions} submissions x {plan.kills} kills x {plan.seeds} seeds; "
            f"mails sent twice after an unsure attempt {sum(books.copies for books in found)} "
            f"of {sum(books.unsure for books in found)} unsure attempts; "
            f"answers of 500: {sum(round_.errors for round_ in rounds)}; "
            f"with its keeper killed too, next 303 within "
            f"{max((seconds for round_ in rounds for seconds in round_.whole), default=0.0):.1f} s; "
            f"next scorecard within {max(round_.to_a_scorecard for round_ in rounds):.1f} s"
        ),
    )
