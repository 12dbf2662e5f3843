"""What the list's filters offer, and what waits in the whole list."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, select

from assessment.store.filters import NO_STAGE, Filters
from assessment.store.keys import Keyring
from assessment.store.review_tables import submission
from assessment.store.submission_list import count
from assessment.store.tables import response


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What waits: new submissions, mails that did not arrive, follow-ups that are due; and drafts begun lately."""

    new: int
    mails: int
    due: int
    drafts: int


WAITING: Mapping[str, Filters] = {
    "new": Filters(status="new"),
    "mails": Filters(delivery="failed"),
    "due": Filters(follow_up="due"),
}
"""What each of the numbers counts, so that a link shows exactly those."""


def standing(connection: Connection, keyring: Keyring, today: date, drafts_since: datetime) -> Standing:
    """What waits in the whole list, and how many unfinished responses were last touched since a time."""
    waiting = {name: count(connection, keyring, wanted, today) for name, wanted in WAITING.items()}
    drafts = select(func.count()).where(response.c.state == "draft", response.c.updated_at >= drafts_since)
    return Standing(**waiting, drafts=int(connection.execute(drafts).scalar_one()))


def questionnaires(connection: Connection, served: Mapping[str, str]) -> dict[str, str]:
    """Titles of the questionnaires that were submitted, by id, in the order of their titles.

    `served` are the titles of today; a questionnaire that is not served any more keeps the one it had.
    """
    known = connection.execute(select(submission.c.questionnaire).distinct()).scalars().all()
    last = {id_: _newest(connection, submission.c.questionnaire == id_, submission.c.submitted_at) for id_ in known}
    titles = {id_: served.get(id_, row.title) for id_, row in last.items() if row is not None}
    return dict(sorted(titles.items(), key=lambda pair: (pair[1].casefold(), pair[0])))


def stages(connection: Connection, questionnaire: str) -> dict[str, str]:
    """Titles of the stages that submissions were placed in, by id, the lowest first; of all questionnaires for "".

    `NO_STAGE` stands last, where there are submissions without a stage.
    """
    row = submission.c
    query = select(row.questionnaire, row.stage_id).distinct()
    if questionnaire:
        query = query.where(row.questionnaire == questionnaire)
    pairs = connection.execute(query).all()
    found = [_newest(connection, (row.questionnaire == of) & (row.stage_id == id_), row.id) for of, id_ in pairs]
    there = [one for one in found if one is not None]
    placed = [one for one in there if one.stage_id is not None]
    placed.sort(key=lambda one: (one.stage_rank or 0, one.stage))
    none = {NO_STAGE: "No stage"} if len(placed) < len(there) else {}
    return {one.stage_id: one.stage for one in placed} | none


def _newest(connection: Connection, which: ColumnElement[bool], by: ColumnElement[Any]) -> Row[*tuple[Any, ...]] | None:
    """The titles of one submission that was not erased; an index holds them in the order of `by`, so none is sorted."""
    row = submission.c
    query = select(row.title, row.stage_id, row.stage, row.stage_rank).where(which, ~row.erased)
    return connection.execute(query.order_by(by.desc()).limit(1)).first()
