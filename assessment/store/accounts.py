"""Accounts of the firm's people: who may sign in and what they may do. Names and addresses are encrypted."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Row, func, insert, select, update

from assessment.store.keys import Keyring
from assessment.store.review_tables import account

Role = Literal["viewer", "consultant", "admin"]
ROLES: tuple[Role, ...] = ("viewer", "consultant", "admin")
"""Each may do what those before it may."""
NOTIFY = ("at_once", "daily", "never")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Somebody of the firm; `set_up` says whether they have a password."""

    id: int
    name: str
    email: str
    role: Role
    active: bool
    set_up: bool
    two_factor: bool
    notify: str
    digest_at: datetime | None
    signed_in_at: datetime | None

    @property
    def actor(self) -> str:
        """How the audit log names them."""
        return f"account {self.id}"

    def may(self, role: Role) -> bool:
        """Whether they may do what this role may."""
        return ROLES.index(self.role) >= ROLES.index(role)


def read(keyring: Keyring, row: Row[Any]) -> Account:
    """An account from a row that holds the table's columns."""
    return Account(
        id=row.id,
        name=keyring.open(row.sealed_name),
        email=keyring.open(row.sealed_email),
        role=row.role,
        active=row.active,
        set_up=row.password is not None,
        two_factor=row.two_factor is not None,
        notify=row.notify,
        digest_at=row.digest_at,
        signed_in_at=row.signed_in_at,
    )


def add(
    connection: Connection, keyring: Keyring, *, name: str, email: str, role: Role, uniquifier: str, now: datetime
) -> int:
    """A new account without a password; gives its id. Raises the database's error for an address that is taken."""
    values = {
        "uniquifier": uniquifier,
        "email_index": keyring.index(email),
        "sealed_email": keyring.seal(email),
        "sealed_name": keyring.seal(name),
        "role": role,
        "created_at": now,
    }
    return int(connection.execute(insert(account).values(**values).returning(account.c.id)).scalar_one())


def _one(connection: Connection, keyring: Keyring, which: ColumnElement[bool]) -> Account | None:
    row = connection.execute(select(account).where(which)).first()
    return None if row is None else read(keyring, row)


def by_id(connection: Connection, keyring: Keyring, id_: int) -> Account | None:
    """The account with this id, or None."""
    return _one(connection, keyring, account.c.id == id_)


def by_email(connection: Connection, keyring: Keyring, email: str) -> Account | None:
    """The account with this address, or None."""
    return _one(connection, keyring, account.c.email_index == keyring.index(email))


def everybody(connection: Connection, keyring: Keyring) -> list[Account]:
    """All accounts, also those that are no longer active, by name."""
    rows = connection.execute(select(account))
    return sorted((read(keyring, row) for row in rows), key=lambda one: (one.name.casefold(), one.id))


def any_at_all(connection: Connection) -> bool:
    """Whether there is an account yet."""
    return bool(connection.execute(select(func.count()).select_from(account)).scalar_one())


def change(connection: Connection, id_: int, values: Mapping[str, Any]) -> None:
    """Set columns of an account."""
    connection.execute(update(account).where(account.c.id == id_).values(**values))
