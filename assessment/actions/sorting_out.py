"""Several submissions at once: who looks after them, their status, a mark; and the views that somebody saves."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from assessment.actions.installation import Gone, Installation
from assessment.store import accounts, audit, saved_views, submissions
from assessment.store.accounts import Account
from assessment.store.database import writing
from assessment.store.submissions import Submission

MOST = 500
"""Submissions changed by one press of a button."""
LIST = "list"
"""How the audit log names the whole list as a subject."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What becomes of each: a column and its new value (`status`, `assignee_id`, `mark`)."""

    values: Mapping[str, Any]

    def of(self, found: Submission) -> dict[str, Any]:
        """What it changes of a submission; nothing where all is so already."""
        return {name: value for name, value in self.values.items() if getattr(found, name) != value}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How many were changed, were so already, were left because somebody changed them meanwhile, or are gone."""

    changed: int
    same: int
    stale: int
    gone: int


class NoOwner(ValueError):
    """Who is to look after the submissions has no account that may work on them."""


def change_all(house: Installation, chosen: Mapping[str, int], change: Change, by: Account, now: datetime) -> Outcome:
    """Change the submissions with these public ids where each is at the revision that was seen; at most `MOST`.

    Raises `NoOwner`, changing nothing.
    """
    counted = {"changed": 0, "same": 0, "stale": 0, "gone": 0}
    with writing(house.engine) as connection:
        _check_owner(house, connection, change)
        for public_id, seen in list(chosen.items())[:MOST]:
            counted[_change(connection, public_id, seen, change, by, now)] += 1
        if counted["changed"]:
            what = "; ".join(f"{name} {value or 'none'}" for name, value in change.values.items())
            audit.note(connection, now, by.actor, "submissions.changed", LIST, f"{counted['changed']}, {what}")
    return Outcome(**counted)


def _check_owner(house: Installation, connection: Connection, change: Change) -> None:
    owner = change.values.get("assignee_id")
    if owner is None:
        return
    found = accounts.by_id(connection, house.keyring, owner)
    if found is None or not found.active or not found.may("consultant"):
        raise NoOwner(owner)


def _change(connection: Connection, public_id: str, seen: int, change: Change, by: Account, now: datetime) -> str:
    found = submissions.find(connection, public_id)
    if found is None:
        return "gone"
    values = change.of(found)
    if not values:
        return "same"
    if not submissions.change(connection, found.id, seen, values):
        return "stale"
    for name, value in values.items():
        action, detail = _event(name, value, found)
        audit.note(connection, now, by.actor, action, public_id, detail)
    return "changed"


def _event(name: str, value: Any, before: Submission) -> tuple[str, str]:
    if name == "status":
        return "submission.status", f"{before.status} to {value}"
    if name == "assignee_id":
        return "submission.assigned", "nobody" if value is None else f"account {value}"
    return ("submission.marked", value) if value else ("submission.unmarked", before.mark or "")


def looked(house: Installation, number: int, by: Account, now: datetime, *, searched: bool) -> None:
    """Record that somebody saw a page of the list with so many rows; never the words they searched for."""
    with writing(house.engine) as connection:
        action = "submissions.searched" if searched else "submissions.listed"
        audit.note(connection, now, by.actor, action, LIST, f"{number} shown")


def save_view(house: Installation, name: str, query: str, by: Account, now: datetime, *, shared: bool) -> bool:
    """Keep a view under a name; one's own of that name is replaced. False when there are `saved_views.MOST` others."""
    with writing(house.engine) as connection:
        if saved_views.number(connection, house.keyring, by.id, but=name) >= saved_views.MOST:
            return False
        saved_views.put(connection, house.keyring, by.id, name, query, shared=shared, now=now)
        audit.note(connection, now, by.actor, "view.saved", LIST, "shared" if shared else "")
        return True


def delete_view(house: Installation, id_: int, by: Account, now: datetime) -> None:
    """Delete one's own view; raises `Gone` when there is none."""
    with writing(house.engine) as connection:
        if not saved_views.remove(connection, by.id, id_):
            raise Gone(id_)
        audit.note(connection, now, by.actor, "view.deleted", LIST)
