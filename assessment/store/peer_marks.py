"""Which voices of the peer comparison may have changed: marked in the transaction that changed them.

The worker looks at the companies of the marked submissions alone.
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
    public_id: str
    response_id: int
    questionnaire: str
    company_key: str
    email_index: str | None
    origin: str

    @property
    def name(self) -> str:
        """Whose voice it is: the company's, else the address's, else its own."""
        if not self.company_key.startswith(NAMELESS):
            return f"company {self.company_key}"
        return f"address {self.email_index}" if self.email_index else f"response {self.public_id}"

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


def leave(connection: Connection, response_id: int) -> None:
    """Take a response's voice out at once, and have the worker see who speaks for its company now.

    Call it before anything that tells the company is taken away.
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
    others = select(submission.c.id).where(same_voice(found), submission.c.id != found.id)
    newest = others.order_by(submission.c.submitted_at.desc()).limit(1)
    mark(connection, [found.id, *connection.execute(newest).scalars()])


def same_voice(one: Speaker) -> ColumnElement[bool]:
    """Whether a submission is of the same company (address, where none is named) and questionnaire."""
    table = submission.c
    origin = table.origin == DEMO if one.invented else table.origin != DEMO
    if not one.company_key.startswith(NAMELESS):
        whose = table.company_key == one.company_key
    elif one.email_index:
        whose = table.company_key.startswith(NAMELESS, autoescape=True) & (table.email_index == one.email_index)
    else:
        whose = table.id == one.id
    return whose & (table.questionnaire == one.questionnaire) & origin
