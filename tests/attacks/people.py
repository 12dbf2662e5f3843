"""Everybody who may ask for something: each with the keys they have and no others."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from werkzeug.routing import AnyConverter, IntegerConverter, Rule

from assessment import staffing
from assessment.actions import signing_in
from assessment.actions.installation import Installation
from assessment.actions.links import Links
from assessment.clock import now
from assessment.core.definition import Questionnaire
from assessment.installing import links_of
from tests.conftest import sample_of, sign_in
from tests.reviewing import send_review
from tests.walking import Walker, hidden

PRIYA, OMAR = "priya@northfield.example", "omar@eastfield.example"


@dataclass
class Crowd:
    """Priya and Omar with a draft and a scorecard each, an invitation, and the firm's people."""

    house: Installation
    app: Flask
    asked: Questionnaire
    drafts: dict[str, str] = field(default_factory=dict)
    cards: dict[str, str] = field(default_factory=dict)
    people: dict[str, Walker] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    """Good tokens to everything of Priya's, by the door that takes them."""
    invitation: str = ""
    view: str = "1"

    def address(self, rule: Rule, *, draft: str, card: str, token: str = "") -> str:
        """An address that fits a rule, about this draft and this card."""
        values: dict[str, Any] = {}
        for name, converter in rule._converters.items():
            if isinstance(converter, AnyConverter):
                values[name] = min(converter.items)
            elif isinstance(converter, IntegerConverter):
                values[name] = 1
            else:
                values[name] = self._plausible(rule.rule, name, draft, card, token)
        with self.app.test_request_context():
            return str(self.app.url_map.bind("localhost").build(rule.endpoint, values))

    def _plausible(self, rule: str, name: str, draft: str, card: str, token: str) -> str:
        if name == "slug":
            return self.asked.id
        if name == "filename":
            return "css/app.css"
        if name == "token":
            return token or "WyJhIiwxXQ.forged"
        known = {"/r/": draft, "/i/": self.invitation}
        return self.invitation if "/invitations/" in rule else known.get(rule[:3], card)


def gather(house: Installation, app: Flask, new: Callable[[], Walker], asked: Questionnaire) -> Crowd:
    """Make them all."""
    crowd, answers = Crowd(house, app, asked), sample_of(asked).answers
    for name, email in (("priya", PRIYA), ("omar", OMAR)):
        walker = new()
        contact = {"email": email, "name": f"{name.title()} Raman", "company": f"{name.title()} Works", "role": "COO"}
        crowd.cards[name] = walker.scorecard(asked, answers, contact).rpartition("/")[2]
        crowd.drafts[name] = walker.to_check(asked, answers).split("/")[2]
        crowd.people[name] = walker
    for role in ("viewer", "consultant", "admin"):
        crowd.people[role] = sign_in(app, house, role, f"{role.title()} One")  # type: ignore[arg-type]
    crowd.invitation = _invite(crowd)
    send_review(house, crowd.cards["priya"])
    crowd.tokens = _tokens(crowd)
    crowd.people |= {"nobody": new(), "mailed": new(), "reader": new(), "invited": new()}
    for who, door in (("mailed", "/open/mailed/"), ("reader", "/open/share/"), ("invited", "/open/invitation/")):
        assert crowd.people[who].client.get(door + crowd.tokens[door]).status_code == 303
    return crowd


def _invite(crowd: Crowd) -> str:
    carl = crowd.people["consultant"].client
    token = hidden(carl.get("/review/more").get_data(as_text=True), "csrf_token")
    fields = {"csrf_token": token, "questionnaire": crowd.asked.id, "email": "ines@southfield.example"}
    made = carl.post("/review/invitations", data=fields)
    assert made.status_code == 303, made.get_data(as_text=True)
    return str(made.headers["Location"].rpartition("=")[2])


def _tokens(crowd: Crowd) -> dict[str, str]:
    links, card, index = links_of(crowd.house), crowd.cards["priya"], crowd.house.keyring.index
    tie = Links.tie_of(index(PRIYA))
    who = signing_in.find(crowd.house, account_id=1)
    assert who is not None
    once = staffing.links_of(crowd.house)
    return {
        "/open/resume/": links.token("resume", crowd.drafts["priya"], 1),
        "/open/owner/": links.token("owner", card, 1),
        "/open/mailed/": links.token("mailed", card, 1, tie),
        "/open/share/": links.token("share", card, 1),
        "/open/invitation/": links.token("invitation", crowd.invitation, 1),
        "/open/results/": links.token("results", crowd.house.catalogue.live("survey")[0].questionnaire.id, 1),
        "/not-me/": links.token("not-me", card, 1, tie),
        "/no-more/": links.token("no-more", crowd.invitation, 1),
        "/set-up/": once.token("set-up", now()),
        "/password/welcome/": once.token("welcome", now(), 1, who.uniquifier),
        "/password/reset/": once.token("reset", now(), 1, who.uniquifier),
    }
