"""People and their consents: encrypted at rest, found by blind index, erased without touching the answers."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from assessment.store.keys import Keyring
from assessment.store.tables import consent, person, suppression

ASKED_FOR_NONE = "asked for none"
"""Why an address is suppressed whose owner said that it is not theirs, or that they want no mail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who answered, in clear; every part may be missing."""

    id: int
    response_id: int
    name: str | None
    email: str | None
    role: str | None
    company: str | None
    confirmed_at: datetime | None


def add(connection: Connection, keyring: Keyring, response_id: int, contact: dict[str, str], now: datetime) -> int:
    """Store contact details (`name`, `email`, `role`, `company`; any may be missing) and give the person's id."""

    def sealed(key: str) -> bytes | None:
        return keyring.seal(contact[key]) if contact.get(key) else None

    email = contact.get("email")
    row = connection.execute(
        insert(person)
        .values(
            response_id=response_id,
            sealed_name=sealed("name"),
            sealed_email=sealed("email"),
            sealed_role=sealed("role"),
            email_index=keyring.index(email) if email else None,
            company=contact.get("company") or None,
            created_at=now,
        )
        .returning(person.c.id)
    ).one()
    return int(row.id)


def of_response(connection: Connection, keyring: Keyring, response_id: int) -> Person | None:
    """The person behind a response, or None when none was given or they were erased."""
    row = connection.execute(select(person).where(person.c.response_id == response_id)).first()
    if row is None:
        return None

    def opened(sealed: bytes | None) -> str | None:
        return keyring.open(sealed) if sealed else None

    return Person(
        id=row.id,
        response_id=row.response_id,
        name=opened(row.sealed_name),
        email=opened(row.sealed_email),
        role=opened(row.sealed_role),
        company=row.company,
        confirmed_at=row.confirmed_at,
    )


def contact_of(found: Person | None) -> dict[str, str]:
    """What is known of a person, by field; nothing for None."""
    if found is None:
        return {}
    parts = {"name": found.name, "email": found.email, "company": found.company, "role": found.role}
    return {key: text for key, text in parts.items() if text}


def change_email(connection: Connection, keyring: Keyring, person_id: int, email: str) -> None:
    """Set another address; it is unconfirmed again."""
    connection.execute(
        update(person)
        .where(person.c.id == person_id)
        .values(sealed_email=keyring.seal(email), email_index=keyring.index(email), confirmed_at=None)
    )


def confirm(connection: Connection, person_id: int, now: datetime) -> None:
    """Note that the address is theirs."""
    connection.execute(update(person).where(person.c.id == person_id).values(confirmed_at=now))


def ever_confirmed(connection: Connection, email_index: str) -> bool:
    """Whether anybody confirmed this address before."""
    query = select(person.c.id).where(person.c.email_index == email_index, person.c.confirmed_at.is_not(None))
    return connection.execute(query.limit(1)).first() is not None


def give_consent(connection: Connection, response_id: int, purpose: str, wording: str, now: datetime) -> None:
    """Record a consent with its exact wording."""
    connection.execute(insert(consent).values(response_id=response_id, purpose=purpose, wording=wording, given_at=now))


def consents(connection: Connection, response_id: int) -> dict[str, str]:
    """Purpose -> wording of the consents that stand."""
    query = select(consent.c.purpose, consent.c.wording).where(
        consent.c.response_id == response_id, consent.c.withdrawn_at.is_(None)
    )
    return {row.purpose: row.wording for row in connection.execute(query)}


def withdraw(connection: Connection, response_id: int, purpose: str, now: datetime) -> bool:
    """Withdraw one consent of a response; False when none stands."""
    theirs = (consent.c.response_id == response_id) & (consent.c.purpose == purpose) & consent.c.withdrawn_at.is_(None)
    return connection.execute(update(consent).where(theirs).values(withdrawn_at=now)).rowcount > 0


def withdraw_all(connection: Connection, response_id: int, now: datetime) -> None:
    """Withdraw every consent of a response."""
    connection.execute(update(consent).where(consent.c.response_id == response_id).values(withdrawn_at=now))


def erase(connection: Connection, response_id: int) -> None:
    """Take everything personal out of the row; the row stays for what points at it."""
    connection.execute(
        update(person)
        .where(person.c.response_id == response_id)
        .values(sealed_name=None, sealed_email=None, sealed_role=None, email_index=None, company=None)
    )


def suppress(connection: Connection, email_index: str, reason: str, now: datetime) -> None:
    """Never mail this address again; that somebody asked for none outranks what a mail server said."""
    known = suppressed(connection, email_index)
    if known is None:
        connection.execute(insert(suppression).values(email_index=email_index, reason=reason, at=now))
    elif reason == ASKED_FOR_NONE != known:
        asked = update(suppression).where(suppression.c.email_index == email_index)
        connection.execute(asked.values(reason=reason, at=now))


def release(connection: Connection, email_index: str) -> None:
    """Mail this address again."""
    connection.execute(delete(suppression).where(suppression.c.email_index == email_index))


def suppressed(connection: Connection, email_index: str) -> str | None:
    """Why this address is not mailed, or None."""
    row = connection.execute(select(suppression.c.reason).where(suppression.c.email_index == email_index)).first()
    return None if row is None else row.reason
