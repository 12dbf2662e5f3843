"""Somebody at the door: a process that has loaded everything forks the one that answers, and another if that dies.

A process that begins anew loads modules and definitions for a second or more; one that is forked answers within a
fraction of that. Whoever connects in between waits instead of being refused, as the keeper holds the sockets too.
"""

import faulthandler
import logging
import os
import select
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from types import FrameType
from typing import NoReturn

from assessment.stopping import STOPS, tell_where_on_request

log = logging.getLogger(__name__)

HELD_BACK = {*STOPS, signal.SIGUSR1}
"""Signals that wait while there is nobody to hand them to."""
QUICK_SECONDS = 1.0
"""A process that is ended within so many seconds of its beginning may never get further."""
STEP_SECONDS = 0.05
"""Pause before each step of loading: it keeps nobody from answering, and a death is noticed at once."""
MOST_QUICK = 10
"""After so many of them in a row the keeper gives up: a proxy had better look elsewhere, and a supervisor be told."""


def keep(
    sockets: Sequence[socket.socket],
    answer: Callable[[bool], int],
    *,
    load: Iterator[None],
    each_second: Callable[[], None],
) -> int:
    """Run `answer(first)` in a process of its own, again and again where a signal ends it; gives its exit status.

    What `load`, step by step, and then `each_second` do in the keeper is there for all that follow. To be called in the
    main thread while there is no other one. SIGTERM and Ctrl-C close the keeper's `sockets` and are handed on as
    SIGTERM, which waits until who answers is ready to be stopped. Who answers ends with the keeper.
    """
    door = _Door(sockets)
    faulthandler.unregister(signal.SIGUSR1)  # or a second one could not be registered by who answers
    signal.signal(signal.SIGUSR1, door.hand_on)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # it may have been ignored by who started us: nobody could wait
    for number in STOPS:
        signal.signal(number, door.stop)
    alive, held = os.pipe()
    quick, first = 0, True
    while not door.stopped and quick < MOST_QUICK:
        began = time.monotonic()
        door.open(partial(_live, alive, held, partial(answer, first)))
        ended = door.wait(load, each_second)
        if ended >= 0 or door.stopped:
            return max(ended, 0)
        log.error("what answers was ended by signal %d", -ended)
        quick = quick + 1 if time.monotonic() - began < QUICK_SECONDS else 0
        first = False
    door.close()
    return 0 if door.stopped else 1


def _attempt(step: Callable[[], None]) -> None:
    try:
        step()
    except StopIteration:
        raise
    except Exception:  # whoever answers loads it too, and tells who asked for it
        log.exception("what should be kept ready could not be loaded")


class _Door:
    """The one who answers, and what was asked of the keeper."""

    def __init__(self, sockets: Sequence[socket.socket]) -> None:
        self.stopped = False
        self._sockets = sockets
        self._child: int | None = None
        self._life = -1
        """Ends with who answers, who alone holds its other end."""

    def stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stopped = True
        self.close()  # or who connects now would wait in them until the keeper is gone
        self.hand_on(signal.SIGTERM, None)

    def close(self) -> None:
        for listener in self._sockets:
            listener.close()

    def hand_on(self, number: int, _frame: FrameType | None) -> None:
        if self._child is not None:
            with suppress(ProcessLookupError):
                os.kill(self._child, number)

    def open(self, live: Callable[[], NoReturn]) -> None:
        """Fork, unless a stop was asked for just before."""
        signal.pthread_sigmask(signal.SIG_BLOCK, HELD_BACK)
        if not self.stopped:
            self._life, dies = os.pipe()
            self._child = os.fork()
            if self._child == 0:
                live()
            os.close(dies)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, HELD_BACK)

    def wait(self, load: Iterator[None], each_second: Callable[[], None]) -> int:
        """The exit status of the one who answered, or minus the signal that ended it."""
        if self._child is None:
            return 0
        step: Callable[[], None] = partial(next, load)
        pause = STEP_SECONDS
        while not select.select([self._life], [], [], pause)[0]:
            try:
                _attempt(step)
            except StopIteration:
                step, pause = each_second, 1.0
        signal.pthread_sigmask(signal.SIG_BLOCK, HELD_BACK)
        _, status = os.waitpid(self._child, 0)
        self._child = None
        os.close(self._life)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, HELD_BACK)
        return os.waitstatus_to_exitcode(status)


def _live(alive: int, held: int, answer: Callable[[], int]) -> NoReturn:
    """What a fork does; nothing of the keeper's is unwound in it. Stops wait until `stop_asked` listens."""
    status = 1
    try:
        for number in STOPS:
            signal.signal(number, signal.SIG_DFL)
        tell_where_on_request()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGUSR1})
        os.close(held)  # the keeper alone holds it now: the pipe ends with the keeper, however that ends
        threading.Thread(target=_leave_with_it, args=(alive,), name="keeper", daemon=True).start()
        status = answer()
    except SystemExit as left:
        status = left.code if isinstance(left.code, int) else 1
    except BaseException:
        log.exception("what answers ended")
    finally:
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        finally:
            os._exit(status)


def _leave_with_it(alive: int) -> None:
    os.read(alive, 1)
    os.kill(os.getpid(), signal.SIGKILL)  # nothing acknowledged is lost by it, and the address is free at once
