"""What the web server refuses before any view sees it: our own page, with the headers of every page."""

import re
import socket
import time
from collections.abc import Iterator
from http.client import HTTPResponse

import pytest

from assessment.serving import _Body, _cut_off, _Request
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
