"""Fills the questions of a page in a real browser, by what a person sees; or hurries past them with its cookies."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from playwright.sync_api import APIResponse, Page

from assessment.core.definition import Question, Questionnaire
from tests.walking import Walker, fields_of


def fill_page(page: Page, questionnaire: Questionnaire, answers: Mapping[str, Any]) -> None:
    """Answer whatever questions stand on the page, once all of it is there."""
    page.wait_for_load_state("domcontentloaded")
    asked = page.locator(".question").evaluate_all("all => all.map(one => one.id.slice(2))")
    for name in asked:
        if name in answers:
            _fill(page, questionnaire.questions[name], answers[name])


def _fill(page: Page, question: Question, answer: Any) -> None:
    box = page.locator(f"#q-{question.id}")
    if isinstance(answer, list | tuple):
        for place, option in enumerate(answer):
            if question.type == "ranking":
                page.select_option(f"#{question.id}-{option}", str(place + 1))
            else:
                box.locator(f'input[value="{option}"]').check()
    elif question.type in {"choice", "scale", "multiple"}:
        box.locator(f'input[value="{answer}"]').check()
    elif answer in ("dont_know", "not_applicable"):
        box.locator(f'input[type=checkbox][value="{answer}"]').check()
    else:
        page.fill(f"#{question.id}", str(answer))


_TICK = """wanted => {
  for (const field of document.querySelectorAll(".question [name]")) {
    const said = wanted[field.name];
    if (!said || field.disabled || !field.checkVisibility()) continue;
    if (["radio", "checkbox"].includes(field.type)) {
      if (said.includes(field.value) && !field.checked) field.click();
    } else {
      field.value = said[0];
      for (const heard of ["input", "change"]) field.dispatchEvent(new Event(heard, {bubbles: true}));
    }
  }
}"""


def tick_page(page: Page, questionnaire: Questionnaire, answers: Mapping[str, Any]) -> None:
    """Answer what stands on the page as `fill_page` does, but all at once, with neither mouse nor keyboard."""
    page.wait_for_load_state("domcontentloaded")
    said = {name: value for one in questionnaire.pages for name, value in fields_of(one, answers).items()}
    page.evaluate(_TICK, {name: [value] if isinstance(value, str) else value for name, value in said.items()})


def press(page: Page, button: str) -> None:
    """Press the button and wait for the page that follows: a click alone may return while the old one still stands."""
    with page.expect_navigation():
        page.get_by_role("button", name=button, exact=True).click()


def walk_to_check(
    page: Page, url: str, questionnaire: Questionnaire, answers: Mapping[str, Any], *, by_hand: bool = True
) -> None:
    """From the introduction to the check page; by mouse and keyboard, or by ticks."""
    answer = fill_page if by_hand else tick_page
    page.goto(f"{url}/a/{questionnaire.id}")
    answer(page, questionnaire, answers)
    press(page, "Start")
    while not page.url.endswith("/check"):
        before = page.url
        answer(page, questionnaire, answers)
        press(page, "Continue")
        assert page.url != before, page.locator("#errors").inner_text()


class _Reply:
    """An answer as the walker reads it."""

    def __init__(self, response: APIResponse) -> None:
        self.status_code, self.headers, self._response = response.status, {}, response
        self.headers["Location"] = response.headers.get("location", "")

    def get_data(self, as_text: bool) -> str:
        assert as_text
        return self._response.text()


class _Cookies:
    """Sends forms with the cookies of a page, without showing what comes back."""

    def __init__(self, page: Page, url: str) -> None:
        self.request, self.url = page.request, url

    def get(self, address: str) -> _Reply:
        return _Reply(self.request.get(self.url + address, max_redirects=0))

    def post(self, address: str, data: Mapping[str, Any]) -> _Reply:
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        body = urlencode(data, doseq=True)
        return _Reply(self.request.post(self.url + address, data=body, headers=kind, max_redirects=0))


def hurry_to_check(page: Page, url: str, questionnaire: Questionnaire, answers: Mapping[str, Any]) -> None:
    """The check page, for a test that begins there: in a tenth of the time that filling every page takes."""
    page.goto(url + Walker(_Cookies(page, url)).to_check(questionnaire, answers))
