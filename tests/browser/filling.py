"""Fills the questions of a page in a real browser, by what a person sees."""

from collections.abc import Mapping
from typing import Any

from playwright.sync_api import Page

from assessment.core.definition import Question, Questionnaire


def fill_page(page: Page, questionnaire: Questionnaire, answers: Mapping[str, Any]) -> None:
    """Answer whatever questions stand on the page, once all of it is there."""
    page.wait_for_load_state("domcontentloaded")
    for question in questionnaire.questions.values():
        if question.id in answers and page.locator(f"#q-{question.id}").count():
            _fill(page, question, answers[question.id])


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


def walk_to_check(page: Page, url: str, questionnaire: Questionnaire, answers: Mapping[str, Any]) -> None:
    """From the introduction to the check page."""
    page.goto(f"{url}/a/{questionnaire.id}")
    fill_page(page, questionnaire, answers)
    page.get_by_role("button", name="Start").click()
    while not page.url.endswith("/check"):
        before = page.url
        fill_page(page, questionnaire, answers)
        page.get_by_role("button", name="Continue").click()
        assert page.url != before, page.locator("#errors").inner_text()
