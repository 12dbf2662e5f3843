"""Telling a button pressed twice from a thing that is wanted twice: a double click, or a page sent anew."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from assessment.store import history

ONE_PRESS = timedelta(minutes=1)
"""The very same thing asked for again by the same person sooner than this was asked for once."""


def pressed_before(
    connection: Connection, actor: str, action: str, public_id: str, detail: str | None, now: datetime
) -> bool:
    """Whether this is what the same person did to the submission last, just now, by the audit log."""
    last = history.latest(connection, public_id, action)
    return last is not None and (last.actor, last.detail) == (actor, detail) and now - ONE_PRESS < last.at <= now
