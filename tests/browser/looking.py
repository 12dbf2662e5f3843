"""Looks at a page as axe does, and for what sticks out to the side: narrow and wide, light and dark."""

from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from playwright.sync_api import Page

WIDTHS = (320, 390, 1280)
_COLORS = ("color-contrast", "link-in-text-block")
"""The rules of axe that may find more in the dark than in the light: our dark sheets change colors alone."""
# What is not a violation stays in the browser; nothing is loaded anew for rules about videos and turned screens.
_RUN = "options => axe.run(options).then(found => ({ violations: found.violations }))"


def axe_finds_nothing(page: Page, *rules: str) -> None:
    """By all the rules that axe usually applies, or by these."""
    page.wait_for_load_state()
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    options = {"resultTypes": ["violations"], "preload": False}
    found = AxeResults(page.evaluate(_RUN, options | ({"runOnly": rules} if rules else {})))
    assert found.violations_count == 0, (page.url, found.generate_report())


def fits(page: Page, *widths: int) -> None:
    """Nothing scrolls sideways, at these widths or as wide as it stands."""
    page.wait_for_load_state()
    for width in widths or (0,):
        if width:
            page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (page.url, width)


def look(page: Page, *, axe: bool = True) -> None:
    """Narrow and wide nothing scrolls sideways; light and dark axe, which needs JavaScript, finds nothing."""
    fits(page, *WIDTHS)
    if axe:
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        axe_finds_nothing(page)
        page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        axe_finds_nothing(page, *_COLORS)
