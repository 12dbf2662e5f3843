"""Submissions as the consultants work on them: what the list shows, taken from the scorecard when it is submitted."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update

from assessment.core.company import company_key
from assessment.core.scorecard import Scorecard
from assessment.core.search_words import words_of
from assessment.store import documents, exports, invitations, peer_marks, people, reviews
from assessment.store.keys import Keyring
from assessment.store.review_tables import area_score, note, search_word, submission
from assessment.store.tables import response, scorecard

STATUSES = ("new", "in_review", "contacted", "closed")
MARKS = ("test", "spam", "competitor")
DEMO = "demo"
"""How a demonstration's submissions came about: everybody sees them, and nobody is told of them."""
ORIGINS = ("web", "invitation", "interview", DEMO)


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """One submission as stored; `gap` in points (negative), `seconds` from the first page to the submit."""

    id: int
    public_id: str
    reference: str
    response_id: int
    scorecard_id: int
    questionnaire: str
    version: str
    title: str
    stage_id: str | None
    stage: str | None
    stage_rank: int | None
    overall: int | None
    gap: int | None
    gap_text: str | None
    company: str | None
    company_key: str
    email_index: str | None
    may_contact: bool
    do_not_contact: bool
    status: str
    assignee_id: int | None
    follow_up: date | None
    mark: str | None
    origin: str
    seconds: int
    started_at: datetime
    submitted_at: datetime
    erased: bool
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """What a new submission's row is made from, beside its scorecard; `corrects` is the id of a response."""

    response_id: int
    scorecard_id: int
    public_id: str
    started_at: datetime
    submitted_at: datetime
    contact: Mapping[str, str]
    may_contact: bool
    origin: str = "web"
    assignee_id: int | None = None
    corrects: int | None = None


def add(connection: Connection, keyring: Keyring, arrival: Arrival, card: Scorecard) -> int:
    """Store what the list shows of a submission and give its id; a person who must not be contacted stays so.

    A correction keeps how the submission came about that it corrects, and how long that took.
    """
    contact = arrival.contact
    before = of_response(connection, arrival.corrects) if arrival.corrects is not None else None
    took = max(0, round((arrival.submitted_at - arrival.started_at).total_seconds()))
    index = keyring.index(contact["email"]) if contact.get("email") else None
    values = headline(card) | {
        "public_id": arrival.public_id,
        "response_id": arrival.response_id,
        "scorecard_id": arrival.scorecard_id,
        "company": contact.get("company") or None,
        "company_key": _key(contact.get("company"), arrival.public_id),
        "email_index": index,
        "may_contact": arrival.may_contact,
        "do_not_contact": index is not None and refused(connection, index),
        "status": "new",
        "assignee_id": arrival.assignee_id,
        "origin": before.origin if before else arrival.origin,
        "seconds": before.seconds if before else took,
        "started_at": arrival.started_at,
        "submitted_at": arrival.submitted_at,
        "revision": 1,
    }
    id_ = int(connection.execute(insert(submission).values(**values).returning(submission.c.id)).scalar_one())
    _keep_scores(connection, id_, card)
    add_words(connection, keyring, id_, (contact.get(key, "") for key in ("name", "email", "role")))
    if card.origin.kind == "assessment":
        peer_marks.mark(connection, [id_])
    if arrival.corrects is not None:
        peer_marks.leave(connection, arrival.corrects)
    return id_


def headline(card: Scorecard) -> dict[str, Any]:
    """What a submission's row takes from its scorecard."""
    rank = next((number for number, rung in enumerate(card.ladder) if rung.here), None)
    short = card.weakest if card.weakest is not None and (card.weakest.gap or 0) < 0 else None
    held = card.held or card.next_gates
    return {
        "reference": card.origin.reference,
        "questionnaire": card.origin.questionnaire,
        "version": card.origin.version,
        "title": card.origin.title,
        "stage_id": card.stage_id,
        "stage": card.stage,
        "stage_rank": rank,
        "overall": card.overall.score if card.overall else None,
        "gap": short.gap if short else None,
        "gap_text": short.title if short else (f"Held short of {held[0].stage}" if held else None),
    }


def _key(company: str | None, public_id: str) -> str:
    return company_key(company or "") or f"~{public_id}"


def area_rows(card: Scorecard) -> list[dict[str, Any]]:
    """The scores of a scorecard's areas that count."""
    counted = [area for area in card.areas if area.weight > 0]
    return [
        {"area": area.id, "title": area.title, "score": area.points.score}
        for area in counted
        if area.points is not None
    ]


def _keep_scores(connection: Connection, id_: int, card: Scorecard) -> None:
    rows = [{"submission_id": id_, **row} for row in area_rows(card)]
    if rows:
        connection.execute(insert(area_score), rows)


