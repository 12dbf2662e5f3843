"""Whoever looks at our pages sees what is wrong with one: else none of those looks could fail."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.looking import look

SOUND = (
    '<!doctype html><html lang="en"><head><title>A page</title><style>@media (prefers-color-scheme: dark) {{ {dark} }}'
    "</style></head><body><main><h1>A page</h1><p>{text}</p></main></body></html>"
)


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    with browser.new_context() as context:
        yield context.new_page()


@pytest.mark.parametrize(
    ("dark", "text", "wrong"),
    [
        ("", "Nothing is wrong", None),
        ("", '<span style="color: #ccc">Light on white</span>', "color-contrast"),
        ("p { color: #333; background: #000 }", "Dark in the dark", "color-contrast"),
        ("", '<input type="text">', "label"),
        ("", '<b style="display: block; width: 330px">Wide</b>', "320"),
    ],
)
def test_what_is_wrong_is_seen(page: Page, dark: str, text: str, wrong: str | None) -> None:
    page.set_content(SOUND.format(dark=dark, text=text))
    if wrong is None:
        look(page)
    else:
        with pytest.raises(AssertionError, match=wrong):
            look(page)
