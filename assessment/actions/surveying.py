"""Confidential surveys: a ballot is cast apart from who cast it, and what is released of the results is told."""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from assessment.actions.installation import Gone, Installation
from assessment.actions.responding import Draft, load, start_of_day, subject
from assessment.actions.submitting import Incomplete
from assessment.core.answers import to_plain
from assessment.core.definition import Questionnaire
from assessment.core.protection import lacking, rounded
from assessment.core.routing import required_missing, visible
from assessment.core.survey import EVERYONE, asked_key, fitting, question_of
from assessment.core.survey_release import LEAST
from assessment.store import ballots, definitions, notices, responses
from assessment.store.database import reading, settle, writing
from assessment.store.responses import ANSWERED

NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)
"""What stands beside every sealed ballot as its time: the same for all."""


def cast(house: Installation, public_id: str, *, box_number: int, now: datetime) -> str | None:
    """Turn a draft into a sealed ballot that no id links to it; the id of the assessment that fits what it puts first.

    Said now or never: a repeated submit changes nothing and gives None. Raises `Gone` for a response that is no longer
    there and `Incomplete`.
    """
    with writing(house.engine, about=(subject(public_id),)) as connection:
        draft = load(house, connection, public_id)
        if draft is None:
            raise Gone(public_id)
        if draft.response.state != "draft":
            return None
        fits = _accept(house, connection, draft, box_number, now)
    settle(house.engine)  # the write-ahead log would keep the answers as they stood beside the response
    return fits


def _accept(house: Installation, connection: Connection, draft: Draft, box_number: int, now: datetime) -> str | None:
    if required_missing(draft.questionnaire, draft.answers):
        raise Incomplete(draft.response.public_id)
    answers, survey = visible(draft.questionnaire, draft.answers), draft.questionnaire
    given = {"version": draft.response.version, "answers": to_plain(answers)}
    ballots.drop_in(connection, box_number, survey.id, house.keyring.seal_at(json.dumps(given), NO_TIME))
    ballots.forget_draft(connection, draft.response.id)
    _part(house, connection, draft, now)
    return fitting(survey, answers)


def _part(house: Installation, connection: Connection, draft: Draft, now: datetime) -> None:
    """Leave of the response that somebody has answered, and the day: nothing that depends on how or on what."""
    day = start_of_day(house, now)
    changes: dict[str, Any] = {
        "state": ANSWERED,
        "version": definitions.first_of(connection, draft.questionnaire.id),  # which one it was, the ballot may show
        "revision": 1,  # it counted pages, and other answers lead over other pages
        "answers": "{}",
        "sealed_texts": None,
        "sealed_contact": None,
        "page": 0,
        "started_at": start_of_day(house, draft.response.started_at),
        "updated_at": day,
        "submitted_at": day,
    }
    responses.save(connection, draft.response.id, changes)  # the log says nothing: its rows stand in the order of time
    notices.part_from(connection, draft.response.id, day)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What was told of one question last, rounded: its cells, of how many people who were asked it, and when."""

    cells: dict[str, int]
    of: int
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What may be said of a survey's results, as they stood at the last count.

    `told` by question, when about so many had `answered`; with nothing told yet, about how many more are `needed` (0:
    the next count may do).
    """

    counted_on: date | None
    answered: int
    needed: int
    told: dict[str, Told]


def standing(house: Installation, survey: Questionnaire) -> Standing:
    """How a survey stands for whoever reads its results; nothing in it changes between two counts."""
    zone, told = ZoneInfo(house.settings.time_zone), dict[str, Told]()
    with reading(house.engine) as connection:
        last, releases = ballots.last_count(connection, survey.id), ballots.releases(connection, survey.id)
    for release in releases:
        everyone, on = release.shown[EVERYONE], release.released_at.astimezone(zone).date()
        cells: dict[str, dict[str, int]] = {}
        for key, count in release.shown.items():
            cells.setdefault(question_of(key), {})[key] = count
        told |= {
            name: Told(cells=counts, of=counts.get(asked_key(name), everyone), on=on)
            for name, counts in cells.items()
            if name != EVERYONE
        }
    needed = 0 if releases else lacking(last.number if last else 0, LEAST)
    answered = releases[-1].shown[EVERYONE] if releases else 0
    counted_on = last.day if last and last.number else None
    return Standing(counted_on=counted_on, answered=answered, needed=needed, told=told)


def answered_about(house: Installation) -> dict[str, int]:
    """About how many answered each survey that was ever counted: as of the last count, rounded."""
    with reading(house.engine) as connection:
        return {name: rounded(count.number) for name, count in ballots.last_counts(connection).items()}
