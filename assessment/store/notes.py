"""Notes that consultants write beside a submission: encrypted, found by their words, deleted by their author."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from assessment.core.search_words import words_of
from assessment.store import people, submissions
from assessment.store.keys import Keyring
from assessment.store.review_tables import note, search_word
from assessment.store.submissions import Submission


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What a consultant noted, and when."""

    id: int
    account_id: int
    text: str
    created_at: datetime


def add(connection: Connection, keyring: Keyring, submission_id: int, account_id: int, text: str, now: datetime) -> int:
    """Keep a note and give its id; the submission is found by its words from now on."""
    values = {
        "submission_id": submission_id,
        "account_id": account_id,
        "sealed_text": keyring.seal(text),
        "created_at": now,
    }
    id_ = int(connection.execute(insert(note).values(**values).returning(note.c.id)).scalar_one())
    submissions.add_words(connection, keyring, submission_id, (text,))
    return id_


def of_submission(connection: Connection, keyring: Keyring, submission_id: int) -> tuple[Note, ...]:
    """The notes on a submission, newest first."""
    query = (
        select(note).where(note.c.submission_id == submission_id).order_by(note.c.created_at.desc(), note.c.id.desc())
    )
    return tuple(
        Note(id=row.id, account_id=row.account_id, text=keyring.open(row.sealed_text), created_at=row.created_at)
        for row in connection.execute(query)
    )


def said_since(
    connection: Connection, keyring: Keyring, submission_id: int, account_id: int, text: str, since: datetime
) -> bool:
    """Whether this account wrote the very same note on the submission after a time."""
    theirs = select(note.c.sealed_text).where(
        note.c.submission_id == submission_id, note.c.account_id == account_id, note.c.created_at > since
    )
    return any(keyring.open(sealed) == text for sealed in connection.execute(theirs).scalars())


def remove(connection: Connection, keyring: Keyring, found: Submission, note_id: int, account_id: int) -> bool:
    """Delete one's own note; the submission is no longer found by words that only this note had.

    False, deleting nothing, when there is no such note of this account on the submission.
    """
    mine = select(note.c.sealed_text).where(
        note.c.id == note_id, note.c.submission_id == found.id, note.c.account_id == account_id
    )
    sealed = connection.execute(mine).scalar_one_or_none()
    if sealed is None:
        return False
    connection.execute(delete(note).where(note.c.id == note_id))
    unsay(connection, keyring, found, keyring.open(sealed))
    return True


def unsay(connection: Connection, keyring: Keyring, found: Submission, text: str) -> None:
    """Have a submission no longer found by the words of a text that is gone, but for those still said elsewhere."""
    lost = words_of(text) - _still_said(connection, keyring, found)
    hashes = [keyring.word(word) for word in lost]
    gone = delete(search_word).where(search_word.c.submission_id == found.id, search_word.c.word.in_(hashes))
    connection.execute(gone)


def _still_said(connection: Connection, keyring: Keyring, found: Submission) -> frozenset[str]:
    """The words of the contact details and of the notes that are left."""
    contact = people.contact_of(people.of_response(connection, keyring, found.response_id))
    texts = [contact.get(key, "") for key in ("name", "email", "role")]
    texts += [each.text for each in of_submission(connection, keyring, found.id)]
    return frozenset().union(*(words_of(text) for text in texts))
