"""Watching over the audit log beside the worker: sealed in time, checked once a day, sealed once more at the end."""

import logging
import threading
from collections.abc import Callable
from datetime import datetime

from assessment.actions import auditing
from assessment.actions.installation import Installation

LOOK_SECONDS = 30.0

log = logging.getLogger(__name__)


def watch(house: Installation, clock: Callable[[], datetime], stop: threading.Event) -> None:
    """Look every half minute until `stop` is set, then seal what is left."""

    def advance(_rows: int) -> None:
        if stop.is_set():
            raise InterruptedError  # a check of many rows is begun anew by the next worker

    while not stop.is_set():
        _tried(lambda: auditing.keep_watch(house, clock(), advance))
        stop.wait(LOOK_SECONDS)
    _tried(lambda: auditing.seal_head(house, clock()))


def _tried(action: Callable[[], object]) -> None:
    """A database that is away, full or read-only must not end the watch."""
    try:
        action()
    except InterruptedError:
        pass
    except Exception as error:
        log.error("the audit log is looked at again", exc_info=error)
