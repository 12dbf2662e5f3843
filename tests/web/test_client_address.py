"""Whose request it is: told by as many proxies as the settings name, through the real web server."""

import http.client
import ipaddress
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, request
from hypothesis import given
from hypothesis import strategies as st
from waitress import create_server, wasyncore

from assessment import serving
from assessment.app import create_app
from assessment.installing import install, prepare
from assessment.settings import Settings, read_settings
from assessment.web.address import UNKNOWN, network, network_of
from tests.browser.conftest import free_port
from tests.databases import fresh_database


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("203.0.113.7", "203.0.113.7"),
        (" 203.0.113.7 ", "203.0.113.7"),
        ("203.0.113.7:4711", "203.0.113.7"),
        ("2001:db8:0:7::9", "2001:db8:0:7::/64"),
        ("[2001:db8:0:7::9]", "2001:db8:0:7::/64"),
        ("[2001:db8:0:7::9]:4711", "2001:db8:0:7::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("[fe80::1%eth0]:80", "fe80::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("[::ffff:203.0.113.7]:80", "203.0.113.7"),
        ("", UNKNOWN),
        ("unknown", UNKNOWN),
        ("_hidden", UNKNOWN),
        ("203.0.113.7:", UNKNOWN),
        ("203.0.113.7:port", UNKNOWN),
        ("203.0.113.7:123456", UNKNOWN),
        ("[203.0.113.7", UNKNOWN),
        ("[]", UNKNOWN),
        ("[[::1]]", UNKNOWN),
        ("203.0.113.7, 10.0.0.1", UNKNOWN),
        ("203.0.113.07", UNKNOWN),
        ("٢٠٣.0.113.7", UNKNOWN),
        ("1.2.3.4\r\nX: y", UNKNOWN),
    ],
)
def test_addresses_as_proxies_write_them(text: str, wanted: str) -> None:
    assert network_of(text) == wanted


@given(st.text(max_size=60))
def test_no_text_breaks_it(text: str) -> None:
    found = network_of(text)
    assert found == UNKNOWN or ipaddress.ip_network(found)


@given(st.ip_addresses(), st.integers(0, 65535))
def test_a_port_changes_nothing(address: Any, port: int) -> None:
    written = f"[{address}]:{port}" if address.version == 6 else f"{address}:{port}"
    assert network_of(written) == network_of(str(address)) != UNKNOWN


@contextmanager
def served(folder: Path, proxies: int) -> Iterator[tuple[Settings, list[tuple[str, str, str]]]]:
    """The real web server; what each request said of itself: its network, scheme and host."""
    environment = {
        "ASSESSMENT_HOME": str(folder / "house"),
        "ASSESSMENT_PORT": str(free_port()),
        "ASSESSMENT_PUBLIC_URL": "https://assess.example",
        "ASSESSMENT_PROXIES": str(proxies),
        "DATABASE_URL": fresh_database(folder / "house"),
    }
    settings = read_settings(environment, folder)
    prepare(settings)
    house = install(settings)
    app, seen = create_app(house), []

    def note() -> None:
        seen.append((network(), request.scheme, request.host))

    app.before_request_funcs.setdefault(None, []).insert(0, note)
    with _running(app, settings):
        yield settings, seen
    house.engine.dispose()


@contextmanager
def _running(app: Flask, settings: Settings) -> Iterator[None]:
    ready, stop = threading.Event(), threading.Event()
    with pytest.MonkeyPatch.context() as patch:
        # Signals reach the main thread alone, and that is the test's.
        patch.setattr(serving, "stop_asked", lambda: stop.is_set)
        patch.setattr(serving, "GRACE_SECONDS", 0)
        made: list[Any] = []
        patch.setattr(serving, "create_server", lambda *a, **k: made.append(create_server(*a, **k)) or made[0])
        words: dict[str, Any] = {"each_second": lambda: None, "ready": ready.set, "drain": lambda: None}
        thread = threading.Thread(target=serving.serve, args=(app, settings, serving.bind(settings)), kwargs=words)
        thread.start()
        assert ready.wait(10)
        try:
            yield
        finally:
            stop.set()
            thread.join(30)
            assert not thread.is_alive()
            wasyncore.close_all(made[0]._map)


