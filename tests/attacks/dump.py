"""The whole database as values, to tell what changed."""

from typing import Any

from sqlalchemy import select

from assessment.actions.installation import Installation
from assessment.store.database import reading
from assessment.store.tables import metadata

Dump = dict[str, dict[Any, dict[str, Any]]]


def dump(house: Installation) -> Dump:
    """Every row of every table, by its primary key."""
    with reading(house.engine) as connection:
        return {
            table.name: {
                tuple(row._mapping[column] for column in table.primary_key): dict(row._mapping)
                for row in connection.execute(select(table))
            }
            for table in metadata.sorted_tables
        }


def changed(before: Dump, after: Dump) -> list[tuple[str, str, Any]]:
    """Every difference: table, column (or "new", "gone"), and what stands there now."""
    found: list[tuple[str, str, Any]] = []
    for table in after:
        for key in before[table].keys() | after[table].keys():
            old, new = before[table].get(key), after[table].get(key)
            if old is None or new is None:
                found.append((table, "new" if old is None else "gone", new or old))
            else:
                found += [(table, column, new[column]) for column in new if new[column] != old[column]]
    return found
