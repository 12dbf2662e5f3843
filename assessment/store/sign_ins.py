"""Sign-ins: one row a browser, from signing in until it signs out, is idle too long, or is ended by its owner."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update

from assessment.store.accounts import Account, read
from assessment.store.keys import Keyring
from assessment.store.review_tables import account, sign_in

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
TOUCH_EVERY = timedelta(minutes=1)
"""How far `seen_at` may lag behind: not every request writes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """One browser that is signed in."""

    id: int
    browser: str
    created_at: datetime
    seen_at: datetime


def begin(connection: Connection, *, key_index: str, account_id: int, browser: str, now: datetime) -> int:
    """Note a new sign-in and give its id."""
    values = {
        "key_index": key_index,
        "account_id": account_id,
        "browser": browser[:60],
        "created_at": now,
        "seen_at": now,
    }
    return int(connection.execute(insert(sign_in).values(**values).returning(sign_in.c.id)).scalar_one())


def _alive(now: datetime) -> ColumnElement[bool]:
    return sign_in.c.ended_at.is_(None) & (sign_in.c.seen_at > now - IDLE) & (sign_in.c.created_at > now - ABSOLUTE)


def find(connection: Connection, keyring: Keyring, key_index: str, now: datetime) -> tuple[Account, SignIn] | None:
    """Who a browser's key stands for, while the sign-in lasts and the account is active."""
    sign_in_columns = [sign_in.c[name].label(f"sign_in_{name}") for name in SignIn.__dataclass_fields__]
    query = select(account, *sign_in_columns).join(sign_in, sign_in.c.account_id == account.c.id)
    row = connection.execute(query.where(sign_in.c.key_index == key_index, _alive(now), account.c.active)).first()
    if row is None:
        return None
    found = {name: row._mapping[f"sign_in_{name}"] for name in SignIn.__dataclass_fields__}
    return read(keyring, row), SignIn(**found)


def touch(connection: Connection, id_: int, now: datetime) -> None:
    """Note that a browser was seen."""
    connection.execute(update(sign_in).where(sign_in.c.id == id_).values(seen_at=now))


def alive(connection: Connection, account_id: int, now: datetime) -> list[SignIn]:
    """The browsers in which an account is signed in, newest first."""
    columns = [sign_in.c[name] for name in SignIn.__dataclass_fields__]
    query = select(*columns).where(sign_in.c.account_id == account_id, _alive(now)).order_by(sign_in.c.seen_at.desc())
    return [SignIn(**row._mapping) for row in connection.execute(query)]


def end(connection: Connection, account_id: int, now: datetime, *, only: int | None = None, but: int = 0) -> int:
    """End sign-ins of an account: `only` one, or all `but` one; says how many ended."""
    which = sign_in.c.id == only if only is not None else sign_in.c.id != but
    ended = update(sign_in).where(sign_in.c.account_id == account_id, sign_in.c.ended_at.is_(None), which)
    return connection.execute(ended.values(ended_at=now)).rowcount


def forget_before(connection: Connection, before: datetime) -> None:
    """Delete sign-ins begun before a time; none of them lasts any more."""
    connection.execute(delete(sign_in).where(sign_in.c.created_at < before))
