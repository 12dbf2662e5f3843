"""What exports are made of: submissions in chunks, with their answers, scores and, if wanted, people."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, tzinfo
from typing import Any

from sqlalchemy import Connection, Row, func, select

from assessment.core.answers import parse_answers
from assessment.core.definition import Questionnaire
from assessment.core.export_rows import CONTACT, Entry, counting
from assessment.store import scorecards, submission_list
from assessment.store.filters import Filters
from assessment.store.keys import Keyring
from assessment.store.review_tables import area_score, submission
from assessment.store.tables import definition, person, response, scorecard

MOST = 1_000_000
"""Submissions in one export."""
_HEAD = 4_000
_OVERALL = re.compile(r'"overall":\s*(null|\{[^{}]*\})')

QuestionnaireOf = Callable[[Connection, str], Questionnaire]
"""The definition of a version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What is exported: ids in the list's order with each one's questionnaire, and what is asked there.

    `versions` are those answered, by questionnaire, the newest first; `areas` the ids of areas with scores; `erased`
    how many submissions were erased so far.
    """

    ids: tuple[int, ...]
    questionnaire: Mapping[int, str]
    versions: Mapping[str, tuple[str, ...]]
    areas: Mapping[str, frozenset[str]]
    erased: int


def scope(connection: Connection, keyring: Keyring, filters: Filters, today: date) -> Scope:
    """Everything that matches now."""
    ids = tuple(submission_list.ids(connection, keyring, filters, today, limit=MOST))
    wanted = frozenset(ids)
    rows = connection.execute(select(submission.c.id, submission.c.questionnaire, submission.c.version))
    found = {row.id: (row.questionnaire, row.version) for row in rows if row.id in wanted}
    names = {id_: name for id_, (name, _version) in found.items()}
    return Scope(
        ids=ids,
        questionnaire=names,
        versions=_versions(connection, frozenset(found.values())),
        areas=_areas(connection, frozenset(names.values())),
        erased=erased(connection),
    )


def _versions(connection: Connection, answered: frozenset[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    query = select(definition.c.version).order_by(definition.c.stored_at.desc(), definition.c.version)
    newest = list(connection.execute(query).scalars())
    names = sorted({name for name, _version in answered})
    return {name: tuple(version for version in newest if (name, version) in answered) for name in names}


def _areas(connection: Connection, names: frozenset[str]) -> dict[str, frozenset[str]]:
    query = select(submission.c.questionnaire, area_score.c.area).distinct()
    rows = connection.execute(query.join(area_score, area_score.c.submission_id == submission.c.id)).all()
    return {name: frozenset(row.area for row in rows if row.questionnaire == name) for name in names}


def erased(connection: Connection) -> int:
    """How many submissions were erased so far; a number that grew meanwhile says that somebody was."""
    return int(connection.execute(select(func.count()).where(submission.c.erased)).scalar_one())


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads submissions for one export; without `contact` entries hold nobody's details and typed texts."""

    keyring: Keyring
    questionnaire_of: QuestionnaireOf
    owners: Mapping[int, str]
    zone: tzinfo
    contact: bool

    def entries(self, connection: Connection, ids: Sequence[int]) -> list[Entry]:
        """These submissions in this order; without those that were erased meanwhile."""
        rows = {row.id: row for row in connection.execute(_rows(ids))}
        areas = _scores(connection, ids)
        return [self._entry(connection, rows[id_], areas.get(id_, {})) for id_ in ids if id_ in rows]

    def _entry(self, connection: Connection, row: Row[*tuple[Any, ...]], areas: Mapping[str, int]) -> Entry:
        asked = self.questionnaire_of(connection, row.version)
        # Also where they are not exported: whether a question applies may hang on whether a text was given.
        texts = json.loads(self.keyring.open(row.sealed_texts)) if row.sealed_texts else {}
        answers, texts = counting(asked, parse_answers(asked, json.loads(row.answers)), texts)
        low, high = _range(connection, row)
        return Entry(
            reference=row.reference,
            received=row.submitted_at.astimezone(self.zone),
            definition=asked,
            version=row.version,
            title=row.title,
            stage_id=row.stage_id,
            stage=row.stage,
            overall=row.overall,
            low=low,
            high=high,
            gap=row.gap,
            gap_text=row.gap_text,
            company=row.company,
            status=row.status,
            owner=self.owners.get(row.assignee_id),
            follow_up=row.follow_up,
            mark=row.mark,
            origin=row.origin,
            may_contact=row.may_contact,
            do_not_contact=row.do_not_contact,
            seconds=row.seconds,
            areas=areas,
            answers=answers,
            contact=self._contact(row),
            texts=texts if self.contact else {},
        )

    def _contact(self, row: Row[*tuple[Any, ...]]) -> dict[str, str]:
        sealed = {key: row._mapping[f"sealed_{key}"] for key in CONTACT} if self.contact else {}
        return {key: self.keyring.open(value) for key, value in sealed.items() if value}


def _rows(ids: Sequence[int]) -> Any:
    return (
        select(submission, response.c.answers, response.c.sealed_texts)
        .add_columns(func.substr(scorecard.c.snapshot, 1, _HEAD).label("head"))
        .add_columns(*(person.c[f"sealed_{key}"] for key in CONTACT))
        .join(response, response.c.id == submission.c.response_id)
        .join(scorecard, scorecard.c.id == submission.c.scorecard_id)
        .outerjoin(person, person.c.response_id == submission.c.response_id)
        .where(submission.c.id.in_(ids), ~submission.c.erased)
    )


def _scores(connection: Connection, ids: Sequence[int]) -> dict[int, dict[str, int]]:
    query = select(area_score.c.submission_id, area_score.c.area, area_score.c.score)
    found: dict[int, dict[str, int]] = {}
    for row in connection.execute(query.where(area_score.c.submission_id.in_(ids))):
        found.setdefault(row.submission_id, {})[row.area] = row.score
    return found


def _range(connection: Connection, row: Row[*tuple[Any, ...]]) -> tuple[int | None, int | None]:
    """The range of the overall score, from the beginning of the snapshot, where it stands.

    A quotation mark inside a JSON text is escaped, so no text can look like the field's name.
    """
    if row.overall is None:
        return None, None
    match = _OVERALL.search(row.head)
    if match and match[1] != "null":
        points = json.loads(match[1])
        return points["low"], points["high"]
    kept = scorecards.find(connection, row.public_id)
    overall = kept.card.overall if kept else None
    return (overall.low, overall.high) if overall else (None, None)
