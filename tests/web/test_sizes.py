"""How much: each size that is too much is refused with a kind page of its own status, and nothing typed is lost."""

import html
import re
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask

from assessment.actions.installation import Installation
from assessment.core.definition import Questionnaire
from assessment.web import sizes
from tests.conftest import sample_of
from tests.walking import Walker, hidden

FORM = "application/x-www-form-urlencoded"
LONG = "Renewals slip because nobody owns them. "


def _page(reply: Any, status: int, words: str) -> str:
    text = str(reply.get_data(as_text=True))
    assert reply.status_code == status, (reply.status_code, text[:200])
    assert words in text
    assert "<h1>" in text
    assert reply.headers["Cache-Control"] == "no-store"
    return text


@pytest.mark.parametrize(
    ("path", "headers", "status", "words"),
    [
        ("/" + "a" * 9000, {}, 414, "This address is too long"),
        ("/?x=" + "a" * 9000, {}, 414, "This address is too long"),
        ("/?" + "&".join(f"a{n}=1" for n in range(150)), {}, 400, "did not arrive as it should"),
        ("/?" + "&".join("a=1" for _ in range(150)), {}, 400, "did not arrive as it should"),
        ("/?" + "a" * 300 + "=1", {}, 400, "did not arrive as it should"),
        ("/", {"Cookie": "a=" + "b" * 50_000}, 431, "Delete the cookies of this site"),
        ("/", {"Cookie": "; ".join(f"r-{n:016}={'x' * 300}" for n in range(160))}, 431, "Delete the cookies"),
        ("/", {"X-Anything": "b" * 50_000}, 431, "Your browser sent too much"),
        ("/", {f"X-{n}": "b" * 100 for n in range(500)}, 431, "Your browser sent too much"),
    ],
)
def test_what_stands_before_a_body(app: Flask, path: str, headers: dict[str, str], status: int, words: str) -> None:
    began = time.perf_counter()
    # Without a jar of its own, which would put its cookies in place of these.
    _page(app.test_client(use_cookies=False).get(path, headers=headers), status, words)
    assert time.perf_counter() - began < 1


def test_a_browser_with_a_hundred_open_assessments_still_works(app: Flask, renewal: Questionnaire) -> None:
    """A cookie of each is what a consultant who tries things collects within a month."""
    walker = Walker(app.test_client())
    begun = walker.start(renewal, sample_of(renewal).answers)
    cookies = {cookie.key: cookie.value for cookie in walker.client._cookies.values()}
    [size] = [len(name) + len(value) for name, value in cookies.items() if name.startswith("r-")]
    header = "; ".join([f"{name}={value}" for name, value in cookies.items()] + ["r-" + "x" * size] * 100)
    stranger = app.test_client(use_cookies=False)
    assert stranger.get(begun, headers={"Cookie": header}).status_code == 200


def _typed(token: str, **fields: str) -> dict[str, str]:
    return {"csrf_token": token, **fields}


@pytest.fixture
def check(priya: Walker, renewal: Questionnaire) -> tuple[str, str]:
    """Priya's check page and its token."""
    address = priya.to_check(renewal, sample_of(renewal).answers)
    return address, hidden(priya.client.get(address).get_data(as_text=True), "csrf_token")


def test_a_text_that_is_much_too_long_comes_back_to_be_shortened(priya: Walker, check: tuple[str, str]) -> None:
    address, token = check
    typed = LONG * 2500  # 100,000 characters in one field
    reply = priya.client.post(address, data=_typed(token, name="Priya <b>Raman</b> & Sons", company=typed))
    text = _page(reply, 413, "Everything you entered is still here")
    areas = dict(re.findall(r'<textarea[^>]*name="(\w+)"[^>]*>([^<]*)</textarea>', text))
    assert html.unescape(areas["company"]) == typed
    assert html.unescape(areas["name"]) == "Priya <b>Raman</b> & Sons"
    fields = _typed(hidden(text, "csrf_token"), name="Priya", company="Northfield", email="priya@northfield.example")
    again = re.search(r'<form method="post" action="([^"]+)"', text)
    assert again
    assert priya.client.post(again[1], data=fields).status_code == 303


