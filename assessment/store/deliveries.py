"""Deliveries: one mail of one document to one person; the row is the queue and the truth about what was sent."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, case, func, insert, or_, select, update

from assessment.store.tables import delivery, document, scorecard

OPEN = ("queued", "leased")
"""States in which a mail is still to come."""

COUNTED = (*OPEN, "sent", "failed")
"""States of a mail that went out or will: what the limits on one address count, and whatever a worker took up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """Where a delivery stands: queued, leased, sent, failed, held, suppressed or erased."""

    id: int
    document_id: int
    scorecard: str
    questionnaire: str
    state: str
    error: str | None
    tries: int
    attempts_unsure: int
    message_id: str
    created_at: datetime
    next_at: datetime
    sent_at: datetime | None


def add(
    connection: Connection,
    *,
    document_id: int,
    person_id: int,
    email_index: str,
    questionnaire: str,
    message_id: str,
    now: datetime,
    state: str = "queued",
    error: str | None = None,
) -> int:
    """Put a mail in the queue (or `held`, `suppressed`) and give its id; `message_id` is unique, with its brackets."""
    values = {
        "document_id": document_id,
        "person_id": person_id,
        "email_index": email_index,
        "questionnaire": questionnaire,
        "state": state,
        "next_at": now,
        "tries": 0,
        "message_id": message_id,
        "attempts_unsure": 0,
        "error": error,
        "created_at": now,
    }
    return int(connection.execute(insert(delivery).values(**values).returning(delivery.c.id)).scalar_one())


def document_settled() -> ColumnElement[bool]:
    """Whether a delivery may go: its document is no longer being made, with or without success."""
    making = select(document.c.id).where(document.c.id == delivery.c.document_id, document.c.state.in_(OPEN))
    return ~making.exists()


def _rows() -> Select[*tuple[Any, ...]]:
    names = [name for name in Delivery.__dataclass_fields__ if name != "scorecard"]
    return (
        select(scorecard.c.public_id.label("scorecard"), *(delivery.c[name] for name in names))
        .join(document, document.c.id == delivery.c.document_id)
        .join(scorecard, scorecard.c.id == document.c.scorecard_id)
        .order_by(delivery.c.id.desc())
    )


def _read(row: Row[*tuple[Any, ...]]) -> Delivery:
    return Delivery(**row._mapping)


def newest_of_scorecard(connection: Connection, scorecard_id: int) -> Delivery | None:
    """The latest delivery of an automatic scorecard that was not erased, or None."""
    automatic = (document.c.scorecard_id == scorecard_id, document.c.review_id.is_(None))
    row = connection.execute(_rows().where(*automatic, delivery.c.state != "erased").limit(1)).first()
    return None if row is None else _read(row)


def of_document(connection: Connection, document_id: int) -> list[Delivery]:
    """Every delivery of one document, newest first."""
    return [_read(row) for row in connection.execute(_rows().where(delivery.c.document_id == document_id))]


def asked_for(connection: Connection, scorecard_id: int, email_index: str) -> bool:
    """Whether an automatic scorecard was ever wanted by mail at this address, whatever became of the mail."""
    query = select(delivery.c.id).join(document, document.c.id == delivery.c.document_id)
    automatic = (document.c.scorecard_id == scorecard_id, document.c.review_id.is_(None))
    return (
        connection.execute(query.where(*automatic, delivery.c.email_index == email_index).limit(1)).first() is not None
    )


def listing(connection: Connection, limit: int = 200, states: Collection[str] = ()) -> list[Delivery]:
    """The newest deliveries, newest first, in these states only when any are given."""
    query = _rows().where(delivery.c.state.in_(states)) if states else _rows()
    return [_read(row) for row in connection.execute(query.limit(limit))]


def _counted() -> ColumnElement[bool]:
    # A mail that went out counts also when its scorecard was deleted afterwards; else deleting would lift the limit.
    return or_(delivery.c.state.in_(COUNTED), delivery.c.tries > 0)


def count_of_scorecard_since(connection: Connection, scorecard_id: int, since: datetime) -> int:
    """How many mails of an automatic scorecard were queued since a time, whomever they went to."""
    query = select(func.count()).join(document, document.c.id == delivery.c.document_id)
    automatic = (document.c.scorecard_id == scorecard_id, document.c.review_id.is_(None))
    narrowed = query.where(*automatic, delivery.c.created_at >= since, _counted())
    return int(connection.execute(narrowed.select_from(delivery)).scalar_one())


def is_held(connection: Connection, document_id: int, email_index: str) -> bool:
    """Whether a mail of this document to this address waits as held already."""
    same = select(delivery.c.id).where(delivery.c.document_id == document_id, delivery.c.email_index == email_index)
    return connection.execute(same.where(delivery.c.state == "held").limit(1)).first() is not None


def count_since(
    connection: Connection,
    email_index: str,
    since: datetime,
    questionnaire: str | None = None,
    *,
    reviewed: bool = False,
) -> int:
    """How many mails to an address were queued since a time, for one questionnaire or for all.

    Automatic scorecards and `reviewed` ones are counted apart: neither uses up what the other may send.
    """
    kind = document.c.review_id.is_not(None) if reviewed else document.c.review_id.is_(None)
    query = select(func.count()).join(document, document.c.id == delivery.c.document_id)
    query = query.where(delivery.c.email_index == email_index, delivery.c.created_at >= since, kind, _counted())
    narrowed = query if questionnaire is None else query.where(delivery.c.questionnaire == questionnaire)
    return int(connection.execute(narrowed.select_from(delivery)).scalar_one())


def withdraw_open(connection: Connection, person_id: int) -> int:
    """Take back what has not gone out to a person yet (their address was corrected); says how many."""
    waiting = update(delivery).where(delivery.c.person_id == person_id, delivery.c.state.in_((*OPEN, "held")))
    return connection.execute(waiting.values(state="erased", owner=None, error=None)).rowcount


def withdraw_of_document(connection: Connection, document_id: int) -> int:
    """Take back what has not gone out of a document (a newer issue replaces it); says how many."""
    waiting = update(delivery).where(delivery.c.document_id == document_id, delivery.c.state.in_((*OPEN, "held")))
    return connection.execute(waiting.values(state="erased", owner=None, error=None)).rowcount


def refuse_open(connection: Connection, email_index: str) -> int:
    """Send nothing that waits to an address any more (its owner must not be contacted); says how many."""
    waiting = update(delivery).where(delivery.c.email_index == email_index, delivery.c.state.in_((*OPEN, "held")))
    return connection.execute(waiting.values(state="suppressed", owner=None, error="must not be contacted")).rowcount


def erase_of_response(connection: Connection, response_id: int) -> None:
    """Send no more of a response's mails, and forget whom they went to.

    The blind index of a mail that went out stays for the limit of the day; `forget_before` takes it.
    """
    theirs = (
        select(document.c.id)
        .join(scorecard, scorecard.c.id == document.c.scorecard_id)
        .where(scorecard.c.response_id == response_id)
    )
    gone = update(delivery).where(delivery.c.document_id.in_(theirs))
    index = case((delivery.c.tries > 0, delivery.c.email_index), else_=None)
    connection.execute(gone.values(state="erased", owner=None, email_index=index, error=None))


def forget_before(connection: Connection, before: datetime) -> None:
    """Forget whom erased mails went to once no limit counts them any more."""
    old = update(delivery).where(
        delivery.c.state == "erased", delivery.c.created_at < before, delivery.c.email_index.is_not(None)
    )
    connection.execute(old.values(email_index=None))
