"""Seals of the audit log: whoever can write the database can make a chain anew, but not the seals, made with a key."""

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from assessment.store.audit_chain import head, microseconds
from assessment.store.tables import audit, audit_check, audit_seal


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """How the log stood at a time: `number` rows up to the row `audit_id`, whose digest it was."""

    audit_id: int
    number: int
    digest: str
    at: datetime
    mac: str

    def is_ours(self, key: bytes) -> bool:
        """Whether it was made with this key."""
        said = mac_of(key, self.audit_id, self.number, self.digest, self.at)
        return hmac.compare_digest(said, self.mac)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What the last check of the whole log found: `number` rows that fit, the last of them noted at `last_at`."""

    at: datetime
    number: int
    last_at: datetime | None
    fault: str | None


def mac_of(key: bytes, audit_id: int, number: int, digest: str, at: datetime) -> str:
    """What only the key can make of a seal: HMAC-SHA256 of the JSON list of what it says, 64 hex digits."""
    said = json.dumps([audit_id, number, digest, microseconds(at)], separators=(",", ":"))
    return hmac.new(key, said.encode(), hashlib.sha256).hexdigest()


def every(connection: Connection) -> dict[int, Seal]:
    """All seals by the id of the row they were made at."""
    rows = connection.execute(select(audit_seal).order_by(audit_seal.c.audit_id))
    return {row.audit_id: _seal(row) for row in rows}


def newest(connection: Connection) -> Seal | None:
    """The seal of the most rows, or None."""
    row = connection.execute(select(audit_seal).order_by(audit_seal.c.audit_id.desc()).limit(1)).first()
    return None if row is None else _seal(row)


def _seal(row: Row[Any]) -> Seal:
    return Seal(audit_id=row.audit_id, number=row.number, digest=row.digest, at=row.at, mac=row.mac)


def unsealed(connection: Connection) -> int:
    """How many rows came after the newest seal."""
    seal = newest(connection)
    return head(connection).id - (seal.audit_id if seal else 0)


def add(connection: Connection, seal: Seal) -> bool:
    """Keep a seal; False when another worker sealed as much already."""
    before = newest(connection)
    if before is not None and before.audit_id >= seal.audit_id:
        return False
    connection.execute(insert(audit_seal).values({name: getattr(seal, name) for name in Seal.__dataclass_fields__}))
    return True


def oldest(connection: Connection) -> datetime | None:
    """When the first row was noted, or None before there is one."""
    return connection.execute(select(audit.c.at).order_by(audit.c.id).limit(1)).scalar_one_or_none()


def total(connection: Connection) -> int:
    """How many rows the log has."""
    return int(connection.execute(select(func.count()).select_from(audit)).scalar_one())


def remember_check(connection: Connection, check: Check) -> None:
    """Keep what a check found in place of the one before."""
    values = {name: getattr(check, name) for name in Check.__dataclass_fields__}
    if not connection.execute(update(audit_check).values(values)).rowcount:
        connection.execute(insert(audit_check).values(id=1, **values))


def last_check(connection: Connection) -> Check | None:
    """What the last check found, or None before the first."""
    row = connection.execute(select(audit_check)).first()
    return None if row is None else Check(at=row.at, number=row.number, last_at=row.last_at, fault=row.fault)