def _ask(settings: Settings, *headers: tuple[str, str], path: str = "/privacy", method: str = "GET") -> Any:
    connection = http.client.HTTPConnection("127.0.0.1", settings.port, timeout=10)
    connection.putrequest(method, path)
    for name, value in headers:
        connection.putheader(name, value)
    connection.endheaders()
    reply = connection.getresponse()
    reply.read()
    connection.close()
    return reply


FOR, PROTO = "X-Forwarded-For", "X-Forwarded-Proto"
OURS, EVIL = "127.0.0.1", "6.6.6.6"
CASES: list[tuple[int, list[tuple[str, str]], str]] = [
    # No proxy: nothing that is sent counts.
    (0, [], OURS),
    (0, [(FOR, EVIL)], OURS),
    (0, [(FOR, f"{EVIL}, 203.0.113.7")], OURS),
    (0, [("Forwarded", f"for={EVIL}"), ("X-Real-IP", EVIL), ("X-Client-IP", EVIL), ("Client-IP", EVIL)], OURS),
    # One proxy: the last entry is the proxy's, all before it the client's own words.
    (1, [(FOR, "203.0.113.7")], "203.0.113.7"),
    (1, [(FOR, f"{EVIL}, 203.0.113.7")], "203.0.113.7"),
    (1, [(FOR, EVIL), (FOR, "203.0.113.7")], "203.0.113.7"),
    (1, [(FOR, f'{EVIL}, ", 203.0.113.7')], "203.0.113.7"),
    (1, [(FOR, f'"{EVIL}, 203.0.113.7')], "203.0.113.7"),
    (1, [(FOR, f'"{EVIL}\\", 203.0.113.7')], "203.0.113.7"),
    (1, [(FOR, "203.0.113.7:4711")], "203.0.113.7"),
    (1, [(FOR, f"{EVIL}:80, [2001:db8:0:7::9]:4711")], "2001:db8:0:7::/64"),
    (1, [(FOR, '"[2001:db8:0:7::9]:4711"')], "2001:db8:0:7::/64"),
    (1, [(FOR, "unknown")], UNKNOWN),
    (1, [], OURS),
    (1, [("Forwarded", f"for={EVIL}"), ("X-Real-IP", EVIL)], OURS),
    # Two: the last but one.
    (2, [(FOR, "203.0.113.7, 10.0.0.2")], "203.0.113.7"),
    (2, [(FOR, f"{EVIL}, 203.0.113.7, 10.0.0.2")], "203.0.113.7"),
    (2, [(FOR, f'{EVIL}, ", 203.0.113.7, 10.0.0.2')], "203.0.113.7"),
    (2, [(FOR, f'{EVIL}, "a, 203.0.113.7, 10.0.0.2')], "203.0.113.7"),
    (2, [(FOR, f'{EVIL}, \\", 203.0.113.7:99, 10.0.0.2')], "203.0.113.7"),
    (2, [(FOR, "10.0.0.2")], OURS),  # who came past one of them is taken for it
]


def test_nobody_chooses_their_own_address(tmp_path: Path) -> None:
    for proxies in (0, 1, 2):
        with served(tmp_path / str(proxies), proxies) as (settings, seen):
            for count, headers, wanted in CASES:
                if count == proxies:
                    seen.clear()
                    assert _ask(settings, *headers).status == 200
                    assert seen[0][0] == wanted, (proxies, headers)


def test_forwarded_hosts_ports_and_prefixes_are_never_used(tmp_path: Path) -> None:
    headers = [
        ("X-Forwarded-Host", "evil.example"), ("X-Forwarded-Port", "666"), ("X-Forwarded-Prefix", "/evil"),
        ("X-Forwarded-Server", "evil.example"), ("X-Original-URL", "/review/"), ("X-Rewrite-URL", "/review/"),
        ("Forwarded", "host=evil.example;proto=http"), ("X-Forwarded-Scheme", "http"), (PROTO, "https"),
        ("Forwarded-Host", "evil.example"), ("X-Host", "evil.example"), ("X-HTTP-Host-Override", "evil.example"),
    ]  # fmt: skip
    for proxies, scheme in ((0, "http"), (1, "https"), (2, "http")):
        with served(tmp_path / str(proxies), proxies) as (settings, seen):
            seen.clear()
            reply = _ask(settings, *headers, path="/review/")
            assert seen == [(OURS, scheme, f"127.0.0.1:{settings.port}")], proxies
            assert reply.status == 303
            assert reply.headers["Location"] == "/sign-in?next=/review/"
            assert "evil" not in str(reply.headers)


