"""Demonstration data: put in many rows at a time, and taken out again without touching anything else."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, delete, func, insert, select, update

from assessment.store import abandoning, peer_marks, peers
from assessment.store.audit_chain import Noted, append
from assessment.store.review_tables import abandoned, area_score, note, review, search_word, submission
from assessment.store.submissions import DEMO
from assessment.store.survey_tables import survey_draft
from assessment.store.tables import consent, delivery, document, notice, person, response, scorecard

ORIGIN = DEMO
SOURCE = json.dumps({"from": ORIGIN})
"""What a demonstration's responses carry as their source, and nothing else does."""
ACTOR = "demo"
"""Who the audit log says submitted them."""

Values = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Column values of one submission's rows; ids and references are set when they are stored."""

    response: Values
    scorecard: Values
    submission: Values
    areas: list[Values]
    words: list[str]
    consents: list[Values]
    person: Values | None
    document: Values
    delivery: Values | None
    draft: Values | None
    abandoned: abandoning.Key | None


def add(connection: Connection, made: Sequence[Rows]) -> None:
    """Store a batch of submissions, whole, without those that another run has stored meanwhile."""
    names = [rows.submission["public_id"] for rows in made]
    there = set(connection.execute(select(submission.c.public_id).where(submission.c.public_id.in_(names))).scalars())
    batch = [rows for rows in made if rows.submission["public_id"] not in there]
    responses = _insert(connection, response, [rows.response for rows in batch])
    cards = _insert(
        connection,
        scorecard,
        [{**rows.scorecard, "response_id": id_} for rows, id_ in zip(batch, responses, strict=True)],
    )
    links = [
        {"response_id": response_id, "scorecard_id": card} for response_id, card in zip(responses, cards, strict=True)
    ]
    ids = _insert(connection, submission, [rows.submission | link for rows, link in zip(batch, links, strict=True)])
    _plain(connection, area_score, [(id_, area) for rows, id_ in zip(batch, ids, strict=True) for area in rows.areas])
    words = [(id_, {"word": word}) for rows, id_ in zip(batch, ids, strict=True) for word in rows.words]
    _plain(connection, search_word, words)
    given = [each | {"response_id": id_} for rows, id_ in zip(batch, responses, strict=True) for each in rows.consents]
    _many(connection, consent, given)
    peer_marks.mark(connection, [id_ for rows, id_ in zip(batch, ids, strict=True) if _takes_part(rows)])
    _add_mail(connection, batch, responses, cards)
    _many(connection, response, [rows.draft for rows in batch if rows.draft is not None])
    abandoning.count(connection, [rows.abandoned for rows in batch if rows.abandoned is not None])
    append(connection, [_submitted(rows) for rows in batch])


def _takes_part(rows: Rows) -> bool:
    return any(each["purpose"] == peers.PURPOSE for each in rows.consents)


def _add_mail(connection: Connection, batch: Sequence[Rows], responses: Sequence[int], cards: Sequence[int]) -> None:
    known = [(rows.person, id_) for rows, id_ in zip(batch, responses, strict=True) if rows.person is not None]
    people = _insert(connection, person, [values | {"response_id": id_} for values, id_ in known])
    of_response = dict(zip((id_ for _values, id_ in known), people, strict=True))
    documents = _insert(
        connection, document, [rows.document | {"scorecard_id": id_} for rows, id_ in zip(batch, cards, strict=True)]
    )
    mails = [
        rows.delivery | {"document_id": document_id, "person_id": of_response[response_id]}
        for rows, document_id, response_id in zip(batch, documents, responses, strict=True)
        if rows.delivery is not None
    ]
    _many(connection, delivery, mails)


def _submitted(rows: Rows) -> Noted:
    return Noted(
        at=rows.response["submitted_at"],
        actor=ACTOR,
        action="response.submitted",
        subject=rows.response["public_id"],
        detail=rows.submission["reference"],
    )


def _insert(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Insert rows of one shape and give their ids in the same order."""
    if not rows:
        return []
    statement = insert(table).returning(table.c.id, sort_by_parameter_order=True)
    return [int(id_) for id_ in connection.execute(statement, list(rows)).scalars()]


def _plain(connection: Connection, table: Table, rows: Sequence[tuple[int, Values]]) -> None:
    _many(connection, table, [values | {"submission_id": id_} for id_, values in rows])


def _many(connection: Connection, table: Table, rows: Sequence[Values]) -> None:
    if rows:
        connection.execute(insert(table), rows)


def known(connection: Connection) -> set[str]:
    """The public ids of the demonstration's submissions."""
    return set(connection.execute(select(submission.c.public_id).where(submission.c.origin == ORIGIN)).scalars())


def count(connection: Connection) -> int:
    """How many responses there are from demonstrations, finished or not."""
    query = select(func.count()).select_from(response).where(response.c.source == SOURCE)
    return int(connection.execute(query).scalar_one())


def remove_some(connection: Connection, limit: int) -> int:
    """Delete up to `limit` responses of demonstrations with everything that hangs on them; says how many.

    What the audit log says of them stays: nothing is ever taken out of it.
    """
    query = select(response.c.id).where(response.c.source == SOURCE)
    ids = list(connection.execute(query.order_by(response.c.id.desc()).limit(limit)).scalars())
    if not ids:
        return 0
    cards = select(scorecard.c.id).where(scorecard.c.response_id.in_(ids))
    rows = select(submission.c.id).where(submission.c.response_id.in_(ids))
    documents = select(document.c.id).where(document.c.scorecard_id.in_(cards))
    peers.forget_responses(connection, ids)
    connection.execute(delete(delivery).where(delivery.c.document_id.in_(documents)))
    connection.execute(delete(document).where(document.c.scorecard_id.in_(cards)))
    for table in (area_score, search_word, note, review):
        connection.execute(delete(table).where(table.c.submission_id.in_(rows)))
    for table in (submission, scorecard, consent, notice, person):
        connection.execute(delete(table).where(table.c.response_id.in_(ids)))
    connection.execute(delete(survey_draft).where(survey_draft.c.id.in_(ids)))
    connection.execute(update(response).where(response.c.previous_id.in_(ids)).values(previous_id=None))
    connection.execute(delete(response).where(response.c.id.in_(ids)))
    return len(ids)


def remove_counts(connection: Connection) -> None:
    """Forget what demonstrations left unfinished long ago, and what was told of their companies as peers."""
    peers.forget_invented(connection)
    connection.execute(delete(abandoned).where(abandoned.c.origin == ORIGIN))
