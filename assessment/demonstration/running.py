"""Putting a demonstration into an installation and taking it out, in small transactions: one may stop and go on."""

import multiprocessing
import os
import pickle
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import closing
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from zoneinfo import ZoneInfo

from assessment.actions.installation import Installation
from assessment.actions.peering import listen
from assessment.actions.promises import consent_wordings
from assessment.catalogue.catalogue import Entry
from assessment.catalogue.versions import dump
from assessment.demonstration.making import Made, Maker, make_all, prepare
from assessment.demonstration.planning import Visit, first
from assessment.demonstration.rows import Desk, rows_of
from assessment.store import accounts, audit, definitions, exports
from assessment.store import demonstration as store
from assessment.store.accounts import Account
from assessment.store.database import reading, writing

AT_A_TIME = 250
"""Submissions of one transaction."""
FEW = 500
"""Up to so many are made without child processes, whose start would take longer."""
AHEAD = 3
"""Batches a child process may be ahead of the database."""

Advance = Callable[[int], object]


def make(house: Installation, number: int, seed: int, now: datetime, begin: Callable[[int], Advance]) -> int:
    """Bring the demonstration of this seed up to `number` submissions; says how many were added.

    `begin` is told how many are missing and gives what is told the size of every batch stored. Stopped and started
    again it goes on; the same seed on the same day gives the same data.
    """
    entries = house.catalogue.live("assessment")
    end = now.replace(hour=0, minute=0, second=0, microsecond=0)
    with reading(house.engine) as connection:
        there = store.known(connection)
        owners = [each.id for each in accounts.everybody(connection, house.keyring) if _works(each)]
    missing = [visit for visit in first(seed, len(entries), end, number) if visit.id("card") not in there]
    advance = begin(len(missing))
    if not missing or not entries:
        return 0
    settings = house.settings
    keep, zone = timedelta(days=settings.draft_days), ZoneInfo(settings.time_zone)
    desk = Desk(house.keyring, owners, consent_wordings(settings), end, keep, zone)
    _keep_definitions(house, entries, now)
    try:
        with closing(_made(house, entries, missing, end)) as batches:
            for batch in batches:
                rows = [rows_of(made, desk) for made in batch]
                with writing(house.engine) as connection:
                    store.add(connection, rows)
                advance(len(batch))
    finally:
        with writing(house.engine) as connection:
            audit.note(connection, now, store.ACTOR, "demo.made", f"seed {seed}", f"{number} submissions asked for")
    listen(house, now)
    return len(missing)


def _works(account: Account) -> bool:
    return account.active and account.may("consultant")


def _keep_definitions(house: Installation, entries: Sequence[Entry], now: datetime) -> None:
    with writing(house.engine) as connection:
        for entry in entries:
            part = entry.questionnaire
            definitions.keep(connection, entry.version, part.id, part.format, partial(dump, part), now)


def _made(
    house: Installation, entries: Sequence[Entry], visits: Sequence[Visit], end: datetime
) -> Generator[list[Made], None, None]:
    """What the visits submit, in batches and in their order; made in child processes when they are many."""
    settings, batches = house.settings, _batches(visits)
    if len(visits) <= FEW:
        maker = Maker(entries, settings.brand, settings.time_zone, settings.public_url, end)
        yield from ([maker.make(visit) for visit in batch] for batch in batches)
        return
    children = max(1, min(4, (os.cpu_count() or 2) - 1))
    packed = pickle.dumps((entries, settings.brand, settings.time_zone, settings.public_url, end))
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(children, spawn, initializer=prepare) as pool:
        waiting: deque[Future[list[Made]]] = deque()
        try:
            for batch in batches:
                waiting.append(pool.submit(make_all, packed, batch))
                if len(waiting) >= children * AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _batches(visits: Sequence[Visit]) -> Iterator[list[Visit]]:
    rest = iter(visits)
    while batch := list(islice(rest, AT_A_TIME)):
        yield batch


def remove(house: Installation, now: datetime, begin: Callable[[int], Advance]) -> int:
    """Delete every demonstration and nothing else; says how many submissions and drafts went. It may be stopped."""
    with reading(house.engine) as connection:
        there = store.count(connection)
    advance, gone = begin(there), 0
    while True:
        with writing(house.engine) as connection:
            some = store.remove_some(connection, AT_A_TIME)
        if not some:
            break
        gone += some
        advance(some)
    with writing(house.engine) as connection:
        store.remove_counts(connection)
        if gone:
            exports.drop_all(connection)
            audit.note(connection, now, store.ACTOR, "demo.removed", "response", str(gone))
    return gone
