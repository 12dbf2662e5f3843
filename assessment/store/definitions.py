"""Definitions by version: stored once, kept for ever, so that a response stays on the one it began with."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection, insert, select

from assessment.store.database import hold
from assessment.store.tables import definition


def keep(
    connection: Connection, version: str, questionnaire: str, format_: int, body: Callable[[], bytes], now: datetime
) -> None:
    """Store a version unless it is there already; only then is its body asked for."""
    query = select(definition.c.version).where(definition.c.version == version)
    if connection.execute(query).first() is not None:
        return
    hold(connection, "definitions")  # two may begin on a new version at the same moment
    if connection.execute(query).first() is None:
        connection.execute(
            insert(definition).values(
                version=version, questionnaire=questionnaire, format=format_, body=body(), stored_at=now
            )
        )


def first_of(connection: Connection, questionnaire: str) -> str:
    """The version of a questionnaire that was stored first: the same one whenever it is asked for."""
    query = select(definition.c.version).where(definition.c.questionnaire == questionnaire)
    oldest = query.order_by(definition.c.stored_at, definition.c.version).limit(1)
    return str(connection.execute(oldest).scalar_one())


def versions_of(connection: Connection, questionnaire: str) -> list[str]:
    """All stored versions of a questionnaire."""
    query = select(definition.c.version).where(definition.c.questionnaire == questionnaire)
    return list(connection.execute(query.order_by(definition.c.version)).scalars())


def body_of(connection: Connection, version: str) -> bytes | None:
    """The stored body of a version, or None."""
    row = connection.execute(select(definition.c.body).where(definition.c.version == version)).first()
    return None if row is None else row.body
