"""Every filter and order of the list against the same thing done in plain Python, and paging both ways through it."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from assessment.core.company import company_key
from assessment.store import submission_list
from assessment.store.filters import DELIVERIES, SORTS, Filters, parse
from assessment.store.keys import Keyring
from assessment.store.review_tables import account, metadata, submission
from tests.databases import passing
from tests.generated import NOON, put

BERLIN, TODAY, ME = ZoneInfo("Europe/Berlin"), NOON.date(), 1
MAILS = ("queued", "leased", "sent", "failed", "held", "suppressed", "erased")
row_values = st.fixed_dictionaries(
    {
        "company": st.sampled_from([None, "Northfield", "Northfield, Inc.", "Halden", "Ärzte AG", "The"]),
        "overall": st.none() | st.integers(0, 2),
        "gap": st.none() | st.integers(-2, -1),
        "stage_id": st.sampled_from([None, "low", "high"]),
        "status": st.sampled_from(["new", "in_review", "contacted", "closed"]),
        "assignee_id": st.sampled_from([None, 1, 2]),
        "may_contact": st.booleans(),
        "do_not_contact": st.booleans(),
        "erased": st.sampled_from([False, False, False, True]),
        "mark": st.sampled_from([None, None, None, "spam"]),
        "origin": st.sampled_from(["web", "demo"]),
        "follow_up": st.none() | st.sampled_from([TODAY + timedelta(days=days) for days in (-1, 0, 1)]),
        "submitted_at": st.sampled_from(
            [NOON, NOON - timedelta(hours=13, seconds=1), NOON - timedelta(hours=13), NOON + timedelta(hours=11)]
        ),
        "mails": st.lists(st.sampled_from(MAILS), max_size=2),
    }
)
asked = st.fixed_dictionaries(
    {"sort": st.sampled_from(SORTS)},
    optional={
        "stage": st.sampled_from(["low", "-"]),
        "status": st.sampled_from(["new", "in_review", "contacted", "closed", "open"]),
        "owner": st.sampled_from(["none", "me", "2"]),
        "mark": st.sampled_from(["any", "spam", "test"]),
        "origin": st.sampled_from(["web", "demo"]),
        "delivery": st.sampled_from(tuple(DELIVERIES)),
        "contact": st.sampled_from(["may", "none", "refused"]),
        "company": st.sampled_from(["northfield", "the"]),
        "search": st.sampled_from(["north", "ärzte", "arzte ag", "SC-20261114-000", "the"]),
        "since": st.sampled_from([str(TODAY), str(TODAY - timedelta(days=1))]),
        "until": st.sampled_from([str(TODAY), str(TODAY - timedelta(days=1))]),
        "follow_up": st.just("due"),
    },
)


def _due(row: Any) -> bool:
    return row.follow_up is not None and row.follow_up <= TODAY and row.status != "closed" and not row.do_not_contact


def _matches(row: Any, mails: list[str], typed: Mapping[str, str]) -> bool:
    there: date = row.submitted_at.astimezone(BERLIN).date()
    newest = next((state for state in reversed(mails) if state != "erased"), None)
    tests = {
        "stage": lambda wanted: row.stage_id == (None if wanted == "-" else wanted),
        "status": lambda wanted: (
            (row.status != "closed" if wanted == "open" else row.status == wanted)
            and (wanted == "closed" or not row.do_not_contact)
        ),
        "owner": lambda wanted: row.assignee_id == {"none": None, "me": ME, "2": 2}[wanted],
        "origin": lambda wanted: row.origin == wanted,
        "delivery": lambda wanted: newest is None if wanted == "none" else newest in DELIVERIES[wanted],
        "contact": lambda wanted: {
            "refused": row.do_not_contact,
            "may": row.may_contact and not row.do_not_contact,
            "none": not row.may_contact and not row.do_not_contact,
        }[wanted],
        "company": lambda wanted: row.company_key == wanted,
        "search": lambda wanted: _said(row, wanted),
        "since": lambda wanted: str(there) >= wanted,
        "until": lambda wanted: str(there) <= wanted,
        "follow_up": lambda _wanted: _due(row),
    }
    marked = typed.get("mark", "")
    counted = marked == "any" or row.mark == (marked or None)
    return not row.erased and counted and all(test(typed[name]) for name, test in tests.items() if name in typed)


def _said(row: Any, wanted: str) -> bool:
    if row.reference.casefold().startswith(wanted.casefold()):
        return True
    return row.company is not None and (
        wanted.casefold() in row.company.casefold() or company_key(wanted) in row.company_key
    )


def _call(row: Any) -> int:
    group = (
        6
        if row.do_not_contact
        else 0
        if _due(row)
        else 1
        if row.status == "new" and row.may_contact
        else {"in_review": 2, "new": 3, "contacted": 4, "closed": 5}[row.status]
    )
    return group * 1_000 + (1 if row.gap is None else row.gap)


def _number(row: Any, sort: str) -> float:
    """What a row is sorted by, the smallest first."""
    at: datetime = row.submitted_at
    return {
        "call": lambda: _call(row),
        "newest": lambda: -at.timestamp(),
        "oldest": lambda: at.timestamp(),
        "score": lambda: float("inf") if row.overall is None else row.overall,
        "gap": lambda: float("inf") if row.gap is None else row.gap,
        "company": lambda: row.company is None,
        "follow_up": lambda: float("inf") if row.follow_up is None else row.follow_up.toordinal(),
    }[sort]()


def _ordered(rows: list[Any], sort: str) -> list[int]:
    """What one company sent stands where its first one belongs."""

    def place(row: Any) -> tuple[Any, ...]:
        theirs = [one for one in rows if one.company_key == row.company_key]
        best = min(_number(one, sort) for one in theirs)
        latest = max(one.submitted_at for one in theirs).timestamp()
        between = (row.company_key,) if sort == "company" else (-latest, row.company_key)
        return (best, *between, _number(row, sort), -row.submitted_at.timestamp(), -row.id)

    return [row.id for row in sorted(rows, key=place)]


@settings(max_examples=60, deadline=None)
@given(st.lists(row_values, max_size=14), asked, st.integers(1, 5))
def test_the_list_is_what_plain_python_says(
    keyring: Keyring, rows: list[dict[str, Any]], typed: dict[str, str], size: int
) -> None:
    with passing(metadata) as connection:
        for number in (1, 2):
            kept = {"id": number, "uniquifier": str(number), "email_index": str(number), "role": "consultant"}
            sealed = {"sealed_email": b"", "sealed_name": b"", "created_at": NOON}
            connection.execute(account.insert().values(**kept, **sealed))
        mails = {put(connection, keyring, number, **row): row["mails"] for number, row in enumerate(map(dict, rows))}
        stored = connection.execute(select(submission)).all()
        wanted = _ordered([row for row in stored if _matches(row, mails[row.id], typed)], typed["sort"])
        filters = parse(typed, ME, people=True, zone=BERLIN)
        assert submission_list.count(connection, keyring, filters, TODAY) == len(wanted)
        assert submission_list.ids(connection, keyring, filters, TODAY, limit=100) == wanted
        forth, back = _paged(connection, keyring, filters, size)
        assert forth == wanted
        assert back == wanted[: len(back)]
        assert len(wanted) - len(back) in range(size + 1)  # the last page is where one turned round


def _paged(connection: Any, keyring: Keyring, filters: Filters, size: int) -> tuple[list[int], list[int]]:
    """Every page to the end, and every page back from there."""
    page = submission_list.page(connection, keyring, filters, TODAY, size=size)
    forth = [line.submission.id for line in page.lines]
    while page.older:
        page = submission_list.page(connection, keyring, filters, TODAY, after=page.older, size=size)
        forth += [line.submission.id for line in page.lines]
    back: list[int] = []
    while page.newer:
        page = submission_list.page(connection, keyring, filters, TODAY, before=page.newer, size=size)
        back = [line.submission.id for line in page.lines] + back
    return forth, back
