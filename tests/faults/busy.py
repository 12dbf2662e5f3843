"""Somebody else holds the database's write lock while twenty people submit: they wait, or are asked to try again.

On PostgreSQL it is a transaction that holds the lock which every writer of ours shares.
"""

import sqlite3
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import parse_qsl

import psycopg
from sqlalchemy.engine import make_url

from assessment.store.database import _EVERYBODY
from tests.faults.alone import alone
from tests.faults.backends import Backend, killable
from tests.faults.ledger import balance
from tests.faults.people import Answer, Crowd, wait_for_mails
from tests.faults.site import KillableSite
from tests.faults.table import Row

WRITERS = 20
SHORT_SECONDS, LONG_SECONDS = 3.0, 8.0
"""A lock that everybody outwaits, and one that outlasts their patience of 5 s (`database.BUSY_TIMEOUT_MS`)."""


def run(small: bool, backend: Backend | None = None) -> Row:
    """Twenty writers and a lock of 3 s; in full, one of 8 s as well."""
    rounds, seconds = (1, 1.5) if small else (5, SHORT_SECONDS)
    with tempfile.TemporaryDirectory(prefix="busy") as folder, killable(Path(folder), backend) as site:
        short = Crowd(site.url)
        _submit_under_lock(site, short, "short", rounds, seconds)
        long = Crowd(site.url)
        if not small:
            _submit_under_lock(site, long, "long", rounds, LONG_SECONDS)
        cards = {**short.cards, **long.cards}
        wait_for_mails(site, len(cards))
        books = balance(site, cards.values(), cards)
    told = [told_kindly(answer) for answer in long.refusals()]
    waited = max(answer.seconds for answer in short.answers)
    return Row(
        fault="database busy",
        tries=len(cards),
        goal="3 s lock: 0 errors shown; 8 s: 503, typed text back",
        met=not short.refusals() and waited > seconds / 2 and all(told) and bool(small or told) and books.clean,
        lost=books.lost,
        doubled=books.doubled,
        missing=books.missing,
        said=f"{WRITERS} writers; lock of {seconds} s: {dict(short.statuses)}, longest wait {waited:.1f} s"
        + ("" if small else f"; lock of {LONG_SECONDS} s: {dict(long.statuses)}, all through in the end"),
    )


def _submit_under_lock(site: KillableSite, crowd: Crowd, name: str, rounds: int, seconds: float) -> None:
    emails = [f"{name}{number}@northfield.example" for number in range(WRITERS * rounds)]
    submitting = threading.Thread(target=crowd.submit_all, args=(emails, WRITERS))
    submitting.start()
    time.sleep(0.3)
    with locked(site):
        time.sleep(seconds)
    submitting.join()
    assert len(crowd.cards) == len(emails)


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
