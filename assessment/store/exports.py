"""Exports that somebody asked for: made by the worker, kept encrypted for a day, dropped when anybody is erased."""

import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO

from sqlalchemy import ColumnElement, Connection, Row, delete, func, insert, select, update

from assessment.store.keys import Keyring
from assessment.store.review_tables import export

FORMS = ("xlsx", "csv", "json")
MOST_OPEN = 3
"""Exports that one account may have waiting or in the making."""
KEPT = timedelta(hours=24)
"""How long an export can be downloaded."""
LISTED = timedelta(days=7)
"""How long one that is over, or failed, is still listed."""
MOST_LISTED = 20
_WAITING = ("queued", "leased")
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """An export: queued, leased, ready, failed or dropped; `query` holds the list's filters as in its address.

    `done` of `total` submissions are written. Its bytes are read by `content`.
    """

    id: int
    public_id: str
    account_id: int
    query: str
    form: str
    contact: bool
    state: str
    error: str | None
    next_at: datetime
    tries: int
    done: int
    total: int
    created_at: datetime
    made_at: datetime | None

    @property
    def waits(self) -> bool:
        """Whether it is still to be made."""
        return self.state in _WAITING


_COLUMNS = (
    *(export.c[name] for name in ("id", "public_id", "account_id", "form", "contact", "state", "error", "next_at")),
    *(export.c[name] for name in ("tries", "done", "total", "created_at", "made_at")),
    export.c.sealed_query,
)


def read(keyring: Keyring, row: Row[*tuple[object, ...]]) -> Export:
    """An export from a row with the table's columns; the query is encrypted, as people search for names."""
    values = {column.name: row._mapping[column.name] for column in _COLUMNS}
    query = keyring.open(values.pop("sealed_query"))
    return Export(query=query, **values)


def add(
    connection: Connection,
    keyring: Keyring,
    *,
    public_id: str,
    account_id: int,
    query: str,
    form: str,
    contact: bool,
    total: int,
    now: datetime,
) -> bool:
    """Queue an export; False, adding none, when the account has `MOST_OPEN` open ones."""
    mine = select(func.count()).where(export.c.account_id == account_id, export.c.state.in_(_WAITING))
    if connection.execute(mine).scalar_one() >= MOST_OPEN:
        return False
    values = {
        "public_id": public_id,
        "account_id": account_id,
        "sealed_query": keyring.seal(query),
        "form": form,
        "contact": contact,
        "total": total,
    }
    waiting = {"state": "queued", "next_at": now, "tries": 0, "done": 0, "created_at": now}
    connection.execute(insert(export).values(**values, **waiting))
    return True


def _own(public_id: str, account_id: int) -> ColumnElement[bool]:
    return (export.c.public_id == public_id) & (export.c.account_id == account_id)


def find(connection: Connection, keyring: Keyring, public_id: str, account_id: int) -> Export | None:
    """This account's export with this public id, or None."""
    row = connection.execute(select(*_COLUMNS).where(_own(public_id, account_id))).first()
    return None if row is None else read(keyring, row)


def listing(connection: Connection, keyring: Keyring, account_id: int) -> list[Export]:
    """An account's newest exports, the newest first."""
    query = select(*_COLUMNS).where(export.c.account_id == account_id)
    rows = connection.execute(query.order_by(export.c.id.desc()).limit(MOST_LISTED))
    return [read(keyring, row) for row in rows]


def content(connection: Connection, keyring: Keyring, id_: int) -> bytes | None:
    """The bytes of a ready export as they were sealed, or None when there are none (any more)."""
    ready = select(export.c.sealed_bytes).where(export.c.id == id_, export.c.state == "ready")
    sealed = connection.execute(ready).scalar()
    return None if sealed is None else keyring.open_bytes(sealed)


def unpacked(content: bytes) -> Iterator[bytes]:
    """What is downloaded of a file, in pieces: gzip is only how some are kept."""
    if content[:2] != _GZIP:
        yield content
        return
    with gzip.GzipFile(fileobj=BytesIO(content)) as file:
        while piece := file.read(1 << 16):
            yield piece


def remove(connection: Connection, public_id: str, account_id: int) -> bool:
    """Delete one's own export, also one that is being made; False when there is none."""
    return connection.execute(delete(export).where(_own(public_id, account_id))).rowcount == 1


def go_on(connection: Connection, id_: int, owner: str, until: datetime, *, done: int, total: int) -> bool:
    """Note how far it is and extend the lease; False when it is no longer ours and the work must stop."""
    ours = (export.c.id == id_) & (export.c.state == "leased") & (export.c.owner == owner)
    values = {"next_at": until, "done": done, "total": total}
    return connection.execute(update(export).where(ours).values(**values)).rowcount == 1


def drop_all(connection: Connection) -> None:
    """Drop what is ready and begin anew what is being made: somebody was erased, who may stand in any of them.

    Those that wait are touched too, so that none is begun before the erasure is committed.
    """
    ready = update(export).where(export.c.state == "ready")
    connection.execute(ready.values(state="dropped", sealed_bytes=None))
    anew = {"state": "queued", "owner": None, "tries": 0, "done": 0}  # untried: due at once
    connection.execute(update(export).where(export.c.state.in_(_WAITING)).values(**anew))


def drop_made_before(connection: Connection, before: datetime) -> int:
    """Drop the bytes of exports made before a time; says how many."""
    old = update(export).where(export.c.state == "ready", export.c.made_at < before)
    return connection.execute(old.values(state="dropped", sealed_bytes=None)).rowcount


def forget_before(connection: Connection, before: datetime) -> None:
    """Delete what was over or failed and asked for before a time."""
    over = export.c.state.in_(("dropped", "failed")) & (export.c.created_at < before)
    connection.execute(delete(export).where(over))
