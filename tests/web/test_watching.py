"""One line and one count a request, by the route's pattern; an id that is made here; whether we are ready."""

import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from prometheus_client import generate_latest
from sqlalchemy import text

from assessment import clock, metrics
from assessment.actions.installation import Installation
from assessment.app import create_app
from assessment.catalogue.catalogue import Catalogue
from assessment.logs import formatter
from assessment.store import secrets_file
from assessment.store.database import open_database, writing
from assessment.web.readiness import drain
from tests.walking import Walker, hidden


class Lines(logging.Handler):
    """The log as machines read it."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(formatter("json"))
        self.read: list[dict[str, Any]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.read.append(json.loads(self.format(record)))

    @property
    def requests(self) -> list[dict[str, Any]]:
        return [line for line in self.read if line["event"] == "request"]


@pytest.fixture
def lines() -> Iterator[Lines]:
    made, ours = Lines(), logging.getLogger("assessment")
    before = ours.level
    ours.setLevel(logging.INFO)
    logging.getLogger().addHandler(made)
    yield made
    logging.getLogger().removeHandler(made)
    ours.setLevel(before)


def _count(name: str, **labels: str) -> float:
    return metrics.REGISTRY.get_sample_value(name, labels) or 0


def test_a_request_is_one_line_by_its_pattern(priya: Walker, lines: Lines) -> None:
    address = "/r/AAAAAAAAAAAAAAAA/2"
    before = _count("assessment_requests_total", route="/r/<public_id>/<int:index>", method="GET", status="4xx")
    reply = priya.client.get(f"{address}?who=priya", headers={"X-Request-ID": "chosen-by-mallory"})
    [line] = lines.requests
    assert {name: line[name] for name in ("method", "route", "status", "account")} == {
        "method": "GET", "route": "/r/<public_id>/<int:index>", "status": 404, "account": None,
    }  # fmt: skip
    assert 0 < line["ms"] < 60_000
    assert reply.headers.getlist("X-Request-ID") == [line["request_id"]]
    assert line["request_id"] != "chosen-by-mallory"
    assert len(line["request_id"]) == 16
    assert "AAAAAAAAAAAAAAAA" not in str(lines.read)
    after = _count("assessment_requests_total", route="/r/<public_id>/<int:index>", method="GET", status="4xx")
    assert after == before + 1


def test_the_line_says_which_account(staff: Callable[..., Walker], lines: Lines) -> None:
    staff("consultant").client.get("/review/submissions")
    [line] = lines.requests
    assert line["account"] == 1
    assert "Carl" not in str(lines.read)


def test_what_an_error_logs_carries_the_requests_id(app: Flask, priya: Walker, lines: Lines) -> None:
    def broken() -> None:
        raise KeyError("Priya Natarajan")

    app.view_functions["front.catalogue"] = broken
    reply = priya.client.get("/")
    assert reply.status_code == 500
    told, line = lines.read
    assert told["error"] == "KeyError"
    assert told["frames"][-1].endswith("in broken")
    assert told["request_id"] == line["request_id"] == reply.headers["X-Request-ID"]
    assert line["status"] == 500
    assert "Priya" not in str(lines.read)


def test_an_error_page_that_breaks_tells_no_path(
    app: Flask, priya: Walker, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_arguments: object, **_more: object) -> None:
        raise KeyError("Priya Natarajan")

    app.view_functions["front.introduction"] = broken
    monkeypatch.setattr("assessment.web.errors.plain_page", broken)
    with pytest.raises(KeyError):  # waitress answers this one
        priya.client.get("/a/secret-token")
    assert lines.requests[0]["status"] == 500
    assert any(line["logger"] == "assessment" for line in lines.read)
    assert "secret-token" not in str(lines.read)
    assert "Priya" not in str(lines.read)


def test_strangers_add_no_labels(priya: Walker) -> None:
    def series() -> set[str]:
        text = generate_latest(metrics.REGISTRY).decode().splitlines()
        return {line.rpartition(" ")[0] for line in text if line.startswith("assessment_requests_total")}

    priya.client.open("/nowhere", method="BREW")
    before = series()
    for number in range(50):
        priya.client.open(f"/nowhere/{number}", method=f"BREW{number}", headers={"Host": f"h{number}.example"})
        priya.client.get(f"/a/{number}")
    assert len(series() - before) <= 1  # "/a/<slug>" with 4xx, unless an earlier test asked for one


def test_busy_and_limited_are_counted(app: Flask, priya: Walker) -> None:
    busy, limited = _count("assessment_busy_total"), _count("assessment_limited_total", route="/privacy")
    for status in (503, 429):
        app.view_functions["front.privacy"] = lambda status=status: ("", status)
        priya.client.get("/privacy")
    assert _count("assessment_busy_total") == busy + 1
    assert _count("assessment_limited_total", route="/privacy") == limited + 1
    assert _count("assessment_requests_in_flight") == 0


def test_failed_sign_ins_are_counted(mallory: Walker) -> None:
    before = _count("assessment_sign_in_failures_total")
    token = hidden(mallory.client.get("/sign-in").get_data(as_text=True), "csrf_token")
    typed = {"csrf_token": token, "email": "carl@meridian.example", "password": "guessed it, surely"}
    assert mallory.client.post("/sign-in", data=typed).status_code == 422
    assert _count("assessment_sign_in_failures_total") == before + 1


def _ready(app: Flask) -> tuple[int, str]:
    reply = app.test_client().get("/ready")
    assert reply.headers["Cache-Control"] == "no-store"
    return reply.status_code, reply.get_data(as_text=True)


def test_ready(app: Flask, house: Installation) -> None:
    assert _ready(app) == (200, "ready\n")
    drain(app)
    assert _ready(app) == (503, "not ready: stopping\n")
    assert app.test_client().get("/health").status_code == 200


def test_not_ready_without_secrets_or_tables(app: Flask, house: Installation) -> None:
    house.settings.secrets_path.rename(house.settings.home / "elsewhere")
    assert _ready(app) == (503, "not ready: secrets\n")
    with writing(house.engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    assert _ready(app) == (503, "not ready: tables, secrets\n")
    (house.settings.home / "elsewhere").rename(house.settings.secrets_path)
    with writing(house.engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert _ready(app) == (200, "ready\n")  # a newer version's tables only gained something


def test_not_ready_with_secrets_that_another_machine_does_not_share(
    app: Flask, house: Installation, staff: Callable[..., Walker]
) -> None:
    staff("admin")
    assert _ready(app) == (200, "ready\n")
    house.settings.secrets_path.unlink()
    secrets_file.create(house.settings.secrets_path, secrets_file.make())
    assert _ready(app) == (503, "not ready: secrets\n")


def test_not_ready_without_database_or_questionnaires(house: Installation, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    nothing = Catalogue(tmp_path / "empty", clock.now(), on_fault=print)
    away = replace(
        house, catalogue=nothing, engine=open_database(f"sqlite:///{tmp_path / 'no such folder' / 'x.sqlite3'}")
    )
    status, words = _ready(create_app(away))
    assert (status, words) == (503, "not ready: database, questionnaires\n")
    assert str(tmp_path) not in words
