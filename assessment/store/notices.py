"""Notices: mails without a document, such as the link to an unfinished response."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, case, func, insert, select, update

from assessment.store.keys import Keyring
from assessment.store.tables import notice, response


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What a notice is written from: its kind, its address, and the response that its link opens."""

    kind: str
    email: str
    response: str
    questionnaire: str
    version: str
    epoch: int


def add(
    connection: Connection, keyring: Keyring, *, response_id: int, kind: str, email: str, message_id: str, now: datetime
) -> int:
    """Put a notice in the queue and give its id."""
    values = {
        "response_id": response_id,
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


def source(connection: Connection, keyring: Keyring, notice_id: int) -> Notice | None:
    """What to write the notice from, or None when its address or response is gone."""
    query = (
        select(notice.c.kind, notice.c.sealed_email, response)
        .join(response, response.c.id == notice.c.response_id)
        .where(notice.c.id == notice_id)
    )
    row = connection.execute(query).first()
    if row is None or row.sealed_email is None or row.state == "erased":
        return None
    return Notice(
        kind=row.kind,
        email=keyring.open(row.sealed_email),
        response=row.public_id,
        questionnaire=row.questionnaire,
        version=row.version,
        epoch=row.epoch,
    )


def count_since(connection: Connection, email_index: str, since: datetime) -> int:
    """How many notices to an address were queued since a time."""
    query = select(func.count()).where(notice.c.email_index == email_index, notice.c.created_at >= since)
    return int(connection.execute(query).scalar_one())


def count_of_response_since(connection: Connection, response_id: int, since: datetime) -> int:
    """How many notices of a response were queued since a time, whomever they went to."""
    query = select(func.count()).where(notice.c.response_id == response_id, notice.c.created_at >= since)
    return int(connection.execute(query).scalar_one())


def forget_before(connection: Connection, before: datetime) -> None:
    """Forget whom notices went to once no limit counts them any more; what is still to be sent keeps its address."""
    old = update(notice).where(
        notice.c.state.not_in(("queued", "leased")), notice.c.created_at < before, notice.c.email_index != ""
    )
    connection.execute(old.values(email_index="", sealed_email=None))


def erase_of_response(connection: Connection, response_id: int) -> None:
    """Forget the addresses of a response's notices, and send no more of them.

    The blind index of one that went out stays for the limit of the day; `forget_before` takes it.
    """
    gone = update(notice).where(notice.c.response_id == response_id)
    index = case((notice.c.tries > 0, notice.c.email_index), else_="")
    connection.execute(gone.values(state="erased", owner=None, sealed_email=None, email_index=index, error=None))
