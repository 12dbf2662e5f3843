"""A thousand generated bodies at every form there is: never a 5xx, whatever arrives."""

import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import pytest
from flask import Flask

from assessment.actions.installation import Installation
from assessment.actions.links import Links
from assessment.core.definition import Questionnaire
from assessment.installing import links_of
from assessment.settings import Settings, read_settings
from tests.conftest import sample_of
from tests.databases import fresh_database
from tests.walking import Walker, hidden

BODIES = 1200
SEED = 20261122
QUESTIONNAIRES = Path(__file__).parents[1] / "questionnaires"
EMAIL = "priya@northfield.example"

VALUES = [
    "",
    " ",
    "a",
    "b",
    "none",
    "dont_know",
    "not_applicable",
    "0",
    "-0",
    "1",
    "5",
    "5.0",
    "37.5",
    "1e9",
    "1e999",
    "NaN",
    "Infinity",
    "-Infinity",
    "0x10",
    "1_000",
    "12,34",
    "1,234,567.89",
    "٣",
    "１２",
    "9" * 40,
    "9" * 400,
    ".",
    ",",
    "+",
    "-",
    "999999999999999.999999999999999999999999",
    "true",
    "null",
    "[]",
    "{}",
    "\x00",
    "a\x00b",
    "\r\n",
    "\u2028",
    "\ufeff",
    "\u202e",
    "e\u0301" * 50,
    "a" + "\u0301" * 500,
    "<script>alert(1)</script>",
    "{{7*7}}",
    "{% raw %}",
    "%s%n",
    "=1+1",
    "../../etc/passwd",
    "' OR 1=1 --",
    "priya@northfield.example",
    "x@y",
    "@",
    "a@b.c",
    "x@ⓔxample.com",
    "x" * 2001,
    "x" * 9000,
    "eur",
    "usd",
    "check",
    "contact",
    "comparison",
    "draft",
    "submitted",
    "🏳️‍🌈" * 20,
    "\u00df@\u00df.de",
]
BYTES = [b"\xff", b"\xc3\x28", b"\xed\xa0\x80", b"\x00", b"%", b"%zz", b"%ED%A0%80", b"&", b"=", b";", b"+", b"\xf8"]
TYPES = [
    "application/x-www-form-urlencoded",
    "application/x-www-form-urlencoded; charset=utf-7",
    "multipart/form-data",
    "multipart/form-data; boundary=cut",
    "application/json",
    "text/plain",
    "",
    "\xff/x",
    "multipart/mixed; boundary=",
]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """The installation asks one question of every type."""
    environment = {
        "ASSESSMENT_HOME": str(tmp_path / "home"),
        "ASSESSMENT_LIMIT_PER_ADDRESS": "1000000",  # everything comes from one address
        "ASSESSMENT_LIMIT_IN_ALL": "100000000",
        "DATABASE_URL": fresh_database(tmp_path / "home"),
        "ASSESSMENT_PUBLIC_URL": "http://localhost",
        "ASSESSMENT_QUESTIONNAIRES": str(QUESTIONNAIRES),
    }
    return read_settings(environment, tmp_path)


class Stage:
    """A draft and a scorecard to aim at, made anew when a body went through."""

    def __init__(self, new: Callable[[], Walker], asked: Questionnaire, links: Links, tie: str) -> None:
        self._new, self._asked, self._links, self._tie = new, asked, links, tie
        self.names = [
            *asked.questions,
            *(f"{name}.special" for name in asked.questions),
            "rank.rank.a",
            "rank.rank.b",
            "rank.rank.z",
            "csrf_token",
            "seen",
            "back",
            "name",
            "email",
            "company",
            "role",
            "consent",
            "state",
            "utm_source",
            "submission_key",
            "",
            "csrf_token.special",
            "q_one",
            "one.special.special",
            ".",
            "__proto__",
        ]
        self.set_up()

    def set_up(self) -> None:
        answers = sample_of(self._asked).answers
        self.walker = self._new()
        self.card = self.walker.scorecard(self._asked, answers, {"email": EMAIL, "name": "Priya Raman"})
        self.draft = self.walker.to_check(self._asked, answers).rpartition("/")[0]
        self.token = hidden(self.walker.client.get(f"{self.draft}/check").get_data(as_text=True), "csrf_token")
        token = self._links.token("not-me", self.card.rpartition("/")[2], 1, self._tie)
        pages = range(len(self._asked.pages) + 1)
        self.addresses = [
            f"/a/{self._asked.id}",
            *(f"{self.draft}/{index}" for index in pages),
            f"{self.draft}/1/save",
            *(f"{self.draft}/{tail}" for tail in ("later", "later?at=2", "check", "9/save", "done")),
            *(
                f"{self.card}/{tail}"
                for tail in ("mail", "address", "confirm", "share", "correct", "again", "uncount", "delete")
            ),
            f"/not-me/{token}",
            "/not-me/x",
            "/",
            "/health",
            "/s/x/mail",
        ]


def _body(dice: random.Random, stage: Stage) -> tuple[bytes, str]:
    pairs = [(dice.choice(stage.names), dice.choice(VALUES)) for _ in range(dice.choice((0, 1, 3, 8, 20, 400)))]
    if dice.random() < 0.7:
        pairs.append(("csrf_token", stage.token))
    if dice.random() < 0.2:
        return _multipart(pairs), "multipart/form-data; boundary=cut"
    body = "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in pairs).encode()
    for _ in range(dice.choice((0, 0, 1, 5))):
        at = dice.randrange(len(body) + 1)
        body = body[:at] + dice.choice(BYTES) + body[at:]
    return body, TYPES[0] if dice.random() < 0.85 else dice.choice(TYPES)


def _multipart(pairs: list[tuple[str, str]]) -> bytes:
    parts = [
        f'--cut\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode() for name, value in pairs
    ]
    return b"".join(parts) + b"--cut--\r\n"


def test_no_generated_body_breaks_a_form(visitor: Callable[[], Walker], house: Installation, app: Flask) -> None:
    entry = house.catalogue.get("every-type")
    assert entry is not None
    dice, statuses, broken = random.Random(SEED), Counter[int](), list[Any]()
    stage = Stage(visitor, entry.questionnaire, links_of(house), Links.tie_of(house.keyring.index(EMAIL)))
    for number in range(BODIES):
        if number % 60 == 59:
            stage.set_up()
        address = dice.choice(stage.addresses)
        body, kind = _body(dice, stage)
        reply = stage.walker.client.post(address, data=body, content_type=kind)
        statuses[reply.status_code] += 1
        if reply.status_code >= 500:
            broken.append((address, kind, body[:300]))
    assert not broken
    assert statuses[303] > 20, statuses  # some got through: the others were refused for their own sake
    assert statuses[422] > 100, statuses
