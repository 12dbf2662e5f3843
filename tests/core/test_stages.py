"""Floors, gates and caps, and what holds a respondent back (decision 5)."""

from typing import Any

import pytest

from assessment.core.scoring import Outcome
from tests.core.making import assessed, built, cap, choice, gate, ladder, number, page, stage

PLAN = {"question": "plan", "in": ["b"]}


def simple(**parts: Any) -> Any:
    """Nine parts score, one plan that gates."""
    return built(
        page("one", choice("score", 0, "0.5", "0.745", "0.744", 1, weight=1), choice("plan", None, None)), **parts
    )


def held(outcome: Outcome) -> list[tuple[str, bool]]:
    assert outcome.standing is not None
    return [(each.part.id, each.unknown) for each in outcome.standing.held]


def waiting(outcome: Outcome) -> list[str]:
    assert outcome.standing is not None
    return [each.part.id for each in outcome.standing.next_gates]


def between(outcome: Outcome) -> tuple[int, int]:
    assert outcome.standing is not None
    return outcome.standing.lowest, outcome.standing.highest


@pytest.mark.parametrize(
    ("answer", "reached"), [("a", "low"), ("b", "high"), ("c", "top"), ("d", "high"), ("e", "top")]
)
def test_the_rounded_score_meets_the_floor(answer: str, reached: str) -> None:
    """74.5 is shown as 75 and meets 75; 74.4 is shown as 74 and does not."""
    assert assessed(simple(), score=answer, plan="a").stage_id == reached


def test_an_unmet_gate_holds_a_score_past_the_floor() -> None:
    gated = simple(stages=ladder(top=[gate("plan", PLAN)]))
    outcome = assessed(gated, score="e", plan="a")
    assert outcome.stage_id == "high"
    assert held(outcome) == [("plan", False)]
    through = assessed(gated, score="e", plan="b")
    assert (through.stage_id, held(through)) == ("top", [])


def test_a_gate_does_not_hold_who_has_not_reached_its_floor() -> None:
    gated = simple(stages=ladder(top=[gate("plan", PLAN)]))
    outcome = assessed(gated, score="b", plan="a")
    assert outcome.stage_id == "high"
    assert held(outcome) == []
    assert waiting(outcome) == ["plan"]


def test_a_gate_below_closes_everything_above() -> None:
    gated = simple(stages=ladder(middle=[gate("plan", PLAN)]))
    outcome = assessed(gated, score="e", plan="a")
    assert outcome.stage_id == "low"
    assert held(outcome) == [("plan", False)]


def test_an_unknown_gate_is_not_met_and_stays_open_in_the_range() -> None:
    gated = simple(stages=ladder(top=[gate("plan", PLAN)]))
    outcome = assessed(gated, score="e", plan="dont_know")
    assert outcome.stage_id == "high"
    assert held(outcome) == [("plan", True)]
    assert between(outcome) == (2, 3)


def test_an_unknown_stays_unknown_under_not() -> None:
    gated = simple(stages=ladder(top=[gate("plan", {"not": {"question": "plan", "in": ["a"]}})]))
    outcome = assessed(gated, score="e", plan="dont_know")
    assert outcome.stage_id == "high"
    assert held(outcome) == [("plan", True)]


def test_a_cap_holds_the_overall_stage_down_and_never_the_score() -> None:
    capped = simple(overall={"caps": [cap("planless", {"question": "plan", "in": ["a"]}, "middle")]})
    outcome = assessed(capped, score="e", plan="a")
    assert outcome.stage_id == "middle"
    assert held(outcome) == [("planless", False)]
    assert outcome.overall is not None
    assert outcome.overall.score == 100
    assert assessed(capped, score="e", plan="b").stage_id == "top"


def test_a_cap_above_the_next_stage_is_not_what_holds() -> None:
    capped = simple(
        stages=ladder(high=[gate("planned", PLAN)]),
        overall={"caps": [cap("planless", {"question": "plan", "in": ["a"]}, "high")]},
    )
    outcome = assessed(capped, score="e", plan="a")
    assert outcome.stage_id == "middle"
    assert held(outcome) == [("planned", False)]


def test_an_unknown_cap_holds_and_stays_open_in_the_range() -> None:
    capped = simple(overall={"caps": [cap("planless", {"question": "plan", "in": ["a"]}, "middle")]})
    outcome = assessed(capped, score="e", plan="dont_know")
    assert outcome.stage_id == "middle"
    assert held(outcome) == [("planless", True)]
    assert between(outcome) == (1, 3)


