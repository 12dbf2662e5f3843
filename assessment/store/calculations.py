"""What calculators were asked to keep as a PDF: numbers, snapshot and document, and nobody they belong to."""

from datetime import datetime

from sqlalchemy import Connection, delete, select

from assessment.store import scorecards
from assessment.store.scorecards import Kept
from assessment.store.tables import document, response, scorecard

KEPT = "kept"
"""The state of a response that is neither a draft nor a submission."""


def find(connection: Connection, public_id: str) -> Kept | None:
    """What was kept under this id, or None; never a submission's scorecard."""
    kept = scorecards.find(connection, public_id)
    if kept is None:
        return None
    query = select(response.c.id).where(response.c.id == kept.response_id, response.c.state == KEPT)
    return kept if connection.execute(query).first() is not None else None


def delete_before(connection: Connection, before: datetime) -> int:
    """Delete what was kept before a time, with its snapshot and document; says how many."""
    old = select(response.c.id).where(response.c.state == KEPT, response.c.updated_at < before)
    cards = select(scorecard.c.id).where(scorecard.c.response_id.in_(old))
    connection.execute(delete(document).where(document.c.scorecard_id.in_(cards)))
    connection.execute(delete(scorecard).where(scorecard.c.response_id.in_(old)))
    return connection.execute(delete(response).where(response.c.id.in_(old))).rowcount
