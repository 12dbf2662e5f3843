"""Views of the list that somebody saved under a name: for themselves, or shared with their colleagues."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, or_, select

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


def visible(connection: Connection, account_id: int) -> list[SavedView]:
    """The account's own views and what colleagues share, by name."""
    columns = [saved_view.c[name] for name in SavedView.__dataclass_fields__]
    seen = or_(saved_view.c.account_id == account_id, saved_view.c.shared)
    rows = connection.execute(select(*columns).where(seen).order_by(func.lower(saved_view.c.name), saved_view.c.id))
    return [SavedView(**row._mapping) for row in rows]


def number(connection: Connection, account_id: int, *, but: str) -> int:
    """How many views the account has saved, not counting one of the name `but`."""
    others = (saved_view.c.account_id == account_id) & (saved_view.c.name != but)
    query = select(func.count()).select_from(saved_view).where(others)
    return int(connection.execute(query).scalar_one())


def put(connection: Connection, account_id: int, name: str, query: str, *, shared: bool, now: datetime) -> None:
    """Save a view; one of the same name and account is replaced."""
    same = (saved_view.c.account_id == account_id) & (saved_view.c.name == name)
    connection.execute(delete(saved_view).where(same))
    values = {"account_id": account_id, "name": name, "query": query, "shared": shared, "created_at": now}
    connection.execute(insert(saved_view).values(**values))


def remove(connection: Connection, account_id: int, id_: int) -> bool:
    """Delete a view of this account; False when there is none."""
    own = (saved_view.c.id == id_) & (saved_view.c.account_id == account_id)
    return connection.execute(delete(saved_view).where(own)).rowcount == 1
