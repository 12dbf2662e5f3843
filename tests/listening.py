"""Hears what anything logs."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def listening(handler: logging.Handler, level: int = logging.DEBUG) -> Iterator[None]:
    """A handler of every logger's records, for as long as it takes."""
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(level)
    yield
    root.removeHandler(handler)
    root.setLevel(before)
