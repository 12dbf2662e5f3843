"""A real browser over the pages that hold the corpus: no dialog, nothing refused by the policy, nobody else asked."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from waitress import create_server

from tests.attacks.corpus import CORPUS, MARK
from tests.attacks.hostile import LIST, Hostile, erasures_of, lists_of
from tests.browser.conftest import Complaints, launched
from tests.reviewing import at

WATCH = """
addEventListener("securitypolicyviolation", event =>
  console.error("policy: " + event.violatedDirective + " " + event.blockedURI + " " + (event.sample || "")));
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as made:
        yield made


@pytest.fixture(scope="module")
def served(hostile: Hostile) -> Iterator[str]:
    """The hostile house on the address of its links."""
    url = hostile.house.settings.public_url
    server: Any = create_server(
        hostile.app, host="127.0.0.1", port=int(url.rpartition(":")[2]), threads=4, map={}, ident=None
    )
    running = threading.Thread(target=server.run, daemon=True)
    running.start()
    yield url
    server.close()
    running.join(timeout=5)


def _page(browser: Browser, url: str, client: Any, complaints: Complaints) -> Page:
    """A page of a browser that holds the cookies of one person."""
    context = browser.new_context()
    cookies = {cookie.key: cookie.value for cookie in client._cookies.values()}
    context.add_cookies([{"name": name, "value": value, "url": url} for name, value in cookies.items()])
    page = context.new_page()
    page.add_init_script(WATCH)
    complaints.listen(page)
    page.on("dialog", lambda dialog: dialog.dismiss())
    return page


def _walk(page: Page, url: str, addresses: list[str]) -> int:
    """Open every address, and touch what a hover or a focus would wake; how many pages held a canary."""
    holding = 0
    for address in addresses:
        page.goto(url + address, wait_until="load")
        holding += any(mark in page.content() for mark in (MARK, "Cq18", "Nq19", "Aq20", "Vq21"))
        page.keyboard.press("Tab")
        page.mouse.move(300, 300)
    return holding


@pytest.mark.parametrize("who", ["prospect", "carl", "vera", "ada"])
def test_nothing_sings_in_a_real_browser(hostile: Hostile, browser: Browser, served: str, who: str) -> None:
    complaints, addresses = Complaints(), _addresses(hostile)[who]
    client = hostile.owners[hostile.reviewed] if who == "prospect" else getattr(hostile, who).client
    page = _page(browser, served, client, complaints)
    if who == "prospect":
        for card in hostile.cards[::16]:
            other = _page(browser, served, hostile.owners[card], complaints)
            assert _walk(other, served, [f"/s/{card}", f"/s/{card}/address"])
            other.context.close()
    assert _walk(page, served, addresses) >= len(addresses) // 3
    page.context.close()
    assert not complaints.lines


def _addresses(hostile: Hostile) -> dict[str, list[str]]:
    some = [*hostile.cards[:4], *hostile.cards[-6:]]
    lists, pages = list(lists_of(hostile)), [f"{LIST}/{card}" for card in some]
    reviewed = hostile.reviewed
    admin = ["/review/people", "/review/audit", f"{LIST}/{reviewed}/person", f"{LIST}/{reviewed}/erase"]
    review = [at(reviewed), f"{LIST}/{reviewed}/scorecard", "/review/account", "/review/interview"]
    theirs = [address for address in lists if hostile.vera.client.get(address).status_code == 200]
    admin += erasures_of(hostile)[:10]
    return {
        "prospect": [f"/s/{reviewed}"],
        "carl": [*lists, *pages, *review],
        "vera": [*theirs, *pages[-3:]],
        "ada": admin,
    }


def test_the_same_browser_hears_them_where_they_are_not_text(browser: Browser) -> None:
    """The corpus as markup: dialogs and requests, so that their absence above means something."""
    context = browser.new_context()
    page, heard = context.new_page(), Complaints()
    page.add_init_script(WATCH)
    heard.listen(page)
    page.on("dialog", lambda dialog: dialog.dismiss())
    page.route("**/*", lambda route: route.fulfill(body="", status=200))
    for canary in CORPUS:
        if "src=" in canary or "alert" in canary:
            page.set_content(f"<!doctype html><body>{canary}</body>")
            page.wait_for_timeout(5)
    context.close()
    assert sum(line.startswith("dialog") for line in heard.lines) >= 10, heard.lines
    assert sum(line.startswith("third party") for line in heard.lines) >= 1, heard.lines
