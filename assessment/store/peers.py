"""Voices of the peer comparison: whose may have changed, who speaks for a company, and the voices as they stand."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, exists, insert, or_, select, update

from assessment.core.peers import Voice
from assessment.store.beginnings import is_corrected, is_correction
from assessment.store.database import inserting
from assessment.store.peer_marks import DEMO, NAMELESS, SPEAKER, Speaker
from assessment.store.peer_tables import peer_cell, peer_due, peer_pool, peer_round, peer_voice
from assessment.store.review_tables import submission
from assessment.store.tables import consent, person, response

PURPOSE = "comparison"
"""The consent that a voice needs."""
VOUCHED = ("invitation", "interview", DEMO)
"""Origins that only the firm makes: somebody there knows who answers. Anybody else confirms the address."""
MOST = 50
"""Submissions of one company, or of one address, that are looked through for its newest."""
_ROUND = 1
"""The one row of the round."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """Voices that may be compared; `basis` is a digest of what their scores rest on."""

    id: int
    questionnaire: str
    basis: str
    invented: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A submission that may speak, its version, and when it was submitted in UTC."""

    speaker: Speaker
    version: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """Keyed hashes of the company and the address that a voice speaks for, as far as there are any."""

    company: str | None
    address: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A voice as it is kept: where, whose, and which response it repeats."""

    pool: Pool
    number: int
    names: Names
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


def candidates(connection: Connection, circle: ColumnElement[bool]) -> list[Candidate]:
    """Who may speak of a company or an address (`peer_marks.circles`), newest first."""
    query = (
        select(*SPEAKER, response.c.version, submission.c.submitted_at)
        .join(response, response.c.id == submission.c.response_id)
        .where(circle, _may_speak())
        .order_by(submission.c.submitted_at.desc(), submission.c.id.desc())
    )
    return [
        Candidate(
            speaker=Speaker(**{name: row._mapping[name] for name in Speaker.__dataclass_fields__}),
            version=row.version,
            at=row.submitted_at,
        )
        for row in connection.execute(query.limit(MOST))
    ]


def _may_speak() -> ColumnElement[bool]:
    """Neither marked nor erased nor corrected since, agreed to, somebody's indeed, and known to be whose.

    Without a company and an address, or once both are forgotten, nobody could tell how often one company speaks.
    """
    return and_(
        ~submission.c.erased,
        submission.c.mark.is_(None),
        response.c.state == "submitted",
        _agreed(),
        _vouched(),
        ~is_corrected(),
        _named(),
        ~_forgotten(),
    )


def _agreed() -> ColumnElement[bool]:
    given = (consent.c.purpose == PURPOSE) & consent.c.withdrawn_at.is_(None)
    return exists().where(consent.c.response_id == response.c.id, given)


def _vouched() -> ColumnElement[bool]:
    """Anybody can make up answers, companies and addresses, but not open the mail that comes to an address.

    A correction names its company anew, and a submission can be corrected many times: nobody of the firm knows it.
    """
    confirmed = exists().where(person.c.response_id == response.c.id, person.c.confirmed_at.is_not(None))
    return (submission.c.origin.in_(VOUCHED) & ~is_correction()) | confirmed


def _named() -> ColumnElement[bool]:
    return or_(~submission.c.company_key.startswith(NAMELESS), submission.c.email_index.is_not(None))


def _forgotten() -> ColumnElement[bool]:
    known = (person.c.sealed_name, person.c.sealed_email, person.c.sealed_role, person.c.company)
    return exists().where(person.c.response_id == response.c.id, ~or_(*(column.is_not(None) for column in known)))


def answers_of(connection: Connection, response_id: int) -> dict[str, Any]:
    """What was chosen, by question."""
    answers = connection.execute(select(response.c.answers).where(response.c.id == response_id)).scalar_one()
    return dict(json.loads(answers))


def next_round(connection: Connection, number: int) -> list[int]:
    """Go on with the round through all submissions, newest first, by `number`; after the oldest it begins again.

    Gives those that speak and may not, or may and do not, though no mark says so: an older release or somebody by hand
    changed them. Who may and does not is often only older than another of the company.
    """
    below = connection.execute(select(peer_round.c.below).where(peer_round.c.id == _ROUND)).scalar_one_or_none()
    some = select(submission.c.id).order_by(submission.c.id.desc()).limit(number)
    slice_ = list(connection.execute(some if below is None else some.where(submission.c.id < below)).scalars())
    if below is not None:
        connection.execute(delete(peer_round))
    if len(slice_) == number:
        connection.execute(insert(peer_round).values(id=_ROUND, below=slice_[-1]))
    return _amiss(connection, slice_[-1], slice_[0]) if slice_ else []


def _amiss(connection: Connection, first: int, last: int) -> list[int]:
    speaks = exists().where(peer_voice.c.response_id == submission.c.response_id)
    marked = exists().where(peer_due.c.submission_id == submission.c.id)
    wrong = or_(and_(speaks, ~_may_speak()), and_(~speaks, _may_speak()))
    query = select(submission.c.id).join(response, response.c.id == submission.c.response_id)
    found = query.where(submission.c.id.between(first, last), wrong, ~marked).order_by(submission.c.id)
    return list(connection.execute(found).scalars())


def held(connection: Connection, one: Speaker, names: Names) -> list[Held]:
    """The voices that stand for a submission's company or address, and any that repeats the submission itself."""
    query = (
        select(peer_voice, *_POOL)
        .join(peer_pool, peer_pool.c.id == peer_voice.c.pool_id)
        .where(peer_pool.c.questionnaire == one.questionnaire, peer_pool.c.invented == one.invented)
    )
    whose = [peer_voice.c.response_id == one.response_id]
    if names.company is not None:
        whose.append(peer_voice.c.company_index == names.company)
    if names.address is not None:
        whose.append(peer_voice.c.address_index == names.address)
    return [
        Held(
            pool=_pool(row),
            number=row.number,
            names=Names(company=row.company_index, address=row.address_index),
            response_id=row.response_id,
        )
        for row in connection.execute(query.where(or_(*whose)))
    ]


_POOL = tuple(peer_pool.c[name] for name in Pool.__dataclass_fields__)


def _pool(row: Row[*tuple[Any, ...]]) -> Pool:
    return Pool(**{name: row._mapping[name] for name in Pool.__dataclass_fields__})


def drop(connection: Connection, one: Held) -> None:
    """Take a voice out."""
    which = (peer_voice.c.pool_id == one.pool.id) & (peer_voice.c.number == one.number)
    connection.execute(delete(peer_voice).where(which))
    connection.execute(update(peer_pool).where(peer_pool.c.id == one.pool.id).values(stale=True))


def add(connection: Connection, pool_id: int, names: Names, response_id: int, voice: Voice) -> None:
    """Put a voice in, under the pool's next number (the voice's own does not count)."""
    counted = update(peer_pool).where(peer_pool.c.id == pool_id).values(numbers=peer_pool.c.numbers + 1, stale=True)
    number = connection.execute(counted.returning(peer_pool.c.numbers)).scalar_one()
    values = {
        "pool_id": pool_id,
        "number": number,
        "company_index": names.company,
        "address_index": names.address,
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
