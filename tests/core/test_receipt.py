"""Receipt lines: what each answer added, in tenths that sum to the score shown (decision 3)."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessment.core.receipt import area_lines, shares
from assessment.core.scorecard import Line
from tests.core.making import Plain, assessed, built, choice, number, page


def lines(*questions: Plain, **answers: object) -> dict[str, Line]:
    tiny = built(page("one", *questions))
    outcome = assessed(tiny, **answers)
    return {line.id: line for line in area_lines(tiny, "one", outcome.areas.get("one"), outcome, None)}


def test_thirds_are_shared_out_by_largest_remainder() -> None:
    found = lines(*(choice(name, 0, 1) for name in "pqr"), p="b", q="b", r="a")
    assert [line.adds for line in found.values()] == ["33.5", "33.5", "0.0"]
    assert [line.points for line in found.values()] == [100, 100, 0]


def test_a_line_says_what_was_answered() -> None:
    others = choice("q", 0, 1), choice("r", 0, 1, not_applicable=True), choice("s", 0, 1), choice("t", 0, 1)
    free = {"id": "why", "type": "long_text", "text": "Why?", "label": "Why", "optional": True}
    found = lines(
        choice("p", 0, 1), *others, number("rate", "percent"), free,
        p="b", q="dont_know", r="not_applicable", s="b", t="b", rate="62.50", why="Call me on 0171",
    )  # fmt: skip
    assert (found["p"].answer, found["p"].adds) == ("Option 1", "33.4")
    assert (found["q"].points, found["q"].adds) == (None, None)
    assert (found["r"].points, found["r"].adds) == (None, None)
    assert (found["rate"].answer, found["rate"].points) == ("62.5 %", None)
    assert (found["why"].answer, found["why"].typed) == ("", True), "typed texts never enter the scorecard"


def test_no_line_adds_to_a_score_that_is_not_shown() -> None:
    found = lines(*(choice(name, 0, 1) for name in "pq"), p="b", q="dont_know")
    assert (found["p"].points, found["p"].adds) == (100, None)


@pytest.mark.parametrize(
    ("parts", "total", "expected"),
    [
        (["333.3", "333.3", "333.3"], 1000, [334, 333, 333]),
        (["250", "287", "83.8"], 620, [250, 287, 83]),
        (["0", "4.9"], 10, [0, 10]),
        (["0", "0"], 0, [0, 0]),
        ([], 0, []),
    ],
)
def test_shares_by_largest_remainder(parts: list[str], total: int, expected: list[int]) -> None:
    assert shares([Fraction(part) for part in parts], total) == expected


@given(st.lists(st.fractions(min_value=0, max_value=500, max_denominator=97), min_size=1, max_size=9))
def test_shares_always_sum_and_never_pay_for_nothing(parts: list[Fraction]) -> None:
    total = int(sum(parts) / 10 + Fraction(1, 2)) * 10
    found = shares(parts, total if any(parts) else 0)
    assert sum(found) == (total if any(parts) else 0)
    assert all(part >= 0 for part in found)
    assert all(share == 0 for share, part in zip(found, parts, strict=True) if part == 0)
