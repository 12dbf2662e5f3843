"""What happened to one submission: the audit log's rows about it, newest first."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, select

from assessment.store.tables import audit

LOOKS = (
    "submission.viewed", "company.viewed", "scorecard.viewed", "pdf.taken", "review.read", "review.previewed",
    "person.viewed",
)  # fmt: skip
"""Actions that only looked: they are kept, and would bury everything else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One row of the audit log."""

    at: datetime
    actor: str
    action: str
    detail: str | None


def _about(subjects: Collection[str], *, looks: bool) -> list[ColumnElement[bool]]:
    about: list[ColumnElement[bool]] = [audit.c.subject.in_(subjects)]
    return about if looks else [*about, audit.c.action.not_in(LOOKS)]


def events(connection: Connection, subjects: Collection[str], *, looks: bool, limit: int) -> tuple[Event, ...]:
    """The newest events about any of these subjects (public ids), without those that only looked unless `looks`."""
    query = select(audit.c.at, audit.c.actor, audit.c.action, audit.c.detail).where(*_about(subjects, looks=looks))
    rows = connection.execute(query.order_by(audit.c.id.desc()).limit(limit))
    return tuple(Event(**row._mapping) for row in rows)


def count(connection: Connection, subjects: Collection[str], *, looks: bool) -> int:
    """How many events there are about these subjects."""
    query = select(func.count()).select_from(audit).where(*_about(subjects, looks=looks))
    return int(connection.execute(query).scalar_one())


def latest(connection: Connection, subject: str, action: str) -> Event | None:
    """The newest event of one kind about a subject, or None."""
    query = select(audit.c.at, audit.c.actor, audit.c.action, audit.c.detail).where(
        audit.c.subject == subject, audit.c.action == action
    )
    row = connection.execute(query.order_by(audit.c.id.desc()).limit(1)).first()
    return None if row is None else Event(**row._mapping)
