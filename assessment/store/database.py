"""Opening the database, and the two ways to use it: a write transaction or a read."""

import sqlite3
import threading
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, String, Table, create_engine, event, text
from sqlalchemy.engine import ExceptionContext, make_url
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql, sqlite

UNAVAILABLE = (OperationalError, InterfaceError, NoConnection)
"""What a busy, full or absent database raises; nothing was stored then."""

MOST_CONNECTIONS = 64
"""Connections kept; as many as the web server may have threads, so that none waits for another's."""

BUSY_TIMEOUT_MS = 5_000
"""How long a writer waits for another one before the request answers 503."""

_NETWORK = {"connect_timeout": 5, "keepalives_idle": 10, "keepalives_interval": 5, "tcp_user_timeout": 15_000}
"""How soon a database host that says nothing any more counts as away (seconds; the last in milliseconds)."""

_EVERYBODY = 0x61737365
"""The advisory lock of all writers on PostgreSQL: shared by those who say what they are about."""

_PASSING = frozenset(("25006", "25P03", "25P04"))
"""States of PostgreSQL that pass: a read-only server, and a transaction that it ended because it took too long."""

IDLE_TIMEOUT_MS = 60_000
"""After how long PostgreSQL ends a transaction that is told nothing: its host may be gone, and everybody waits."""

SETTLE_TIMEOUT_MS = 500
"""How long emptying the write-ahead log waits for readers; writers wait with it."""


def open_database(url: str) -> Engine:
    """An engine for `sqlite:///...` or `postgresql+psycopg://...`; raises SQLAlchemy's errors for a bad URL."""
    # Parameters hold names and addresses: they must not get into a log with an error.
    if make_url(url).get_backend_name() == "sqlite":
        engine = create_engine(url, pool_size=MOST_CONNECTIONS, hide_parameters=True)
        _prepare_sqlite(engine)
        _turns[engine] = threading.Lock()
    else:
        engine = create_engine(
            url,
            pool_size=MOST_CONNECTIONS,
            hide_parameters=True,
            pool_pre_ping=True,
            connect_args=_NETWORK,
            use_native_hstore=False,  # nobody uses it, and each start would look for it
        )
        _prepare_postgresql(engine)
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


def _prepare_postgresql(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: Any) -> None:
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute(f"SET lock_timeout = {BUSY_TIMEOUT_MS}")
        # A host that vanished says no goodbye: its lock on all writers would stay for the hours that TCP waits.
        cursor.execute(f"SET idle_in_transaction_session_timeout = {IDLE_TIMEOUT_MS}")
        cursor.execute("SET timezone = 'UTC'")
        # A writer that waited for another must see what that one wrote, whatever the server's default is.
        cursor.execute("SET default_transaction_isolation = 'read committed'")
        sync = cursor.execute("SHOW synchronous_commit").fetchone()[0]
        cursor.close()
        connection.autocommit = False
        if sync == "off":
            raise RuntimeError("PostgreSQL would not promise durability (synchronous_commit is off)")

    @event.listens_for(engine, "handle_error")
    def call_it_unavailable(context: ExceptionContext) -> None:
        # A server that became a standby refuses writers; its driver calls that an internal error.
        error = context.original_exception
        if getattr(error, "sqlstate", None) in _PASSING and not isinstance(context.sqlalchemy_exception, UNAVAILABLE):
            raise OperationalError(context.statement, None, error, hide_parameters=True) from error


class bytewise(FunctionElement[str]):  # noqa: N801 - read as a function of SQL
    """A text that is sorted by its code points, as SQLite does, whatever the locale of the database."""

    name = "bytewise"
    type = String()
    inherit_cache = True


@compiles(bytewise)
def _as_it_is(element: bytewise, compiler: Any, **options: Any) -> str:
    return str(compiler.process(element.clauses, **options))


@compiles(bytewise, "postgresql")
def _by_code_point(element: bytewise, compiler: Any, **options: Any) -> str:
    return f'({compiler.process(element.clauses, **options)} COLLATE "C")'


_turns: WeakKeyDictionary[Engine, threading.Lock] = WeakKeyDictionary()
"""Whose turn it is to write, among the threads of this process; for SQLite."""


@contextmanager
def _turn(engine: Engine) -> Iterator[None]:
    """Wait in line for SQLite's single writer, as long as for the database itself; raises `OperationalError`.

    Threads that ask SQLite again and again for its lock overtake each other, and one of twenty may never be lucky.
    """
    turn = _turns.get(engine)
    if turn is None:
        yield
        return
    if not turn.acquire(timeout=BUSY_TIMEOUT_MS / 1000):
        raise OperationalError("BEGIN IMMEDIATE", None, TimeoutError("no turn to write"))
    try:
        yield
    finally:
        turn.release()


@contextmanager
def writing(engine: Engine, about: tuple[str, ...] | None = None) -> Iterator[Connection]:
    """One write transaction: committed at the end of the block, rolled back on an error.

    SQLite has a single writer, and so has PostgreSQL here, unless a transaction says what it is `about`: then it runs
    beside those about something else. Nobody who reads first and writes by it meets another's half-way.
    """
    with _turn(engine), engine.connect().execution_options(write=True) as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            kind = "" if about is None else "_shared"
            connection.execute(text(f"SELECT pg_advisory_xact_lock{kind}(:key)"), {"key": _EVERYBODY})
        for subject in about or ():
            hold(connection, subject)
        yield connection


def hold(connection: Connection, subject: str) -> None:
    """Let no other transaction be about `subject` until this one ends; for those that run beside others.

    Held in the order response, address, audit log, so that no two wait for each other.
    """
    if connection.dialect.name == "postgresql":
        number = zlib.crc32(subject.encode()) - 2**31  # two subjects with one number only wait for each other
        connection.execute(text("SELECT pg_advisory_xact_lock(:kind, :key)"), {"kind": 1, "key": number})


def inserting(connection: Connection, table: Table) -> "sqlite.Insert | postgresql.Insert":
    """An insert that may say what to do on a conflict; only the dialect in use is loaded."""
    if connection.dialect.name == "sqlite":
        from sqlalchemy.dialects import sqlite

        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql

    return postgresql.insert(table)


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One consistent read."""
    with engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with connection.begin():
            yield connection


def settle(engine: Engine) -> bool:
    """Empty SQLite's write-ahead log into the database, so that it holds nothing that was just erased.

    False when somebody was reading just then: the log is emptied with the next housekeeping. PostgreSQL writes over
    erased rows when it needs their place, or loses them when `write_anew` has it do so; its log is the server's own.
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


def clean_up(engine: Engine, tables: Sequence[Table]) -> None:
    """Have PostgreSQL give up the place of rows that were replaced or deleted; cheap where there are none.

    No query finds them any more, but their bytes may stand in the pages until something else is written there. What
    somebody still reads stays until the next time, and a table that is being cleaned already is passed over. SQLite
    overwrites such rows by itself.
    """
    _vacuum(engine, tables, "SKIP_LOCKED")


def write_anew(engine: Engine, tables: Sequence[Table]) -> None:
    """Have PostgreSQL write these small tables into new files without the rows that were replaced or deleted.

    What somebody still reads stays until the next time, and a table that is in use is passed over. SQLite overwrites
    such rows by itself.
    """
    _vacuum(engine, tables, "FULL, SKIP_LOCKED")


def _vacuum(engine: Engine, tables: Sequence[Table], how: str) -> None:
    if engine.dialect.name != "postgresql":
        return
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for table in tables:
            connection.execute(text(f'VACUUM ({how}) "{table.name}"'))
