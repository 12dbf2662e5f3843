"""Ten thousand bodies that no browser sends, to every address that takes one: each is answered, nothing breaks."""

import random
import socket
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from statistics import median, quantiles

from flask import Flask

from assessment.actions.installation import Installation
from assessment.actions.links import Links
from assessment.app import create_app
from assessment.installing import install, links_of
from assessment.settings import read_settings
from tests.conftest import sign_in
from tests.faults.alone import alone
from tests.faults.site import KillableSite
from tests.faults.table import Row
from tests.walking import Walker, hidden
from tests.web.review.test_rights import _address
from tests.web.test_generated_bodies import BYTES, EMAIL, QUESTIONNAIRES, Stage, _body

SEED = 20261122
AT_ONCE = 2
ANEW = 100
"""So many bodies until the draft, the scorecard and the sign-in that they aim at are made anew."""
GOAL_SECONDS = 0.1
PAGES = ("", "submissions", "dashboard", "deliveries", "audit", "people", "invitations", "exports", "more")
WORKPLACE = (
    "text", "note", "comment", "revision", "seen", "email", "name", "company", "role", "message", "questionnaire",
    "q", "view", "title", "id", "ids", "assignee", "status", "state", "tag", "pick.1", "own.title", "own.within",
    "form", "from", "to", "password", "code", "credential", "notify", "zone", "csrf_token", "csrf_token", "",
)  # fmt: skip


@dataclass
class Aim:
    """Where bodies go, as whom, with which names of fields."""

    addresses: list[str]
    cookies: str
    token: str
    names: list[str]


@dataclass
class Met:
    """What came back."""

    statuses: Counter[int] = field(default_factory=Counter)
    refusals: list[float] = field(default_factory=list)
    """Seconds until each 4xx."""
    broken: list[str] = field(default_factory=list)

    def note(self, what: str, status: int | None, seconds: float) -> None:
        if status is None or status >= 500:
            self.broken.append(f"{status} {what}")
        self.statuses[status or 0] += 1
        if status is not None and 400 <= status < 500:
            self.refusals.append(seconds)

    @property
    def in_the_middle(self) -> float:
        return median(self.refusals)

    def __str__(self) -> str:
        slow, within = quantiles(self.refusals, n=100)[98], sum(s <= GOAL_SECONDS for s in self.refusals)
        return (
            f"{dict(sorted(self.statuses.items()))}; 4xx: median {self.in_the_middle * 1000:.0f} ms, "
            f"p99 {slow * 1000:.0f} ms, {within / len(self.refusals):.1%} within {GOAL_SECONDS * 1000:.0f} ms"
        )


def run(small: bool) -> Row:
    """Ten thousand, or two hundred, to a site of their own."""
    with tempfile.TemporaryDirectory(prefix="bodies") as name, KillableSite(Path(name), QUESTIONNAIRES) as site:
        return tried_on(site, small)


def tried_on(site: KillableSite, small: bool) -> Row:
    """The same to a site that is there, and serves a questionnaire with every type; what it holds is no longer told."""
    bodies, dice, met = 200 if small else 10_000, random.Random(SEED), Met()
    house = install(read_settings(site.environment))
    with closing(house.engine.raw_connection()):
        app = create_app(house)
        for _ in range(0, bodies, ANEW):
            aims = _aims(app, house)
            requests = [_request(dice, dice.choice(aims)) for _ in range(ANEW)]
            _send_all(site.port, requests, met)
        pages = _pages(site.port, _workplace(app, house))
    alive = all(process.poll() is None for process in site._processes.values())
    house.engine.dispose()
    quick = small or met.in_the_middle <= GOAL_SECONDS
    return Row(
        fault="malformed, oversized, binary bodies",
        tries=bodies,
        goal="0 answers of 5xx, each answered; 4xx: median <= 100 ms",
        met=not met.broken and alive and not pages and quick and met.statuses[303] > 0,
        lost=met.statuses[0],
        said=str(met) + "".join(f"\n  {line}" for line in [*met.broken[:20], *pages]),
    )


def _aims(app: Flask, house: Installation) -> list[Aim]:
    """A prospect with a draft and a scorecard, an admin, and somebody without any key, at every address that posts."""
    entry = house.catalogue.get("every-type")
    assert entry is not None
    tie = Links.tie_of(house.keyring.index(EMAIL))
    stage = Stage(lambda: Walker(app.test_client()), entry.questionnaire, links_of(house), tie)
    card, draft = stage.card.rpartition("/")[2], stage.draft.rpartition("/")[2]
    rules = [rule for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ())]
    addresses = [_address(app, rule, draft if rule.rule.startswith("/r/") else card) for rule in rules]
    public = [address for address in addresses if not address.startswith("/review")]
    admin = _workplace(app, house)
    admin.addresses = [address for address in addresses if address.startswith("/review")]
    prospect = Aim([*stage.addresses, *public], _cookies(stage.walker), stage.token, stage.names)
    return [prospect, admin, Aim(addresses, "", "none", [*stage.names, *WORKPLACE])]


def _workplace(app: Flask, house: Installation) -> Aim:
    walker = sign_in(app, house, "admin", "Carl Moreau")
    token = hidden(walker.client.get("/review/more").get_data(as_text=True), "csrf_token")
    return Aim([], _cookies(walker), token, list(WORKPLACE))


