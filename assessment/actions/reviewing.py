"""What a consultant does with a scorecard before the prospect reads it again: draft, preview, send, correct."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from assessment.actions import review_bench
from assessment.actions.installation import Gone, Installation
from assessment.actions.pressing import pressed_before
from assessment.actions.review_bench import Bench
from assessment.core.reviewed import Content, Signature, Unfit, apply, unready
from assessment.store import audit, deliveries, documents, people, reviews
from assessment.store.accounts import Account
from assessment.store.database import writing
from assessment.store.reviews import Review

A_DAY = timedelta(days=1)
A_SESSION = timedelta(minutes=30)
"""Saves of one consultant closer together than this are one session in the audit log."""
REVIEWED_A_DAY_UNCONFIRMED, REVIEWED_A_DAY_CONFIRMED = 2, 5
"""Reviewed scorecards to one address a day, apart from automatic ones: enough for a slip to be corrected at once."""
ROLE = "Consultant"
"""What who reviews is called to the prospect, whatever their role in the workplace."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """What one consultant typed: `seen` is the revision they edited (0: none yet), `after` the issue before it."""

    account: Account
    seen: int
    content: Content
    now: datetime
    new_id: str
    after: int = 0


class Stale(Exception):
    """Somebody else saved, sent or discarded the review meanwhile."""


class Refused(Exception):
    """The mail may not go; the message says why."""


def _limit(connection: Connection, email_index: str, now: datetime) -> str | None:
    """Why this address gets no further reviewed scorecard today, or None."""
    confirmed = people.ever_confirmed(connection, email_index)
    most = REVIEWED_A_DAY_CONFIRMED if confirmed else REVIEWED_A_DAY_UNCONFIRMED
    sent = deliveries.count_since(connection, email_index, now - A_DAY, reviewed=True)
    return None if sent < most else f"This address had {most} reviewed scorecards today. Try again tomorrow."


def _found(house: Installation, connection: Connection, public_id: str) -> Bench:
    bench = review_bench.find(house, connection, public_id)
    if bench is None:
        raise Gone(public_id)
    return bench


def save(house: Installation, public_id: str, edit: Edit, *, preview: bool = False) -> int:
    """Keep a draft and give its new revision; for a `preview` its PDF is made as well.

    Raises `Stale`, `Gone`, and `Unfit` for recommendations that are not this scorecard's.
    """
    with writing(house.engine) as connection:
        bench = _found(house, connection, public_id)
        kept = _keep(house, connection, bench, edit)
        if preview or documents.of_review(connection, kept.id) is not None:
            _document(connection, bench.kept.id, kept.id, edit.now)
        return kept.revision


def _keep(house: Installation, connection: Connection, bench: Bench, edit: Edit) -> Review:
    """The draft as saved just now; audited once a session of edits."""
    public_id, draft = bench.kept.public_id, bench.draft
    last = bench.newest.issue if bench.newest else 0
    if (draft.revision if draft else 0) != edit.seen or (draft is None and last != edit.after):
        raise Stale(public_id)
    kept = reviews.find(connection, house.keyring, _stored(house, connection, bench, edit))
    if kept is None:
        raise Gone(public_id)
    apply(bench.kept.card, kept.signed)  # refuses what is not this scorecard's; the transaction then keeps nothing
    if draft is None or draft.account_id != edit.account.id or draft.updated_at < edit.now - A_SESSION:
        audit.note(connection, edit.now, edit.account.actor, "review.saved", public_id, f"issue {kept.issue}")
    return kept


def _stored(house: Installation, connection: Connection, bench: Bench, edit: Edit) -> int:
    by, keyring = _signature(house, bench, edit.account, edit.now), house.keyring
    if bench.draft is None:
        return reviews.add(
            connection, keyring, public_id=edit.new_id, submission_id=bench.submission.id, account_id=edit.account.id,
            content=edit.content, by=by, now=edit.now,
        )  # fmt: skip
    id_ = bench.draft.id
    if not reviews.save(
        connection, keyring, id_, edit.seen, account_id=edit.account.id, content=edit.content, by=by, now=edit.now
    ):
        raise Stale(bench.kept.public_id)
    return id_


def _signature(house: Installation, bench: Bench, account: Account, now: datetime) -> Signature:
    sent = next((one.review for one in bench.issues if one.review.state == "sent"), None)
    return Signature(
        name=account.name,
        role=ROLE,
        firm=house.settings.firm,
        on=now.astimezone(ZoneInfo(house.settings.time_zone)).isoformat(),
        replaces=sent.by.on if sent else None,
        confirmed=bench.person is not None and bench.person.confirmed_at is not None,
    )


def _document(connection: Connection, scorecard_id: int, review_id: int, now: datetime) -> int:
    """The review's document, to be made anew from what it says now."""
    known = documents.of_review(connection, review_id)
    if known is None or known.state == "erased":
        return documents.add(connection, scorecard_id, now, review_id)
    documents.queue_again(connection, known.id, now)
    return known.id


