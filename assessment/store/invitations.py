"""Personal invitations: a link with contact details filled in and an owner set, good for one response.

"Opened" means that the prospect pressed the button that begins: following the link changes nothing, because mail
scanners follow links too.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, func, insert, or_, select, update

from assessment.store.keys import Keyring
from assessment.store.responses import ANSWERED
from assessment.store.review_tables import account, invitation, submission
from assessment.store.tables import notice, response


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """An invitation in clear, with what became of it.

    `response` is the public id of the response begun with it and `response_state` where that stands; `submission` the
    public id of what was submitted. `mail` is the state of its newest mail and `mail_error` what that said.
    """

    id: int
    public_id: str
    account_id: int
    questionnaire: str
    contact: dict[str, str]
    message: str | None
    email_index: str | None
    epoch: int
    created_at: datetime
    expires_at: datetime
    mailed_at: datetime | None
    opened_at: datetime | None
    revoked_at: datetime | None
    response_id: int | None
    response: str | None
    response_state: str | None
    submission: str | None
    mail: str | None
    mail_error: str | None

    def state(self, now: datetime) -> str:
        """submitted, started, withdrawn, unfinished, expired, mail_failed, mailing, mailed or made."""
        if self.submission is not None or self.response_state in ("submitted", ANSWERED):
            return "submitted"
        if self.response_id is not None:
            return "started"
        if self.revoked_at is not None:
            return "withdrawn"
        if self.expires_at <= now:
            return "unfinished" if self.opened_at is not None else "expired"
        return {"failed": "mail_failed", "queued": "mailing", "leased": "mailing", "sent": "mailed"}.get(
            self.mail or "", "made"
        )

    def usable(self, now: datetime) -> bool:
        """Whether a response can be begun with it."""
        return self.response_id is None and self.revoked_at is None and self.expires_at > now


def add(
    connection: Connection,
    keyring: Keyring,
    *,
    public_id: str,
    account_id: int,
    questionnaire: str,
    contact: Mapping[str, str],
    message: str,
    now: datetime,
    expires_at: datetime,
) -> int:
    """A new invitation; gives its id."""
    values = {
        "public_id": public_id,
        "account_id": account_id,
        "questionnaire": questionnaire,
        "sealed_contact": keyring.seal(json.dumps(dict(contact))) if contact else None,
        "sealed_message": keyring.seal(message) if message else None,
        "email_index": keyring.index(contact["email"]) if contact.get("email") else None,
        "epoch": 1,
        "created_at": now,
        "expires_at": expires_at,
    }
    return int(connection.execute(insert(invitation).values(**values).returning(invitation.c.id)).scalar_one())


_OWN = [name for name in Invitation.__dataclass_fields__ if name in invitation.c]


def _rows() -> Select[*tuple[Any, ...]]:
    mails = notice.alias("mails")
    newest = select(func.max(mails.c.id)).where(mails.c.invitation_id == invitation.c.id)
    return (
        select(
            *(invitation.c[name] for name in _OWN),
            invitation.c.sealed_contact,
            invitation.c.sealed_message,
            response.c.public_id.label("response"),
            response.c.state.label("response_state"),
            submission.c.public_id.label("submission"),
            notice.c.state.label("mail"),
            notice.c.error.label("mail_error"),
        )
        .outerjoin(response, response.c.id == invitation.c.response_id)
        .outerjoin(submission, (submission.c.response_id == invitation.c.response_id) & ~submission.c.erased)
        .outerjoin(notice, notice.c.id == newest.correlate(invitation).scalar_subquery())
    )


def _read(keyring: Keyring, row: Row[Any]) -> Invitation:
    values = {name: getattr(row, name) for name in _OWN}
    names = ("response", "response_state", "submission", "mail", "mail_error")
    return Invitation(
        **values,
        **{name: getattr(row, name) for name in names},
        contact=dict(json.loads(keyring.open(row.sealed_contact))) if row.sealed_contact else {},
        message=keyring.open(row.sealed_message) if row.sealed_message else None,
    )


def _one(connection: Connection, keyring: Keyring, which: ColumnElement[bool]) -> Invitation | None:
    row = connection.execute(_rows().where(which)).first()
    return None if row is None else _read(keyring, row)


def find(connection: Connection, keyring: Keyring, public_id: str) -> Invitation | None:
    """The invitation with this public id, or None."""
    return _one(connection, keyring, invitation.c.public_id == public_id)


def by_id(connection: Connection, keyring: Keyring, id_: int) -> Invitation | None:
    """The invitation with this id, or None."""
    return _one(connection, keyring, invitation.c.id == id_)


def listing(
    connection: Connection, keyring: Keyring, limit: int, before: tuple[datetime, int] | None = None
) -> list[Invitation]:
    """Invitations, newest first, older than `before` (when made, and its id); those of erased people left out."""
    query = _rows().where(response.c.state.is_(None) | (response.c.state != "erased"))
    if before is not None:
        at, id_ = before
        same = (invitation.c.created_at == at) & (invitation.c.id < id_)
        query = query.where((invitation.c.created_at < at) | same)
    ordered = query.order_by(invitation.c.created_at.desc(), invitation.c.id.desc())
    return [_read(keyring, row) for row in connection.execute(ordered.limit(limit))]


def made_since(connection: Connection, keyring: Keyring, account_id: int, since: datetime) -> list[Invitation]:
    """What an account made after a time, newest first."""
    theirs = _rows().where(invitation.c.account_id == account_id, invitation.c.created_at > since)
    return [_read(keyring, row) for row in connection.execute(theirs.order_by(invitation.c.id.desc()))]


def inviter(connection: Connection, response_id: int) -> int | None:
    """The account that invited to a response, while it is an active one; for the moment of the submit."""
    query = select(account.c.id).join(invitation, invitation.c.account_id == account.c.id)
    found = query.where(invitation.c.response_id == response_id, account.c.active, account.c.role != "viewer")
    return connection.execute(found).scalar_one_or_none()


def use(connection: Connection, id_: int, response_id: int, now: datetime) -> bool:
    """Bind an invitation to the response begun with it; False when another one came first or it was withdrawn."""
    free = update(invitation).where(
        invitation.c.id == id_, invitation.c.response_id.is_(None), invitation.c.revoked_at.is_(None)
    )
    return connection.execute(free.values(response_id=response_id, opened_at=now)).rowcount == 1


def mailed(connection: Connection, id_: int, now: datetime) -> None:
    """Note that a mail of it was queued."""
    connection.execute(update(invitation).where(invitation.c.id == id_).values(mailed_at=now))


def revoke(connection: Connection, id_: int, now: datetime) -> None:
    """Withdraw it; a mail that waits is not sent."""
    connection.execute(update(invitation).where(invitation.c.id == id_).values(revoked_at=now))
    _stop_mails(connection, [id_])


_NOTHING_PERSONAL = {"sealed_contact": None, "sealed_message": None, "email_index": None}


def forget(connection: Connection, response_id: int) -> None:
    """Take everything personal out of the invitation to a response."""
    theirs = list(connection.execute(select(invitation.c.id).where(invitation.c.response_id == response_id)).scalars())
    _forget(connection, theirs)


def forget_one(connection: Connection, id_: int) -> None:
    """Take everything personal out of an invitation."""
    _forget(connection, [id_])


def forget_expired_before(connection: Connection, before: datetime) -> int:
    """Take everything personal out of invitations that nobody used and that ended before a time; says how many.

    They end when their time is over or when they are withdrawn, whichever comes first.
    """
    ended = or_(invitation.c.expires_at < before, invitation.c.revoked_at < before)
    unused = select(invitation.c.id).where(invitation.c.response_id.is_(None), invitation.c.sealed_contact.is_not(None))
    old = list(connection.execute(unused.where(ended)).scalars())
    _forget(connection, old)
    return len(old)


def _forget(connection: Connection, ids: Sequence[int]) -> None:
    if ids:
        connection.execute(update(invitation).where(invitation.c.id.in_(ids)).values(**_NOTHING_PERSONAL))
        _stop_mails(connection, ids)


def _stop_mails(connection: Connection, ids: Sequence[int]) -> None:
    waiting = update(notice).where(notice.c.invitation_id.in_(ids), notice.c.state.in_(("queued", "leased")))
    connection.execute(waiting.values(state="erased", owner=None, sealed_email=None, sealed_payload=None, error=None))


def release(connection: Connection, response_ids: ColumnElement[Any] | Sequence[int]) -> None:
    """Let go of drafts that are about to be deleted; their invitations can be begun again while they last."""
    connection.execute(update(invitation).where(invitation.c.response_id.in_(response_ids)).values(response_id=None))
