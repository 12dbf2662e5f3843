"""Hostile strings through every field one can write in: pages, PDF and mail show them as text or not at all."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from assessment.actions.installation import Installation
from assessment.actions.links import Links
from assessment.core.definition import Questionnaire
from assessment.core.plain_name import looks_like_a_name
from assessment.core.typed_text import clean
from assessment.delivery.pdf import Made
from assessment.delivery.worker import Worker
from assessment.installing import links_of
from assessment.settings import Settings, read_settings
from assessment.working import build_worker
from tests.attacks.corpus import CLASSIC as CANARIES
from tests.attacks.corpus import EVALUATED, MARK
from tests.conftest import sample_of
from tests.databases import fresh_database
from tests.walking import Walker, fields_of, hidden

QUESTIONNAIRES = Path(__file__).parents[1] / "questionnaires"

HEADERS = {
    "from",
    "to",
    "reply-to",
    "subject",
    "date",
    "message-id",
    "auto-submitted",
    "mime-version",
    "content-type",
}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """The installation asks one question of every type; mails become files."""
    environment = {
        "ASSESSMENT_HOME": str(tmp_path / "home"),
        "ASSESSMENT_LIMIT_PER_ADDRESS": "1000000",  # everything comes from one address
        "ASSESSMENT_LIMIT_IN_ALL": "100000000",
        "DATABASE_URL": fresh_database(tmp_path / "home"),
        "ASSESSMENT_PUBLIC_URL": "http://localhost",
        "ASSESSMENT_CONTACT_EMAIL": "carl@meridian.example",
        "ASSESSMENT_QUESTIONNAIRES": str(QUESTIONNAIRES),
    }
    return read_settings(environment, tmp_path)


class Seen(HTMLParser):
    """The elements and attributes that a browser would find."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.bad: list[Any] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            if name.startswith("on") or (
                name in {"href", "src", "action"} and re.match(r"(?i)(javascript|data):", value or "")
            ):
                self.bad.append((tag, name, value))


@dataclass
class Reader:
    """A press that keeps what it was asked to print."""

    printed: list[str] = field(default_factory=list)

    def make(self, html: str, _css: str, _made_at: datetime) -> Made:
        self.printed.append(html)
        return Made(b"%PDF-1.7", 1)


