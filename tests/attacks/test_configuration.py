"""What a fresh house is made of: no account, no known secret, no debugger, sealed values that cannot be bent."""

import base64
import logging
import math
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from assessment import clock
from assessment.actions import rotating
from assessment.actions.installation import Installation
from assessment.app import create_app
from assessment.core.definition import Questionnaire
from assessment.store import secrets_file
from assessment.store.database import reading
from assessment.store.keys import KeyFault
from assessment.store.review_tables import account
from assessment.working import build_worker
from tests.conftest import sample_of
from tests.databases import fresh_database, raw_content
from tests.walking import Walker, hidden
from tests.web.accounts.signing import add_account, safe_of


def test_a_new_house_has_no_account(house: Installation) -> None:
    with reading(house.engine) as connection:
        assert connection.execute(select(func.count()).select_from(account)).scalar_one() == 0
    path = house.settings.secrets_path
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) & 0o077 == 0
    assert len({secrets_file.make().dump() for _ in range(20)}) == 20


def _spellings(path: Path) -> list[bytes]:
    """Every key of a secrets file as somebody might write it down."""
    kept = secrets_file.read(path)
    raw = [kept.index, kept.signing, *(base64.urlsafe_b64decode(key.text) for key in kept.sealing)]
    coded = [spelling(key) for key in raw for spelling in (base64.b64encode, base64.urlsafe_b64encode)]
    return [*raw, *(key.hex().encode() for key in raw), *(key.rstrip(b"=") for key in coded)]


def test_a_house_tells_its_secrets_to_nobody(
    house: Installation, priya: Walker, renewal: Questionnaire, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither what it logs and prints nor its database holds a key, that of a rotation neither."""
    caplog.set_level(logging.DEBUG)
    contact = {"email": "priya@northfield.example", "company": "Northfield Packaging"}
    priya.scorecard(renewal, sample_of(renewal).answers, contact)
    rotating.rotate(house, clock.now(), lambda _rows: lambda _done: None)
    there, logged = raw_content(house.engine), caplog.text.encode()
    assert b"Northfield Packaging" in there
    assert b"request" in logged
    other = tmp_path / "other"
    environment = {"ASSESSMENT_HOME": str(other), "DATABASE_URL": fresh_database(other, migrated=False)}
    words = [sys.executable, "-m", "assessment", "init"]
    made = subprocess.run(words, env=os.environ | environment, stdout=-1, stderr=subprocess.STDOUT, check=True).stdout
    assert b"Created" in made
    for key in _spellings(house.settings.secrets_path):
        assert key not in there + logged
    for key in _spellings(other / "secrets.json"):
        assert key not in made


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
