"""The list of submissions, a page at a time, in an order that keeps what one company submitted together.

A page is found by where the last row stood, among the rows that were there when the first page was shown: what comes
in meanwhile neither repeats a row nor hides one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import CTE, ColumnElement, Connection, Row, and_, case, func, literal, or_, select
from sqlalchemy.types import Date

from assessment.store.cursors import Cursor, unpack
from assessment.store.database import bytewise
from assessment.store.filters import Filters, is_due, where
from assessment.store.keys import Keyring
from assessment.store.review_tables import submission
from assessment.store.submissions import Submission
from assessment.store.tables import delivery, document, person

PAGE = 25
NEVER = date(9999, 12, 31)
"""Stands for a follow-up date that is not set, so that it sorts last."""
_BEYOND = 1_000
"""Stands for a score or a gap that there is none of: more than any."""


@dataclass(frozen=True, slots=True)
class Mail:
    """The newest delivery of a submission's scorecard, or of its reviewed scorecard."""

    state: str
    reviewed: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One row: the submission, how many unmarked ones its company sent, its newest mail, and the person's name.

    The name is None unless it was asked for and there is one.
    """

    submission: Submission
    of_company: int
    mail: Mail | None
    name: str | None


@dataclass(frozen=True, slots=True)
class ListPage:
    """Rows in order; `newer` and `older` are cursors for what stands before and after, None where nothing does.

    `top` is the newest submission's id when the first page was shown.
    """

    lines: tuple[Line, ...]
    newer: str | None
    older: str | None
    top: int


@dataclass(frozen=True, slots=True)
class _Order:
    """What rows are sorted by, upwards or `down`; companies alike stand newest first, or by name (`by_name`)."""

    key: ColumnElement[Any]
    down: bool = False
    by_name: bool = False


def _order(sort: str, today: date) -> _Order:
    row = submission.c
    orders = {
        "call": _Order(_call(today)),
        "newest": _Order(row.submitted_at, down=True),
        "oldest": _Order(row.submitted_at),
        "score": _Order(func.coalesce(row.overall, _BEYOND)),
        "gap": _Order(func.coalesce(row.gap, _BEYOND)),
        "company": _Order(case((row.company.is_(None), 1), else_=0), by_name=True),
        "follow_up": _Order(func.coalesce(row.follow_up, literal(NEVER, Date()))),
    }
    return orders[sort]


def _call(today: date) -> ColumnElement[Any]:
    """Who should be called first, as a number: the group times 1,000, and in it the largest gap first."""
    row = submission.c
    group = case(
        (row.do_not_contact, 6),
        (is_due(today), 0),
        ((row.status == "new") & row.may_contact, 1),
        (row.status == "in_review", 2),
        (row.status == "new", 3),
        (row.status == "contacted", 4),
        else_=5,
    )
    return group * _BEYOND + func.coalesce(row.gap, 1)


_Step = tuple[ColumnElement[Any], bool]
"""An expression and whether it sorts downwards."""


def _rows(conditions: Sequence[ColumnElement[bool]], order: _Order) -> CTE:
    row = submission.c
    chosen = select(
        row.id, bytewise(row.company_key).label("company_key"), row.submitted_at.label("at"), order.key.label("key")
    )
    return chosen.where(*conditions).cte("matching")


def _query(conditions: Sequence[ColumnElement[bool]], order: _Order, place: Cursor | None, limit: int) -> Any:
    """Ids with the values they are sorted by; companies are cut off first, so that few rows are ever sorted."""
    rows = _rows(conditions, order)
    back = place is not None and place.before
    best = (func.max if order.down else func.min)(rows.c.key).label("best")
    latest = func.max(rows.c.at).label("latest")
    name = rows.c.company_key
    outer: list[_Step] = [(best, order.down), (name, False)] if order.by_name else []
    outer = outer or [(best, order.down), (latest, True), (name, False)]
    chosen = select(*(step for step, _ in outer)).group_by(name)
    if place is not None:
        chosen = chosen.having(_beyond(outer, place.values[: len(outer)], back=back, same=True))
    # One company more than rows: of the one that the last page ended in nothing may be left.
    groups = chosen.order_by(*_sorted(outer, back=back)).limit(limit + 1).cte("companies")
    inner: list[_Step] = [(column, down) for column, (_, down) in zip(groups.c, outer, strict=True)]
    inner += [(rows.c.key, order.down), (rows.c.at, True), (rows.c.id, True)]
    found = select(*(step for step, _ in inner)).join_from(groups, rows, name == groups.c.company_key)
    if place is not None:
        found = found.where(_beyond(inner, place.values, back=back, same=False))
    return found.order_by(*_sorted(inner, back=back)).limit(limit)


def _sorted(steps: Sequence[_Step], *, back: bool) -> list[ColumnElement[Any]]:
    return [step.desc() if down != back else step.asc() for step, down in steps]


def _beyond(steps: Sequence[_Step], values: Sequence[Any], *, back: bool, same: bool) -> ColumnElement[bool]:
    """Whether a row stands after these values (before them, going `back`), or at them where the `same` place counts."""
    ways: list[ColumnElement[bool]] = []
    until: list[ColumnElement[bool]] = []
    for (step, down), value in zip(steps, values, strict=True):
        ways.append(and_(*until, step < value if down != back else step > value))
        until.append(step == value)
    return or_(*ways, and_(*until)) if same else or_(*ways)


def page(
    connection: Connection,
    keyring: Keyring,
    filters: Filters,
    today: date,
    *,
    after: str = "",
    before: str = "",
    size: int = PAGE,
) -> ListPage:
    """A page of the list, after or before a cursor; the first page for a cursor that is none of this order.

    Names are read only for filters whose reader may know `people`.
    """
    place = unpack(after or before, filters.sort, before=not after)
    top = place.top if place else _newest(connection)
    conditions = [*where(filters, keyring, today), submission.c.id <= top]
    query = _query(conditions, _order(filters.sort, today), place, size + 1)
    found: list[Row[Any]] = list(connection.execute(query))
    more, found = len(found) > size, found[:size]
    back = place is not None and place.before
    if back:
        found.reverse()
    first, last = (Cursor.pack(filters.sort, top, found[at]) if found else None for at in (0, -1))
    return ListPage(
        lines=_lines(connection, keyring, [row.id for row in found], people=filters.people),
        newer=first if (more if back else place is not None) else None,
        older=last if back or more else None,
        top=top,
    )


def _newest(connection: Connection) -> int:
    return int(connection.execute(select(func.coalesce(func.max(submission.c.id), 0))).scalar_one())


def count(connection: Connection, keyring: Keyring, filters: Filters, today: date) -> int:
    """How many submissions match."""
    query = select(func.count()).select_from(submission).where(*where(filters, keyring, today))
    return int(connection.execute(query).scalar_one())


def ids(
    connection: Connection, keyring: Keyring, filters: Filters, today: date, *, limit: int, top: int | None = None
) -> list[int]:
    """The first `limit` ids that match, in the list's order; only up to the id `top`, where it is given."""
    conditions = where(filters, keyring, today)
    if top is not None:
        conditions.append(submission.c.id <= top)
    query = _query(conditions, _order(filters.sort, today), None, limit)
    return [row.id for row in connection.execute(query)]


