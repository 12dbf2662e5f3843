"""A worker's own name: the same after a restart, never two at once, so that it may take back its own leases."""

import fcntl
import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_MOST_WORKERS = 64
_MARK_LENGTH = 12


class NoSlot(Exception):
    """So many workers run already that there must be a mistake."""


@contextmanager
def worker_slot(folder: Path) -> Iterator[str]:
    """Hold the first free name of this machine (a locked file in `folder`, let go even by kill -9); raises `NoSlot`.

    The name is the host's and a random mark that the file keeps, as hosts may be called alike, and a host may have
    several home folders whose workers share a database.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(1, _MOST_WORKERS + 1):
        descriptor = os.open(folder / f"worker-{number}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            continue
        try:
            yield f"{socket.gethostname()[:24]}/{number}-{_mark(descriptor)}"
        finally:
            os.close(descriptor)
        return
    raise NoSlot(f"{_MOST_WORKERS} workers run already")


def _mark(descriptor: int) -> str:
    """The mark in a slot's file, made with the first worker that holds it."""
    kept = os.pread(descriptor, _MARK_LENGTH, 0).decode("ascii", "replace")
    if len(kept) == _MARK_LENGTH and kept.isalnum():
        return kept
    made = secrets.token_hex(_MARK_LENGTH // 2)
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, made.encode(), 0)
    os.fsync(descriptor)
    return made
