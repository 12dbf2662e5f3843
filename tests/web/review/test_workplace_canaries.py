"""Hostile strings through every field of the workplace and into it: pages, PDFs and mails show them as text or not.

Each kind of field has a mark of its own, so that it is seen where what was typed got to.
"""

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from assessment import paths
from assessment.actions.installation import Installation
from assessment.core.definition import Questionnaire
from assessment.core.typed_text import clean
from assessment.settings import Settings, read_settings
from assessment.store.database import reading
from assessment.store.tables import audit
from assessment.working import build_worker
from tests.attacks.corpus import CLASSIC as CANARIES
from tests.attacks.corpus import EVALUATED, MARK
from tests.conftest import sample_of
from tests.databases import fresh_database, raw_content
from tests.reviewing import at, form_of, press
from tests.walking import Walker, hidden
from tests.web.test_canaries import HEADERS, Reader, Seen

LIST = "/review/submissions"
PERSON, COMPANY, STAFF, ACCOUNT, VIEW = "Zq17", "Cq18", "Nq19", "Aq20", "Vq21"
"""What a prospect typed, their company, what consultants typed, what they call themselves, and their saved views."""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """The installation asks a unit, a mailbox and remarks; mails become files, the team's among them."""
    folder = tmp_path / "questionnaires"
    shutil.copytree(paths.questionnaires_dir(), folder)
    text = (paths.questionnaires_dir() / "annotated.yaml").read_text().replace("\nstatus: draft", "\nstatus: live")
    (folder / "annotated.yaml").write_text(text)
    environment = {
        "ASSESSMENT_HOME": str(tmp_path / "home"),
        "ASSESSMENT_LIMIT_PER_ADDRESS": "1000000",  # everything comes from one address
        "ASSESSMENT_LIMIT_IN_ALL": "100000000",
        "DATABASE_URL": fresh_database(tmp_path / "home"),
        "ASSESSMENT_PUBLIC_URL": "http://localhost",
        "ASSESSMENT_TEAM_EMAIL": "team@meridian.example",
        "ASSESSMENT_QUESTIONNAIRES": str(folder),
    }
    return read_settings(environment, tmp_path)


def _as(mark: str, text: str, limit: int = 2_000) -> str:
    return text.replace(MARK, mark)[:limit]


