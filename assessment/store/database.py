"""Opening the database, and the two ways to use it: a write transaction or a read."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection

UNAVAILABLE = (OperationalError, NoConnection)
"""What a busy, full or absent database raises; nothing was stored then."""

MOST_CONNECTIONS = 64
"""Connections kept; as many as the web server may have threads, so that none waits for another's."""

BUSY_TIMEOUT_MS = 5_000
"""How long a SQLite writer waits for another one before the request answers 503."""

SETTLE_TIMEOUT_MS = 500
"""How long emptying the write-ahead log waits for readers; writers wait with it."""


def open_database(url: str) -> Engine:
    """An engine for `sqlite:///...` or `postgresql+psycopg://...`; raises SQLAlchemy's errors for a bad URL."""
    # Parameters hold names and addresses: they must not get into a log with an error.
    engine = create_engine(
        url, pool_pre_ping=not url.startswith("sqlite"), pool_size=MOST_CONNECTIONS, hide_parameters=True
    )
    if make_url(url).get_backend_name() == "sqlite":
        _prepare_sqlite(engine)
    return engine


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: Any) -> None:
        # The driver's own transactions are off: ours begin as BEGIN IMMEDIATE, so that a writer queues once, in front.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        cursor.execute("PRAGMA foreign_keys=ON")
        journal = cursor.execute("PRAGMA journal_mode=WAL").fetchone()[0]
        cursor.execute("PRAGMA synchronous=FULL")
        sync = cursor.execute("PRAGMA synchronous").fetchone()[0]
        # What is deleted or emptied is overwritten with zeros. It costs a submission nothing that can be measured (a
        # page that would be freed is written once more), and an erased company name is not left in the file.
        cursor.execute("PRAGMA secure_delete=ON")
        cursor.close()
        if journal not in {"wal", "memory"} or sync != 2:
            raise RuntimeError(f"SQLite would not promise durability (journal {journal}, synchronous {sync})")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        immediate = connection.get_execution_options().get("write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One write transaction: committed at the end of the block, rolled back on an error."""
    with engine.connect().execution_options(write=True) as connection, connection.begin():
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One consistent read."""
    with engine.connect() as connection, connection.begin():
        yield connection


def settle(engine: Engine) -> bool:
    """Empty SQLite's write-ahead log into the database, so that it holds nothing that was just erased.

    False when somebody was reading just then: the log is emptied with the next housekeeping. PostgreSQL needs none.
    """
    if engine.dialect.name != "sqlite":
        return True
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={SETTLE_TIMEOUT_MS}")
        try:
            return not cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        except sqlite3.OperationalError:  # what was erased is committed by now: never an error to whoever erased
            return False
        finally:
            cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
            cursor.close()
    finally:
        connection.close()
