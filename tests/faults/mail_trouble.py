"""A mail server that refuses, hangs, hangs up or is away: nobody's mail is lost, and copies are counted."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import timedelta
from email import message_from_bytes
from functools import partial
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP as Server
from aiosmtpd.smtp import Envelope, Session

from assessment.delivery.renderer import Renderer
from assessment.store import people
from assessment.store.database import reading
from assessment.store.leasing import PATIENCE
from tests.browser.conftest import free_port
from tests.conftest import sign_in
from tests.delivery.mail_server import Postmaster
from tests.faults.alone import alone
from tests.faults.backends import Backend
from tests.faults.indoors import Indoors, drain, indoors
from tests.faults.ports import reserved_port
from tests.faults.table import Row

SEED = 20261122
TIMEOUT_SECONDS = 0.4
Opened = Callable[[], AbstractContextManager[Indoors]]
"""Opens an installation of its own for one trouble."""
A_STEP = timedelta(seconds=40)
"""How far the clock moves until waiting mails are looked at again; the shortest backoff is 30 s."""


class Moody(Postmaster):
    """Refuses as told: a share of all with 4xx, some addresses with 5xx; or takes a message and does not answer."""

    def __init__(self, busy: float = 0, unknown: Sequence[str] = (), hanging: int = 0) -> None:
        super().__init__()
        self.asked: Counter[str] = Counter()
        self.refused = 0
        self._dice, self._busy, self._unknown, self.hanging = random.Random(SEED), busy, frozenset(unknown), hanging

    async def handle_RCPT(
        self, server: Server, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.asked[address] += 1
        if address in self._unknown:
            return "550 5.1.1 no such user"
        if self._dice.random() < self._busy / 2:
            self.refused += 1
            return "450 4.2.0 greylisted"
        return await super().handle_RCPT(server, session, envelope, address, options)

    async def handle_DATA(self, server: Server, session: Session, envelope: Envelope) -> Any:
        if self._dice.random() < self._busy / 2:
            self.refused += 1
            return "451 4.3.0 try later"
        answer = await super().handle_DATA(server, session, envelope)
        if self.hanging:
            self.hanging -= 1
            await asyncio.sleep(TIMEOUT_SECONDS * 2)
        return answer

    @property
    def copies(self) -> Counter[str]:
        return Counter(address for envelope in list(self.accepted) for address in envelope.rcpt_tos)

    @property
    def identities(self) -> set[tuple[str, str]]:
        """Who got which Message-ID; a copy has that of the first."""
        mails = [message_from_bytes(bytes(envelope.content or b"")) for envelope in list(self.accepted)]
        return {(str(mail["To"]), str(mail["Message-ID"])) for mail in mails}


@contextmanager
def _serving(postmaster: Moody, port: int | None = None) -> Iterator[int]:
    port = port or free_port()
    controller = Controller(postmaster, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


def run(small: bool, backend: Backend | None = None) -> tuple[Row, ...]:
    """A hundred people a trouble, or four."""
    people_ = 4 if small else 100
    emails = [f"person{number}@northfield.example" for number in range(people_)]
    with Renderer() as renderer:
        opened = partial(indoors, renderer, backend)
        return tuple(trouble(emails, opened) for trouble in (_busy, _unknown, _hangs, _hangs_up, _away))


def _busy(emails: Sequence[str], opened: Opened) -> Row:
    post = Moody(busy=0.3)
    with opened() as inside, _serving(post) as port:
        inside.submit(emails)
        worker = inside.worker(port)
        drain(worker)
        first = inside.states().count("sent")
        waited = _until_settled(inside, port)
        doubled, missing = _copies(post, emails)
        return Row(
            fault="SMTP 4xx",
            tries=len(emails),
            goal="30 % 4xx: all delivered",
            met=not (doubled or missing) and set(inside.states()) == {"sent"} and post.refused > 0,
            doubled=doubled,
            missing=missing,
            said=f"{post.refused} refusals, {first} of {len(emails)} through at the first try, all after {waited}",
        )


def _unknown(emails: Sequence[str], opened: Opened) -> Row:
    """Every other address does not exist."""
    gone, there = emails[::2], emails[1::2]
    post = Moody(unknown=gone)
    with opened() as inside, _serving(post) as port:
        inside.submit(emails)
        _until_settled(inside, port)
        again = inside.submit(gone[:1])
        inside.clock.later(hours=25)
        drain(inside.worker(port))
        doubled, missing = _copies(post, there)
        retried = [email for email in gone if post.asked[email] != 1]
        with reading(inside.house.engine) as connection:
            index = inside.house.keyring.index
            kept = [email for email in gone if people.suppressed(connection, index(email)) is None]
        page = sign_in(inside.app, inside.house, "consultant", "Carl Moreau").client.get("/review/deliveries")
        html = page.get_data(as_text=True)
        seen = "The mail server refused the address" in html and "Failed" in html
        states = Counter(inside.states())
    return Row(
        fault="SMTP 5xx",
        tries=len(emails),
        goal="not tried again, address suppressed, Carl sees it",
        met=not (doubled or missing or retried or kept) and seen and states["failed"] == len(gone) and bool(again),
        doubled=doubled,
        missing=missing,
        said=f"{dict(states)}; {len(retried)} tried twice, {len(kept)} not suppressed, "
        f"{'on' if seen else 'NOT ON'} the page of deliveries",
    )


def _hangs(emails: Sequence[str], opened: Opened) -> Row:
    """The server takes the first messages, says nothing, and mends."""
    post = Moody(hanging=max(2, len(emails) // 10))
    return _ambiguous("SMTP timeout", post, emails, opened)


def _hangs_up(emails: Sequence[str], opened: Opened) -> Row:
    post = Moody()
    post.hang_up_after_data = max(2, len(emails) // 10)
    return _ambiguous("SMTP drop after DATA", post, emails, opened)


def _ambiguous(fault: str, post: Moody, emails: Sequence[str], opened: Opened) -> Row:
    with opened() as inside, _serving(post) as port:
        inside.submit(emails)
        waited = _until_settled(inside, port, TIMEOUT_SECONDS)
        unsure = [row.attempts_unsure for row in inside.deliveries()]
        states = set(inside.states())
    copies, (doubled, missing) = post.copies, _copies(post, emails)
    beyond = [email for email, seen in zip(emails, unsure, strict=True) if copies[email] > 1 + seen]
    return Row(
        fault=fault,
        tries=len(emails),
        goal="copies <= 1 + ambiguous attempts",
        met=not (beyond or missing) and states == {"sent"} and sum(unsure) > 0 and len(post.identities) == len(emails),
        doubled=doubled,
        missing=missing,
        said=f"{sum(unsure)} ambiguous attempts, {doubled} copies, {len(beyond)} people with more than that; "
        f"all sent after {waited}",
    )


def _away(emails: Sequence[str], opened: Opened) -> Row:
    """No mail server at all for an hour, then it is back on the same port."""
    post = Moody()
    with opened() as inside, closing(reserved_port()) as reserved:
        port = reserved.getsockname()[1]
        inside.submit(emails)
        worker = inside.worker(port)
        for _ in range(90):
            drain(worker)
            inside.clock.later(seconds=A_STEP.total_seconds())
        held = inside.states().count("queued")
        before = inside.clock.moved
        with _serving(post, port):
            _until_settled(inside, port)
        back = inside.clock.moved - before
        states = set(inside.states())
    doubled, missing = _copies(post, emails)
    return Row(
        fault="SMTP away for an hour",
        tries=len(emails),
        goal="all delivered, once",
        met=not (doubled or missing) and held == len(emails) and states == {"sent"},
        doubled=doubled,
        missing=missing,
        said=f"{held} waited; all sent {back} after it was back",
    )


def _copies(post: Moody, emails: Sequence[str]) -> tuple[int, int]:
    """Mails beyond the first, and people without one."""
    copies = post.copies
    return sum(count - 1 for count in copies.values()), len([email for email in emails if not copies[email]])


def _until_settled(inside: Indoors, port: int, timeout: float = 5) -> timedelta:
    """Move the clock and work until nothing waits, for at most as long as mails are tried; gives how far it moved."""
    worker, before = inside.worker(port, timeout=timeout), inside.clock.moved
    while True:
        drain(worker)
        waited = inside.clock.moved - before
        if not {"queued", "leased"} & set(inside.states()) or waited > PATIENCE:
            return waited
        inside.clock.later(seconds=A_STEP.total_seconds())


if __name__ == "__main__":
    alone(run)
