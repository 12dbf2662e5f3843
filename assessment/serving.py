"""Running the web server: waitress, with a stop that finishes the requests in flight.

Waitress reads in one thread and answers in others, so slow senders and readers hold no thread. Added to it here: a
request that does not come to its end is cut off, a body is kept only as far as the application looks at it, and what
waitress refuses by itself is refused with our own page.
"""

import logging
import re
import resource
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

from flask import Flask
from waitress import create_server, wasyncore
from waitress.adjustments import Adjustments
from waitress.buffers import OverflowableBuffer
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.receiver import ChunkedReceiver
from waitress.task import ErrorTask
from waitress.utilities import BadRequest, ServerNotImplemented

from assessment.settings import SettingFault, Settings
from assessment.stopping import stop_asked
from assessment.web.errors import refusal

log = logging.getLogger(__name__)
GRACE_SECONDS = 3
"""How long requests are still taken after SIGTERM, while `/ready` says 503, where there are proxies to notice it."""
KEPT_BODY = 260 * 1024
"""Bytes kept of a body, in memory: somewhat more than the application reads. Of a larger one only the size is told."""
MOST_BODY = 16 * 1024 * 1024
"""Bytes of a body that are waited for, so that the page saying "too much" is read before the connection closes."""
MOST_HEADERS = 64 * 1024
"""Bytes of a request's first line and headers."""
REQUEST_SECONDS = 60
"""How long a request may take to arrive; what is dribbled more slowly is cut off."""
MOST_CONNECTIONS = 1000
BACKLOG = 1024
"""Connections that may wait to be taken."""
MOST_AT_ONCE = 4
"""Requests that a connection may send without waiting for answers; browsers and proxies wait."""
MOST_MARKS = 4096
"""Bytes of a chunk's mark, or of what follows the last chunk; they would be joined and searched anew with each part."""
MOST_FILES = 4096
"""Open files asked of the system: twice a thousand connections, and the database. Many systems give 1,024."""
_NAMES = re.compile(rb"(?m)^([!-9;-~]+):")
_FOLDED = re.compile(rb"(?m)^[ \t]")
_CODING = re.compile(rb"(?im)^transfer-encoding:[ \t]*(.*?)[ \t]*\r?$")
LONGEST_STOP_LOOPS = 100
"""Loops of a tenth of a second that a stop waits for requests in flight."""


def bind(settings: Settings) -> list[socket.socket]:
    """The sockets of the address and port that are set, which do not listen yet; raises `SettingFault`."""
    made: list[socket.socket] = []
    try:
        for family, kind, protocol, address in Adjustments(host=settings.host, port=settings.port).listen:
            made.append(listener := socket.socket(family, kind, protocol))
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            listener.bind(address)
    except (OSError, ValueError) as error:
        for listener in made:
            listener.close()
        raise _taken(settings, error) from None
    return made


def _taken(settings: Settings, error: Exception) -> SettingFault:
    why = error.strerror if isinstance(error, OSError) else error
    return SettingFault(f"ASSESSMENT_PORT: cannot listen on {settings.host}:{settings.port} ({why}); set another port")


def serve(
    app: Flask,
    settings: Settings,
    listeners: list[socket.socket],
    *,
    each_second: Callable[[], None],
    ready: Callable[[], None],
    drain: Callable[[], None],
) -> None:
    """Answer requests that come to `listeners` until SIGTERM or Ctrl-C, looking `each_second` for edits beside them.

    Calls `ready` once they are answered, and `drain` when the stop begins: behind proxies requests are still taken for
    a little then, so that those look elsewhere first. Raises `SettingFault` when somebody else listens there already.
    """
    sockets: dict[int, Any] = {}
    _allow_files()
    try:
        server = create_server(
            app,
            sockets=listeners,
            threads=settings.threads,
            map=sockets,
            ident=None,
            backlog=BACKLOG,
            max_request_body_size=MOST_BODY,
            max_request_header_size=MOST_HEADERS,
            # Without this, waitress takes what a proxy says about the client out of every request.
            clear_untrusted_proxy_headers=not settings.proxies,
            channel_timeout=60,
            cleanup_interval=10,
            connection_limit=MOST_CONNECTIONS,
        )
    except OSError as error:
        raise _taken(settings, error) from None
    for listener in _listeners(sockets):
        listener.channel_class = _channels_of(app)
    ready()
    ended = threading.Event()
    threading.Thread(target=_beside, args=(each_second, ended), name="edits", daemon=True).start()
    try:
        _answer(sockets, stop_asked())
        drain()
        _finish(server, sockets, GRACE_SECONDS if settings.proxies else 0)
    finally:
        ended.set()


class _Body(OverflowableBuffer):  # type: ignore[misc]
    """Keeps the beginning of a body and counts the rest, which the application refuses by its size."""

    def __init__(self) -> None:
        super().__init__(KEPT_BODY + 1)
        self._size = 0

    def append(self, part: bytes) -> None:
        """Take the next part."""
        super().append(part[: max(KEPT_BODY - self._size, 0)])
        self._size += len(part)

    def __len__(self) -> int:
        return self._size


