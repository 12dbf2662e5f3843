"""Scores, coverage and gates to stages, one decision at a time (decisions 3, 4, 5 and 9)."""

from fractions import Fraction
from typing import Any

import pytest

from assessment.core.definition import Questionnaire
from tests.core.building_blocks import card, computed
from tests.core.making import Plain, assessed, built, cap, choice, gate, ladder, multiple, number, page, stage


def fine(name: str, **more: Any) -> Plain:
    """A percentage that scores itself."""
    return number(name, "percent", points=[["0", "0"], ["100", "1"]], dont_know=True, **more)


ONE = built(page("a", fine("x")), stages=ladder())


# Decision 3: exact means, rounded once.


def test_an_area_is_the_weighted_mean_of_its_known_questions() -> None:
    questionnaire = built(page("a", fine("x", weight=3), fine("y", weight=1), fine("z", weight=6)), min_coverage=0)
    area = assessed(questionnaire, x=100, y=50, z="dont_know").areas["a"]
    assert area.mean == Fraction(3 * 100 + 1 * 50, 400)
    assert (area.low, area.high, area.known) == (Fraction(35, 100), Fraction(95, 100), Fraction(4, 10))


def test_the_overall_is_the_weighted_mean_of_the_areas() -> None:
    areas = [{"id": "a", "title": "A", "weight": 2}, {"id": "b", "title": "B", "weight": 1}]
    questionnaire = built(page("a", fine("x")), page("b", fine("y"), fine("z")), areas=areas)
    outcome = assessed(questionnaire, x=90, y=0, z=30)
    assert outcome.mean == Fraction(2 * 90 + 15, 300)
    assert outcome.overall is not None
    assert outcome.overall.score == 65


@pytest.mark.parametrize(("x", "score", "name"), [("74.4", 74, "high"), ("74.5", 75, "top"), ("24.4", 24, "low")])
def test_the_rounded_score_meets_the_floor(x: str, score: int, name: str) -> None:
    outcome = assessed(ONE, x=x)
    assert outcome.overall is not None
    assert (outcome.overall.score, outcome.stage_id) == (score, name)


def test_rounding_happens_once_and_only_at_the_end() -> None:
    # Rounding the areas first would give 50.5 and so 51.
    questionnaire = built(page("a", fine("x")), page("b", fine("y")))
    outcome = assessed(questionnaire, x="49.5", y="50.4")
    assert [area.points.score for area in outcome.areas.values() if area.points] == [50, 50]
    assert outcome.overall is not None
    assert outcome.mean == Fraction(999, 2000)
    assert outcome.overall.score == 50


def test_a_multiple_choice_adds_its_parts_and_none_of_these_is_nothing() -> None:
    questionnaire = built(page("a", multiple("m", "0.2", "0.3", "0.5")), stages=ladder())
    scores = [assessed(questionnaire, m=m).overall for m in (["a", "c"], ["none"], ["a", "b", "c"])]
    assert [points.score for points in scores if points] == [70, 0, 100]


def test_weight_0_is_shown_and_never_scored() -> None:
    areas = [{"id": "a", "title": "A"}, {"id": "b", "title": "B", "weight": 0}]
    questionnaire = built(page("a", fine("x")), page("b", fine("y")), areas=areas)
    made = card(questionnaire, x=40, y=100)
    assert made.overall is not None
    assert made.overall.score == 40
    assert [(area.id, area.points is None) for area in made.areas] == [("a", False), ("b", True)]


# Decision 4: coverage.

FOUR = built(page("a", fine("w"), fine("x")), page("b", fine("y"), fine("z", weight=2)), min_coverage=70)


def test_coverage_counts_areas_alike_and_questions_by_their_share() -> None:
    outcome = assessed(FOUR, w=50, x="dont_know", y=50, z=50)
    assert outcome.coverage == Fraction(3, 4)
    assert outcome.overall is not None
    assert outcome.areas["a"].points is None, "half known is under 70 %"
    thinner = assessed(FOUR, w=50, x=50, y=50, z="dont_know")
    assert thinner.coverage == Fraction(2, 3)
    assert (thinner.overall, thinner.stage_id) == (None, None)
    assert thinner.no_stage == "66 % of the weight is answered with something known; a stage needs 70 %."


