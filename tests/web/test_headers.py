"""Headers and cookies on every reply of every address, and pages in which nothing stands inline."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from assessment.actions.installation import Installation
from assessment.core.definition import Questionnaire
from assessment.paths import static_dir, templates_dir
from assessment.web.accounts.halfway import destination
from assessment.web.headers import FRAMED
from assessment.web.review.door import HOME
from tests.attacks.people import Crowd, gather
from tests.conftest import sample_of
from tests.walking import Walker, hidden
from tests.web.accounts.signing import add_account, fill, walk_in
from tests.web.test_limits import running

WEB_TEMPLATES = [path for path in templates_dir().rglob("*.html") if path.parent.name not in {"email", "pdf"}]
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), browsing-topics=()",
}


@pytest.fixture
def crowd(app: Flask, house: Installation, visitor: Callable[[], Walker], renewal: Questionnaire) -> Crowd:
    return gather(house, app, visitor, renewal)


def _replies(crowd: Crowd) -> Iterator[tuple[str, str, Any]]:
    """Every address by every method, as somebody who may, somebody who may not, and with a good or no token."""
    deletes = re.compile("delete|erase|sign-out|not-me|no-more|withdraw|end$")
    rules = sorted(crowd.app.url_map.iter_rules(), key=lambda rule: bool(deletes.search(rule.rule)))
    for rule in rules:
        token = next((good for door, good in crowd.tokens.items() if rule.rule.startswith(door)), "")
        address = crowd.address(rule, draft=crowd.drafts["priya"], card=crowd.cards["priya"], token=token)
        for who in ("priya", "mailed", "admin", "nobody"):
            client = crowd.people[who].client
            for method in ("GET", "POST") if who != "nobody" else ("GET", "HEAD", "OPTIONS", "POST", "PUT"):
                with closing(client.open(address, method=method, data={"x": "y"} if method == "POST" else None)) as got:
                    yield who, f"{method} {rule.rule}", got


def test_every_reply_of_every_address(crowd: Crowd) -> None:
    """Its headers; nothing personal is stored; nothing stands inline, and script carries the nonce of its reply."""
    statuses: Counter[int] = Counter()
    nonces: Counter[str] = Counter()
    scripts = 0
    for who, asked, reply in _replies(crowd):
        statuses[reply.status_code] += 1
        nonces.update(re.findall(r"'nonce-([\w-]+)'", reply.headers["Content-Security-Policy"]))
        scripts += _check_page(who, asked, reply)
        headers = reply.headers
        for name, value in ALWAYS.items():
            assert headers.getlist(name) == [value], (who, asked, name)
        assert "'unsafe" not in headers["Content-Security-Policy"], (who, asked)
        assert headers["X-Frame-Options"] == "DENY", (who, asked)
        assert "Access-Control-Allow-Origin" not in headers, (who, asked)
        assert "Server" not in headers, (who, asked)
        kept = headers["Cache-Control"]
        public = asked.split()[1] in PUBLIC and reply.status_code == 200
        assert kept == "no-store" or (public and kept.startswith("public, max-age=")), (who, asked, reply.status)
        if reply.mimetype.startswith("text/"):
            assert "charset=utf-8" in headers["Content-Type"], (who, asked, headers["Content-Type"])
        for cookie in headers.getlist("Set-Cookie"):
            assert "HttpOnly" in cookie, (who, asked)
            assert "SameSite=Lax" in cookie, (who, asked)
            assert "Domain" not in cookie, (who, asked)
    assert statuses.keys() >= {200, 303, 404, 405, 403, 422, 400}, statuses
    assert max(statuses) < 500, statuses
    assert scripts > 20
    assert set(nonces.values()) == {1}  # never the same twice


PUBLIC = {"/brand.css", "/static/<path:filename>", "/benchmarks", "/benchmarks.json"}
"""What may be kept by anybody: nothing on it is about anybody."""
_FETCHED = {"src", "srcset", "action", "formaction", "poster", "background", "manifest"}
_OURS = re.compile(r"/(?!/)|#|data:image/svg\+xml;base64,")


def _is_wrong(tag: str, name: str, value: str) -> bool:
    """Whether an attribute runs something, or has the browser fetch what is not ours."""
    if name.startswith("on") or name in {"style", "srcdoc", "ping"}:
        return True
    if name in _FETCHED or (name in {"href", "xlink:href"} and tag in {"link", "use", "image"}):
        return not _OURS.match(value)
    scheme = re.sub(r"[\s\x00-\x1f]", "", value).lower()
    return name in {"href", "xlink:href"} and scheme.startswith(("javascript:", "vbscript:", "data:"))


class Page(HTMLParser):
    """What a page holds that could run or be fetched."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.scripts: list[dict[str, str]] = []
        self.wrong: list[str] = []
        self._in: str | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._in = tag if tag in {"script", "style"} else None
        if tag == "script":
            self.scripts.append(given)
        if tag in {"style", "base", "object", "embed", "iframe", "frame", "applet", "portal"}:
            self.wrong.append(f"<{tag}>")
        self.wrong += [f"<{tag} {name}={value}>" for name, value in given.items() if _is_wrong(tag, name, value)]

    def handle_data(self, data: str) -> None:
        if self._in == "script" and data.strip():
            self.wrong.append(f"inline script: {data[:60]}")

    def handle_endtag(self, _tag: str) -> None:
        self._in = None


