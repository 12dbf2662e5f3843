"""The firm's own people as the recipients of mails: who is told of a submission, and what their daily digest holds."""

from datetime import date, datetime

from sqlalchemy import ColumnElement, Connection, or_, select, update

from assessment.store.notices import Recipient
from assessment.store.review_tables import account, submission
from assessment.store.submissions import DEMO, Submission, read

_WORKING = account.c.active & account.c.role.in_(("consultant", "admin"))
_RECIPIENT = (account.c.id, account.c.sealed_email, account.c.email_index, account.c.notify)
# Built once: a submit asks for it.
_AT_ONCE = select(*_RECIPIENT).where(_WORKING, account.c.notify == "at_once").order_by(account.c.id)


def at_once(connection: Connection) -> list[Recipient]:
    """Every active consultant and admin who wants to hear of a submission at once."""
    return [
        Recipient(account_id=row.id, sealed_email=row.sealed_email, email_index=row.email_index)
        for row in connection.execute(_AT_ONCE)
    ]


def preference(connection: Connection, account_id: int) -> tuple[Recipient, str] | None:
    """One active consultant or admin with their preference, or None for anybody else."""
    row = connection.execute(select(*_RECIPIENT).where(_WORKING, account.c.id == account_id)).first()
    if row is None:
        return None
    return Recipient(account_id=row.id, sealed_email=row.sealed_email, email_index=row.email_index), row.notify


def works(connection: Connection, account_id: int) -> bool:
    """Whether an account is that of an active consultant or admin."""
    return connection.execute(select(account.c.id).where(_WORKING, account.c.id == account_id)).first() is not None


def due_for_digest(connection: Connection, before: datetime) -> list[tuple[Recipient, datetime | None]]:
    """Who wants a daily digest and had none looked for since `before`, each with the time it was looked for last."""
    query = select(*_RECIPIENT, account.c.digest_at).where(
        _WORKING, account.c.notify == "daily", or_(account.c.digest_at.is_(None), account.c.digest_at < before)
    )
    return [
        (Recipient(account_id=row.id, sealed_email=row.sealed_email, email_index=row.email_index), row.digest_at)
        for row in connection.execute(query.order_by(account.c.id))
    ]


def digest_done(connection: Connection, account_id: int, now: datetime) -> None:
    """Note when a digest was looked for, whether there was anything to say or not."""
    connection.execute(update(account).where(account.c.id == account_id).values(digest_at=now))


def _theirs(account_id: int) -> ColumnElement[bool]:
    nobodys = submission.c.assignee_id.is_(None)
    counted = ~submission.c.erased & submission.c.mark.is_(None) & (submission.c.origin != DEMO)
    return counted & or_(submission.c.assignee_id == account_id, nobodys)


def arrived(connection: Connection, account_id: int, since: datetime, until: datetime) -> list[Submission]:
    """What came in from `since` to before `until` and is theirs or nobody's, newest first; none marked or made up."""
    query = select(submission).where(
        _theirs(account_id), submission.c.submitted_at >= since, submission.c.submitted_at < until
    )
    rows = connection.execute(query.order_by(submission.c.submitted_at.desc(), submission.c.id.desc()))
    return [one for one in map(read, rows) if one is not None]


def to_follow_up(connection: Connection, account_id: int, today: date) -> list[Submission]:
    """What they meant to follow up by today and is not closed, longest due first; "do not contact" left out."""
    query = select(submission).where(
        submission.c.assignee_id == account_id,
        _theirs(account_id),
        submission.c.follow_up <= today,
        submission.c.status != "closed",
        ~submission.c.do_not_contact,
    )
    rows = connection.execute(query.order_by(submission.c.follow_up, submission.c.id))
    return [one for one in map(read, rows) if one is not None]
