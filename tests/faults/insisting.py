"""People under fault: each answers, and sends a form again whatever breaks; some press the last button twice.

One process plays them all beside the servers it measures, so they speak plain HTTP over connections that are kept.
"""

import http.client
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import TypeVar
from urllib.parse import urlencode, urlsplit

from tests.walking import hidden

PATIENCE_SECONDS = 90
PAUSE_SECONDS = 0.05
TWICE_EVERY = 5
"""Every fifth person presses the last button twice at once."""

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
Reply = tuple[int, str | None, str]
Answered = TypeVar("Answered")


def _nothing(_moment: str) -> None:
    pass


@dataclass
class Told:
    """What the crowd was told: who holds which scorecard, when, and how often which status was answered."""

    url: str
    moment: Callable[[str], None] = _nothing
    """Called in the middle of things: "sent" when a submit is on its way, "told" when it was acknowledged."""
    cards: dict[str, str] = field(default_factory=dict)
    more: list[str] = field(default_factory=list)
    """Scorecards that a second press was answered with where it was another one."""
    writes: list[tuple[float, float]] = field(default_factory=list)
    """When each acknowledged form, a page's answers or a submit, was sent, and when it was acknowledged."""
    submits: list[tuple[float, float]] = field(default_factory=list)
    """Of those the submits."""
    statuses: Counter[int] = field(default_factory=Counter)
    took: deque[float] = field(default_factory=lambda: deque([0.04], maxlen=20))
    """Seconds of the last submits, from sending to their answer."""
    unkind: int = 0
    """Answers of 503 that do not say when to come back."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def acknowledge(self, email: str, card: str, sent_at: float) -> None:
        with self.lock:
            self.submits.append((sent_at, time.monotonic()))
            if self.cards.setdefault(email, card) != card:
                self.more.append(card)
        self.moment("told")

    def count(self, status: int, *, kind: bool) -> None:
        with self.lock:
            self.statuses[status] += 1
            self.unkind += status == 503 and not kind

    def submit_all(self, emails: Iterable[str], at_once: int) -> None:
        """Everybody submits, `at_once` of them beside one another; raises what anybody could not get done."""
        with ThreadPoolExecutor(at_once) as crowd:
            list(crowd.map(self._submit, enumerate(emails)))

    def _submit(self, numbered: tuple[int, str]) -> None:
        number, email = numbered
        Person(self, email).submit(twice=number % TWICE_EVERY == 0)


class Person:
    """One browser."""

    def __init__(self, told: Told, email: str) -> None:
        self._told, self._email = told, email
        self._line = _Line(told)
        self._cookies: dict[str, str] = {}

    def submit(self, *, twice: bool) -> None:
        """Answer the tiny questionnaire until the scorecard is there."""
        address = self._post("/a/tiny", {"model": "goods"})
        for question in ("plan", "review"):
            address = self._post(address, {question: "some"})
        self._finish(address, twice=twice)

    def _post(self, address: str, fields: dict[str, str]) -> str:
        """Fill in a form and send it, the same bytes again and again until it is answered; gives where it leads."""
        body = self._form(address, fields)
        return _insist(lambda: self._went(self._line, address, body), address)

    def _form(self, address: str, fields: dict[str, str]) -> str:
        _status, _where, page = _insist(lambda: self._ask(self._line, address), address)
        tokens = {name: hidden(page, name) for name in ("csrf_token", "seen") if f'name="{name}"' in page}
        return urlencode(tokens | fields)

    def _finish(self, address: str, *, twice: bool) -> None:
        body = self._form(address, {"email": self._email})
        lines = [self._line, *([_Line(self._told)] if twice else [])]
        with ThreadPoolExecutor(len(lines)) as fingers:
            list(fingers.map(lambda line: self._press(line, address, body), lines))
        for line in lines:
            line.hang_up()

    def _press(self, line: "_Line", address: str, body: str) -> None:
        card = _insist(lambda: self._went(line, address, body, moment=True), address)
        self._told.acknowledge(self._email, card.rpartition("/")[2], line.sent_at)

    def _went(self, line: "_Line", address: str, body: str, *, moment: bool = False) -> str:
        status, where, page = self._ask(line, address, body, moment=moment)
        assert status == 303, (status, page[:2000])
        assert where is not None
        self._told.writes.append((line.sent_at, time.monotonic()))
        return where

    def _ask(self, line: "_Line", address: str, body: str | None = None, *, moment: bool = False) -> Reply:
        cookie = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        status, reply, page = line.ask(address, body, {"Cookie": cookie} if cookie else {}, moment=moment)
        kept: SimpleCookie = SimpleCookie()
        for header in reply.get_all("Set-Cookie") or ():
            kept.load(header)
        self._cookies.update({name: morsel.value for name, morsel in kept.items()})
        self._told.count(status, kind="Retry-After" in reply)
        if status >= 500:
            raise ConnectionError(f"answered {status}")
        return status, reply["Location"], page


class _Line:
    """One connection, opened anew when it broke."""

    def __init__(self, told: Told) -> None:
        where = urlsplit(told.url)
        self._told = told
        self.sent_at = 0.0
        """When the last request was about to be sent."""
        self._connection = http.client.HTTPConnection(str(where.hostname), where.port or 80, timeout=30)

    def ask(
        self, address: str, body: str | None, headers: dict[str, str], *, moment: bool
    ) -> tuple[int, http.client.HTTPMessage, str]:
        self.sent_at = time.monotonic()
        try:
            self._connection.request("POST" if body else "GET", address, body, headers | (FORM if body else {}))
            began = time.monotonic()
            if moment:
                self._told.moment("sent")
            reply = self._connection.getresponse()
            if moment and reply.status == 303:
                self._told.took.append(time.monotonic() - began)
            return reply.status, reply.headers, reply.read().decode()
        except (OSError, http.client.HTTPException):
            self.hang_up()
            raise

    def hang_up(self) -> None:
        self._connection.close()


def _insist(ask: Callable[[], Answered], address: str) -> Answered:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            return ask()
        except (OSError, http.client.HTTPException):
            time.sleep(PAUSE_SECONDS)
    raise AssertionError(f"{address}: no answer within {PATIENCE_SECONDS} s")
