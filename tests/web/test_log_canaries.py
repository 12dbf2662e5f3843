"""The canary corpus through every field, and whatever can break broken with it: no log line repeats any of it."""

import json
import logging
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select, text
from sqlalchemy.exc import OperationalError

from assessment.actions import responding, submitting
from assessment.actions.installation import Installation
from assessment.delivery import worker as working
from assessment.delivery.renderer import RenderError
from assessment.installing import links_of
from assessment.logs import formatter
from assessment.settings import Settings, read_settings
from assessment.store.database import reading, writing
from assessment.store.tables import delivery, response, scorecard
from assessment.working import build_worker
from tests.databases import POSTGRESQL, fresh_database
from tests.delivery.mail_server import Postmaster, mail_server
from tests.listening import listening
from tests.walking import Walker, hidden
from tests.web.test_canaries import CANARIES, MARK, Scene

QUESTIONNAIRES = Path(__file__).parents[1] / "questionnaires"
SAID = (MARK, "northfield", "priya", "evil.example")
"""What was typed, where the people are, who they are, and where canaries point."""


class Book(logging.Handler):
    """Every record in both forms."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self._forms = {form: formatter(form) for form in ("text", "json")}
        self.lines: dict[str, list[str]] = {"text": [], "json": []}

    def emit(self, record: logging.LogRecord) -> None:
        for form, lines in self.lines.items():
            lines.append(self._forms[form].format(record))

    @property
    def all(self) -> str:
        return "\n".join([*self.lines["text"], *self.lines["json"]])


@pytest.fixture
def book() -> Iterator[Book]:
    made = Book()
    with listening(made, logging.INFO):
        yield made


@pytest.fixture
def post() -> Iterator[Postmaster]:
    with mail_server() as server:
        yield server


@pytest.fixture
def settings(tmp_path: Path, post: Postmaster) -> Settings:
    """One question of every type, and a mail server that may refuse."""
    environment = {
        "ASSESSMENT_HOME": str(tmp_path / "home"),
        "ASSESSMENT_PUBLIC_URL": "http://localhost",
        "ASSESSMENT_QUESTIONNAIRES": str(QUESTIONNAIRES),
        "ASSESSMENT_LIMIT_PER_ADDRESS": "1000000",
        "ASSESSMENT_SMTP_HOST": "127.0.0.1",
        "ASSESSMENT_SMTP_PORT": str(post.port),
        "ASSESSMENT_SMTP_SECURITY": "none",
        "DATABASE_URL": fresh_database(tmp_path / "home"),
    }
    return read_settings(environment, tmp_path)


class Breaker:
    """Breaks one thing after the other, each time saying the canary."""

    def __init__(self, app: Flask, house: Installation, new: Callable[[], Walker], post: Postmaster) -> None:
        self.app, self.house, self.new, self.post = app, house, new, post
        entry = house.catalogue.get("every-type")
        assert entry is not None
        self.asked, self.links = entry.questionnaire, links_of(house)

    def all(self, canary: str, number: int) -> None:
        self.fields(canary, number)
        self.pages(canary)
        self.worker(canary, number)
        self.database(canary)

    def fields(self, canary: str, number: int) -> None:
        """Everything typed that can be, with a mail server that repeats what it refuses."""
        printed = re.sub(r"[^ -~]", "?", canary)[:200]
        later, never = f"450 {printed} of priya at northfield", f"550 priya{number}@northfield.example {printed}"
        self.post.address_answers[:] = [later] * (number % 2)
        self.post.message_answers[:] = [never] * (1 - number % 2)
        scene = Scene(self.house, self.new, self.asked, self.links)
        scene.walk(canary, number)

    def pages(self, canary: str) -> None:
        """500 and 503 while somebody sends what was typed."""
        raised: list[Exception] = [
            ValueError(canary),
            KeyError(canary),
            UnicodeDecodeError("utf-8", canary.encode("utf-8", "replace"), 0, 1, canary),
            OperationalError(f"INSERT INTO response VALUES ('{canary}')", {"name": canary}, Exception(canary)),
        ]
        for error in raised:
            with pytest.MonkeyPatch.context() as patch:
                for module, name in ((responding, "start"), (submitting, "submit")):
                    patch.setattr(module, name, _raising(error))
                patch.setitem(self.app.view_functions, "front.privacy", _raising(error))
                client = self.new().client
                token = hidden(client.get(f"/a/{self.asked.id}").get_data(as_text=True), "csrf_token")
                typed = {"csrf_token": token, "model": "goods", "utm_source": canary, "word": canary}
                assert client.post(f"/a/{self.asked.id}", data=typed).status_code in {422, 500, 503}
                replies = [client.get("/privacy", query_string={canary: canary}), client.get(f"/a/{canary[:40]}")]
                assert replies[0].status_code >= 500

    def worker(self, canary: str, number: int) -> None:
        """Reports, exports and mails that break, and a retry that is given up."""

        class Press:
            def make(self, *_arguments: object) -> Any:
                raise RenderError(f"the document's process ended with {number}", permanent=False)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("assessment.rendering.report_html", _raising(ValueError(canary)))
            patch.setattr("assessment.rendering.plain_report_html", _raising(ValueError(canary)))
            with writing(self.house.engine) as connection:
                again = "UPDATE document SET state = 'queued', next_at = created_at, error = NULL"
                connection.execute(text(f"{again} WHERE id = (SELECT max(id) FROM document)"))  # those before had it
            worker = build_worker(self.house, Press(), "desk/1")  # type: ignore[arg-type]
            for _ in range(4):
                working._tried(worker.step)
            patch.setattr(worker, "step", _raising(ValueError(canary)))
            working._tried(worker.step)

    def database(self, canary: str) -> None:
        """The database itself refuses, while a statement with the canary is under way."""

        def refuse(*_arguments: object) -> None:
            raise OperationalError(canary, {"name": canary}, Exception(canary))

        event.listen(self.house.engine, "before_cursor_execute", refuse)
        try:
            client = self.new().client
            assert client.get("/r/AAAAAAAAAAAAAAAA/1").status_code == 503
            assert client.get("/review/submissions", query_string={"search": canary}).status_code in {303, 503}
            assert client.get("/ready").status_code == 503
            working._tried(build_worker(self.house, None, "desk/1").step)  # type: ignore[arg-type]
        finally:
            event.remove(self.house.engine, "before_cursor_execute", refuse)


def _raising(error: Exception) -> Callable[..., Any]:
    def broken(*_arguments: object, **_more: object) -> Any:
        raise error

    return broken


def test_no_line_repeats_a_canary(
    app: Flask, house: Installation, visitor: Callable[[], Walker], post: Postmaster, book: Book
) -> None:
    breaker = Breaker(app, house, visitor, post)
    # Every third, as all of them take minutes; on PostgreSQL every ninth: what breaks is said by the same lines.
    for number, canary in enumerate(CANARIES[:: 9 if POSTGRESQL else 3], 1):
        breaker.all(canary, number)
    kinds = {line["event"].split(":")[0] for line in map(json.loads, book.lines["json"])}
    errors = {line.get("error") for line in map(json.loads, book.lines["json"])}
    assert {"request", "unexpected error", "database unavailable", "a step broke; trying again"} <= kinds
    assert {"ValueError", "KeyError", "UnicodeDecodeError"} <= errors
    assert any("refused the address: 450" in line for line in book.lines["text"])
    assert any("refused the message: 550" in line for line in book.lines["text"])
    for said in SAID:
        assert said not in book.all.lower() if said != MARK else said not in book.all, said
    _tells_no_key(house, book)
    _is_one_line_a_record(book)


def _tells_no_key(house: Installation, book: Book) -> None:
    """No id that stands in an address, no Message-ID, no token."""
    with reading(house.engine) as connection:
        ids = [
            id_
            for column in (
                response.c.public_id,
                scorecard.c.public_id,
                response.c.submission_key,
                delivery.c.message_id,
            )
            for id_ in connection.execute(select(column)).scalars()
        ]
    assert len(ids) > 30
    assert not [id_ for id_ in ids if id_ in book.all]
    assert "/open/" not in re.sub(r"/open/(resume|<any\(owner, mailed, share\):kind>|share)/<token>", "", book.all)


def _is_one_line_a_record(book: Book) -> None:
    for line in book.lines["json"]:
        assert len(line.splitlines()) == 1
        assert set(json.loads(line)) >= {"timestamp", "level", "logger", "event"}
    for record in book.lines["text"]:
        first, *frames = record.splitlines()
        assert re.match(r"\d{4}-\d\d-\d\dT[\d:.]+Z [A-Z]+ [\w.]+: ", first), record
        assert all(re.fullmatch(r"    \S.*:\d+ in \S+", frame) for frame in frames), record
