"""Documents: the PDF of a scorecard, made by the worker, kept encrypted, dropped after a while and made again.

A document with a review is the scorecard as a consultant reviewed it; one without is the automatic scorecard.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from assessment.core.reviewed import Signed
from assessment.store import people, reviews, scorecards
from assessment.store.keys import Keyring
from assessment.store.people import Person
from assessment.store.review_tables import review
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

    `version` is that of the definition that was answered; `review` is laid over the scorecard when there is one.
    """

    scorecard: Kept
    version: str
    person: Person | None
    texts: dict[str, str]
    review: Signed | None = None


_COLUMNS = tuple(
    document.c[name] for name in ("id", "scorecard_id", "state", "error", "pages", "plain", "next_at", "made_at")
)


def add(connection: Connection, scorecard_id: int, now: datetime, review_id: int | None = None) -> int:
    """Queue the making of a scorecard's document, automatic or as reviewed, and give its id."""
    values = {"scorecard_id": scorecard_id, "state": "queued", "next_at": now, "tries": 0, "created_at": now}
    if review_id is not None:
        values["review_id"] = review_id
    return int(connection.execute(insert(document).values(**values).returning(document.c.id)).scalar_one())


def _read(row: Row[*tuple[Any, ...]] | None) -> Document | None:
    return None if row is None else Document(**row._mapping)


def of_scorecard(connection: Connection, scorecard_id: int) -> Document | None:
    """The newest automatic document of a scorecard, or None."""
    automatic = select(*_COLUMNS).where(document.c.scorecard_id == scorecard_id, document.c.review_id.is_(None))
    return _read(connection.execute(automatic.order_by(document.c.id.desc()).limit(1)).first())


def of_review(connection: Connection, review_id: int) -> Document | None:
    """The document of one issue of a review, or None."""
    query = select(*_COLUMNS).where(document.c.review_id == review_id).order_by(document.c.id.desc())
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


def erase_reviewed(connection: Connection, submission_id: int) -> None:
    """Erase the bytes of everything a consultant reviewed of a submission; its automatic document stays."""
    theirs = select(review.c.id).where(review.c.submission_id == submission_id)
    connection.execute(update(document).where(document.c.review_id.in_(theirs)).values(state="erased", **_EMPTY))


def drop_made_before(connection: Connection, before: datetime, most: int) -> int:
    """Drop the bytes of the `most` oldest documents made before a time (they can be made again); says how many."""
    old = select(document.c.id).where(document.c.state == "ready", document.c.made_at < before)
    gone = update(document).where(document.c.id.in_(old.order_by(document.c.id).limit(most).scalar_subquery()))
    return connection.execute(gone.values(state="dropped", sealed_bytes=None)).rowcount


def source(connection: Connection, keyring: Keyring, document_id: int) -> Source | None:
    """What to make the document from, or None when the response or its review was erased."""
    query = (
        select(scorecard.c.public_id, response.c.id, response.c.state, response.c.version, response.c.sealed_texts)
        .add_columns(document.c.review_id)
        .join(scorecard, scorecard.c.id == document.c.scorecard_id)
        .join(response, response.c.id == scorecard.c.response_id)
        .where(document.c.id == document_id)
    )
    row = connection.execute(query).first()
    kept = None if row is None or row.state == "erased" else scorecards.find(connection, row.public_id)
    if row is None or kept is None:
        return None
    signed = None if row.review_id is None else reviews.signed(connection, keyring, row.review_id)
    if row.review_id is not None and signed is None:
        return None
    texts = dict(json.loads(keyring.open(row.sealed_texts))) if row.sealed_texts else {}
    person = people.of_response(connection, keyring, row.id)
    return Source(scorecard=kept, version=row.version, person=person, texts=texts, review=signed)
