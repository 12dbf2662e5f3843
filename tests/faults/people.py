"""The crowd of a fault: people who insist, and remember what each of their requests was answered."""

import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from tests.faults.ledger import Balance, balance
from tests.faults.site import KillableSite
from tests.faults.submitter import Submitter


@dataclass(frozen=True)
class Answer:
    """What one request got, with seconds since the crowd began."""

    address: str
    sent: bytes | None
    status: int
    headers: Any
    html: str
    began: float
    ended: float

    @property
    def seconds(self) -> float:
        return self.ended - self.began


@dataclass
class Crowd:
    """Many people of one site: what all of them were answered, and who holds which scorecard."""

    url: str
    answers: list[Answer] = field(default_factory=list)
    cards: dict[str, str] = field(default_factory=dict)
    began: float = field(default_factory=time.monotonic)
    waiting: dict[object, float] = field(default_factory=dict)
    """Since when whoever sent a form waits for its answer; one entry a form."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def person(self) -> "Watched":
        return Watched(self)

    def submit(self, email: str) -> None:
        """Somebody answers and insists until the scorecard is there."""
        card = self.person().submit(email)
        with self.lock:
            self.cards[email] = card

    def submit_all(self, emails: Sequence[str], at_once: int) -> None:
        with ThreadPoolExecutor(at_once) as people:
            list(people.map(self.submit, emails))

    @property
    def statuses(self) -> Counter[int]:
        with self.lock:
            return Counter(answer.status for answer in self.answers)

    @property
    def longest_wait(self) -> float:
        """Seconds that a form has been on its way by now, of that which was sent first."""
        with self.lock:
            return time.monotonic() - min(self.waiting.values(), default=time.monotonic())

    def refusals(self) -> list[Answer]:
        """Every answer of 5xx."""
        with self.lock:
            return [answer for answer in self.answers if answer.status >= 500]


class Watched(Submitter):
    """A submitter whose answers are kept."""

    timeout = 30.0

    def __init__(self, crowd: Crowd) -> None:
        super().__init__(crowd.url)
        self._crowd = crowd

    def _open(self, address: str, body: bytes | None) -> tuple[int, Any, str]:
        began, crowd, form = time.monotonic(), self._crowd, object()
        if body is not None:
            with crowd.lock:
                crowd.waiting[form] = began
        try:
            status, headers, html = super()._open(address, body)
        finally:
            with crowd.lock:
                crowd.waiting.pop(form, None)
        now = time.monotonic()
        with crowd.lock:
            crowd.answers.append(Answer(address, body, status, headers, html, began - crowd.began, now - crowd.began))
        return status, headers, html


def settled(site: KillableSite) -> Balance:
    """The books of a site on which one fault or several were tried, once everybody who was told has mail."""
    wait_for_mails(site, len(site.told))
    return balance(site, site.told.values(), site.told)


def wait_for_mails(site: KillableSite, count: int, patience: float = 60) -> None:
    """Until `count` people have mail, or nobody got one for so many seconds."""
    had, deadline = -1, time.monotonic() + patience
    while (have := len(site.mails.received)) < count and time.monotonic() < deadline:
        if have > had:
            had, deadline = have, time.monotonic() + patience
        time.sleep(0.1)
