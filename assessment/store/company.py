"""Other submissions that belong with one: of the same company, of the same person, and what it follows."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, or_, select

from assessment.store import submissions
from assessment.store.beginnings import corrected, corrects
from assessment.store.review_tables import submission
from assessment.store.submissions import Submission
from assessment.store.tables import response

MOST = 50
"""Submissions shown together; a company with more is looked at in the list."""
MOST_RESULTS = 500
"""The newest results of one company that its overview looks at."""
LONGEST_CHAIN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """A submission beside another one, and how it belongs: `follows` says that one continued from the other.

    `correction` says that it took the place of one before, `corrected` that one took its place.
    """

    found: Submission
    same_company: bool
    same_person: bool
    follows: bool
    correction: bool = False
    corrected: bool = False


def related(connection: Connection, one: Submission) -> tuple[Related, ...]:
    """The other submissions of the same company or person, and those it follows; newest first, none erased."""
    chain = _before(connection, one.response_id) | _after(connection, one.response_id)
    same = [submission.c.company_key == one.company_key, submission.c.response_id.in_(chain)]
    if one.email_index is not None:
        same.append(submission.c.email_index == one.email_index)
    query = select(submission).where(or_(*same), submission.c.id != one.id, ~submission.c.erased)
    newest = query.order_by(submission.c.submitted_at.desc(), submission.c.id.desc()).limit(MOST)
    rows = [submissions.read(row) for row in connection.execute(newest)]
    replaced, replacing = _corrections(connection, [other.response_id for other in rows if other is not None])
    return tuple(
        Related(
            found=other,
            same_company=other.company_key == one.company_key,
            same_person=one.email_index is not None and other.email_index == one.email_index,
            follows=other.response_id in chain,
            correction=other.response_id in replacing,
            corrected=other.response_id in replaced,
        )
        for other in rows
        if other is not None
    )


def results(connection: Connection, one: Submission) -> tuple[Submission, ...]:
    """What counts of the company of a submission, newest first; of the same person's where no company was given.

    Left out are erased and marked ones, and those in whose place a correction stands.
    """
    table = submission.c
    same = table.id == one.id
    if one.company is not None:
        same = table.company_key == one.company_key
    elif one.email_index is not None:
        same = table.email_index == one.email_index
    query = select(submission).where(same, ~table.erased, table.mark.is_(None), table.id.not_in(corrected()))
    newest = query.order_by(table.submitted_at.desc(), table.id.desc()).limit(MOST_RESULTS)
    found = (submissions.read(row) for row in connection.execute(newest))
    return tuple(each for each in found if each is not None)


def is_corrected(connection: Connection, response_id: int) -> bool:
    """Whether a response was corrected, so that another one stands in its place."""
    return bool(_corrections(connection, [response_id])[0])


def _corrections(connection: Connection, ids: Collection[int]) -> tuple[set[int], set[int]]:
    """Which of these responses were corrected, and which are corrections."""
    table = response.c
    query = select(table.id, table.previous_id, table.source).where(table.state != "draft")
    near = connection.execute(query.where(or_(table.id.in_(ids), table.previous_id.in_(ids)))).all()
    pairs = [(row.id, corrects(row.source, row.previous_id)) for row in near]
    known = [(new, old) for new, old in pairs if old is not None]
    return {old for _new, old in known if old in ids}, {new for new, _old in known if new in ids}


def _before(connection: Connection, response_id: int) -> set[int]:
    """The responses this one follows, one after the other."""
    found: set[int] = set()
    at: int | None = response_id
    while at is not None and len(found) < LONGEST_CHAIN:
        at = connection.execute(select(response.c.previous_id).where(response.c.id == at)).scalar_one_or_none()
        if at is None or at in found:
            break
        found.add(at)
    return found


def _after(connection: Connection, response_id: int) -> set[int]:
    """The responses that followed this one, directly or in turn."""
    found: set[int] = set()
    last = {response_id}
    while last and len(found) < LONGEST_CHAIN:
        last = set(connection.execute(select(response.c.id).where(response.c.previous_id.in_(last))).scalars()) - found
        found |= last
    return found


def of_address(connection: Connection, one: Submission) -> tuple[str, ...]:
    """Public ids of everything that this submission's address submitted, itself included; erased ones are not named."""
    return (one.public_id,) if one.email_index is None else submitted_by(connection, one.email_index)


def submitted_by(connection: Connection, email_index: str) -> tuple[str, ...]:
    """Public ids of everything that an address submitted; erased ones are not named."""
    query = select(submission.c.public_id).where(submission.c.email_index == email_index, ~submission.c.erased)
    return tuple(connection.execute(query.order_by(submission.c.id)).scalars())


def public_ids(connection: Connection, ids: Collection[int]) -> dict[int, str]:
    """Public ids by id."""
    query = select(submission.c.id, submission.c.public_id).where(submission.c.id.in_(ids))
    return {row.id: row.public_id for row in connection.execute(query)}
