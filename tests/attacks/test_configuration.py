"""What a fresh house is made of: no account, no known secret, no debugger, sealed values that cannot be bent."""

import base64
import math
import socket
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select
from waitress import create_server

from assessment import clock
from assessment.actions.installation import Installation
from assessment.app import create_app
from assessment.core.definition import Questionnaire
from assessment.serving import _channels_of as channels_of
from assessment.store.database import reading
from assessment.store.keys import KeyFault, make_secrets
from assessment.store.review_tables import account
from assessment.working import build_worker
from tests.conftest import sample_of
from tests.walking import Walker, hidden
from tests.web.accounts.signing import add_account, safe_of


def test_a_new_house_has_no_account_and_no_known_secret(house: Installation) -> None:
    with reading(house.engine) as connection:
        assert connection.execute(select(func.count()).select_from(account)).scalar_one() == 0
    path = house.settings.secrets_path
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) & 0o077 == 0
    made = [make_secrets() for _ in range(20)]
    assert len(set(made)) == 20
    assert path.read_text() not in made
    product = Path(clock.__file__).parent
    held = [
        word for word in (house.keyring.signing_key, house.keyring.index_key) for word in (word, word.hex().encode())
    ]
    for source in product.rglob("*.py"):
        assert not any(word in source.read_bytes() for word in held)


def test_what_must_not_be_guessed_is_long_and_never_the_same(house: Installation) -> None:
    """A key of a session or a submission holds 128 bits and more; an id in an address opens nothing by itself."""
    keys, ids = ([make() for _ in range(2_000)] for make in (clock.submission_key, clock.public_id))
    for drawn, bits in ((keys, 128), (ids, 96)):
        assert len(set(drawn)) == len(drawn)
        letters = "".join(drawn)
        assert min(map(len, drawn)) * 6 >= bits
        counted = [letters.count(letter) / len(letters) for letter in set(letters)]
        assert -sum(share * math.log2(share) for share in counted) > 5.95  # all 64 letters, evenly
    assert len(house.keyring.signing_key) * 8 >= 256
    assert len(house.keyring.index_key) * 8 >= 256


def test_what_is_sealed_cannot_be_bent(house: Installation) -> None:
    sealed = house.keyring.seal("priya@northfield.example")
    assert b"priya" not in sealed
    assert house.keyring.seal("priya@northfield.example") != sealed
    raw = base64.urlsafe_b64decode(sealed)
    for at in range(len(raw)):
        bent = raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]
        with pytest.raises(KeyFault):
            house.keyring.open(base64.urlsafe_b64encode(bent))
    for cut in (b"", sealed[:-8], sealed[8:]):
        with pytest.raises(KeyFault):
            house.keyring.open(cut)


