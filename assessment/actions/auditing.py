"""Proving that the audit log is what was written: sealing its head, and walking it from the first row."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, Engine

from assessment.actions.installation import Installation
from assessment.store import audit_chain, audit_head, audit_seals, audit_walk
from assessment.store.audit_chain import Link
from assessment.store.audit_head import Kept
from assessment.store.audit_seals import Check, Seal
from assessment.store.audit_walk import Held, Misfit, Place
from assessment.store.database import reading, writing

PURPOSE = "audit"
"""What the key of the seals is derived for."""
SEALED_EVERY = timedelta(hours=1)
MOST_UNSEALED = 1_000
"""Rows after which a seal is due at once."""
CHECKED_EVERY = timedelta(days=1)

log = logging.getLogger(__name__)


def begin(engine: Engine, home: Path) -> None:
    """Keep in the home folder how far the log is sealed, unless it is kept there; what `init` does."""
    with reading(engine) as connection:
        seal = audit_seals.newest(connection)
    audit_head.begin(home, _head_of(seal) if seal else Kept())


def _head_of(seal: Seal) -> Kept:
    return Kept(seal.audit_id, seal.number, seal.digest)


def keep_watch(house: Installation, now: datetime, advance: Callable[[int], object] = lambda _: None) -> None:
    """What a worker does now and then: seal when it is due, and once a day (misfits: hourly) check the whole log.

    `advance` is called between the rows of a check, with how many were walked; what it raises ends the check.
    """
    with reading(house.engine) as connection:
        open_rows, seal = audit_seals.unsealed(connection), audit_seals.newest(connection)
        check = audit_seals.last_check(connection)
    if open_rows >= MOST_UNSEALED or (open_rows and _over(seal.at if seal else None, SEALED_EVERY, now)):
        seal_head(house, now)
    span = SEALED_EVERY if check and check.fault else CHECKED_EVERY
    if _over(check.at if check else None, span, now):
        check_all(house, now, advance)


def _over(since: datetime | None, span: timedelta, now: datetime) -> bool:
    """Whether a span is over, or began in the future: then a clock was put right."""
    return since is None or not since <= now < since + span


def seal_head(house: Installation, now: datetime) -> Place | None:
    """Seal the log as far as it fits to its last seal, and log its head; None when nothing is new or nothing fits.

    What does not fit is logged and kept for the administrators' page.
    """
    key = house.keyring.derived(PURPOSE)
    try:
        kept = audit_head.read(house.settings.home)  # before the seals, which another worker may be adding to
        with reading(house.engine) as connection:
            if not audit_seals.unsealed(connection):
                return None
            before = audit_seals.newest(connection)
            _hold(connection, kept, before, now)
        place = _walk(house, *_resume(house, before, key))
    except Misfit as misfit:
        log.error("the audit log is not sealed: %s", misfit)
        _tell_first(house, now, str(misfit))
        return None
    id_, digest = place.last.id, place.last.digest
    mac = audit_seals.mac_of(key, id_, place.number, digest, now)
    seal = Seal(audit_id=id_, number=place.number, digest=digest, at=now, mac=mac)
    with writing(house.engine) as connection:
        new = audit_seals.add(connection, seal)
    if new:
        audit_head.write(house.settings.home, _head_of(seal))
        log.info("the audit log is sealed at %s", place.head)
    return place


def _hold(connection: Connection, kept: Kept | None, seal: Seal | None, now: datetime) -> None:
    """Raise `Misfit` unless the log still contains the head that was kept, and the seals reach as far."""
    if kept is None:
        _refuse_unsealed(connection, seal, now)
    elif kept.number > (seal.number if seal else 0):
        raise Misfit(f"seals were taken away: the log was sealed at {kept.number:,} rows already")
    elif kept.number and audit_chain.digest_at(connection, kept.audit_id) != kept.digest:
        raise Misfit(f"row {kept.number:,} (id {kept.audit_id}) is not the one that was sealed")


def _refuse_unsealed(connection: Connection, seal: Seal | None, now: datetime) -> None:
    oldest = None if seal else audit_seals.oldest(connection)
    if oldest is not None and now - oldest > 2 * SEALED_EVERY:
        raise Misfit(f"no row is sealed, and the first is of {oldest:%Y-%m-%d %H:%M} UTC: no worker ran, or seals went")


def _resume(house: Installation, before: Seal | None, key: bytes) -> tuple[Place, Held]:
    """Where the walk since a seal begins: at its row, which must stand as it was sealed. Raises `Misfit`."""
    if before is None:
        return Place(), Held()
    if not before.is_ours(key):
        raise Misfit("the last seal was not made with this installation's secrets")
    with reading(house.engine) as connection:
        there = audit_chain.digest_at(connection, before.audit_id)
    if there != before.digest:
        raise Misfit(f"row {before.number:,} (id {before.audit_id}) is not the one that was sealed")
    return Place(before.number, Link(before.audit_id, before.digest)), Held()


def _walk(house: Installation, place: Place, held: Held, advance: Callable[[int], object] = lambda _: None) -> Place:
    while True:
        with reading(house.engine) as connection:  # one short read a chunk: a long walk holds nobody up
            rows = audit_walk.chunk(connection, place.last.id)
        if not rows:
            return place
        place = audit_walk.follow(rows, place, held)
        advance(len(rows))


def verify(
    house: Installation,
    begin: Callable[[int], Callable[[int], object]],
    now: datetime,
    expected: tuple[int, str] | None = None,
) -> tuple[Place, Sequence[Seal]]:
    """Walk the whole log against its seals, the head kept in the home folder, and one that somebody kept elsewhere.

    `begin` is told how many rows there are and gives what is told how many were walked. Raises `Misfit`.
    """
    kept = audit_head.read(house.settings.home)
    with reading(house.engine) as connection:
        seals, check = audit_seals.every(connection), audit_seals.last_check(connection)
        rows, last = audit_seals.total(connection), audit_seals.newest(connection)
    heads = [expected] if expected else []
    if kept is not None:
        heads.append((kept.number, kept.digest))
    held = Held(seals=seals, key=house.keyring.derived(PURPOSE), expected=heads)
    place = _walk(house, Place(), held, begin(rows))
    audit_walk.ended(place, held)
    if check is not None and check.number > place.number:
        raise Misfit(f"rows missing at the end: the check of {check.at:%Y-%m-%d %H:%M} UTC found {check.number:,}")
    with reading(house.engine) as connection:
        _hold(connection, kept, last, now)
        _refuse_unsealed(connection, last, now)
    return place, list(seals.values())


def check_all(house: Installation, now: datetime, advance: Callable[[int], object] = lambda _: None) -> Check:
    """Verify, and keep what came of it for the administrators' page."""
    try:
        place, _seals = verify(house, lambda _rows: advance, now)
    except Misfit as misfit:
        log.error("the audit log does not fit: %s", misfit)
        return _remember(house, now, str(misfit))
    check = Check(at=now, number=place.number, last_at=place.at, fault=None)
    with writing(house.engine) as connection:
        audit_seals.remember_check(connection, check)
    return check


def _tell_first(house: Installation, now: datetime, fault: str) -> None:
    """Keep what does not fit unless something is kept: that is put right by the next check of the whole log."""
    with reading(house.engine) as connection:
        check = audit_seals.last_check(connection)
    if check is None or check.fault is None:
        _remember(house, now, fault)


def _remember(house: Installation, now: datetime, fault: str) -> Check:
    """Keep what does not fit, with how far the log fitted before."""
    with writing(house.engine) as connection:
        before = audit_seals.last_check(connection)
        number, last_at = (before.number, before.last_at) if before else (0, None)
        check = Check(at=now, number=number, last_at=last_at, fault=fault)
        audit_seals.remember_check(connection, check)
    return check
