"""Documents: the PDF of a scorecard, made by the worker, kept encrypted, dropped after a while and made again."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from assessment.store import people, scorecards
from assessment.store.keys import Keyring
from assessment.store.people import Person
from assessment.store.scorecards import Kept
from assessment.store.tables import document, response, scorecard


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """Where a document stands: queued, leased, ready, failed, dropped or erased. Its bytes are read by `content`.

    `next_at` is since when it has been due (queued), or until when a worker has it (leased).
    """

    id: int
    scorecard_id: int
    state: str
    error: str | None
    pages: int | None
    plain: bool
    next_at: datetime
    made_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What a document is made from: the scorecard, who it is for, and what they typed by question id.

    `version` is that of the definition that was answered.
    """

    scorecard: Kept
    version: str
    person: Person | None
    texts: dict[str, str]


_COLUMNS = tuple(
    document.c[name] for name in ("id", "scorecard_id", "state", "error", "pages", "plain", "next_at", "made_at")
)


def add(connection: Connection, scorecard_id: int, now: datetime) -> int:
    """Queue the making of a scorecard's document and give its id."""
    values = {"scorecard_id": scorecard_id, "state": "queued", "next_at": now, "tries": 0, "created_at": now}
    return int(connection.execute(insert(document).values(**values).returning(document.c.id)).scalar_one())


def _read(row: Row[*tuple[Any, ...]] | None) -> Document | None:
    return None if row is None else Document(**row._mapping)


def of_scorecard(connection: Connection, scorecard_id: int) -> Document | None:
    """The newest document of a scorecard, or None."""
    query = select(*_COLUMNS).where(document.c.scorecard_id == scorecard_id).order_by(document.c.id.desc())
    return _read(connection.execute(query.limit(1)).first())


def find(connection: Connection, document_id: int) -> Document | None:
    """The document with this id, or None."""
    return _read(connection.execute(select(*_COLUMNS).where(document.c.id == document_id)).first())


def content(connection: Connection, keyring: Keyring, document_id: int) -> bytes | None:
    """The PDF's bytes, or None unless the document is ready; raises `KeyFault` when sealed with other keys."""
    query = select(document.c.sealed_bytes).where(document.c.id == document_id, document.c.state == "ready")
    sealed = connection.execute(query).scalar_one_or_none()
    return None if sealed is None else keyring.open_bytes(sealed)


_EMPTY = {"owner": None, "error": None, "sealed_bytes": None, "pages": None, "plain": False, "made_at": None}


def queue_again(connection: Connection, document_id: int, now: datetime) -> None:
    """Have a document made anew, whatever became of it, unless it was erased; a worker's present try will not count."""
    again = update(document).where(document.c.id == document_id, document.c.state != "erased")
    connection.execute(again.values(state="queued", next_at=now, tries=0, **_EMPTY))


def erase_of_response(connection: Connection, response_id: int) -> None:
    """Erase the bytes of a response's documents and have them never made again."""
    theirs = select(scorecard.c.id).where(scorecard.c.response_id == response_id)
    gone = update(document).where(document.c.scorecard_id.in_(theirs))
    connection.execute(gone.values(state="erased", **_EMPTY))


def drop_made_before(connection: Connection, before: datetime) -> int:
    """Drop the bytes of documents made before a time (they can be made again on demand); says how many."""
    old = update(document).where(document.c.state == "ready", document.c.made_at < before)
    return connection.execute(old.values(state="dropped", sealed_bytes=None)).rowcount


def source(connection: Connection, keyring: Keyring, document_id: int) -> Source | None:
    """What to make the document from, or None when the response was erased."""
    query = (
        select(scorecard.c.public_id, response.c.id, response.c.state, response.c.version, response.c.sealed_texts)
        .join(scorecard, scorecard.c.id == document.c.scorecard_id)
        .join(response, response.c.id == scorecard.c.response_id)
        .where(document.c.id == document_id)
    )
    row = connection.execute(query).first()
    kept = None if row is None or row.state == "erased" else scorecards.find(connection, row.public_id)
    if row is None or kept is None:
        return None
    texts = dict(json.loads(keyring.open(row.sealed_texts))) if row.sealed_texts else {}
    person = people.of_response(connection, keyring, row.id)
    return Source(scorecard=kept, version=row.version, person=person, texts=texts)
