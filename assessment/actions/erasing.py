"""Erasing what is personal: one response, or everything that its address left here; answers stay, to be counted.

The prospect's own button and the consultants' page come here; what goes is the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
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
    invitations,
    notices,
    people,
    responses,
    retention,
    scorecards,
    submissions,
)
from assessment.store.accounts import Account
from assessment.store.database import reading, settle, writing
from assessment.store.invitations import Invitation
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    """Whom an invitation is for, and what else their address left here: public ids, ids of drafts, and how many."""

    found: Invitation
    submissions: tuple[str, ...]
    drafts: tuple[int, ...]
    invitations: int


def invited(house: Installation, public_id: str) -> Invited:
    """What there is of whoever an invitation is for, who may never have submitted anything. Raises `Gone`."""
    with reading(house.engine) as connection:
        found = _invitation(house, connection, public_id)
        index = found.email_index
        begun = (found.response_id,) if found.response_id is not None and found.response_state == "draft" else ()
        return Invited(
            found=found,
            submissions=company.submitted_by(connection, index) if index else (),
            drafts=forgetting.drafts_of(connection, house.keyring, index) if index else begun,
            invitations=forgetting.invitations_to(connection, index) if index else 1,
        )


def erase_invited(house: Installation, public_id: str, reason: str, *, by: Account, now: datetime) -> int:
    """Erase whoever an invitation is for, with all that its address left here; says how many submissions went.

    What they answered in a survey is kept apart from them and stays. Raises `Gone`, also for an invitation that knows
    nobody any more, and `ValueError` for another reason than those of `ERASED_BECAUSE`.
    """
    if reason not in ERASED_BECAUSE:
        raise ValueError(reason)
    drafts, zone = invited(house, public_id).drafts, ZoneInfo(house.settings.time_zone)
    with writing(house.engine) as connection:
        found = _invitation(house, connection, public_id)
        names = company.submitted_by(connection, found.email_index) if found.email_index else ()
        for name in names:
            erase_response(house, connection, _kept(connection, name), now)
            audit.note(connection, now, by.actor, "person.erased", name, reason)
        if found.revoked_at is None and found.state(now) != "submitted":
            invitations.revoke(connection, found.id, now)  # also one that deleting its draft makes usable again
        retention.delete_drafts(connection, drafts, zone)
        forgetting.forget_invitation(connection, found.id)
        if found.email_index is not None:
            forgetting.erase_address(connection, found.email_index, drafts, zone)
        forgetting.delete_views_about(connection, house.keyring, found.contact)
        audit.note(connection, now, by.actor, "person.erased", public_id, reason)
    settle(house.engine)
    return len(names)


def _invitation(house: Installation, connection: Connection, public_id: str) -> Invitation:
    found = invitations.find(connection, house.keyring, public_id)
    if found is None or not (found.contact or found.message):
        raise Gone(public_id)
    return found


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