def revisions(connection: Connection, wanted: Iterable[int]) -> dict[str, int]:
    """Public ids of these submissions, each with the revision it is at."""
    query = select(submission.c.public_id, submission.c.revision).where(submission.c.id.in_(list(wanted)))
    return {row.public_id: row.revision for row in connection.execute(query)}


def _lines(connection: Connection, keyring: Keyring, wanted: list[int], *, people: bool) -> tuple[Line, ...]:
    rows = connection.execute(select(submission).where(submission.c.id.in_(wanted)))
    found = {row.id: Submission(**row._mapping) for row in rows}
    numbers = _numbers(connection, {one.company_key for one in found.values()})
    mails = _mails(connection, [one.scorecard_id for one in found.values()])
    names = _names(connection, keyring, [one.response_id for one in found.values()]) if people else {}
    return tuple(
        Line(one, numbers.get(one.company_key, 0), mails.get(one.scorecard_id), names.get(one.response_id))
        for one in (found[id_] for id_ in wanted)
    )


def _numbers(connection: Connection, keys: Iterable[str]) -> dict[str, int]:
    row = submission.c
    query = select(row.company_key, func.count()).where(row.company_key.in_(sorted(keys)), ~row.erased)
    return {
        key: int(number)
        for key, number in connection.execute(query.where(row.mark.is_(None)).group_by(row.company_key))
    }


def _mails(connection: Connection, scorecards: list[int]) -> dict[int, Mail]:
    query = (
        select(document.c.scorecard_id, delivery.c.state, document.c.review_id)
        .join(delivery, delivery.c.document_id == document.c.id)
        .where(document.c.scorecard_id.in_(scorecards), delivery.c.state != "erased")
        .order_by(delivery.c.id)  # the newest comes last and stays
    )
    rows = connection.execute(query)
    return {row.scorecard_id: Mail(row.state, reviewed=row.review_id is not None) for row in rows}


def _names(connection: Connection, keyring: Keyring, responses: list[int]) -> dict[int, str]:
    query = select(person.c.response_id, person.c.sealed_name)
    rows = connection.execute(query.where(person.c.response_id.in_(responses), person.c.sealed_name.is_not(None)))
    return {row.response_id: keyring.open(row.sealed_name) for row in rows}
