"""How long the queues are: rows that wait or need somebody, by table and state, and since when the oldest is due."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from assessment.store.review_tables import export
from assessment.store.tables import delivery, document, notice

QUEUES = (document, export, delivery, notice)
SHOWN = ("queued", "leased", "held", "failed")
"""States that are counted; the others only grow."""


def depths(connection: Connection) -> dict[tuple[str, str], int]:
    """Rows by table and state, also where there is none."""
    found = dict.fromkeys(((table.name, state) for table in QUEUES for state in SHOWN), 0)
    for table in QUEUES:
        counted = select(table.c.state, func.count()).where(table.c.state.in_(SHOWN)).group_by(table.c.state)
        found |= {(table.name, state): number for state, number in connection.execute(counted)}
    return found


def oldest_due(connection: Connection, now: datetime) -> dict[str, timedelta]:
    """How long the longest waiting row of each table has been due; zero where none is."""
    found: dict[str, timedelta] = {}
    for table in QUEUES:
        waiting = select(func.min(table.c.next_at)).where(table.c.state.in_(("queued", "leased")))
        since = connection.execute(waiting).scalar()
        found[table.name] = max(now - since, timedelta()) if since is not None else timedelta()
    return found
