"""Who may use which address: every route stands in one table, and a route that does not fails here.

The consultants' workplace declares its roles beside its views; `tests/web/review/test_rights.py` holds it to them.
"""

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest
from flask import Flask

from assessment import clock
from assessment.actions.installation import Installation
from assessment.actions.links import Links
from assessment.core.definition import Questionnaire
from assessment.installing import links_of
from assessment.store import accounts, invitations
from assessment.store.database import writing
from tests.conftest import sample_of
from tests.reviewing import send_review
from tests.walking import Walker, hidden

EVERYONE, TOKEN, ANSWERING, OWNER, MAILED, READER = "everyone", "token", "answering", "owner", "mailed", "reader"
INVITED, ENTERING, KEEPER = "invited", "entering", "keeper"

TABLE = {
    ("GET", "/"): EVERYONE,
    ("GET", "/a/<slug>"): EVERYONE,
    ("POST", "/a/<slug>"): EVERYONE,
    ("GET", "/a/<slug>/questions"): EVERYONE,
    ("GET", "/a/<slug>/sample"): EVERYONE,
    ("GET", "/benchmarks"): EVERYONE,
    ("GET", "/benchmarks.json"): EVERYONE,
    ("POST", "/a/<slug>/pdf"): EVERYONE,
    ("GET", "/k/<public_id>"): KEEPER,
    ("GET", "/results/<slug>"): EVERYONE,
    ("GET", "/brand.css"): EVERYONE,
    ("GET", "/privacy"): EVERYONE,
    ("GET", "/imprint"): EVERYONE,
    ("GET", "/health"): EVERYONE,
    ("GET", "/ready"): EVERYONE,
    ("GET", "/static/<path:filename>"): EVERYONE,
    ("GET", "/open/resume/<token>"): TOKEN,
    ("GET", "/open/<any(owner, mailed, share):kind>/<token>"): TOKEN,
    ("GET", "/open/invitation/<token>"): TOKEN,
    ("GET", "/open/results/<token>"): TOKEN,
    ("GET", "/no-more/<token>"): TOKEN,
    ("POST", "/no-more/<token>"): TOKEN,
    ("GET", "/i/<public_id>"): INVITED,
    ("POST", "/i/<public_id>"): INVITED,
    ("POST", "/i/<public_id>/link"): INVITED,
    ("GET", "/not-me/<token>"): TOKEN,
    ("POST", "/not-me/<token>"): TOKEN,
    ("GET", "/r/<public_id>/<int:index>"): ANSWERING,
    ("POST", "/r/<public_id>/<int:index>"): ANSWERING,
    ("POST", "/r/<public_id>/<int:index>/save"): ANSWERING,
    ("GET", "/r/<public_id>/later"): ANSWERING,
    ("POST", "/r/<public_id>/later"): ANSWERING,
    ("GET", "/r/<public_id>/thanks"): ANSWERING,
    ("GET", "/r/<public_id>/check"): ANSWERING,
    ("POST", "/r/<public_id>/check"): ANSWERING,
    ("GET", "/s/<public_id>"): OWNER,
    ("GET", "/s/<public_id>/pdf"): OWNER,
    ("GET", "/s/<public_id>/reviewed.pdf"): OWNER,
    ("GET", "/s/<public_id>/address"): OWNER,
    ("POST", "/s/<public_id>/address"): OWNER,
    ("POST", "/s/<public_id>/mail"): OWNER,
    ("POST", "/s/<public_id>/share"): OWNER,
    ("POST", "/s/<public_id>/uncount"): OWNER,
    ("POST", "/s/<public_id>/correct"): OWNER,
    ("POST", "/s/<public_id>/again"): OWNER,
    ("GET", "/s/<public_id>/delete"): OWNER,
    ("POST", "/s/<public_id>/delete"): OWNER,
    ("POST", "/s/<public_id>/confirm"): MAILED,
    ("GET", "/v/<public_id>"): READER,
    ("GET", "/sign-in"): EVERYONE,
    ("POST", "/sign-in"): EVERYONE,
    ("GET", "/sign-in/forgotten"): EVERYONE,
    ("POST", "/sign-in/forgotten"): EVERYONE,
    ("GET", "/sign-in/code"): ENTERING,
    ("POST", "/sign-in/code"): ENTERING,
    ("GET", "/sign-in/recovery-code"): ENTERING,
    ("POST", "/sign-in/recovery-code"): ENTERING,
    ("GET", "/sign-in/second-factor"): ENTERING,
    ("POST", "/sign-in/second-factor"): ENTERING,
    ("POST", "/sign-in/passkey"): EVERYONE,
    ("GET", "/set-up/<token>"): TOKEN,
    ("GET", "/set-up"): ENTERING,
    ("POST", "/set-up"): ENTERING,
    ("GET", "/password/<any(welcome, reset):kind>/<token>"): TOKEN,
    ("GET", "/password"): ENTERING,
    ("POST", "/password"): ENTERING,
}
ECHOES = {("POST", "/r/<public_id>/<int:index>"), ("POST", "/r/<public_id>/check")}
"""What gives a stranger back what they typed themselves, with 403, and stores and shows nothing else."""

