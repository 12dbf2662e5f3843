"""An installation with something in every encrypted column, and what is needed to read all of it again."""

from datetime import UTC, datetime
from typing import Any

from cryptography.fernet import Fernet
from sqlalchemy import Boolean, Column, Integer, LargeBinary, Table, insert, select, update

from assessment.actions.installation import Installation
from assessment.demonstration import running
from assessment.store.database import reading, writing
from assessment.store.keys import read_keyring
from assessment.store.review_tables import account
from assessment.store.secrets_file import SealingKey, read
from assessment.store.tables import Instant

NOW = datetime(2026, 11, 21, 9, 14, tzinfo=UTC)
Values = dict[tuple[str, int, str], bytes]
"""Plain values by table, id and column."""


def quiet(_rows: int) -> Any:
    return lambda _done: None


def every_table() -> list[Table]:
    return [table for table in account.metadata.sorted_tables if any(_is_sealed(column) for column in table.c)]


def _is_sealed(column: Column[Any]) -> bool:
    return column.name.startswith("sealed_")


def fill(house: Installation, number: int = 8) -> None:
    """Submissions of a demonstration, and one made-up row in every table with encrypted columns that has none."""
    running.make(house, number, 1, NOW, quiet)
    with writing(house.engine) as connection:
        for table in every_table():
            if connection.execute(select(table.c.id).limit(1)).first() is None:
                values = {c.name: _value(house, connection, c) for c in table.c if not c.primary_key}
                keys = [c for c in table.primary_key if c.autoincrement is False]
                drawn = {c.name: _value(house, connection, c) if c.foreign_keys else 7 for c in keys}
                connection.execute(insert(table).values(values | drawn))
            for column in filter(_is_sealed, table.c):
                ids = connection.execute(select(table.c.id).where(column.is_(None)).limit(5)).scalars().all()
                for id_ in ids:
                    sealed = house.keyring.seal(f"{table.name} {id_} {column.name}")
                    connection.execute(update(table).where(table.c.id == id_).values({column: sealed}))


def _value(house: Installation, connection: Any, column: Column[Any]) -> Any:
    if column.foreign_keys:
        (key,) = column.foreign_keys
        return connection.execute(select(key.column).limit(1)).scalar()
    if column.nullable and not _is_sealed(column):
        return None
    if isinstance(column.type, LargeBinary):
        return house.keyring.seal(f"made {column}") if _is_sealed(column) else str(column).encode()
    kinds: list[tuple[type, Any]] = [(Boolean, False), (Integer, 0), (Instant, NOW)]
    return next((value for kind, value in kinds if isinstance(column.type, kind)), str(column)[:6])


def sealed_values(house: Installation) -> Values:
    """Everything that is encrypted, as it is stored."""
    with reading(house.engine) as connection:
        return {
            (table.name, row.id, column.name): row._mapping[column.name]
            for table in every_table()
            for row in connection.execute(select(table))
            for column in filter(_is_sealed, table.c)
            if row._mapping[column.name] is not None
        }


def opened(house: Installation) -> Values:
    """Everything that is encrypted, opened with the file's keys as they are now; raises `KeyFault`."""
    keyring = read_keyring(house.settings.secrets_path)
    return {place: keyring.open_bytes(sealed) for place, sealed in sealed_values(house).items()}


def keys_of(house: Installation) -> tuple[SealingKey, ...]:
    return read(house.settings.secrets_path).sealing


def opens(key: SealingKey, sealed: bytes) -> bool:
    try:
        Fernet(key.text).decrypt(sealed)
    except Exception:
        return False
    return True
