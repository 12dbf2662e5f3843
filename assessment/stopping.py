"""Being told to stop, and being asked where one stands."""

import faulthandler
import signal
from collections.abc import Callable
from types import FrameType


def stop_asked() -> Callable[[], bool]:
    """Whether SIGTERM or Ctrl-C has come since; call it in the main thread.

    The handler only appends to a list. Setting a `threading.Event` there can hang for ever: it runs in the main thread,
    perhaps just while that thread holds the lock inside the event it waits for.
    """
    asked: list[int] = []

    def stop(number: int, _frame: FrameType | None) -> None:
        asked.append(number)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    return lambda: bool(asked)


def tell_where_on_request() -> None:
    """On SIGUSR1 print where every thread stands to stderr: frames only, no values."""
    faulthandler.register(signal.SIGUSR1, all_threads=True)
