"""Every page as a prospect and as an admin opens it in a real browser: nothing refused, nothing asked of anybody else.

The walk follows links from page to page until every address a link leads to was opened; then it sends some forms.
"""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from playwright.sync_api import Browser, Dialog, Page
from werkzeug.exceptions import HTTPException

from assessment.actions.installation import Installation
from assessment.core.definition import Questionnaire
from tests.attacks.people import Crowd, gather
from tests.browser.conftest import Site
from tests.browser.filling import press
from tests.browser.test_review_in_browser import enter
from tests.walking import Walker

NO_PAGE = ("/pdf", ".pdf", ".json", "/file", "/health", "/ready", "/brand.css")
SAME = 2
"""How many addresses of one kind are opened."""
WATCH = """
document.addEventListener("securitypolicyviolation", (event) => {
  console.error("refused by policy: " + event.violatedDirective + " " + event.blockedURI + " " + event.sample);
});
"""


@pytest.fixture
def crowd(app: Flask, house: Installation, visitor: Callable[[], Walker], renewal: Questionnaire) -> Crowd:
    return gather(house, app, visitor, renewal)


class Heard:
    """What a page was refused, asked of others, or put in front of the reader."""

    def __init__(self, page: Page, address: str) -> None:
        self.lines: list[str] = []
        self.dialogs: list[str] = []
        self._address = address
        page.add_init_script(WATCH)
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.lines.append(f"error: {error}"))
        page.on("dialog", self._dialog)
        page.on("request", lambda request: self._request(request.url))

    def _dialog(self, dialog: Dialog) -> None:
        self.lines.append(f"dialog: {dialog.message}")
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def _console(self, message: Any) -> None:
        # The browser itself logs every reply of 4xx; those are asked for.
        if message.type == "error" and "status of 4" not in message.text:
            self.lines.append(f"console: {message.text}")

    def _request(self, url: str) -> None:
        if not url.startswith((f"{self._address}/", "data:image/svg+xml")):
            self.lines.append(f"another origin: {url}")


def _walk(app: Flask, page: Page, address: str, begin: list[str]) -> set[str]:
    """Open every page that links lead to, a few of each kind; gives the kinds of addresses opened."""
    adapter = app.url_map.bind("localhost")
    waiting, kinds, opened = list(begin), dict[str, int](), set[str]()
    while waiting:
        path = waiting.pop(0)
        plain = path.partition("?")[0]
        try:
            rule, _ = adapter.match(plain, method="GET", return_rule=True)
        except HTTPException:
            continue
        kind = rule.rule + ("?" if "?" in path else "")
        if path in opened or kinds.get(kind, 0) >= SAME or plain.endswith(NO_PAGE) or rule.rule.startswith("/static"):
            continue
        kinds[kind] = kinds.get(kind, 0) + 1
        opened.add(path)
        page.goto(address + path)
        assert page.locator("h1").count() >= 1, path
        for href in page.eval_on_selector_all("a[href]", "all => all.map(one => one.href)"):
            parts = urlsplit(href)
            if href.startswith(f"{address}/"):
                waiting.append(parts.path + (f"?{parts.query}" if parts.query else ""))
    return {kind.rstrip("?") for kind in kinds}


def test_a_prospects_pages_are_refused_nothing(browser: Browser, app: Flask, crowd: Crowd, address: str) -> None:
    with browser.new_context() as context:
        page = enter(context, crowd.people["priya"], address)
        heard = Heard(page, address)
        draft, card, slug = f"/r/{crowd.drafts['priya']}", f"/s/{crowd.cards['priya']}", crowd.asked.id
        doors = [f"{door}{crowd.tokens[door]}" for door in ("/open/share/", "/open/invitation/", "/not-me/")]
        begin = [
            "/",
            "/privacy",
            "/imprint",
            f"/a/{slug}",
            f"{draft}/0",
            f"{draft}/1",
            f"{draft}/check",
            f"{draft}/later",
            card,
            *doors,
        ]
        begin += [f"{card}/address", f"{card}/delete", f"/v/{crowd.cards['priya']}", f"/i/{crowd.invitation}", "/x/y"]
        kinds = _walk(app, page, address, begin)
        assert kinds >= {
            "/", "/a/<slug>", "/a/<slug>/questions", "/a/<slug>/sample", "/r/<public_id>/<int:index>",
            "/r/<public_id>/check", "/r/<public_id>/later", "/s/<public_id>", "/s/<public_id>/address",
            "/s/<public_id>/delete", "/v/<public_id>", "/i/<public_id>", "/not-me/<token>", "/privacy", "/imprint",
            "/benchmarks",
        }  # fmt: skip
        page.goto(f"{address}{draft}/1")
        assert page.locator(".progress__live").count() == 1  # our script ran
        with page.expect_response(lambda reply: reply.url.endswith("/save")) as saved:
            page.locator("form[data-save] input:not([type=hidden]), form[data-save] textarea").first.click()
            page.keyboard.press("Space")
            page.keyboard.type("5")
        assert saved.value.status == 200
        assert not heard.lines


