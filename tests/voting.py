"""People who answer a survey without a browser, and the days on which their answers are counted."""

import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from assessment import clock
from assessment.actions import counting, responding, surveying
from assessment.actions.installation import Installation
from assessment.core.answers import parse_answers
from assessment.core.definition import Questionnaire
from assessment.core.survey import options

MONDAY = datetime(2026, 11, 23, 0, 20, tzinfo=UTC)
TUESDAY = MONDAY + timedelta(days=1)
WEEK = timedelta(days=7)


def at_random(survey: Questionnaire, rng: random.Random) -> dict[str, Any]:
    """Answers of somebody who likes everything alike."""
    given: dict[str, Any] = {}
    for question in survey.questions.values():
        chosen = [option for option, _ in options(question)]
        if question.type == "ranking":
            given[question.id] = rng.sample(chosen, question.places)
        elif question.type == "multiple":
            given[question.id] = [rng.choice(chosen)]
        else:
            given[question.id] = rng.choice(chosen)
    return given


def vote(house: Installation, survey: Questionnaire, answers: Mapping[str, Any], now: datetime = TUESDAY) -> str:
    """Begin and send at once; gives the public id of the response."""
    entry = house.catalogue.get(survey.id)
    assert entry is not None
    public_id = clock.public_id()
    responding.start(
        house, entry.questionnaire, entry.version, answers=parse_answers(survey, answers), texts={}, source={},
        now=now, public_id=public_id, key=clock.submission_key(),
    )  # fmt: skip
    surveying.cast(house, public_id, box_number=clock.box_number(), now=now)
    return public_id


def votes(house: Installation, survey: Questionnaire, number: int, seed: int = 5) -> list[str]:
    """So many people who answer at random; gives the public ids of their responses."""
    rng = random.Random(seed)
    return [vote(house, survey, at_random(survey, rng)) for _ in range(number)]


def count(house: Installation, now: datetime = MONDAY) -> int:
    """What the worker does about surveys at this time: of how many results were released."""
    return counting.count_due(house, now, clock.submission_key)