EMAIL = "priya@northfield.example"
SURVEY = "service-challenges"
PERSONAL = [key for key, who in TABLE.items() if who not in {EVERYONE, TOKEN, ENTERING}]


def test_every_route_stands_in_the_table(app: Flask) -> None:
    routes = {
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or ())
        if method in _METHODS and not rule.rule.startswith("/review")
    }
    assert routes == set(TABLE)


_METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}


class Scene:
    """Priya's draft and scorecard, and browsers with each kind of key."""

    def __init__(self, new: Callable[[], Walker], asked: Questionnaire, links: Links, tie: str, invited: str) -> None:
        self.new, answers = new, sample_of(asked).answers
        self.priya = new()
        contact = {"email": EMAIL, "name": "Priya Raman", "company": "Northfield"}
        self.card = self.priya.scorecard(asked, answers, contact).rpartition("/")[2]
        self.draft = self.priya.to_check(asked, answers).split("/")[2]
        self.slug, self.invitation = asked.id, invited
        self.kept, self.keeper = _kept(new())
        public = links.public_url
        self.links = {
            ANSWERING: links.address("resume", self.draft, 1).removeprefix(public),
            OWNER: links.address("owner", self.card, 1).removeprefix(public),
            MAILED: links.address("mailed", self.card, 1, tie=tie).removeprefix(public),
            READER: links.address("share", self.card, 1).removeprefix(public),
            INVITED: links.address("invitation", invited, 1).removeprefix(public),
        }

    def browser(self, who: str) -> Walker:
        """Somebody with one kind of key and no other."""
        if who == KEEPER:
            return self.keeper
        walker = self.new()
        if who in self.links:
            assert walker.client.get(self.links[who]).status_code == 303
        return walker

    def address(self, rule: str) -> str:
        thing = {"/r/": self.draft, "/i/": self.invitation, "/k/": self.kept}.get(rule[:3], self.card)
        return rule.replace("<public_id>", thing).replace("<int:index>", "1").replace("<slug>", self._slug(rule))

    def _slug(self, rule: str) -> str:
        """Results are those of a survey; everything else of an assessment."""
        return SURVEY if rule.startswith("/results/") else self.slug

    def ask(self, walker: Walker, method: str, rule: str) -> object:
        """With a good CSRF token of that browser, so that only the key decides."""
        html = walker.client.get(f"/a/{self.slug}").get_data(as_text=True)
        fields = {"csrf_token": hidden(html, "csrf_token")}
        address = self.address(rule)
        return walker.client.get(address) if method == "GET" else walker.client.post(address, data=fields)


@pytest.fixture
def scene(visitor: Callable[[], Walker], house: Installation, renewal: Questionnaire) -> Scene:
    tie = Links.tie_of(house.keyring.index(EMAIL))
    made = Scene(visitor, renewal, links_of(house), tie, _invitation(house, renewal))
    send_review(house, made.card)
    return made


def _kept(walker: Walker) -> tuple[str, Walker]:
    """A calculation that somebody had made into a PDF, and their browser."""
    html = walker.client.get("/a/renewal-compounding?due=100&renewed=90").get_data(as_text=True)
    fields = {"csrf_token": hidden(html, "csrf_token"), "due": "100", "renewed": "90"}
    reply = walker.client.post("/a/renewal-compounding/pdf", data=fields)
    assert reply.status_code == 303
    return reply.headers["Location"].removeprefix("/k/"), walker


