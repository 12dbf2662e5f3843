"""Calculators in a real browser: the same on submit and while typing, by keyboard, at 320 px, without a fault."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pypdf import PdfReader

from tests.browser.conftest import Complaints, Site
from tests.browser.filling import fill_page
from tests.browser.looking import axe_finds_nothing, fits
from tests.conftest import sample_of
from tests.core.building_blocks import CALCULATORS, shipped

RATES = "/a/renewal-compounding?model=contracts&due=1000&renewed=824"


def _figures(page: Page) -> list[str]:
    return [text.strip() for text in page.locator("#result .tells .figure").all_text_contents()]


def _fill(page: Page, slug: str) -> None:
    """The sample's numbers, as somebody types and chooses them."""
    asked = shipped(slug)
    answers = dict(sample_of(asked).answers)
    for name in [name for name, question in asked.questions.items() if question.role == "currency"]:
        if name in answers:
            page.select_option(f"#{name}", str(answers.pop(name)))
    fill_page(page, asked, answers)


@pytest.mark.parametrize(
    ("slug", "context"),
    [(slug, ("script", "no-script")[number % 2]) for number, slug in enumerate(CALCULATORS)],
    indirect=["context"],
)
def test_numbers_in_a_result_out_and_a_link_that_opens_it(page: Page, site: Site, browser: Browser, slug: str) -> None:
    page.goto(f"{site.url}/a/{slug}")
    _fill(page, slug)
    page.get_by_role("button", name="Calculate").click()
    page.wait_for_url(re.compile(rf"/a/{slug}\?.*#result$"))
    figures = _figures(page)
    assert len(figures) == 3
    link = page.input_value("#link")
    other = browser.new_context(java_script_enabled=False)
    colleague = other.new_page()
    colleague.goto(link)
    assert _figures(colleague) == figures
    other.close()


