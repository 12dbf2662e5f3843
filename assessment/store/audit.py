"""The audit log: what happened to which record, never what was answered."""

from datetime import datetime

from sqlalchemy import Connection, insert

from assessment.store.tables import audit


def note(connection: Connection, now: datetime, actor: str, action: str, subject: str, detail: str = "") -> None:
    """Record one event."""
    connection.execute(insert(audit).values(at=now, actor=actor, action=action, subject=subject, detail=detail or None))
