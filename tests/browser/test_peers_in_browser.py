"""A scorecard that stands among peers, in a real browser: read narrow and wide, by keyboard, and left by a button."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from assessment import clock
from assessment.actions import peering
from assessment.actions.installation import Installation
from assessment.core.definition import Questionnaire
from tests.browser.conftest import Complaints
from tests.browser.looking import look
from tests.conftest import sample_of
from tests.peering import answer_all, confirm, spoken
from tests.walking import Walker


@pytest.fixture
def card(house: Installation, renewal: Questionnaire, priya: Walker) -> str:
    """Where the scorecard stands that is set beside 26 companies, 20 of which are of Priya's size."""
    answer_all(house, renewal, range(10), size="small")
    answer_all(house, renewal, range(10, 20), size="small", renewal_start="after")
    answer_all(house, renewal, range(20, 26), size="large")
    peering.listen(house, clock.now())
    check = priya.to_check(renewal, {**sample_of(renewal).answers, "size": "small"})
    contact = {"company": "Northfield", "email": "priya@northfield.example"}
    address = str(priya.submit(check, contact, ("comparison",)).headers["Location"])
    confirm(house, address.rpartition("/")[2])
    return address


@pytest.fixture(params=[True, False], ids=["script", "no-script"])
def page(request: pytest.FixtureRequest, browser: Browser, address: str, card: str, priya: Walker) -> Iterator[Page]:
    with browser.new_context(java_script_enabled=request.param, reduced_motion="reduce") as context:
        cookies = [{"name": one.key, "value": one.value, "url": address} for one in priya.client._cookies.values()]
        context.add_cookies(cookies)  # type: ignore[arg-type]
        opened, complaints = context.new_page(), Complaints()
        complaints.listen(opened)
        opened.goto(address + card)
        yield opened
        assert not complaints.lines


def test_she_reads_where_she_stands_and_leaves_the_comparison(
    page: Page, house: Installation, request: pytest.FixtureRequest
) -> None:
    section = page.locator("section", has=page.get_by_role("heading", name="Where you stand among peers"))
    everybody = section.get_by_role("table").first
    expect(everybody.get_by_role("row")).to_have_count(9)  # its head, the overall and seven areas
    expect(everybody.get_by_role("img").first).to_have_accessible_name(
        everybody.get_by_role("img").first.locator("title").text_content() or "-"
    )
    hers = section.locator("details", has_text="Size of service: Up to 20")
    hers.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(hers.get_by_role("table")).to_be_visible()
    expect(hers).to_contain_text("About 20 companies")
    expect(page.locator(".compare").first).to_contain_text("Peers: ")
    if "no-script" not in request.node.name:
        look(page)
    peering.listen(house, clock.now())
    assert len(spoken(house)) == 27
    page.get_by_role("button", name="Leave the peer comparison").click()
    expect(page.get_by_role("status")).to_contain_text("You have left the peer comparison")
    assert len(spoken(house)) == 26
