"""Anna sets the workplace up, adds a passkey and signs in with it, in a real browser with a virtual device."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from assessment import clock, staffing
from assessment.actions.installation import Installation
from assessment.app import create_app
from assessment.installing import install, prepare
from assessment.settings import read_settings
from tests.browser.conftest import free_port, served
from tests.browser.filling import press
from tests.browser.looking import axe_finds_nothing
from tests.databases import fresh_database
from tests.walking import Walker, hidden
from tests.web.accounts.signing import PASSWORD, code_of


@pytest.fixture
def local(tmp_path: Path) -> Iterator[tuple[str, Installation, Any]]:
    """A site under a name, not a number: passkeys belong to names."""
    port = free_port()
    url = f"http://localhost:{port}"
    home = tmp_path / "home"
    environment = {"ASSESSMENT_HOME": str(home), "ASSESSMENT_PUBLIC_URL": url, "DATABASE_URL": fresh_database(home)}
    settings = read_settings(environment, tmp_path)
    prepare(settings)
    house = install(settings)
    app = create_app(house)
    with served(app, port):
        yield url, house, app
    house.engine.dispose()


def _device(page: Page, *, checks_owner: bool = True) -> None:
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": checks_owner, "automaticPresenceSimulation": True,
    }  # fmt: skip
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def test_set_up_add_a_passkey_and_sign_in_with_it(browser: Browser, local: tuple[str, Installation, Any]) -> None:
    url, house, app = local
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto(staffing.set_up_link(house, clock.now()) or "")
    assert page.url == f"{url}/set-up"
    axe_finds_nothing(page)
    for name, value in (("name", "Anna Berg"), ("email", "anna@meridian.example")):
        page.fill(f"#{name}", value)
    page.fill("#password", PASSWORD)
    page.fill("#again", PASSWORD)
    press(page, "Continue")
    axe_finds_nothing(page)
    page.fill("#code", code_of(page.inner_text(".key")))
    page.get_by_role("button", name="Continue").click()
    expect(page.locator(".codes code")).to_have_count(10)
    axe_finds_nothing(page)

    _device(page)
    page.goto(f"{url}/review/account/passkey")
    page.fill("#name", "Anna's telephone")
    page.get_by_role("button", name="Make the passkey").click()
    page.wait_for_url("**/review/account?told=passkey")
    assert "Anna's telephone" in page.inner_text("main")
    axe_finds_nothing(page)
    press(page, "Sign out")
    axe_finds_nothing(page)

    sent: list[Request] = []
    page.on("request", lambda request: sent.append(request) if request.url.endswith("/sign-in/passkey") else None)
    page.goto(f"{url}/sign-in?next=/review/account")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(f"{url}/review/account")
    assert "Anna's telephone" in page.inner_text("main")
    assert not complaints

    # What the device answered is worth nothing a second time, nor in another browser.
    answer = parse_qs(sent[0].post_data or "")["credential"][0]
    mallory = Walker(app.test_client())
    html = mallory.client.get("/sign-in").get_data(as_text=True)
    fields = {"csrf_token": hidden(html, "csrf_token"), "credential": answer}
    assert mallory.client.post("/sign-in/passkey", data=fields).status_code == 422

    page.goto(f"{url}/review/account")
    page.get_by_role("button", name="Remove Anna's telephone").click()
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_selector("#errors")
    assert "does not open an account" in page.inner_text("#errors")
    context.close()


def test_a_device_that_does_not_check_its_owner_makes_no_passkey(
    browser: Browser, local: tuple[str, Installation, Any]
) -> None:
    url, house, _ = local
    context = browser.new_context()
    page = context.new_page()
    page.goto(staffing.set_up_link(house, clock.now()) or "")
    for name, value in (("name", "Anna"), ("email", "anna@meridian.example"), ("password", PASSWORD)):
        page.fill(f"#{name}", value)
    page.fill("#again", PASSWORD)
    page.get_by_role("button", name="Continue").click()
    page.fill("#code", code_of(page.inner_text(".key")))
    page.get_by_role("button", name="Continue").click()
    _device(page, checks_owner=False)
    page.goto(f"{url}/review/account/passkey")
    page.get_by_role("button", name="Make the passkey").click()
    page.wait_for_selector("[data-passkey-error]:not([hidden])")
    page.goto(f"{url}/review/account")
    assert page.get_by_role("button", name="Remove").count() == 0
    context.close()
