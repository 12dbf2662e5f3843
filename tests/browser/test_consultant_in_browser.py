"""Carl's first day in a real browser, with and without JavaScript: from the link he was given to signing out.

Real site, real worker, real mail server: link, password, second factor, list, filters, one submission, note, reviewed
scorecard sent, export read back, sign out, and in again with a recovery code.
"""

import re
from io import BytesIO

import pytest
from click.testing import CliRunner
from openpyxl import load_workbook
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pypdf import PdfReader

from assessment.catalogue.catalogue import Catalogue
from assessment.cli import cli
from assessment.clock import now
from assessment.paths import questionnaires_dir
from tests.browser.conftest import Complaints, Site
from tests.browser.filling import hurry_to_check, press
from tests.browser.looking import axe_finds_nothing, fits
from tests.conftest import sample_of
from tests.web.accounts.signing import PASSWORD, code_of

SLUG = "support-scaling"
SCRIPTED: set[BrowserContext] = set()
"""The browsers that run script."""
COMMENT = "Your self-help numbers are better than you think.\n\nLet us begin with the two cases that come back."


def _no_faults(page: Page) -> None:
    """Nothing scrolls sideways, narrow and wide, and axe, which runs where script does, finds nothing."""
    fits(page, 390, 1280)
    if page.context in SCRIPTED:
        axe_finds_nothing(page)


def _link_from_the_command_line(site: Site, email: str, name: str) -> str:
    """What an administrator of the machine does for a new colleague."""
    settings = {"ASSESSMENT_HOME": str(site.home), "ASSESSMENT_PUBLIC_URL": site.url, "DATABASE_URL": site.database}
    done = CliRunner().invoke(cli, ["consultant", "add", email, "--name", name], env=settings, catch_exceptions=False)
    return done.stdout.strip().splitlines()[-1]


def _submits(page: Page, site: Site, email: str, company: str) -> None:
    entry = Catalogue(questionnaires_dir(), now()).get(SLUG)
    assert entry is not None
    hurry_to_check(page, site.url, entry.questionnaire, sample_of(entry.questionnaire).answers)
    page.fill("#name", "Željko Łódź")
    page.fill("#email", email)
    page.fill("#company", company)
    page.locator('input[value="contact"]').check()
    page.get_by_role("button", name="Show my scorecard").click()


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_a_consultants_first_day(browser: Browser, site: Site, script: bool) -> None:
    way = "script" if script else "plain"
    email, company = f"zeljko.{way}@northfield.example", f"Northfield {way.title()}"
    with browser.new_context() as hers, browser.new_context(java_script_enabled=script) as his:
        SCRIPTED.update({his} if script else {})
        prospect, page, complaints = hers.new_page(), his.new_page(), Complaints()
        _submits(prospect, site, email, company)
        complaints.listen(page)
        codes = _enters(page, _link_from_the_command_line(site, f"carl.{way}@meridian.example", f"Carl {way.title()}"))
        _finds(page, site, company)
        _works(page)
        _reviews(page, site, email)
        _exports(page, site, company)
        page.get_by_role("button", name="Sign out", exact=True).click()
        page.goto(f"{site.url}/review/submissions")
        expect(page).to_have_url(re.compile(r"/sign-in\?next="))
        _comes_back(page, f"carl.{way}@meridian.example", codes[0])
        assert not complaints.lines
        prospect.reload()
        expect(prospect.get_by_text("Let us begin with the two cases that come back.")).to_be_visible()


def _enters(page: Page, link: str) -> list[str]:
    """Password, second factor, recovery codes; then the list."""
    page.goto(link)
    assert link.rpartition("/")[2] not in page.url
    page.fill("#password", "short")
    page.fill("#again", "short")
    page.locator("main form button").click()
    expect(page.locator("#errors")).to_be_visible()
    page.fill("#password", PASSWORD)
    page.fill("#again", PASSWORD)
    _no_faults(page)
    page.locator("main form button").click()
    page.fill("#code", "000000")
    page.get_by_role("button", name="Continue").click()
    expect(page.locator("#errors")).to_be_visible()
    _no_faults(page)
    page.fill("#code", code_of(page.inner_text(".key")))
    page.get_by_role("button", name="Continue").click()
    codes = page.locator(".codes code")
    expect(codes).to_have_count(10)
    return codes.all_inner_texts()


