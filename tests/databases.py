"""The database that the tests run on: SQLite, or a real PostgreSQL where ASSESSMENT_TEST_DATABASE asks for it."""

import atexit
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from weakref import WeakSet

import psycopg
from sqlalchemy import Connection, Engine, MetaData, event
from sqlalchemy.util import LRUCache

from assessment.store.database import UNAVAILABLE, open_database, writing
from assessment.store.migrate import migrate
from tests.postgres import AVAILABLE, Postgres, program, running_postgres

POSTGRESQL = os.environ.get("ASSESSMENT_TEST_DATABASE", "sqlite") == "postgresql"
if POSTGRESQL and not AVAILABLE:
    raise RuntimeError("ASSESSMENT_TEST_DATABASE asks for PostgreSQL, and none is installed here")

_until_exit = ExitStack()
atexit.register(_until_exit.close)
_made: list[str] = []
_emptied: list[str] = []
"""Databases with all tables and no rows, left by earlier tests."""
_emptying: dict[str, psycopg.Connection[Any]] = {}
"""To each of them the connection that emptied it: what it learned of the tables it need not ask again."""
REVISION = "alembic_version"
_EMPTYING = "emptying"
# Neither foreign keys nor our own triggers keep it from anything.
_DELETIONS = """
BEGIN; SET LOCAL session_replication_role = replica; {};
SELECT setval(oid::regclass, 1, false) FROM pg_class WHERE relkind = 'S'; COMMIT
"""
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
_SHAPE = """
SELECT md5(string_agg(part, ',' ORDER BY part)), bool_or(large) FROM (
  SELECT concat_ws(' ', oid, relname, relkind, reloptions) part, pg_relation_size(oid) > 2000000 large FROM pg_class
    WHERE relnamespace = 'public'::regnamespace
  UNION ALL SELECT concat_ws(' ', attrelid, attname, atttypid, attnotnull, atthasdef), false FROM pg_attribute
    JOIN pg_class ON attrelid = pg_class.oid WHERE relnamespace = 'public'::regnamespace
  UNION ALL SELECT concat_ws(' ', conname, conrelid, convalidated, pg_get_constraintdef(oid)), false FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace
  UNION ALL SELECT concat_ws(' ', tgname, tgrelid, tgenabled), false FROM pg_trigger WHERE NOT tgisinternal
  UNION ALL SELECT concat_ws(' ', proname, md5(prosrc)), false FROM pg_proc WHERE pronamespace = 'public'::regnamespace
  UNION ALL SELECT concat_ws(' ', setdatabase, setconfig), false FROM pg_db_role_setting
  UNION ALL SELECT version_num, false FROM alembic_version
) parts
"""
_opened: WeakSet[psycopg.Connection[Any]] = WeakSet()
_number = iter(range(1, 1_000_000))


@cache
def server() -> Postgres:
    """One throw-away PostgreSQL for this process, started when it is first needed."""
    return _until_exit.enter_context(running_postgres())


def fresh_database(home: Path, *, migrated: bool = True, keep: bool = False) -> str:
    """The DATABASE_URL of a database of its own for the installation in `home`; dropped after the test unless kept."""
    if not POSTGRESQL:
        path = home / "assessment.sqlite3"
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        if migrated:
            shutil.copyfile(_sqlite_template(), path)
        return f"sqlite:///{path}"
    if migrated and not keep and _emptied:
        name = _emptied.pop()
    else:
        name = f"t{next(_number)}"
        _administer(f"CREATE DATABASE {name} TEMPLATE {_postgresql_template() if migrated else 'template0'}")
    if not keep:
        _made.append(name)
    return server().url(name)


def drop_made() -> None:
    """Drop the databases that nobody keeps, and close what a test left open to them."""
    for connection in list(_opened):
        if not connection.closed and connection.info.dbname in _made:
            connection.close()
    while _made:
        name = _made.pop()
        if _empty(name):
            _emptied.append(name)
        else:
            _emptying.pop(name).close()
            _administer(f"DROP DATABASE {name} WITH (FORCE)")


def _empty(name: str) -> bool:
    """Make a database what its template was, which is sooner done than making a new one; False where it cannot be."""
    _administer(
        f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{name}'"
        f" AND application_name <> '{_EMPTYING}'"
    )
    if name not in _emptying:
        _emptying[name] = psycopg.connect(_database(name), autocommit=True, application_name=_EMPTYING)
    connection = _emptying[name]
    if _shape(connection) != _template_shape():
        return False
    connection.execute(_DELETIONS.format("; ".join(f'DELETE FROM "{table}"' for table in _template_tables())))
    return True


def _database(name: str) -> str:
    return f"host={server().folder} user=postgres dbname={name}"


