"""Walking the audit log from row to row: whether each follows from the one before, and from the seals."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from assessment.store.audit_chain import NOTHING, Link, Noted, link
from assessment.store.audit_seals import Seal
from assessment.store.tables import audit

AT_A_TIME = 2_000
"""Rows that are read at once."""


class Misfit(Exception):
    """The log is not what was written: says, in one sentence, the first thing that does not fit."""


@dataclass(frozen=True, slots=True)
class Place:
    """How far a walk is: `number` rows, the last of them, and when it was noted."""

    number: int = 0
    last: Link = NOTHING
    at: datetime | None = None

    @property
    def head(self) -> str:
        """Number and digest, as they are kept outside the database."""
        return f"{self.number}:{self.last.digest}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a walk holds the log against: seals by row id, the key that made them, and heads that were kept."""

    seals: Mapping[int, Seal] = field(default_factory=dict)
    key: bytes = b""
    expected: Sequence[tuple[int, str]] = ()


def chunk(connection: Connection, after: int) -> list[Row[Any]]:
    """The next rows after an id, oldest first."""
    return list(connection.execute(select(audit).where(audit.c.id > after).order_by(audit.c.id).limit(AT_A_TIME)))


def follow(rows: list[Row[Any]], place: Place, held: Held) -> Place:
    """Go on from a place along rows; raises `Misfit`."""
    for row in rows:
        place = _next(row, place)
        seal = held.seals.get(row.id)
        if seal is not None:
            _compare(seal, place, held.key)
        if any(number == place.number and digest != place.last.digest for number, digest in held.expected):
            raise Misfit(f"row {place.number:,} is not the one expected: rows up to it were written anew")
    return place


def _next(row: Row[Any], place: Place) -> Place:
    event = Noted(at=row.at, actor=row.actor, action=row.action, subject=row.subject, detail=row.detail)
    made = link(place.last.digest, row.id, event)
    if made.digest == row.digest:
        return Place(place.number + 1, made, row.at)
    named = f"row {place.number + 1:,} (id {row.id})"
    if row.id == place.last.id + 1:
        raise Misfit(f"{named}: changed or inserted")
    raise Misfit(f"rows missing between id {place.last.id} and id {row.id}, or {named} changed or inserted")


def _compare(seal: Seal, place: Place, key: bytes) -> None:
    sealed = f"the seal of {seal.at:%Y-%m-%d %H:%M} UTC"
    if not seal.is_ours(key):
        raise Misfit(f"{sealed} at row {place.number:,} was not made with this installation's secrets")
    if (seal.number, seal.digest) != (place.number, place.last.digest):
        raise Misfit(f"row {place.number:,} (id {place.last.id}): {sealed} says otherwise; it was written anew")


def ended(place: Place, held: Held) -> None:
    """What can only be told at the end: whether rows are missing there; raises `Misfit`."""
    beyond: Iterator[Seal] = (seal for seal in held.seals.values() if seal.audit_id > place.last.id)
    for seal in beyond:
        raise Misfit(f"rows missing at the end: the seal of {seal.at:%Y-%m-%d %H:%M} UTC says {seal.number:,}")
    most = max((number for number, _digest in held.expected), default=0)
    if most > place.number:
        raise Misfit(f"rows missing at the end: {most:,} were expected")
