"""Carl reviews a scorecard in a real browser: order by buttons or by numbers, preview, send; nothing for axe to say."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from assessment.core.definition import Questionnaire
from tests.browser.conftest import Complaints
from tests.browser.looking import axe_finds_nothing, look
from tests.conftest import sample_of
from tests.reviewing import COMMENT
from tests.walking import Walker

PRIYA = {"email": "priya@northfield.example", "name": "Priya Raman", "company": "Northfield Systems"}


def enter(context: BrowserContext, walker: Walker, address: str) -> Page:
    """A page of somebody who is signed in, or owns a scorecard, as that walker does."""
    cookies: Any = [{"name": one.key, "value": one.value, "url": address} for one in walker.client._cookies.values()]
    context.add_cookies(cookies)
    return context.new_page()


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_from_the_form_to_the_prospects_page(
    browser: Browser,
    address: str,
    priya: Walker,
    staff: Callable[..., Walker],
    renewal: Questionnaire,
    script: bool,
) -> None:
    card = priya.scorecard(renewal, sample_of(renewal).answers, PRIYA).rpartition("/")[2]
    with browser.new_context(java_script_enabled=script) as context, browser.new_context() as hers:
        page, complaints = enter(context, staff("consultant", "Carl Moreau"), address), Complaints()
        complaints.listen(page)
        page.goto(f"{address}/review/submissions/{card}/reviewed")
        titles = page.locator(".order-row b").all_inner_texts()
        for title in titles[3:7]:
            page.get_by_role("checkbox", name=title).uncheck()
        if script:
            page.get_by_role("button", name=f"Move up: {titles[1]}").click()
            expect(page.get_by_label(f"Place of {titles[1]}")).to_have_value("1")
            expect(page.get_by_label(f"Place of {titles[0]}")).to_have_value("2")
            axe_finds_nothing(page)  # dark and narrow too below, with its fault
        else:
            page.get_by_label(f"Place of {titles[0]}").fill("2")
            page.get_by_label(f"Place of {titles[1]}").fill("1")
        page.get_by_label("What you want to tell them").fill(COMMENT)
        page.get_by_label("Title", exact=True).fill("Name one owner for every large renewal")
        page.get_by_role("button", name="Preview").click()
        assert "Name the first action" in page.locator("#errors").inner_text()
        if script:
            look(page)
        page.get_by_label("Why", exact=True).fill("Nobody owns the largest renewals.")
        page.get_by_label("First action", exact=True).fill("List the twenty largest contracts.")
        page.get_by_label("Measure", exact=True).fill("Share of those with a named owner.")
        page.get_by_label("Within how many days", exact=True).fill("21")
        page.get_by_label("Effort", exact=True).select_option("low")
        page.get_by_role("button", name="Preview").click()
        expect(page.get_by_text("nothing is sent yet")).to_be_visible()
        if script:
            look(page)
        page.get_by_role("button", name="Send it").click()
        expect(page.get_by_text("Sent. It stands on the prospect’s scorecard")).to_be_visible()
        if script:
            look(page)
        assert not complaints.lines
        reading = enter(hers, priya, address)
        reading.goto(f"{address}/s/{card}")
        order = reading.locator("#reviewed .advice h3").all_inner_texts()
        assert order == [titles[1], titles[0], titles[2], "Name one owner for every large renewal"]
        if script:
            look(reading)
