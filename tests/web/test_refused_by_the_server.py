"""What the web server refuses before any view sees it: our own page, with the headers of every page."""

import re
import socket
import time
from collections.abc import Iterator
from http.client import HTTPResponse

import pytest
from flask import Flask
from waitress.adjustments import Adjustments
from waitress.utilities import BadRequest

from assessment.logs import formatter
from assessment.serving import MOST_BODY, _Body, _channels_of, _cut_off, _Request
from tests.faults.site import KillableSite

FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KillableSite]:
    with KillableSite(tmp_path_factory.mktemp("site")) as made:
        yield made


def _say(site: KillableSite, *parts: bytes) -> tuple[int, str, str]:
    """Status, page and policy of what is answered to these bytes."""
    with socket.create_connection(("127.0.0.1", site.port), timeout=20) as connection:
        for part in parts:
            connection.sendall(part)
        reply = HTTPResponse(connection)
        reply.begin()
        return reply.status, reply.read().decode(), reply.headers.get("Content-Security-Policy", "")


def _post(*lines: bytes) -> bytes:
    return b"POST /a/tiny HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + FORM + b"".join(lines)


LARGE = [_post(b"Content-Length: 3000000\r\n\r\n"), *([b"x" * 100_000] * 30)]
CHUNKED = [
    _post(b"Transfer-Encoding: chunked\r\n\r\n"),
    *([b"186a0\r\n" + b"x" * 100_000 + b"\r\n"] * 30),
    b"0\r\n\r\n",
]
REFUSED = {
    "large": (413, LARGE),
    "large and chunked": (413, CHUNKED),
    "far too large": (413, [_post(b"Content-Length: 99999999999\r\n\r\n")]),
    "an unknown coding": (400, [_post(b"Transfer-Encoding: gzip\r\n\r\n")]),
    "no length": (400, [_post(b"Content-Length: ten\r\n\r\n")]),
    "two lengths": (400, [_post(b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n")]),
    "a broken chunk": (400, [_post(b"Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n")]),
    "a broken header": (400, [b"GET / HTTP/1.1\r\nHost localhost\r\n\r\n"]),
    "chunks before there were any": (
        400,
        [_post(b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n").replace(b"1.1", b"1.0")],
    ),
    "chunks of a version to come": (
        400,
        [_post(b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n").replace(b"1.1", b"1.2")],
    ),
    "a length that is no number for Python": (400, [_post(b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n")]),
    "an address that cannot be read": (400, [b"GET http://[/ HTTP/1.1\r\nHost: localhost\r\n\r\n"]),
    "a mark without an end": (400, [_post(b"Transfer-Encoding: chunked\r\n\r\n"), b"a" * 8000]),
    "a trailer without an end": (400, [_post(b"Transfer-Encoding: chunked\r\n\r\n0\r\n"), b"a" * 8000]),
    "a wait for nothing": (422, [_post(b"Expect: 100-continue\r\n\r\n")]),
    "a length too short for the parts": (422, [_post(b"Content-Length: 0\r\n\r\n" + b"--cut\r\nX: y\r\n\r\n" * 9)]),
    "large headers": (431, [b"GET / HTTP/1.1\r\nX-A: " + b"a" * 70_000]),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_refused_is_told_on_our_own_page(site: KillableSite, kind: str) -> None:
    status, parts = REFUSED[kind]
    got, page, policy = _say(site, *parts)
    assert got == status
    assert "<h1>" in page
    assert "waitress" not in page.lower()
    assert "default-src 'none'" in policy


def test_a_form_in_chunks_is_read(site: KillableSite) -> None:
    status, page, _policy = _say(
        site, _post(b"Transfer-Encoding: chunked\r\n\r\n"), b"5\r\nmodel\r\n", b"6\r\n=goods\r\n", b"0\r\n\r\n"
    )
    assert status == 422  # it lacks the token of a session, and what was chosen comes back
    assert re.search(r'<input[^>]*value="goods"[^>]*checked', page)


def test_who_asks_again_and_again_without_reading_is_cut_off(site: KillableSite) -> None:
    asked = b"GET /static/css/app.css HTTP/1.1\r\nHost: x\r\n\r\n"
    with socket.create_connection(("127.0.0.1", site.port), timeout=20) as connection:
        connection.sendall(asked * (8000 // len(asked)))
        answered = 0
        try:
            while part := connection.recv(65536):
                answered += part.count(b"HTTP/1.1 200")
        except ConnectionResetError:
            pass
    assert answered <= 20  # of 160; each held a file open, and the page of each lay in memory
    assert _say(site, asked * 2)[0] == 200


def test_a_request_that_waits_for_nothing_is_answered_before_the_next(site: KillableSite) -> None:
    first = b"POST /nowhere HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n\r\n"
    with socket.create_connection(("127.0.0.1", site.port), timeout=20) as connection:
        for asked, status in ((first, 404), (b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n", 200)):
            connection.sendall(asked)
            reply = HTTPResponse(connection)
            reply.begin()
            assert (reply.version, reply.status) == (11, status)
            reply.read()


def test_chunks_that_are_mostly_marks_are_refused_early() -> None:
    request, sent = _Request(Adjustments(max_request_body_size=MOST_BODY)), 0
    request.received(_post(b"Transfer-Encoding: chunked\r\n\r\n"))
    while not request.completed:
        sent += request.received(b"1\r\nx\r\n" * 1000)
    assert isinstance(request.error, BadRequest)
    assert sent < 200_000


def test_a_connection_that_breaks_is_told_without_its_address(caplog: pytest.LogCaptureFixture) -> None:
    channel = object.__new__(_channels_of(Flask("broken")))
    channel.addr, closed = ("192.0.2.77", 4711), []
    channel.handle_close = lambda: closed.append(True)
    try:
        raise ValueError("said by carl@northwind.example")
    except ValueError:
        channel.handle_error()
    told = "".join(formatter("text").format(record) for record in caplog.records)
    assert "a connection broke" in told
    assert "192.0.2.77" not in told
    assert "carl" not in told
    assert closed


def test_of_a_large_body_only_the_beginning_is_kept() -> None:
    body = _Body()
    for _ in range(100):
        body.append(b"x" * 50_000)
    assert len(body) == 5_000_000
    assert not body.overflowed  # no temporary file
    assert len(body.getfile().read()) < 300_000


def test_a_request_that_does_not_come_to_its_end_is_cut_off() -> None:
    class Connection:
        will_close = False
        request: _Request | None = None

    slow, quick, idle = Connection(), Connection(), Connection()
    slow.request, quick.request = _Request(None), _Request(None)
    slow.request.began = time.monotonic() - 61
    _cut_off(dict(enumerate((slow, quick, idle))), time.monotonic() - 60)
    assert [part.will_close for part in (slow, quick, idle)] == [True, False, False]