@pytest.mark.parametrize(("min_coverage", "scored"), [(75, True), (76, False)])
def test_exactly_the_coverage_asked_for_is_enough(min_coverage: int, scored: bool) -> None:
    questionnaire = FOUR.model_copy(update={"min_coverage": min_coverage})
    outcome = assessed(questionnaire, w=50, x="dont_know", y=50, z=50)
    assert (outcome.overall is not None, outcome.standing is not None) == (scored, scored)
    area = built(page("a", fine("x", weight=3), fine("y")), min_coverage=min_coverage)
    assert (assessed(area, x=50, y="dont_know").areas["a"].points is not None) is scored


def test_an_area_under_the_coverage_says_so_and_its_receipt_adds_nothing() -> None:
    area = next(area for area in card(FOUR, w=50, x="dont_know", y=50, z=50).areas if area.id == "a")
    assert (area.points, area.reason) == (None, "Not enough answered for a score")
    assert [line.answer for line in area.lines] == ["50 %", "I don’t know"]
    assert [line.adds for line in area.lines] == [None, None]


def test_an_area_with_nothing_known_has_no_score_and_spans_everything() -> None:
    questionnaire = built(page("a", fine("x", weight=9)), page("b", fine("y")), min_coverage=50)
    outcome = assessed(questionnaire, x=60, y="dont_know")
    assert outcome.areas["b"].mean is None
    assert outcome.mean == Fraction(60, 100)
    assert outcome.overall is not None
    assert (outcome.overall.low, outcome.overall.score, outcome.overall.high) == (30, 60, 80)


def test_an_area_with_nothing_applicable_leaves_score_range_and_coverage() -> None:
    questionnaire = built(page("a", fine("x")), page("b", fine("y", not_applicable=True)))
    outcome = assessed(questionnaire, x=60, y="not_applicable")
    assert set(outcome.areas) == {"a"}
    assert outcome.coverage == 1
    assert outcome.overall is not None
    assert (outcome.overall.low, outcome.overall.score, outcome.overall.high) == (60, 60, 60)
    made = card(questionnaire, x=60, y="not_applicable")
    assert [area.id for area in made.areas] == ["a"]
    assert [(line.id, line.answer) for line in made.other_answers] == [("y", "Doesn’t apply to us")]


def halves(share: int) -> Questionnaire:
    """Two questions, the first weighing `share` of 100."""
    parts = [fine("x", weight=share, not_applicable=True), fine("y", weight=100 - share, not_applicable=True)]
    return built(page("a", *parts))


@pytest.mark.parametrize(("share", "staged"), [(50, True), (49, False)])
def test_with_under_half_applicable_there_is_no_stage(share: int, staged: bool) -> None:
    outcome = assessed(halves(share), x=100, y="not_applicable")
    assert (outcome.overall is not None, outcome.stage_id == "top") == (staged, staged)
    assert ("Under half" in (outcome.no_stage or "")) != staged
    told = card(halves(share), x=100, y="not_applicable").verdict
    assert (told == "Too little of this applies to you for an honest stage.") != staged


def test_what_routing_hides_is_not_missing() -> None:
    way = choice("way", None, None, role="route", dont_know=False)
    hidden = [fine(f"h{each}", show_if={"question": "way", "in": ["a"]}) for each in range(9)]
    questionnaire = built(
        page(None, way, start=True), page("a", fine("x"), *hidden), page("b", hidden[0] | {"id": "h"})
    )
    outcome = assessed(questionnaire, way="b", x=80)
    assert outcome.no_stage is None
    assert (outcome.stage_id, outcome.coverage) == ("top", 1)


@pytest.mark.parametrize("min_coverage", [0, 70])
def test_nothing_known_is_no_score_whatever_the_file_asks(min_coverage: int) -> None:
    questionnaire = built(page("a", fine("x")), min_coverage=min_coverage)
    outcome = assessed(questionnaire, x="dont_know")
    assert (outcome.overall, outcome.standing) == (None, None)
    assert (outcome.no_stage or "").startswith("0 % of the weight")
    assert card(questionnaire, x="dont_know").verdict == "Too much is unknown for an honest stage."


def test_a_placement_has_neither_coverage_nor_score_nor_bars() -> None:
    stages = [stage("low", 0), stage("top", 0, gate("g", {"question": "x", "at_least": "50"}))]
    questionnaire = built(page("a", fine("x"), fine("y")), result="placement", stages=stages)
    made = card(questionnaire, x=60, y="dont_know")
    assert (made.stage_id, made.coverage, made.overall, made.mark) == ("top", None, None, None)
    assert all(area.points is None for area in made.areas)
    low = card(questionnaire, x="dont_know", y=100)
    assert (low.stage_id, low.stage_range) == ("low", ("Low", "Top"))
    assert [(hold.id, hold.unknown) for hold in low.held] == [("g", True)]


