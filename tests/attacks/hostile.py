"""A house into which Mallory typed the whole corpus: as a prospect, and as each of the firm's people."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from itertools import cycle
from typing import Any
from urllib.parse import quote

from flask import Flask

from assessment.actions.installation import Installation
from assessment.core.definition import Questionnaire
from assessment.delivery.pdf import Made
from assessment.installing import links_of
from assessment.store.accounts import Role
from assessment.working import build_worker
from tests.attacks.corpus import CORPUS, MARK
from tests.attacks.packing import shared
from tests.conftest import sample_of, sign_in
from tests.databases import POSTGRESQL
from tests.reviewing import at, form_of, press
from tests.walking import Fields, Walker, fields_of, hidden
from tests.web.test_canaries import Reader

Packs = Callable[[int, str], list[str]]
"""Texts of at most so many characters under a mark, which together hold everything."""

LIST = "/review/submissions"
TYPED = CORPUS[::2] if POSTGRESQL else CORPUS
"""What prospects type: on PostgreSQL every second string; pages and files are as on SQLite, what is kept is not."""
ROOM = 80
"""So many characters the shortest field of a prospect takes, the campaign's; the word of the questionnaire as well."""

TEXTS = shared(TYPED, ROOM)
"""What prospects type, one text each into all fields: the canaries of `TYPED`, several in a text."""

PERSON, COMPANY, STAFF, ACCOUNT, VIEW, SOURCE = MARK, "Cq18", "Nq19", "Aq20", "Vq21", "Sq22"
"""What a prospect typed, their company, what consultants typed, what they call themselves, views, campaigns."""

A_MINUTE = 50
"""Invitations that one of the firm's people makes; sixty a minute would be refused."""

SECRET = (PERSON, STAFF, ACCOUNT, VIEW)
"""What is stored sealed only; companies and campaigns are not personal and stand plain."""

DOMAINS = ("northfield.example", "eastfield.example")


def marked(mark: str, text: str, limit: int) -> str:
    """The canary under another mark, no longer than a field takes."""
    return text.replace(MARK, mark)[:limit]


@dataclass
class Seen:
    """A page or a file that somebody was given."""

    who: str
    address: str
    body: str


@dataclass
class Press(Reader):
    """Keeps what it was asked to print, and its styles."""

    styles: str = ""

    def make(self, html: str, css: str, made_at: datetime) -> Made:
        self.styles = css
        return super().make(html, css, made_at)


@dataclass
class Hostile:
    """The house, its people's browsers, and everything they were shown."""

    house: Installation
    app: Flask
    carl: Walker
    vera: Walker
    ada: Walker
    asked: Questionnaire
    scored: Questionnaire
    cards: list[str] = field(default_factory=list)
    owners: dict[str, Any] = field(default_factory=dict)
    reviewed: str = ""
    pages: list[Seen] = field(default_factory=list)
    plain: list[Seen] = field(default_factory=list)
    press: Press = field(default_factory=Press)
    plain_press: Press = field(default_factory=Press)
    mails: list[EmailMessage] = field(default_factory=list)
    session: tuple[str, ...] = ()
    crowd: dict[str, Walker] = field(default_factory=dict)
    revisions: dict[int, str] = field(default_factory=dict)

    def another(self, role: Role, number: int) -> Walker:
        """One more of the firm's people: nobody may invite everybody within a minute."""
        name = f"{role.title()} Number{number}"
        if name not in self.crowd:
            self.crowd[name] = sign_in(self.app, self.house, role, name)
        return self.crowd[name]

    def seen(self, page: int, client: Any, base: str) -> str:
        """The revision of a page that nobody answered yet: the same for everybody."""
        if page not in self.revisions:
            self.revisions[page] = hidden(client.get(f"{base}/{page}").get_data(as_text=True), "seen")
        return self.revisions[page]

    def look(self, who: str, client: Any, address: str, *statuses: int) -> str:
        """Open a page and keep it."""
        return self.keep(who, address, client.get(address), *statuses)

    def keep(self, who: str, address: str, reply: Any, *statuses: int) -> str:
        assert reply.status_code in (statuses or (200,)), (who, address, reply.status_code)
        body = str(reply.get_data(as_text=True))
        self.pages.append(Seen(who, address, body))
        return body

    def post(self, walker: Walker, address: str, *statuses: int, **fields: Any) -> Any:
        if not hasattr(walker, "token"):
            html = walker.client.get("/review/account").get_data(as_text=True)
            walker.token = hidden(html, "csrf_token")  # type: ignore[attr-defined]
        reply = walker.client.post(address, data={"csrf_token": walker.token, **fields})  # type: ignore[attr-defined]
        assert reply.status_code in (statuses or (303,)), (address, reply.status_code, reply.get_data(as_text=True))
        return reply