def _check_page(who: str, asked: str, reply: Any) -> int:
    """Nothing stands inline; gives the number of scripts, all of them with the reply's nonce."""
    if reply.mimetype != "text/html" or asked.startswith("HEAD"):
        return 0
    page = Page(reply.get_data(as_text=True))
    assert not page.wrong, (who, asked, page.wrong)
    for script in page.scripts:
        assert script.keys() == {"src", "nonce", "defer"}, (who, asked, script)
        assert f"script-src 'nonce-{script['nonce']}'" in reply.headers["Content-Security-Policy"], (who, asked)
        assert len(script["nonce"]) == 22  # 128 bits
    return len(page.scripts)


def test_no_template_has_style_script_or_handlers_inline() -> None:
    assert len(WEB_TEMPLATES) > 50
    wrong = re.compile(
        r"<style|\sstyle\s*=|<script(?![^>]*nonce=\"\{\{ nonce \}\}\")|<script[^>]*>[^<]|javascript:|\|\s*safe\b"
        r"|[\s\"']on(?:click|load|error|submit|change|input|focus|blur|key\w+|mouse\w+|pointer\w+|toggle)\s*=",
        re.IGNORECASE,
    )
    for path in WEB_TEMPLATES:
        assert not wrong.findall(path.read_text()), path.name


def test_our_script_makes_no_page_out_of_text() -> None:
    """What trusted types would refuse, and what would evade the policy."""
    for path in static_dir().rglob("*.js"):
        text = path.read_text()
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|srcdoc", text
        )
        assert not re.search(r"https?://(?!www\.w3\.org)", text), path.name


def test_the_policy(app: Flask, renewal: Questionnaire) -> None:
    policy = app.test_client().get(f"/a/{renewal.id}").headers["Content-Security-Policy"]
    parts = dict(part.strip().partition(" ")[::2] for part in policy.split(";"))
    nonce = parts.pop("script-src")
    assert re.fullmatch(r"'nonce-[\w-]{22}'", nonce)
    assert parts == {
        "default-src": "'none'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "font-src": "'self'",
        "connect-src": "'self'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "object-src": "'none'",
        "frame-ancestors": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    }
    assert "script-src 'none'" in app.test_client().get("/health").headers["Content-Security-Policy"]


# Frames.


SITES = "https://www.example.com https://example.com"


def test_only_the_respondents_pages_are_framed_and_only_by_the_sites_that_are_set(tmp_path: Path) -> None:
    with running(tmp_path, frame_ancestors=SITES) as (app, house):
        asked = house.catalogue.live()[0].questionnaire
        walker = Walker(app.test_client())
        card = walker.scorecard(asked, sample_of(asked).answers)
        for path in ("/", f"/a/{asked.id}", card, f"{card}/delete", "/privacy", "/a/none"):
            reply = walker.client.get(path)
            assert reply.headers["Content-Security-Policy"].endswith(f"frame-ancestors {SITES}"), path
            assert "X-Frame-Options" not in reply.headers, path
        for path in (
            "/sign-in",
            "/sign-in/forgotten",
            "/review/submissions",
            "/review/x",
            "/set-up",
            "/password",
            "/x",
        ):
            reply = walker.client.get(path)
            assert reply.headers["Content-Security-Policy"].endswith("frame-ancestors 'none'"), path
            assert reply.headers["X-Frame-Options"] == "DENY", path


def test_no_page_of_the_workplace_is_ever_framed(app: Flask) -> None:
    assert set(app.blueprints) >= FRAMED
    for rule in app.url_map.iter_rules():
        framed = rule.endpoint.partition(".")[0] in FRAMED
        inside = rule.rule.startswith(("/review", "/sign-in", "/set-up", "/password"))
        assert not (framed and inside), rule.rule


