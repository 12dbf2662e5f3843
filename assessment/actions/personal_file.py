"""What is stored about a person: told on a page before it is handed over or erased, and as one file to hand over."""

import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection

from assessment.actions.installation import Gone, Installation
from assessment.actions.responding import Draft, load
from assessment.core.answers import currency_of, to_plain
from assessment.core.wording import answer_text
from assessment.store import audit, company, forgetting, people, personal, responses, scorecards, submissions
from assessment.store.accounts import Account
from assessment.store.database import reading, writing
from assessment.store.personal import Plain
from assessment.store.responses import Response
from assessment.store.submissions import Submission

JSON_NAME = "personal-data.json"
EXPLAINED = (
    "Everything stored about the person behind these submissions. Times are UTC (ISO 8601). Where a value is null, "
    "nothing is stored. Who of the firm did something stands as an account's number, without a name."
)

WAITING = "Begun and not sent. What was answered so far shows behind the person's own link, and nowhere else."
"""All that is told of the answers to a confidential survey."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One submission of the person, as the pages list it; `confirmed` says whether its address was confirmed."""

    found: Submission
    name: str | None
    email: str | None
    confirmed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What is stored about a person: the submission asked about first, then the others of its address.

    The counts are of all of them together; `drafts` and `invitations` are those of the address.
    """

    parts: tuple[Part, ...]
    notes: int
    reviews: int
    papers: int
    mails: int
    drafts: int
    invitations: int

    @property
    def first(self) -> Part:
        """The submission that was asked about."""
        return self.parts[0]

    @property
    def others(self) -> tuple[Part, ...]:
        """The other submissions of its address."""
        return self.parts[1:]


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file to hand over; `pdfs` says how many it holds beside the JSON. With none it is the JSON itself."""

    content: bytes
    pdfs: int

    @property
    def zipped(self) -> bool:
        """Whether it is a ZIP file."""
        return self.pdfs > 0


def held(house: Installation, public_id: str) -> Held:
    """What is stored about the person behind a submission. Raises `Gone`."""
    with reading(house.engine) as connection:
        found, all_of_them = _of_person(connection, public_id, everything=True)
        index = found.email_index
        drafts = forgetting.drafts_of(connection, house.keyring, index) if index else ()
        papers = [personal.mails(connection, one.scorecard_id) for one in all_of_them]
        return Held(
            parts=tuple(_part(house, connection, one) for one in all_of_them),
            notes=sum(len(personal.noted(connection, house.keyring, one.id)) for one in all_of_them),
            reviews=sum(len(personal.reviewed(connection, house.keyring, one.id)) for one in all_of_them),
            papers=sum(personal.number_of_papers(connection, one.scorecard_id) for one in all_of_them),
            mails=sum(len(mails) for mails in papers),
            drafts=len(drafts),
            invitations=len(_invitations(house, connection, all_of_them, index)),
        )


def _of_person(connection: Connection, public_id: str, *, everything: bool) -> tuple[Submission, list[Submission]]:
    """The submission, and the list of it with the others of its address if wanted."""
    found = submissions.find(connection, public_id)
    if found is None:
        raise Gone(public_id)
    names = company.of_address(connection, found) if everything else ()
    others = [submissions.find(connection, name) for name in names if name != public_id]
    return found, [found, *(one for one in others if one is not None)]


def _part(house: Installation, connection: Connection, found: Submission) -> Part:
    person = people.of_response(connection, house.keyring, found.response_id)
    confirmed = person is not None and person.confirmed_at is not None
    return Part(
        found=found, name=person.name if person else None, email=person.email if person else None, confirmed=confirmed
    )


def _invitations(
    house: Installation, connection: Connection, found: Sequence[Submission], index: str | None
) -> list[Plain]:
    return personal.invited(connection, house.keyring, [one.response_id for one in found], index)


def build(house: Installation, public_id: str, *, everything: bool, by: Account, now: datetime) -> File:
    """The file of one submission, or of `everything` its address left here; recorded for each. Raises `Gone`."""
    with reading(house.engine) as connection:
        found, wanted = _of_person(connection, public_id, everything=everything)
        told, pdfs = _told(house, connection, found, wanted, everything=everything, now=now)
    with writing(house.engine) as connection:
        for one in wanted:
            audit.note(connection, now, by.actor, "person.exported", one.public_id)
    text = json.dumps(told, ensure_ascii=False, indent=2, default=_written).encode()
    return File(content=_zipped(text, pdfs, now) if pdfs else text, pdfs=len(pdfs))