def send(house: Installation, public_id: str, edit: Edit, message_id: str) -> str | None:
    """Make the draft final and mail it; gives the reason when the mail is held.

    Raises `Refused`, `Stale`, `Gone`, and `Unfit` also for a review that is not complete.
    """
    with writing(house.engine) as connection:
        bench = _found(house, connection, public_id)
        if bench.refused:
            raise Refused(bench.refused)
        if unready(edit.content):
            raise Unfit("parts are still open")
        kept = _keep(house, connection, bench, edit)
        if not reviews.send(connection, kept.id, kept.revision, edit.now):
            raise Stale(public_id)
        _withdraw_older(connection, bench, kept)
        document_id = _document(connection, bench.kept.id, kept.id, edit.now)
        held = _mail(house, connection, bench, document_id, message_id, edit.now)
        detail = f"issue {kept.issue}" + (", held" if held else "")
        audit.note(connection, edit.now, edit.account.actor, "review.sent", public_id, detail)
        return held


def _withdraw_older(connection: Connection, bench: Bench, kept: Review) -> None:
    """What still waits of an issue that this one replaces does not go out any more."""
    for issue in bench.issues:
        if issue.document is not None and issue.review.id != kept.id:
            deliveries.withdraw_of_document(connection, issue.document.id)


def _mail(
    house: Installation, connection: Connection, bench: Bench, document_id: int, message_id: str, now: datetime
) -> str | None:
    if bench.person is None or not bench.person.email:
        raise Gone(bench.kept.public_id)
    index = house.keyring.index(bench.person.email)
    held = _limit(connection, index, now)
    if held and deliveries.is_held(connection, document_id, index):
        return held
    deliveries.add(
        connection,
        document_id=document_id,
        person_id=bench.person.id,
        email_index=index,
        questionnaire=bench.submission.questionnaire,
        message_id=message_id,
        now=now,
        state="held" if held else "queued",
        error=held,
    )
    return held


def mail_again(house: Installation, public_id: str, account: Account, *, message_id: str, now: datetime) -> str | None:
    """Mail the newest sent issue once more, to the address as it is now; gives the reason when it is held.

    Pressed twice at once it mails once. Raises `Refused`, `Gone`, and `Stale` where the newest issue is not sent yet.
    """
    with writing(house.engine) as connection:
        bench = _found(house, connection, public_id)
        if bench.refused:
            raise Refused(bench.refused)
        newest = bench.issues[0] if bench.issues else None
        if newest is None or newest.review.state != "sent":
            raise Stale(public_id)
        detail = f"reviewed, issue {newest.review.issue}"
        if pressed_before(connection, account.actor, "delivery.again", public_id, detail, now):
            return None
        document = newest.document
        if document is None or document.state in {"failed", "dropped", "erased"}:
            document_id = _document(connection, bench.kept.id, newest.review.id, now)
        else:
            document_id = document.id
        deliveries.withdraw_of_document(connection, document_id)
        held = _mail(house, connection, bench, document_id, message_id, now)
        audit.note(connection, now, account.actor, "delivery.again", public_id, f"{detail}, held" if held else detail)
        return held


def correct(house: Installation, public_id: str, account: Account, *, now: datetime, new_id: str) -> None:
    """Begin the next issue from the one that was sent; nothing when somebody has begun it already. Raises `Gone`."""
    with writing(house.engine) as connection:
        bench = _found(house, connection, public_id)
        if bench.newest is None or bench.draft is not None:
            return
        reviews.add(
            connection, house.keyring, public_id=new_id, submission_id=bench.submission.id, account_id=account.id,
            content=bench.newest.content, by=_signature(house, bench, account, now), now=now,
        )  # fmt: skip
        audit.note(connection, now, account.actor, "review.begun", public_id, f"issue {bench.newest.issue + 1}")


def discard(house: Installation, public_id: str, account: Account, seen: int, *, now: datetime) -> None:
    """Throw the draft away; what was sent stays. Raises `Stale` and `Gone`."""
    with writing(house.engine) as connection:
        bench = _found(house, connection, public_id)
        if bench.draft is None or not reviews.discard(connection, bench.draft.id, seen):
            raise Stale(public_id)
        audit.note(connection, now, account.actor, "review.discarded", public_id, f"issue {bench.draft.issue}")
