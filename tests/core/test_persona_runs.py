"""A persona tells every difference from what its author expects, and nothing when there is none."""

from typing import Any

import pytest

from assessment.core.definition import Persona
from assessment.core.personas import run
from tests.core.making import advice, built, choice, figure, gate, ladder, number, page

TINY = built(
    page("one", choice("p", 0, "0.5", 1, weight=9), choice("plan", 0, 1)),
    page(None, number("renewed"), number("due")),
    computed={"rate": {"title": "Rate", "unit": "percent", "formula": "renewed / due"}},
    figures={"X01": figure("X01", "82.4")},
    benchmarks=[{"id": "row", "title": "Rate", "measure": "rate", "figure": "X01"}],
    stages=ladder(top=[gate("planned", {"question": "plan", "in": ["b"]})]),
    contradictions=[{"id": "odd", "when": {"question": "plan", "in": ["a"]}, "ask": "Odd?", "tell": "Odd."}],
    recommendations=[advice("sign", {"question": "plan", "in": ["a"]}, ["plan"])],
)
ANSWERS = {"p": "c", "plan": "a", "renewed": 90, "due": 110}
RIGHT: dict[str, Any] = {
    "stage": "high",
    "overall": 90,
    "range": [90, 90],
    "areas": {"one": 90},
    "area_stages": {"one": "top"},
    "computed": {"rate": "81.8"},
    "verdicts": {"row": "below"},
    "gates": ["planned"],
    "contradictions": ["odd"],
    "advice": ["sign"],
}
WRONG: dict[str, Any] = {
    "stage": "top",
    "overall": 91,
    "range": [80, 90],
    "areas": {"one": 91},
    "area_stages": {"one": "high"},
    "computed": {"rate": "81.9"},
    "verdicts": {"row": "above"},
    "gates": [],
    "contradictions": [],
    "advice": ["other"],
}


def differences(expect: dict[str, Any], **answers: object) -> tuple[str, ...]:
    plain = {"name": "Priya", "answers": ANSWERS | answers, "expect": expect}
    return run(TINY, Persona.model_validate(plain))


def test_as_expected_there_is_nothing_to_tell() -> None:
    assert differences(RIGHT) == ()


@pytest.mark.parametrize("part", WRONG)
def test_each_wrong_expectation_is_told(part: str) -> None:
    assert len(differences({**RIGHT, part: WRONG[part]})) == 1


def test_every_difference_is_told_at_once() -> None:
    assert len(differences(WRONG)) == len(WRONG)


def test_no_stage_is_an_expectation_too() -> None:
    assert differences({"no_stage": True}, p="dont_know") == ()
    assert len(differences({"no_stage": True})) == 1


def test_an_answer_that_does_not_exist_is_told() -> None:
    assert differences({}, p="z") == ('"p" has no answer "z"',)
