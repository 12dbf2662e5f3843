"""A worker's own name: the same after a restart, never two at once, so that it may take back its own leases."""

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_MOST_WORKERS = 64


class NoSlot(Exception):
    """So many workers run already that there must be a mistake."""


@contextmanager
def worker_slot(folder: Path) -> Iterator[str]:
    """Hold the first free name of this machine (a locked file in `folder`, let go even by kill -9); raises `NoSlot`."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(1, _MOST_WORKERS + 1):
        descriptor = os.open(folder / f"worker-{number}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            continue
        try:
            yield f"{socket.gethostname()[:30]}/{number}"
        finally:
            os.close(descriptor)
        return
    raise NoSlot(f"{_MOST_WORKERS} workers run already")
