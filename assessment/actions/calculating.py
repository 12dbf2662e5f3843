"""A calculator keeps nothing, until somebody asks for a PDF: then its numbers, the snapshot and the document.

Such a keep is no submission: it stands in no list and no statistic, knows nobody, and goes like an unfinished draft.
"""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from assessment.actions.installation import Gone, Installation
from assessment.actions.submitting import reference
from assessment.catalogue.catalogue import Entry
from assessment.catalogue.versions import dump
from assessment.core.answers import Answers, to_plain
from assessment.core.building import make_scorecard
from assessment.core.scorecard import Scorecard
from assessment.store import audit, calculations, definitions, documents, responses, scorecards
from assessment.store.calculations import KEPT
from assessment.store.database import reading, writing
from assessment.store.documents import Document
from assessment.store.scorecards import Kept


class _Twice(Exception):
    """The same press came a second time while the first was being stored."""


def calculate(house: Installation, entry: Entry, answers: Answers, *, link: str, now: datetime, id_: str) -> Scorecard:
    """The result of these numbers; `link` opens it again."""
    settings = house.settings
    card = make_scorecard(
        entry.questionnaire,
        answers,
        version=entry.version,
        brand=settings.brand,
        made_at=now.astimezone(ZoneInfo(settings.time_zone)),
        zone=settings.time_zone,
        reference=reference(id_, now),
    )
    return replace(card, origin=replace(card.origin, link=link))


def keep(
    house: Installation, entry: Entry, answers: Answers, *, link: str, press: str, now: datetime, public_id: str
) -> Kept:
    """Have a PDF made of these numbers; the same one again when the same `press` (of one shown form) comes twice."""
    told = json.dumps([entry.version, press, to_plain(answers)], sort_keys=True)
    # Hashed with a key of ours and with the numbers: whoever sends a press they were not given meets nobody's numbers.
    key = house.keyring.subject(f"calculation {told}")[:32]
    try:
        with writing(house.engine, about=()) as connection:
            before = scorecards.by_key(connection, key)
            if before is not None:
                return before
            card = calculate(house, entry, answers, link=link, now=now, id_=public_id)
            _add(connection, entry, answers, card, key=key, now=now, public_id=public_id)
    except _Twice:
        pass
    with reading(house.engine) as connection:
        kept = scorecards.by_key(connection, key)
    if kept is None:
        raise Gone(public_id)
    return kept


def _add(
    connection: Connection, entry: Entry, answers: Answers, card: Scorecard, *, key: str, now: datetime, public_id: str
) -> None:
    asked = entry.questionnaire
    definitions.keep(connection, entry.version, asked.id, asked.format, partial(dump, asked), now)
    values = {
        "public_id": key[:16],  # never an address: no page opens it
        "questionnaire": asked.id,
        "version": entry.version,
        "state": KEPT,
        "answers": json.dumps(to_plain(answers)),
        "revision": 1,
        "page": 0,
        "submission_key": key,
        "epoch": 1,
        "started_at": now,
        "updated_at": now,
        "submitted_at": now,
    }
    responses.add(connection, values)
    found = responses.find(connection, key[:16])
    if found is None:
        raise _Twice(key)
    scorecard_id = scorecards.add_once(
        connection, public_id=public_id, response_id=found.id, key=key, snapshot=scorecards.dump(card), now=now
    )
    if scorecard_id is None:
        raise _Twice(key)
    documents.add(connection, scorecard_id, now)
    audit.note(connection, now, "visitor", "calculation.kept", public_id, card.origin.reference)


def find(house: Installation, public_id: str) -> Kept | None:
    """What was kept under this id, or None."""
    with reading(house.engine) as connection:
        return calculations.find(connection, public_id)


def pdf(house: Installation, kept: Kept, now: datetime) -> tuple[Document | None, bytes | None]:
    """The document and its bytes once the worker made it; asks for one that was dropped."""
    with reading(house.engine) as connection:
        document = documents.of_scorecard(connection, kept.id)
        content = documents.content(connection, house.keyring, document.id) if document else None
    if document is not None and document.state == "dropped":
        with writing(house.engine) as connection:
            documents.queue_again(connection, document.id, now)
    return document, content


def forget_old(house: Installation, now: datetime) -> None:
    """Delete what was kept longer ago than an unfinished draft is kept."""
    with writing(house.engine) as connection:
        gone = calculations.delete_before(connection, now - timedelta(days=house.settings.draft_days))
        if gone:
            audit.note(connection, now, "retention", "calculations.deleted", "response", str(gone))
