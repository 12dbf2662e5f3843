"""Every mail to respondents and invited people in one list: scorecards by their delivery, links by their notice."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, Table, false, func, or_, select

from assessment.store.keys import Keyring
from assessment.store.review_tables import invitation, submission
from assessment.store.tables import delivery, document, notice, person, response, suppression

STATES = {
    "failed": ("failed", "suppressed"),
    "held": ("held",),
    "queued": ("queued", "leased"),
    "sent": ("sent",),
}
"""What the page calls a state, and the stored states it stands for."""
Place = tuple[datetime, int, int]
"""Where a mail stands in the list: when it was asked for, 1 for a delivery and 0 for a notice, its id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One mail. `kind` is "scorecard", "reviewed" or the notice's; `submission` and `invitation` are public ids.

    `email` is None where it is not kept any more or was corrected since; `refused` says why the address is not mailed.
    """

    kind: str
    id: int
    state: str
    error: str | None
    tries: int
    created_at: datetime
    next_at: datetime
    sent_at: datetime | None
    email: str | None
    refused: str | None
    submission: str | None
    reference: str | None
    company: str | None
    title: str | None
    do_not_contact: bool
    invitation: str | None

    @property
    def place(self) -> Place:
        """Where it stands in the list."""
        return self.created_at, int(self.kind in ("scorecard", "reviewed")), self.id


_SUBMISSION = (
    submission.c.public_id.label("submission"),
    submission.c.reference,
    submission.c.company,
    submission.c.title,
    submission.c.do_not_contact,
)
_LEASED = ("id", "state", "error", "tries", "created_at", "next_at", "sent_at", "email_index")


def _deliveries() -> Select[*tuple[Any, ...]]:
    return (
        select(
            *(delivery.c[name] for name in _LEASED),
            *_SUBMISSION,
            document.c.review_id,
            person.c.sealed_email,
            person.c.email_index.label("present_index"),
            suppression.c.reason,
        )
        .join(document, document.c.id == delivery.c.document_id)
        .join(submission, submission.c.scorecard_id == document.c.scorecard_id)
        .outerjoin(person, person.c.id == delivery.c.person_id)
        .outerjoin(suppression, suppression.c.email_index == delivery.c.email_index)
        .where(delivery.c.state != "erased", ~submission.c.erased)
    )


def _notices() -> Select[*tuple[Any, ...]]:
    return (
        select(
            *(notice.c[name] for name in _LEASED),
            *_SUBMISSION,
            notice.c.kind,
            notice.c.sealed_email,
            invitation.c.public_id.label("invitation"),
            invitation.c.sealed_contact,
            suppression.c.reason,
        )
        .outerjoin(response, response.c.id == notice.c.response_id)
        .outerjoin(submission, submission.c.response_id == notice.c.response_id)
        .outerjoin(invitation, invitation.c.id == notice.c.invitation_id)
        .outerjoin(suppression, suppression.c.email_index == notice.c.email_index)
        .where(_to_others(), or_(response.c.state.is_(None), response.c.state != "erased"))
    )


def _to_others() -> ColumnElement[bool]:
    # Mails to accounts are their owners' business; one to the team address is everybody's.
    return notice.c.account_id.is_(None) & (notice.c.state != "erased")


def _before(table: Table, rank: int, place: Place) -> ColumnElement[bool]:
    at, its_rank, id_ = place
    same = table.c.created_at == at
    if rank == its_rank:
        return or_(table.c.created_at < at, same & (table.c.id < id_))
    return or_(table.c.created_at < at, same if rank < its_rank else false())


def listing(
    connection: Connection, keyring: Keyring, limit: int, state: str | None = None, before: Place | None = None
) -> list[Mail]:
    """Mails, newest first, in one of `STATES` or in all of them, from after a place on."""
    found: list[Mail] = []
    for table, rank, query in ((delivery, 1, _deliveries()), (notice, 0, _notices())):
        narrowed = query.where(table.c.state.in_(STATES[state])) if state else query
        if before is not None:
            narrowed = narrowed.where(_before(table, rank, before))
        ordered = narrowed.order_by(table.c.created_at.desc(), table.c.id.desc()).limit(limit)
        reading = _delivery if rank else _notice
        found += [reading(keyring, row) for row in connection.execute(ordered)]
    return sorted(found, key=lambda mail: mail.place, reverse=True)[:limit]


def _common(row: Row[Any]) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in _LEASED if name != "email_index"}
    names = ("submission", "reference", "company", "title")
    return values | {name: getattr(row, name) for name in names} | {"refused": row.reason}


def _delivery(keyring: Keyring, row: Row[Any]) -> Mail:
    same = row.sealed_email is not None and row.present_index == row.email_index
    return Mail(
        **_common(row),
        kind="scorecard" if row.review_id is None else "reviewed",
        email=keyring.open(row.sealed_email) if same else None,
        do_not_contact=bool(row.do_not_contact),
        invitation=None,
    )


def _notice(keyring: Keyring, row: Row[Any]) -> Mail:
    return Mail(
        **_common(row),
        kind=row.kind,
        email=_address(keyring, row),
        do_not_contact=bool(row.do_not_contact),
        invitation=row.invitation,
    )


def _address(keyring: Keyring, row: Row[Any]) -> str | None:
    """A notice forgets its address once it is done; an invitation keeps the one it was made for."""
    if row.sealed_email is not None:
        return keyring.open(row.sealed_email)
    if row.sealed_contact is None:
        return None
    email = json.loads(keyring.open(row.sealed_contact)).get("email")
    return str(email) if email else None


def counts(connection: Connection) -> dict[str, int]:
    """How many mails there are in each of `STATES`."""
    found: dict[str, int] = dict.fromkeys(STATES, 0)
    for table, query in ((delivery, _deliveries()), (notice, _notices())):
        numbers = query.with_only_columns(table.c.state, func.count()).group_by(table.c.state)
        for state, number in connection.execute(numbers):
            name = next((name for name, stored in STATES.items() if state in stored), None)
            if name is not None:
                found[name] += number
    return found


def address_of(connection: Connection, delivery_id: int) -> str | None:
    """The blind index of the address of a delivery, or None."""
    query = select(delivery.c.email_index).where(delivery.c.id == delivery_id, delivery.c.state != "erased")
    return connection.execute(query).scalar_one_or_none()


def find(connection: Connection, keyring: Keyring, delivery_id: int) -> Mail | None:
    """One delivery, or None."""
    row = connection.execute(_deliveries().where(delivery.c.id == delivery_id)).first()
    return None if row is None else _delivery(keyring, row)


def submitted(connection: Connection) -> dict[str, int]:
    """How many submissions each questionnaire has, marked ones apart."""
    query = select(submission.c.questionnaire, func.count()).where(submission.c.mark.is_(None))
    return {row.questionnaire: int(row[1]) for row in connection.execute(query.group_by(submission.c.questionnaire))}