def _finds(page: Page, site: Site, company: str) -> None:
    """The new submission stands in the list, and the filters find it."""
    page.goto(f"{site.url}/review/submissions")
    _no_faults(page)
    page.get_by_label("Company, person or note").fill(f"{company.partition(' ')[2]} zeljko")
    page.get_by_label("Status").first.select_option("new")
    page.get_by_role("button", name="Filter").click()
    expect(page.get_by_text("1 submission that matches")).to_be_visible()
    page.get_by_role("link", name=company, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(company)


def _works(page: Page) -> None:
    """Takes it over, sets a follow-up and writes a note."""
    _no_faults(page)
    page.get_by_label("Status").select_option("in_review")
    page.get_by_label("Follow up on").fill("2027-02-03")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_label("Add a note").fill("Asked for a call on <Tuesday> & for two references")
    page.get_by_role("button", name="Save note").click()
    expect(page.locator("#notes").get_by_text("Asked for a call on <Tuesday> & for two references")).to_be_visible()
    expect(page.get_by_label("Status")).to_have_value("in_review")
    expect(page.get_by_label("Follow up on")).to_have_value("2027-02-03")


def _reviews(page: Page, site: Site, email: str) -> None:
    """A comment, previewed and sent; the mail brings a PDF that says whose it is."""
    submission = page.url.partition("#")[0]
    before = len([mail for mail in site.mailbox.messages if mail["X-Rcpt"] == email])
    page.get_by_role("link", name="Write a reviewed scorecard").click()
    page.get_by_label("What you want to tell them").fill(COMMENT)
    press(page, "Preview")
    _no_faults(page)
    page.get_by_role("button", name="Send").first.click()
    expect(page.get_by_role("main")).to_contain_text("sent", ignore_case=True)
    reviewed = site.mailbox.wait_for(email, at_least=before + 1)
    pdf = next(part for part in reviewed.iter_attachments() if part.get_content_type() == "application/pdf")
    text = " ".join(sheet.extract_text() for sheet in PdfReader(BytesIO(pdf.get_content())).pages[:3])
    assert "Reviewed by Carl" in text
    assert "Let us begin with the two cases" in " ".join(text.split())
    page.goto(submission)


def _exports(page: Page, site: Site, company: str) -> None:
    """What is filtered, as a workbook that a spreadsheet reader opens."""
    page.goto(f"{site.url}/review/submissions?search={company.replace(' ', '+')}")
    with page.expect_navigation():
        page.get_by_role("link", name="Export these").click()
    _no_faults(page)
    page.locator('input[value="xlsx"]').check()
    page.get_by_role("button", name="Make the file").click()
    link = page.get_by_role("link", name="Download", exact=True)
    expect(link).to_be_visible(timeout=30_000)
    _no_faults(page)
    with page.expect_download() as waiting:
        link.click()
    assert waiting.value.suggested_filename.endswith(".xlsx")
    sheet = load_workbook(BytesIO(waiting.value.path().read_bytes())).worksheets[0]
    assert company in {str(cell.value) for row in sheet.iter_rows() for cell in row}


def _comes_back(page: Page, email: str, code: str) -> None:
    """In again, with a recovery code in place of the telephone."""
    page.fill("#email", email)
    page.fill("#password", PASSWORD)
    page.get_by_role("button", name="Continue", exact=True).click()
    page.get_by_role("link", name=re.compile("recovery code", re.IGNORECASE)).click()
    page.fill("#code", code)
    page.locator("main form button").first.click()
    expect(page).to_have_url(re.compile("/review/submissions"))
