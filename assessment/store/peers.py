"""Voices of the peer comparison: whose may have changed, who speaks for a company, and the voices as they stand."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, exists, insert, or_, select, update

from assessment.core.peers import Voice
from assessment.store.beginnings import is_corrected
from assessment.store.database import inserting
from assessment.store.peer_marks import SPEAKER, Speaker, same_voice
from assessment.store.peer_tables import peer_cell, peer_due, peer_pool, peer_voice
from assessment.store.review_tables import submission
from assessment.store.tables import consent, person, response

PURPOSE = "comparison"
"""The consent that a voice needs."""
MOST = 50
"""Submissions of one company that are looked through for its newest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """Voices that may be compared; `basis` is a digest of what their scores rest on."""

    id: int
    questionnaire: str
    basis: str
    invented: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A submission that may speak: its response, version and answers (JSON), and when it was submitted in UTC."""

    response_id: int
    version: str
    answers: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A voice as it is kept: where, whose, and which response it repeats."""

    pool: Pool
    number: int
    voice_index: str
    response_id: int


def due(connection: Connection, limit: int) -> tuple[int, list[Speaker]]:
    """The last mark of the oldest `limit` ones (0: there are none), and the submissions that they are about."""
    oldest = select(peer_due.c.id, peer_due.c.submission_id).order_by(peer_due.c.id).limit(limit)
    marks = connection.execute(oldest).all()
    ids = {row.submission_id for row in marks}
    found = connection.execute(select(*SPEAKER).where(submission.c.id.in_(ids)).order_by(submission.c.id))
    return max((row.id for row in marks), default=0), [Speaker(**row._mapping) for row in found]


def seen(connection: Connection, last: int, speakers: Collection[Speaker]) -> None:
    """Take the marks up to the last one off, as far as they are about these submissions."""
    ids = [one.id for one in speakers]
    connection.execute(delete(peer_due).where(peer_due.c.id <= last, peer_due.c.submission_id.in_(ids)))


def candidates(connection: Connection, one: Speaker) -> list[Candidate]:
    """Who may speak for the same company, newest first.

    Neither marked nor erased nor corrected since, consent given and standing, and contact details not forgotten: then
    nobody could tell any more whose voice it is.
    """
    query = (
        select(response.c.id, response.c.version, response.c.answers, submission.c.submitted_at)
        .join(submission, submission.c.response_id == response.c.id)
        .where(same_voice(one), ~submission.c.erased, submission.c.mark.is_(None), response.c.state == "submitted")
        .where(_agreed(), ~is_corrected(), ~_forgotten())
        .order_by(submission.c.submitted_at.desc(), submission.c.id.desc())
    )
    return [
        Candidate(response_id=row.id, version=row.version, answers=row.answers, at=row.submitted_at)
        for row in connection.execute(query.limit(MOST))
    ]


def _agreed() -> ColumnElement[bool]:
    given = (consent.c.purpose == PURPOSE) & consent.c.withdrawn_at.is_(None)
    return exists().where(consent.c.response_id == response.c.id, given)


def strays(connection: Connection) -> list[int]:
    """Submissions that speak and may not, because whoever changed them left no mark: an older release, or by hand."""
    query = (
        select(submission.c.id)
        .join(peer_voice, peer_voice.c.response_id == submission.c.response_id)
        .join(response, response.c.id == submission.c.response_id)
        .where(or_(submission.c.erased, submission.c.mark.is_not(None), response.c.state != "submitted", ~_agreed()))
    )
    return list(connection.execute(query).scalars())


def _forgotten() -> ColumnElement[bool]:
    known = (person.c.sealed_name, person.c.sealed_email, person.c.sealed_role, person.c.company)
    return exists().where(person.c.response_id == response.c.id, ~or_(*(column.is_not(None) for column in known)))


