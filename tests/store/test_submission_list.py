"""The list's rows: every order, every filter, pages that visit each row once whatever comes in meanwhile."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import groupby, pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, event, update

from assessment.store import submission_list
from assessment.store.filters import SORTS, Filters, parse
from assessment.store.keys import Keyring
from assessment.store.list_choices import questionnaires, stages, standing
from assessment.store.review_tables import metadata, submission
from tests.databases import passing
from tests.generated import NOON, put

TODAY = NOON.date()


@pytest.fixture
def connection() -> Iterator[Connection]:
    with passing(metadata) as opened:
        yield opened


def _filters(**typed: str) -> Filters:
    return parse(typed, 1, people=True)


def _found(connection: Connection, keyring: Keyring, **typed: str) -> list[str]:
    filters = _filters(**typed)
    page = submission_list.page(connection, keyring, filters, TODAY)
    assert submission_list.count(connection, keyring, filters, TODAY) == len(page.lines)
    return [line.submission.company or "" for line in page.lines]


def _walk(
    connection: Connection, keyring: Keyring, filters: Filters, size: int, between: Any = lambda: None
) -> list[int]:
    """Every page forward; between two pages something may come in."""
    seen: list[int] = []
    page = submission_list.page(connection, keyring, filters, TODAY, size=size)
    while True:
        seen += [line.submission.id for line in page.lines]
        if page.older is None:
            return seen
        between()
        page = submission_list.page(connection, keyring, filters, TODAY, after=page.older, size=size)


row_values = st.fixed_dictionaries(
    {
        "company": st.sampled_from([None, "Northfield", "Northfield, Inc.", "Halden", "Ärzte AG", "~x"]),
        "overall": st.none() | st.integers(0, 3),
        "gap": st.none() | st.integers(-2, -1),
        "status": st.sampled_from(["new", "in_review", "contacted", "closed"]),
        "may_contact": st.booleans(),
        "do_not_contact": st.booleans(),
        "follow_up": st.none() | st.sampled_from([TODAY, TODAY - timedelta(days=1), TODAY + timedelta(days=1)]),
        "submitted_at": st.sampled_from([NOON, NOON - timedelta(hours=1)]),
    }
)


@settings(max_examples=40, deadline=None)
@given(st.lists(row_values, max_size=14), st.sampled_from(SORTS), st.integers(1, 5), st.lists(row_values, max_size=3))
def test_pages_visit_every_row_once_while_rows_come_in(
    keyring: Keyring, rows: list[dict[str, Any]], sort: str, size: int, late: list[dict[str, Any]]
) -> None:
    with passing(metadata) as connection:
        there = {put(connection, keyring, number, **values) for number, values in enumerate(rows)}
        whole = submission_list.ids(connection, keyring, _filters(sort=sort), TODAY, limit=100)
        arriving = iter(enumerate(late, 100))

        def between() -> None:
            for number, values in arriving:
                put(connection, keyring, number, **values)
                return

        seen = _walk(connection, keyring, _filters(sort=sort), size, between)
        assert set(seen) == there
        assert seen == whole


@settings(max_examples=30, deadline=None)
@given(st.lists(row_values, min_size=1, max_size=12), st.sampled_from(SORTS), st.integers(1, 4))
def test_going_back_shows_the_same_pages(keyring: Keyring, rows: list[dict[str, Any]], sort: str, size: int) -> None:
    with passing(metadata) as connection:
        for number, values in enumerate(rows):
            put(connection, keyring, number, **values)
        filters = _filters(sort=sort)
        pages = [submission_list.page(connection, keyring, filters, TODAY, size=size)]
        while pages[-1].older:
            pages.append(submission_list.page(connection, keyring, filters, TODAY, after=pages[-1].older, size=size))
        for before, page in pairwise(pages):
            assert page.newer
            back = submission_list.page(connection, keyring, filters, TODAY, before=page.newer, size=size)
            assert back.lines == before.lines
            assert back.older is not None
        assert pages[0].newer is None


@settings(max_examples=30, deadline=None)
@given(st.lists(row_values, max_size=12), st.sampled_from(SORTS))
def test_what_a_company_sent_stands_together_in_every_order(
    keyring: Keyring, rows: list[dict[str, Any]], sort: str
) -> None:
    with passing(metadata) as connection:
        for number, values in enumerate(rows):
            put(connection, keyring, number, **values)
        lines = submission_list.page(connection, keyring, _filters(sort=sort), TODAY).lines
        keys = [key for key, _ in groupby(line.submission.company_key for line in lines)]
        assert len(keys) == len(set(keys))


def _put_all(connection: Connection, keyring: Keyring, rows: dict[str, dict[str, Any]]) -> None:
    for number, (company, values) in enumerate(rows.items()):
        put(connection, keyring, number, company=company, **values)


def test_who_should_be_called_first(connection: Connection, keyring: Keyring) -> None:
    rows = {
        "refused": {"do_not_contact": True, "gap": -50, "follow_up": TODAY},
        "closed": {"status": "closed", "follow_up": TODAY},
        "contacted": {"status": "contacted", "gap": -40},
        "new, silent": {"may_contact": False, "gap": -40},
        "in review": {"status": "in_review"},
        "new, no gap": {},
        "new, small gap": {"gap": -3},
        "new, large gap": {"gap": -20},
        "overdue": {"status": "contacted", "follow_up": TODAY - timedelta(days=2)},
    }
    _put_all(connection, keyring, rows)
    assert _found(connection, keyring) == list(reversed(rows))


@pytest.mark.parametrize(
    ("sort", "first"),
    [("newest", "b"), ("oldest", "c"), ("score", "c"), ("gap", "a"), ("company", "a"), ("follow_up", "b")],
)
def test_every_order_and_what_is_missing_stands_last(
    connection: Connection, keyring: Keyring, sort: str, first: str
) -> None:
    rows: dict[str, dict[str, Any]] = {
        "b": {"overall": 50, "gap": -1, "follow_up": TODAY, "submitted_at": NOON},
        "a": {"overall": 60, "gap": -9, "submitted_at": NOON - timedelta(days=1)},
        "c": {"overall": 40, "follow_up": date(2027, 1, 1), "submitted_at": NOON - timedelta(days=2)},
    }
    _put_all(connection, keyring, rows)
    found = _found(connection, keyring, sort=sort)
    assert found[0] == first
    missing = {"gap": "c", "follow_up": "a"}
    assert found[-1] == missing.get(sort, found[-1])


def test_a_broken_cursor_is_the_first_page(connection: Connection, keyring: Keyring) -> None:
    _put_all(connection, keyring, {"a": {}, "b": {}})
    first = submission_list.page(connection, keyring, _filters(), TODAY, size=1)
    assert first.older
    other = submission_list.page(connection, keyring, _filters(sort="newest"), TODAY, size=1).older
    for cursor in ("x", "é", "W10", first.older[:-3], "bnVsbA", other, "W" * 5000, "WyJjYWxsIiwxXQ"):
        page = submission_list.page(connection, keyring, _filters(), TODAY, after=cursor or "", size=1)
        assert page.lines == first.lines, cursor


def test_people_are_found_by_all_their_words_and_never_by_a_viewer(connection: Connection, keyring: Keyring) -> None:
    put(connection, keyring, 1, company="Halden", name="Amara Okafor")
    put(connection, keyring, 2, company="Quillon", name="Amara Lindqvist")
    assert _found(connection, keyring, search="okafor AMARA") == ["Halden"]
    assert len(_found(connection, keyring, search="amara")) == 2
    assert _found(connection, keyring, search="amara nobody") == []
    viewer = parse({"search": "amara"}, 1, people=False)
    assert submission_list.count(connection, keyring, viewer, TODAY) == 0
    page = submission_list.page(connection, keyring, parse({}, 1, people=False), TODAY)
    assert [line.name for line in page.lines] == [None, None]


def test_wildcards_and_quotes_are_only_letters(connection: Connection, keyring: Keyring) -> None:
    _put_all(
        connection, keyring, {"100% Cloud": {}, "1000 Things": {}, "a_b": {}, "axb": {}, "O'Neil": {}, "ÄRZTE": {}}
    )
    assert _found(connection, keyring, search="100%") == ["100% Cloud"]
    assert _found(connection, keyring, search="a_b") == ["a_b"]
    assert _found(connection, keyring, search="%") == ["100% Cloud"]
    assert _found(connection, keyring, search="o'neil") == ["O'Neil"]
    assert _found(connection, keyring, search="ärzte") == ["ÄRZTE"]
    for typed in ("'; drop table submission; --", '" or 1=1', "\\", "/%", "☃" * 300):
        assert _found(connection, keyring, search=typed) == []
    assert len(_found(connection, keyring)) == 6


def test_a_reference_is_found_by_its_beginning(connection: Connection, keyring: Keyring) -> None:
    _put_all(connection, keyring, {"a": {}, "b": {}})
    assert _found(connection, keyring, search="sc-20261114-0001") == ["b"]
    assert _found(connection, keyring, search="0001") == []


def test_the_newest_mail_is_what_counts(connection: Connection, keyring: Keyring) -> None:
    rows: dict[str, dict[str, Any]] = {
        "mended": {"mails": ["failed", "sent"]},
        "broken": {"mails": ["sent", "suppressed"]},
        "waiting": {"mails": ["queued"]},
        "none": {},
        "erased": {"mails": ["erased"]},
    }
    _put_all(connection, keyring, rows)
    assert _found(connection, keyring, delivery="failed") == ["broken"]
    assert _found(connection, keyring, delivery="sent") == ["mended"]
    assert _found(connection, keyring, delivery="queued") == ["waiting"]
    assert _found(connection, keyring, delivery="none") == ["none", "erased"]
    lines = submission_list.page(connection, keyring, _filters(), TODAY).lines
    states = {line.submission.company: line.mail.state if line.mail else None for line in lines}
    assert states == {"mended": "sent", "broken": "suppressed", "waiting": "queued", "none": None, "erased": None}


def test_filters_narrow(connection: Connection, keyring: Keyring) -> None:
    rows: dict[str, dict[str, Any]] = {
        "a": {"status": "in_review", "stage_id": "lead", "stage": "Leader", "stage_rank": 2},
        "b": {"status": "closed", "origin": "invitation", "submitted_at": NOON - timedelta(days=9)},
        "c": {"mark": "spam", "may_contact": False},
        "d": {"do_not_contact": True, "questionnaire": "other"},
        "e": {"may_contact": False, "follow_up": TODAY},
    }
    _put_all(connection, keyring, rows)
    narrowed = {
        ("status", "in_review"): "a", ("status", "open"): "ea", ("status", "new"): "e", ("status", "closed"): "b",
        ("stage", "lead"): "a", ("stage", "-"): "ebd", ("origin", "invitation"): "b", ("mark", "spam"): "c",
        ("mark", "any"): "eacbd", ("contact", "may"): "ab", ("contact", "none"): "e", ("contact", "refused"): "d",
        ("questionnaire", "other"): "d", ("company", "a"): "a", ("since", "2026-11-14"): "ead",
        ("until", "2026-11-05"): "b", ("follow_up", "due"): "e", ("owner", "none"): "eabd", ("owner", "me"): "",
    }  # fmt: skip
    for (name, value), expected in narrowed.items():
        assert "".join(_found(connection, keyring, **{name: value})) == expected, (name, value)


@pytest.mark.parametrize(
    ("at", "day"),
    [
        (datetime(2026, 11, 13, 22, 59, tzinfo=UTC), date(2026, 11, 13)),
        (datetime(2026, 11, 13, 23, 0, tzinfo=UTC), date(2026, 11, 14)),
        (datetime(2026, 7, 13, 21, 59, tzinfo=UTC), date(2026, 7, 13)),
        (datetime(2026, 7, 13, 22, 0, tzinfo=UTC), date(2026, 7, 14)),  # in summer it is two hours
    ],
)
def test_a_day_begins_and_ends_where_the_firm_is(
    connection: Connection, keyring: Keyring, at: datetime, day: date
) -> None:
    put(connection, keyring, 1, submitted_at=at)
    for other in (day - timedelta(days=1), day, day + timedelta(days=1)):
        typed = {"since": str(other), "until": str(other)}
        filters = parse(typed, 1, people=True, zone=ZoneInfo("Europe/Berlin"))
        assert submission_list.count(connection, keyring, filters, TODAY) == (other == day), other


def test_what_was_erased_is_in_no_list_search_or_count(connection: Connection, keyring: Keyring) -> None:
    id_ = put(connection, keyring, 1, company="Halden", name="Amara", status="new", mails=["failed"], follow_up=TODAY)
    assert _found(connection, keyring) == ["Halden"]
    connection.execute(update(submission).where(submission.c.id == id_).values(erased=True))
    searches: tuple[dict[str, str], ...] = ({}, {"mark": "any"}, {"search": "amara"}, {"search": "halden"})
    for typed in searches:
        assert _found(connection, keyring, **typed) == []
    waits = standing(connection, keyring, TODAY, NOON)
    assert (waits.new, waits.mails, waits.due) == (0, 0, 0)
    assert questionnaires(connection, {}) == {}
    assert stages(connection, "") == {}


def test_a_row_says_how_many_its_company_sent(connection: Connection, keyring: Keyring) -> None:
    _put_all(connection, keyring, {"Halden": {}, "Halden, Inc.": {"status": "closed"}, "HALDEN": {"mark": "test"}})
    lines = submission_list.page(connection, keyring, _filters(status="new"), TODAY).lines
    assert [line.of_company for line in lines] == [2]


def test_a_page_takes_few_queries_however_many_rows(connection: Connection, keyring: Keyring) -> None:
    for number in range(30):
        put(connection, keyring, number, name="Amara", mails=["sent"])
    said: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        said.append(statement)

    event.listen(connection.engine, "before_cursor_execute", note)
    submission_list.page(connection, keyring, _filters(), TODAY)
    event.remove(connection.engine, "before_cursor_execute", note)
    assert len(said) == 6
