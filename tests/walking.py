"""Walks a questionnaire as a browser would: a persona's answers become the fields of each page's form."""

import re
from collections.abc import Mapping
from html import unescape
from typing import Any

from assessment.actions.responding import digest
from assessment.core.definition import Page, Question, Questionnaire
from assessment.forms.pages import RANK, SPECIAL

Fields = dict[str, str | list[str]]


def fields_of(page: Page, answers: Mapping[str, Any]) -> Fields:
    """The form fields that answer a page."""
    fields: Fields = {}
    for question in page.questions:
        if question.id in answers:
            fields.update(_fields(question, answers[question.id]))
    return fields


def _fields(question: Question, answer: Any) -> Fields:
    if isinstance(answer, list | tuple):
        if question.type == "ranking":
            return {f"{question.id}{RANK}{option}": str(place + 1) for place, option in enumerate(answer)}
        return {question.id: [str(item) for item in answer]}
    if answer in ("dont_know", "not_applicable") and question.type in {"number", "percent", "money"}:
        return {question.id + SPECIAL: answer}
    return {question.id: str(answer)}


def hidden(html: str, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(rf'name="{name}" value="([^"]*)"', html)
    assert found, f"no hidden field {name}"
    return unescape(found[1])


class Walker:
    """A respondent with a browser of their own."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def start(self, questionnaire: Questionnaire, answers: Mapping[str, Any]) -> str:
        """Begin, and give the address of the first page."""
        return self._begin(questionnaire, answers)[0]

    def _begin(self, questionnaire: Questionnaire, answers: Mapping[str, Any]) -> tuple[str, str]:
        html = self.client.get(f"/a/{questionnaire.id}").get_data(as_text=True)
        token = hidden(html, "csrf_token")
        fields: Fields = {"csrf_token": token}
        for page in questionnaire.pages:
            if page.start:
                fields.update(fields_of(page, answers))
        reply = self.client.post(f"/a/{questionnaire.id}", data=fields)
        assert reply.status_code == 303, reply.get_data(as_text=True)
        return str(reply.headers["Location"]), token

    def answer(self, address: str, questionnaire: Questionnaire, answers: Mapping[str, Any], **extra: str) -> Any:
        """Fill one page and press Continue."""
        html = self.client.get(address).get_data(as_text=True)
        fields = fields_of(_page_at(questionnaire, address), answers) | {
            "csrf_token": hidden(html, "csrf_token"),
            "seen": hidden(html, "seen"),
            **extra,
        }
        return self.client.post(address, data=fields)

    def walk(self, questionnaire: Questionnaire, answers: Mapping[str, Any]) -> str:
        """Look at every page, answer it and press Continue; gives the address of the check page."""
        address = self.start(questionnaire, answers)
        while not address.endswith("/check"):
            reply = self.answer(address, questionnaire, answers)
            assert reply.status_code == 303, reply.get_data(as_text=True)
            address = reply.headers["Location"]
        return address

    def submit(self, address: str, contact: Mapping[str, str] | None = None, consents: tuple[str, ...] = ()) -> Any:
        """Press "Show my scorecard"."""
        html = self.client.get(address).get_data(as_text=True)
        return self._submit(address, hidden(html, "csrf_token"), contact, consents)

    def _submit(
        self, address: str, token: str, contact: Mapping[str, str] | None, consents: tuple[str, ...] = ()
    ) -> Any:
        fields: Fields = {"csrf_token": token, "consent": list(consents), **(contact or {})}
        return self.client.post(address, data=fields)

    def to_check(self, questionnaire: Questionnaire, answers: Mapping[str, Any]) -> str:
        """Send every page as `walk` does, without looking at it first; gives the address of the check page."""
        return self._hurry(questionnaire, answers)[0]

    def _hurry(self, questionnaire: Questionnaire, answers: Mapping[str, Any]) -> tuple[str, str]:
        """What the pages would say is known: the browser's token, and that nobody answered them before."""
        address, token = self._begin(questionnaire, answers)
        while not address.endswith("/check"):
            page = _page_at(questionnaire, address)
            known = {"csrf_token": token, "seen": digest(page, {}, {})}
            reply = self.client.post(address, data=fields_of(page, answers) | known)
            assert reply.status_code == 303, reply.get_data(as_text=True)
            address = reply.headers["Location"]
        return address, token

    def scorecard(
        self, questionnaire: Questionnaire, answers: Mapping[str, Any], contact: Mapping[str, str] | None = None
    ) -> str:
        """All the way without looking at the pages; gives the address of the scorecard."""
        address, token = self._hurry(questionnaire, answers)
        reply = self._submit(address, token, contact)
        assert reply.status_code == 303, reply.get_data(as_text=True)
        return str(reply.headers["Location"])


def _page_at(questionnaire: Questionnaire, address: str) -> Page:
    return questionnaire.pages[int(address.rpartition("/")[2].partition("?")[0])]
