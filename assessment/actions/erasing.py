"""Erasing what is personal: one response, or everything that its address left here; answers stay, to be counted.

The prospect's own button and the consultants' page come here; what goes is the same.
"""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from assessment.actions.installation import Gone, Installation
from assessment.core.audit_words import ERASED_BECAUSE
from assessment.store import (
    audit,
    company,
    deliveries,
    documents,
    forgetting,
    notices,
    people,
    responses,
    retention,
    scorecards,
    submissions,
)
from assessment.store.accounts import Account
from assessment.store.database import reading, settle, writing
from assessment.store.scorecards import Kept
from assessment.store.submissions import Submission


def erase_response(house: Installation, connection: Connection, kept: Kept, now: datetime) -> None:
    """Erase a submitted response within a write that is open.

    Person, typed texts, documents, mails, notes, reviews, invitation, links, and the drafts begun from it go.
    """
    id_, zone = kept.response_id, ZoneInfo(house.settings.time_zone)
    people.erase(connection, id_)
    people.withdraw_all(connection, id_, now)
    retention.delete_drafts_after(connection, id_, zone)
    documents.erase_of_response(connection, id_)
    deliveries.erase_of_response(connection, id_)
    forgetting.forget_invitation_mails(connection, id_)
    notices.erase_of_response(connection, id_)
    submissions.forget(connection, id_, erased=True)
    scorecards.revoke_links(connection, kept.id)
    changes = {"state": "erased", "sealed_texts": None, "sealed_contact": None, "updated_at": now}
    responses.save(connection, id_, changes)


def erase_person(
    house: Installation, public_id: str, reason: str, *, everything: bool, by: Account, now: datetime
) -> int:
    """Erase a submission, and with `everything` all that its address left here; says how many submissions went.

    `reason` is one of `ERASED_BECAUSE`. Raises `Gone`, `ValueError` for another reason.
    """
    if reason not in ERASED_BECAUSE:
        raise ValueError(reason)
    drafts = _drafts_of(house, public_id) if everything else ()
    with writing(house.engine) as connection:
        found = _found(connection, public_id)
        contact = people.contact_of(people.of_response(connection, house.keyring, found.response_id))
        names = company.of_address(connection, found) if everything else (public_id,)
        for name in names:
            erase_response(house, connection, _kept(connection, name), now)
            audit.note(connection, now, by.actor, "person.erased", name, reason)
        if everything and found.email_index is not None:
            forgetting.erase_address(connection, found.email_index, drafts, ZoneInfo(house.settings.time_zone))
        forgetting.delete_views_about(connection, house.keyring, contact)
    settle(house.engine)
    return len(names)


def _drafts_of(house: Installation, public_id: str) -> Sequence[int]:
    """Drafts of the submission's address; they are opened one by one, so before the write begins."""
    with reading(house.engine) as connection:
        index = _found(connection, public_id).email_index
        return forgetting.drafts_of(connection, house.keyring, index) if index is not None else ()


def _found(connection: Connection, public_id: str) -> Submission:
    found = submissions.find(connection, public_id)
    if found is None:
        raise Gone(public_id)
    return found


def _kept(connection: Connection, public_id: str) -> Kept:
    kept = scorecards.find(connection, public_id)
    if kept is None:
        raise Gone(public_id)
    return kept
