"""Priya in a real browser, with and without JavaScript: answer, err, go back, resume, check, submit, keep."""

import re
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pypdf import PdfReader

from assessment.catalogue.catalogue import Catalogue
from assessment.clock import now
from assessment.core.definition import Questionnaire
from assessment.paths import questionnaires_dir
from tests.browser.conftest import Site
from tests.browser.filling import fill_page, hurry_to_check, press, walk_to_check
from tests.browser.looking import axe_finds_nothing, fits
from tests.conftest import sample_of
from tests.core.building_blocks import ASSESSMENTS, CALCULATORS, shipped

WALKS = {slug: ("script", "no-script")[place % 2] for place, slug in enumerate(ASSESSMENTS)}
"""Every assessment once, every other one without JavaScript."""
MAILED = ("renewal-practices", "pricing-tier-placement")
"""A score with and a placement without JavaScript: waited for until the PDF is in the mailbox."""
LOOKS = (("light", 320), ("dark", 1280))


def test_every_assessment_that_ships_is_walked_here_and_the_others_next_door() -> None:
    live = Catalogue(questionnaires_dir(), now()).live()
    kinds = {entry.questionnaire.id: entry.questionnaire.kind for entry in live}
    # test_calculators_in_browser and test_survey_in_browser walk theirs both with and without JavaScript.
    walked = dict.fromkeys(WALKS, "assessment") | dict.fromkeys(CALCULATORS, "calculator")
    assert {name: kind for name, kind in kinds.items() if kind != "survey"} == walked
    assert list(kinds.values()).count("survey") == 1
    assert {WALKS[slug] for slug in MAILED} == {"script", "no-script"}


def _to_the_scorecard(page: Page, site: Site, slug: str, address: str, *, by_hand: bool) -> str:
    """Answer as the sample does and send; gives the stage that the scorecard shows."""
    questionnaire = shipped(slug)
    persona = sample_of(questionnaire)
    walk_to_check(page, site.url, questionnaire, persona.answers, by_hand=by_hand)
    page.fill("#name", "Željko Łódź")
    page.fill("#email", address)
    page.fill("#company", "Northfield Systems")
    expect(page.locator('input[name="consent"]:checked')).to_have_count(0)
    page.get_by_role("button", name="Show my scorecard").click()
    expect(page).to_have_url(re.compile(r"/s/[\w-]{16}$"))
    stage = questionnaire.stage[persona.expect.stage].title if persona.expect.stage else "No stage yet"
    expect(page.locator("h2.stage")).to_have_text(stage)
    return stage


@pytest.mark.parametrize(
    ("slug", "context"), [walk for walk in WALKS.items() if walk[0] not in MAILED], indirect=["context"]
)
def test_all_the_way_to_the_scorecard(slug: str, page: Page, site: Site) -> None:
    """Every question and every page. By mouse and keyboard each kind of question is answered below or in the survey."""
    _to_the_scorecard(page, site, slug, f"priya.{slug}@northfield.example", by_hand=False)


@pytest.mark.parametrize(("slug", "context"), [(slug, WALKS[slug]) for slug in MAILED], indirect=["context"])
def test_all_the_way_to_the_mailed_scorecard(slug: str, page: Page, site: Site) -> None:
    address = f"priya.{slug}@northfield.example"
    stage = _to_the_scorecard(page, site, slug, address, by_hand=True)
    mail = site.mailbox.wait_for(address)
    pdf = next(part for part in mail.iter_attachments() if part.get_content_type() == "application/pdf")
    text = "".join(sheet.extract_text() for sheet in PdfReader(BytesIO(pdf.get_content())).pages[:2])
    assert stage in text
    assert "Željko Łódź" in text
    assert "Northfield" not in mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the PDF").click()
    assert download.value.suggested_filename == f"{slug}-scorecard.pdf"