def _told(
    house: Installation,
    connection: Connection,
    found: Submission,
    wanted: Sequence[Submission],
    *,
    everything: bool,
    now: datetime,
) -> tuple[Plain, dict[str, bytes]]:
    index = found.email_index if everything else None
    keyring, pdfs = house.keyring, dict[str, bytes]()
    told: Plain = {
        "about_this_file": EXPLAINED,
        "made_by": house.settings.brand.name,
        "made_at": now,
        "submissions": [_submission(house, connection, one, pdfs) for one in wanted],
        "invitations": _invitations(house, connection, wanted, index),
    }
    if index is not None:
        drafts = forgetting.drafts_of(connection, keyring, index)
        told["unfinished_answers"] = [_draft(house, connection, id_) for id_ in drafts]
        told["other_mails_to_the_address"] = personal.notices_to(connection, keyring, index)
        told["address_not_mailed_because"] = personal.refusal(connection, index)
    return told, pdfs


def _submission(house: Installation, connection: Connection, found: Submission, pdfs: dict[str, bytes]) -> Plain:
    keyring = house.keyring
    response = responses.by_id(connection, found.response_id)
    kept = scorecards.find(connection, found.public_id)
    if response is None or kept is None:
        raise Gone(found.public_id)
    return {
        **personal.about(found),
        "contact": personal.contact(connection, keyring, response.id),
        "consents": personal.consents(connection, response.id),
        "counted_in_peer_comparisons": personal.is_compared(connection, response.id),
        **_answered(house, connection, response),
        "scorecard": json.loads(kept.snapshot),
        "notes_about_them": personal.noted(connection, keyring, found.id),
        "reviewed_scorecards": personal.reviewed(connection, keyring, found.id),
        "documents": _papers(house, connection, found, pdfs),
        "mails_with_the_scorecard": personal.mails(connection, found.scorecard_id),
        "other_mails": personal.notices_of_response(connection, keyring, response.id),
        "what_happened": personal.history(connection, (found.public_id, response.public_id)),
    }


def _draft(house: Installation, connection: Connection, id_: int) -> Plain:
    response = responses.by_id(connection, id_)
    if response is None:
        raise Gone(id_)
    asked = house.questionnaire(connection, response.version)
    if asked.kind == "survey":  # confidential also from whoever makes the file: their own link alone shows them
        return {"survey": asked.title, "answers": WAITING}
    return {
        "id": response.public_id,
        "started_at": response.started_at,
        "changed_at": response.updated_at,
        **_answered(house, connection, response, with_contact=True),
        "what_happened": personal.history(connection, (response.public_id,)),
    }


def _answered(
    house: Installation, connection: Connection, response: Response, *, with_contact: bool = False
) -> dict[str, Any]:
    """How a response came about, its answers in words and as stored, and the texts that were typed."""
    draft = load(house, connection, response.public_id)
    if draft is None:
        raise Gone(response.public_id)
    contact = {"contact_typed_so_far": draft.contact} if with_contact else {}
    return {
        "assessment": draft.questionnaire.title,
        "came_about": personal.began(response),
        **contact,
        "answers": _answers(draft),
    }


def _answers(draft: Draft) -> list[Plain]:
    """In the order of the pages; a typed text is its own words and what is stored."""
    plain, currency = to_plain(draft.answers), currency_of(draft.questionnaire, draft.answers)
    rows: list[Plain] = []
    for question in (question for page in draft.questionnaire.pages for question in page.questions):
        row = {"question": question.text, "question_id": question.id}
        if question.id in draft.answers:
            said = answer_text(question, draft.answers[question.id], currency)
            rows.append({**row, "answer": said, "stored_as": plain[question.id]})
        elif question.id in draft.texts:
            rows.append({**row, "answer": draft.texts[question.id], "in_their_own_words": True})
    return rows


def _papers(house: Installation, connection: Connection, found: Submission, pdfs: dict[str, bytes]) -> list[Plain]:
    """The documents; bytes that are kept go into `pdfs` under the name that the row gives as its file."""
    rows = []
    for number, (row, content) in enumerate(personal.papers(connection, house.keyring, found.scorecard_id), start=1):
        name = f"{found.reference}-{number}.pdf" if content is not None else None
        if name is not None and content is not None:
            pdfs[name] = content
        rows.append({**row, "file": name})
    return rows


def _written(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(type(value).__name__)


def _zipped(text: bytes, pdfs: dict[str, bytes], now: datetime) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, content in {JSON_NAME: text, **pdfs}.items():
            bundle.writestr(zipfile.ZipInfo(name, now.timetuple()[:6]), content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()