# Decision 5: gates and caps.


def gated(when: Plain, *, kind: str = "gate") -> Questionnaire:
    """One score, two gate questions, and one condition on the top stage."""
    gates = {"top": [gate("g", when)]} if kind == "gate" else {}
    caps = [cap("g", when, "middle")] if kind == "cap" else []
    routed = choice("r", None, None, show_if={"question": "way", "in": ["a"]})
    p, q = (choice(name, None, None, not_applicable=True) for name in "pq")
    way = choice("way", None, None, role="route", dont_know=False)
    return built(page(None, way), page("a", fine("x"), p, q, routed), stages=ladder(**gates), overall={"caps": caps})


def has(question: str, option: str = "a") -> Plain:
    return {"question": question, "in": [option]}


@pytest.mark.parametrize(
    ("when", "answers", "met", "opened"),
    [
        (has("p"), {"p": "a"}, True, True),
        (has("p"), {"p": "b"}, False, False),
        (has("p"), {"p": "dont_know"}, False, True),
        (has("p"), {"p": "not_applicable"}, True, True),
        (has("r"), {"way": "b"}, True, True),
        (has("r"), {"way": "b", "r": "b"}, True, True),
        ({"not": has("p")}, {"p": "dont_know"}, False, True),
        ({"not": has("p")}, {"p": "not_applicable"}, True, True),
        ({"all": [has("p"), has("q")]}, {"p": "a", "q": "not_applicable"}, True, True),
        ({"all": [has("p"), has("q")]}, {"p": "b", "q": "not_applicable"}, False, False),
        ({"all": [has("p"), has("q")]}, {"p": "b", "q": "dont_know"}, False, False),
        ({"any": [has("p"), has("q")]}, {"p": "b", "q": "not_applicable"}, False, False),
        ({"any": [has("p"), has("q")]}, {"p": "not_applicable", "q": "not_applicable"}, True, True),
        ({"any": [has("p"), has("q")]}, {"p": "a", "q": "dont_know"}, True, True),
    ],
)
def test_an_unknown_gate_is_not_met_and_an_empty_one_is(when: Plain, answers: Plain, met: bool, opened: bool) -> None:
    outcome = assessed(gated(when), **({"way": "a", "x": 100} | answers))
    assert (outcome.stage_id == "top") is met
    assert outcome.standing is not None
    assert [held.part.id for held in outcome.standing.held] == ([] if met else ["g"])
    assert (outcome.standing.highest == 3) is opened


@pytest.mark.parametrize(
    ("when", "answers", "bites", "opened"),
    [
        (has("p"), {"p": "a"}, True, False),
        (has("p"), {"p": "b"}, False, True),
        (has("p"), {"p": "dont_know"}, True, True),
        (has("p"), {"p": "not_applicable"}, False, True),
        (has("r"), {"way": "b"}, False, True),
        ({"not": has("p")}, {"p": "not_applicable"}, False, True),
        ({"not": has("p")}, {"p": "dont_know"}, True, True),
        ({"any": [has("p"), has("q")]}, {"p": "dont_know", "q": "b"}, True, True),
    ],
)
def test_an_unknown_cap_holds_and_an_empty_one_does_not(when: Plain, answers: Plain, bites: bool, opened: bool) -> None:
    outcome = assessed(gated(when, kind="cap"), **({"way": "a", "x": 100} | answers))
    assert outcome.stage_id == ("middle" if bites else "top")
    assert outcome.standing is not None
    assert [held.kind for held in outcome.standing.held] == (["cap"] if bites else [])
    assert (outcome.standing.highest == 3) is opened


def test_a_higher_stage_needs_every_stage_below() -> None:
    stages = ladder(middle=[gate("first", has("p"))])
    questionnaire = built(page("a", fine("x"), choice("p", None, None)), stages=stages)
    outcome = assessed(questionnaire, x=100, p="b")
    assert outcome.stage_id == "low"
    assert outcome.standing is not None
    assert [(held.part.id, held.stage) for held in outcome.standing.held] == [("first", 1)]


