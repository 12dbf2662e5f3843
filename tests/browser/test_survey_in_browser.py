"""A survey in a real browser, with and without JavaScript: ranked by keyboard, sent, and its results read."""

import random
import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from assessment.actions.installation import Installation
from assessment.core.definition import Questionnaire
from assessment.core.survey import options
from tests.browser.filling import fill_page, press
from tests.browser.looking import look
from tests.voting import count, vote

ROOM = """() => {
  const select = document.querySelector("select"), style = getComputedStyle(select);
  const pen = document.createElement("canvas").getContext("2d");
  pen.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
  const room = select.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
  return room - pen.measureText(select.options[0].text).width;
}"""
"""Pixels left beside the first word of a select."""


@pytest.fixture
def survey(house: Installation) -> Questionnaire:
    return house.catalogue.live("survey")[0].questionnaire


@pytest.fixture
def axe(request: pytest.FixtureRequest) -> bool:
    return str(request.node.callspec.params["context"]) == "script"


def _tab_to(page: Page, id_: str) -> None:
    """Press Tab until the element has the focus."""
    for _ in range(80):
        if page.evaluate("document.activeElement.id") == id_:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{id_} is not reached by Tab")


def test_ranked_by_keyboard_sent_and_led_on(page: Page, address: str, survey: Questionnaire, axe: bool) -> None:
    answers: dict[str, Any] = dict(survey.personas[0].answers)
    ranked = answers.pop("challenges")
    page.goto(f"{address}/a/{survey.id}")
    look(page, axe=axe)
    fill_page(page, survey, answers)
    press(page, "Start")
    fill_page(page, survey, answers)
    assert page.evaluate(ROOM) >= 0, "the word of an empty place is cut off"
    for place, option in enumerate(ranked):
        _tab_to(page, f"challenges-{option}")
        page.keyboard.type(str(place + 1))
        expect(page.locator(f"#challenges-{option}")).to_have_value(str(place + 1))
        page.evaluate("document.activeElement.blur()")
    look(page, axe=axe)
    press(page, "Continue")
    while not page.url.endswith("/check"):
        fill_page(page, survey, answers)
        look(page, axe=axe)
        press(page, "Continue")
    look(page, axe=axe)
    expect(page.get_by_text("Confidential: once you send your answers")).to_be_visible()
    expect(page.locator("input[name=email], input[name=consent]")).to_have_count(0)
    page.get_by_role("button", name="Send my answers").click()
    expect(page).to_have_url(re.compile(r"/r/[\w-]{16}/thanks$"))
    look(page, axe=axe)
    with page.expect_request(f"**/a/{survey.personas[0].expect.fits}") as asked:
        page.get_by_role("link", name="Look at this assessment").click()
    assert "referer" not in asked.value.all_headers()  # where she comes from says who she is and what she put first
    expect(page).to_have_url(re.compile(f"/a/{survey.personas[0].expect.fits}$"))


def test_what_is_wrong_with_a_ranking_is_said_where_it_stands(
    page: Page, address: str, survey: Questionnaire, axe: bool
) -> None:
    answers: dict[str, Any] = dict(survey.personas[0].answers)
    page.goto(f"{address}/a/{survey.id}")
    fill_page(page, survey, answers)
    press(page, "Start")
    fill_page(page, survey, answers | {"challenges": ["staff", "success"]})
    page.get_by_role("button", name="Continue").click()
    summary = page.locator("#errors")
    expect(summary).to_contain_text("Give 3 lines a place each, and leave the others empty")
    summary.get_by_role("link").first.click()
    if axe:  # with JavaScript the focus goes there
        assert page.evaluate("document.activeElement.closest('fieldset').id") == "q-challenges"
    else:
        expect(page).to_have_url(re.compile("#q-challenges$"))
    expect(page.locator("#challenges-success")).to_have_value("2")
    look(page, axe=axe)


def test_results_before_and_after_the_first_release(
    page: Page,
    address: str,
    house: Installation,
    survey: Questionnaire,
    axe: bool,
) -> None:
    page.goto(f"{address}/results/{survey.id}")
    expect(page.get_by_text("About 30 more are needed before any result is shown.")).to_be_visible()
    look(page, axe=axe)
    rng = random.Random(8)
    for _ in range(60):
        vote(house, survey, some_answers(survey, rng))
    assert count(house) == 1
    page.reload()
    expect(page.get_by_text("About 60 people answered.")).to_be_visible()
    expect(page.get_by_role("img", name=re.compile(r": about \d*[05] of 60$")).first).to_be_visible()
    assert page.locator("table.bars").count() >= len(survey.questions) - 3
    look(page, axe=axe)


def some_answers(survey: Questionnaire, rng: random.Random) -> dict[str, Any]:
    """Answers of somebody who likes what stands further up."""
    given: dict[str, Any] = {}
    for question in survey.questions.values():
        chosen = [option for option, _ in options(question)]
        weights = [1 / (place + 1) for place in range(len(chosen))]
        if question.type == "ranking":
            given[question.id] = sorted(chosen, key=lambda each: rng.random() * (chosen.index(each) + 1))[:3]
        else:
            one = rng.choices(chosen, weights)[0]
            given[question.id] = [one] if question.type == "multiple" else one
    return given