def _allow_files() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MOST_FILES if hard == resource.RLIM_INFINITY else min(MOST_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def _is_ambiguous(header: bytes) -> bool:
    """Whether a server in front could see another host, or another end of this request, than we do."""
    names = [name.lower() for name in _NAMES.findall(header)]
    named = [names.count(name) for name in (b"host", b"content-length", b"transfer-encoding")]
    if max(named) > 1 or all(named[1:]) or _FOLDED.search(header):
        return True
    if (coded := _CODING.search(header)) is None:
        return False
    # Codings came with HTTP/1.1; of any other version waitress takes such a body for the next request.
    return coded[1] != b"chunked" or not header.partition(b"\r\n")[0].endswith(b" HTTP/1.1")


def _is_the_last(request: HTTPRequestParser) -> bool:
    """Whether the answer to this request closes its connection, so that nothing sent behind it is one."""
    return request.error is not None or request.headers.get("CONNECTION", "").lower() == "close"


class _Request(HTTPRequestParser):  # type: ignore[misc]
    """A request that knows since when it has been arriving."""

    completed: bool
    expect_continue: bool

    def __init__(self, adjustments: Any) -> None:
        super().__init__(adjustments)
        self.began = time.monotonic()

    def parse_header(self, header: bytes) -> None:
        """Read the headers; the body that follows is kept in part. Raises `ParsingError`."""
        if _is_ambiguous(header):
            raise ParsingError("ambiguous")
        try:
            super().parse_header(header)
        except ValueError:  # an address or a number that Python does not read
            raise ParsingError("unreadable") from None
        finally:
            # Nothing follows that could be waited for: waitress would read the next request as more of this one.
            self.expect_continue = self.expect_continue and self.body_rcv is not None
        if self.body_rcv is not None:
            self.body_rcv.buf = _Body()

    def received(self, data: bytes) -> int:
        """Take the next part and say how much of it was taken; chunks that are mostly marks are refused."""
        taken = int(super().received(data))
        if self.chunked and not self.completed and self.body_rcv is not None and self._is_padded(self.body_rcv):
            self.error, self.completed = BadRequest("padded"), True
        return taken

    def _is_padded(self, body: ChunkedReceiver) -> bool:
        marks = max(len(body.control_line), len(body.trailer))
        return marks > MOST_MARKS or self.body_bytes_received > MOST_HEADERS + 2 * len(body)


def _channels_of(app: Flask) -> type:
    """The class of connections that are answered by `app`, also where waitress refuses what it was sent."""

    class Refusal(ErrorTask):  # type: ignore[misc]
        def execute(self) -> None:
            """Answer with our own page instead of waitress's line of text."""
            error = self.request.error
            # A transfer coding that nobody uses is the client's fault, and no trouble of ours to be looked into.
            page = refusal(app, 400 if isinstance(error, ServerNotImplemented) else error.code)
            body = page.get_data()
            self.status = page.status
            self.response_headers.extend(page.headers.to_wsgi_list())
            self.set_close_on_finish()
            self.content_length = len(body)
            self.write(body)

    class Channel(HTTPChannel):  # type: ignore[misc]
        parser_class = _Request
        error_task_class = Refusal

        def received(self, data: bytes) -> bool:
            """Take what came; who asks again and again without reading an answer is cut off."""
            taken = bool(super().received(data))
            with self.requests_lock:
                asked = self.requests[:MOST_AT_ONCE]
                if len(self.requests) > MOST_AT_ONCE and any(map(_is_the_last, asked)):
                    del self.requests[MOST_AT_ONCE:]  # never to be answered: that one closes, and should be told why
                elif len(self.requests) > MOST_AT_ONCE:
                    self.will_close = True
            return taken

        def handle_error(self) -> None:
            """Close what broke; waitress's own line names the client's address and repeats the error."""
            log.error("a connection broke", exc_info=True)
            self.handle_close()

    return Channel


def _listeners(sockets: dict[int, Any]) -> list[Any]:
    return [part for part in sockets.values() if getattr(part, "accepting", False)]


def _beside(each_second: Callable[[], None], ended: threading.Event) -> None:
    while not ended.wait(1):
        try:
            each_second()
        except Exception:
            log.exception("looking for edits failed; what is served stays")


def _answer(sockets: dict[int, Any], stopped: Callable[[], bool]) -> None:
    looked = time.monotonic()
    while not stopped():
        wasyncore.loop(timeout=0.5, map=sockets, use_poll=True, count=1)
        if (now := time.monotonic()) >= looked + 1:
            _cut_off(sockets, now - REQUEST_SECONDS)
            looked = now


def _finish(server: Any, sockets: dict[int, Any], grace: float) -> None:
    until = time.monotonic() + grace
    while time.monotonic() < until:
        wasyncore.loop(timeout=0.1, map=sockets, use_poll=True, count=1)
    for listener in _listeners(sockets):
        listener.del_channel()
        listener.socket.close()
    for _ in range(LONGEST_STOP_LOOPS):
        if not any(_busy(part) for part in sockets.values()):
            break
        wasyncore.loop(timeout=0.1, map=sockets, use_poll=True, count=1)
    server.task_dispatcher.shutdown()


def _cut_off(sockets: dict[int, Any], before: float) -> None:
    """Close what began to send a request `before` that and has not come to its end."""
    for part in sockets.values():
        arriving = getattr(part, "request", None)
        if arriving is not None and arriving.began < before:
            part.will_close = True


def _busy(part: Any) -> bool:
    return bool(getattr(part, "requests", None)) or bool(getattr(part, "total_outbufs_len", 0))