def test_many_texts_that_are_together_too_long_come_back(priya: Walker, check: tuple[str, str]) -> None:
    address, token = check
    texts = {f"text_{n}": LONG * 300 for n in range(8)}  # 96,000 characters
    text = _page(priya.client.post(address, data=_typed(token, **texts)), 413, "Everything you entered")
    assert len(re.findall("<textarea", text)) == 8


def test_one_page_of_the_longest_honest_answers_is_no_trouble(
    priya: Walker, renewal: Questionnaire, check: tuple[str, str]
) -> None:
    address, token = check
    thirty = {f"text_{n}": "x" * 2000 for n in range(30)}
    assert len(urlencode(thirty)) < sizes.MAX_BODY
    assert priya.client.post(address, data=_typed(token, **thirty)).status_code == 303


_PART = b'--cut\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"a=" + b"x" * sizes.MAX_READ, FORM),
        (urlencode([(f"a{n}", "1") for n in range(301)]).encode(), FORM),
        (urlencode([("a", "1")] * 301).encode(), FORM),
        (b"&" * 60_000 + b"a=1&" * 400, FORM),
        (b"n" * 300 + b"=1", FORM),
        (_PART * 301 + b"--cut--\r\n", "multipart/form-data; boundary=cut"),
        (b'--cut\r\nContent-Disposition: form-data; name="a"; filename="x.exe"\r\n\r\nMZ\r\n--cut--\r\n',
         "multipart/form-data; boundary=cut"),
    ],
)  # fmt: skip
def test_what_nobody_types_is_refused_at_once(priya: Walker, check: tuple[str, str], body: bytes, kind: str) -> None:
    began = time.perf_counter()
    reply = priya.client.post(check[0], data=body, content_type=kind)
    _page(reply, 413, "too much at once")
    assert time.perf_counter() - began < 1


def test_what_is_refused_for_its_size_changed_nothing(
    priya: Walker, house: Installation, check: tuple[str, str], renewal: Questionnaire
) -> None:
    address, token = check
    before = priya.client.get(address).get_data(as_text=True)
    for fields in ({"company": LONG * 2500}, {f"a{n}": "1" for n in range(400)}):
        priya.client.post(address, data=_typed(token, name="Planted", **fields))
        priya.client.post(f"{address.rpartition('/')[0]}/1/save", data=_typed(token, **fields))
    after = priya.client.get(address).get_data(as_text=True)
    without = re.compile(r'(nonce=|name="csrf_token" value=)"[^"]*"')
    assert without.sub("", before) == without.sub("", after)


def test_another_sites_form_gets_nothing_back(mallory: Walker, renewal: Questionnaire) -> None:
    reply = mallory.client.post(f"/a/{renewal.id}", data={"x": LONG * 2500}, headers={"Sec-Fetch-Site": "cross-site"})
    assert reply.status_code in {403, 413}
    assert "nobody owns them" not in reply.get_data(as_text=True)
    assert "<form" not in reply.get_data(as_text=True)


def test_sizes_hold_in_the_workplace_too(staff: Callable[..., Walker]) -> None:
    carl = staff("consultant")
    html_ = carl.client.get("/review/invitations").get_data(as_text=True)
    fields = {"csrf_token": hidden(html_, "csrf_token"), "message": LONG * 2500, "questionnaire": "x"}
    text = _page(carl.client.post("/review/invitations", data=fields), 413, "Everything you entered is still here")
    assert LONG * 2 in text
    assert 'href="/review/submissions"' in text
    assert carl.client.get("/review/submissions?" + "&".join(f"a{n}=1" for n in range(101))).status_code == 400