def held(connection: Connection, one: Speaker, voice_index: str) -> list[Held]:
    """The voices that stand for a submission's company, and any that repeats the submission itself."""
    query = (
        select(peer_voice.c.number, peer_voice.c.voice_index, peer_voice.c.response_id, *_POOL)
        .join(peer_pool, peer_pool.c.id == peer_voice.c.pool_id)
        .where(peer_pool.c.questionnaire == one.questionnaire, peer_pool.c.invented == one.invented)
        .where(or_(peer_voice.c.voice_index == voice_index, peer_voice.c.response_id == one.response_id))
    )
    return [
        Held(pool=_pool(row), number=row.number, voice_index=row.voice_index, response_id=row.response_id)
        for row in connection.execute(query)
    ]


_POOL = tuple(peer_pool.c[name] for name in Pool.__dataclass_fields__)


def _pool(row: Row[*tuple[Any, ...]]) -> Pool:
    return Pool(**{name: row._mapping[name] for name in Pool.__dataclass_fields__})


def drop(connection: Connection, one: Held) -> None:
    """Take a voice out."""
    which = (peer_voice.c.pool_id == one.pool.id) & (peer_voice.c.number == one.number)
    connection.execute(delete(peer_voice).where(which))
    connection.execute(update(peer_pool).where(peer_pool.c.id == one.pool.id).values(stale=True))


def add(connection: Connection, pool_id: int, voice_index: str, response_id: int, voice: Voice) -> None:
    """Put a voice in, under the pool's next number (the voice's own does not count)."""
    counted = update(peer_pool).where(peer_pool.c.id == pool_id).values(numbers=peer_pool.c.numbers + 1, stale=True)
    number = connection.execute(counted.returning(peer_pool.c.numbers)).scalar_one()
    values = {
        "pool_id": pool_id,
        "number": number,
        "voice_index": voice_index,
        "response_id": response_id,
        "month": voice.month,
        "segments": json.dumps(dict(voice.segments)),
        "points": json.dumps(dict(voice.points)),
    }
    connection.execute(insert(peer_voice).values(**values))


def pool_of(connection: Connection, questionnaire: str, basis: str, *, invented: bool) -> int:
    """The id of a pool, which is made where there is none."""
    values = {"questionnaire": questionnaire, "basis": basis, "invented": invented}
    statement = inserting(connection, peer_pool).values(**values, numbers=0, stale=False)
    connection.execute(statement.on_conflict_do_nothing(index_elements=list(values)))
    same = (peer_pool.c[name] == value for name, value in values.items())
    return int(connection.execute(select(peer_pool.c.id).where(*same)).scalar_one())


def voices(connection: Connection, pool_id: int) -> list[Voice]:
    """The voices of a pool, by their numbers."""
    query = select(peer_voice).where(peer_voice.c.pool_id == pool_id).order_by(peer_voice.c.number)
    return [
        Voice(number=row.number, month=row.month, segments=json.loads(row.segments), points=json.loads(row.points))
        for row in connection.execute(query)
    ]


def numbers(connection: Connection, pool_id: int) -> list[int]:
    """The numbers of a pool's voices, in order."""
    query = select(peer_voice.c.number).where(peer_voice.c.pool_id == pool_id).order_by(peer_voice.c.number)
    return list(connection.execute(query).scalars())


def forget_invented(connection: Connection) -> None:
    """Forget what was told of voices that nobody sent, and the voices."""
    invented = select(peer_pool.c.id).where(peer_pool.c.invented)
    for table in (peer_cell, peer_voice):
        connection.execute(delete(table).where(table.c.pool_id.in_(invented)))
    connection.execute(delete(peer_pool).where(peer_pool.c.invented))


def forget_responses(connection: Connection, ids: Sequence[int]) -> None:
    """Take out what points at responses that are about to be deleted."""
    theirs = select(submission.c.id).where(submission.c.response_id.in_(ids))
    connection.execute(delete(peer_due).where(peer_due.c.submission_id.in_(theirs)))
    connection.execute(delete(peer_voice).where(peer_voice.c.response_id.in_(ids)))
