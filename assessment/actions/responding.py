"""Answering: start, save a page, come back later."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from functools import partial
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from assessment.actions.installation import Gone, Installation
from assessment.catalogue.versions import dump
from assessment.core.answers import Answers, AnswerValue, parse_answers, to_plain
from assessment.core.definition import Page, Questionnaire
from assessment.store import audit, ballots, definitions, responses
from assessment.store.database import reading, writing
from assessment.store.responses import Response


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A response with its definition and what was answered so far."""

    response: Response
    questionnaire: Questionnaire
    answers: dict[str, AnswerValue]
    texts: dict[str, str]
    contact: dict[str, str]

    def seen(self, page: Page) -> str:
        """A digest of what is stored for a page: a form carries it to notice a change made elsewhere."""
        return digest(page, self.answers, self.texts)


class Conflict(Exception):
    """The page was changed elsewhere since this form was shown; carries the draft as it stands now."""

    def __init__(self, draft: Draft) -> None:
        super().__init__("changed elsewhere")
        self.draft = draft


class AlreadySubmitted(Exception):
    """The response is no longer a draft."""


def digest(page: Page, answers: Answers, texts: Mapping[str, str]) -> str:
    """Twelve hex digits that change with any stored answer of the page."""
    plain = to_plain({q.id: answers[q.id] for q in page.questions if q.id in answers})
    typed = {q.id: texts[q.id] for q in page.questions if q.id in texts}
    return hashlib.sha256(json.dumps([plain, typed], sort_keys=True).encode()).hexdigest()[:12]


def start(
    house: Installation,
    questionnaire: Questionnaire,
    version: str,
    *,
    answers: Answers,
    texts: Mapping[str, str],
    source: Mapping[str, str],
    now: datetime,
    public_id: str,
    key: str,
    previous_id: int | None = None,
    contact: Mapping[str, str] | None = None,
) -> None:
    """Begin a response on this version with what the introduction asked; raises `Gone` as `begin` does."""
    with writing(house.engine, about=()) as connection:
        begin(
            house, connection, questionnaire, version, answers=answers, texts=texts, source=source, now=now,
            public_id=public_id, key=key, previous_id=previous_id, contact=contact,
        )  # fmt: skip


def begin(
    house: Installation,
    connection: Connection,
    questionnaire: Questionnaire,
    version: str,
    *,
    answers: Answers,
    texts: Mapping[str, str],
    source: Mapping[str, str],
    now: datetime,
    public_id: str,
    key: str,
    previous_id: int | None = None,
    contact: Mapping[str, str] | None = None,
    actor: str = "respondent",
) -> None:
    """`start` inside a transaction that does more. Raises `Gone` when what it goes on from was erased meanwhile."""
    before = responses.by_id(connection, previous_id) if previous_id is not None else None
    if before is not None and before.state == "erased":
        raise Gone(before.public_id)
    definitions.keep(connection, version, questionnaire.id, questionnaire.format, partial(dump, questionnaire), now)
    values = {
        "public_id": public_id,
        "questionnaire": questionnaire.id,
        "version": version,
        "state": "draft",
        "answers": "{}" if questionnaire.kind == "survey" else json.dumps(to_plain(answers)),
        "sealed_texts": seal_texts(house, texts),
        "sealed_contact": seal_texts(house, contact or {}),
        "revision": 1,
        "page": 0,
        "submission_key": key,
        "epoch": 1,
        "source": json.dumps(dict(source)) if source else None,
        "previous_id": previous_id,
        "started_at": now,
        "updated_at": now,
    }
    responses.add(connection, values)
    if questionnaire.kind == "survey":
        _keep_survey(house, connection, responses.find(connection, public_id), answers)
    # Who answered a survey is kept with the day alone, so the log names the survey.
    about = questionnaire.id if questionnaire.kind == "survey" else public_id
    audit.note(connection, now, actor, "response.started", about)


def subject(public_id: str) -> str:
    """What a transaction about one response says it is about."""
    return f"response {public_id}"


def start_of_day(house: Installation, at: datetime) -> datetime:
    """When the day of `at` began where the installation is: all that is kept of when somebody answered a survey."""
    zone = ZoneInfo(house.settings.time_zone)
    return datetime.combine(at.astimezone(zone).date(), time(0), zone)