def test_debugging_is_off_whatever_the_environment_says(house: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLASK_DEBUG", "1")
    monkeypatch.setenv("FLASK_ENV", "development")
    app = create_app(house)
    assert not app.testing

    @app.get("/break")
    def breaks() -> str:
        raise RuntimeError("canary of a trace")

    reply = app.test_client().get("/break")
    assert reply.status_code == 500
    for words in ("canary of a trace", "Traceback", "werkzeug", "RuntimeError", ".py"):
        assert words not in reply.get_data(as_text=True)
    for address in ("/console", "/?__debugger__=yes&cmd=resource&f=style.css", "/.git/config", "/static/", "/.env",
                    "/static/../app.py", "/server-status", "/metrics", "/debug"):  # fmt: skip
        told = app.test_client().get(address)
        body = told.get_data(as_text=True)
        assert told.status_code in {404, 405} or address.startswith("/?"), address
        assert "debugger" not in body.lower(), address


def test_files_come_as_attachments_under_names_of_ours(
    house: Installation, priya: Walker, renewal: Questionnaire, staff: Callable[..., Walker]
) -> None:
    """Whatever is in a name or a query, a file is called what we call it."""
    from tests.web.test_canaries import Reader

    hostile = 'x"; filename="evil.html\r\nX-Evil: 1'
    contact = {"email": "priya@northfield.example", "name": hostile[:60], "company": hostile[:60]}
    card = priya.scorecard(renewal, sample_of(renewal).answers, contact)
    worker = build_worker(house, Reader(), "desk/1")  # type: ignore[arg-type]
    while worker.step():
        pass
    named = []
    query = {"filename": hostile, "name": hostile, "download": "../../etc/passwd"}
    reply = priya.client.get(f"{card}/pdf", query_string=query)
    assert reply.content_type == "application/pdf"
    named.append(reply.headers["Content-Disposition"])
    carl = staff("consultant")
    for form, kind in (("csv", "text/csv"), ("xlsx", "spreadsheetml"), ("json", "application/json")):
        token = hidden(carl.client.get("/review/exports").get_data(as_text=True), "csrf_token")
        made = carl.client.post("/review/exports", data={"csrf_token": token, "query": "", "form": form, **query})
        while worker.step():
            pass
        reply = carl.client.get(f"{made.headers['Location']}/file", query_string=query)
        assert kind in reply.content_type or "zip" in reply.content_type
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
        named.append(reply.headers["Content-Disposition"])
    for header in named:
        assert header.startswith("attachment; filename="), header
        assert not any(word in header for word in ("evil", "..", "\r", "\n", "etc")), header


def test_a_password_of_a_hundred_characters_is_taken_whole(app: Flask, house: Installation) -> None:
    from assessment.actions import signing_in
    from assessment.core.passwords import fault
    from assessment.store import accounts
    from assessment.store.database import writing

    long = "Violin lanterns drift over seven quiet harbours while nobody counts the tide, ünïcödé and all, twice daily"
    assert 100 <= len(long) <= 128
    assert fault(long) is None
    id_, _, _ = add_account(app, house)
    with writing(house.engine) as connection:
        accounts.change(connection, id_, {"password": safe_of(app).hash(long)})
    who = signing_in.find(house, account_id=id_)
    assert safe_of(app).is_password(who, long)
    assert not safe_of(app).is_password(who, long[:-1])
    assert not safe_of(app).is_password(who, long[:72])
    assert not safe_of(app).is_password(who, long.lower())


INNER = b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
SMUGGLED = {
    "chunks spelt oddly": b"Content-Length: 4\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "chunks after a tab": b"Content-Length: 4\r\nTransfer-Encoding:\tchunked, identity\r\n\r\n0\r\n\r\n",
    "two lengths": b"Content-Length: 0\r\nContent-Length: 44\r\n\r\n",
    "a length with a sign": b"Content-Length: +0\r\n\r\n",
    "a blank before the colon": b"Content-Length : 0\r\n\r\n",
    "a folded header": b"X: 1\r\n Content-Length: 0\r\nContent-Length: %d\r\n\r\n" % len(INNER),
    "a bare line feed": b"Content-Length: 0\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a length beside chunks": b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "two hosts": b"Host: evil.example\r\n\r\n",
}


@pytest.mark.parametrize("kind", SMUGGLED)
def test_a_request_inside_a_request_is_not_answered(app: Flask, kind: str) -> None:
    """What a proxy and we might cut differently is refused, and nothing that follows it is read."""
    asked, answered = _said(app, SMUGGLED[kind] + INNER)
    assert asked == []
    assert answered.startswith(("HTTP/1.0 400", "HTTP/1.1 400"))
    assert answered.count("HTTP/1.") == 1


@pytest.mark.parametrize("version", [b"1.0", b"1.2"])
def test_before_and_after_1_1_nothing_comes_in_chunks(app: Flask, version: bytes) -> None:
    """Such a body would be taken for the next request."""
    rest = b"Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n" + INNER.replace(b"1.1", version)
    asked, answered = _said(app, rest, version)
    assert asked == []
    assert answered.startswith(("HTTP/1.0 400", "HTTP/1.1 400"))


def test_two_honest_requests_are_two(app: Flask) -> None:
    asked, _ = _said(app, b"Content-Length: 3\r\n\r\na=b" + INNER)
    assert asked == ["/a/renewal-practices", "/smuggled"]


def _said(app: Flask, rest: bytes, version: bytes = b"1.1") -> tuple[list[str], str]:
    """The addresses that our server asked the application for, and what it answered."""
    asked: list[str] = []

    def counted(environ: dict[str, str], start: Callable[..., object]) -> object:
        asked.append(environ["PATH_INFO"])
        return app.wsgi_app(environ, start)  # type: ignore[arg-type]

    server = create_server(counted, host="127.0.0.1", port=0, threads=2, map={})
    server.channel_class = channels_of(app)
    running = threading.Thread(target=server.run, daemon=True)
    running.start()
    try:
        with socket.create_connection(("127.0.0.1", server.effective_port), timeout=5) as connection:
            connection.sendall(b"POST /a/renewal-practices HTTP/%b\r\nHost: localhost\r\n" % version + rest)
            return asked, _heard(connection)
    finally:
        server.close()
        running.join(timeout=5)


def _heard(connection: socket.socket) -> str:
    connection.settimeout(1)
    heard = b""
    try:
        while part := connection.recv(65_536):
            heard += part
    except TimeoutError:
        pass
    return heard.decode(errors="replace")
