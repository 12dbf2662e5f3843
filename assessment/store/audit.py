"""The audit log: what happened to which record, never what was answered."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, false, or_, select, union

from assessment.store.audit_chain import Noted, append
from assessment.store.review_tables import submission
from assessment.store.tables import audit, response

SYSTEM = ("respondent", "recipient", "visitor", "worker", "retention", "demo")
"""Actors that are nobody's account."""
Place = tuple[datetime, int]
"""Where a row stands in the log: when it happened, and its id."""


def note(connection: Connection, now: datetime, actor: str, action: str, subject: str, detail: str = "") -> None:
    """Record one event, chained to the one before it; the last thing that a transaction may have to wait for."""
    event = Noted(at=now, actor=actor, action=action, subject=subject, detail=detail or None)
    append(connection, [event])


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the log is narrowed to; an empty part narrows nothing. `until` itself is left out.

    `subject` is the id in the log, or a submission's reference; `actions` None means all of them.
    """

    actor: str = ""
    actions: Collection[str] | None = None
    subject: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One row of the log."""

    id: int
    at: datetime
    actor: str
    action: str
    subject: str
    detail: str | None

    @property
    def place(self) -> Place:
        """Where it stands in the log."""
        return self.at, self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """The submission behind a subject; `public_id` is None once it was erased."""

    reference: str
    company: str | None
    public_id: str | None


def listing(connection: Connection, wanted: Wanted, limit: int, before: Place | None = None) -> list[Entry]:
    """The newest rows that are wanted, older than `before`."""
    query = select(*(audit.c[name] for name in Entry.__dataclass_fields__)).where(*_narrowed(connection, wanted))
    if before is not None:
        at, id_ = before
        query = query.where((audit.c.at < at) | ((audit.c.at == at) & (audit.c.id < id_)))
    ordered = query.order_by(audit.c.at.desc(), audit.c.id.desc()).limit(limit)
    return [Entry(**row._mapping) for row in connection.execute(ordered)]


def _narrowed(connection: Connection, wanted: Wanted) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.actor:
        conditions.append(audit.c.actor == wanted.actor)
    if wanted.actions is not None:
        conditions.append(audit.c.action.in_(wanted.actions) if wanted.actions else false())
    if wanted.subject:
        conditions.append(audit.c.subject.in_(_subjects(connection, wanted.subject)))
    if wanted.since is not None:
        conditions.append(audit.c.at >= wanted.since)
    if wanted.until is not None:
        conditions.append(audit.c.at < wanted.until)
    return conditions


def _subjects(connection: Connection, typed: str) -> set[str]:
    """What a subject is called in the log: as typed, and both ids of the submission of that reference or id."""
    named = or_(submission.c.reference == typed.upper(), submission.c.public_id == typed, response.c.public_id == typed)
    joined = select(submission.c.public_id, response.c.public_id.label("response"))
    rows = connection.execute(joined.join(response, response.c.id == submission.c.response_id).where(named))
    return {typed, *(name for row in rows for name in row)}


def submissions_behind(connection: Connection, subjects: Collection[str]) -> dict[str, Named]:
    """The submissions that subjects stand for, by subject: a scorecard's public id or a response's."""
    columns = (submission.c.reference, submission.c.company, submission.c.public_id, submission.c.erased)
    direct = select(submission.c.public_id.label("subject"), *columns).where(submission.c.public_id.in_(subjects))
    through = select(response.c.public_id, *columns).join(response, response.c.id == submission.c.response_id)
    both = union(direct, through.where(response.c.public_id.in_(subjects)))
    return {row.subject: _named(row) for row in connection.execute(both)}


def _named(row: Row[Any]) -> Named:
    return Named(reference=row.reference, company=row.company, public_id=None if row.erased else row.public_id)


def last_looked(connection: Connection, actor: str) -> datetime | None:
    """When this actor's present or last visit to the log began, or None."""
    mine = select(audit.c.at).where(audit.c.subject == "audit", audit.c.actor == actor)
    return connection.execute(mine.order_by(audit.c.id.desc()).limit(1)).scalar_one_or_none()