@dataclass
class Workplace:
    """Carl's workplace, in which one text after the other is typed everywhere."""

    house: Installation
    new: Callable[[], Walker]
    carl: Walker
    vera: Walker
    ada: Walker
    asked: Questionnaire
    pages: list[tuple[str, str, str]] = field(default_factory=list)
    press: Reader = field(default_factory=Reader)
    tokens: dict[Walker, str] = field(default_factory=dict)

    def read(self, who: str, address: str, reply: Any, *statuses: int) -> str:
        """Keep a page that somebody saw."""
        assert reply.status_code in (statuses or (200,)), (who, address, reply.status_code)
        assert reply.headers["Cache-Control"] == "no-store", address
        body = str(reply.get_data(as_text=True))
        self.pages.append((who, address, body))
        return body

    def token(self, walker: Walker) -> str:
        """The token of this person's forms, which stays the same while they are signed in."""
        if walker not in self.tokens:
            page = walker.client.get("/review/account").get_data(as_text=True)
            self.tokens[walker] = hidden(page, "csrf_token")
        return self.tokens[walker]

    def post(self, walker: Walker, address: str, *statuses: int, **fields: Any) -> Any:
        reply = walker.client.post(address, data={"csrf_token": self.token(walker), **fields})
        assert reply.status_code in (statuses or (303,)), (address, reply.status_code, reply.get_data(as_text=True))
        if reply.status_code != 303:
            self.read("carl", address, reply, reply.status_code)
        return reply

    def work(self) -> None:
        worker = build_worker(self.house, self.press, "desk/1")  # type: ignore[arg-type]
        while worker.step():
            pass

    def walk(self, text: str, number: int) -> None:
        card = self.submit(text, number)
        base = f"{LIST}/{card}"
        noted = _as(STAFF, text)
        self.post(self.carl, f"{base}/note", text=noted)
        self.post(self.carl, f"{base}/note", 422, text=noted + "x" * 2_000)
        self.post(self.carl, f"{base}/work", 422, status=noted, owner=noted, follow_up=noted, was_status=noted)
        self.post(self.carl, f"{base}/mark", 422, mark=noted)
        self.post(self.carl, f"{base}/contact", 422, refused=noted, reason=noted + "x" * 2_000)
        self.review(card, noted)
        self.reach_out(text, number)
        self.echoes(text)
        self.work()
        self.post(self.carl, f"{base}/contact", refused="yes", reason=noted[:200])
        self.look(card, text)

    def submit(self, text: str, number: int) -> str:
        answers = dict(sample_of(self.asked).answers) | {
            "trigger": "events",
            "unit": _as(PERSON, text, 60),
            "remarks": _as(PERSON, text),
        }
        typed = {"name": _as(PERSON, text, 60), "role": _as(PERSON, text, 60), "company": _as(COMPANY, text, 60)}
        contact = typed | {"email": f"priya{number}@northfield.example"}
        return self.new().scorecard(self.asked, answers, contact).rpartition("/")[2]

    def review(self, card: str, text: str) -> None:
        fields = form_of(self.carl, card) | {"comment": text, "own_within": "14", "own_effort": "low"}
        fields |= {"own_title": text[:120], "own_gap": text, "own_first_action": text, "own_measure": text[:300]}
        wrong = fields | {"pick": [text, ""], "place-.own": text, "own_within": text, "own_effort": text, "base": text}
        self.read("carl", "review", press(self.carl, card, wrong, "save"), 422)
        reply = press(self.carl, card, fields, "preview")
        assert reply.status_code == 303, reply.get_data(as_text=True)
        # A form that was open before: hers and the stored one are both shown.
        self.read("carl", "review", press(self.carl, card, fields | {"comment": text + " again"}, "save"), 409)
        self.read("carl", "preview", self.carl.client.get(at(card, "/preview")))
        seen = hidden(self.carl.client.get(at(card, "/preview")).get_data(as_text=True), "seen")
        self.post(self.carl, at(card, "/send"), seen=seen)
        self.read("carl", "sent", self.carl.client.get(at(card)))

    def reach_out(self, text: str, number: int) -> None:
        noted = _as(STAFF, text)
        details = {"name": noted[:60], "company": noted[:60], "role": noted[:60], "message": noted}
        invited = details | {"questionnaire": self.asked.id, "mail": "now"}
        self.post(self.carl, "/review/invitations", email=f"omar{number}@eastfield.example", **invited)
        self.post(self.carl, "/review/invitations", 422, email=text, **invited | {"questionnaire": text})
        self.post(self.carl, "/review/interview", 422, email=text, **details | {"questionnaire": text})
        called = _as(ACCOUNT, text, 80)
        if clean(called, 80):
            self.post(self.carl, "/review/account", name=called, notify="at_once")
        self.post(self.carl, "/review/account", 422, name=called, notify=text)
        self.post(self.ada, "/review/people/invite", 422, name=called, email=text, role=text)

    def echoes(self, text: str) -> None:
        """What comes back without being stored."""
        saved = {"query": f"search={_as(VIEW, text)}", "name": _as(VIEW, text, 80), "shared": "1"}
        self.post(self.carl, "/review/views", **saved)
        everything = dict.fromkeys(
            ("search", "company", "stage", "questionnaire", "owner", "since", "status", "after", "before", "told",
             "period", "first", "last", "source", "state", "made", "list", "history", "issue", "who", "what", "next"),
            _as(STAFF, text),
        )  # fmt: skip
        for address in (LIST, "/review/dashboard", "/review/exports", "/review/deliveries", "/review/invitations"):
            self.read("carl", address, self.carl.client.get(address, query_string=everything))
        self.read("ada", "/review/audit", self.ada.client.get("/review/audit", query_string=everything), 200, 422)
        for address in ("/sign-in", "/sign-in/forgotten"):
            stranger = self.new()
            html = stranger.client.get(address, query_string={"next": text, "told": text}).get_data(as_text=True)
            typed = {"csrf_token": hidden(html, "csrf_token"), "email": text, "next": text, "password": text}
            self.read("nobody", address, stranger.client.post(address, data=typed), 422, 429)
        lost = self.new().client.post(f"{LIST}/x/note", data={"text": text, _as(STAFF, text): text})
        self.read("nobody", "once more", lost, 403)

    def look(self, card: str, text: str) -> None:
        base = f"{LIST}/{card}"
        lists = (LIST, f"{LIST}?search={MARK}", "/review/dashboard", "/review/exports", "/review/account")
        for address in (base, f"{base}?history=all", f"{base}/scorecard", *lists):
            self.read("vera", address, self.vera.client.get(address))
            self.read("carl", address, self.carl.client.get(address))
        for address in (at(card), "/review/invitations", "/review/deliveries", "/review/more"):
            self.read("carl", address, self.carl.client.get(address))
        for address in ("/review/people", "/review/audit", f"{base}/person", f"{base}/erase"):
            self.read("ada", address, self.ada.client.get(address))

    def mails(self) -> Iterator[tuple[Any, str, str]]:
        """Every mail with its text and its HTML; the outbox is emptied."""
        for path in self.house.settings.outbox.glob("*.eml"):
            message = message_from_bytes(path.read_bytes(), policy=policy.default)
            parts = [message.get_body((kind,)) for kind in ("plain", "html")]
            path.unlink()
            plain, html = (part.get_content() if part is not None else "" for part in parts)
            yield message, plain, html


