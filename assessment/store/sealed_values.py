"""Every value that is stored encrypted, table by table, as the tables themselves name them: none can be forgotten."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Column, Connection, Row, Select, Table, bindparam, func, or_, select, update

from assessment.store.all_tables import metadata
from assessment.store.keys import Keyring

PREFIX = "sealed_"
"""How the name of a column begins that is encrypted with the keyring; a test holds that there are no others."""


FILE = "sealed_bytes"
"""The column of a whole file, a report or an export: up to megabytes."""
LAST = 100
"""Rows of a table among which its newest value is looked for."""


@dataclass(frozen=True, slots=True)
class Look:
    """What came last into the tables: how many values, and where ("table.column") one opens with none of the keys."""

    values: int
    strange: tuple[str, ...]

    @property
    def is_of_others(self) -> bool:
        """Whether none of the values opens: then database and secrets do not belong together."""
        return bool(self.strange) and len(self.strange) == self.values


@dataclass(frozen=True, slots=True)
class Changed:
    """A value as it was read, and the same sealed anew."""

    id: int
    column: str
    before: bytes
    after: bytes


def columns_of(table: Table) -> list[Column[Any]]:
    """The encrypted columns of a table."""
    return [column for column in table.c if column.name.startswith(PREFIX)]


@cache
def tables() -> tuple[Table, ...]:
    """The tables with encrypted columns; each has an `id`."""
    return tuple(table for table in metadata.sorted_tables if columns_of(table))


def number(connection: Connection) -> int:
    """How many rows hold an encrypted value."""
    counts = (select(func.count()).select_from(table).where(_any(table)) for table in tables())
    return sum(int(connection.execute(count).scalar_one()) for count in counts)


def some(connection: Connection, table: Table, after: int, limit: int) -> Sequence[Row[Any]]:
    """The next rows after an id that hold an encrypted value: the id and those columns."""
    query = select(table.c.id, *columns_of(table)).where(table.c.id > after, _any(table))
    return connection.execute(query.order_by(table.c.id).limit(limit)).all()


def look(connection: Connection, keyring: Keyring) -> Look:
    """Whether the keys open what came last into each table; cheap, whatever is stored.

    Tables of whole files are left out: whoever has one has smaller things too.
    """
    strange: list[str] = []
    values = 0
    for table in tables():
        if FILE in table.c:
            continue
        for column, sealed in _newest(connection, table):
            values += 1
            if not keyring.opens(sealed):
                strange.append(f"{table.name}.{column}")
    return Look(values, tuple(strange))


def _newest(connection: Connection, table: Table) -> list[tuple[str, bytes]]:
    row = connection.execute(_newest_of(table, LAST)).first()
    return [] if row is None else [(name, sealed) for name, sealed in row._mapping.items() if sealed is not None]


@cache
def _newest_of(table: Table, among: int) -> Select[Any]:
    """What the newest row holds that holds anything, among the last rows: those of nothing but NULL may be millions."""
    last = select(table.c.id).order_by(table.c.id.desc()).limit(among).subquery()
    query = select(*columns_of(table)).where(table.c.id.in_(select(last.c.id)), _any(table))
    return query.order_by(table.c.id.desc()).limit(1)


def _any(table: Table) -> Any:
    return or_(*(column.is_not(None) for column in columns_of(table)))


def replace(connection: Connection, table: Table, changes: Sequence[Changed]) -> int:
    """Put values sealed anew in place of what was read, where it still stands; says in how many places it did."""
    done = 0
    for column in columns_of(table):
        values = [{"which": c.id, "before": c.before, "after": c.after} for c in changes if c.column == column.name]
        if values:
            same = (table.c.id == bindparam("which")) & (column == bindparam("before"))
            done += connection.execute(update(table).where(same).values({column: bindparam("after")}), values).rowcount
    return done
