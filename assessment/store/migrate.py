"""Bringing the database to the present tables; harmless when there is nothing to do."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine

from assessment.store.database import writing

MIGRATIONS = Path(__file__).parent / "migrations"


def configuration(connection: Connection) -> Config:
    """Alembic's settings for our migrations on an open connection, which stays the caller's to commit."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def migrate(engine: Engine) -> None:
    """Upgrade to the newest revision in one transaction; two processes that start at once do not collide."""
    with writing(engine) as connection:
        command.upgrade(configuration(connection), "head")
