"""How a response began, as its source says: by itself, by an invitation, in an interview, as the correction of another.

A correction takes the place of what it corrects in everything that is counted.
"""

import json

from sqlalchemy import ColumnElement, Select, exists, func, select

from assessment.store.review_tables import submission
from assessment.store.submissions import ORIGINS
from assessment.store.tables import response

CORRECTION = "correction"
"""How a draft began that corrects a submission: it holds finished answers, so leaving it is no drop-off."""
_CORRECTS = json.dumps({"from": CORRECTION})


def began(source: str | None) -> str | None:
    """What a response's source (JSON) says of how it began, or None."""
    found = json.loads(source).get("from") if source else None
    return found if isinstance(found, str) else None


def origin_of(source: str | None) -> str:
    """A response's origin as a submission's: by itself, by an invitation, in an interview, for a demonstration."""
    found = began(source)
    return found if found in ORIGINS else "web"


def corrects(source: str | None, previous_id: int | None) -> int | None:
    """The id of the response that a response corrects, or None when it is no correction."""
    return previous_id if began(source) == CORRECTION else None


def corrected() -> Select[tuple[int]]:
    """The ids of submissions that were corrected, so that a later one stands in their place."""
    later = response.alias()
    query = select(submission.c.id).join(later, later.c.previous_id == submission.c.response_id)
    return query.where(later.c.previous_id > 0, later.c.source == _CORRECTS, later.c.state != "draft")


def is_correction() -> ColumnElement[bool]:
    """Whether a response of the query corrects another one."""
    return func.coalesce(response.c.source, "") == _CORRECTS


def is_corrected() -> ColumnElement[bool]:
    """Whether a response of the query was corrected, erased or not: for queries of a few responses."""
    later = response.alias()
    return exists().where(later.c.previous_id == response.c.id, later.c.source == _CORRECTS, later.c.state != "draft")
