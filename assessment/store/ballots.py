"""Ballots: what was answered in a survey, and nothing about whose it is; and what was released of them."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select

from assessment.store.survey_tables import ballot, survey_release


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """One release: `counts` are exact and stay here, `shown` are those that the page shows, rounded."""

    number: int
    counts: Mapping[str, int]
    shown: Mapping[str, int]
    released_at: datetime


def cast(connection: Connection, id_: str, questionnaire: str, answers: Mapping[str, Any]) -> None:
    """Put one ballot among those that wait, under a random id.

    They are all laid down anew, sorted by that id: a database that keeps rows in the order they came, or with the
    number of the transaction that wrote them, would otherwise tell which one was last.
    """
    written = json.dumps(dict(answers), sort_keys=True, separators=(",", ":"))
    new = {"id": id_, "questionnaire": questionnaire, "answers": written, "released_in": None}
    _lay_down(connection, questionnaire, [new], None)


def _lay_down(
    connection: Connection, questionnaire: str, more: Sequence[Mapping[str, Any]], released_in: int | None
) -> None:
    waiting = (ballot.c.questionnaire == questionnaire) & ballot.c.released_in.is_(None)
    rows = [dict(row._mapping) for row in connection.execute(select(ballot).where(waiting))]
    connection.execute(delete(ballot).where(waiting))
    anew = [{**row, "released_in": released_in} for row in (*rows, *more)]
    if anew:
        connection.execute(insert(ballot), sorted(anew, key=lambda row: str(row["id"])))


def number(connection: Connection, questionnaire: str) -> int:
    """How many ballots there are."""
    query = select(func.count()).where(ballot.c.questionnaire == questionnaire)
    return int(connection.execute(query).scalar_one())


def numbers(connection: Connection) -> dict[str, int]:
    """How many ballots each survey has that has any."""
    query = select(ballot.c.questionnaire, func.count()).group_by(ballot.c.questionnaire)
    return {row.questionnaire: int(row[1]) for row in connection.execute(query)}


def waiting(connection: Connection, questionnaire: str) -> int:
    """How many ballots no release has counted yet."""
    query = select(func.count()).where(ballot.c.questionnaire == questionnaire, ballot.c.released_in.is_(None))
    return int(connection.execute(query).scalar_one())


def batches(connection: Connection, questionnaire: str) -> dict[int | None, list[dict[str, Any]]]:
    """The answers of all ballots by the release that counted them first; None: those that wait."""
    query = select(ballot.c.answers, ballot.c.released_in).where(ballot.c.questionnaire == questionnaire)
    found: dict[int | None, list[dict[str, Any]]] = defaultdict(list)
    for row in connection.execute(query.order_by(ballot.c.id)):
        found[row.released_in].append(json.loads(row.answers))
    return found


def releases(connection: Connection, questionnaire: str) -> list[Release]:
    """All releases, oldest first."""
    query = select(survey_release).where(survey_release.c.questionnaire == questionnaire)
    return [_read(row) for row in connection.execute(query.order_by(survey_release.c.number))]


def newest_release(connection: Connection, questionnaire: str) -> Release | None:
    """The release that the page shows, or None."""
    query = select(survey_release).where(survey_release.c.questionnaire == questionnaire)
    row = connection.execute(query.order_by(survey_release.c.number.desc()).limit(1)).first()
    return _read(row) if row else None


def _read(row: Any) -> Release:
    return Release(
        number=row.number,
        counts=json.loads(row.counts),
        shown=json.loads(row.shown),
        released_at=row.released_at,
    )


def release(connection: Connection, questionnaire: str, made: Release) -> None:
    """Store a release and mark the ballots that it is the first to count."""
    values = {
        "questionnaire": questionnaire,
        "number": made.number,
        "counts": json.dumps(dict(made.counts), sort_keys=True),
        "shown": json.dumps(dict(made.shown), sort_keys=True),
        "released_at": made.released_at,
    }
    connection.execute(insert(survey_release).values(**values))
    _lay_down(connection, questionnaire, [], made.number)
