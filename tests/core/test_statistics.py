"""Statistics over many: quantiles, weeks in the firm's own zone, and findings that say no more than the numbers do."""

from collections import Counter
from datetime import UTC, date, datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessment.core.statistics import (
    HALF,
    NINE_TENTHS,
    Period,
    areas_finding,
    duration,
    last_weeks,
    leaving_finding,
    percent,
    quantile,
    spread,
    stages_finding,
    weeks_finding,
)

TODAY = date(2026, 11, 21)  # a Saturday
WEEKS = (date(2026, 11, 2), date(2026, 11, 9), date(2026, 11, 16))


def test_a_spread_is_computed_by_hand() -> None:
    # 10 20 20 30 70: mean 30, second of five is the first quartile, third the median, fourth the third quartile.
    found = spread(Counter([70, 20, 10, 20, 30]))
    assert found is not None
    assert (found.number, found.mean, found.low, found.middle, found.high) == (5, Fraction(30), 20, 20, 30)
    assert spread({}) is None


def test_a_mean_is_rounded_half_up_once() -> None:
    found = spread(Counter([50, 51]))
    assert found is not None
    assert (found.mean, found.shown) == (Fraction(101, 2), 51)


def test_nine_in_ten_of_ten_is_the_ninth() -> None:
    times = Counter(range(100, 1100, 100))
    assert quantile(times, NINE_TENTHS) == 900
    assert quantile(times, HALF) == 500
    with pytest.raises(ValueError, match="nothing"):
        quantile({}, HALF)


@given(st.lists(st.integers(0, 100), min_size=1, max_size=60), st.fractions(Fraction(1, 100), 1))
def test_a_quantile_occurs_and_has_its_share_below_it(values: list[int], share: Fraction) -> None:
    found = quantile(Counter(values), share)
    assert found in values
    assert sum(value <= found for value in values) >= share * len(values)
    assert sum(value < found for value in values) < share * len(values)


def test_twelve_weeks_are_calendar_weeks_with_this_one_last() -> None:
    period = last_weeks(12, TODAY, UTC)
    assert (period.first, period.last, len(period.weeks)) == (date(2026, 8, 31), TODAY, 12)
    assert period.weeks[-1] == date(2026, 11, 16)
    assert {week.weekday() for week in period.weeks} == {0}


def test_chosen_days_begin_with_a_part_of_a_week() -> None:
    period = Period(date(2026, 11, 5), date(2026, 11, 17), UTC)  # Thursday to Tuesday of the week after next
    assert period.weeks == (date(2026, 11, 5), date(2026, 11, 9), date(2026, 11, 16))
    assert Period(TODAY, TODAY, UTC).weeks == (TODAY,)


def test_days_begin_at_midnight_where_the_firm_is() -> None:
    auckland = Period(date(2026, 11, 9), date(2026, 11, 22), ZoneInfo("Pacific/Auckland"))  # 13 hours ahead
    assert auckland.since == datetime(2026, 11, 8, 11, tzinfo=UTC)
    assert auckland.until == datetime(2026, 11, 22, 11, tzinfo=UTC)
    assert auckland.bounds == (datetime(2026, 11, 15, 11, tzinfo=UTC),)


def test_a_week_in_which_the_clocks_change_has_its_own_length() -> None:
    berlin = Period(date(2026, 10, 19), date(2026, 11, 1), ZoneInfo("Europe/Berlin"))  # back to winter on 25 October
    assert berlin.since == datetime(2026, 10, 18, 22, tzinfo=UTC)
    assert berlin.bounds == (datetime(2026, 10, 25, 23, tzinfo=UTC),)


@pytest.mark.parametrize(
    ("counts", "present", "finding"),
    [
        ((8, 13, 17), True, "17 completed this week, the most so far"),
        ((1, 2, 11), False, "Eleven completed in the last week, the most so far"),
        ((8, 17, 13), True, "The week of 9 November had the most, 17 completed"),
        ((8, 9, 9), True, "Two weeks share the most, 9 completed in each"),
        ((0, 3, 1), True, "By week: too few to say, four completed"),
        ((0, 0, 0), True, "By week: nobody completed"),
    ],
)
def test_weeks_say_which_had_the_most(counts: tuple[int, ...], present: bool, finding: str) -> None:
    assert weeks_finding(WEEKS, counts, present=present) == finding


def test_one_week_has_nothing_to_be_compared_with() -> None:
    assert weeks_finding(WEEKS[:1], [6], present=True) == "Six completed this week"


@pytest.mark.parametrize(
    ("counts", "without", "finding"),
    [
        ((17, 57, 28, 6), 6, "Half stand at Developing"),
        ((10, 61, 49, 0), 0, "About half stand at Developing"),
        ((10, 53, 47, 0), 0, "About half stand at Developing"),
        ((1, 56, 43, 0), 0, "More than half, 56 %, stand at Developing"),
        ((20, 40, 30, 5), 5, "The largest share, 40 %, stands at Developing"),
        ((0, 0, 9, 0), 0, "All stand at Performer"),
        ((3, 9, 0, 0), 0, "Three quarters stand at Developing"),
        ((4, 4, 2, 0), 0, "Laggard and Developing have the most, 4 each"),
        ((1, 2, 1, 0), 0, "Stages: too few to say, four completed"),
        ((0, 0, 0, 0), 7, "Nobody answered enough for a stage"),
    ],
)
def test_stages_say_where_most_stand(counts: tuple[int, ...], without: int, finding: str) -> None:
    titles = ("Laggard", "Developing", "Performer", "Leader")
    assert stages_finding(list(zip(titles, counts, strict=True)), sum(counts) + without) == finding


@pytest.mark.parametrize(
    ("left", "started", "finding"),
    [
        ((30, 6, 5), 181, "One in six leaves at rate"),
        ((3, 12, 0), 30, "40 % leave at time"),
        ((5, 5, 1), 50, "Rate and time lose the most, 5 each"),
        ((2, 2, 2), 50, "Three pages lose the most, 2 each"),
        ((0, 0, 0), 50, "Everybody who started has finished"),
        ((0, 9, 0), 9, "Everybody leaves at time"),
        ((1, 0, 0), 4, "Where people leave: too few to say, four started"),
    ],
)
def test_leaving_says_where_most_leave(left: tuple[int, ...], started: int, finding: str) -> None:
    assert leaving_finding(list(zip(("rate", "time", "check"), left, strict=True)), started) == finding


def test_areas_that_look_alike_are_not_told_apart() -> None:
    near = [("Value", Fraction(364, 10)), ("Process", Fraction(36)), ("Rate", Fraction(54))]
    assert areas_finding(near, 114) == "Value and Process are the weakest areas"
    assert areas_finding(near[1:], 114) == "Process is the weakest area"
    assert areas_finding(near[:2], 114) == "All areas stand at 36 on average"
    assert areas_finding(near[:1], 114) == "Value stands at 36 on average"
    assert areas_finding(near, 4) == "Areas: too few to say, four completed with a score"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (59, "under 1 min"),
        (60, "1 min"),
        (389, "6 min"),
        (390, "7 min"),
        (7200, "2 h"),
        (100_000, "28 h"),
        (200_000, "2 days"),
    ],
)
def test_a_time_is_said_as_people_say_it(seconds: int, words: str) -> None:
    assert duration(seconds) == words


def test_a_share_of_nothing_is_none() -> None:
    assert percent(0, 0) is None
    assert percent(114, 181) == 63
