"""The audit log as a chain: each row holds a digest of itself and of the row before it, so that none can go unseen."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, insert, select

from assessment.store.database import hold
from assessment.store.tables import audit

BEGINNING = "0" * 64
"""The digest before the first row."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """One event, before it stands in the log."""

    at: datetime
    actor: str
    action: str
    subject: str
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """A row's id and digest: all that the next row needs to know."""

    id: int
    digest: str


NOTHING = Link(0, BEGINNING)


def microseconds(at: datetime) -> int:
    """A time as whole microseconds since 1970, UTC."""
    return (at - _EPOCH) // _MICROSECOND


def link(before: str, id_: int, event: Noted) -> Link:
    """The row that follows the digest `before`: SHA-256 over it and the JSON list of everything the row says."""
    said = [id_, microseconds(event.at), event.actor, event.action, event.subject, event.detail]
    encoded = json.dumps(said, separators=(",", ":")).encode()  # ASCII, quoted: two rows never read alike
    return Link(id_, hashlib.sha256(bytes.fromhex(before) + encoded).hexdigest())


def head(connection: Connection) -> Link:
    """The newest row, or `NOTHING`."""
    row = connection.execute(select(audit.c.id, audit.c.digest).order_by(audit.c.id.desc()).limit(1)).first()
    return NOTHING if row is None else Link(row.id, row.digest)


def digest_at(connection: Connection, id_: int) -> str | None:
    """The digest of a row, or None where there is none."""
    return connection.execute(select(audit.c.digest).where(audit.c.id == id_)).scalar_one_or_none()


def append(connection: Connection, events: Sequence[Noted]) -> None:
    """Put events at the end of the log, in their order; ids have no gaps, for only one transaction adds at a time."""
    hold(connection, "audit")
    last, rows = head(connection), []
    for event in events:
        last = link(last.digest, last.id + 1, event)
        values = {name: getattr(event, name) for name in Noted.__dataclass_fields__}
        rows.append(values | {"id": last.id, "digest": last.digest})
    if rows:
        connection.execute(insert(audit), rows)
