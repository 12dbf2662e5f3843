"""The disk fills up while people submit, and is emptied again: nothing false is said, and nobody restarts anything."""

import errno
import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.databases import POSTGRESQL
from tests.faults.alone import alone
from tests.faults.busy import told_kindly
from tests.faults.ledger import balance
from tests.faults.people import Answer, Crowd, wait_for_mails
from tests.faults.site import KillableSite
from tests.faults.table import Row, Unable

DISK_MIB = 24
RECOVERY_SECONDS = 10
NOTICED_SECONDS = 30
"""How much longer the disk stays full where nobody was refused yet: a slow machine, or a write-ahead log with room."""


def run(small: bool) -> Row:
    """People submit, the disk is filled for some seconds, people go on, the disk is emptied; several times in full."""
    if POSTGRESQL:
        raise Unable("disk full: PostgreSQL's own disk is not ours to fill; SQLite's is")
    rounds, seconds, people, before = (1, 2.0, 2, 0.7) if small else (4, 8.0, 8, 3.0)
    with _small_disk(DISK_MIB) as home, KillableSite(home) as site:
        crowd, stop = Crowd(site.url), threading.Event()
        submitting = [threading.Thread(target=_keep_on, args=(crowd, stop, number)) for number in range(people)]
        for thread in submitting:
            thread.start()
        recoveries = []
        for _ in range(rounds):
            time.sleep(before)
            with _filled(home):
                _stay_full(crowd, seconds)
            recoveries.append(_next_acknowledgement(crowd))
        stop.set()
        for thread in submitting:
            thread.join()
        wait_for_mails(site, len(crowd.cards))
        books = balance(site, crowd.cards.values(), crowd.cards)
        alive = all(process.poll() is None for process in site._processes.values())
    kind, soon = [told_kindly(answer) for answer in _refused(crowd)], max(recoveries) <= RECOVERY_SECONDS
    others = {status: count for status, count in crowd.statuses.items() if status >= 500 and status != 503}
    return Row(
        fault="disk full",
        tries=len(crowd.cards),
        goal="503, answers shown back; recovers" + ("" if small else f" in {RECOVERY_SECONDS} s"),
        # How soon is judged in full only, when nothing runs beside it.
        met=bool(kind) and all(kind) and not others and alive and books.clean and (small or soon),
        lost=books.lost,
        doubled=books.doubled,
        missing=books.missing,
        recovery=max(recoveries),
        said=f"full {rounds} times for {seconds} s or until somebody was refused, database and write-ahead log on it: "
        f"{dict(crowd.statuses)}, {books.phantom} phantom, {books.unsure} unsure mails, "
        f"web and worker {'alive' if alive else 'DEAD'}",
    )


def _refused(crowd: Crowd) -> list[Answer]:
    """The answers of 5xx to those who sent a form."""
    return [answer for answer in crowd.refusals() if answer.sent is not None]


def _stay_full(crowd: Crowd, seconds: float) -> None:
    """For so many seconds, and on until one more form was refused than before: that is what is to be looked at."""
    before, began = len(_refused(crowd)), time.monotonic()
    time.sleep(seconds)
    while len(_refused(crowd)) == before and time.monotonic() - began < seconds + NOTICED_SECONDS:
        time.sleep(0.05)


def _keep_on(crowd: Crowd, stop: threading.Event, number: int) -> None:
    person = 0
    while not stop.is_set():
        crowd.submit(f"p{number}-{person}@northfield.example")
        person += 1


@contextmanager
def _small_disk(mib: int) -> Iterator[Path]:
    """A file system of its own, which only root may mount; raises `Unable`."""
    if os.geteuid() != 0:
        raise Unable("disk full: only root can mount a small disk")
    with tempfile.TemporaryDirectory(prefix="disk") as name:
        mount = ["mount", "-t", "tmpfs", "-o", f"size={mib}m,mode=700", "assessment-faults", name]
        done = subprocess.run(mount, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Unable(f"disk full: mounting is not allowed here ({done.stderr.strip()})")
        try:
            yield Path(name)
        finally:
            subprocess.run(["umount", "--lazy", name], check=True)


@contextmanager
def _filled(home: Path) -> Iterator[None]:
    """Not a byte is free meanwhile, also none that somebody gives back."""
    path, done = home / "something-big", threading.Event()
    filling = threading.Thread(target=_fill, args=(path, done))
    filling.start()
    try:
        yield
    finally:
        done.set()
        filling.join()
        path.unlink()


def _fill(path: Path, done: threading.Event) -> None:
    with path.open("wb", buffering=0) as file:
        size = 1 << 20
        while not done.is_set():
            try:
                file.write(b"x" * size)
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
                size = 4096
                done.wait(0.05)


def _next_acknowledgement(crowd: Crowd) -> float:
    """Seconds until somebody holds a scorecard that was not there before."""
    began, before = time.monotonic(), len(crowd.cards)
    while len(crowd.cards) == before:
        assert time.monotonic() - began < 60, "nobody came through after the disk was emptied"
        time.sleep(0.02)
    return time.monotonic() - began


if __name__ == "__main__":
    alone(run)
