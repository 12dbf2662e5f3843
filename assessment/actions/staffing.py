"""Who may sign in: the first admin, colleagues who are invited, their roles, and the end of somebody's access."""

from datetime import datetime

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from assessment.actions.installation import Gone, Installation
from assessment.actions.one_time import OneTimeLinks
from assessment.store import accounts, audit, credentials, notices, passkeys, sign_ins
from assessment.store.accounts import Account, Role
from assessment.store.database import writing


class Refused(ValueError):
    """What was asked for cannot be; the message says why, to whoever asked."""


LAST_ADMIN = "This is the last admin who can sign in. Make somebody else an admin first."


def subject_of(account_id: int) -> str:
    """How the audit log names an account as a subject."""
    return f"account {account_id}"


def begin_house(house: Installation, *, name: str, email: str, password: str, uniquifier: str, now: datetime) -> int:
    """Make the first admin, with the hash of a password, and give the id; raises `Gone` once there is an account."""
    with writing(house.engine) as connection:
        if accounts.any_at_all(connection):
            raise Gone("set-up")
        id_ = accounts.add(
            connection, house.keyring, name=name, email=email, role="admin", uniquifier=uniquifier, now=now
        )
        accounts.change(connection, id_, {"password": password})
        audit.note(connection, now, subject_of(id_), "account.set_up", subject_of(id_), "admin")
        return id_


def invite(
    house: Installation,
    *,
    actor: str,
    name: str,
    email: str,
    role: Role,
    uniquifier: str,
    now: datetime,
    links: OneTimeLinks,
    message_id: str | None,
) -> str:
    """Add somebody and give the link that sets their password; mailed under `message_id`, if any.

    Raises `Refused` when the address has an account already.
    """
    taken = Refused("There is an account with this address already.")
    try:
        with writing(house.engine) as connection:
            if accounts.by_email(connection, house.keyring, email) is not None:
                raise taken
            id_ = accounts.add(
                connection, house.keyring, name=name, email=email, role=role, uniquifier=uniquifier, now=now
            )
            audit.note(connection, now, actor, "account.invited", subject_of(id_), role)
            link = links.address("welcome", now, id_, uniquifier)
            _mail(connection, house, "welcome", email, id_, message_id, now, link)
            return link
    except IntegrityError:
        raise taken from None


def _mail(
    connection: Connection,
    house: Installation,
    kind: str,
    email: str,
    account_id: int,
    message_id: str | None,
    now: datetime,
    link: str = "",
) -> None:
    if message_id is None:
        return
    notices.add(
        connection,
        house.keyring,
        kind=kind,
        email=email,
        message_id=message_id,
        now=now,
        account_id=account_id,
        payload={"link": link} if link else None,
    )


def invite_again(
    house: Installation, me: Account, id_: int, uniquifier: str, links: OneTimeLinks, message_id: str, now: datetime
) -> str:
    """A new link for somebody who has no password yet, mailed as well; earlier ones end. Raises `Gone`, `Refused`."""
    with writing(house.engine) as connection:
        who = _who(connection, house, id_)
        if who.set_up or not who.active:
            raise Refused("They have a password already, or their access has ended.")
        credentials.store(connection, id_, {"uniquifier": uniquifier})
        audit.note(connection, now, me.actor, "account.invited_again", subject_of(id_))
        link = links.address("welcome", now, id_, uniquifier)
        _mail(connection, house, "welcome", who.email, id_, message_id, now, link)
        return link


def _who(connection: Connection, house: Installation, id_: int) -> Account:
    who = accounts.by_id(connection, house.keyring, id_)
    if who is None:
        raise Gone(subject_of(id_))
    return who


def _keep_an_admin(connection: Connection, house: Installation, who: Account) -> None:
    """Refuse what would leave nobody who can manage people; only who has a password can sign in."""
    everybody = accounts.everybody(connection, house.keyring)
    able = [one.id for one in everybody if one.role == "admin" and one.active and one.set_up]
    if able == [who.id]:
        raise Refused(LAST_ADMIN)


def change_role(house: Installation, me: Account, id_: int, role: Role, now: datetime) -> None:
    """Give somebody another role; their browsers sign in anew. Raises `Gone`, and `Refused` for the last admin."""
    with writing(house.engine) as connection:
        who = _who(connection, house, id_)
        if who.role == role:
            return
        _keep_an_admin(connection, house, who)
        accounts.change(connection, id_, {"role": role})
        sign_ins.end(connection, id_, now)
        audit.note(connection, now, me.actor, "role.changed", subject_of(id_), f"{who.role} to {role}")


def set_active(house: Installation, me: Account, id_: int, active: bool, uniquifier: str, now: datetime) -> None:
    """End somebody's access at once, links and browsers included, or give it back. Raises `Gone`, `Refused`."""
    with writing(house.engine) as connection:
        who = _who(connection, house, id_)
        if who.active == active:
            return
        if not active:
            _keep_an_admin(connection, house, who)
            sign_ins.end(connection, id_, now)
        credentials.store(connection, id_, {"active": active, "uniquifier": uniquifier})
        action = "account.activated" if active else "account.deactivated"
        audit.note(connection, now, me.actor, action, subject_of(id_))


def reset_second_factor(
    house: Installation, me: Account, id_: int, uniquifier: str, message_id: str, now: datetime
) -> None:
    """Take away a lost second factor, codes and passkeys too; the next sign-in sets up a new one. Raises `Gone`."""
    with writing(house.engine) as connection:
        who = _who(connection, house, id_)
        gone = {"two_factor": None, "totp_secret": None, "totp_counter": None, "recovery_codes": None}
        credentials.store(connection, id_, {**gone, "uniquifier": uniquifier})
        passkeys.delete_all(connection, id_)
        sign_ins.end(connection, id_, now)
        audit.note(connection, now, me.actor, "two_factor.reset", subject_of(id_))
        _mail(connection, house, "factor", who.email, id_, message_id, now)
