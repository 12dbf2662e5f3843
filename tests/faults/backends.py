"""The databases a fault is tried on: SQLite in a file, or a PostgreSQL of our own that waits for the disk."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.faults.site import KillableSite
from tests.faults.table import Unable
from tests.postgres import AVAILABLE, Postgres, running_postgres


@dataclass(frozen=True)
class Backend:
    """A kind of database; `database(home)` gives the DATABASE_URL of an empty one for an installation in `home`."""

    name: str
    database: Callable[[Path], AbstractContextManager[str]]


@contextmanager
def _file(home: Path) -> Iterator[str]:
    yield f"sqlite:///{home / 'assessment.sqlite3'}"


@contextmanager
def durable_postgres() -> Iterator[Postgres]:
    """A server with `fsync` on; raises `Unable` where none is installed."""
    if not AVAILABLE:
        raise Unable("no PostgreSQL is installed here")
    with running_postgres(durable=True) as server:
        yield server


@contextmanager
def _served(_home: Path) -> Iterator[str]:
    with durable_postgres() as server:
        yield server.url(server.make_database())


SQLITE = Backend("SQLite", _file)
POSTGRESQL = Backend("PostgreSQL", _served)


@contextmanager
def killable(home: Path, backend: Backend | None) -> Iterator[KillableSite]:
    """A site on this kind of database; on that which the tests run on where none is given."""
    if backend is None:
        with KillableSite(home) as site:
            yield site
        return
    with backend.database(home) as url, KillableSite(home, DATABASE_URL=url) as site:
        yield site


BACKENDS = {"sqlite": (SQLITE,), "postgresql": (POSTGRESQL,), "both": (SQLITE, POSTGRESQL)}