def test_a_cap_for_a_number_not_known_is_open_in_the_range() -> None:
    rate = {"title": "Rate", "unit": "percent", "formula": "renewed / due"}
    capped = built(
        page("one", choice("score", 0, 1), number("renewed"), number("due")),
        computed={"rate": rate},
        overall={"caps": [cap("no_rate", {"not": {"known": "rate"}}, "middle")]},
    )
    unknown = assessed(capped, score="b")
    assert unknown.stage_id == "middle"
    assert between(unknown) == (1, 3)
    assert assessed(capped, score="b", renewed=9, due=10).stage_id == "top"


def test_clauses_that_do_not_apply_drop_out() -> None:
    parts = page("one", choice("score", 0, 1, weight=9), choice("plan", 0, 1, not_applicable=True))
    plan_or_score = {"all": [PLAN, {"question": "score", "in": ["b"]}]}
    gated = built(parts, stages=ladder(top=[gate("both", plan_or_score)]))
    assert assessed(gated, score="b", plan="not_applicable").stage_id == "top"
    emptied = built(parts, stages=ladder(top=[gate("plan", PLAN)]))
    assert assessed(emptied, score="b", plan="not_applicable").stage_id == "top", "a gate left empty is met"
    capped = built(parts, overall={"caps": [cap("planless", {"not": PLAN}, "middle")]})
    assert assessed(capped, score="b", plan="not_applicable").stage_id == "top", "a cap left empty does not hold"


def test_a_hidden_gate_question_drops_out_too() -> None:
    route = page(None, choice("way", None, None, role="route", dont_know=False), start=True)
    plan = choice("plan", None, None, show_if={"question": "way", "in": ["a"]})
    gated = built(route, page("one", choice("score", 0, 1), plan), stages=ladder(top=[gate("plan", PLAN)]))
    assert assessed(gated, way="b", score="b", plan="a").stage_id == "top"
    assert assessed(gated, way="a", score="b", plan="a").stage_id == "high"


def test_a_score_range_makes_a_stage_range() -> None:
    tiny = built(page("one", *(choice(name, 0, 1) for name in "pqrs")))
    outcome = assessed(tiny, p="b", q="b", r="a", s="dont_know")
    assert outcome.stage_id == "high"
    assert between(outcome) == (2, 3)


def test_a_gate_on_an_area_is_unknown_while_the_area_is() -> None:
    names = ("one", "two", "three", "four")
    areas = [page(name, choice(f"{name}_1", 0, 1), choice(f"{name}_2", 0, 1)) for name in names]
    gated = built(*areas, stages=ladder(top=[gate("strong", {"area": "four", "at_least": 75})]), min_coverage=80)
    best = {f"{name}_{n}": "b" for name in names for n in (1, 2)}
    assert assessed(gated, **best).stage_id == "top"
    unsure = assessed(gated, **(best | {"four_2": "dont_know"}))
    assert unsure.stage_id == "high"
    assert held(unsure) == [("strong", True)]
    assert between(unsure) == (2, 3)
    weak = assessed(gated, **(best | {"four_1": "a"}))
    assert held(weak) == [("strong", False)]


def test_areas_stand_on_the_same_ladder_under_their_own_caps() -> None:
    capped = built(
        page("one", choice("score", 0, 1), choice("plan", None, None)),
        page("two", choice("other", 0, "0.5", 1)),
        areas=[
            {"id": "one", "title": "One", "caps": [cap("planless", {"question": "plan", "in": ["a"]}, "middle")]},
            {"id": "two", "title": "Two"},
        ],
    )
    outcome = assessed(capped, score="b", plan="a", other="b")
    assert outcome.area_stages == {"one": 1, "two": 2}
    assert [each.part.id for each in outcome.area_held["one"]] == ["planless"]
    assert outcome.stage_id == "top", "an area's cap never touches the overall"
    low = assessed(capped, score="a", plan="a", other="b")
    assert low.area_held["one"] == (), "a cap above the area's stage holds nothing"


def test_a_placement_climbs_by_gates_alone() -> None:
    placed = built(
        page(None, choice("hours", None, None), choice("answer", None, None)),
        result="placement",
        areas=[],
        stages=[
            stage("basic", 0),
            stage("standard", 0, gate("answers", {"question": "answer", "in": ["b"]})),
            stage("premium", 0, gate("all_hours", {"question": "hours", "in": ["b"]})),
        ],
    )
    assert assessed(placed, hours="b", answer="a").stage_id == "basic", "a later gate does not make up for an earlier"
    middle = assessed(placed, hours="a", answer="b")
    assert (middle.stage_id, held(middle)) == ("standard", [("all_hours", False)])
    assert (middle.overall, middle.coverage, middle.no_stage) == (None, None, None)
    unsure = assessed(placed, hours="dont_know", answer="b")
    assert (unsure.stage_id, held(unsure), between(unsure)) == ("standard", [("all_hours", True)], (1, 2))
    assert assessed(placed, hours="b", answer="b").stage_id == "premium"
