"""Attempts: tries are counted before they are looked at, so that many at once cannot get past a limit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, insert, select

from assessment.store.review_tables import attempt

KEPT = timedelta(days=1)
"""How far the longest limit looks back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """At most so many tries of a subject (a keyed hash) within a time."""

    subject: str
    kind: str
    most: int
    within: timedelta


def take(connection: Connection, limits: Sequence[Limit], now: datetime) -> tuple[int, ...] | None:
    """Note a try that all limits allow and give its rows' ids; None, and nothing noted, when one is reached."""
    if any(_count(connection, limit, now) >= limit.most for limit in limits):
        return None
    rows = [{"subject": limit.subject, "kind": limit.kind, "at": now} for limit in limits]
    return tuple(connection.execute(insert(attempt).values(row).returning(attempt.c.id)).scalar_one() for row in rows)


def _count(connection: Connection, limit: Limit, now: datetime) -> int:
    query = select(func.count()).where(
        attempt.c.subject == limit.subject, attempt.c.kind == limit.kind, attempt.c.at > now - limit.within
    )
    return int(connection.execute(query).scalar_one())


def give_back(connection: Connection, ids: Sequence[int]) -> None:
    """Forget a try that succeeded."""
    connection.execute(delete(attempt).where(attempt.c.id.in_(ids)))


def forget_before(connection: Connection, before: datetime) -> None:
    """Delete what no limit counts any more."""
    connection.execute(delete(attempt).where(attempt.c.at < before))
