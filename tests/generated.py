"""Submissions inserted straight into the tables, for lists that need more of them than anybody would answer."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert, select

from assessment.core.company import company_key
from assessment.store.keys import Keyring
from assessment.store.review_tables import submission
from assessment.store.submissions import add_words
from assessment.store.tables import definition, delivery, document, person, response, scorecard

NOON = datetime(2026, 11, 14, 12, tzinfo=UTC)
VERSION = "v1"


def define(connection: Connection, questionnaire: str = "renewals") -> None:
    """A definition for the rows to belong to; nothing reads its body."""
    values = {"version": VERSION, "questionnaire": questionnaire, "format": 1, "body": b"", "stored_at": NOON}
    connection.execute(insert(definition).values(**values))


def put(connection: Connection, keyring: Keyring, number: int, *, name: str = "", **values: Any) -> int:
    """One submission; gives its id. `values` are columns of its row, `mails` the states of its deliveries in order."""
    if connection.execute(select(definition.c.version)).first() is None:
        define(connection)
    at, public_id = values.pop("submitted_at", NOON - timedelta(hours=number)), f"generated{number:07d}"
    kept: dict[str, Any] = {"public_id": public_id, "version": VERSION}
    begun = kept | {"questionnaire": "renewals", "state": "submitted", "answers": "{}", "revision": 1, "page": 1}
    begun |= {"submission_key": f"k{number}", "epoch": 1, "started_at": at, "updated_at": at, "submitted_at": at}
    response_id = connection.execute(insert(response).values(**begun).returning(response.c.id)).scalar_one()
    card = {"public_id": public_id, "response_id": response_id, "submission_key": f"k{number}", "snapshot": "{}"}
    card_id = connection.execute(
        insert(scorecard).values(**card, epoch=1, created_at=at).returning(scorecard.c.id)
    ).scalar_one()
    _mail(connection, number, card_id, values.pop("mails", ()))
    company = values.get("company", f"Company {number}")
    row = kept | {
        "reference": f"SC-20261114-{number:04d}",
        "response_id": response_id,
        "scorecard_id": card_id,
        "questionnaire": "renewals",
        "title": "Renewal practices",
        "company": company,
        "company_key": company_key(company or "") or f"~{public_id}",
        "may_contact": True,
        "status": "new",
        "origin": "web",
        "seconds": 300,
        "started_at": at,
        "submitted_at": at,
        "revision": 1,
    }
    id_ = int(connection.execute(insert(submission).values(**row | values).returning(submission.c.id)).scalar_one())
    if name:
        named = {"response_id": response_id, "sealed_name": keyring.seal(name), "created_at": at}
        connection.execute(insert(person).values(**named))
        add_words(connection, keyring, id_, [name])
    return id_


def _mail(connection: Connection, number: int, card_id: int, states: Sequence[str]) -> None:
    for place, state in enumerate(states):
        made = {"scorecard_id": card_id, "state": "ready", "next_at": NOON, "tries": 0, "created_at": NOON}
        document_id = connection.execute(insert(document).values(**made).returning(document.c.id)).scalar_one()
        sent = {"document_id": document_id, "questionnaire": "renewals", "state": state, "next_at": NOON, "tries": 1}
        sent |= {"message_id": f"<{number}.{place}@meridian.example>", "created_at": NOON}
        connection.execute(insert(delivery).values(**sent))
