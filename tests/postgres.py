"""A PostgreSQL of our own for tests, spoken to with its own `psql`, so that no driver is needed."""

import io
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from assessment.store import append_only
from assessment.store.all_tables import metadata
from assessment.store.migrate import MIGRATIONS

FOLDERS = [*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]


def program(name: str) -> str | None:
    """Where a PostgreSQL program is, or None."""
    return next((str(folder / name) for folder in FOLDERS if (folder / name).exists()), shutil.which(name))


AVAILABLE = all(program(name) for name in ("initdb", "postgres", "pg_ctl", "psql", "pg_dump"))


class Postgres:
    """A running server with as many empty databases as a test asks for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._server = ("-h", str(folder), "-U", "postgres")
        self._made = 0

    def make_database(self) -> str:
        self._made += 1
        self.run("postgres", f"CREATE DATABASE d{self._made}")
        return f"d{self._made}"

    def url(self, database: str) -> str:
        """What DATABASE_URL names it."""
        return f"postgresql+psycopg://postgres@/{database}?host={self.folder}"

    def control(self, *words: str) -> None:
        """Start, stop or restart it (`-m`, `immediate`, `restart`), and wait until that is done."""
        as_server(
            self.folder, str(program("pg_ctl")), "-D", f"{self.folder}/data", "-w", "-l", f"{self.folder}/log", *words
        )

    def start(self, database: str, script: str) -> subprocess.Popen[str]:
        """Begin a script in a session of its own."""
        process = subprocess.Popen(
            [str(program("psql")), *self._server, "-d", database, "-v", "ON_ERROR_STOP=1", "-X", "-q", "-A", "-t"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdin is not None
        process.stdin.write(script)
        process.stdin.close()
        process.stdin = None
        return process

    def run(self, database: str, script: str) -> str:
        out, error = (process := self.start(database, script)).communicate(timeout=30)
        assert process.returncode == 0, error
        return out

    def schema(self, database: str) -> str:
        """Everything but our own bookkeeping table, as pg_dump writes it, without its one-time keys."""
        dump = subprocess.run(
            [str(program("pg_dump")), *self._server, "--schema-only", "-T", "alembic_version", database],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        return re.sub(r"^\\(un)?restrict .*$", "", dump, flags=re.MULTILINE)

    @staticmethod
    def migration_script() -> str:
        written = io.StringIO()
        config = Config(output_buffer=written)
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["dialect"] = "postgresql"
        command.upgrade(config, "head", sql=True)
        return written.getvalue()

    @staticmethod
    def tables_script() -> str:
        statements: list[str] = []
        dialect = postgresql.dialect()
        for table in metadata.sorted_tables:
            statements.append(str(CreateTable(table).compile(dialect=dialect)))
            indexes = sorted(table.indexes, key=lambda index: str(index.name))
            statements += [str(CreateIndex(index).compile(dialect=dialect)) for index in indexes]
        return ";\n".join([*statements, *append_only.statements("postgresql")]) + ";"


def as_server(folder: Path, *words: str) -> None:
    """Run a server's program as an unprivileged user (it refuses root); raises `CalledProcessError`."""
    who = {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}
    call: Any = subprocess.run
    call(words, check=True, stdout=subprocess.DEVNULL, cwd=folder, timeout=60, **who)


@contextmanager
def running_postgres(*, durable: bool = False) -> Iterator[Postgres]:
    """Start a throw-away server on a unix socket, and stop it; it waits for the disk only where it is `durable`."""
    with tempfile.TemporaryDirectory(prefix="pg", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        if os.geteuid() == 0:
            os.chown(folder, 65534, 65534)
        # A locale in which "a" stands before "B": what is sorted must not depend on it.
        sorting = ("--locale-provider=icu", "--icu-locale=en-US", "--locale=C.UTF-8")
        new = ("-U", "postgres", "-A", "trust", "-E", "UTF8", *sorting, "--no-sync")
        as_server(folder, str(program("initdb")), "-D", f"{folder}/data", *new)
        options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync={'on' if durable else 'off'}"
        server = Postgres(folder)
        server.control("-o", options, "start")
        try:
            yield server
        finally:
            server.control("-m", "immediate", "stop")
