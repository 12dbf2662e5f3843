"""The command line's way to the firm's people: the first admin's link, and a colleague's."""

from datetime import datetime

from assessment import clock
from assessment.actions import signing_in, staffing
from assessment.actions.installation import Installation
from assessment.actions.one_time import OneTimeLinks
from assessment.core import mail_address
from assessment.core.typed_text import clean
from assessment.store.accounts import Role


def links_of(house: Installation) -> OneTimeLinks:
    """The links of an installation that work once."""
    return OneTimeLinks(house.keyring.signing_key, house.settings.public_url)


def set_up_link(house: Installation, now: datetime) -> str | None:
    """The link that makes the first admin; None once there is an account."""
    return None if signing_in.has_accounts(house) else links_of(house).address("set-up", now)


def add(house: Installation, email: str, name: str, role: Role, now: datetime) -> str:
    """Add somebody and give the link that sets their password.

    Raises `mail_address.AddressFault` for what is no address, and `staffing.Refused` for one that is taken.
    """
    mail_address.parts(email)
    return staffing.invite(
        house, actor="command line", name=clean(name, 80) or email, email=email, role=role,
        uniquifier=clock.submission_key(), now=now, links=links_of(house), message_id=None,
    )  # fmt: skip
