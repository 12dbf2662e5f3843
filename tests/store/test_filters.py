"""Filters survive the way through an address, whatever is typed, and never raise."""

from datetime import date
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from assessment.store.filters import DELIVERIES, PARTS, SORTS, Filters, parse, to_query
from assessment.store.submissions import MARKS, ORIGINS, STATUSES

_ids = st.from_regex(r"[A-Za-z0-9_.-]{1,60}", fullmatch=True)
_days = st.none() | st.dates(date(2000, 1, 1), date(2999, 12, 31))
valid = st.fixed_dictionaries(
    {},
    optional={
        "search": st.text(max_size=60),
        "questionnaire": _ids,
        "stage": _ids,
        "status": st.sampled_from((*STATUSES, "open")),
        "owner": st.sampled_from(("none", "me", "12")),
        "mark": st.sampled_from(("any", *MARKS)),
        "origin": st.sampled_from(ORIGINS),
        "delivery": st.sampled_from(tuple(DELIVERIES)),
        "contact": st.sampled_from(("may", "none", "refused")),
        "company": st.text(max_size=60),
        "since": _days.map(str),
        "until": _days.map(str),
        "follow_up": st.just("due"),
        "sort": st.sampled_from(SORTS),
    },
)


def _again(filters: Filters) -> Filters:
    return parse(dict(parse_qsl(to_query(filters))), 7, people=True)


@given(valid)
def test_an_address_says_exactly_what_was_filtered(typed: dict[str, str]) -> None:
    filters = parse(typed, 7, people=True)
    assert _again(filters) == filters
    assert to_query(_again(filters)) == to_query(filters)


@given(st.dictionaries(st.sampled_from(PARTS), st.text(max_size=300)))
def test_nothing_typed_raises_and_what_is_left_out_is_named(typed: dict[str, str]) -> None:
    filters = parse(typed, 7, people=True)
    assert set(filters.ignored) <= set(typed)
    assert _again(filters) == filters


def test_what_is_not_valid_is_named_and_narrows_nothing() -> None:
    typed = {"status": "foo", "since": "2026-02-30", "owner": "99999999999999999999", "sort": "1;drop", "after": "x"}
    filters = parse(typed, 7, people=True)
    assert filters == Filters()
    assert filters.ignored == ("status", "owner", "since", "sort")
    assert not filters.narrowed
    assert to_query(filters) == ""


def test_the_zone_of_the_days_is_no_part_of_the_address() -> None:
    there = parse({"since": "2026-11-14"}, 7, people=True, zone=ZoneInfo("Asia/Tokyo"))
    assert there == parse({"since": "2026-11-14"}, 7, people=True)
    assert to_query(there) == "since=2026-11-14"


def test_the_address_is_short_and_in_one_order() -> None:
    typed = {"sort": "call", "status": "new", "search": "north & south", "mark": "", "delivery": "failed"}
    assert to_query(parse(typed, 7, people=True)) == "search=north+%26+south&status=new&delivery=failed"
