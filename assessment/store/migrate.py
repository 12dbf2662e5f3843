"""Bringing the database to the present tables: run at every start, harmless when there is nothing to do."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, text

from assessment.store.database import writing

MIGRATIONS = Path(__file__).parent / "migrations"

_LOCK = 0x61737365
"""The advisory lock that lets one of several starting processes migrate while the others wait (PostgreSQL)."""


def configuration(connection: Connection) -> Config:
    """Alembic's settings for our migrations on an open connection, which stays the caller's to commit."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def migrate(engine: Engine) -> None:
    """Upgrade to the newest revision in one transaction; two processes that start at once do not collide."""
    with writing(engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        command.upgrade(configuration(connection), "head")
