"""Reviews: a scorecard as a consultant reviewed it, each correction an issue of its own; the words are encrypted."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Connection, Row, Select, delete, func, insert, select, update

from assessment.core.reviewed import Content, Signature, Signed
from assessment.store.keys import Keyring
from assessment.store.review_tables import review, submission
from assessment.store.tables import document


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """What is encrypted of a review: what was added, and who signed it as of the last save."""

    content: Content
    by: Signature


_SEALED = TypeAdapter(Sealed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """One issue: draft or sent. `account_id` is who saved it last."""

    id: int
    public_id: str
    submission_id: int
    issue: int
    state: str
    account_id: int
    content: Content
    by: Signature
    revision: int
    created_at: datetime
    updated_at: datetime
    sent_at: datetime | None

    @property
    def is_draft(self) -> bool:
        """Whether it may still be changed."""
        return self.state == "draft"

    @property
    def signed(self) -> Signed:
        """What is laid over the scorecard."""
        return Signed(content=self.content, by=self.by, issue=self.issue, draft=self.is_draft)


def _seal(keyring: Keyring, content: Content, by: Signature) -> bytes:
    return keyring.seal(_SEALED.dump_json(Sealed(content=content, by=by)).decode())


def _read(keyring: Keyring, row: Row[Any]) -> Review:
    values = {name: value for name, value in row._mapping.items() if name in Review.__dataclass_fields__}
    opened = _SEALED.validate_json(keyring.open(row.sealed_content))
    return Review(**values, content=opened.content, by=opened.by)


def _wanted(*which: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """Newest issue first; what was erased is not there."""
    return select(review).where(*which, review.c.sealed_content.is_not(None)).order_by(review.c.issue.desc())


def add(
    connection: Connection,
    keyring: Keyring,
    *,
    public_id: str,
    submission_id: int,
    account_id: int,
    content: Content,
    by: Signature,
    now: datetime,
) -> int:
    """Begin the next issue as a draft and give its id."""
    issues = select(func.coalesce(func.max(review.c.issue), 0)).where(review.c.submission_id == submission_id)
    values = {
        "public_id": public_id,
        "submission_id": submission_id,
        "issue": connection.execute(issues).scalar_one() + 1,
        "state": "draft",
        "account_id": account_id,
        "sealed_content": _seal(keyring, content, by),
        "revision": 1,
        "created_at": now,
        "updated_at": now,
    }
    return int(connection.execute(insert(review).values(**values).returning(review.c.id)).scalar_one())


def find(connection: Connection, keyring: Keyring, id_: int) -> Review | None:
    """The review with this id, or None when there is none or it was erased."""
    row = connection.execute(_wanted(review.c.id == id_)).first()
    return None if row is None else _read(keyring, row)


def signed(connection: Connection, keyring: Keyring, id_: int) -> Signed | None:
    """What to lay over the scorecard, or None when there is none or it was erased."""
    found = find(connection, keyring, id_)
    return None if found is None else found.signed


def of_submission(connection: Connection, keyring: Keyring, submission_id: int) -> list[Review]:
    """Every issue of a submission's review, newest first."""
    return [_read(keyring, row) for row in connection.execute(_wanted(review.c.submission_id == submission_id))]


def newest_sent(connection: Connection, keyring: Keyring, scorecard_id: int) -> Review | None:
    """The newest issue that was sent of a scorecard, or None; a submission taken out of every list has none."""
    query = _wanted(submission.c.scorecard_id == scorecard_id, review.c.state == "sent", ~submission.c.erased)
    row = connection.execute(query.join(submission, submission.c.id == review.c.submission_id).limit(1)).first()
    return None if row is None else _read(keyring, row)


def _change(connection: Connection, id_: int, seen: int, values: dict[str, Any]) -> bool:
    mine = update(review).where(review.c.id == id_, review.c.revision == seen, review.c.state == "draft")
    return connection.execute(mine.values(revision=review.c.revision + 1, **values)).rowcount == 1


def save(
    connection: Connection,
    keyring: Keyring,
    id_: int,
    seen: int,
    *,
    account_id: int,
    content: Content,
    by: Signature,
    now: datetime,
) -> bool:
    """Keep a draft's words; False, changing nothing, when it was sent or is not the revision `seen` any more."""
    sealed = _seal(keyring, content, by)
    return _change(connection, id_, seen, {"account_id": account_id, "sealed_content": sealed, "updated_at": now})


def send(connection: Connection, id_: int, seen: int, now: datetime) -> bool:
    """Make a draft final; False, changing nothing, when it was sent or is not the revision `seen` any more."""
    return _change(connection, id_, seen, {"state": "sent", "sent_at": now, "updated_at": now})


def discard(connection: Connection, id_: int, seen: int) -> bool:
    """Throw a draft and its PDF away; False, changing nothing, when it was sent or is not the revision `seen`."""
    mine = (review.c.id == id_, review.c.revision == seen, review.c.state == "draft")
    if connection.execute(select(review.c.id).where(*mine)).first() is None:
        return False
    connection.execute(delete(document).where(document.c.review_id == id_))
    connection.execute(delete(review).where(*mine))
    return True


def erase(connection: Connection, submission_id: int) -> None:
    """Empty every issue of a submission's review; nothing of it is shown or made again."""
    emptied = update(review).where(review.c.submission_id == submission_id)
    connection.execute(emptied.values(sealed_content=None, state="erased"))