def refused(connection: Connection, email_index: str) -> bool:
    """Whether the person with this address must not be contacted."""
    query = select(submission.c.id).where(submission.c.email_index == email_index, submission.c.do_not_contact)
    asked = people.suppressed(connection, email_index) == people.ASKED_FOR_NONE
    return asked or connection.execute(query.limit(1)).first() is not None


def add_words(connection: Connection, keyring: Keyring, id_: int, texts: Iterable[str]) -> None:
    """Have a submission found by the words of encrypted texts."""
    wanted = {keyring.word(word) for text in texts for word in words_of(text)}
    known = set(connection.execute(select(search_word.c.word).where(search_word.c.submission_id == id_)).scalars())
    rows = [{"word": word, "submission_id": id_} for word in sorted(wanted - known)]
    if rows:
        connection.execute(insert(search_word), rows)


def read(row: Row[Any] | None) -> Submission | None:
    """A submission from a row with the table's columns."""
    return None if row is None else Submission(**row._mapping)


def find(connection: Connection, public_id: str) -> Submission | None:
    """The submission with this public id (its scorecard's), or None when there is none or it was erased."""
    query = select(submission).where(submission.c.public_id == public_id, ~submission.c.erased)
    return read(connection.execute(query).first())


def of_response(connection: Connection, response_id: int) -> Submission | None:
    """The submission of a response, erased or not, or None."""
    return read(connection.execute(select(submission).where(submission.c.response_id == response_id)).first())


_CHANGED = update(submission).where(submission.c.id == bindparam("key"), submission.c.revision == bindparam("seen"))


def change(connection: Connection, id_: int, seen: int, values: Mapping[str, Any]) -> bool:
    """Set columns and count the revision up; False, changing nothing, when it is not the revision `seen` any more."""
    done = connection.execute(_CHANGED.values(revision=submission.c.revision + 1, **values), {"key": id_, "seen": seen})
    return done.rowcount == 1


def follow_contact(connection: Connection, keyring: Keyring, response_id: int, contact: Mapping[str, str]) -> None:
    """Take over corrected contact details (`name`, `email`, `role`)."""
    found = of_response(connection, response_id)
    if found is None:
        return
    index = keyring.index(contact["email"]) if contact.get("email") else None
    peer_marks.leave(connection, response_id)  # the address says whose voice it is among peers, once it is confirmed
    values: dict[str, Any] = {"email_index": index}
    if index is not None and refused(connection, index):
        values["do_not_contact"] = True
    connection.execute(update(submission).where(submission.c.id == found.id).values(**values))
    add_words(connection, keyring, found.id, (contact.get(key, "") for key in ("name", "email", "role")))


def refuse_contact(connection: Connection, found: Submission, *, refused: bool) -> None:
    """Do (not) contact the person behind a submission: holds for everything the same address submitted."""
    same = submission.c.id == found.id
    if found.email_index is not None:
        same = same | (submission.c.email_index == found.email_index)
    connection.execute(update(submission).where(same).values(do_not_contact=refused))


def refuse_address(connection: Connection, email_index: str) -> None:
    """Do not contact whoever has this address."""
    connection.execute(update(submission).where(submission.c.email_index == email_index).values(do_not_contact=True))


def forget(connection: Connection, response_id: int, *, erased: bool) -> None:
    """Take everything personal out: company, look-up words, notes, reviews. `erased` also takes it out of every list.

    What stays is counted in statistics. Exports that may hold it are dropped.
    """
    invitations.forget(connection, response_id)  # also of who answered a survey, which makes no submission
    found = of_response(connection, response_id)
    if found is None:
        return
    exports.drop_all(connection)
    peer_marks.leave(connection, response_id)
    for table in (search_word, note):
        connection.execute(delete(table).where(table.c.submission_id == found.id))
    documents.erase_reviewed(connection, found.id)
    reviews.erase(connection, found.id)
    values = {
        "company": None,
        "company_key": f"~{found.public_id}",
        "email_index": None,
        "may_contact": False,
        "erased": found.erased or erased,
    }
    connection.execute(update(submission).where(submission.c.id == found.id).values(**values))


def without_row(connection: Connection, limit: int) -> list[int]:
    """Response ids of submissions from before this table, which have no row in it yet."""
    known = select(submission.c.id).where(submission.c.response_id == response.c.id)
    query = select(response.c.id).join(scorecard, scorecard.c.response_id == response.c.id)
    missing = query.where(response.c.state.in_(("submitted", "erased")), ~known.exists()).order_by(response.c.id)
    return list(connection.execute(missing.limit(limit)).scalars())
