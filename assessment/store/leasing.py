"""Leasing rows of a queue table: claim one, renew, finish, fail with backoff, release one's own.

A lease, not a lock: a worker may die while it renders or talks to a mail server, and its row must come back by itself.
Works for every table with the columns id, state, owner, next_at, tries and error. The work itself happens outside any
transaction; what it made is committed with a check that the lease is still ours.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Engine, Row, Table, Update, and_, case, or_, select, true, update

from assessment.store.database import reading, writing

FIRST_DELAY = timedelta(seconds=30)
"""What the first failure waits for at least; every further one waits twice as long."""

LONGEST_DELAY = timedelta(hours=1)
"""Where doubling stops."""

LONGEST_LEASE = timedelta(minutes=10)
"""No lease is longer."""

TOLERANCE = timedelta(minutes=2)
"""A row put off for this much longer than any row of its kind means that the clock was set back, and it is due."""

PATIENCE = timedelta(hours=24)
"""How long at least a failing row is tried again before it is given up."""


def backoff(tries: int, jitter: float) -> timedelta:
    """The wait after the `tries`-th failure (from 1): doubling to an hour, and up to half more by jitter in 0..1."""
    doublings = min(max(tries - 1, 0), 30)
    base = min(FIRST_DELAY * (1 << doublings), LONGEST_DELAY)
    return base * (1 + jitter / 2)


_DOUBLINGS = tuple(tries for tries in range(1, 30) if backoff(tries, 0) < LONGEST_DELAY)


def _tries_within(patience: timedelta) -> int:
    tries, waited = 1, timedelta()
    while waited < patience:
        waited += backoff(tries, 0)
        tries += 1
    return tries


MOST_TRIES = _tries_within(PATIENCE)
"""Tries that span `PATIENCE` even with the shortest delays; counted, so that no jump of the clock gives up early."""


def _due(table: Table, now: datetime) -> ColumnElement[bool]:
    # A row nobody has tried yet is due whatever its time says: it may have been queued before the clock was set back.
    fresh = and_(table.c.state == "queued", table.c.tries == 0)
    come = or_(table.c.next_at <= now, fresh, _too_far_ahead(table, now + TOLERANCE))
    return and_(table.c.state.in_(("queued", "leased")), come)


def _too_far_ahead(table: Table, now: datetime) -> ColumnElement[bool]:
    """The row was put off, or leased, by a clock that has been set back since."""
    leased = and_(table.c.state == "leased", table.c.next_at > now + LONGEST_LEASE)
    put_off = [and_(table.c.tries <= tries, table.c.next_at > now + backoff(tries, 1)) for tries in _DOUBLINGS]
    return or_(leased, and_(table.c.state == "queued", or_(*put_off, table.c.next_at > now + 1.5 * LONGEST_DELAY)))


def _unsure(table: Table) -> dict[str, Any]:
    # A delivery whose worker vanished may have been sent: it is counted as an unsure attempt.
    if "attempts_unsure" not in table.c:
        return {}
    return {"attempts_unsure": table.c.attempts_unsure + case((table.c.state == "leased", 1), else_=0)}


def claiming(
    table: Table, now: datetime, owner: str, lease: timedelta, ready: ColumnElement[bool] | None = None
) -> Update:
    """The one statement that leases the row that has been due longest and gives it back; `ready` narrows the choice."""
    chosen = (
        select(table.c.id)
        .where(_due(table, now), true() if ready is None else ready)
        .order_by(table.c.next_at, table.c.id)
        .limit(1)
        .with_for_update(skip_locked=True, of=table)
        .scalar_subquery()
    )
    taken = {"state": "leased", "owner": owner, "next_at": now + lease, "tries": table.c.tries + 1}
    return update(table).where(table.c.id == chosen).values(**taken, **_unsure(table)).returning(*table.c)


def claim(
    engine: Engine,
    table: Table,
    now: datetime,
    owner: str,
    lease: timedelta,
    ready: ColumnElement[bool] | None = None,
) -> Row[Any] | None:
    """Lease one due row for `owner` in one short write transaction, or None when nothing is due."""
    if not _anything_due(engine, table, now, ready):
        return None
    with writing(engine, about=()) as connection:
        return connection.execute(claiming(table, now, owner, lease, ready)).one_or_none()


def _anything_due(engine: Engine, table: Table, now: datetime, ready: ColumnElement[bool] | None) -> bool:
    # An idle worker only reads: on SQLite a write transaction would queue in front of people who answer.
    with reading(engine) as connection:
        look = select(table.c.id).where(_due(table, now), true() if ready is None else ready).limit(1)
        return connection.execute(look).first() is not None


def _ours(table: Table, row_id: int, owner: str) -> ColumnElement[bool]:
    return and_(table.c.id == row_id, table.c.state == "leased", table.c.owner == owner)


def renew(engine: Engine, table: Table, row_id: int, owner: str, now: datetime, lease: timedelta) -> bool:
    """Extend a lease; False when it is no longer ours and the work should stop."""
    with writing(engine, about=()) as connection:
        extended = update(table).where(_ours(table, row_id, owner)).values(next_at=now + lease)
        return connection.execute(extended).rowcount == 1


def finish(engine: Engine, table: Table, row_id: int, owner: str, **values: Any) -> bool:
    """End a lease with its result (`state` and more columns); False, writing nothing, when it is no longer ours."""
    with writing(engine, about=()) as connection:
        done = {"owner": None, "error": None, **values}
        return connection.execute(update(table).where(_ours(table, row_id, owner)).values(**done)).rowcount == 1


def fail(
    engine: Engine, table: Table, row_id: int, owner: str, now: datetime, error: str, delay: timedelta, **values: Any
) -> bool:
    """Put a row back to be tried again after `delay`, with the reason; False when it is no longer ours."""
    back = {"state": "queued", "next_at": now + delay, "error": error}
    return finish(engine, table, row_id, owner, **{**back, **values})


def release_own(engine: Engine, table: Table, owner: str, now: datetime) -> int:
    """Put back what an earlier life of this owner left leased (at start, before any claim); says how many rows."""
    with writing(engine, about=()) as connection:
        left = and_(table.c.state == "leased", table.c.owner == owner)
        back = {"state": "queued", "owner": None, "next_at": now}
        return connection.execute(update(table).where(left).values(**back, **_unsure(table))).rowcount
