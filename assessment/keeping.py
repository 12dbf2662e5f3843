"""Somebody at the door: a process that has loaded everything forks the one that answers, and another if that dies.

A process that begins anew loads modules and definitions for a second or more; one that is forked answers within a
fraction of that. Whoever connects in between waits instead of being refused, as the keeper holds the sockets too.
"""

import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from types import FrameType
from typing import NoReturn

from assessment.stopping import tell_where_on_request

log = logging.getLogger(__name__)

STOPS = (signal.SIGTERM, signal.SIGINT)
QUICK_SECONDS = 1.0
"""A process that ends within so many seconds of its beginning may never get further."""
MOST_QUICK = 3
"""So many of them in a row, and the next waits as long again: whatever kills them, it is not made worse."""


def keep(sockets: Sequence[socket.socket], answer: Callable[[bool], int], *, load: Callable[[], None]) -> int:
    """Run `answer(first)` in a process of its own, again and again where a signal ends it; gives its exit status.

    What `load` does beside the first is there for all that follow. It must be called in the main thread while there is
    no other one. SIGTERM and Ctrl-C close the keeper's `sockets` and are handed on as SIGTERM. Who answers never
    outlives the keeper.
    """
    door = _Door(sockets)
    for number in STOPS:
        signal.signal(number, door.stop)
    signal.signal(signal.SIGUSR1, door.hand_on)
    alive, held = os.pipe()
    quick, first = 0, True
    while not door.stopped:
        began = time.monotonic()
        door.open(partial(_live, alive, held, partial(answer, first)))
        if first:
            load()
        ended = door.wait()
        if ended >= 0 or door.stopped:
            return max(ended, 0)
        log.error("what answers was ended by signal %d; another one takes over", -ended)
        quick = quick + 1 if time.monotonic() - began < QUICK_SECONDS else 0
        if quick >= MOST_QUICK:
            time.sleep(QUICK_SECONDS)
        first = False
    return 0


class _Door:
    """The one who answers, and what was asked of the keeper."""

    def __init__(self, sockets: Sequence[socket.socket]) -> None:
        self.stopped = False
        self._sockets = sockets
        self._child: int | None = None

    def stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stopped = True
        for listener in self._sockets:  # or who connects now would wait in them until the keeper is gone
            listener.close()
        if self._child is not None:
            os.kill(self._child, signal.SIGTERM)

    def hand_on(self, number: int, _frame: FrameType | None) -> None:
        if self._child is not None:
            os.kill(self._child, number)

    def open(self, live: Callable[[], NoReturn]) -> None:
        """Fork, unless a stop was asked for just before: it waits while there is nobody to hand it to."""
        signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
        try:
            if self.stopped:
                return
            self._child = os.fork()
            if self._child == 0:
                live()
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)

    def wait(self) -> int:
        """The exit status of the one who answered, or minus the signal that ended it."""
        if self._child is None:
            return 0
        _, status = os.waitpid(self._child, 0)
        self._child = None
        return os.waitstatus_to_exitcode(status)


def _live(alive: int, held: int, answer: Callable[[], int]) -> NoReturn:
    """What a fork does; nothing of the keeper's is unwound in it."""
    status = 1
    try:
        for number in STOPS:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)
        tell_where_on_request()
        os.close(held)  # the keeper alone holds it now: the pipe ends with the keeper, however that ends
        threading.Thread(target=_leave_with_it, args=(alive,), name="keeper", daemon=True).start()
        status = answer()
    except SystemExit as left:
        status = left.code if isinstance(left.code, int) else 1
    except BaseException:
        log.exception("what answers ended")
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _leave_with_it(alive: int) -> None:
    os.read(alive, 1)
    os.kill(os.getpid(), signal.SIGKILL)  # nothing acknowledged is lost by it, and the address is free at once