def test_an_error_takes_the_focus_and_loses_nothing(page: Page, site: Site, request: pytest.FixtureRequest) -> None:
    questionnaire = shipped("renewal-practices")
    answers = sample_of(questionnaire).answers
    page.goto(f"{site.url}/a/{questionnaire.id}")
    fill_page(page, questionnaire, answers)
    page.get_by_role("button", name="Start").click()
    page.get_by_role("button", name="Continue").click()
    summary = page.locator("#errors")
    expect(summary).to_be_visible()
    if request.node.callspec.params["context"] == "script":
        expect(summary).to_be_focused()
    first = summary.locator("a").first
    target = first.get_attribute("href")
    assert target is not None
    expect(page.locator(target)).to_have_class(re.compile("question--error"))
    fill_page(page, questionnaire, answers)
    page.get_by_role("button", name="Continue").click()
    expect(page.locator("#errors")).to_have_count(0)


def test_back_resume_and_change(page: Page, site: Site, browser: Browser) -> None:
    questionnaire = shipped("renewal-practices")
    answers = sample_of(questionnaire).answers
    hurry_to_check(page, site.url, questionnaire, answers)
    page.get_by_role("link", name="Save and finish later").click()
    link = page.input_value("#link")
    other = browser.new_context(java_script_enabled=False)
    colleague = other.new_page()
    colleague.goto(link)
    expect(colleague).to_have_url(re.compile(r"/check$"))
    colleague.get_by_role("link", name=re.compile("^Change")).nth(3).click()
    expect(colleague.locator("input:checked, input[inputmode]").first).to_be_attached()
    colleague.get_by_role("button", name="Continue").click()
    # The address keeps the question, so that one lands on its row.
    expect(colleague).to_have_url(re.compile(r"/check#q-\w+$"))
    other.close()
    page.go_back()
    expect(page).to_have_url(re.compile(r"/check$"))
    page.get_by_role("link", name="Back to the questions").click()
    page.go_back()
    expect(page.get_by_role("button", name="Show my scorecard")).to_be_visible()


@pytest.mark.parametrize("context", ["script"], indirect=True)
def test_axe_finds_nothing(context: BrowserContext, page: Page, site: Site) -> None:
    questionnaire = shipped("renewal-practices")
    answers = sample_of(questionnaire).answers

    def look(_step: str) -> None:
        for scheme, width in LOOKS:
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
            fits(page, width)
            axe_finds_nothing(page)

    _walk_looking(page, site, questionnaire, answers, look)


def _walk_looking(
    page: Page, site: Site, questionnaire: Questionnaire, answers: Any, look: Callable[[str], None]
) -> None:
    page.goto(site.url)
    look("catalogue")
    for tail in ("", "/questions", "/sample"):
        page.goto(f"{site.url}/a/{questionnaire.id}{tail}")
        look(tail)
    page.goto(f"{site.url}/a/{questionnaire.id}")
    fill_page(page, questionnaire, answers)
    press(page, "Start")
    look("question")
    press(page, "Continue")
    look("error")
    hurry_to_check(page, site.url, questionnaire, answers)
    look("check")
    page.fill("#email", "nobody")
    press(page, "Show my scorecard")
    look("contact error")
    page.fill("#email", "")
    press(page, "Show my scorecard")
    look("scorecard")
    page.goto(page.url + "/address")
    look("address")
    page.goto(f"{site.url}/nothing")
    look("not found")


@pytest.mark.parametrize("context", ["script"], indirect=True)
def test_saving_while_one_goes_survives_closing_the_page(context: BrowserContext, page: Page, site: Site) -> None:
    questionnaire = shipped("renewal-practices")
    page.goto(f"{site.url}/a/{questionnaire.id}")
    fill_page(page, questionnaire, sample_of(questionnaire).answers)
    page.get_by_role("button", name="Start").click()
    with page.expect_response(lambda reply: reply.url.endswith("/save") and reply.ok):
        page.locator(".answers input").first.check()
    address = page.url
    page.close()
    again = context.new_page()
    again.goto(address)
    expect(again.locator(".answers input").first).to_be_checked()