def test_the_workplaces_pages_are_refused_nothing(browser: Browser, app: Flask, crowd: Crowd, address: str) -> None:
    with browser.new_context() as context:
        page = enter(context, crowd.people["admin"], address)
        heard = Heard(page, address)
        card = f"/review/submissions/{crowd.cards['priya']}"
        begin = ["/review/submissions", card, f"{card}/reviewed", f"{card}/reviewed/preview", "/review/more"]
        kinds = _walk(app, page, address, [*begin, "/review/nowhere"])
        opened = {kind for kind in kinds if kind.startswith("/review")}
        wanted = {
            rule.rule
            for rule in app.url_map.iter_rules()
            if rule.rule.startswith("/review") and "GET" in (rule.methods or ()) and not rule.rule.endswith(NO_PAGE)
        }
        # An export and its page are made by a form, and another app is set up behind a link of its own.
        assert wanted - opened <= {"/review/exports/<public_id>", "/review/"}, wanted - opened
        page.goto(f"{address}/review/submissions")
        assert not heard.lines


def test_signing_in_is_refused_nothing(browser: Browser, app: Flask, crowd: Crowd, address: str) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        heard = Heard(page, address)
        reset = f"/password/reset/{crowd.tokens['/password/reset/']}"
        kinds = _walk(app, page, address, ["/sign-in", "/sign-in/forgotten", reset, "/review/submissions"])
        assert {"/sign-in", "/sign-in/forgotten"} <= kinds
        page.goto(f"{address}/sign-in")
        page.fill("#email", "nobody@meridian.example")
        page.fill("#password", "seven lamps drift south")
        press(page, "Continue")
        assert page.locator("#errors").count() == 1
        assert not heard.lines


TRICKS = {
    "an inline script": "const s = document.createElement('script'); s.append('alert(1)'); document.body.append(s)",
    "a script of ours without the nonce": (
        "const s = document.createElement('script'); s.src = '/static/js/app.js'; document.body.append(s)"
    ),
    "a handler": "document.body.setAttribute('onclick', 'alert(1)'); document.body.click()",
    "a style attribute": "document.body.setAttribute('style', 'color: red')",
    "a style element": "const s = document.createElement('style'); s.append('a{color:red}'); document.head.append(s)",
    "text made a page": "document.body.innerHTML = '<b>x</b>'",
    "a base": "const b = document.createElement('base'); b.href = 'http://127.0.0.1:9/'; document.head.append(b)",
    "a picture of others": "const i = new Image(); i.src = 'http://127.0.0.1:9/x.png'",
    "a frame": "const f = document.createElement('iframe'); f.src = '/'; document.body.append(f)",
    "a call to others": "fetch('http://127.0.0.1:9/').catch(() => {})",
    "a form to others": (
        "const f = document.createElement('form'); f.action = 'http://127.0.0.1:9/';document.body.append(f); f.submit()"
    ),
}


@pytest.fixture(scope="module")
def tricked(browser: Browser, site: Site) -> Iterator[tuple[Page, Heard]]:
    with browser.new_context() as context:
        page = context.new_page()
        heard = Heard(page, site.url)
        yield page, heard
        page.wait_for_timeout(300)  # what was refused might have been done all the same, and a little later
        assert not heard.dialogs


@pytest.mark.parametrize("trick", TRICKS)
def test_what_the_policy_refuses_is_noticed(tricked: tuple[Page, Heard], site: Site, trick: str) -> None:
    """Else the tests above could not fail."""
    page, heard = tricked
    page.goto("about:blank")
    heard.lines.clear()  # what an earlier trick was told
    page.goto(f"{site.url}/a/renewal-practices")
    assert not heard.lines
    page.evaluate(f"() => {{ try {{ {TRICKS[trick]} }} catch (error) {{ }} }}")
    for _ in range(100):
        if any("refused by policy" in line for line in heard.lines):
            break
        page.wait_for_timeout(30)
    assert [line for line in heard.lines if "refused by policy" in line], heard.lines
    assert not [line for line in heard.lines if line.startswith("dialog")]
