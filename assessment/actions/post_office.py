"""What consultants do about mails that did not arrive: try again, and admins allow mail to an address again."""

from datetime import datetime

from assessment.actions import reviewing, working_on
from assessment.actions.installation import Gone, Installation
from assessment.store import audit, outbox, people
from assessment.store.accounts import Account
from assessment.store.database import reading, writing


class NotTried(Exception):
    """A mail is not tried again, or an address not allowed again; the message says why."""


def try_again(house: Installation, delivery_id: int, by: Account, *, message_id: str, now: datetime) -> None:
    """Mail a scorecard that failed once more, to the address as it is now. Raises `NotTried` or `Gone`."""
    with reading(house.engine) as connection:
        mail = outbox.find(connection, house.keyring, delivery_id)
    if mail is None or mail.submission is None:
        raise Gone(str(delivery_id))
    try:
        if mail.kind == "reviewed":
            held = reviewing.mail_again(house, mail.submission, by, message_id=message_id, now=now)
        else:
            held = working_on.resend(house, mail.submission, message_id, by, now)
    except (working_on.Held, reviewing.Refused) as refused:
        raise NotTried(str(refused)) from None
    except reviewing.Stale:
        raise NotTried("A newer issue of this scorecard is being written. Send that one.") from None
    if held:
        raise NotTried(held)


def release_address(house: Installation, delivery_id: int, by: Account, now: datetime) -> None:
    """Allow mail again to an address that a mail server refused; whoever asked for none is left alone.

    Raises `NotTried` or `Gone`.
    """
    with writing(house.engine) as connection:
        index = outbox.address_of(connection, delivery_id)
        mail = outbox.find(connection, house.keyring, delivery_id)
        reason = people.suppressed(connection, index) if index else None
        if index is None or reason is None or mail is None or mail.submission is None:
            raise Gone(str(delivery_id))
        if reason == people.ASKED_FOR_NONE:
            raise NotTried("Whoever has this address asked for no mail.")
        people.release(connection, index)
        audit.note(connection, now, by.actor, "address.released", mail.submission)


def looked(house: Installation, by: Account, now: datetime) -> None:
    """Record that somebody read the list of mails."""
    with writing(house.engine) as connection:
        audit.note(connection, now, by.actor, "deliveries.listed", "deliveries")
