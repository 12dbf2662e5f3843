"""Receipts that sum to what is shown, and pictures whose numbers are one's own (decisions 3 and 14)."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessment.core.receipt import shares
from assessment.core.scorecard import Drawing
from tests.core.building_blocks import card, computed
from tests.core.making import Plain, built, choice, figure, number, page, stage


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.lists(st.integers(0, 1000), min_size=1, max_size=12), st.integers(0, 1000))
def test_shares_sum_to_any_total_and_keep_the_order(parts: list[int], total: int) -> None:
    weight = sum(parts)
    exact = [Fraction(part * total, weight) for part in parts] if weight else [Fraction(0)] * len(parts)
    found = shares(exact, total if weight else 0)
    assert sum(found) == (total if weight else 0)
    for share, mine in zip(found, exact, strict=True):
        assert abs(share - mine) < 1
        assert share == 0 or mine > 0
    for one, two in zip(range(len(parts)), range(1, len(parts)), strict=False):
        assert (found[one] - found[two]) * (parts[one] - parts[two]) >= 0 or abs(found[one] - found[two]) <= 1


@pytest.mark.parametrize(
    ("exact", "total", "expected"),
    [
        (["3.3", "3.3", "3.4"], 10, [3, 3, 4]),
        (["3.5", "3.5", "3"], 10, [4, 3, 3]),
        (["0", "9.6"], 10, [0, 10]),
        (["0", "0"], 0, [0, 0]),
        (["2.6", "2.6", "2.6"], 8, [3, 3, 2]),
    ],
)
def test_the_largest_remainder_takes_the_rest(exact: list[str], total: int, expected: list[int]) -> None:
    assert shares([Fraction(each) for each in exact], total) == expected


def test_a_receipt_shows_answer_points_and_what_they_add() -> None:
    questionnaire = built(page("a", *(choice(name, "0", "0.333", "1", not_applicable=True) for name in "wxyz")))
    made = card(questionnaire, w="b", x="b", y="c", z="not_applicable")
    (area,) = made.areas
    assert area.points is not None
    assert area.points.score == 56
    # Exact: 11.1, 11.1 and 33.33; the score shown rounds 55.53 up, so half a point is shared out in tenths.
    assert [(line.answer, line.points, line.adds) for line in area.lines] == [
        ("Option 1", 33, "11.3"),
        ("Option 1", 33, "11.2"),
        ("Option 2", 100, "33.5"),
        ("Doesn’t apply to us", None, None),
    ]
    assert sum(Decimal(line.adds or 0) for line in area.lines) == 56


def test_answers_outside_areas_stand_apart_and_hidden_ones_nowhere() -> None:
    way = choice("way", None, None, role="route", dont_know=False)
    hidden = choice("h", "0", "1", show_if={"question": "way", "in": ["a"]})
    questionnaire = built(page(None, way), page("a", choice("x", "0", "1"), hidden))
    made = card(questionnaire, way="b", x="b", h="a")
    assert [line.id for line in made.other_answers] == ["way"]
    assert [line.id for line in made.areas[0].lines] == ["x"]


def test_a_scored_value_has_its_own_line() -> None:
    score = {"area": "a", "weight": 3, "points": [["0", "0"], ["100", "1"]]}
    questionnaire = built(
        page("a", choice("x", "0", "1"), number("won"), number("due")),
        computed={"rate": computed("Rate", "percent", "won / due", score=score)},
        min_coverage=0,
    )
    lines = {line.id: line for line in card(questionnaire, x="b", won=1, due=3).areas[0].lines}
    assert (lines["rate"].label, lines["rate"].answer, lines["rate"].points) == ("Rate", "33.3 %", 33)
    assert [lines[name].adds for name in ("x", "won", "due", "rate")] == ["25.0", None, None, "25.0"]
    nothing = {line.id: line for line in card(questionnaire, x="b", won=1, due=0).areas[0].lines}
    assert (nothing["rate"].answer, nothing["rate"].adds) == ("Not defined", None)


VALUES = {
    "rate": computed("Rate", "percent", "won / due"),
    "left": computed("Left", "percent", "rate ^ n", over={"n": [1, 3]}),
    "published": computed("Published", "percent", "X01 ^ n", over={"n": [1, 3]}),
    "loss": computed("Loss", "number", "due - min(won, due) * 1", decimals=0),
}
PLACES = [
    {"id": "a", "text": "Reactive", "places": ["low", "low"], "cell": "Fixing"},
    {"id": "b", "text": "Both ways", "places": ["middle", "top"]},
    {"id": "c", "text": "In advance", "places": ["middle", "top"], "cell": "Ahead"},
]
ORDER: Plain = {"order": ["Price", "No use", "Service"]}


def drawn(exhibit: Plain, **answers: object) -> Drawing | None:
    """The one picture of an exhibit, or None."""
    reason = choice("reason", None, None, None, optional=True)
    dimension = choice("d", None, None, None) | {"answers": PLACES, "label": "Delivery"}
    questionnaire = built(
        page("a", choice("x", "0", "1"), number("won"), number("due"), reason),
        page("line", dimension),
        areas=[{"id": "a", "title": "A"}, {"id": "line", "title": "Line", "weight": 0}],
        computed=VALUES,
        figures={"X01": figure("X01", "82.4"), "X04": figure("X04", None, **ORDER)},
        stages=[stage("low", 0), stage("middle", 40), stage("top", 70)],
        exhibits=[{"id": "e", "title": "Picture"} | exhibit],
    )
    drawings = card(questionnaire, **({"x": "a", "d": "a"} | answers)).drawings
    assert len(drawings) <= 1
    return drawings[0] if drawings else None


def test_bars_leave_out_what_is_not_known_and_keep_their_labels() -> None:
    exhibit = {"kind": "compare", "values": ["won", "rate", "due"], "labels": ["Won", "Share", "Due"]}
    found = drawn(exhibit, due=4)
    assert found is not None
    assert [(row.label, row.text, row.value) for row in found.rows] == [("Due", "4", 4.0)]
    assert found.alternative == "Picture: Due 4."
    assert drawn(exhibit) is None


def test_a_curve_stands_against_the_published_one() -> None:
    exhibit = {"kind": "decay", "values": ["left"], "versus": "published", "figure": "X01"}
    found = drawn(exhibit, won=1, due=2)
    assert found is not None
    assert [(line.label, line.texts, line.published) for line in found.series] == [
        ("Left", ("50.0 %", "25.0 %", "12.5 %"), False),
        ("Published", ("82.4 %", "67.9 %", "55.9 %"), True),
    ]
    assert found.series[0].values == (50.0, 25.0, 12.5)
    assert "Left: 1 50.0 %, 2 25.0 %, 3 12.5 %." in found.alternative
    assert drawn(exhibit, won=1) is None, "a published curve alone is no picture of one's own"


def test_an_order_marks_ones_own_place() -> None:
    exhibit = {"kind": "order", "figure": "X04", "question": "reason"}
    marks = [drawn(exhibit, **given) for given in ({"reason": "b"}, {"reason": "dont_know"}, {})]
    assert [found.marked for found in marks if found] == [1, None, None]
    assert next(found.alternative for found in marks if found).endswith("3. Service. Yours: No use.")


@pytest.mark.parametrize(
    ("answer", "here", "words"),
    [("a", [True, False], "Fixing"), ("b", [False, True], "Both ways"), ("c", [False, True], "Ahead")],
)
def test_a_spectrum_places_the_answer_on_the_stages(answer: str, here: list[bool], words: str) -> None:
    found = drawn({"kind": "spectrum", "area": "line"}, d=answer)
    assert found is not None
    assert found.stages == ("Low", "Middle", "Top")
    (dimension,) = found.dimensions
    assert [(cell.start, cell.span) for cell in dimension.cells] == [(0, 1), (1, 2)]
    assert [cell.here for cell in dimension.cells] == here
    assert [cell.text for cell in dimension.cells if cell.here] == [words]
    assert dimension.known


def test_an_unknown_dimension_is_nowhere() -> None:
    found = drawn({"kind": "spectrum", "area": "line"}, d="dont_know")
    assert found is not None
    assert [cell.here for cell in found.dimensions[0].cells] == [False, False]
    assert not found.dimensions[0].known
    assert found.alternative == "Picture. Delivery: not known."


def test_a_formula_is_spelled_with_ones_own_numbers() -> None:
    found = drawn({"kind": "formula", "values": ["rate"]}, won=206, due=240)
    assert found is not None
    assert found.lines == ("Rate = Won / Due", "206 / 240", "85.8 %")
    loss = drawn({"kind": "formula", "values": ["loss"]}, won="206.50", due=1240)
    assert loss is not None
    assert loss.lines[1:] == ("1,240 \N{MINUS SIGN} min(206.5, 1,240) × 1", "1,034")
    assert drawn({"kind": "formula", "values": ["rate"]}, won=0, due=0) is None


@pytest.mark.parametrize(("given", "shown"), [({"won": 1, "due": 2}, True), ({"won": 1, "due": "dont_know"}, False)])
def test_a_picture_waits_for_its_condition(given: Any, shown: bool) -> None:
    note = {"kind": "note", "text": "Said once.", "when": {"known": "rate"}, "figure": "X01"}
    found = drawn(note, **given)
    assert (found is not None) is shown
    if found is not None:
        assert (found.text, found.alternative) == ("Said once.", "Said once.")
        assert found.published is not None
        assert found.published.text == "82.4 %"
