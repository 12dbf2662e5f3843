"""From a scorecard to the library and to what comes next, and a company on one page: in a real browser, for axe too."""

import re
from collections.abc import Callable
from itertools import pairwise

import pytest
from playwright.sync_api import Browser, expect

from assessment.actions import owning
from assessment.actions.installation import Installation
from assessment.core.definition import Questionnaire
from tests.browser.conftest import Complaints
from tests.browser.looking import look
from tests.browser.test_review_in_browser import PRIYA, enter
from tests.conftest import sample_of
from tests.walking import Walker


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_from_a_comparison_to_its_figure_and_from_the_weakest_area_to_the_next_start(
    browser: Browser, address: str, priya: Walker, house: Installation, renewal: Questionnaire, script: bool
) -> None:
    card = priya.scorecard(renewal, sample_of(renewal).answers, PRIYA)
    owned = owning.read(house, card.rpartition("/")[2])
    assert owned is not None
    told = owned.card.suggestion
    assert told is not None
    with browser.new_context(java_script_enabled=script, reduced_motion="reduce") as context:
        page, complaints = enter(context, priya, address), Complaints()
        complaints.listen(page)
        page.goto(address + card)
        page.locator('a[href="/benchmarks#X01"]').first.click()
        expect(page.locator("#X01 h3")).to_be_in_viewport()
        assert "82.4 %" in page.locator("#X01").inner_text()
        if script:
            look(page)
        page.go_back()
        page.get_by_role("link", name=f"Go to {told.title}").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(told.title)
        expect(page.get_by_role("button", name="Start")).to_be_visible()
        assert not complaints.lines


def test_the_library_is_read_by_keyboard_from_its_contents(browser: Browser, address: str) -> None:
    with browser.new_context(reduced_motion="reduce") as context:
        page = context.new_page()
        page.goto(address)
        page.get_by_role("link", name="Benchmark library").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(r"^\d+ published figures, and where"))
        contents = page.locator(".figure-contents a").last
        contents.focus()
        page.keyboard.press("Enter")
        expect(page.locator(str(contents.get_attribute("href")))).to_be_in_viewport()
        levels = page.locator("h1, h2, h3").evaluate_all("all => all.map(one => Number(one.tagName[1]))")
        assert levels[0] == 1
        assert all(after - before <= 1 for before, after in pairwise(levels))


def test_a_company_on_one_page(
    browser: Browser, address: str, visitor: Callable[[], Walker], staff: Callable[..., Walker], house: Installation
) -> None:
    for slug in ("renewal-practices", "pricing-tier-placement", "service-automation", "renewal-practices"):
        entry = house.catalogue.get(slug)
        assert entry is not None
        visitor().scorecard(entry.questionnaire, sample_of(entry.questionnaire).answers, PRIYA)
    with browser.new_context() as context:
        page, complaints = enter(context, staff("consultant", "Carl Moreau"), address), Complaints()
        complaints.listen(page)
        page.goto(f"{address}/review/submissions")
        page.get_by_role("link", name="Their results on one page").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Northfield Systems")
        expect(page.locator(".result .spectrum")).to_have_count(3)
        expect(page.locator("#glance").get_by_role("row")).to_have_count(4)  # its head and three results
        assert "No change" in page.locator("#renewal-practices").inner_text()
        page.get_by_text("1 earlier result").click()
        look(page)
        page.locator("#pricing-tier-placement").get_by_role("link", name="Open the submission").click()
        page.get_by_role("link", name="All results of this company on one page").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Northfield Systems")
        page.locator("#open").get_by_role("link").first.click()
        expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("nvit"))
        assert not complaints.lines