def test_gates_hold_only_once_the_score_is_there() -> None:
    questionnaire = gated(has("p"))
    short = card(questionnaire, way="a", x=74, p="b")
    assert (short.held, [hold.id for hold in short.next_gates]) == ((), ["g"])
    assert short.verdict == "One point short of Top, which starts at 75. One gate to it is still closed as well."
    there = card(questionnaire, way="a", x=75, p="b")
    assert [hold.id for hold in there.held] == ["g"]
    assert there.verdict == "Your score is past the line for Top. One answer keeps the gate closed."
    assert card(questionnaire, way="a", x=75, p="a").verdict == (
        "Your score is past the line for Top, the last stage, and no gate is closed."
    )


def test_a_cap_above_the_next_stage_does_not_hold_yet() -> None:
    questionnaire = built(
        page("a", fine("x"), choice("p", None, None), choice("q", None, None)),
        overall={"caps": [cap("c", has("p"), "high")]},
        stages=ladder(high=[gate("g", has("q"))]),
    )
    gate_first = assessed(questionnaire, x=90, p="a", q="b")
    assert gate_first.standing is not None
    assert (gate_first.stage_id, [each.part.id for each in gate_first.standing.held]) == ("middle", ["g"])
    then_cap = assessed(questionnaire, x=90, p="a", q="a")
    assert then_cap.standing is not None
    assert (then_cap.stage_id, [each.part.id for each in then_cap.standing.held]) == ("high", ["c"])


def test_caps_never_touch_scores_and_an_areas_cap_only_its_own_stage() -> None:
    areas = [
        {"id": "a", "title": "A", "caps": [cap("c", has("p"), "low")]},
        {"id": "b", "title": "B"},
    ]
    questionnaire = built(page("a", fine("x"), choice("p", None, None)), page("b", fine("y")), areas=areas)
    outcome = assessed(questionnaire, x=100, y=100, p="a")
    assert (outcome.stage_id, outcome.area_stages) == ("top", {"a": 0, "b": 3})
    assert all(area.points is not None and area.points.score == 100 for area in outcome.areas.values())
    made = card(questionnaire, x=100, y=100, p="a")
    assert [[hold.id for hold in area.holds] for area in made.areas] == [["c"], []]


def test_no_rate_known_holds_the_stage_and_stays_open_in_the_range() -> None:
    rate = {"rate": computed("Rate", "percent", "won / due", score={"area": "a", "points": [["0", "0"], ["100", "1"]]})}
    parts: Plain = {"computed": rate, "overall": {"caps": [cap("no_rate", {"not": {"known": "rate"}}, "middle")]}}
    questionnaire = built(page("a", fine("x", weight=4), number("won"), number("due")), **parts)
    unknown = card(questionnaire, x=100, won=3)
    assert (unknown.stage_id, unknown.stage_range) == ("middle", ("Middle", "Top"))
    assert [hold.id for hold in unknown.held] == ["no_rate"]
    assert card(questionnaire, x=100, won=9, due=10).stage_id == "top"
    assert card(questionnaire, x=100, won=0, due=0).stage_id == "middle"


def test_one_strong_area_alone_does_not_carry_the_stage() -> None:
    lonely = {"all": [{"area": "a", "at_least": 50}, {"area": "b", "below": 25}]}
    questionnaire = built(
        page("a", fine("x")), page("b", fine("y")), overall={"caps": [cap("alone", lonely, "middle")]}, stages=ladder()
    )
    stages = [assessed(questionnaire, x=100, y=y).stage_id for y in (24, 25)]
    assert stages == ["middle", "high"]
    open_ended = built(
        page("a", fine("x")),
        page("b", fine("y", weight=3), fine("z")),
        overall={"caps": [cap("alone", lonely, "middle")]},
    )
    outcome = assessed(open_ended, x=100, y=20, z="dont_know")
    assert outcome.stage_id == "middle"
    assert outcome.standing is not None
    assert (outcome.standing.lowest, outcome.standing.highest) == (1, 2)


# Decision 6: one mark for all bars.


@pytest.mark.parametrize(
    ("x", "y", "mark", "label", "gaps"),
    [
        (30, 50, 50, "High from 50", [-20, 0]),
        (80, 100, 75, "Top from 75", [5, 25]),
        (0, 8, 25, "Middle from 25", [-25, -17]),
    ],
)
def test_all_bars_stand_against_the_floor_of_the_next_stage(x: int, y: int, mark: int, label: str, gaps: Any) -> None:
    made = card(built(page("a", fine("x")), page("b", fine("y"))), x=x, y=y)
    assert (made.mark, made.mark_label) == (mark, label)
    assert [area.gap for area in made.areas] == gaps
    assert [area.past for area in made.areas] == [gap >= 0 for gap in gaps]
