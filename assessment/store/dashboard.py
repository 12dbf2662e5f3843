"""The dashboard's numbers, counted by the database: marked submissions are left out, erased ones are counted.

Who corrected their answers is counted once, with the answers as corrected.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Integer, Select, case, cast, func, select

from assessment.core.statistics import Histogram, Period
from assessment.store.beginnings import CORRECTION, began, corrected, origin_of
from assessment.store.review_tables import abandoned, area_score, submission
from assessment.store.tables import delivery, response


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What is counted: one questionnaire in a period; no origins and no version mean all of them."""

    questionnaire: str
    period: Period
    origins: tuple[str, ...] = ()
    version: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """How many submissions of one version stand at one stage (or at none), how many may be contacted, since when."""

    version: str
    stage_id: str | None
    number: int
    may_contact: int
    first: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Everything that is counted; what each part holds is said at the function of its name."""

    finished: list[Finished]
    weeks: list[int]
    seconds: Histogram
    overall: Histogram
    areas: dict[str, Histogram]
    unfinished: Counter[tuple[str, int]]
    failed_mails: int

    @property
    def versions(self) -> tuple[str, ...]:
        """The versions that were answered, finished or not; those finished first, by when they came."""
        begun = dict.fromkeys(version for version, _since in changes(self.finished))
        return tuple(begun | dict.fromkeys(version for version, _page in self.unfinished))


def count(connection: Connection, scope: Scope) -> Counts:
    """Count everything in one scope."""
    return Counts(
        finished=finished(connection, scope),
        weeks=per_week(connection, scope),
        seconds=seconds(connection, scope),
        overall=overall(connection, scope),
        areas=areas(connection, scope),
        unfinished=unfinished(connection, scope),
        failed_mails=failed_mails(connection, scope),
    )


def asked(connection: Connection) -> list[tuple[str, str]]:
    """Id and newest title of every questionnaire that was ever submitted."""
    newest = select(func.max(submission.c.id)).group_by(submission.c.questionnaire)
    query = select(submission.c.questionnaire, submission.c.title).where(submission.c.id.in_(newest))
    return [(row.questionnaire, row.title) for row in connection.execute(query)]


def newest_version(connection: Connection, questionnaire: str) -> str:
    """The version of the newest submission of a questionnaire that has one."""
    table = submission.c
    query = select(table.version).where(table.questionnaire == questionnaire).order_by(table.submitted_at.desc())
    return str(connection.execute(query.limit(1)).scalar_one())


def _counted(scope: Scope) -> list[ColumnElement[bool]]:
    table = submission.c
    conditions = [
        table.questionnaire == scope.questionnaire,
        table.submitted_at >= scope.period.since,
        table.submitted_at < scope.period.until,
        table.mark.is_(None),
        table.id.not_in(corrected()),
    ]
    if scope.origins:
        conditions.append(table.origin.in_(scope.origins))
    if scope.version:
        conditions.append(table.version == scope.version)
    return conditions


def finished(connection: Connection, scope: Scope) -> list[Finished]:
    """What was submitted, by version and stage."""
    table = submission.c
    kinds = (table.version, table.stage_id)
    willing = case((table.may_contact & ~table.do_not_contact, 1), else_=0)
    query = select(
        *kinds,
        func.count().label("number"),
        func.sum(willing).label("may_contact"),
        func.min(table.submitted_at).label("first"),
    )
    return [
        Finished(
            version=row.version,
            stage_id=row.stage_id,
            number=row.number,
            may_contact=int(row.may_contact),
            first=row.first,
        )
        for row in connection.execute(query.where(*_counted(scope)).group_by(*kinds))
    ]


def per_week(connection: Connection, scope: Scope) -> list[int]:
    """Submissions of each of the period's weeks, those without any included."""
    bounds = scope.period.bounds
    after = [(submission.c.submitted_at < bound, place) for place, bound in enumerate(bounds)]
    week = (case(*after, else_=len(bounds)) if after else cast(0, Integer)).label("week")
    query = select(week, func.count()).where(*_counted(scope)).group_by(week)
    numbers = {int(place): int(number) for place, number in connection.execute(query)}
    return [numbers.get(place, 0) for place in range(len(bounds) + 1)]


def seconds(connection: Connection, scope: Scope) -> Counter[int]:
    """How long each took, in seconds."""
    return Counter(connection.execute(select(submission.c.seconds).where(*_counted(scope))).scalars())


def overall(connection: Connection, scope: Scope) -> Histogram:
    """The overall scores."""
    column = submission.c.overall
    query = select(column, func.count()).where(*_counted(scope), column.is_not(None)).group_by(column)
    return {int(score): int(number) for score, number in connection.execute(query)}


def areas(connection: Connection, scope: Scope) -> dict[str, Histogram]:
    """Area id -> its scores."""
    query = (
        select(area_score.c.area, area_score.c.score, func.count())
        .join(submission, submission.c.id == area_score.c.submission_id)
        .where(*_counted(scope))
        .group_by(area_score.c.area, area_score.c.score)
    )
    found: dict[str, dict[int, int]] = {}
    for area, score, number in connection.execute(query):
        found.setdefault(area, {})[int(score)] = int(number)
    return dict(found)


def unfinished(connection: Connection, scope: Scope) -> Counter[tuple[str, int]]:
    """Version and page -> how many stopped there: drafts by when they were last touched, and those deleted since.

    A draft that corrects a submission is none: it began finished.
    """
    rest: Counter[tuple[str, int]] = Counter()
    drafts = _drafts(scope)
    for row in connection.execute(drafts):
        known = not scope.origins or origin_of(row.source) in scope.origins
        if known and began(row.source) != CORRECTION:
            rest[(row.version, row.page)] += row.number
    for row in connection.execute(_gone(scope)):
        rest[(row.version, row.page)] += int(row.number)
    return rest


def _drafts(scope: Scope) -> Select[Any]:
    table = response.c
    query = select(table.version, table.page, table.source, func.count().label("number")).where(
        table.state == "draft",
        table.updated_at >= scope.period.since,
        table.updated_at < scope.period.until,
        table.questionnaire == scope.questionnaire,
    )
    if scope.version:
        query = query.where(table.version == scope.version)
    return query.group_by(table.version, table.page, table.source)


def _gone(scope: Scope) -> Select[Any]:
    table = abandoned.c
    query = select(table.version, table.page, func.sum(table.number).label("number")).where(
        table.questionnaire == scope.questionnaire, table.day.between(scope.period.first, scope.period.last)
    )
    if scope.origins:
        query = query.where(table.origin.in_(scope.origins))
    if scope.version:
        query = query.where(table.version == scope.version)
    return query.group_by(table.version, table.page)


def failed_mails(connection: Connection, scope: Scope) -> int:
    """Mails with a scorecard of this questionnaire, created in the period, that could not be delivered."""
    query = (
        select(func.count())
        .select_from(delivery)
        .where(
            delivery.c.state == "failed",
            delivery.c.questionnaire == scope.questionnaire,
            delivery.c.created_at >= scope.period.since,
            delivery.c.created_at < scope.period.until,
        )
    )
    return int(connection.execute(query).scalar_one())


def changes(rows: Iterable[Finished]) -> list[tuple[str, datetime]]:
    """Each version that was submitted and when its first submission came, oldest first."""
    first: dict[str, datetime] = {}
    for row in rows:
        first[row.version] = min(row.first, first.get(row.version, row.first))
    return sorted(first.items(), key=lambda known: known[1])
