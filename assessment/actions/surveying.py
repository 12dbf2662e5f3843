"""Confidential surveys: a ballot is cast apart from who cast it, and results are released when it is safe to."""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from assessment.actions.installation import Gone, Installation
from assessment.actions.responding import Draft, load, subject
from assessment.actions.submitting import Incomplete
from assessment.core.answers import to_plain
from assessment.core.definition import Questionnaire
from assessment.core.protection import FLOOR, lacking, rounded
from assessment.core.routing import required_missing, visible
from assessment.core.survey import LEAST, fitting, next_release
from assessment.store import audit, ballots, responses
from assessment.store.ballots import Release
from assessment.store.database import reading, settle, writing

ANSWERED = "answered"
"""The state of a response whose answers became a ballot: who it was has answered, and nothing else is known of it."""


def cast(house: Installation, public_id: str, *, ballot_id: str, now: datetime) -> str | None:
    """Turn a draft into a ballot that nothing links to it; the id of the assessment that fits what it puts first.

    Said now or never: a repeated submit changes nothing and gives None. Raises `Gone` for a response that is no longer
    there and `Incomplete`.
    """
    with reading(house.engine) as connection:
        draft = load(house, connection, public_id)
    if draft is None:
        raise Gone(public_id)
    about = (subject(public_id), f"survey {draft.questionnaire.id}")
    with writing(house.engine, about=about) as connection:
        draft = load(house, connection, public_id)
        if draft is None:
            raise Gone(public_id)
        if draft.response.state != "draft":
            return None
        fits = _accept(house, connection, draft, ballot_id, now)
    settle(house.engine)  # the write-ahead log would keep the answers as they stood beside the response
    return fits


def _accept(house: Installation, connection: Connection, draft: Draft, ballot_id: str, now: datetime) -> str | None:
    if required_missing(draft.questionnaire, draft.answers):
        raise Incomplete(draft.response.public_id)
    answers = visible(draft.questionnaire, draft.answers)
    ballots.cast(connection, ballot_id, draft.questionnaire.id, to_plain(answers))
    day = _start_of_day(house, now)
    changes: dict[str, Any] = {
        "state": ANSWERED,
        "answers": "{}",
        "sealed_texts": None,
        "sealed_contact": None,
        "page": 0,
        "started_at": _start_of_day(house, draft.response.started_at),
        "updated_at": day,
        "submitted_at": day,
    }
    responses.save(connection, draft.response.id, changes)
    audit.note(connection, now, "respondent", "response.submitted", draft.response.public_id)
    return fitting(draft.questionnaire, answers)


def _start_of_day(house: Installation, at: datetime) -> datetime:
    zone = ZoneInfo(house.settings.time_zone)
    return datetime.combine(at.astimezone(zone).date(), time(0), zone)


def release_due(house: Installation, now: datetime) -> int:
    """Release the results of every survey whose ballots allow it; says of how many."""
    house.catalogue.refresh(now)
    served = [one.served.questionnaire for one in house.catalogue.files if one.served is not None]
    return sum(_release(house, each, now) for each in served if each.kind == "survey" and each.status != "draft")


def _release(house: Installation, survey: Questionnaire, now: datetime) -> bool:
    with reading(house.engine) as connection:
        if ballots.waiting(connection, survey.id) < FLOOR:
            return False
    with writing(house.engine, about=(f"survey {survey.id}",)) as connection:
        before, batches = ballots.releases(connection, survey.id), ballots.batches(connection, survey.id)
        counted = [batches.get(release.number, []) for release in before]
        counts = next_release(survey, counted, batches.get(None, []), [release.counts for release in before])
        if counts is None:
            return False
        shown = {key: rounded(count) for key, count in counts.items()}
        made = Release(number=len(before) + 1, counts=counts, shown=shown, released_at=now)
        ballots.release(connection, survey.id, made)
        audit.note(connection, now, "worker", "survey.released", survey.id, f"release {made.number}")
    settle(house.engine)
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What may be said of a survey's results: the newest release (rounded), or how many more are `needed` for one."""

    needed: int
    shown: dict[str, int]
    on: date | None


def standing(house: Installation, survey: Questionnaire) -> Standing:
    """How a survey stands for whoever reads its results."""
    with reading(house.engine) as connection:
        newest = ballots.newest_release(connection, survey.id)
        needed = lacking(ballots.number(connection, survey.id), LEAST) if newest is None else 0
    zone = ZoneInfo(house.settings.time_zone)
    on = newest.released_at.astimezone(zone).date() if newest else None
    return Standing(needed=needed, shown=dict(newest.shown) if newest else {}, on=on)
