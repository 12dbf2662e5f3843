"""Where one request ends and the next begins: what two servers could read differently is read as one, or refused."""

import re
from collections.abc import Callable, Iterator

import pytest

from tests.web.test_client_address import _raw, served

GET = "GET /smuggled HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
POST = "POST /a/none HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
CHUNKED = f"{POST}Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n{GET}"
AMBIGUOUS = {
    "a length and chunks": f"{POST}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{GET}",
    "chunks and a length": f"{POST}Transfer-Encoding: chunked\r\nContent-Length: {5 + len(GET)}\r\n\r\n0\r\n\r\n{GET}",
    "two lengths": f"{POST}Content-Length: 0\r\nContent-Length: {len(GET)}\r\n\r\n{GET}",
    "two lengths in one": f"{POST}Content-Length: 0, {len(GET)}\r\n\r\n{GET}",
    "a length with a sign": f"{POST}Content-Length: +{len(GET)}\r\n\r\n{GET}",
    "a negative length": f"{POST}Content-Length: -1\r\n\r\n{GET}",
    "a length in hexadecimal": f"{POST}Content-Length: 0x{len(GET):x}\r\n\r\n{GET}",
    "a length with a blank before its colon": f"{POST}Content-Length : {len(GET)}\r\n\r\n{GET}",
    "an unknown coding": f"{POST}Transfer-Encoding: xchunked\r\nContent-Length: 0\r\n\r\n{GET}",
    "chunked twice": f"{POST}Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n{GET}",
    "a coding with a tab": f"{POST}Transfer-Encoding:\x0bchunked\r\nContent-Length: 0\r\n\r\n{GET}",
    "a chunk of no size": f"{POST}Transfer-Encoding: chunked\r\n\r\n;\r\n\r\n{GET}",
    "a chunk with a sign": f"{POST}Transfer-Encoding: chunked\r\n\r\n+0\r\n\r\n{GET}",
    "a chunk in other digits": f"{POST}Transfer-Encoding: chunked\r\n\r\n0x0\r\n\r\n{GET}",
    "a header that goes on": f"{POST}X: a\r\n Content-Length: {len(GET)}\r\nContent-Length: 0\r\n\r\n{GET}",
    "a bare line feed in a header": f"{POST}X: a\nContent-Length: {len(GET)}\r\n\r\n{GET}",
    "a bare carriage return": f"{POST}X: a\rContent-Length: {len(GET)}\r\n\r\n{GET}",
    "a NUL in a header": f"{POST}X: a\x00b\r\nContent-Length: 0\r\n\r\n{GET}",
    "no name": f"{POST}: x\r\nContent-Length: 0\r\n\r\n{GET}",
    "two hosts": f"{POST}Host: evil.example\r\nContent-Length: 0\r\n\r\n{GET}",
    "a coding after chunks": f"{POST}Content-Length: 4\r\nTransfer-Encoding:\tchunked, gzip\r\n\r\n0\r\n\r\n{GET}",
    "a bare line feed before a coding": f"{POST}Content-Length: 0\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{GET}",
    "chunks before there were any": CHUNKED.replace("HTTP/1.1", "HTTP/1.0"),
    "chunks of a version that nobody knows": CHUNKED.replace("HTTP/1.1", "HTTP/1.2"),
}


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], bytes]]:
    """Everything the server sends back for what one connection sent."""
    with served(tmp_path_factory.mktemp("messages"), 1) as (settings, _seen):
        yield lambda text: b"\r\n\r\n".join(_raw(settings, text))


@pytest.mark.parametrize("case", AMBIGUOUS)
def test_what_is_ambiguous_is_refused_and_nothing_after_it_is_answered(raw: Callable[[str], bytes], case: str) -> None:
    answer = raw(AMBIGUOUS[case])
    assert re.match(rb"HTTP/1\.[01] 400 ", answer), answer[:200]
    assert len(re.findall(rb"HTTP/1\.[01] \d{3} ", answer)) == 1
    assert b"did not arrive as it should" in answer


def test_what_is_plain_is_answered_each_in_turn(raw: Callable[[str], bytes]) -> None:
    """Else the tests above could not fail."""
    for body in ("Content-Length: 3\r\n\r\na=1", "Transfer-Encoding: chunked\r\n\r\n3\r\na=1\r\n0\r\n\r\n"):
        assert re.findall(rb"HTTP/1\.1 (\d{3}) ", raw(f"{POST}{body}{GET}")) == [b"404", b"404"]
