"""Advice: what it gains, what it opens, and in which order it comes (decision 11)."""

from typing import Any

from assessment.core.definition import Questionnaire
from assessment.core.recommendations import advise
from assessment.core.scorecard import Advice
from tests.core.building_blocks import card, computed
from tests.core.making import Plain, advice, assessed, built, choice, number, page

ALWAYS: Plain = {"question": "x", "answered": True}


def parts(*scores: str) -> list[Plain]:
    return [choice(name, "0", "0.5", "1") for name in scores]


def advised(questionnaire: Questionnaire, **answers: object) -> tuple[Advice, ...]:
    return advise(questionnaire, assessed(questionnaire, **answers), None)


def ids(questionnaire: Questionnaire, **answers: object) -> list[str]:
    return [item.id for item in advised(questionnaire, **answers)]


def two_areas(*recommendations: Plain, **more: Any) -> Questionnaire:
    """Area a: x and y alike; area b, three times as heavy: z alone."""
    areas = [{"id": "a", "title": "A", "weight": 1}, {"id": "b", "title": "B", "weight": 3}]
    pages = [page("a", *parts("x", "y")), page("b", *parts("z"))]
    return built(*pages, areas=areas, recommendations=list(recommendations), **more)


def test_gain_is_what_the_overall_rises_by_at_the_best_answer() -> None:
    questionnaire = two_areas(*(advice(f"up_{name}", ALWAYS, [name]) for name in "xyz"))
    gains = {item.id: item.gain for item in advised(questionnaire, x="b", y="a", z="b")}
    # 100 * 1/4 * 1/2 * 1/2 = 6.25; 100 * 1/4 * 1/2 * 1 = 12.5, half up; 100 * 3/4 * 1/2 = 37.5, half up.
    assert gains == {"up_x": 6, "up_y": 13, "up_z": 38}


def test_gain_times_ease_decides_the_order() -> None:
    questionnaire = two_areas(
        advice("hard_z", ALWAYS, ["z"], effort="high"),  # 37.5 * 1
        advice("easy_y", ALWAYS, ["y"], effort="low"),  # 12.5 * 3, the same: the file's order decides
        advice("some_both", ALWAYS, ["x", "y"], effort="medium"),  # 18.75 * 2, the same again
        advice("easy_x", ALWAYS, ["x"], effort="low"),  # 6.25 * 3
        advice("medium_z", ALWAYS, ["z"], effort="medium"),  # 37.5 * 2
    )
    assert ids(questionnaire, x="b", y="a", z="b") == ["medium_z", "hard_z", "easy_y", "some_both", "easy_x"]


def test_exact_gain_decides_where_whole_points_are_equal() -> None:
    areas = [{"id": "a", "title": "A"}]
    weighed = [choice(name, "0", "1", weight=weight) for name, weight in (("x", 99), ("y", 98), ("z", 100))]
    questionnaire = built(
        page("a", *weighed, *(choice(f"w{each}", "0", "1", weight=99) for each in range(97))),
        areas=areas,
        recommendations=[advice(name, {"question": name, "in": ["a"]}, [name]) for name in "xyz"],
    )
    answers = dict.fromkeys(questionnaire.questions, "a")
    found = advised(questionnaire, **answers)
    assert [item.gain for item in found] == [1, 1, 1]
    assert [item.id for item in found] == ["z", "x", "y"]


def test_a_dont_know_gains_what_knowing_the_best_would_give() -> None:
    questionnaire = two_areas(advice("up_x", ALWAYS, ["x"]), advice("up_y", {"stage_below": "top"}, ["y"]))
    (found,) = [item for item in advised(questionnaire, x="dont_know", y="a", z="b") if item.id == "up_y"]
    assert found.gain == 25, "y is all that is known of a quarter of the weight"


def test_without_an_overall_there_is_no_gain_to_name() -> None:
    questionnaire = two_areas(advice("up_y", {"question": "y", "in": ["a"]}, ["y"]))
    (found,) = advised(questionnaire, x="a", y="a", z="dont_know")
    assert found.gain is None


def test_a_scored_value_gains_too() -> None:
    rate = {"rate": computed("Rate", "percent", "won / due", score={"area": "a", "points": [["50", "0"], ["90", "1"]]})}
    questionnaire = built(
        page("a", choice("x", "0", "1"), number("won"), number("due")),
        computed=rate,
        recommendations=[advice("lift", {"computed": "rate", "below": 90}, ["rate"])],
    )
    (found,) = advised(questionnaire, x="b", won=70, due=100)
    assert found.gain == 25
    assert [(line.id, line.answer) for line in found.answers] == [("won", "70"), ("due", "100")]
    assert advised(questionnaire, x="b", won=90, due=100) == ()


def test_an_area_shows_the_first_advice_that_works_on_it() -> None:
    questionnaire = two_areas(advice("hard", ALWAYS, ["y"], effort="high"), advice("easy", ALWAYS, ["x", "y"]))
    made = card(questionnaire, x="a", y="a", z="c")
    assert [area.short for area in made.areas] == ["easy gap", None]
    assert [item.areas for item in made.advice] == [("A",), ("A",)]