def _cookies(walker: Walker) -> str:
    return "; ".join(f"{cookie.key}={cookie.value}" for cookie in walker.client._cookies.values())


def _request(dice: random.Random, aim: Aim) -> tuple[str, bytes]:
    """An address and all bytes of a request to it."""
    address = dice.choice(aim.addresses)
    body, kind = _body(dice, aim)  # type: ignore[arg-type]
    head = [f"POST {address} HTTP/1.1", "Host: localhost", "Connection: close", f"Cookie: {aim.cookies}"]
    lines = "\r\n".join([*head, f"Content-Type: {kind}"]).encode("latin-1", "replace") + b"\r\n"
    if dice.random() < 0.75:
        return address, lines + f"Content-Length: {len(body)}\r\n\r\n".encode() + body
    return address, dice.choice(ODD)(dice, lines, body)


def _larger(dice: random.Random, lines: bytes, body: bytes) -> bytes:
    large = body + b"&a=" + b"x" * dice.choice((70_000, 300_000, 1_100_000, 3_000_000))
    return lines + f"Content-Length: {len(large)}\r\n\r\n".encode() + large


def _many(dice: random.Random, lines: bytes, _body: bytes) -> bytes:
    many = dice.choice((b"a=1&", b"&", b"=&", b"%00=%00&", b"csrf_token=x&")) * dice.choice((301, 5_000, 12_000))
    return lines + f"Content-Length: {len(many)}\r\n\r\n".encode() + many


def _chunked(dice: random.Random, lines: bytes, body: bytes) -> bytes:
    size = dice.choice((f"{len(body):x}", f"{len(body):X};ext=1", "zz", "-1", "0x5", "g" * 30, "1;"))
    end = dice.choice((b"0\r\n\r\n", b"0\r\nX-Trailer: a\r\n\r\n", b"\r\n\r\n0\r\n\r\n", b"g\r\n\r\n"))
    return lines + b"Transfer-Encoding: chunked\r\n\r\n" + size.encode() + b"\r\n" + body + b"\r\n" + end


def _smuggled(dice: random.Random, lines: bytes, _body: bytes) -> bytes:
    inner = b"POST /a/tiny HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n"
    coding = dice.choice(
        (b"chunked", b"chunked, identity", b"xchunked", b"gzip", b"\x0bchunked", b"chunked\r\n chunked")
    )
    return lines + b"Content-Length: 5\r\nTransfer-Encoding: " + coding + b"\r\n\r\n0\r\n\r\n" + inner


def _wrong_length(dice: random.Random, lines: bytes, body: bytes) -> bytes:
    length = dice.choice((b"-1", b"1e3", b"0x10", b"", b"5, 5", b"+5", b"\xb2", b"0", b"1", b"9" * 30))
    return lines + b"Content-Length: " + length + b"\r\n\r\n" + (body or b"a")[:2_000]


def _odd_header(dice: random.Random, lines: bytes, _body: bytes) -> bytes:
    odd = dice.choice(
        (b"X-A: \x00", b"X A: b", b": b", b"X-A\r: b", b"Cookie: session=\xff\xfe", b"Cookie: " + b"a=b; " * 12_000,
         b"Host: a\r\nHost: b", b"Expect: 100-continue", b"X-Forwarded-For: " + b"1," * 900, b"Content-Encoding: gzip",
         b"Content-Type: multipart/form-data", b"Sec-Fetch-Site: cross-site", b"Accept-Language: " + b"x;q=," * 99,
         b"Range: bytes=0-0,0-0", b"If-None-Match: " + b'"' * 99, b"X-HTTP-Method-Override: DELETE")
    )  # fmt: skip
    return lines + odd + b"\r\nContent-Length: 3\r\n\r\na=" + dice.choice(BYTES)[:1]


ODD = (_larger, _many, _chunked, _smuggled, _wrong_length, _odd_header)


def _send_all(port: int, requests: list[tuple[str, bytes]], met: Met) -> None:
    with ThreadPoolExecutor(AT_ONCE) as senders:
        for (address, request), (status, seconds) in zip(
            requests, senders.map(lambda sent: _send(port, sent[1]), requests), strict=True
        ):
            met.note(f"{address} {request[-300:]!r}", status, seconds)


def _send(port: int, request: bytes) -> tuple[int | None, float]:
    """The status, None when the connection ended without one, and the seconds since all was sent."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        began = time.monotonic()
        try:
            connection.sendall(request)
            began = time.monotonic()
            reply = HTTPResponse(connection)
            reply.begin()
            reply.read()
        except (OSError, HTTPException):
            return None, time.monotonic() - began
        return reply.status, time.monotonic() - began


def _pages(port: int, aim: Aim) -> list[str]:
    """The workplace's pages that show what was stored meanwhile and break on it."""
    asked = [f"/review/{page}".rstrip("/") for page in PAGES]
    head = "GET {} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nCookie: {}\r\n\r\n"
    told = {page: _send(port, head.format(page, aim.cookies).encode())[0] for page in asked}
    return [f"{status} {page}" for page, status in told.items() if status is None or status >= 500]


if __name__ == "__main__":
    alone(run)
