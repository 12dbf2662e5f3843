"""Every value that is stored encrypted, table by table, as the tables themselves name them: none can be forgotten."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Connection, Row, Table, bindparam, func, or_, select, update

from assessment.store.all_tables import metadata

PREFIX = "sealed_"
"""How the name of a column begins that is encrypted with the keyring; a test holds that there are no others."""


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


def tables() -> list[Table]:
    """The tables with encrypted columns; each has an `id`."""
    return [table for table in metadata.sorted_tables if columns_of(table)]


def number(connection: Connection) -> int:
    """How many rows hold an encrypted value."""
    counts = (select(func.count()).select_from(table).where(_any(table)) for table in tables())
    return sum(int(connection.execute(count).scalar_one()) for count in counts)


def some(connection: Connection, table: Table, after: int, limit: int) -> Sequence[Row[Any]]:
    """The next rows after an id that hold an encrypted value: the id and those columns."""
    query = select(table.c.id, *columns_of(table)).where(table.c.id > after, _any(table))
    return connection.execute(query.order_by(table.c.id).limit(limit)).all()


def newest(connection: Connection) -> list[bytes]:
    """The encrypted value that came last into each table that holds any."""
    found = []
    for table in tables():
        query = select(*columns_of(table)).where(_any(table)).order_by(table.c.id.desc()).limit(1)
        found += [next(filter(None, row)) for row in connection.execute(query)]
    return found


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