@pytest.mark.parametrize(
    "line",
    [
        "GET http://evil.example/sign-in HTTP/1.1",
        "GET https://evil.example:8443/sign-in HTTP/1.1",
        "GET //evil.example/sign-in HTTP/1.1",
        "GET /\\evil.example/sign-in HTTP/1.1",
        "GET http://evil.example//sign-in HTTP/1.1",
        "GET /review//submissions HTTP/1.1",
        "GET //review//submissions HTTP/1.1",
        "GET //evil.example HTTP/1.1",
        "GET //evil.example/%2e%2e HTTP/1.1",
        "GET /static//evil.example/.. HTTP/1.1",
    ],
)
def test_a_whole_address_or_a_doubled_slash_in_the_request_line_leads_nowhere(tmp_path: Path, line: str) -> None:
    with served(tmp_path, 1) as (settings, _seen):
        for host in ("evil.example", "assess.example", "evil.example@assess.example", "assess.example:99999"):
            head, body = _raw(settings, f"{line}\r\nHost: {host}\r\nConnection: close\r\n\r\n")
            assert b"//" not in body.replace(b"https://assess.example/", b""), (line, host)
            location = re.search(rb"\r\nLocation: (.*)\r\n", head)
            assert not location or re.match(rb"/[a-z]", location[1]), (line, host, location)
            assert int(head.split()[1]) < 500


@pytest.mark.parametrize(
    "host",
    ["evil.example", "a b", "", "evil.example/x", "evil.example\tx", "[::1", "x" * 300, "evil.example:0x50", "@"],
)
def test_a_poisoned_host_reaches_no_page_and_no_header(tmp_path: Path, host: str) -> None:
    with served(tmp_path, 0) as (settings, _seen):
        for path in ("/", "/sign-in", "/review/submissions", "/privacy", "/review"):
            head, body = _raw(settings, f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")
            assert int(head.split()[1]) < 500
            assert b"evil" not in head, (path, head)
            assert b"evil" not in body, path


def _raw(settings: Settings, text: str) -> tuple[bytes, bytes]:
    with socket.create_connection(("127.0.0.1", settings.port), 10) as connection:
        connection.sendall(text.encode())
        answer = b""
        while part := connection.recv(65536):
            answer += part
    head, _, body = answer.partition(b"\r\n\r\n")
    return head, body


OVERRIDES = ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "_method")


def test_the_method_is_what_the_request_line_says(tmp_path: Path) -> None:
    with served(tmp_path, 0) as (settings, _seen):
        for name in OVERRIDES:
            assert _ask(settings, (name, "POST"), path="/sign-in").status == 200
            assert _ask(settings, (name, "DELETE"), path="/").status == 200
        assert _ask(settings, path="/sign-in?_method=POST").status == 200
        for method in ("TRACE", "TRACK", "CONNECT", "PUT", "DELETE", "PATCH", "FOO"):
            reply = _ask(settings, ("Cookie", "session=secret"), path="/privacy", method=method)
            assert reply.status == 405, method
            assert "secret" not in str(reply.headers)
        head = _ask(settings, path="/privacy", method="HEAD")
        page = _ask(settings, path="/privacy")
        assert head.status == page.status == 200
        assert head.headers["Content-Length"] == page.headers["Content-Length"]
        options = _ask(settings, path="/a/none", method="OPTIONS")
        assert (options.status, options.headers["Content-Length"]) == (200, "0")
        assert set(options.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}
        assert "Access-Control-Allow-Origin" not in options.headers
        assert options.headers["Cache-Control"] == "no-store"
