"""Which voices of the peer comparison may have changed: marked in the transaction that changed them.

The worker looks at the companies and addresses of the marked submissions alone.
"""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update

from assessment.store.peer_tables import peer_due, peer_pool, peer_voice
from assessment.store.review_tables import submission

DEMO = "demo"
"""The origin of submissions that nobody sent."""
NAMELESS = "~"
"""How the company's key begins of a submission that names no company."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """What of a submission decides whose voice it is; `company_key` begins with "~" where no company is named."""

    id: int
    response_id: int
    questionnaire: str
    company_key: str
    email_index: str | None
    origin: str

    @property
    def company(self) -> str | None:
        """The one spelling of its company's name, or None."""
        return None if self.company_key.startswith(NAMELESS) else self.company_key

    @property
    def invented(self) -> bool:
        """Whether nobody sent it."""
        return self.origin == DEMO


SPEAKER = tuple(submission.c[name] for name in Speaker.__dataclass_fields__)
"""The columns of a `Speaker`."""


def mark(connection: Connection, submission_ids: Collection[int]) -> None:
    """Have the worker look at these submissions' voices."""
    if submission_ids:
        connection.execute(insert(peer_due), [{"submission_id": id_} for id_ in submission_ids])


def may_speak_now(connection: Connection, response_id: int) -> None:
    """Have the worker look at the voice of a response, whose address was just confirmed."""
    found = select(submission.c.id).where(submission.c.response_id == response_id)
    mark(connection, list(connection.execute(found).scalars()))


def leave(connection: Connection, response_id: int) -> None:
    """Take a response's voice out at once, and have the worker see who speaks for its company and its address now.

    Call it before anything that tells the company or the address is taken away.
    """
    row = connection.execute(select(*SPEAKER).where(submission.c.response_id == response_id)).first()
    if row is None:
        return
    held = select(peer_voice.c.pool_id).where(peer_voice.c.response_id == response_id)
    pools = list(connection.execute(held).scalars())
    if pools:
        connection.execute(update(peer_pool).where(peer_pool.c.id.in_(pools)).values(stale=True))
        connection.execute(delete(peer_voice).where(peer_voice.c.response_id == response_id))
    found = Speaker(**row._mapping)
    due = {found.id}
    for beside in circles(found).values():
        others = select(submission.c.id).where(beside, submission.c.id != found.id)
        due.update(connection.execute(others.order_by(submission.c.submitted_at.desc()).limit(1)).scalars())
    mark(connection, sorted(due))


def circles(one: Speaker) -> dict[str, ColumnElement[bool]]:
    """Of whom a submission speaks: the submissions of its company and those of its address, else itself alone.

    All are of its questionnaire; each goes by a name that no other circle of that has.
    """
    table, shared = submission.c, dict[str, ColumnElement[bool]]()
    if one.company is not None:
        shared[f"company {one.company}"] = table.company_key == one.company
    if one.email_index is not None:
        shared[f"address {one.email_index}"] = table.email_index == one.email_index
    if not shared:
        shared[f"submission {one.id}"] = table.id == one.id
    origin = table.origin == DEMO if one.invented else table.origin != DEMO
    return {name: each & (table.questionnaire == one.questionnaire) & origin for name, each in shared.items()}
