"""The audit of published groups, held against an attacker who tries every combination by exact arithmetic."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessment.core.protection import FLOOR, STEP, exposes, lacking, may_release, rounded, safe
from tests.elimination import pivots_of, reduced


def _people(*numbers: int) -> int:
    return sum(1 << number for number in numbers)


def _row(group: int, size: int) -> list[Fraction]:
    return [Fraction(group >> bit & 1) for bit in range(size)]


def _derivable(published: Sequence[int], size: int) -> bool:
    """Whether any one to four people are a linear combination: each such group tried by itself, over the fractions."""
    pivots = pivots_of(_row(group, size) for group in published)
    small = (people for number in range(1, FLOOR) for people in combinations(range(size), number))
    return any(not any(reduced(_row(_people(*people), size), pivots)) for people in small)


def test_the_floors_are_what_is_promised() -> None:
    assert (FLOOR, STEP) == (5, 5)


@pytest.mark.parametrize(("count", "shown"), [(0, 0), (2, 0), (3, 5), (5, 5), (7, 5), (8, 10), (12, 10), (13, 15)])
def test_counts_are_rounded_to_five(count: int, shown: int) -> None:
    assert rounded(count) == shown


def test_it_says_about_how_many_more_are_needed() -> None:
    assert [lacking(count) for count in (0, 4, 5, 9)] == [5, 5, 0, 0]
    assert [lacking(count, 30) for count in (0, 1, 9, 10, 11, 25, 29, 30, 31)] == [30, 30, 25, 20, 20, 5, 5, 0, 0]


@pytest.mark.parametrize(
    ("before", "after", "allowed"),
    [
        ({}, {"a": 3}, True),
        ({"a": 7}, {"a": 7, "b": 1}, True),
        ({"a": 7}, {"a": 12}, True),
        ({"a": 7}, {"a": 11}, False),
        ({"a": 7}, {"a": 8}, False),
        ({"a": 7, "b": 6}, {"a": 12, "b": 7}, False),
        ({"a": 12}, {"a": 7}, True),
        ({"a": 12}, {"a": 9}, False),
        ({"a": 7}, {}, False),
    ],
)
def test_a_release_waits_until_every_cell_moved_by_nothing_or_five(
    before: dict[str, int], after: dict[str, int], allowed: bool
) -> None:
    assert may_release(before, after) is allowed


ALL = _people(*range(20))


def test_small_groups_and_small_complements_are_never_published() -> None:
    assert safe([_people(0, 1, 2, 3)], ALL) == [False]
    assert safe([ALL & ~_people(0, 1, 2)], ALL) == [False]
    assert safe([0], ALL) == [False]
    assert safe([_people(0, 1, 2, 3, 4), ALL], ALL) == [True, True]


def test_what_a_subtraction_would_give_is_not_published() -> None:
    ten, seven = _people(*range(10)), _people(*range(7))
    assert safe([ten, seven], ALL) == [True, False]
    assert safe([seven, ten], ALL) == [True, False]  # whichever comes first is shown


def test_what_a_whole_and_its_parts_would_give_is_not_published() -> None:
    parts = [_people(*range(7)), _people(*range(7, 17)), _people(17, 18, 19)]
    assert safe(parts, ALL) == [True, False, False]


def test_halves_that_only_a_linear_combination_gives_are_found() -> None:
    """a + b + c counts three people twice: half of what is left over the whole is those three."""
    three, blocks = _people(0, 1, 2), [_people(*range(3 + 6 * n, 9 + 6 * n)) for n in range(3)]
    everyone = _people(*range(21))
    groups = [blocks[0] | blocks[1] | three, blocks[1] | blocks[2], blocks[0] | blocks[2] | three]
    # (g1 - g2 + g3) / 2 = blocks[0] + three; with blocks[0] itself published, three is isolated.
    assert safe([*groups, blocks[0]], everyone) == [True, True, True, False]
    assert _derivable([everyone, *groups, blocks[0]], 21)


def test_two_releases_are_audited_together() -> None:
    then = _people(*range(12))
    assert safe([_people(*range(14))], ALL, before=[then, _people(*range(9))]) == [False]
    assert safe([_people(*range(9), *range(12, 17))], ALL, before=[then, _people(*range(9))]) == [False]
    everyone = _people(*range(24))
    assert safe([_people(*range(9), *range(12, 18))], everyone, before=[then, _people(*range(6))]) == [True]


groups_of_ten = st.lists(st.integers(1, 2**10 - 1), min_size=1, max_size=6)


@given(groups_of_ten)
@settings(max_examples=150, deadline=None)
def test_the_audit_finds_exactly_what_exact_arithmetic_finds(groups: list[int]) -> None:
    assert exposes(groups) == _derivable(groups, 10)


@given(groups_of_ten, st.lists(st.integers(1, 2**10 - 1), max_size=2))
@settings(max_examples=60, deadline=None)
def test_what_it_lets_pass_isolates_nobody_and_nothing_more_could_pass(groups: list[int], before: list[int]) -> None:
    everyone = 2**10 - 1
    shown = [everyone, *before]
    if _derivable(shown, 10):
        return  # the past cannot be mended: such releases are never made
    good = safe(groups, everyone, before=before)
    chosen = [group for group, fine in zip(groups, good, strict=True) if fine]
    assert not _derivable([*shown, *chosen], 10)
    for group, fine in zip(groups, good, strict=True):
        assert fine or group.bit_count() < FLOOR or _derivable([*shown, *chosen, group], 10)
