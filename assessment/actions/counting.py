"""Counting the ballots of surveys: on one weekday the boxes are opened, and results released where it is safe to.

Ballots are opened when at least five are in the box, all at once and under new random ids, in a transaction that
touches no response: neither an id nor anything that the database keeps beside its rows leads from one to the other.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from assessment.actions.installation import Installation
from assessment.core.definition import Questionnaire
from assessment.core.protection import FLOOR, rounded
from assessment.core.survey_release import count_is_due, next_release
from assessment.store import audit, ballots
from assessment.store.ballots import Count, Release
from assessment.store.database import clean_up, reading, settle, writing
from assessment.store.survey_tables import ballot, ballot_box
from assessment.store.tables import response

TRACED = (ballot, ballot_box, response)
"""The tables whose replaced rows would tell which ballot came when, and from whom."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Box:
    """A survey's ballots as they stand before a count: sealed in the box by number, and opened by release."""

    last: Count | None
    sealed: Mapping[int, bytes]
    opened: Mapping[int | None, list[dict[str, Any]]]
    releases: tuple[Release, ...]

    @property
    def number(self) -> int:
        """How many ballots there are."""
        return len(self.sealed) + sum(map(len, self.opened.values()))


def count_due(house: Installation, now: datetime, draw_id: Callable[[], str]) -> int:
    """On the counting day count every survey that was not counted today; says of how many results were released."""
    today = now.astimezone(ZoneInfo(house.settings.time_zone)).date()
    if not count_is_due(today, None):
        return 0
    house.catalogue.refresh(now)
    served = [one.served.questionnaire for one in house.catalogue.files if one.served is not None]
    surveys = [each for each in served if each.kind == "survey" and each.status != "draft"]
    released = sum(_count(house, each, today, now, draw_id) for each in surveys)
    if surveys:
        settle(house.engine)
        clean_up(house.engine, TRACED)  # each time it is looked: somebody may still have been reading the time before
    return released


def _count(house: Installation, survey: Questionnaire, today: date, now: datetime, draw_id: Callable[[], str]) -> bool:
    """Think without keeping anybody from writing; what came meanwhile waits in the box for the next time."""
    with reading(house.engine) as connection:
        before = _look(connection, survey.id)
    if not count_is_due(today, before.last.day if before.last else None):
        return False
    waiting = list(before.opened.get(None, []))
    taken = before.sealed if len(before.sealed) >= FLOOR else {}
    waiting += [json.loads(house.keyring.open(sealed)) for sealed in taken.values()]
    release = _release(survey, before, waiting, now) if taken else None
    with writing(house.engine, about=(f"survey {survey.id}",)) as connection:
        if ballots.last_count(connection, survey.id) != before.last:
            return False  # another worker counted meanwhile
        ballots.note_count(connection, survey.id, Count(day=today, number=before.number))
        audit.note(connection, now, "worker", "survey.counted", survey.id, f"about {rounded(before.number)}")
        if taken:
            ballots.take_out(connection, list(taken))
            anew = {draw_id(): answers for answers in waiting}
            ballots.lay_down(connection, survey.id, anew, release.number if release else None)
        if release:
            ballots.release(connection, survey.id, release)
            audit.note(connection, now, "worker", "survey.released", survey.id, f"release {release.number}")
    return release is not None


def _look(connection: Connection, survey: str) -> _Box:
    return _Box(
        last=ballots.last_count(connection, survey),
        sealed=ballots.boxed(connection, survey),
        opened=ballots.batches(connection, survey),
        releases=tuple(ballots.releases(connection, survey)),
    )


def _release(survey: Questionnaire, before: _Box, waiting: list[dict[str, Any]], now: datetime) -> Release | None:
    counted = [before.opened.get(release.number, []) for release in before.releases]
    counts = next_release(survey, counted, waiting, [release.counts for release in before.releases])
    if counts is None:
        return None
    shown = {key: rounded(count) for key, count in counts.items()}
    return Release(number=len(before.releases) + 1, counts=counts, shown=shown, released_at=now)
