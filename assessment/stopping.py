"""Being told to stop, and being asked where one stands."""

import faulthandler
import signal
from collections.abc import Callable
from types import FrameType

STOPS = (signal.SIGTERM, signal.SIGINT)
"""What asks to stop."""


def stop_asked() -> Callable[[], bool]:
    """Whether SIGTERM or Ctrl-C has come since; call it in the main thread.

    The handler only appends to a list. Setting a `threading.Event` there can hang for ever: it runs in the main thread,
    perhaps just while that thread holds the lock inside the event it waits for.
    """
    asked: list[int] = []

    def stop(number: int, _frame: FrameType | None) -> None:
        asked.append(number)

    for number in STOPS:
        signal.signal(number, stop)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)  # held back, where a keeper forked this process
    return lambda: bool(asked)


def tell_where_on_request() -> None:
    """On SIGUSR1 print where every thread stands to stderr: frames only, no values."""
    faulthandler.register(signal.SIGUSR1, all_threads=True)
