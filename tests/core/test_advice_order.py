"""Advice in order: what opens the held gate, then gain times ease, then the file (decision 11)."""

from typing import Any

import pytest

from assessment.core.recommendations import advise
from assessment.core.scorecard import Advice
from tests.core.making import Plain, advice, assessed, built, cap, choice, gate, ladder, number, page, stage


def short(name: str) -> Plain:
    return {"question": name, "in": ["a"]}


def advised(*pages: Plain, answers: dict[str, object], **parts: Any) -> dict[str, Advice]:
    tiny = built(*pages, **parts)
    return {item.id: item for item in advise(tiny, assessed(tiny, **answers), None)}


def test_gain_times_ease_decides_and_the_file_breaks_ties() -> None:
    parts = page("one", choice("p", 0, 1, weight=4), choice("q", 0, 1, weight=2), *(choice(n, 0, 1) for n in "rs"))
    given = [
        advice("small", short("r"), ["r"]),  # 12.5 points, easy
        advice("large", short("p"), ["p"], "high"),  # 50 points, hard
        advice("middle", short("q"), ["q"], "medium"),  # 25 points: as much as `large`, and later in the file
        advice("easy", short("s"), ["s", "r"]),  # 25 points, easy
        advice("moot", {"question": "s", "in": ["b"]}, ["s"]),
    ]
    found = advised(parts, recommendations=given, answers=dict.fromkeys("pqrs", "a"))
    assert list(found) == ["easy", "large", "middle", "small"]
    assert [item.gain for item in found.values()] == [25, 50, 25, 13]


def test_the_gain_is_what_the_shown_score_would_rise_by() -> None:
    parts = page("one", choice("p", 0, 1), choice("q", 0, "0.5", 1)), page("two", choice("r", 0, 1))
    given = [advice("lift", {"question": "q", "in": ["b"]}, ["q"])]
    found = advised(*parts, recommendations=given, answers={"p": "a", "q": "b", "r": "a"})
    assert found["lift"].gain == 13, "a quarter of one of two areas"
    assert found["lift"].answers[0].answer == "Option 1"


GATED = [
    page("one", choice("plan", 0, "0.95", 1, weight=1), choice("rest", 0, 1, weight=9), choice("other", 0, 1, weight=1))
]
SIGNED = {"question": "plan", "in": ["c"]}


def test_what_opens_the_held_gate_comes_first() -> None:
    given = [advice("big", short("other"), ["other"]), advice("sign", {"not": SIGNED}, ["plan"], "high")]
    found = advised(
        *GATED,
        stages=ladder(top=[gate("signed", SIGNED)]),
        recommendations=given,
        answers={"plan": "b", "rest": "b", "other": "a"},
    )
    assert list(found) == ["sign", "big"]
    assert (found["sign"].opens, found["big"].opens) == ("Top", None)


def test_a_gate_nobody_has_reached_lifts_nothing() -> None:
    given = [advice("sign", {"not": SIGNED}, ["plan"], "high"), advice("big", short("rest"), ["rest"])]
    found = advised(
        *GATED,
        stages=ladder(top=[gate("signed", SIGNED)]),
        recommendations=given,
        answers={"plan": "b", "rest": "a", "other": "b"},
    )
    assert list(found) == ["big", "sign"]
    assert found["sign"].opens is None


def test_advice_that_reads_the_gates_answer_but_improves_another_opens_nothing() -> None:
    given = [advice("other", {"all": [{"not": SIGNED}, short("other")]}, ["other"])]
    found = advised(
        *GATED,
        stages=ladder(top=[gate("signed", SIGNED)]),
        recommendations=given,
        answers={"plan": "b", "rest": "b", "other": "a"},
    )
    assert found["other"].opens is None


def test_each_part_of_a_gate_can_be_lifted_on_its_own() -> None:
    both = {"all": [SIGNED, {"question": "other", "in": ["b"]}]}
    given = [advice("sign", {"not": SIGNED}, ["plan"]), advice("other", short("other"), ["other"])]
    found = advised(
        *GATED,
        stages=ladder(top=[gate("both", both)]),
        recommendations=given,
        answers={"plan": "b", "rest": "b", "other": "a"},
    )
    assert {name: item.opens for name, item in found.items()} == {"sign": "Top", "other": "Top"}


def test_a_cap_on_areas_is_lifted_by_what_raises_an_area() -> None:
    areas = [page(name, choice(f"{name}_q", 0, 1)) for name in ("one", "two", "three", "four")]
    lonely = cap("lonely", {"all": [{"area": "one", "at_least": 50}, {"area": "four", "below": 25}]}, "middle")
    given = [advice(f"raise_{name}", short(f"{name}_q"), [f"{name}_q"], "high") for name in ("three", "four")]
    found = advised(
        *areas,
        overall={"caps": [lonely]},
        recommendations=given,
        answers={"one_q": "b", "two_q": "b", "three_q": "a", "four_q": "a"},
    )
    assert list(found) == ["raise_four", "raise_three"]
    assert found["raise_four"].opens == "High"
    assert found["raise_three"].opens is None


def test_a_scored_computed_value_is_lifted_like_a_question() -> None:
    rate = {
        "title": "Rate",
        "unit": "percent",
        "formula": "renewed / due",
        "score": {"area": "one", "points": [[50, 0], [90, 1]]},
    }
    found = advised(
        page("one", choice("p", 0, 1, weight=9), number("renewed"), number("due")),
        computed={"rate": rate},
        stages=ladder(top=[gate("rated", {"computed": "rate", "at_least": 80})]),
        recommendations=[advice("lift_rate", {"computed": "rate", "below": 90}, ["rate"])],
        answers={"p": "b", "renewed": 50, "due": 100},
    )
    assert (found["lift_rate"].opens, found["lift_rate"].gain) == ("Top", 10)
    assert [line.id for line in found["lift_rate"].answers] == ["renewed", "due"]
    assert found["lift_rate"].areas == ("one",)


def test_a_placement_follows_its_authors_priority() -> None:
    given = [
        advice("second", short("hours"), ["hours"], priority=2),
        advice("first", short("answer"), ["answer"], "high", priority=1),
        advice("third", short("hours"), ["hours"], priority=2),
    ]
    found = advised(
        page(None, choice("hours", None, None), choice("answer", None, None)),
        result="placement",
        areas=[],
        stages=[stage("basic", 0), stage("premium", 0, gate("all_hours", {"question": "hours", "in": ["b"]}))],
        recommendations=given,
        answers={"hours": "a", "answer": "a"},
    )
    assert list(found) == ["first", "second", "third"]
    assert [item.gain for item in found.values()] == [None, None, None]
    assert [item.opens for item in found.values()] == [None, "Premium", "Premium"]


@pytest.mark.parametrize("answer", ["dont_know", "b"])
def test_advice_needs_a_certain_condition(answer: str) -> None:
    found = advised(
        page("one", choice("p", 0, 1), choice("q", 0, 1)),
        recommendations=[advice("lift", short("p"), ["p"])],
        answers={"p": answer, "q": "b"},
    )
    assert found == {}


def test_what_was_typed_is_not_repeated_in_advice() -> None:
    free = {"id": "why", "type": "long_text", "text": "Why?", "label": "Why", "optional": True}
    found = advised(
        page("one", choice("p", 0, 1)),
        page(None, free),
        recommendations=[advice("talk", {"question": "why", "answered": "true"}, [])],
        answers={"p": "b", "why": "Our churn is secret"},
    )
    assert found["talk"].answers == ()