def _keep_survey(house: Installation, connection: Connection, found: Response | None, answers: Answers) -> None:
    """A survey's answers are sealed, as copies of the database outlive the draft, and lie apart from the response."""
    if found is not None:
        ballots.keep_draft(connection, found.id, house.keyring.seal(json.dumps(to_plain(answers))))


def _opened_answers(house: Installation, connection: Connection, questionnaire: Questionnaire, found: Response) -> str:
    sealed = ballots.draft_of(connection, found.id) if questionnaire.kind == "survey" else None
    return found.answers if sealed is None else house.keyring.open(sealed)


def seal_texts(house: Installation, texts: Mapping[str, str]) -> bytes | None:
    """Typed texts, encrypted, or None when there are none."""
    return house.keyring.seal(json.dumps(dict(texts))) if texts else None


def open_texts(house: Installation, sealed: bytes | None) -> dict[str, str]:
    """Typed texts as sealed by `seal_texts`."""
    return dict(json.loads(house.keyring.open(sealed))) if sealed else {}


def load(house: Installation, connection: Connection, public_id: str, known: Draft | None = None) -> Draft | None:
    """The response with this id, or None when there is none or it was erased; `known` itself while it is unchanged."""
    found = responses.find(connection, public_id)
    if found is None or found.state == "erased":
        return None
    if known is not None and found == known.response:
        return known
    questionnaire = house.questionnaire(connection, found.version)
    return Draft(
        response=found,
        questionnaire=questionnaire,
        answers=parse_answers(questionnaire, json.loads(_opened_answers(house, connection, questionnaire, found))),
        texts=open_texts(house, found.sealed_texts),
        contact=open_texts(house, found.sealed_contact),
    )


def find(house: Installation, public_id: str) -> Draft | None:
    """`load` in a read of its own."""
    with reading(house.engine) as connection:
        return load(house, connection, public_id)


def save_page(
    house: Installation,
    known: Draft,
    page: Page,
    *,
    answers: Answers,
    texts: Mapping[str, str],
    seen: str,
    now: datetime,
    at: int,
    partial: bool = False,
) -> Draft:
    """Store one page's answers of the response `known`; `partial` keeps stored answers that were not sent.

    Raises `Conflict` when the page changed since `seen`, `AlreadySubmitted`, or `Gone`.
    """
    with writing(house.engine, about=(subject(known.response.public_id),)) as connection:
        draft = load(house, connection, known.response.public_id, known)
        if draft is None:
            raise Gone(known.response.public_id)
        if draft.response.state != "draft":
            raise AlreadySubmitted(known.response.public_id)
        merged, typed = _merged(draft, page, answers, texts, partial)
        changed = digest(page, merged, typed) != draft.seen(page)
        if seen != draft.seen(page) and changed:
            raise Conflict(draft)
        if changed or draft.response.page != at:
            values: dict[str, object] = {"page": at, "updated_at": now}
            if draft.questionnaire.kind == "survey":
                _keep_survey(house, connection, draft.response, merged)
            else:
                values["answers"] = json.dumps(to_plain(merged))
            if typed != draft.texts:
                values["sealed_texts"] = seal_texts(house, typed)
            responses.save(connection, draft.response.id, values)
        return Draft(
            response=draft.response,
            questionnaire=draft.questionnaire,
            answers=merged,
            texts=typed,
            contact=draft.contact,
        )


def _merged(
    draft: Draft, page: Page, answers: Answers, texts: Mapping[str, str], partial: bool
) -> tuple[dict[str, AnswerValue], dict[str, str]]:
    here = set() if partial else {question.id for question in page.questions}
    kept = {name: value for name, value in draft.answers.items() if name not in here}
    typed = {name: value for name, value in draft.texts.items() if name not in here}
    order = draft.questionnaire.questions
    merged = {**kept, **answers}
    return {name: merged[name] for name in order if name in merged}, {**typed, **texts}


def keep_contact(house: Installation, public_id: str, contact: Mapping[str, str], now: datetime) -> None:
    """Keep contact details typed on a draft, so that coming back finds them."""
    with writing(house.engine, about=(subject(public_id),)) as connection:
        found = responses.find(connection, public_id)
        if found is not None and found.state == "draft":
            values = {"sealed_contact": seal_texts(house, contact), "updated_at": now}
            responses.save(connection, found.id, values)
