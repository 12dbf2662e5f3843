"""Ballots: what was answered in a survey, and nothing about whose it is; and what was released of them.

Before there is a ballot, a draft's answers stand here too, apart from its response.
"""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from assessment.store.database import inserting
from assessment.store.survey_tables import ballot, ballot_box, survey_count, survey_draft, survey_release

_AT_A_TIME = 1_000
"""Ballots that one statement names."""
LONGEST_WAIT = timedelta(days=270)
"""How long after the beginning of the quarter in which a ballot was passed over first it is kept in the box."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """One release: `counts` are exact and stay here, `shown` are those that the page shows, rounded."""

    number: int
    counts: Mapping[str, int]
    shown: Mapping[str, int]
    released_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """When a survey's ballots were counted last, and how many there were then, also those left in the box."""

    day: date
    number: int


def keep_draft(connection: Connection, response_id: int, sealed: bytes) -> None:
    """Keep what a draft says so far, in place of what it said."""
    new = inserting(connection, survey_draft).values(id=response_id, sealed_answers=sealed)
    connection.execute(new.on_conflict_do_update(index_elements=["id"], set_={"sealed_answers": sealed}))


def draft_of(connection: Connection, response_id: int) -> bytes | None:
    """What a draft says so far, sealed, or None."""
    query = select(survey_draft.c.sealed_answers).where(survey_draft.c.id == response_id)
    return connection.execute(query).scalar_one_or_none()


def forget_draft(connection: Connection, response_id: int) -> None:
    """Forget what a draft said: it became a ballot."""
    connection.execute(delete(survey_draft).where(survey_draft.c.id == response_id))


def drop_in(connection: Connection, number: int, questionnaire: str, sealed: bytes) -> None:
    """Put one sealed ballot into the box, under a random number."""
    connection.execute(insert(ballot_box).values(id=number, questionnaire=questionnaire, sealed_answers=sealed))


def boxed(connection: Connection, questionnaire: str) -> dict[int, bytes]:
    """The sealed ballots in the box by their number."""
    query = select(ballot_box.c.id, ballot_box.c.sealed_answers).where(ballot_box.c.questionnaire == questionnaire)
    return {row.id: row.sealed_answers for row in connection.execute(query.order_by(ballot_box.c.id))}


def take_out(connection: Connection, numbers: Sequence[int]) -> None:
    """Take these ballots out of the box."""
    for start in range(0, len(numbers), _AT_A_TIME):
        connection.execute(delete(ballot_box).where(ballot_box.c.id.in_(numbers[start : start + _AT_A_TIME])))


def pass_over(connection: Connection, questionnaire: str, today: date) -> int:
    """Note of the ballots left in the box that they wait, and delete those that waited too long; says how many.

    Written anew by a count, a row no longer has the transaction of whoever cast it.
    """
    quarter = date(today.year, (today.month - 1) // 3 * 3 + 1, 1)
    theirs = ballot_box.c.questionnaire == questionnaire
    connection.execute(update(ballot_box).where(theirs, ballot_box.c.waits_since.is_(None)).values(waits_since=quarter))
    overdue = delete(ballot_box).where(theirs, ballot_box.c.waits_since < today - LONGEST_WAIT)
    return connection.execute(overdue).rowcount


def waiting(connection: Connection) -> set[str]:
    """The ids of the surveys that have ballots in the box, whether or not there still is a file of them."""
    return set(connection.execute(select(ballot_box.c.questionnaire).distinct()).scalars())


def last_count(connection: Connection, questionnaire: str) -> Count | None:
    """The last count of a survey, or None before the first."""
    query = select(survey_count.c.day, survey_count.c.number).where(survey_count.c.questionnaire == questionnaire)
    row = connection.execute(query).first()
    return Count(day=row.day, number=row.number) if row else None


def last_counts(connection: Connection) -> dict[str, Count]:
    """The last count of each survey that was ever counted."""
    return {
        row.questionnaire: Count(day=row.day, number=row.number) for row in connection.execute(select(survey_count))
    }


def note_count(connection: Connection, questionnaire: str, count: Count) -> None:
    """Remember a count in place of the one before."""
    new = inserting(connection, survey_count).values(questionnaire=questionnaire, day=count.day, number=count.number)
    changed = {"day": count.day, "number": count.number}
    connection.execute(new.on_conflict_do_update(index_elements=["questionnaire"], set_=changed))


def lay_down(
    connection: Connection, questionnaire: str, ballots: Mapping[str, Mapping[str, Any]], released_in: int | None
) -> None:
    """Lay all ballots that no release counted yet down anew, these ones by their random ids, in the order of those.

    `released_in` is the number of the release that is the first to count them, if one does. A database that keeps rows
    in the order they came, or with the number of the transaction that wrote them, tells nothing within a release.
    """
    theirs = (ballot.c.questionnaire == questionnaire) & ballot.c.released_in.is_(None)
    connection.execute(delete(ballot).where(theirs))
    rows = [
        {"id": id_, "questionnaire": questionnaire, "answers": _written(answers), "released_in": released_in}
        for id_, answers in sorted(ballots.items())
    ]
    if rows:
        connection.execute(insert(ballot), rows)


def _written(answers: Mapping[str, Any]) -> str:
    return json.dumps(dict(answers), sort_keys=True, separators=(",", ":"))


def batches(connection: Connection, questionnaire: str) -> dict[int | None, list[dict[str, Any]]]:
    """The answers of all opened ballots by the release that counted them first; None: no release did yet."""
    query = select(ballot.c.answers, ballot.c.released_in).where(ballot.c.questionnaire == questionnaire)
    found: dict[int | None, list[dict[str, Any]]] = defaultdict(list)
    for row in connection.execute(query.order_by(ballot.c.id)):
        found[row.released_in].append(json.loads(row.answers))
    return found


def releases(connection: Connection, questionnaire: str) -> list[Release]:
    """All releases, oldest first."""
    query = select(survey_release).where(survey_release.c.questionnaire == questionnaire)
    return [_read(row) for row in connection.execute(query.order_by(survey_release.c.number))]


def _read(row: Any) -> Release:
    return Release(
        number=row.number,
        counts=json.loads(row.counts),
        shown=json.loads(row.shown),
        released_at=row.released_at,
    )


def release(connection: Connection, questionnaire: str, made: Release) -> None:
    """Store a release; the ballots that it is the first to count are laid down with its number."""
    values = {
        "questionnaire": questionnaire,
        "number": made.number,
        "counts": json.dumps(dict(made.counts), sort_keys=True),
        "shown": json.dumps(dict(made.shown), sort_keys=True),
        "released_at": made.released_at,
    }
    connection.execute(insert(survey_release).values(**values))
