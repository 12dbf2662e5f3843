"""Responses: one respondent's answers to one version, from the first page to the submission."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from assessment.store.tables import response

ANSWERED = "answered"
"""The state of a response whose answers became a ballot: who it was has answered, and nothing else is known of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """A response as stored; `answers` is JSON, `sealed_*` are encrypted."""

    id: int
    public_id: str
    questionnaire: str
    version: str
    state: str
    answers: str
    sealed_texts: bytes | None
    sealed_contact: bytes | None
    revision: int
    page: int
    submission_key: str
    epoch: int
    source: str | None
    previous_id: int | None
    started_at: datetime
    updated_at: datetime
    submitted_at: datetime | None


# Built once: putting a statement together costs as much as running it.
_BY_PUBLIC_ID = select(response).where(response.c.public_id == bindparam("key"))
_BY_ID = select(response).where(response.c.id == bindparam("key"))
_CHANGED = update(response).where(response.c.id == bindparam("key"))


def _read(row: Row[Any] | None) -> Response | None:
    return None if row is None else Response(**row._mapping)


def find(connection: Connection, public_id: str) -> Response | None:
    """The response with this public id, or None."""
    return _read(connection.execute(_BY_PUBLIC_ID, {"key": public_id}).first())


def by_id(connection: Connection, id_: int) -> Response | None:
    """The response with this id, or None."""
    return _read(connection.execute(_BY_ID, {"key": id_}).first())


def add(connection: Connection, values: Mapping[str, Any]) -> None:
    """Insert a new draft."""
    connection.execute(insert(response).values(**values))


def save(connection: Connection, id_: int, values: Mapping[str, Any]) -> None:
    """Change a response and count its revision up, unless the values say what it becomes."""
    changed = _CHANGED if "revision" in values else _CHANGED.values(revision=response.c.revision + 1)
    connection.execute(changed, {**values, "key": id_})
