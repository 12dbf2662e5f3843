"""Definitions by version: stored once, kept for ever, so that a response stays on the one it began with."""

from datetime import datetime

from sqlalchemy import Connection, insert, select

from assessment.store.tables import definition


def keep(connection: Connection, version: str, questionnaire: str, format_: int, body: bytes, now: datetime) -> None:
    """Store a version unless it is there already."""
    known = connection.execute(select(definition.c.version).where(definition.c.version == version)).first()
    if known is None:
        connection.execute(
            insert(definition).values(
                version=version, questionnaire=questionnaire, format=format_, body=body, stored_at=now
            )
        )


def body_of(connection: Connection, version: str) -> bytes | None:
    """The stored body of a version, or None."""
    row = connection.execute(select(definition.c.body).where(definition.c.version == version)).first()
    return None if row is None else row.body