@dataclass
class Scene:
    """One canary on its way through everything."""

    house: Installation
    new: Callable[[], Walker]
    asked: Questionnaire
    links: Links
    pages: list[str] = field(default_factory=list)
    press: Reader = field(default_factory=Reader)
    shared: str = ""

    def worker(self) -> Worker:
        return build_worker(self.house, self.press, "desk/1")  # type: ignore[arg-type]

    def keep(self, reply: Any, *statuses: int) -> str:
        assert reply.status_code in (statuses or (200,)), (reply.status_code, reply.get_data(as_text=True)[:500])
        body = str(reply.get_data(as_text=True))
        self.pages.append(body)
        return body

    def walk(self, text: str, number: int) -> None:
        email = f"priya{number}@northfield.example"
        walker, answers = self.new(), sample_of(self.asked).answers
        client = walker.client
        self.keep(client.get(f"/a/{self.asked.id}", query_string={"utm_source": text, "utm_term": text, text: text}))
        token = hidden(self.pages[-1], "csrf_token")
        start = {**fields_of(self.asked.pages[0], answers), "utm_campaign": text}
        self.keep(client.post(f"/a/{self.asked.id}", data={**start, "csrf_token": text}), 422)
        address = client.post(f"/a/{self.asked.id}", data={**start, "csrf_token": token}).headers["Location"]
        self.echo_every_field(client, address, token, text)
        typed = {**fields_of(self.asked.pages[1], answers), "word": text[:40], "csrf_token": token}
        seen = hidden(self.keep(client.get(address)), "seen")
        assert client.post(address, data={**typed, "seen": seen, "back": text}).status_code == 303
        # A window that was open before sends something else: both values are shown.
        self.keep(client.post(address, data={**typed, "one": "b", "word": text[:30], "seen": text}), 409)
        base = address.rpartition("/")[0]
        seen = hidden(client.get(f"{base}/2").get_data(as_text=True), "seen")
        assert client.post(f"{base}/2", data={"essay": text, "seen": seen, "csrf_token": token}).status_code == 303
        self.keep(client.get(f"{base}/2"))
        self.keep(client.get(f"{base}/later", query_string={"at": text, "back": text}))
        self.keep(client.post(f"{base}/later", data={"email": text, "csrf_token": token}), 422)
        contact = {"name": text, "company": text, "role": text, "consent": text, "csrf_token": token}
        self.keep(client.post(f"{base}/check", data={**contact, "email": text}), 422)
        self.keep(client.get(f"{base}/check"))
        short = {name: value[:60] for name, value in contact.items()} | {"csrf_token": token}
        card = client.post(f"{base}/check", data={**short, "email": email}).headers["Location"]
        self.keep(client.get(card))
        self.keep(client.post(f"{card}/address", data={"email": text, "csrf_token": token}), 422)
        self.confirm_and_share(client, card, email, token)

    def echo_every_field(self, client: Any, address: str, token: str, text: str) -> None:
        for question in self.asked.pages[1].questions:
            names = (question.id, f"{question.id}.special", f"{question.id}.rank.a")
            self.keep(client.post(address, data={**dict.fromkeys(names, text), "csrf_token": token}), 422)
        self.keep(client.post(address, data={text: text, "csrf_token": token}), 422)
        stranger = self.new().client
        self.keep(stranger.post(address, data={"word": text, "one": text, "count": text}), 403)
        self.keep(stranger.post(address.rpartition("/")[0] + "/check", data={"name": text, "email": text}), 403)

    def confirm_and_share(self, client: Any, card: str, email: str, token: str) -> None:
        worker = self.worker()
        while worker.step():
            pass
        tie = Links.tie_of(self.house.keyring.index(email))
        link = self.links.address("mailed", card.rpartition("/")[2], 1, tie=tie)
        client.get(link.removeprefix(self.links.public_url))
        assert client.post(f"{card}/confirm", data={"csrf_token": token}).status_code == 303
        while worker.step():
            pass
        shown = self.keep(client.post(f"{card}/share", data={"csrf_token": token}))
        found = re.search(r"http://localhost(/open/share/[^\"<]+)", shown)
        assert found
        reader = self.new().client
        self.shared = self.keep(reader.get(reader.get(unescape(found[1])).headers["Location"]))

    def mail(self) -> EmailMessage:
        [path] = self.house.settings.outbox.glob("*.eml")
        message = message_from_bytes(path.read_bytes(), policy=policy.default)
        path.unlink()
        assert isinstance(message, EmailMessage)
        return message


def _scene(house: Installation, visitor: Callable[[], Walker]) -> Scene:
    entry = house.catalogue.get("every-type")
    assert entry is not None
    return Scene(house, visitor, entry.questionnaire, links_of(house))


@pytest.fixture
def usual(house: Installation, visitor: Callable[[], Walker]) -> Scene:
    """The same walk with a plain word: the elements that our own templates make."""
    scene = _scene(house, visitor)
    scene.walk("plain", 0)
    scene.mail()
    return scene


def test_no_canary_sings(house: Installation, visitor: Callable[[], Walker], usual: Scene) -> None:
    ours = set().union(*(Seen(html).tags for html in (*usual.pages, *usual.press.printed)))
    assert len(CANARIES) >= 60
    for number, text in enumerate(CANARIES[::3], 1):  # every third: tests/attacks types them all, and more
        scene = _scene(house, visitor)
        scene.walk(text, number)
        for html in (*scene.pages, *scene.press.printed):
            found = Seen(html)
            assert not found.tags - ours, (text, found.tags - ours)
            assert not found.bad, (text, found.bad)
            assert not EVALUATED.search(html), text
        echoed = [html for html in scene.pages if MARK in html]
        assert len(echoed) > 15, (text, len(echoed))  # it was shown where it was typed, as text
        assert MARK not in scene.shared, text
        first, last = scene.press.printed[0], scene.press.printed[-1]
        assert "Kept for your consultant until" in first, text
        assert MARK not in first or looks_like_a_name(clean(text[:60], 60)), text
        assert unescape(last).replace("\u200b", "").count(clean(text, 2000)) >= 1, text
        _holds_nothing_typed(scene.mail(), f"priya{number}@northfield.example", text)


def _holds_nothing_typed(message: EmailMessage, recipient: str, text: str) -> None:
    assert {name.lower() for name in message.keys()} <= HEADERS, text  # noqa: SIM118
    assert message["To"] == recipient
    assert MARK not in str(message["Subject"])
    for kind in ("plain", "html"):
        body = message.get_body((kind,))
        assert body is not None
        assert MARK not in body.get_content(), text
    assert [part.get_filename() for part in message.iter_attachments()] == ["every-type-scorecard.pdf"]