def _shape(connection: psycopg.Connection[Any]) -> object:
    """A digest of tables, columns, constraints, triggers and functions, the revision, and what tables grew to."""
    try:
        return connection.execute(_SHAPE).fetchone()
    except psycopg.errors.UndefinedTable:  # of the revision
        return None


@cache
def _template_tables() -> frozenset[str]:
    with psycopg.connect(_database(_postgresql_template())) as connection:
        return frozenset(row[0] for row in connection.execute(_TABLES)) - {REVISION}


@cache
def _template_shape() -> object:
    with psycopg.connect(_database(_postgresql_template())) as connection:
        for table in _template_tables():
            [rows] = connection.execute(f'SELECT count(*) FROM "{table}"').fetchone() or (0,)
            assert rows == 0, f"{table} is born with rows: emptying it is not making it as it was"
        return _shape(connection)


class _Statements(LRUCache[Any, Any]):
    """The SQL of statements for all engines of this process: what one compiled, the next test's need not.

    SQLAlchemy's key begins with the dialect, of which each engine has its own; what it compiles depends on the kind and
    the version of the server. All the rest of the key stays: two statements never meet that SQLAlchemy tells apart.
    """

    def __init__(self) -> None:
        super().__init__(5_000)

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get(_of_any_engine(key), default)

    def __setitem__(self, key: Any, compiled: Any) -> None:
        super().__setitem__(_of_any_engine(key), compiled)


def _of_any_engine(key: Any) -> Any:
    dialect, *rest = key
    return type(dialect), dialect.paramstyle, dialect.server_version_info, *rest


_statements = _Statements()


@event.listens_for(Engine, "engine_connect")
def _share_statements(connection: Connection) -> None:
    connection.engine._compiled_cache = _statements


@event.listens_for(Engine, "connect")
def _remember(connection: Any, _record: object) -> None:
    if isinstance(connection, psycopg.Connection):
        _opened.add(connection)


def raw_content(engine: Engine) -> bytes:
    """What a thief of the database would read: SQLite's files as they lie there, or PostgreSQL's dump.

    What a dump writes in hexadecimal is there as bytes too, so that a search finds what was stored in clear.
    """
    if not POSTGRESQL:
        database = Path(str(engine.url.database))
        return b"".join(path.read_bytes() for path in sorted(database.parent.glob(f"{database.name}*")))
    dump = [str(program("pg_dump")), "-h", str(server().folder), "-U", "postgres", str(engine.url.database)]
    said = subprocess.run(dump, capture_output=True, check=True).stdout
    return said + b"\n".join(bytes.fromhex(found.decode()) for found in re.findall(rb"\\\\x((?:[0-9a-f]{2})+)", said))


@contextmanager
def somebody_writes(engine: Engine) -> Iterator[None]:
    """Another process is in the middle of writing, and does not come to an end."""
    other = open_database(engine.url.render_as_string(hide_password=False))
    try:
        with _patiently(other):
            yield
    finally:
        other.dispose()


def _patiently(other: Engine) -> ExitStack:
    """A write transaction that is begun however often somebody else is writing just then."""
    begun = ExitStack()
    for _ in range(500):
        try:
            begun.enter_context(writing(other))
        except UNAVAILABLE:
            time.sleep(0.02)
        else:
            return begun
    raise AssertionError("somebody never ended writing")


@contextmanager
def passing(metadata: MetaData) -> Iterator[Connection]:
    """A connection to empty tables for one example out of many: what it writes is never committed."""
    engine = _passing(metadata) if POSTGRESQL else open_database("sqlite://")
    if not POSTGRESQL:
        metadata.create_all(engine)
    with engine.connect() as connection:
        yield connection
    if not POSTGRESQL:
        engine.dispose()


@cache
def _passing(metadata: MetaData) -> Engine:
    name = f"t{next(_number)}"
    _administer(f"CREATE DATABASE {name} TEMPLATE template0")
    engine = open_database(server().url(name))
    metadata.create_all(engine)
    _until_exit.callback(engine.dispose)
    return engine


@cache
def _sqlite_template() -> Path:
    path = Path(_until_exit.enter_context(tempfile.TemporaryDirectory(prefix="template"))) / "template.sqlite3"
    engine = open_database(f"sqlite:///{path}")
    migrate(engine)
    engine.dispose()
    return path


@cache
def _postgresql_template() -> str:
    _administer("CREATE DATABASE migrated")
    engine = open_database(server().url("migrated"))
    migrate(engine)
    engine.dispose()
    return "migrated"


@cache
def _administrator() -> psycopg.Connection[tuple[object, ...]]:
    made = psycopg.connect(f"host={server().folder} user=postgres dbname=postgres", autocommit=True)
    return _until_exit.enter_context(made)


def _administer(statement: str) -> None:
    _administrator().execute(statement)  # type: ignore[call-overload]
