"""Personal invitations: made by a consultant, mailed or passed on, begun once by whoever was invited."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from assessment.actions.installation import Gone, Installation
from assessment.actions.pressing import ONE_PRESS
from assessment.actions.responding import begin as begin_response
from assessment.actions.responding import start_of_day
from assessment.actions.submitting import A_DAY, MUST_NOT, mail_limit
from assessment.catalogue.catalogue import Entry
from assessment.core.answers import Answers
from assessment.store import audit, invitations, notices, people, responses, submissions
from assessment.store.accounts import Account
from assessment.store.database import reading, writing
from assessment.store.invitations import Invitation

LASTS = timedelta(days=60)
KEPT = timedelta(days=30)
"""How long the details of an invitation that nobody used are kept after it ended."""
OFTEN = "This invitation was mailed in the last 24 hours. Try again tomorrow, or copy the link."


class Refused(Exception):
    """An invitation is not made or not mailed; the message says why."""


class Used(Exception):
    """The invitation was begun, withdrawn, or is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a consultant asked for: contact details may be empty, `message` is one personal line."""

    questionnaire: str
    contact: Mapping[str, str]
    message: str
    mail: bool


def invite(house: Installation, by: Account, wanted: Wanted, *, public_id: str, message_id: str, now: datetime) -> str:
    """Make an invitation, if wanted mail it, and give its public id: another one's where it was pressed twice at once.

    Raises `Refused` and makes none when the address is not to be mailed. Somebody who must not be contacted is not
    invited at all.
    """
    with writing(house.engine) as connection:
        made = _made_just_now(house, connection, by, wanted, now)
        if made is not None:
            return made.public_id
        email = wanted.contact.get("email")
        if email:
            _check(connection, house.keyring.index(email), now, mail=wanted.mail)
        id_ = invitations.add(
            connection,
            house.keyring,
            public_id=public_id,
            account_id=by.id,
            questionnaire=wanted.questionnaire,
            contact=wanted.contact,
            message=wanted.message,
            now=now,
            expires_at=now + LASTS,
        )
        audit.note(connection, now, by.actor, "invitation.made", public_id)
        if wanted.mail and email:
            _mail(house, connection, by, id_, public_id, email, message_id, now)
        return public_id


def _made_just_now(
    house: Installation, connection: Connection, by: Account, wanted: Wanted, now: datetime
) -> Invitation | None:
    """The very same invitation by the same press; links without a name may be wanted several times."""
    if not wanted.contact:
        return None
    asked = (wanted.questionnaire, dict(wanted.contact), wanted.message or None, wanted.mail)
    recent = invitations.made_since(connection, house.keyring, by.id, now - ONE_PRESS)
    same = (one for one in recent if (one.questionnaire, one.contact, one.message, bool(one.mailed_at)) == asked)
    return next((one for one in same if one.usable(now)), None)


def _check(connection: Connection, email_index: str, now: datetime, *, mail: bool) -> None:
    if submissions.refused(connection, email_index):
        raise Refused(MUST_NOT)
    held = mail_limit(connection, email_index, None, now) if mail else None
    if held:
        raise Refused(held)


def _mail(
    house: Installation,
    connection: Connection,
    by: Account,
    id_: int,
    public_id: str,
    email: str,
    message_id: str,
    now: datetime,
) -> None:
    notices.add(
        connection, house.keyring, kind="invitation", email=email, message_id=message_id, now=now, invitation_id=id_
    )
    invitations.mailed(connection, id_, now)
    audit.note(connection, now, by.actor, "invitation.mailed", public_id)


def mail_again(house: Installation, by: Account, public_id: str, *, message_id: str, now: datetime) -> None:
    """Mail an invitation (again). Raises `Refused`, or `Gone` for one that cannot be used any more."""
    with writing(house.engine) as connection:
        found = _usable(house, connection, public_id, now)
        email = found.contact.get("email")
        if not email:
            raise Refused("This invitation has no address. Copy the link instead.")
        # One that failed did not arrive, so it may be tried again at once.
        if found.mailed_at is not None and found.mailed_at > now - A_DAY and found.mail != "failed":
            raise Refused(OFTEN)
        _check(connection, house.keyring.index(email), now, mail=True)
        _mail(house, connection, by, found.id, public_id, email, message_id, now)


def withdraw(house: Installation, by: Account, public_id: str, now: datetime) -> None:
    """Withdraw an invitation that was not begun; raises `Gone` for any other."""
    with writing(house.engine) as connection:
        found = _usable(house, connection, public_id, now)
        invitations.revoke(connection, found.id, now)
        audit.note(connection, now, by.actor, "invitation.revoked", public_id)


def _usable(house: Installation, connection: Connection, public_id: str, now: datetime) -> Invitation:
    found = invitations.find(connection, house.keyring, public_id)
    if found is None or not found.usable(now):
        raise Gone(public_id)
    return found


def find(house: Installation, public_id: str) -> Invitation | None:
    """The invitation with this id, or None; also None once the one who was invited erased what they sent."""
    with reading(house.engine) as connection:
        found = invitations.find(connection, house.keyring, public_id)
    return None if found is None or found.response_state == "erased" else found


def begin(
    house: Installation,
    public_id: str,
    entry: Entry,
    *,
    answers: Answers,
    texts: Mapping[str, str],
    now: datetime,
    new_id: str,
    key: str,
) -> None:
    """Begin the one response of an invitation, with its contact details filled in; raises `Used`."""
    with writing(house.engine) as connection:
        found = invitations.find(connection, house.keyring, public_id)
        if found is None or not found.usable(now):
            raise Used(public_id)
        begin_response(
            house, connection, entry.questionnaire, entry.version, answers=answers, texts=texts,
            source={"from": "invitation"}, now=now, public_id=new_id, key=key, contact=found.contact,
        )  # fmt: skip
        begun, survey = responses.find(connection, new_id), entry.questionnaire.kind == "survey"
        opened_at = start_of_day(house, now) if survey else now
        if begun is None or not invitations.use(connection, found.id, begun.id, opened_at):
            raise Used(public_id)  # rolls back what was begun
        # Who answered a survey is kept with the day alone, so the log names the survey.
        audit.note(connection, now, "respondent", "invitation.opened", entry.questionnaire.id if survey else public_id)


def no_more(house: Installation, public_id: str, now: datetime) -> None:
    """Whoever was invited wants no mail: the address is never mailed again, and the invitation forgets it."""
    with writing(house.engine) as connection:
        found = invitations.find(connection, house.keyring, public_id)
        if found is None or found.email_index is None:
            return
        people.suppress(connection, found.email_index, people.ASKED_FOR_NONE, now)
        submissions.refuse_address(connection, found.email_index)
        if found.usable(now):
            invitations.revoke(connection, found.id, now)
        invitations.forget_one(connection, found.id)
        audit.note(connection, now, "recipient", "address.removed", public_id)


def forget_old(house: Installation, now: datetime) -> int:
    """Forget whom invitations went to that nobody used and that are long over; says how many."""
    with writing(house.engine) as connection:
        return invitations.forget_expired_before(connection, now - KEPT)


def looked(house: Installation, by: Account, now: datetime) -> None:
    """Record that somebody read the list of invitations."""
    with writing(house.engine) as connection:
        audit.note(connection, now, by.actor, "invitations.listed", "invitations")
