"""What a consultant does with one submission: work on it, note, mark, respect a refusal, mail it again, look at it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from assessment.actions import owning, review_bench
from assessment.actions.installation import Gone, Installation
from assessment.actions.pressing import ONE_PRESS
from assessment.core.typed_text import clean
from assessment.store import audit, company, deliveries, notes, peer_marks, people, submissions
from assessment.store.accounts import Account
from assessment.store.database import writing
from assessment.store.submissions import Submission

NOTE_LIMIT = 2_000
REASON_LIMIT = 300
NOT_TO_BE_CONTACTED = "This person must not be contacted, so no mail was started."
ASKED_FOR_NONE = "The person asked for no mail. That cannot be lifted here."


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """The part of a submission that consultants change: status, who looks after it, when to come back to it."""

    status: str
    assignee_id: int | None
    follow_up: date | None


class Stale(Exception):
    """Somebody changed the submission since the form was shown; carries it as it stands now."""

    def __init__(self, found: Submission) -> None:
        super().__init__("changed meanwhile")
        self.found = found


class Held(Exception):
    """Why something is not done, in a sentence."""


def work_of(found: Submission) -> Work:
    """What consultants may change of a submission, as it stands."""
    return Work(status=found.status, assignee_id=found.assignee_id, follow_up=found.follow_up)


def work(house: Installation, public_id: str, seen: int, base: Work, wanted: Work, by: Account, now: datetime) -> None:
    """Change a submission that the form showed as `base` at revision `seen`. Raises `Stale` or `Gone`.

    A revision that moved without touching this part (a mark, say) is no conflict.
    """
    with writing(house.engine) as connection:
        found = _found(connection, public_id)
        present = work_of(found)
        if present == wanted:
            return
        if found.revision != seen and present != base:
            raise Stale(found)
        values = {"status": wanted.status, "assignee_id": wanted.assignee_id, "follow_up": wanted.follow_up}
        if not submissions.change(connection, found.id, found.revision, values):
            raise Stale(_found(connection, public_id))
        _note_changes(connection, public_id, present, wanted, by, now)


def _note_changes(
    connection: Connection, public_id: str, before: Work, after: Work, by: Account, now: datetime
) -> None:
    if before.status != after.status:
        audit.note(connection, now, by.actor, "submission.status", public_id, f"{before.status} to {after.status}")
    if before.assignee_id != after.assignee_id:
        owner = "nobody" if after.assignee_id is None else f"account {after.assignee_id}"
        audit.note(connection, now, by.actor, "submission.assigned", public_id, owner)
    if before.follow_up != after.follow_up:
        day = "none" if after.follow_up is None else after.follow_up.isoformat()
        audit.note(connection, now, by.actor, "submission.follow_up", public_id, day)


def paragraphs(text: str, limit: int) -> str:
    """Typed text with its lines kept, each cleaned, without blank ones; as long as it is, up to `limit` and one more.

    The one more lets a caller see that it was too long, however long it was.
    """
    lines = (clean(line, limit + 1) for line in text[: limit * 8].splitlines())
    return "\n".join(line for line in lines if line)[: limit + 1]


def add_note(house: Installation, public_id: str, text: str, by: Account, now: datetime) -> None:
    """Keep a note of at most `NOTE_LIMIT` characters, once where it is sent twice in one press. Raises `Gone`."""
    text = text[:NOTE_LIMIT]
    with writing(house.engine) as connection:
        found = _found(connection, public_id)
        if notes.said_since(connection, house.keyring, found.id, by.id, text, now - ONE_PRESS):
            return
        notes.add(connection, house.keyring, found.id, by.id, text, now)
        audit.note(connection, now, by.actor, "note.added", public_id)


def delete_note(house: Installation, public_id: str, note_id: int, by: Account, now: datetime) -> bool:
    """Delete one's own note; False when it was not there or is somebody else's. Raises `Gone`."""
    with writing(house.engine) as connection:
        found = _found(connection, public_id)
        gone = notes.remove(connection, house.keyring, found, note_id, by.id)
        if gone:
            audit.note(connection, now, by.actor, "note.deleted", public_id)
        return gone


def mark(house: Installation, public_id: str, as_what: str | None, by: Account, now: datetime) -> None:
    """Take a submission out of every statistic as one of `submissions.MARKS`, or (None) back in. Raises `Gone`."""
    with writing(house.engine) as connection:
        found = _found(connection, public_id)
        if found.mark == as_what:
            return
        submissions.change(connection, found.id, found.revision, {"mark": as_what})
        peer_marks.leave(connection, found.response_id)
        action = "submission.marked" if as_what else "submission.unmarked"
        audit.note(connection, now, by.actor, action, public_id, as_what or found.mark or "")


def refuse_contact(
    house: Installation, public_id: str, *, refused: bool, reason: str, by: Account, now: datetime
) -> None:
    """Do (not) contact the person, for everything that their address submitted; the reason is kept as a note.

    Raises `Held` when the person asked for no mail themselves, `Gone`.
    """
    with writing(house.engine) as connection:
        found = _found(connection, public_id)
        if found.do_not_contact == refused:
            return
        if not refused and _asked_for_none(connection, found):
            raise Held(ASKED_FOR_NONE)
        submissions.refuse_contact(connection, found, refused=refused)
        if refused and found.email_index is not None:
            deliveries.refuse_open(connection, found.email_index)
        said = "Do not contact" if refused else "May be contacted again"
        notes.add(connection, house.keyring, found.id, by.id, f"{said}: {reason}", now)
        action = "contact.refused" if refused else "contact.allowed"
        for each in company.of_address(connection, found):
            audit.note(connection, now, by.actor, action, each)


def _asked_for_none(connection: Connection, found: Submission) -> bool:
    index = found.email_index
    return index is not None and people.suppressed(connection, index) == people.ASKED_FOR_NONE


def resend(house: Installation, public_id: str, message_id: str, by: Account, now: datetime) -> str | None:
    """Mail the scorecard once more; gives the reason when it is held. Raises `Held` or `Gone`."""
    with writing(house.engine) as connection:
        found = _found(connection, public_id)
        if found.do_not_contact:
            raise Held(NOT_TO_BE_CONTACTED)
        # A first mail by this button would also count as asked for when a review is sent.
        unasked = review_bench.unasked(connection, found, found.email_index) if found.email_index else None
        if unasked:
            raise Held(unasked)
        return owning.mail_in(house, connection, public_id, message_id, now, by.actor)


def looked(house: Installation, public_id: str, what: str, by: Account, now: datetime) -> None:
    """Record that somebody opened the submission ("page"), its scorecard ("scorecard") or its PDF ("pdf")."""
    with writing(house.engine) as connection:
        if what == "scorecard":
            audit.note(connection, now, by.actor, "scorecard.viewed", public_id)
        elif what == "pdf":
            audit.note(connection, now, by.actor, "pdf.taken", public_id)
        else:
            audit.note(connection, now, by.actor, "submission.viewed", public_id)


def looked_at_company(house: Installation, public_ids: Iterable[str], by: Account, now: datetime) -> None:
    """Record for each submission whose result stands on its company's page that somebody read it there."""
    with writing(house.engine) as connection:
        for public_id in public_ids:
            audit.note(connection, now, by.actor, "company.viewed", public_id)


def _found(connection: Connection, public_id: str) -> Submission:
    found = submissions.find(connection, public_id)
    if found is None:
        raise Gone(public_id)
    return found
