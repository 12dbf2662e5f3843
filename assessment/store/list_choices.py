"""What the list's filters offer, and what waits in the whole list."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, func, select

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
    known = connection.execute(select(submission.c.questionnaire).where(~submission.c.erased).distinct()).scalars()
    titles = {id_: served.get(id_) or _last_title(connection, id_) for id_ in known}
    return dict(sorted(titles.items(), key=lambda pair: (pair[1].casefold(), pair[0])))


def _last_title(connection: Connection, questionnaire: str) -> str:
    query = select(submission.c.title).where(submission.c.questionnaire == questionnaire)
    return str(connection.execute(query.order_by(submission.c.submitted_at.desc()).limit(1)).scalar_one())


def stages(connection: Connection, questionnaire: str) -> dict[str, str]:
    """Titles of the stages that submissions were placed in, by id, the lowest first; of all questionnaires for "".

    `NO_STAGE` stands last, where there are submissions without a stage.
    """
    row = submission.c
    query = select(row.stage_id, func.max(row.stage).label("title"), func.min(row.stage_rank).label("rank"))
    query = query.where(~row.erased).group_by(row.stage_id)
    if questionnaire:
        query = query.where(row.questionnaire == questionnaire)
    found = connection.execute(query).all()
    placed = sorted((one for one in found if one.stage_id is not None), key=lambda one: (one.rank, one.title))
    none = {NO_STAGE: "No stage"} if len(placed) < len(found) else {}
    return {one.stage_id: one.title for one in placed} | none
