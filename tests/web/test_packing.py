"""What a browser loads before Priya's first question."""

import gzip

from flask import Flask

from assessment import rendering
from assessment.paths import static_dir

LIMIT = 20_000
"""Bytes of page, style and script together."""


def test_style_and_script_travel_compressed_and_whole(app: Flask) -> None:
    browser = app.test_client()
    for name in ("css/app.css", "js/app.js"):
        original = (static_dir() / name).read_bytes()
        packed = browser.get(rendering.asset(name), headers={"Accept-Encoding": "gzip, br"}, buffered=True)
        plain = browser.get(rendering.asset(name), headers={"Accept-Encoding": "identity"}, buffered=True)
        assert packed.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(packed.data) == original == plain.data
        assert "Content-Encoding" not in plain.headers
        assert packed.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"
        assert "immutable" in packed.headers["Cache-Control"]
        assert int(packed.headers["Content-Length"]) == len(packed.data) < len(original) / 2


def test_pages_and_fonts_are_left_alone(app: Flask) -> None:
    browser = app.test_client()
    for address in ("/", "/static/fonts/inter-latin.woff2"):
        reply = browser.get(address, headers={"Accept-Encoding": "gzip"}, buffered=True)
        assert reply.status_code == 200
        assert "Content-Encoding" not in reply.headers


def test_the_first_load_of_a_page_with_questions_is_light(app: Flask) -> None:
    browser, packed = app.test_client(), {"Accept-Encoding": "gzip"}
    page = browser.get("/a/renewal-practices").data
    beside = [rendering.asset(name) for name in ("css/app.css", "js/app.js")]
    weights = [len(browser.get(address, headers=packed, buffered=True).data) for address in beside]
    assert len(page) + sum(weights) < LIMIT
