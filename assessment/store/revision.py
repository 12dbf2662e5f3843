"""How the database's tables stand to this code's migrations, without loading what migrates."""

from functools import cache
from pathlib import Path
from typing import Literal

from sqlalchemy import Connection, inspect, literal, select, table, text

Standing = Literal["none", "older", "same", "newer"]


@cache
def revisions() -> tuple[str, ...]:
    """Our migrations' revisions, oldest first; each file's name begins with its own."""
    files = (Path(__file__).parent / "migrations" / "versions").glob("[0-9]*.py")
    return tuple(sorted(path.name.partition("_")[0] for path in files))


def standing(connection: Connection) -> Standing:
    """Whether the tables are missing, older than this code, its own, or of a newer version."""
    if not inspect(connection).has_table("alembic_version"):
        return "none"
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if found is None:
        return "none"
    if found == revisions()[-1]:
        return "same"
    return "older" if found in revisions() else "newer"


def is_used(connection: Connection) -> bool:
    """Whether somebody answered here, or may sign in: then values are sealed and indexed with secrets that exist."""
    tables = inspect(connection).get_table_names()
    used = (select(literal(1)).select_from(table(name)).limit(1) for name in ("response", "account") if name in tables)
    return any(connection.execute(query).first() is not None for query in used)