@pytest.mark.parametrize("context", ["script"], indirect=True)
def test_typing_shows_the_result_at_once_and_moves_the_address(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/a/renewal-compounding")
    page.get_by_label("Support or maintenance contracts").check()
    page.fill("#due", "1000")
    # Half a pair is no fault: what is wanting stands in the result, and the address keeps what is there.
    expect(page.locator("#result")).to_contain_text("Still needed: contracts renewed.")
    expect(page.locator("#errors, .question--error")).to_have_count(0)
    expect(page).to_have_url(f"{site.url}/a/renewal-compounding?model=contracts&due=1000")
    page.fill("#renewed", "824")
    expect(page.locator("#result .figure").first).to_have_text("82.4 %")
    expect(page).to_have_url(f"{site.url}{RATES}")
    expect(page.locator("[data-told]")).to_have_text(re.compile("^Contract renewal rate 82.4 %; "))
    assert page.evaluate("document.activeElement.id") == "renewed"
    assert page.evaluate("history.length") == 2, "typing fills no history"
    page.fill("#renewed", "900")
    expect(page.locator("#result .figure").first).to_have_text("90.0 %")
    page.reload()
    expect(page.locator("#renewed")).to_have_value("900")
    expect(page.locator("#result .figure").first).to_have_text("90.0 %")


@pytest.mark.parametrize("context", ["script"], indirect=True)
def test_typing_is_never_disturbed_and_a_figure_is_heard_once_it_stands_still(page: Page, site: Site) -> None:
    figure, told, renewed = (page.locator(where) for where in ("#result .figure >> nth=0", "[data-told]", "#renewed"))
    page.clock.install(time=datetime(2026, 1, 1, tzinfo=UTC))
    page.goto(f"{site.url}/a/renewal-compounding?model=contracts&due=10000&renewed=8240")
    page.clock.pause_at(datetime(2026, 1, 2, tzinfo=UTC))  # from here on time goes by what is said, not by the machine
    page.get_by_text("Where the figures come from").click()
    renewed.focus()
    renewed.evaluate("field => field.setSelectionRange(1, 1)")
    page.keyboard.press("Delete")
    page.clock.run_for(500)
    expect(figure).to_have_text("8.4 %")
    page.clock.run_for(1_100)
    page.keyboard.type("3")
    page.clock.run_for(500)
    expect(figure).to_have_text("83.4 %")
    assert renewed.evaluate("field => [field === document.activeElement, field.selectionStart, field.value]") == [
        True, 2, "8340",
    ]  # fmt: skip
    page.clock.run_for(1_100)
    expect(told).to_have_text("")
    page.clock.run_for(200)
    expect(told).to_have_text(re.compile("^Contract renewal rate 83.4 %; "))
    # Who has gone on to the result by the time it is renewed is still there, and what was opened stays open.
    renewed.fill("8000")
    page.focus("#link")
    page.clock.run_for(500)
    expect(figure).to_have_text("80.0 %")
    expect(page.locator("#link")).to_be_focused()
    expect(page.locator("#result details").last).to_have_attribute("open", "")


@pytest.mark.parametrize("context", ["script"], indirect=True)
def test_an_old_figure_never_stands_beside_new_numbers_without_a_word(page: Page, site: Site) -> None:
    page.goto(f"{site.url}{RATES}")
    # An answer that is no page of ours: as from a limit, or from something between.
    page.route("**/a/renewal-compounding?*", lambda route: route.fulfill(status=429, content_type="text/html"))
    page.fill("#renewed", "900")
    note = page.locator("#result .note")
    expect(note).to_have_text("The numbers have changed since. Press Calculate to see what they come to.")
    page.unroute("**/a/renewal-compounding?*")
    page.fill("#renewed", "950")
    expect(page.locator("#result .figure").first).to_have_text("95.0 %")
    expect(note).to_have_count(0)


@pytest.mark.parametrize("context", ["script"], indirect=True)
def test_amounts_take_the_currency_chosen(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/a/support-price")
    unit = page.locator("#q-list_price .number__unit")
    expect(unit).to_have_count(0)
    for currency, code in (("eur", "EUR"), ("chf", "CHF"), ("", None)):
        page.select_option("#currency", currency)
        expect(unit).to_have_count(1 if code else 0)
        if code:
            expect(unit).to_have_text(code)


def test_without_script_and_with_it_the_same_stands_there(browser: Browser, site: Site) -> None:
    seen = []
    for script in (True, False):
        context = browser.new_context(java_script_enabled=script)
        page = context.new_page()
        page.goto(f"{site.url}/a/self-service-deflection{'' if script else '?events=10000&success=48&no_action=80'}")
        if script:
            for name, value in (("events", "10000"), ("success", "48"), ("no_action", "80")):
                page.fill(f"#{name}", value)
            expect(page.locator("#result .figure").first).to_have_text("3,840 cases")
        seen.append(
            (_figures(page), page.locator(".calc__warning").all_text_contents(), page.locator("#result").inner_text())
        )
        context.close()
    with_script, without = seen
    assert with_script[:2] == without[:2]
    # The button that copies is the script's own.
    assert with_script[2].replace("Copy link\n", "").split() == without[2].split()


@pytest.mark.parametrize("context", ["script"], indirect=True)
def test_what_is_wrong_is_marked_on_submit_and_forgotten_when_mended(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/a/renewal-compounding?due=100&renewed=101")
    expect(page.locator("#errors")).to_be_focused()
    expect(page.locator("#q-renewed")).to_have_class(re.compile("question--error"))
    expect(page.locator("#renewed")).to_have_value("101")
    page.fill("#renewed", "99")
    expect(page.locator("#result .figure").first).to_have_text("99.0 %")
    expect(page.locator("#errors")).to_have_count(0)
    expect(page.locator(".question--error")).to_have_count(0)


@pytest.mark.parametrize("context", ["script"], indirect=True)
def test_leaving_a_field_says_at_it_what_is_wrong_and_an_example_replaces_nothing_typed(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/a/self-service-deflection")
    way = page.locator("[data-way]")
    expect(way).to_have_text("Fill in an example")
    page.locator("#success").press_sequentially("480")
    expect(page.locator("#result")).to_contain_text("or less")
    expect(way).to_have_text("Start again")
    expect(page.locator(".error")).to_have_count(0)
    page.focus("#events")
    expect(page.locator("#q-success .error")).to_contain_text("or less")
    expect(page.locator("#success")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#success")).to_have_attribute("aria-describedby", re.compile("^success-error"))
    expect(page.locator(".error")).to_have_count(1)
    page.fill("#success", "48")
    page.focus("#events")
    expect(page.locator(".error, [aria-invalid]")).to_have_count(0)


@pytest.mark.parametrize("context", ["script"], indirect=True)
def test_on_a_narrow_screen_the_first_value_is_in_sight_while_one_types(page: Page, site: Site) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{site.url}/a/self-service-deflection")
    line = page.locator("[data-peek]")
    expect(line).to_be_hidden()
    for name, value in (("events", "10000"), ("success", "48"), ("no_action", "80")):
        page.fill(f"#{name}", value)
    expect(line).to_have_text("3,840 cases (upper bound): see the result")
    expect(line).to_be_in_viewport()
    typing, over = page.locator("#no_action").bounding_box(), line.bounding_box()
    assert typing is not None
    assert over is not None
    assert typing["y"] + typing["height"] <= over["y"], "the line covers the field in which somebody types"
    fits(page)
    axe_finds_nothing(page)
    line.click()
    expect(page.locator("#result .figure").first).to_be_in_viewport()
    page.set_viewport_size({"width": 1280, "height": 844})
    expect(line).to_be_hidden()


def test_an_error_loses_nothing_and_leads_to_its_field(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/a/renewal-compounding")
    page.fill("#due", "100")
    page.fill("#renewed", "101")
    page.get_by_role("button", name="Calculate").click()
    expect(page.locator("#errors a").first).to_have_attribute("href", "#q-renewed")
    expect(page.locator("#due")).to_have_value("100")
    expect(page.locator("#renewed")).to_have_value("101")


def test_a_pdf_that_is_kept_downloads(page: Page, site: Site) -> None:
    page.goto(f"{site.url}{RATES}")
    with page.expect_download(timeout=60_000) as download:
        page.get_by_role("button", name="Keep this as a PDF").click()
    assert download.value.suggested_filename == "renewal-compounding.pdf"
    text = " ".join("".join(sheet.extract_text() for sheet in PdfReader(BytesIO(_read(download.value))).pages).split())
    assert "82.4 %" in text
    assert "Above the published" not in text


def _read(download: Any) -> bytes:
    path = download.path()
    return bytes(path.read_bytes())


@pytest.mark.parametrize("context", ["script"], indirect=True)
def test_by_keyboard_alone(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/a/recurring-revenue")
    page.focus("#rev_begin")
    for value in ("100", "45", "5", "25", "5"):
        page.keyboard.type(value)
        page.keyboard.press("Tab")
    expect(page.locator("#result .figure").first).to_have_text("120.0 %")
    page.keyboard.press("Space")
    expect(page.locator("input[name=model]").first).to_be_checked()
    page.keyboard.press("ArrowDown")
    expect(page).to_have_url(re.compile("model=subscriptions"))


@pytest.mark.parametrize("context", ["script"], indirect=True)
def test_the_link_is_copied(context: BrowserContext, page: Page, site: Site) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=site.url)
    page.goto(f"{site.url}{RATES}")
    page.get_by_role("button", name="Copy link").click()
    expect(page.locator("[data-told]")).to_have_text("The link is copied.")
    assert page.evaluate("navigator.clipboard.readText()") == f"{site.url}{RATES}"


@pytest.fixture
def look(browser: Browser, site: Site) -> Iterator[Callable[[str], None]]:
    """Looks at an address by axe, narrow and light, wide and dark; and at three widths for what sticks out."""
    with browser.new_context(reduced_motion="reduce") as context:
        page, complaints = context.new_page(), Complaints()
        complaints.listen(page)

        def at(address: str) -> None:
            page.set_viewport_size({"width": 320, "height": 900})  # as it is when the page is loaded
            page.emulate_media(color_scheme="light", reduced_motion="reduce")
            page.goto(f"{site.url}{address}")
            fits(page)
            axe_finds_nothing(page)
            fits(page, 390, 1280)
            page.emulate_media(color_scheme="dark", reduced_motion="reduce")
            axe_finds_nothing(page)

        yield at
        assert not complaints.lines


def test_axe_finds_nothing_and_nothing_scrolls_sideways(look: Callable[[str], None]) -> None:
    """The catalog, where calculators begin, is looked at in test_respondent_in_browser."""
    for slug in CALCULATORS:
        look(f"/a/{slug}")
        look(f"/a/{slug}/sample")
    look("/a/renewal-compounding?due=100&renewed=101")
    look("/a/recurring-revenue?rev_begin=100")
    look(
        "/a/self-service-deflection?events=1000000000&success=48&no_action=80&assisted=1&case_cost=999999&currency=usd"
    )