def _invitation(house: Installation, asked: Questionnaire) -> str:
    """An invitation that Carl made for Priya, not used yet."""
    public_id, now = clock.public_id(), clock.now()
    contact = {"email": EMAIL, "company": "Northfield"}
    with writing(house.engine) as connection:
        carl = accounts.add(
            connection, house.keyring, name="Carl", email="carl@meridian.example", role="consultant",
            uniquifier="carl", now=now,
        )  # fmt: skip
        invitations.add(
            connection, house.keyring, public_id=public_id, account_id=carl, questionnaire=asked.id, contact=contact,
            message="", now=now, expires_at=now + timedelta(days=60),
        )  # fmt: skip
    return public_id


ALLOWED = {
    ANSWERING: {ANSWERING},
    OWNER: {OWNER, MAILED},
    MAILED: {MAILED},
    READER: {READER},
    INVITED: {INVITED},
    KEEPER: {KEEPER},
}


@pytest.mark.parametrize("who", ["anonymous", ANSWERING, OWNER, MAILED, READER, INVITED, KEEPER])
def test_each_key_opens_its_own_doors_only(scene: Scene, who: str) -> None:
    # What deletes comes last: the rest must still be there to be tried.
    for key in sorted(PERSONAL, key=lambda key: key[1].endswith("/delete") and key[0] == "POST"):
        reply = scene.ask(scene.browser(who), *key)
        status, body = reply.status_code, reply.get_data(as_text=True)  # type: ignore[attr-defined]
        if who in ALLOWED[TABLE[key]]:
            assert status in {200, 303, 409, 422}, (who, key, status)
        elif key in ECHOES:
            assert status == 403, (who, key, status)
            assert "Northfield" not in body
        else:
            assert status == 404, (who, key, status)
            assert "Northfield" not in body


def test_a_key_to_one_thing_opens_no_other(scene: Scene, renewal: Questionnaire) -> None:
    other = scene.new()
    other.scorecard(renewal, sample_of(renewal).answers)
    other.to_check(renewal, sample_of(renewal).answers)
    for key in PERSONAL:
        status = scene.ask(other, *key).status_code  # type: ignore[attr-defined]
        assert status == (403 if key in ECHOES else 404), key


def test_what_is_public_stays_public_and_what_needs_a_token_needs_it(scene: Scene) -> None:
    for (method, rule), who in TABLE.items():
        if who == TOKEN:
            address = re.sub(r"<any[^>]*>", "owner", rule).replace("<token>", "WyJhIiwxXQ.forged")
            status = scene.new().client.open(address, method=method).status_code
            assert status == 404, (method, rule)
        elif who == EVERYONE and method == "GET":
            address = scene.address(rule).replace("<path:filename>", "css/app.css")
            with scene.new().client.get(address) as reply:
                assert reply.status_code == 200, rule


@pytest.mark.parametrize("who", ["anonymous", ANSWERING, OWNER, MAILED, READER, INVITED, KEEPER])
def test_the_steps_of_signing_in_need_the_step_before(scene: Scene, who: str) -> None:
    walker = scene.browser(who)
    for method, rule in (key for key, needed in TABLE.items() if needed == ENTERING):
        reply = scene.ask(walker, method, rule)
        status, where = reply.status_code, reply.headers.get("Location")  # type: ignore[attr-defined]
        assert (status, where) in {(303, "/sign-in"), (404, None)}, (method, rule, status)


def test_no_get_gives_out_a_token_but_the_pages_that_say_so(scene: Scene) -> None:
    page = scene.priya.client.get(f"/s/{scene.card}").get_data(as_text=True)
    assert "/open/" not in page
    later = scene.priya.client.get(f"/r/{scene.draft}/later").get_data(as_text=True)
    assert unescape(re.findall(r"/open/(\w+)/", later)[0]) == "resume"


def test_what_is_not_allowed_says_what_is(scene: Scene) -> None:
    reply = scene.new().client.put(f"/a/{scene.slug}")
    assert reply.status_code == 405
    assert {"GET", "POST"} <= set(reply.headers["Allow"].split(", "))
    assert "buttons on the page before" in reply.get_data(as_text=True)
