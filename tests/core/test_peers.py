"""The peer comparison: what a scorecard says in it, percentiles, and that what is told tells about no one to four."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from itertools import combinations
from math import lcm
from operator import add
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessment.catalogue.versions import dump, load
from assessment.core.definition import Questionnaire
from assessment.core.peer_words import groups, period
from assessment.core.peers import (
    ENOUGH,
    FINE,
    QUARTERS,
    REMEMBERED,
    Cell,
    Telling,
    Voice,
    basis,
    enough,
    percentiles,
    points_of,
    standing,
    tellings,
    thousandths,
)
from assessment.core.protection import Group
from tests.elimination import pivots_of, reduced
from tests.samples import RENEWAL, measured

MARCH, NOVEMBER = date(2026, 3, 1), date(2026, 11, 1)
WHOLE, SMALL, LARGE = ("overall", ""), ("overall", "size=small"), ("overall", "size=large")


def voice(number: int, score: int = 50, **segments: str) -> Voice:
    return Voice(number=number, month=NOVEMBER, segments=segments, points={"overall": score * 1000})


def some(count: int, first: int = 1, **segments: str) -> list[Voice]:
    return [voice(number, number % 101, **segments) for number in range(first, first + count)]


class Worker:
    """What the worker remembers from one telling to the next."""

    def __init__(self) -> None:
        self.told: dict[Cell, list[Group]] = {}
        self.shown: dict[Cell, Telling] = {}

    def tell(self, voices: Sequence[Voice]) -> set[Cell]:
        anew = tellings(voices, self.told)
        for cell, telling in anew.items():
            self.told[cell] = [telling.voices, *self.told.get(cell, [])][:REMEMBERED]
        self.shown |= anew
        self.shown = {cell: telling for cell, telling in self.shown.items() if cell in enough(voices)}
        return set(anew)


def test_a_scorecard_says_its_scores_and_its_own_numbers() -> None:
    said = points_of(RENEWAL)
    assert said["overall"] == 78_000
    assert {name: value for name, value in said.items() if name.startswith("area:")} == {
        f"area:{area.id}": area.points.score * 1000 for area in RENEWAL.areas if area.points
    }
    assert said["value:renewal_rate"] == 86_000, "percentages are whole"
    assert "value:grr" not in said, "an assumption stands behind it"


def test_what_is_not_known_or_not_scored_says_nothing() -> None:
    areas = (replace(RENEWAL.areas[0], points=None), replace(RENEWAL.areas[1], weight=0))
    card = replace(RENEWAL, overall=None, areas=areas, comparisons=())
    assert points_of(card) == {}


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (85.8, "percent", 86_000),
        (85.5, "percent", 86_000),
        (-12.4, "percent", -12_000),
        (0.0, "ratio", 0),
        (1.25, "ratio", 1_300),
        (0.0449, "ratio", 45),
        (12_345.0, "cases", 12_000_000),
        (987.0, "customers", 990_000),
        (7.0, "days", 7_000),
        (120_000.0, "money", None),
        (None, "percent", None),
        (2e12, "number", None),
    ],
)
def test_values_are_coarse_and_money_is_not_compared(value: float | None, unit: str, said: int | None) -> None:
    assert thousandths(measured("x", "X", "", value, unit)) == said


@given(st.lists(st.integers(0, 100), min_size=1, max_size=260))
def test_a_percentile_is_the_smallest_value_that_so_many_do_not_exceed(values: list[int]) -> None:
    cuts = percentiles(values)
    assert len(cuts) == (19 if len(values) >= FINE else 3)
    for step, cut in cuts.items():
        assert cut in values
        assert 100 * sum(value <= cut for value in values) >= step * len(values)
        assert 100 * sum(value < cut for value in values) < step * len(values)


@pytest.mark.parametrize(
    ("values", "own", "between"),
    [
        ([60] * 20, 60, (25, 75)),
        ([60] * 20, 59, (0, 25)),
        ([60] * 20, 61, (75, 100)),
        ([0] * 12 + [80] * 8, 0, (25, 50)),
        ([0] * 12 + [80] * 8, 80, (75, 75)),
        ([0] * 12 + [80] * 8, 40, (50, 75)),
        ([50] * 99 + [51], 50, (5, 95)),
        ([50] * 99 + [51], 51, (95, 100)),
    ],
)
def test_where_many_are_equal_a_value_is_several_percentiles_at_once(
    values: list[int], own: int, between: tuple[int, int]
) -> None:
    assert standing(percentiles(values), own) == between


@given(st.lists(st.integers(0, 6), min_size=1, max_size=120), st.integers(-1, 7))
def test_what_is_said_of_a_place_is_true_however_many_are_equal(values: list[int], own: int) -> None:
    low, high = standing(percentiles(values), own)
    below, upto = (100 * sum(map(own.__gt__, values)), 100 * sum(map(own.__ge__, values)))
    if own in percentiles(values).values():
        assert below < low * len(values)
        assert upto >= high * len(values)
    else:
        assert low * len(values) <= below
        assert high == 100 or upto < high * len(values)


def test_every_step_holds_five_voices() -> None:
    assert tuple(percentiles(range(ENOUGH))) == QUARTERS
    assert ENOUGH // (len(QUARTERS) + 1) == 5
    assert FINE // (len(percentiles(range(FINE))) + 1) == 5


@pytest.mark.parametrize(
    ("value", "between"),
    [(10, (0, 25)), (20, (25, 25)), (30, (25, 50)), (40, (50, 75)), (60, (75, 100))],
)
def test_a_value_stands_between_two_percentiles_or_at_those_that_it_equals(
    value: int, between: tuple[int, int]
) -> None:
    assert standing({25: 20, 50: 40, 75: 40}, value) == between


def test_nothing_is_told_of_nineteen_and_the_whole_of_twenty() -> None:
    worker = Worker()
    assert worker.tell(some(19)) == set()
    assert worker.tell(some(20)) == {WHOLE}
    told = worker.shown[WHOLE]
    assert (told.number, told.since, told.until) == (20, NOVEMBER, NOVEMBER)
    assert told.cuts == {25: 5_000, 50: 10_000, 75: 15_000}


def test_the_number_is_rounded_and_the_months_span_all_voices() -> None:
    voices = [replace(one, month=MARCH) if one.number == 3 else one for one in some(23)]
    told = tellings(voices, {})[WHOLE]
    assert (told.number, told.since, told.until) == (25, MARCH, NOVEMBER)


def test_a_measure_is_told_of_those_who_know_it() -> None:
    voices = [replace(one, points=one.points | {"area:rate": 40_000}) for one in some(19)] + some(10, 20)
    assert set(tellings(voices, {})) == {WHOLE}
    known = [replace(one, points=one.points | {"area:rate": 40_000}) for one in some(22)]
    assert set(tellings(known, {})) == {WHOLE, ("area:rate", "")}


def test_a_segment_needs_twenty_voices() -> None:
    assert set(tellings(some(19, size="small") + some(40, 20, size="large"), {})) == {WHOLE, LARGE}
    assert set(tellings(some(20, size="small") + some(40, 21, size="large"), {})) == {WHOLE, SMALL, LARGE}


def test_a_segment_that_leaves_one_to_four_out_is_not_told() -> None:
    for left_out in (1, 4):
        assert set(tellings(some(30, size="large") + some(left_out, 31, size="small"), {})) == {WHOLE}
    assert set(tellings(some(30, size="large") + some(5, 31, size="small"), {})) == {WHOLE, LARGE}


def test_segments_whose_difference_is_one_to_four_are_not_both_told() -> None:
    voices = [voice(n, size="small", model="contracts") for n in range(1, 26)]
    voices += [voice(n, size="small", model="both") for n in range(26, 29)]
    voices += [voice(n, size="large", model="both") for n in range(29, 60)]
    both, contracts = ("overall", "model=both"), ("overall", "model=contracts")
    assert set(tellings(voices, {})) == {WHOLE, both, contracts}, "by size, three small companies would be what is left"


def test_four_more_change_nothing_and_five_are_told() -> None:
    worker = Worker()
    worker.tell(some(20))
    before = worker.shown[WHOLE]
    for more in range(1, 5):
        assert worker.tell(some(20 + more)) == set()
    assert worker.shown[WHOLE] is before
    assert worker.tell(some(25)) == {WHOLE}
    assert worker.shown[WHOLE].number == 25


def test_a_segment_that_gained_one_to_four_stays_as_it_was_told() -> None:
    worker = Worker()
    first = some(20, size="small") + some(20, 101, size="large")
    assert worker.tell(first) == {WHOLE, SMALL, LARGE}
    second = [*first, *some(2, 201, size="small"), *some(6, 301, size="large")]
    # Six of eight would tell the other two.
    assert worker.tell(second) == {WHOLE}
    assert (worker.shown[WHOLE].number, worker.shown[SMALL].number, worker.shown[LARGE].number) == (50, 20, 20)
    third = [*second, *some(5, 401, size="small"), *some(5, 501, size="large")]
    assert worker.tell(third) == {WHOLE, SMALL, LARGE}


def test_who_left_is_told_no_more_once_five_came_or_five_left() -> None:
    worker = Worker()
    worker.tell(some(30))
    assert worker.tell(some(29)) == set(), "the one who left is not what two tellings differ in"
    assert worker.tell(some(29) + some(4, 101)) == set()
    assert worker.tell(some(29) + some(5, 101)) == {WHOLE}
    assert worker.shown[WHOLE].voices & 1 << 30 == 0
    assert worker.tell(some(24) + some(5, 101)) == {WHOLE}


def test_what_has_too_few_voices_left_is_not_shown_and_what_was_told_stays_known() -> None:
    worker = Worker()
    worker.tell(some(20))
    assert worker.tell(some(18)) == set()
    assert WHOLE not in worker.shown
    assert worker.tell(some(18) + some(2, 101)) == set(), "two who came would be told by the difference"
    assert WHOLE not in worker.shown
    assert worker.tell(some(18) + some(5, 101)) == {WHOLE}


def _derivable(told: Sequence[Group]) -> list[tuple[int, ...]]:
    """Groups of one to four voices that are exact linear combinations of what was told; written anew, by fractions.

    A group is one exactly when every vector that is orthogonal to all that was told sums to zero over it. People whom
    nothing told apart are one piece.
    """
    pieces: dict[tuple[bool, ...], list[int]] = {}
    for number in range(max(group.bit_length() for group in told)):
        members = tuple(bool(group >> number & 1) for group in told)
        if any(members):
            pieces.setdefault(members, []).append(number)
    kernel = _kernel([[Fraction(members[place]) for members in pieces] for place in range(len(told))])
    small = [(tuple(people), values) for people, values in zip(pieces.values(), kernel, strict=True) if len(people) < 5]
    return [*_vanishing(small)]


def _kernel(rows: list[list[Fraction]]) -> list[tuple[int, ...]]:
    """For each column its values in a basis of what is orthogonal to all rows, as whole numbers."""
    pivots = pivots_of(rows)
    for lead in sorted(pivots, reverse=True):
        pivots[lead] = reduced(pivots[lead], {other: row for other, row in pivots.items() if other > lead})
    width = len(rows[0])
    found: list[list[int]] = [[] for _ in range(width)]
    for free in (column for column in range(width) if column not in pivots):
        common = lcm(*(row[free].denominator for row in pivots.values()), 1)
        for column in range(width):
            value = -pivots[column][free] if column in pivots else Fraction(column == free)
            found[column].append(int(value * common))
    return [tuple(values) for values in found]


Piece = tuple[tuple[int, ...], tuple[int, ...]]


def _vanishing(small: Sequence[Piece]) -> Iterator[tuple[int, ...]]:
    """Every one or two pieces whose values sum to nothing, and every two such pairs, of at most four people in all."""
    alone = [(people, values) for people, values in small if not any(values)]
    yield from (people for people, _values in alone)
    pairs: defaultdict[tuple[int, ...], list[tuple[int, ...]]] = defaultdict(list)
    singles = defaultdict(list)
    for people, values in small:
        singles[values].append(people)
    for (first, one), (second, other) in combinations(small, 2):
        people, values = (*first, *second), tuple(map(add, one, other))
        opposite = tuple(-value for value in values)
        if len(people) <= 4 and not any(values):
            yield people
        yield from ((*people, *third) for third in singles.get(opposite, ()) if _apart(people, third))
        yield from ((*people, *pair) for pair in pairs.get(opposite, ()) if _apart(people, pair))
        if len(people) == 2:
            pairs[values].append(people)


def _apart(people: tuple[int, ...], others: tuple[int, ...]) -> bool:
    return len(people) + len(others) <= 4 and not set(people) & set(others)


def test_the_check_itself_finds_what_can_be_derived() -> None:
    assert _derivable([0b1111111, 0b0111111]) == [(6,)]
    assert _derivable([0b111111111100000, 0b000001111111111, 0b111111111111111]) == []
    halves = [0b1111100011111, 0b1111100000000, 0b0000001111111]
    assert (5, 6) in [tuple(sorted(found)) for found in _derivable(halves)]
    apart = [0b11111_1010, 0b11111_0101, 0b11111_0000]
    assert {tuple(sorted(found)) for found in _derivable(apart)} == {(1, 3), (0, 2), (0, 1, 2, 3)}


def test_subtracting_segments_from_one_another_and_from_all_isolates_nobody() -> None:
    """Two hundred small populations by brute force: whatever is told of each is added and subtracted in every way."""
    rng, several, safest = Random(7), 0, 0
    for _ in range(200):
        voices = _population(rng)
        told = [telling.voices for telling in tellings(voices, {}).values()]
        several += len(told) > 2
        assert not told or _derivable(told) == []
        large = {cell for cell in enough(voices) if cell != WHOLE}
        safest += bool(large) and len(told) == len(large) + 1
    assert several > 80, "there is something to subtract"
    assert safest > 20, "and not everything is kept back"


def _population(rng: Random) -> list[Voice]:
    """Twenty to ninety companies that answer up to three questions about themselves, some of them none."""
    questions = [(f"q{number}", "abcd"[: rng.randint(2, 4)]) for number in range(rng.randint(1, 3))]
    return [
        voice(
            number,
            rng.randrange(101),
            **{name: min(rng.choices(options, k=2)) for name, options in questions if rng.random() < 0.9},
        )
        for number in range(1, rng.randint(20, 90))
    ]


@pytest.mark.parametrize("seed", range(4))
def test_whoever_adds_and_subtracts_what_is_remembered_isolates_nobody(seed: int) -> None:
    """Companies come and go through many tellings; each new one, with the newest of every cell, tells of nobody."""
    rng, worker, voices, told = Random(seed), Worker(), list[Voice](), 0
    for number in range(1, 180):
        size, model = rng.choice(("small", "small", "large")), rng.choice(("contracts", "contracts", "both"))
        voices.append(voice(number, rng.randrange(101), size=size, model=model))
        while rng.random() < 0.3 and len(voices) > 1:
            voices.remove(rng.choice(voices))
        if rng.random() < 0.5 and worker.tell(voices):
            told += 1
            if told % 3 == 0:
                assert _derivable([group for groups in worker.told.values() for group in groups]) == []
    assert told > 3 * REMEMBERED, "most of what was told is forgotten again"


def test_versions_are_compared_when_their_scores_rest_on_the_same(renewal: Questionnaire) -> None:
    page = renewal.pages[1]
    question = page.questions[0]

    def with_question(**values: object) -> Questionnaire:
        changed = page.model_copy(update={"questions": (question.model_copy(update=values), *page.questions[1:])})
        return load(dump(renewal.model_copy(update={"pages": (renewal.pages[0], changed, *renewal.pages[2:])})))

    same, other = with_question(text="In other words?"), with_question(weight=question.weight + 1)
    assert basis(same) == basis(renewal)
    assert basis(other) != basis(renewal)


def test_they_are_told_in_words(renewal: Questionnaire) -> None:
    cuts = {25: 40_000, 50: 60_000, 75: 80_000}
    telling = Telling(number=25, since=MARCH, until=NOVEMBER, cuts=cuts)
    told = {WHOLE: telling, ("overall", "model=contracts"): telling, ("value:renewal_rate", ""): telling}
    everybody, contracts = groups(RENEWAL, renewal, {"model": "contracts"}, told, invented=False)
    assert (everybody.segment, everybody.title) == ("", "All companies that take part")
    assert contracts.title == "What customers renew: Support or maintenance contracts"
    overall, rate = everybody.standings
    assert (overall.title, overall.text, overall.place) == (
        "Overall renewal health",
        "78",
        "50th to 75th percentile",
    )
    assert (rate.text, rate.half, rate.middle_text, rate.place) == ("85.8 %", "40 to 80 %", "60 %", "Highest 25 %")
    assert (overall.number, overall.period) == (25, "March to November 2026")
    assert [one.measure for one in contracts.standings] == ["overall"]


@pytest.mark.parametrize(
    ("since", "until", "said"),
    [
        (NOVEMBER, NOVEMBER, "November 2026"),
        (MARCH, NOVEMBER, "March to November 2026"),
        (date(2025, 11, 1), MARCH, "November 2025 to March 2026"),
        (date(2025, 3, 1), MARCH, "March 2025 to March 2026"),
    ],
)
def test_a_period_is_said_in_months(since: date, until: date, said: str) -> None:
    assert period(since, until) == said
