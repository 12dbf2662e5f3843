"""Somebody else holds the database's write lock while twenty people submit: they wait, or are asked to try again.

On PostgreSQL it is a transaction that holds the lock which every writer of ours shares.
"""

import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import parse_qsl

import psycopg
from sqlalchemy.engine import make_url

from assessment.store.database import _EVERYBODY
from tests.faults.alone import alone
from tests.faults.backends import Backend, killable
from tests.faults.people import Answer, Crowd, settled
from tests.faults.site import KillableSite
from tests.faults.table import Row

WRITERS, FEW_WRITERS = 20, 12
"""The few are still more than the threads that answer."""
SHORT_SECONDS, LONG_SECONDS = 3.0, 8.0
"""A lock that everybody outwaits, and one that outlasts their patience of 5 s (`database.BUSY_TIMEOUT_MS`)."""


def run(small: bool, backend: Backend | None = None) -> Row:
    """Twenty writers and a lock of 3 s, and one of 8 s; fewer and a shorter one when small. On a site of their own."""
    with tempfile.TemporaryDirectory(prefix="busy") as folder, killable(Path(folder), backend) as site:
        return tried_on(site, small)


def tried_on(site: KillableSite, small: bool) -> Row:
    """The same on a site that is there, and goes on."""
    writers, rounds, seconds = (FEW_WRITERS, 1, 1.5) if small else (WRITERS, 5, SHORT_SECONDS)
    short, long = Crowd(site.url), Crowd(site.url)
    _submit_under_lock(site, short, "short", writers, rounds, seconds)
    if not small:
        _submit_under_lock(site, long, "long", writers, rounds, LONG_SECONDS)
    site.told.update(short.cards | long.cards)
    books = settled(site)
    told = [told_kindly(answer) for answer in long.refusals()]
    waited = max(answer.seconds for answer in short.answers)
    return Row(
        fault="database busy",
        tries=len(short.cards) + len(long.cards),
        goal="3 s lock: 0 errors shown; 8 s: 503, typed text back",
        met=not short.refusals() and waited > seconds / 2 and all(told) and bool(small or told) and books.clean,
        lost=books.lost,
        doubled=books.doubled,
        missing=books.missing,
        said=f"{writers} writers; lock of {seconds} s: {dict(short.statuses)}, longest wait {waited:.1f} s"
        + ("" if small else f"; lock of {LONG_SECONDS} s: {dict(long.statuses)}, all through in the end"),
    )


def _submit_under_lock(site: KillableSite, crowd: Crowd, name: str, writers: int, rounds: int, seconds: float) -> None:
    emails = [f"{name}{number}@northfield.example" for number in range(writers * rounds)]
    submitting = threading.Thread(target=crowd.submit_all, args=(emails, writers))
    submitting.start()
    _wait_until(lambda: crowd.statuses[303] > 0)  # they are in the middle of it
    with locked(site):
        time.sleep(seconds)
        _wait_until(lambda: crowd.longest_wait > seconds / 2)  # on a slow machine nobody may have got to it yet
    submitting.join()
    assert len(crowd.cards) == len(emails)


def _wait_until(holds: Callable[[], bool]) -> None:
    """Or for half a minute at most: what was not there then is told by what came of it."""
    deadline = time.monotonic() + 30
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.02)


@contextmanager
def locked(site: KillableSite) -> Iterator[None]:
    """No transaction of the site writes meanwhile: the lock is another process's."""
    url = make_url(site.environment["DATABASE_URL"])
    if url.get_backend_name() == "postgresql":
        with psycopg.connect(url.set(drivername="postgresql").render_as_string(), autocommit=False) as other:
            other.execute("SELECT pg_advisory_xact_lock(%s)", (_EVERYBODY,))
            yield
        return
    with closing(sqlite3.connect(str(url.database), isolation_level=None, timeout=30)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def told_kindly(answer: Answer) -> bool:
    """A 503 that says when to come back and shows what was typed."""
    typed = [(name, text) for name, text in parse_qsl((answer.sent or b"").decode()) if name not in {"csrf_token"}]
    return (
        answer.status == 503
        and answer.headers["Retry-After"] == "5"
        and all(f'value="{text}"' in answer.html for _name, text in typed)
    )


if __name__ == "__main__":
    alone(run)