def type_everywhere(hostile: Hostile, texts: list[str], number: int, packs: Packs) -> None:
    """Every text through every field; short lines of the firm's people hold as many texts as have room."""
    for offset, text in enumerate(texts):
        _prospect(hostile, text, number + offset)
    _notes(hostile, packs)
    _invitations(hostile, number, packs)
    _review(hostile, number, packs)
    _colleagues(hostile, number, packs)


def _prospect(hostile: Hostile, text: str, number: int) -> None:
    """Priya's twin types one text into every field; her pages are kept."""
    asked, answers = hostile.asked, sample_of(hostile.asked).answers
    client, intro = hostile.app.test_client(), f"/a/{asked.id}"
    if not hostile.session:
        html = client.get(intro).get_data(as_text=True)
        hostile.session = (str(client.get_cookie("session").value), hidden(html, "csrf_token"))
    cookie, token = hostile.session
    client.set_cookie("session", cookie)
    start: Fields = fields_of(asked.pages[0], answers) | {"csrf_token": token}
    start |= {"utm_campaign": marked(SOURCE, text, ROOM)}
    reply = client.post(intro, data=start)
    assert reply.status_code == 303, reply.get_data(as_text=True)
    address = reply.headers["Location"]
    base = address.rpartition("/")[0]
    typed = {
        **fields_of(asked.pages[1], answers),
        "word": text[:ROOM],
        "csrf_token": token,
        "seen": hostile.seen(1, client, base),
    }
    assert client.post(address, data=typed).status_code == 303
    last = {"essay": text[:2_000], "seen": hostile.seen(2, client, base), "csrf_token": token}
    assert client.post(f"{base}/2", data=last).status_code == 303
    hostile.look("owner", client, f"{base}/check")
    contact = {"name": text[:100], "role": text[:100], "company": marked(COMPANY, text, 120)}
    contact |= {"email": f"priya{number}@northfield.example", "consent": "contact", "csrf_token": token}
    card = client.post(f"{base}/check", data=contact).headers["Location"]
    hostile.cards.append(card.rpartition("/")[2])
    hostile.owners[card.rpartition("/")[2]] = client
    hostile.look("owner", client, card)


def _notes(hostile: Hostile, packs: Packs) -> None:
    """Carl notes them, at one submission and another, says why not to call, and saves views."""
    for card, text in zip(cycle(hostile.cards[-4:]), packs(300, STAFF), strict=False):
        hostile.post(hostile.carl, f"{LIST}/{card}/note", text=text)
    for card, text in zip(reversed(hostile.cards), packs(200, STAFF), strict=False):
        hostile.post(hostile.carl, f"{LIST}/{card}/contact", refused="yes", reason=text)
    for text in packs(80, VIEW)[:20]:
        view = {"query": f"search={quote(text)}", "name": text, "shared": "1"}
        hostile.post(hostile.carl, "/review/views", **view)


