"""Everybody presses five times at once, goes back, and answers in two tabs: one row, one mail, nothing overwritten."""

import tempfile
import urllib.parse
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Barrier

from tests.faults.alone import alone
from tests.faults.backends import Backend, killable
from tests.faults.people import Crowd, Watched, settled
from tests.faults.site import KillableSite
from tests.faults.table import Row
from tests.walking import hidden

PRESSES = 5
PEOPLE_AT_ONCE = 4


@dataclass(frozen=True)
class Seen:
    """What one person met: the answers to their presses, and how going back and the second tab went."""

    email: str
    pressed: tuple[tuple[int, str], ...]
    back: bool
    tabs: bool


def run(small: bool, backend: Backend | None = None) -> Row:
    """Five hundred people, or six, on a site of their own."""
    with tempfile.TemporaryDirectory(prefix="double") as folder, killable(Path(folder), backend) as site:
        return tried_on(site, small)


def tried_on(site: KillableSite, small: bool) -> Row:
    """The same on a site that is there, and goes on."""
    emails = [f"double{number}@northfield.example" for number in range(6 if small else 500)]
    crowd = Crowd(site.url)
    with ThreadPoolExecutor(PEOPLE_AT_ONCE) as people:
        seen = list(people.map(lambda email: _one(crowd, email), emails))
    site.told.update((one.email, one.pressed[0][1]) for one in seen)
    books = settled(site)
    split = [one for one in seen if len(set(one.pressed)) != 1 or one.pressed[0][0] != 303]
    overwritten, back = [one for one in seen if not one.tabs], [one for one in seen if not one.back]
    return Row(
        fault="double POST, back, two tabs",
        tries=len(emails) * PRESSES,
        goal=f"{len(emails)} x {PRESSES} at once: one row, one mail; 409",
        met=not (split or overwritten or back or books.phantom or books.doubled) and books.clean,
        lost=books.lost,
        doubled=books.doubled + books.phantom,
        missing=books.missing,
        said=f"{len(emails)} people, {len(split)} of them with different answers, {len(overwritten)} second tabs that "
        f"overwrote silently, {len(back)} ways back that did not lead to the scorecard; {dict(crowd.statuses)}",
    )


def _one(crowd: Crowd, email: str) -> Seen:
    person = crowd.person()
    first = person.begin()
    tabs = _two_tabs(person, first)
    check = _to_check(person, first)
    fields = {**_tokens(person, check), "email": email}
    pressed = _press_at_once(person, check, fields)
    back = all(_leads_to(person, address, pressed[0][1]) for address in (first, check))
    return Seen(email, pressed, back, tabs)


def _tokens(person: Watched, address: str) -> dict[str, str]:
    html = person.read(address)
    return {name: hidden(html, name) for name in ("csrf_token", "seen") if f'name="{name}"' in html}


def _post(person: Watched, address: str, fields: dict[str, str]) -> tuple[int, str, str]:
    status, headers, html = person._open(address, urllib.parse.urlencode(fields).encode())
    return status, str(headers.get("Location", "")), html


def _two_tabs(person: Watched, address: str) -> bool:
    """Both tabs show the page, the first one stores "all"; the second one's "none" must not replace it unseen."""
    one, other = _tokens(person, address), _tokens(person, address)
    stored = _post(person, address, {**one, "plan": "all"})[0]
    refused, _location, html = _post(person, address, {**other, "plan": "none"})
    return (stored, refused) == (303, 409) and "changed in another window" in html and _answered(person, address, "all")


def _answered(person: Watched, address: str, value: str) -> bool:
    return f'name="plan" value="{value}" checked' in " ".join(person.read(address).split())


def _to_check(person: Watched, address: str) -> str:
    for question in ("plan", "review"):
        address = _post(person, address, {**_tokens(person, address), question: "some"})[1]
    return address


def _press_at_once(person: Watched, address: str, fields: dict[str, str]) -> tuple[tuple[int, str], ...]:
    together = Barrier(PRESSES)

    def press(_number: int) -> tuple[int, str]:
        together.wait()
        return _post(person, address, fields)[:2]

    with ThreadPoolExecutor(PRESSES) as fingers:
        return tuple(fingers.map(press, range(PRESSES)))


def _leads_to(person: Watched, address: str, card: str) -> bool:
    """The back button, and pressing again what stands there, leads to the scorecard that there is."""
    asked: Sequence[bytes | None] = (None, urllib.parse.urlencode({"plan": "none"}).encode())
    return all(_where(person, address, body) == (303, card) for body in asked)


def _where(person: Watched, address: str, body: bytes | None) -> tuple[int, str]:
    status, headers, _html = person._open(address, body)
    return status, str(headers.get("Location", ""))


if __name__ == "__main__":
    alone(run)
