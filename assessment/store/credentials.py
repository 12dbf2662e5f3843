"""What an account signs in with. What may be used once is used by compare-and-set: of two that race, one wins."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, or_, select, update

from assessment.store.keys import Keyring
from assessment.store.review_tables import account


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """An account as signing in sees it; `password` is a hash, the secrets are encrypted."""

    id: int
    uniquifier: str
    email: str
    name: str
    active: bool
    password: str | None
    two_factor: str | None
    totp_secret: str | None
    totp_counter: int | None
    recovery_codes: tuple[str, ...]
    passkey_handle: str | None


def _one(connection: Connection, keyring: Keyring, which: ColumnElement[bool]) -> Credentials | None:
    row = connection.execute(select(account).where(which)).first()
    if row is None:
        return None
    return Credentials(
        id=row.id,
        uniquifier=row.uniquifier,
        email=keyring.open(row.sealed_email),
        name=keyring.open(row.sealed_name),
        active=row.active,
        password=row.password,
        two_factor=row.two_factor,
        totp_secret=row.totp_secret,
        totp_counter=row.totp_counter,
        recovery_codes=tuple(json.loads(row.recovery_codes or "[]")),
        passkey_handle=row.passkey_handle,
    )


def by_id(connection: Connection, keyring: Keyring, id_: int) -> Credentials | None:
    """What the account with this id signs in with, or None."""
    return _one(connection, keyring, account.c.id == id_)


def by_email(connection: Connection, keyring: Keyring, email: str) -> Credentials | None:
    """What the account with this address signs in with, or None."""
    return _one(connection, keyring, account.c.email_index == keyring.index(email))


def by_uniquifier(connection: Connection, keyring: Keyring, uniquifier: str) -> Credentials | None:
    """What the account with this uniquifier signs in with, or None."""
    return _one(connection, keyring, account.c.uniquifier == uniquifier)


def store(connection: Connection, id_: int, values: Mapping[str, Any]) -> None:
    """Set what an account signs in with; `recovery_codes` as a sequence of encrypted codes or None."""
    plain = dict(values)
    if "recovery_codes" in plain:
        plain["recovery_codes"] = as_text(plain["recovery_codes"])
    connection.execute(update(account).where(account.c.id == id_).values(**plain))


def as_text(codes: Sequence[str] | None) -> str | None:
    """Encrypted recovery codes as the column holds them."""
    return json.dumps(list(codes)) if codes else None


def use_counter(connection: Connection, id_: int, counter: int) -> bool:
    """Take a time step of the authenticator app; False when that step or a later one was used before."""
    newer = or_(account.c.totp_counter.is_(None), account.c.totp_counter < counter)
    return _changed(connection, account.c.id == id_, newer, totp_counter=counter)


def use_recovery_code(connection: Connection, id_: int, before: Sequence[str], after: Sequence[str]) -> bool:
    """Take a recovery code off an account; False when its codes are no longer those of `before`."""
    same = account.c.recovery_codes == as_text(before)
    return _changed(connection, account.c.id == id_, same, recovery_codes=as_text(after))


def set_password(connection: Connection, id_: int, *, uniquifier: str, password: str, then: str) -> bool:
    """Set a password's hash and the next uniquifier; False when the uniquifier that a link or page knew is gone."""
    same = account.c.uniquifier == uniquifier
    return _changed(connection, account.c.id == id_, same, account.c.active, password=password, uniquifier=then)


def note_sign_in(connection: Connection, id_: int, uniquifier: str, now: datetime) -> bool:
    """Note when an account signed in; False when it was ended or its password changed meanwhile."""
    same = account.c.uniquifier == uniquifier
    return _changed(connection, account.c.id == id_, same, account.c.active, signed_in_at=now)


def _changed(connection: Connection, *which: ColumnElement[bool], **values: Any) -> bool:
    return connection.execute(update(account).where(*which).values(**values)).rowcount == 1
