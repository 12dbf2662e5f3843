"""Copying the database while it is used, into one file, and putting such a copy into an empty installation.

SQLite copies itself page by page inside one read, so that writers neither wait nor show; PostgreSQL's own `pg_dump` and
`pg_restore` do it there. What is sealed in a copy opens with the secrets of its installation only.
"""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import click
from sqlalchemy import inspect, select
from sqlalchemy.engine import URL, make_url

from assessment.installing import address_faults
from assessment.settings import SettingFault, Settings, read_settings
from assessment.store import audit_head
from assessment.store.database import UNAVAILABLE, open_database, reading
from assessment.store.keys import KeyFault, read_keyring
from assessment.store.review_tables import account
from assessment.store.tables import person, response

PAGES = 2_000
"""Pages of 4 KiB copied between two looks at the progress."""
_SQLITE, _DUMP = b"SQLite format 3\0", b"PGDMP"

Progress = Callable[[int, int], None]
"""Called with the pages copied and all pages."""


class BackupFault(click.ClickException):
    """A backup or a restore was not made; the message says why in one line, and nothing is left of it."""

    exit_code = 2

    def show(self, file: object = None) -> None:
        """Say it."""
        click.echo(f"assessment: {self.message}", err=True)


@click.command()
@click.argument("to", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--with-secrets", is_flag=True, help="The secrets too, beside it: whoever has both can read everything.")
def backup(to: Path, with_secrets: bool) -> None:
    """Copy the database into the new file TO while it is used."""
    settings = _settings()
    with _bar("Copying") as progress:
        back_up(settings, to, progress, with_secrets=with_secrets)
    kept = f"Keep {settings.secrets_path} safe elsewhere: without it nothing sealed in the copy can be opened"
    beside = f"Its secrets are in {secrets_beside(to)}: whoever has both can read everything"
    click.echo(f"Copied the database to {to}. {beside if with_secrets else kept}.")


@click.command()
@click.argument("source", metavar="FROM", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def restore(source: Path) -> None:
    """Put the backup FROM into an installation that has no database yet."""
    settings = _settings()
    with _bar("Copying") as progress:
        put_back(settings, source, progress)
    click.echo(f"Restored into {settings.home}. Run `assessment init` before anything is started.")
    click.echo("What surveys and peer comparisons published since the backup is forgotten, and no audit holds the next")
    click.echo("figures against it: whoever kept it can subtract. Begin a survey that published since as a new one.")


def _settings() -> Settings:
    try:
        return read_settings()
    except SettingFault as fault:
        raise BackupFault(str(fault)) from None


@contextmanager
def _bar(label: str) -> Iterator[Progress]:
    """A progress bar, shown once there is something to tell."""
    with ExitStack() as bars:
        shown: list[Any] = []

        def progress(done: int, everything: int) -> None:
            if not shown:
                shown.append(bars.enter_context(click.progressbar(length=everything, label=label)))
            shown[0].update(done - shown[0].pos)

        yield progress


def secrets_beside(backup: Path) -> Path:
    """Where a backup's secrets are, if they were asked for."""
    return backup.with_name(f"{backup.name}.secrets.json")


def back_up(settings: Settings, target: Path, progress: Progress, *, with_secrets: bool = False) -> None:
    """Copy the database to the new file `target`, mode 600, and check it; raises `BackupFault`."""
    url, beside = make_url(settings.database_url), secrets_beside(target)
    with _new_file(target) as part:
        if url.get_backend_name() == "sqlite":
            _copy_sqlite(_file_of(url), part, progress)
        else:
            _dump(url, part)
    if with_secrets:
        with _new_file(beside) as part:
            part.write_bytes(_read(settings.secrets_path))


def put_back(settings: Settings, source: Path, progress: Progress) -> None:
    """Put a backup into an installation without a database; raises `BackupFault`.

    Its secrets come from beside the backup, unless they are in the home folder already.
    """
    url, head = make_url(settings.database_url), _read(source, len(_SQLITE))
    sqlite = url.get_backend_name() == "sqlite"
    if not head.startswith(_SQLITE if sqlite else _DUMP):
        raise BackupFault(f"{source} is no backup of {'SQLite' if sqlite else 'PostgreSQL'}, which DATABASE_URL names")
    _refuse_full(url)
    settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    audit_head.forget(settings.home)  # the backup's log may be shorter; `init` begins from its own last seal
    with _secrets(settings.secrets_path, secrets_beside(source)):
        if sqlite:
            with _new_file(_file_of(url)) as part:
                _copy_sqlite(source, part, progress)
                _check_secrets(f"sqlite:///{part}", settings.secrets_path)
        else:
            _undump(url, source)
            _check_secrets(settings.database_url, settings.secrets_path, "; the database is filled, though: drop it")


@contextmanager
def _new_file(path: Path) -> Iterator[Path]:
    """A file beside `path` to fill, mode 600; it takes that name, which must be free, once all of it is on the disk."""
    part = path.with_name(f".{path.name}.part")
    if path.exists():
        raise BackupFault(f"{path} exists already")
    try:
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        try:
            yield part
            with part.open("rb") as written:
                os.fsync(written.fileno())
            part.rename(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise BackupFault(f"{path} cannot be written ({error.strerror})") from None


def _read(path: Path, size: int = -1) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(size)
    except OSError as error:
        raise BackupFault(f"{path} cannot be read ({error.strerror})") from None


def _file_of(url: URL) -> Path:
    return Path(url.database or "")


def _copy_sqlite(source: Path, target: Path, progress: Progress) -> None:
    try:
        with (
            closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True, timeout=5)) as old,
            closing(sqlite3.connect(target)) as new,
        ):
            # Inside one read the copy is of one moment, and what is written meanwhile does not make it begin anew.
            old.execute("BEGIN")
            old.execute("SELECT 1 FROM sqlite_master").fetchone()
            old.backup(new, pages=PAGES, progress=lambda _state, left, pages: progress(pages - left, pages), sleep=0)
            new.execute("PRAGMA journal_mode=DELETE")  # one file, and no log beside it
            verdict = new.execute("PRAGMA integrity_check").fetchone()[0]
    except sqlite3.Error as error:
        raise BackupFault(f"{source} cannot be copied ({error})") from None
    if verdict != "ok":
        raise BackupFault(f"{source} is damaged: {verdict}")


def _program(name: str, instead: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise BackupFault(f"{name} is not installed here. Where it is, run: {instead}")
    return found


def _connection(url: URL) -> tuple[str, dict[str, str]]:
    """How PostgreSQL's programs reach a database, and the password in the environment, as every user sees arguments."""
    from psycopg import ProgrammingError  # SQLite needs no driver
    from psycopg.conninfo import make_conninfo

    known: dict[str, Any] = {
        "host": url.host,
        "port": url.port,
        "user": url.username,
        "dbname": url.database,
        **url.query,
    }
    password = {"PGPASSWORD": url.password} if url.password else {}
    try:
        where = make_conninfo(**{name: value for name, value in known.items() if value is not None})
    except ProgrammingError as error:
        raise BackupFault(f"DATABASE_URL: {str(error).strip()}") from None
    return where, os.environ | password


def _run(*words: str, environment: dict[str, str]) -> None:
    done = subprocess.run(words, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        # The first line tells what failed; those after it may quote rows.
        raise BackupFault((done.stderr.splitlines() or [f"{words[0]} failed"])[0])


def _dump(url: URL, target: Path) -> None:
    where, environment = _connection(url)
    words = ("--format=custom", "--no-owner", "--no-privileges")
    program = _program("pg_dump", f"pg_dump {' '.join(words)} --file={target.name} --dbname='{where}'")
    _run(program, *words, f"--file={target}", f"--dbname={where}", environment=environment)
    _run(_program("pg_restore", "pg_restore"), "--list", "--file=/dev/null", str(target), environment=environment)


def _undump(url: URL, source: Path) -> None:
    where, environment = _connection(url)
    words = ("--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges")
    program = _program("pg_restore", f"pg_restore {' '.join(words)} --dbname='{where}' {source}")
    _run(program, *words, f"--dbname={where}", str(source), environment=environment)


def _refuse_full(url: URL) -> None:
    if url.get_backend_name() == "sqlite":
        file = _file_of(url)
        there = [
            path for path in (file, *(file.with_name(file.name + end) for end in ("-wal", "-shm"))) if path.exists()
        ]
        if there:
            raise BackupFault(f"{there[0]} exists already: a backup goes into an installation without a database")
        return
    try:
        with address_faults():
            engine = open_database(url.render_as_string(hide_password=False))
        try:
            with address_faults():
                engine.connect().close()
            if inspect(engine).get_table_names():
                raise BackupFault("DATABASE_URL names a database that has tables: a backup goes into an empty one")
        finally:
            engine.dispose()
    except SettingFault as fault:
        raise BackupFault(str(fault)) from None
    except UNAVAILABLE as error:
        raise BackupFault(f"DATABASE_URL: the database cannot be used: {type(error).__name__}") from None


@contextmanager
def _secrets(wanted: Path, beside: Path) -> Iterator[None]:
    """The secrets in their place; those from beside the backup are taken away again when it is not restored."""
    if wanted.exists():
        yield
        return
    if not beside.exists():
        raise BackupFault(
            f"put the installation's secrets.json at {wanted} first (mode 600): without it nothing sealed can be opened"
        )
    with _new_file(wanted) as part:
        part.write_bytes(_read(beside))
    try:
        yield
    except BaseException:  # Ctrl-C as well
        wanted.unlink(missing_ok=True)
        raise


def _check_secrets(url: str, path: Path, more: str = "") -> None:
    engine = open_database(url)
    try:
        with reading(engine) as connection:
            keyring, there = read_keyring(path), inspect(connection).get_table_names()
            if response.name not in there:
                raise BackupFault(f"the backup holds no tables of ours{more}")
            for column in (
                response.c.sealed_texts,
                person.c.sealed_name,
                person.c.sealed_email,
                account.c.sealed_email,
            ):
                if column.table.name not in there:  # the backup is of an older version; `init` brings it up to this one
                    continue
                # The oldest and the newest: between them a key may have come or gone.
                for order in (column.table.c.id, column.table.c.id.desc()):
                    query = select(column).where(column.is_not(None)).order_by(order).limit(1)
                    for value in connection.execute(query).scalars():
                        keyring.open(value)
    except KeyFault:
        raise BackupFault(f"{path} is of another installation: it does not open what the backup holds{more}") from None
    except UNAVAILABLE as error:
        raise BackupFault(f"what was restored cannot be read ({type(error).__name__}){more}") from None
    finally:
        engine.dispose()
