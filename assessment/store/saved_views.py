"""Views of the list that somebody saved under a name: for themselves, or shared with their colleagues.

Name and filters are encrypted: people call a view after a person, and search for one.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, or_, select

from assessment.store.keys import Keyring
from assessment.store.review_tables import saved_view

MOST = 40
"""Views one account may have."""
LONGEST_NAME = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedView:
    """A saved view; `query` is the list's filters as `store.filters.to_query` writes them."""

    id: int
    account_id: int
    name: str
    query: str
    shared: bool


def _read(keyring: Keyring, row: Row[*tuple[Any, ...]]) -> SavedView:
    kept = json.loads(keyring.open(row.sealed_view))
    return SavedView(id=row.id, account_id=row.account_id, shared=row.shared, name=kept["name"], query=kept["query"])


def everybodys(connection: Connection, keyring: Keyring) -> list[SavedView]:
    """All views of all accounts."""
    return [_read(keyring, row) for row in connection.execute(select(saved_view))]


def visible(connection: Connection, keyring: Keyring, account_id: int) -> list[SavedView]:
    """The account's own views and what colleagues share, by name."""
    seen = or_(saved_view.c.account_id == account_id, saved_view.c.shared)
    found = [_read(keyring, row) for row in connection.execute(select(saved_view).where(seen))]
    return sorted(found, key=lambda view: (view.name.casefold(), view.id))


def number(connection: Connection, keyring: Keyring, account_id: int, *, but: str) -> int:
    """How many views the account has saved, not counting one of the name `but`."""
    others = (saved_view.c.account_id == account_id) & (saved_view.c.name_index != keyring.subject(but))
    query = select(func.count()).select_from(saved_view).where(others)
    return int(connection.execute(query).scalar_one())


def put(
    connection: Connection, keyring: Keyring, account_id: int, name: str, query: str, *, shared: bool, now: datetime
) -> None:
    """Save a view; one of the same name and account is replaced."""
    index = keyring.subject(name)
    same = (saved_view.c.account_id == account_id) & (saved_view.c.name_index == index)
    connection.execute(delete(saved_view).where(same))
    sealed = keyring.seal(json.dumps({"name": name, "query": query}))
    values = {
        "account_id": account_id,
        "name_index": index,
        "sealed_view": sealed,
        "shared": shared,
        "created_at": now,
    }
    connection.execute(insert(saved_view).values(**values))


def remove(connection: Connection, account_id: int, id_: int) -> bool:
    """Delete a view of this account; False when there is none."""
    own = (saved_view.c.id == id_) & (saved_view.c.account_id == account_id)
    return connection.execute(delete(saved_view).where(own)).rowcount == 1
