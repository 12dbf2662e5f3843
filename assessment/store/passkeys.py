"""Passkeys: the public keys with which an account's devices sign in."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, or_, select, update

from assessment.store.keys import Keyring
from assessment.store.review_tables import passkey


@dataclass(frozen=True, slots=True, kw_only=True)
class Passkey:
    """One device's key; `sign_count` is the last counter it showed, 0 for those without one."""

    id: int
    account_id: int
    credential_id: bytes
    public_key: bytes
    sign_count: int
    name: str
    created_at: datetime
    used_at: datetime | None


_PLAIN = [name for name in Passkey.__dataclass_fields__ if name != "name"]
_COLUMNS = (*(passkey.c[name] for name in _PLAIN), passkey.c.name, passkey.c.sealed_name)


def _read(keyring: Keyring, row: Row[Any]) -> Passkey:
    name = keyring.open(row.sealed_name) if row.sealed_name is not None else row.name
    return Passkey(**{each: getattr(row, each) for each in _PLAIN}, name=name)


def add(
    connection: Connection,
    keyring: Keyring,
    *,
    account_id: int,
    credential_id: bytes,
    public_key: bytes,
    sign_count: int,
    name: str,
    backup_state: bool,
    device_type: str,
    now: datetime,
) -> None:
    """Keep a new passkey; raises the database's error for one that is known."""
    values = {
        "account_id": account_id,
        "credential_id": credential_id,
        "public_key": public_key,
        "sign_count": sign_count,
        "sealed_name": keyring.seal(name),
        "usage": "first",
        "backup_state": backup_state,
        "device_type": device_type,
        "created_at": now,
    }
    connection.execute(insert(passkey).values(**values))


def of_account(connection: Connection, keyring: Keyring, account_id: int) -> list[Passkey]:
    """An account's passkeys, oldest first."""
    rows = connection.execute(select(*_COLUMNS).where(passkey.c.account_id == account_id).order_by(passkey.c.id))
    return [_read(keyring, row) for row in rows]


def find(connection: Connection, keyring: Keyring, credential_id: bytes) -> Passkey | None:
    """The passkey with this credential id, or None."""
    row = connection.execute(select(*_COLUMNS).where(passkey.c.credential_id == credential_id)).first()
    return None if row is None else _read(keyring, row)


def use(connection: Connection, id_: int, sign_count: int, now: datetime) -> bool:
    """Note a use; False when the counter did not grow, as with a copied key. Keys without a counter show 0."""
    grew = passkey.c.sign_count < sign_count
    allowed = grew if sign_count else or_(grew, passkey.c.sign_count == 0)
    used = update(passkey).where(passkey.c.id == id_, allowed).values(sign_count=sign_count, used_at=now)
    return connection.execute(used).rowcount == 1


def delete_one(connection: Connection, account_id: int, id_: int) -> bool:
    """Forget one passkey of an account; False when there is none such."""
    gone = delete(passkey).where(passkey.c.account_id == account_id, passkey.c.id == id_)
    return connection.execute(gone).rowcount == 1


def delete_all(connection: Connection, account_id: int) -> None:
    """Forget every passkey of an account."""
    connection.execute(delete(passkey).where(passkey.c.account_id == account_id))


def seal_names(connection: Connection, keyring: Keyring) -> int:
    """Seal the names that still stand in clear, from before they were sealed; says how many."""
    rows = connection.execute(select(passkey.c.id, passkey.c.name).where(passkey.c.name.is_not(None))).all()
    for row in rows:
        sealed = {"sealed_name": keyring.seal(row.name), "name": None}
        connection.execute(update(passkey).where(passkey.c.id == row.id).values(**sealed))
    return len(rows)
