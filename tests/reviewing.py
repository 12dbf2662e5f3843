"""Carl reviews a scorecard, by its form or without a browser: for tests about what comes of it."""

import re
from datetime import datetime
from html import unescape
from typing import Any

from assessment import clock
from assessment.actions import review_bench, reviewing
from assessment.actions.installation import Installation
from assessment.actions.reviewing import Edit
from assessment.core.reviewed import OWN, Content, Own
from assessment.store import accounts
from assessment.store.accounts import Account
from assessment.store.database import writing
from tests.walking import Walker, hidden

COMMENT = "Dear Priya,\n\nthank you for answering so openly.\nStart with the second one.\n\nBest regards,\nCarl"
OWN_ADVICE = Own(
    title="Name one owner for every large renewal",
    gap="Nobody owns the largest renewals.",
    first_action="List the twenty largest contracts.",
    measure="Share of those with a named owner.",
    within=21,
    effort="low",
)


def colleague(house: Installation, name: str = "Carl Moreau") -> Account:
    """A consultant's account, made unless there is one of that name."""
    email = f"{name.replace(' ', '.').lower()}@meridian.example"
    with writing(house.engine) as connection:
        known = accounts.by_email(connection, house.keyring, email)
        if known is None:
            values = {"name": name, "email": email, "uniquifier": clock.submission_key(), "now": clock.now()}
            id_ = accounts.add(connection, house.keyring, role="consultant", **values)  # type: ignore[arg-type]
            known = accounts.by_id(connection, house.keyring, id_)
        assert known is not None
        return known


def turned_round(house: Installation, public_id: str) -> Content:
    """The second recommendation, Carl's own, then the first, with his comment."""
    bench = review_bench.read(house, public_id)
    assert bench is not None
    first, second, *_ = (item.id for item in bench.kept.card.advice)
    return Content(comment=COMMENT, picks=(second, OWN, first), own=OWN_ADVICE)


def edit_of(house: Installation, public_id: str, content: Content, name: str = "Carl Moreau") -> Edit:
    """What somebody types who opened the form just now."""
    bench = review_bench.read(house, public_id)
    assert bench is not None
    draft, last = bench.draft, bench.newest.issue if bench.newest else 0
    return Edit(
        account=colleague(house, name),
        seen=draft.revision if draft else 0,
        content=content,
        now=clock.now(),
        new_id=clock.public_id(),
        after=draft.issue - 1 if draft else last,
    )


def send_review(
    house: Installation, public_id: str, content: Content | None = None, *, now: datetime | None = None
) -> str | None:
    """Carl sends the next issue; gives the reason when its mail is held."""
    edit = edit_of(house, public_id, content or turned_round(house, public_id))
    if now is not None:
        edit = Edit(
            account=edit.account, seen=edit.seen, content=edit.content, now=now, new_id=edit.new_id, after=edit.after
        )
    return reviewing.send(house, public_id, edit, f"<{clock.submission_key()}@meridian.example>")


def at(card: str, tail: str = "") -> str:
    """The address of a review."""
    return f"/review/submissions/{card}/reviewed{tail}"


def form_of(walker: Walker, card: str) -> dict[str, Any]:
    """What the form holds as it is opened now, with four ticks at most so that there is room for one's own."""
    html = walker.client.get(at(card)).get_data(as_text=True)
    fields: dict[str, Any] = {name: hidden(html, name) for name in ("csrf_token", "seen", "after", "base")}
    fields["pick"] = re.findall(r'name="pick" value="([^"]+)" checked', html)[:4]
    fields |= dict(re.findall(r'name="(place-[^"]+)"[^>]* value="([^"]*)"', html))
    area = re.search(r'<textarea[^>]*name="comment"[^>]*>(.*?)</textarea>', html, re.DOTALL)
    return fields | {"comment": unescape(area[1]) if area else ""}


def press(walker: Walker, card: str, fields: dict[str, Any], do: str) -> Any:
    """Send the form by one of its buttons."""
    return walker.client.post(at(card), data=fields | {"do": do})
