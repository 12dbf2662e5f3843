"""Notices: a mail without a document, with the link to an unfinished response."""

from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

from assessment.store.tables import notice


def add(
    connection: Connection, *, response_id: int, sealed_email: bytes, email_index: str, message_id: str, now: datetime
) -> None:
    """Ask the worker to mail the link to an unfinished response."""
    connection.execute(
        insert(notice).values(
            response_id=response_id,
            kind="resume",
            sealed_email=sealed_email,
            email_index=email_index,
            state="queued",
            next_at=now,
            tries=0,
            message_id=message_id,
            created_at=now,
        )
    )


def count_since(connection: Connection, email_index: str, since: datetime) -> int:
    """How many notices were queued for an address since a time."""
    query = select(func.count()).where(notice.c.email_index == email_index, notice.c.created_at >= since)
    return int(connection.execute(query).scalar_one())


def erase_of_response(connection: Connection, response_id: int) -> None:
    """Forget whom a response's notices went to, and send no more of them."""
    gone = update(notice).where(notice.c.response_id == response_id)
    connection.execute(gone.values(state="erased", owner=None, sealed_email=None))
