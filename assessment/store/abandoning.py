"""What is remembered of drafts that are deleted: how many ended on which page on which day, and nothing else."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, tzinfo
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, select

from assessment.store.beginnings import CORRECTION, began, origin_of
from assessment.store.database import inserting
from assessment.store.review_tables import abandoned
from assessment.store.tables import response


class Key(NamedTuple):
    """Where one draft ended; `page` is the first that was not finished, `day` the last on which it was touched."""

    questionnaire: str
    version: str
    origin: str
    page: int
    day: date


def remember(connection: Connection, which: ColumnElement[bool], zone: tzinfo) -> None:
    """Count the drafts that are about to be deleted, each on its last day in `zone`; corrections are left out."""
    query = select(
        response.c.questionnaire, response.c.version, response.c.source, response.c.page, response.c.updated_at
    ).where(response.c.state == "draft", which)
    count(
        connection,
        (
            Key(row.questionnaire, row.version, origin_of(row.source), row.page, row.updated_at.astimezone(zone).date())
            for row in connection.execute(query)
            if began(row.source) != CORRECTION
        ),
    )


def count(connection: Connection, ended: Iterable[Key]) -> None:
    """Add drafts to the numbers kept."""
    rows = [{**key._asdict(), "number": number} for key, number in Counter(ended).items()]
    if not rows:
        return
    new = inserting(connection, abandoned)
    more = new.on_conflict_do_update(
        index_elements=[column.name for column in abandoned.primary_key],
        set_={"number": abandoned.c.number + new.excluded.number},
    )
    connection.execute(more, rows)