@pytest.fixture
def workplace(
    house: Installation, app: Flask, visitor: Callable[[], Walker], staff: Callable[..., Walker]
) -> Workplace:
    entry = house.catalogue.get("annotated-example")
    assert entry is not None
    carl, vera, ada = staff("consultant", "Carl"), staff("viewer", "Vera"), staff("admin", "Ada")
    return Workplace(house, visitor, carl, vera, ada, entry.questionnaire)


def test_no_canary_sings_in_the_workplace(
    workplace: Workplace, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    workplace.walk("plain words " * 15, 0)
    ours = set().union(*(Seen(html).tags for *_, html in workplace.pages), *map(_tags, workplace.press.printed))
    written = set().union(*(_tags(html) for *_, html in workplace.mails()))
    for number, text in enumerate(CANARIES[::14], 1):  # a few: tests/attacks types them all, and more
        workplace.pages, workplace.press.printed = [], []
        workplace.walk(text, number)
        _nothing_sings(workplace, ours, text)
        _mails_are_plain(workplace, written, text)
    _nothing_is_kept_in_clear(workplace, tmp_path, caplog.text)


def _tags(html: str) -> set[str]:
    return Seen(html).tags


def _nothing_sings(workplace: Workplace, ours: set[str], text: str) -> None:
    for who, address, html in [*workplace.pages, *(("press", "", html) for html in workplace.press.printed)]:
        found = Seen(html)
        assert not found.tags - ours, (who, address, text, found.tags - ours)
        assert not found.bad, (who, address, text, found.bad)
        assert not EVALUATED.search(html), (who, address, text)
        if who == "vera":
            for mark in (PERSON, STAFF, VIEW):
                assert mark not in html.replace(f"search={MARK}", "").replace(f'value="{MARK}"', ""), (
                    address, text, mark, html[max(0, html.index(mark) - 300) :][:600],
                )  # fmt: skip
    shown = [html for who, _, html in workplace.pages if who == "carl"]
    assert sum(STAFF in html for html in shown) > 15, text
    assert any(PERSON in html for html in shown), text


def _mails_are_plain(workplace: Workplace, written: set[str], text: str) -> None:
    for message, plain, html in workplace.mails():
        assert {name.lower() for name in message} <= HEADERS, text
        assert re.fullmatch(r"(priya\d+|omar\d+|team)@(northfield|eastfield|meridian)\.example", str(message["To"]))
        for mark in (PERSON, COMPANY, VIEW):
            assert mark not in plain + html, (str(message["Subject"]), text)
        for mark in (PERSON, COMPANY, STAFF, ACCOUNT, VIEW):
            assert mark not in str(message["Subject"]), text
        assert not Seen(html).tags - written, (str(message["Subject"]), text)
        assert not Seen(html).bad, (str(message["Subject"]), text)


def _in_clear(mark: str, files: bytes) -> list[bytes]:
    """Where four letters stand in these files, except in what is encrypted: there they may stand by chance."""
    runs = re.findall(rb"[\w-]*" + mark.encode() + rb"[\w-]*", files)
    return [run for run in runs if len(set(run)) < 40]


def _nothing_is_kept_in_clear(workplace: Workplace, folder: Path, log: str) -> None:
    files = b"".join(path.read_bytes() for path in (folder / "home").rglob("*") if path.is_file())
    files += raw_content(workplace.house.engine)
    assert COMPANY.encode() in files, "the search must find what is there"
    for mark in (PERSON, STAFF, ACCOUNT, VIEW):
        assert not _in_clear(mark, files), mark
    assert b"@northfield" not in files
    with reading(workplace.house.engine) as connection:
        noted = str(connection.execute(select(audit)).all())
    for text in (PERSON, COMPANY, STAFF, ACCOUNT, VIEW, "@northfield.example", "@eastfield.example"):
        assert text not in noted, text
        assert text not in log, text
