"""Notices: mails without a document, such as the link to an unfinished response or a password reset."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, case, func, insert, select, update

from assessment.store.keys import Keyring
from assessment.store.tables import notice, response

TEAM_KINDS = ("submission", "digest")
"""What the firm's own people get; no limit on an address counts it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """The response that a notice's link opens."""

    public_id: str
    questionnaire: str
    version: str
    epoch: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What a notice is written from: its kind, its address, and the response, account or invitation it is about.

    `payload` is what its words need beyond that, such as a link.
    """

    kind: str
    email: str
    about: About | None
    account_id: int | None
    payload: dict[str, str]
    invitation_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Somebody of the firm, or its team address: the address as it is stored, encrypted."""

    account_id: int | None
    sealed_email: bytes
    email_index: str


def add(
    connection: Connection,
    keyring: Keyring,
    *,
    kind: str,
    email: str,
    message_id: str,
    now: datetime,
    response_id: int | None = None,
    account_id: int | None = None,
    payload: Mapping[str, str] | None = None,
    invitation_id: int | None = None,
) -> int:
    """Put a notice in the queue and give its id."""
    values = {
        "response_id": response_id,
        "account_id": account_id,
        "invitation_id": invitation_id,
        "sealed_payload": keyring.seal(json.dumps(dict(payload))) if payload else None,
        "kind": kind,
        "sealed_email": keyring.seal(email),
        "email_index": keyring.index(email),
        "state": "queued",
        "next_at": now,
        "tries": 0,
        "message_id": message_id,
        "created_at": now,
    }
    return int(connection.execute(insert(notice).values(**values).returning(notice.c.id)).scalar_one())


def add_submission(
    connection: Connection, to: Sequence[Recipient], *, response_id: int, message_id: str, now: datetime
) -> None:
    """Tell these of a new submission, in one statement; their Message-IDs are made from `message_id`."""
    head, _, domain = message_id.rpartition("@")
    rows = [
        {
            "response_id": response_id,
            "account_id": one.account_id,
            "kind": "submission",
            "sealed_email": one.sealed_email,
            "email_index": one.email_index,
            "state": "queued",
            "next_at": now,
            "tries": 0,
            "message_id": f"{head}.{number}@{domain}",
            "created_at": now,
        }
        for number, one in enumerate(to, start=1)
    ]
    if rows:
        connection.execute(insert(notice), rows)


def source(connection: Connection, keyring: Keyring, notice_id: int) -> Notice | None:
    """What to write the notice from, or None when its address or response is gone."""
    query = select(notice).where(notice.c.id == notice_id, notice.c.sealed_email.is_not(None))
    row = connection.execute(query).first()
    if row is None:
        return None
    about = None if row.response_id is None else _about(connection, row.response_id)
    if row.response_id is not None and about is None:
        return None
    return Notice(
        kind=row.kind,
        email=keyring.open(row.sealed_email),
        about=about,
        account_id=row.account_id,
        payload=dict(json.loads(keyring.open(row.sealed_payload))) if row.sealed_payload else {},
        invitation_id=row.invitation_id,
    )


def _about(connection: Connection, response_id: int) -> About | None:
    found = select(response).where(response.c.id == response_id, response.c.state != "erased")
    row = connection.execute(found).first()
    if row is None:
        return None
    return About(public_id=row.public_id, questionnaire=row.questionnaire, version=row.version, epoch=row.epoch)


def count_since(connection: Connection, email_index: str, since: datetime) -> int:
    """How many notices to an address were queued since a time, those to the firm's own people apart."""
    query = select(func.count()).where(
        notice.c.email_index == email_index, notice.c.created_at >= since, notice.c.kind.not_in(TEAM_KINDS)
    )
    return int(connection.execute(query).scalar_one())


def count_of_response_since(connection: Connection, response_id: int, since: datetime) -> int:
    """How many notices of a response were queued since a time, whomever they went to."""
    query = select(func.count()).where(
        notice.c.response_id == response_id, notice.c.created_at >= since, notice.c.kind.not_in(TEAM_KINDS)
    )
    return int(connection.execute(query).scalar_one())


def forget_before(connection: Connection, before: datetime) -> None:
    """Forget whom notices went to once no limit counts them any more; what is still to be sent keeps its address."""
    old = update(notice).where(
        notice.c.state.not_in(("queued", "leased")), notice.c.created_at < before, notice.c.email_index != ""
    )
    connection.execute(old.values(email_index="", sealed_email=None, sealed_payload=None))


def part_from(connection: Connection, response_id: int, day: datetime) -> None:
    """Let no notice of a response lead to it, nor say more of when than the day; what was not sent yet never is.

    The blind index of one that went out stays for the limit of the day; `forget_before` takes it.
    """
    theirs = update(notice).where(notice.c.response_id == response_id)
    index = case((notice.c.tries > 0, notice.c.email_index), else_="")
    sent = case((notice.c.sent_at.is_not(None), day), else_=None)
    nothing = {"response_id": None, "owner": None, "sealed_email": None, "sealed_payload": None, "error": None}
    times = {"created_at": day, "next_at": day, "sent_at": sent}
    connection.execute(theirs.values(state="erased", email_index=index, **nothing, **times))


def erase_of_response(connection: Connection, response_id: int) -> None:
    """Forget the addresses of a response's notices, and send no more of them.

    The blind index of one that went out stays for the limit of the day; `forget_before` takes it.
    """
    gone = update(notice).where(notice.c.response_id == response_id)
    index = case((notice.c.tries > 0, notice.c.email_index), else_="")
    connection.execute(
        gone.values(state="erased", owner=None, sealed_email=None, sealed_payload=None, email_index=index, error=None)
    )
