"""Running the web server: waitress, with a stop that finishes the requests in flight."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from waitress import create_server, wasyncore

from assessment.settings import SettingFault, Settings
from assessment.stopping import stop_asked

log = logging.getLogger(__name__)
GRACE_SECONDS = 3
"""How long requests are still taken after SIGTERM, while `/ready` says 503, where there are proxies to notice it."""
LONGEST_STOP_LOOPS = 100
"""Loops of a tenth of a second that a stop waits for requests in flight."""


def serve(
    app: Callable[..., Any],
    settings: Settings,
    *,
    each_second: Callable[[], None],
    ready: Callable[[], None],
    drain: Callable[[], None],
) -> None:
    """Answer requests until SIGTERM or Ctrl-C, looking `each_second` for edits beside them.

    Calls `ready` once the address is ours, and `drain` when the stop begins: behind proxies requests are still taken
    for a little then, so that those look elsewhere first. Raises `SettingFault` when the address cannot be had.
    """
    sockets: dict[int, Any] = {}
    try:
        server = create_server(
            app,
            host=settings.host,
            port=settings.port,
            threads=settings.threads,
            map=sockets,
            ident=None,
            max_request_body_size=1024 * 1024,
            max_request_header_size=64 * 1024,
            # Without this, waitress takes what a proxy says about the client out of every request.
            clear_untrusted_proxy_headers=not settings.proxies,
            channel_timeout=60,
            connection_limit=1000,
        )
    except OSError as error:
        raise SettingFault(
            f"ASSESSMENT_PORT: cannot listen on {settings.host}:{settings.port} ({error.strerror}); set another port"
        ) from None
    ready()
    ended = threading.Event()
    threading.Thread(target=_beside, args=(each_second, ended), name="edits", daemon=True).start()
    try:
        stopped = stop_asked()
        while not stopped():
            wasyncore.loop(timeout=0.5, map=sockets, use_poll=True, count=1)
        drain()
        _finish(server, sockets, GRACE_SECONDS if settings.proxies else 0)
    finally:
        ended.set()


def _beside(each_second: Callable[[], None], ended: threading.Event) -> None:
    while not ended.wait(1):
        try:
            each_second()
        except Exception:
            log.exception("looking for edits failed; what is served stays")


def _finish(server: Any, sockets: dict[int, Any], grace: float) -> None:
    until = time.monotonic() + grace
    while time.monotonic() < until:
        wasyncore.loop(timeout=0.1, map=sockets, use_poll=True, count=1)
    for listener in [part for part in sockets.values() if getattr(part, "accepting", False)]:
        listener.del_channel()
        listener.socket.close()
    for _ in range(LONGEST_STOP_LOOPS):
        if not any(_busy(part) for part in sockets.values()):
            break
        wasyncore.loop(timeout=0.1, map=sockets, use_poll=True, count=1)
    server.task_dispatcher.shutdown()


def _busy(part: Any) -> bool:
    return bool(getattr(part, "requests", None)) or bool(getattr(part, "total_outbufs_len", 0))