# Cookies and transport.


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[tuple[Flask, Installation, list[str], list[Any]]]:
    """Behind TLS: the application, what was set as a cookie, and what was answered."""
    with running(tmp_path, public_url="https://localhost") as (app, house):
        set_, answered, inner = [], [], app.wsgi_app
        app.config["PREFERRED_URL_SCHEME"] = "https"

        def noting(environ: Any, start: Any) -> Any:
            def begin(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
                set_.extend(value for name, value in headers if name.lower() == "set-cookie")
                answered.append((environ["PATH_INFO"], dict(headers)))
                return start(status, headers, *more)

            environ.setdefault("HTTP_REFERER", "https://localhost/")
            return inner(environ, begin)

        app.wsgi_app = noting  # type: ignore[method-assign]
        yield app, house, set_, answered


def test_every_cookie_is_the_hosts_own_and_no_script_reads_it(
    secure: tuple[Flask, Installation, list[str], list[Any]],
) -> None:
    """All doors there are: answering, one's own, mailed and shared scorecard, invitation, signing in."""
    app, house, cookies, answered = secure
    asked = house.catalogue.live()[0].questionnaire
    crowd = gather(house, app, lambda: Walker(app.test_client()), asked)
    for door in ("/open/resume/", "/open/owner/"):
        assert crowd.people["nobody"].client.get(door + crowd.tokens[door]).status_code == 303
    _, key, _ = add_account(app, house)
    carl = Walker(app.test_client())
    assert walk_in(carl, key).status_code == 303
    assert fill(carl, "/review/account", "/review/sign-out").status_code == 303
    names = {cookie.partition("=")[0] for cookie in cookies}
    assert {name[:9] for name in names} == {"__Host-" + start for start in ("r-", "s-", "m-", "v-", "i-", "se")}
    for cookie in cookies:
        parts = [part.strip() for part in cookie.split(";")]
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(parts), cookie
        assert not [part for part in parts if part.lower().startswith("domain")], cookie
        assert len(cookie) < 4096
    assert all(headers["Strict-Transport-Security"] == "max-age=31536000" for _path, headers in answered)


def test_on_plain_http_nobody_is_bound_to_tls(app: Flask) -> None:
    assert "Strict-Transport-Security" not in app.test_client().get("/").headers


# Redirects to other sites.


ELSEWHERE = [
    "https://evil.example",
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "https:evil.example",
    "http:///evil.example",
    "/%2fevil.example",
    "/%5cevil.example",
    "/\tevil.example",
    "/review/..//evil.example",
    "/review/../../evil.example",
    "/review@evil.example",
    "/review.evil.example",
    " //evil.example",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)//review/",
    "data:text/html,<script>alert(1)</script>",
    "/review/submissions\r\nLocation: https://evil.example",
    "/review/submissions#//evil.example\u2028",
    "/review/" + "a" * 2000,
    "/sign-out",
]


@pytest.mark.parametrize("asked", ELSEWHERE)
def test_signing_in_leads_nowhere_else(asked: str) -> None:
    assert destination(asked) == HOME


_NAMES = (
    "next", "back", "return", "url", "to", "then", "list", "redirect", "redirect_to", "continue", "goto", "dest",
)  # fmt: skip


def test_no_address_of_a_request_is_led_to(crowd: Crowd) -> None:
    """Wherever a query, a form or a header could name a place to go on to."""
    base, card = f"/r/{crowd.drafts['priya']}", f"/review/submissions/{crowd.cards['priya']}"
    places = (
        ("nobody", "/sign-in"), ("nobody", "/review/submissions"), ("admin", "/sign-in"), ("admin", card),
        ("admin", "/review/"), ("priya", f"{base}/0"), ("priya", f"{base}/1"), ("priya", f"{base}/later"),
        ("priya", f"/s/{crowd.cards['priya']}"),
    )  # fmt: skip
    for asked in ELSEWHERE[:17]:
        query, told = dict.fromkeys(_NAMES, asked), {"Referer": asked.replace("\r\n", "")}
        for who, path in places:
            client = crowd.people[who].client
            _leads_nowhere(client.get(path, query_string=query, headers=told), (who, path, asked))
            _leads_nowhere(client.post(path, query_string=query, data=query), (who, path, asked))


def _leads_nowhere(reply: Any, case: tuple[str, str, str]) -> None:
    location = reply.headers.get("Location", "/")
    assert re.match(r"/(?![/\\\t])", location), (case, location)
    assert "evil.example" not in location.partition("?")[0], (case, location)
    if reply.mimetype == "text/html":
        html = reply.get_data(as_text=True)
        links = re.findall(r'(?:href|action)="([^"]*)"', html)
        assert not [link for link in links if "evil.example" in link.partition("?")[0]], case
        assert not Page(html).wrong, (case, Page(html).wrong)


def test_after_signing_in_one_comes_to_where_one_wanted(app: Flask, house: Installation) -> None:
    _, key, _ = add_account(app, house)
    walker = Walker(app.test_client())
    html = walker.client.get("/sign-in?next=//evil.example/x").get_data(as_text=True)
    assert hidden(html, "next") == HOME
    assert walk_in(walker, key, next="https://evil.example").headers["Location"] == HOME
    other = Walker(app.test_client())
    assert walk_in(other, key, ahead=1, next="/review/exports?sort=newest").headers["Location"] == (
        "/review/exports?sort=newest"
    )
