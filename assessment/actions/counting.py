"""Counting the ballots of surveys: once a week the boxes are opened, and results released where it is safe to.

Ballots are opened when at least five are in the box that answer the same questions, all at once and under new random
ids, in a transaction that touches no response. What the database keeps beside its rows (the transaction that wrote
them, their place, those they replaced) leads from a ballot in the box to its response, and no further once it is out.
"""

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from assessment.actions.installation import Installation
from assessment.core.definition import Questionnaire
from assessment.core.protection import rounded
from assessment.core.survey import changed
from assessment.core.survey_release import count_is_due, counting_day, enough_alike, next_release, shape_of
from assessment.store import audit, ballots, definitions
from assessment.store.ballots import Count, Release
from assessment.store.database import clean_up, reading, settle, write_anew, writing
from assessment.store.keys import KeyFault
from assessment.store.survey_tables import ballot, ballot_box, survey_draft
from assessment.store.tables import response

log = logging.getLogger(__name__)

TRACED = (survey_draft, ballot_box, ballot)
"""The tables whose replaced rows would tell what a draft said, and which ballot came when, and from whom."""
CLEANED_FOR = timedelta(days=1)
"""How long after a counting day tables are still cleaned each time: somebody may have been reading the time before."""


class _Opened(NamedTuple):
    """A ballot out of the box: the shape of the version it was given to, and what it says."""

    shape: str
    answers: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Box:
    """A survey's ballots as they stand before a count: in the box by number, and counted by release.

    `number` is how many there are in all, `sealed` those in the box that open.
    """

    last: Count | None
    number: int
    sealed: Mapping[int, _Opened]
    opened: Mapping[int | None, list[dict[str, Any]]]
    releases: tuple[Release, ...]


def count_due(house: Installation, now: datetime, draw_id: Callable[[], str]) -> int:
    """Count every survey that is due; says of how many results were released.

    A survey whose file is gone is opened like the others, and nothing is released of it. One that cannot be counted is
    logged and tried again the next time; it keeps no other one waiting.
    """
    today = now.astimezone(ZoneInfo(house.settings.time_zone)).date()
    house.catalogue.refresh(now)
    served = [one.served.questionnaire for one in house.catalogue.files if one.served is not None]
    surveys = {each.id: each for each in served if each.kind == "survey" and each.status != "draft"}
    with reading(house.engine) as connection:
        last = {name: count.day for name, count in ballots.last_counts(connection).items()}
        names = sorted({*surveys, *ballots.waiting(connection)})
    due = [name for name in names if count_is_due(today, last.get(name))]
    _await_first(house, [name for name in names if name not in last and name not in due], today)
    try:
        return sum(_tried(house, name, surveys.get(name), now, draw_id) for name in due)
    finally:
        if due or (names and today - counting_day(today) <= CLEANED_FOR):
            settle(house.engine)
            write_anew(house.engine, TRACED)
            clean_up(house.engine, (response,))


def _await_first(house: Installation, names: list[str], today: date) -> None:
    """Have surveys that are seen for the first time counted on the next counting day, or on the first one after."""
    if names:
        with writing(house.engine) as connection:
            for name in names:
                ballots.note_count(connection, name, Count(day=today, number=0))


def _tried(
    house: Installation, name: str, survey: Questionnaire | None, now: datetime, draw_id: Callable[[], str]
) -> bool:
    try:
        return _count(house, name, survey, now, draw_id)
    except Exception as error:
        log.error("the ballots of %s could not be counted; trying again", name, exc_info=error)  # without its message
        return False


def _count(
    house: Installation, name: str, survey: Questionnaire | None, now: datetime, draw_id: Callable[[], str]
) -> bool:
    """Think without keeping anybody from writing; what came meanwhile waits in the box for the next time."""
    today = now.astimezone(ZoneInfo(house.settings.time_zone)).date()
    with reading(house.engine) as connection:
        before = _look(house, connection, name)
        other = _changed(house, connection, survey) if survey else frozenset()
    if not count_is_due(today, before.last.day if before.last else None):
        return False
    taken = enough_alike({number: each.shape for number, each in before.sealed.items()})
    waiting = [*before.opened.get(None, []), *(before.sealed[number].answers for number in taken)]
    release = _release(survey, other, before, waiting, now) if taken and survey else None
    with writing(house.engine, about=(f"survey {name}",)) as connection:
        if ballots.last_count(connection, name) != before.last:
            return False  # another worker counted meanwhile
        ballots.note_count(connection, name, Count(day=today, number=before.number))
        audit.note(connection, now, "worker", "survey.counted", name, f"about {rounded(before.number)}")
        if taken:
            ballots.take_out(connection, taken)
            anew = {draw_id(): answers for answers in waiting}
            ballots.lay_down(connection, name, anew, release.number if release else None)
        if release:
            ballots.release(connection, name, release)
            audit.note(connection, now, "worker", "survey.released", name, f"release {release.number}")
        ballots.pass_over(connection, name, today)
    return release is not None


def _look(house: Installation, connection: Connection, survey: str) -> _Box:
    boxed, opened = ballots.boxed(connection, survey), ballots.batches(connection, survey)
    sealed: dict[int, _Opened] = {}
    for number, content in boxed.items():
        try:
            sealed[number] = _open(house, connection, content)
        except (KeyFault, LookupError, ValueError, TypeError):
            continue
    if len(sealed) < len(boxed):
        log.error("%d ballots of %s do not open and stay in the box", len(boxed) - len(sealed), survey)
    return _Box(
        last=ballots.last_count(connection, survey),
        number=len(boxed) + sum(map(len, opened.values())),
        sealed=sealed,
        opened=opened,
        releases=tuple(ballots.releases(connection, survey)),
    )


def _open(house: Installation, connection: Connection, sealed: bytes) -> _Opened:
    given = json.loads(house.keyring.open(sealed))
    return _Opened(shape_of(house.questionnaire(connection, given["version"])), given["answers"])


def _changed(house: Installation, connection: Connection, survey: Questionnaire) -> frozenset[str]:
    """Questions that some version asked in another form than the file does now: they stay as they were told."""
    versions = definitions.versions_of(connection, survey.id)
    found = changed(survey, [house.questionnaire(connection, version) for version in versions])
    if found:
        log.error("%s: counted no more, give new ids: %s asked otherwise before", survey.id, ", ".join(sorted(found)))
    return found


def _release(
    survey: Questionnaire, other: frozenset[str], before: _Box, waiting: list[dict[str, Any]], now: datetime
) -> Release | None:
    counted = [before.opened.get(release.number, []) for release in before.releases]
    counts = next_release(survey, counted, waiting, [release.counts for release in before.releases], other)
    if counts is None:
        return None
    shown = {key: rounded(count) for key, count in counts.items()}
    return Release(number=len(before.releases) + 1, counts=counts, shown=shown, released_at=now)