def _invitations(hostile: Hostile, number: int, packs: Packs) -> None:
    messages = packs(500, STAFF)
    for turn, text in enumerate(packs(100, STAFF)):
        fields = {"name": text, "company": text, "role": text, "message": messages[turn % len(messages)]}
        fields |= {"questionnaire": hostile.asked.id, "email": f"omar{number}.{turn}@eastfield.example"}
        walker = hostile.another("consultant", turn // A_MINUTE)
        hostile.post(walker, "/review/invitations", **fields, mail="now" if turn < len(messages) else "")


def _colleagues(hostile: Hostile, number: int, packs: Packs) -> None:
    """Ada invites colleagues under these names; last, as every page of the workplace knows them all."""
    for turn, text in enumerate(packs(80, ACCOUNT)):
        fields = {"name": text, "email": f"who{number}.{turn}@meridian.example", "role": "viewer"}
        hostile.post(hostile.another("admin", turn // A_MINUTE), "/review/people/invite", 200, **fields)
    hostile.post(hostile.carl, "/review/account", name=packs(80, ACCOUNT)[0], notify="at_once")


def _review(hostile: Hostile, number: int, packs: Packs) -> None:
    """A scored submission whose texts, comment and advice hold the corpus, in as many previews as that takes."""
    answers = dict(sample_of(hostile.scored).answers) | {"trigger": "events"}
    answers |= {"unit": packs(80, PERSON)[0], "remarks": packs(1_000, PERSON)[0]}
    contact = {"name": "Priya Raman", "company": "Northfield", "email": f"priya.raman{number}@northfield.example"}
    owner = Walker(hostile.app.test_client())
    card = owner.scorecard(hostile.scored, answers, contact).rpartition("/")[2]
    hostile.owners[card] = owner.client
    hostile.cards.append(card)
    hostile.reviewed = card
    long, gaps, measures = packs(2_000, STAFF), packs(500, STAFF), packs(300, STAFF)
    form = form_of(hostile.carl, card)
    for turn, title in enumerate(packs(120, STAFF)):
        fields = form | {"own_title": title, "own_measure": measures[turn % len(measures)], "own_within": "14"}
        fields |= {"own_effort": "low", "comment": long[turn % len(long)], "own_gap": gaps[turn % len(gaps)]}
        fields |= {"own_first_action": gaps[(turn + 1) % len(gaps)]}
        reply = press(hostile.carl, card, fields, "preview")
        assert reply.status_code == 303, reply.get_data(as_text=True)
        form["seen"] = hidden(hostile.look("carl", hostile.carl.client, at(card, "/preview")), "seen")
    hostile.post(hostile.carl, at(card, "/send"), seen=form["seen"])


def work(hostile: Hostile) -> None:
    """The worker makes every document, mail and file; mails leave the outbox, which is the mail server here."""
    worker = build_worker(hostile.house, hostile.press, "desk/1")  # type: ignore[arg-type]
    while worker.step():
        pass
    for path in sorted(hostile.house.settings.outbox.glob("*.eml")):
        message = message_from_bytes(path.read_bytes(), policy=policy.default)
        assert isinstance(message, EmailMessage)
        hostile.mails.append(message)
        path.unlink()


def read_everything(hostile: Hostile, cards: list[str]) -> None:
    """Every page that shows what others typed, as everybody who may open it."""
    for card in cards:
        for who, walker in (("carl", hostile.carl), ("vera", hostile.vera)):
            hostile.look(who, walker.client, f"{LIST}/{card}")
    some = cards[:2] + cards[-2:]
    for card in some:
        hostile.look("carl", hostile.carl.client, f"{LIST}/{card}/scorecard")
        hostile.look("vera", hostile.vera.client, f"{LIST}/{card}/scorecard")
        hostile.look("ada", hostile.ada.client, f"{LIST}/{card}/person")
        hostile.look("ada", hostile.ada.client, f"{LIST}/{card}/erase")
        _share(hostile, card)
    for address in lists_of(hostile):
        hostile.look("carl", hostile.carl.client, address)
        reply = hostile.vera.client.get(address)
        if reply.status_code == 200:
            hostile.keep("vera", address, reply)
    for address in ("/review/people", "/review/audit", "/review/account", "/review/more", *erasures_of(hostile)):
        hostile.look("ada", hostile.ada.client, address)


def erasures_of(hostile: Hostile) -> list[str]:
    """Where invitations are erased, of those on their list's first page."""
    html = hostile.ada.client.get("/review/invitations").get_data(as_text=True)
    return re.findall(r'href="(/review/invitations/[^"/]+/erase)"', html)


def lists_of(hostile: Hostile) -> Iterator[str]:
    """The workplace's lists, every page of each."""
    for start in (LIST, "/review/invitations", "/review/deliveries"):
        address: str | None = start
        while address:
            yield address
            html = hostile.carl.client.get(address).get_data(as_text=True)
            older = re.search(r'href="([^"]*[?&;](?:after|before)=[^"]*)"[^>]*>[^<]*(?:Next|Older)', html)
            address = older[1].replace("&amp;", "&") if older else None
    yield from ("/review/dashboard", "/review/exports", f"{LIST}?search={MARK}", "/review/questionnaires")


def _share(hostile: Hostile, card: str) -> None:
    """A colleague of Priya's opens the read-only link."""
    link = links_of(hostile.house).address("share", card, 1).removeprefix(hostile.house.settings.public_url)
    reader = hostile.app.test_client()
    opened = reader.get(link)
    assert opened.status_code == 303
    hostile.look("reader", reader, opened.headers["Location"])


def staffed(house: Installation, app: Flask) -> tuple[Walker, Walker, Walker]:
    """Carl, Vera and Ada, signed in."""
    return (
        sign_in(app, house, "consultant", "Carl"),
        sign_in(app, house, "viewer", "Vera"),
        sign_in(app, house, "admin", "Ada"),
    )
