"""Telling the firm's people of what came in: a mail at once, or one digest a day. Nothing a prospect typed is in it."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from assessment.actions.installation import Installation
from assessment.store import notices, team
from assessment.store.database import reading, writing
from assessment.store.notices import Recipient

DIGEST_FROM = time(7)
"""The hour, in the firm's time zone, from which on the day's digest goes out."""
LOOK_BACK = timedelta(days=7)
"""How far a digest looks back at most, however long the worker or the wish for one was away."""
A_DAY = timedelta(days=1)


def announce(
    house: Installation,
    connection: Connection,
    *,
    response_id: int,
    assignee_id: int | None,
    origin: str,
    message_id: str,
    now: datetime,
) -> None:
    """Queue the mails about a new submission, in the transaction that makes it; an interview's author knows of it."""
    if origin != "interview":
        to = recipients(house, connection, assignee_id)
        notices.add_submission(connection, to, response_id=response_id, message_id=message_id, now=now)


def recipients(house: Installation, connection: Connection, assignee_id: int | None) -> list[Recipient]:
    """Who is told at once: the assignee if that is their wish, else the team address, else all who wish it."""
    chosen = team.preference(connection, assignee_id) if assignee_id is not None else None
    if chosen is not None:
        return [chosen[0]] if chosen[1] == "at_once" else []
    address = house.settings.team_email
    if address:
        sealed = house.keyring.seal(address)
        return [Recipient(account_id=None, sealed_email=sealed, email_index=house.keyring.index(address))]
    return team.at_once(connection)


def queue_digests(house: Installation, now: datetime, message_id: Callable[[], str]) -> int:
    """Queue the digests that are due; says how many. Each of these people has theirs looked for once a day."""
    zone = ZoneInfo(house.settings.time_zone)
    local = now.astimezone(zone)
    start = datetime.combine(local.date(), DIGEST_FROM, zone)
    if local < start:
        return 0
    with reading(house.engine) as connection:
        if not team.due_for_digest(connection, start):
            return 0
    with writing(house.engine) as connection:
        due = team.due_for_digest(connection, start)  # again: another worker may have come first
        return sum(_queue_digest(house, connection, to, before, now, message_id()) for to, before in due)


def _queue_digest(
    house: Installation, connection: Connection, to: Recipient, before: datetime | None, now: datetime, message_id: str
) -> bool:
    if to.account_id is None:
        return False
    team.digest_done(connection, to.account_id, now)
    since = max(before or now - A_DAY, now - LOOK_BACK)
    today = now.astimezone(ZoneInfo(house.settings.time_zone)).date()
    something = team.arrived(connection, to.account_id, since, now) or team.to_follow_up(
        connection, to.account_id, today
    )
    if something:
        payload = {"since": since.isoformat(), "until": now.isoformat()}
        email = house.keyring.open(to.sealed_email)
        notices.add(
            connection, house.keyring, kind="digest", email=email, message_id=message_id, now=now,
            account_id=to.account_id, payload=payload,
        )  # fmt: skip
    return bool(something)
