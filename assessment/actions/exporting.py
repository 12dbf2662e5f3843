"""Asking for an export of the list, taking it, and deleting it."""

from datetime import date, datetime
from typing import Literal

from assessment.actions.installation import Gone, Installation
from assessment.store import audit, exports, submission_list
from assessment.store.accounts import Account
from assessment.store.database import reading, writing
from assessment.store.exports import Export
from assessment.store.filters import Filters, to_query

Form = Literal["xlsx", "csv", "json"]


class TooMany(ValueError):
    """The account has as many open exports as it may have."""


def ask(
    house: Installation,
    filters: Filters,
    form: Form,
    by: Account,
    *,
    contact: bool,
    new_id: str,
    today: date,
    now: datetime,
) -> None:
    """Have the worker make an export of what matches; contact details only for who may see them. Raises `TooMany`."""
    contact = contact and by.may("consultant")
    with writing(house.engine) as connection:
        total = submission_list.count(connection, house.keyring, filters, today)
        if not exports.add(
            connection,
            house.keyring,
            public_id=new_id,
            account_id=by.id,
            query=to_query(filters),
            form=form,
            contact=contact,
            total=total,
            now=now,
        ):
            raise TooMany
        detail = f"{form}, {total} submissions{', with contact details' if contact else ''}"
        audit.note(connection, now, by.actor, "export.asked", new_id, detail)


def own(house: Installation, public_id: str, by: Account) -> Export:
    """One's own export; raises `Gone`, also for one with contact details that one may not see any more."""
    with reading(house.engine) as connection:
        found = exports.find(connection, house.keyring, public_id, by.id)
    if found is None or (found.contact and not by.may("consultant")):
        raise Gone(public_id)
    return found


def take(house: Installation, public_id: str, by: Account, now: datetime) -> tuple[Export, bytes]:
    """A ready export with its bytes; raises `Gone` where there are none for this account (any more)."""
    found = own(house, public_id, by)
    if found.made_at is not None and found.made_at <= now - exports.KEPT:
        raise Gone(public_id)
    with reading(house.engine) as connection:
        content = exports.content(connection, house.keyring, found.id)
    if content is None:
        raise Gone(public_id)
    with writing(house.engine) as connection:
        detail = f"{found.form}{', with contact details' if found.contact else ''}"
        audit.note(connection, now, by.actor, "export.taken", public_id, detail)
    return found, content


def delete(house: Installation, public_id: str, by: Account, now: datetime) -> None:
    """Delete one's own export, made or not; raises `Gone` when there is none."""
    with writing(house.engine) as connection:
        if not exports.remove(connection, public_id, by.id):
            raise Gone(public_id)
        audit.note(connection, now, by.actor, "export.deleted", public_id)
