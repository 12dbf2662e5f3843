"""Text is cleaned once, at the edge: every text field of every form there is, found in the pages themselves."""

from collections.abc import Callable
from contextlib import suppress
from html.parser import HTMLParser
from typing import Any

import pytest
from flask import Flask

from assessment.actions.installation import Installation
from assessment.core.definition import Questionnaire
from assessment.store.keys import KeyFault
from tests.attacks.dump import dump
from tests.attacks.people import Crowd, gather
from tests.walking import Walker

MARK = "Renewals slip"
DIRTY = "\ufeff Ren\u202eewals\x00 \u200bslip\u2028\x1b[31m e\u0301" + "\u0301" * 40 + "\r\n \U000e0041now\x85"
"""Bidi, NUL, zero width, line separator, escape, a tower of marks, a tag character, C1."""
SPOILT = frozenset("\u202e\x00\u200b\u2028\x1b\ufeff\U000e0041\x85\r")
NOT_TEXT = frozenset(("password", "again", "code", "current_password", "email", "csrf_token"))


class Forms(HTMLParser):
    """The forms of a page: action, what a browser would send as it stands, and the fields to type into."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, Any], list[str]]] = []
        self._select = ""
        self._open = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = given.get("method", "").lower() == "post"
            if self._open:
                self.found.append((given.get("action", ""), {}, []))
        if not self._open:
            return
        _action, sent, typed = self.found[-1]
        name, kind = given.get("name", ""), given.get("type", "text")
        if tag == "textarea" or (tag == "input" and kind in {"text", "search"}):
            typed.append(name)
            sent[name] = given.get("value", "")
        elif tag == "input" and (kind not in {"radio", "checkbox"} or "checked" in given):
            sent[name] = given.get("value", "on")
        elif tag == "select":
            self._select = name
        elif tag == "option" and (self._select not in sent or "selected" in given):
            sent[self._select] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        self._open = self._open and tag != "form"


@pytest.fixture
def crowd(app: Flask, house: Installation, visitor: Callable[[], Walker], renewal: Questionnaire) -> Crowd:
    return gather(house, app, visitor, renewal)


def _type_everywhere(crowd: Crowd) -> set[str]:
    """Type into every text field of every page that somebody opens; gives which fields of which rules."""
    done = set()
    for rule in crowd.app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.rule.startswith("/static"):
            continue
        token = next((good for door, good in crowd.tokens.items() if rule.rule.startswith(door)), "")
        address = crowd.address(rule, draft=crowd.drafts["priya"], card=crowd.cards["priya"], token=token)
        for who in ("priya", "mailed", "invited", "admin"):
            client = crowd.people[who].client
            with client.get(address) as reply:
                html = reply.get_data(as_text=True) if reply.mimetype == "text/html" else ""
            for action, sent, typed in Forms(html).found:
                fields = [name for name in typed if name and name not in NOT_TEXT]
                if fields:
                    reply = client.post(action or address, data=sent | dict.fromkeys(fields, DIRTY))
                    assert reply.status_code < 500, (who, address, fields)
                    done |= {f"{rule.rule} {name}" for name in fields}
    return done


def _texts(house: Installation) -> list[tuple[str, str, str]]:
    """Every text of the database as it reads: table, column, the text; what is sealed is opened."""
    found = []
    for table, rows in dump(house).items():
        for row in rows.values():
            for column, value in row.items():
                if isinstance(value, bytes):
                    with suppress(KeyFault, UnicodeDecodeError):
                        found.append((table, column, house.keyring.open_bytes(value).decode()))
                elif isinstance(value, str):
                    found.append((table, column, value))
    return found


def test_every_text_field_of_every_form_is_cleaned_before_it_is_kept(crowd: Crowd, house: Installation) -> None:
    fields = _type_everywhere(crowd)
    # Answering, contact, one's own account, notes, marks, views, a review's comment, invitations, an interview.
    for wanted in ("/r/<public_id>/check name", "/r/<public_id>/check company", "/review/account name"):
        assert wanted in fields, sorted(fields)
    assert len(fields) >= 15, sorted(fields)
    for table, column, text in _texts(house):
        escaped = [name for name in ("\\u0000", "\\u202e", "\\u200b", "\\ud800", "\\u2028") if name in text]
        assert not SPOILT & set(text), (table, column, text[:100])
        assert not escaped, (table, column, text[:100])
        assert "\u0301" * 5 not in text, (table, column)
    kept = [(table, column, text) for table, column, text in _texts(house) if MARK in text]
    assert len({(table, column) for table, column, _ in kept}) >= 5, {(table, column) for table, column, _ in kept}
