"""From answers to scores: points, exact means, ranges, coverage (decisions 2, 3 and 4)."""

from fractions import Fraction

import pytest

from assessment.core.answers import parse_answer
from assessment.core.averaging import points_of, points_on
from assessment.core.definition import Question
from assessment.core.scoring import Outcome
from tests.core.making import Plain, assessed, built, choice, multiple, number, page


def shown(outcome: Outcome) -> tuple[int, int, int] | None:
    points = outcome.overall
    return None if points is None else (points.score, points.low, points.high)


@pytest.mark.parametrize(
    ("question", "answer", "points"),
    [
        (choice("q", 0, "0.333", 1), "b", 333),
        (choice("q", 0, 1), "dont_know", None),
        (multiple("q", "0.5", "0.3", "0.2"), ["a", "c"], 700),
        (multiple("q", "0.5", "0.3", "0.2"), ["none"], 0),
        (number("q", "percent", points=[[40, 0], [90, 1]]), 65, 500),
        (number("q", "percent", points=[[40, 0], [90, 1]]), 39.9, 0),
        (number("q", "percent", points=[[40, 0], [90, 1]]), 100, 1000),
        (number("q", "number", points=[[0, 1], [3, 0]]), 1, 667),
        ({"id": "q", "type": "scale", "text": "q", "label": "q"}, 2, 250),
        ({"id": "q", "type": "scale", "text": "q", "label": "q", "min": 0, "max": 10}, 3, 300),
    ],
)
def test_points_are_thousandths(question: Plain, answer: object, points: int | None) -> None:
    asked = Question.model_validate(question)
    assert points_of(asked, parse_answer(asked, answer)) == points


def test_a_line_of_several_corners_is_flat_beyond_its_ends() -> None:
    corners = Question.model_validate(number("q", "percent", points=[[10, 0], [20, "0.8"], [60, 1]])).points or ()
    at = [points_on(corners, Fraction(x)) for x in (0, 10, 15, 20, 40, 60, 1000)]
    assert at == [0, 0, 400, 800, 900, 1000, 1000]


def test_weights_work_inside_areas_and_between_them() -> None:
    priya = built(
        page("one", choice("p", 0, 1, weight=3), choice("q", 0, 1)),
        page("two", choice("r", 0, 1)),
        areas=[{"id": "one", "title": "One", "weight": 2}, {"id": "two", "title": "Two"}],
    )
    outcome = assessed(priya, p="b", q="a", r="a")
    assert outcome.areas["one"].mean == Fraction(3, 4)
    assert outcome.mean == Fraction(1, 2)
    assert shown(outcome) == (50, 50, 50)


def test_rounding_happens_once_at_the_end() -> None:
    # Two areas of 1/3 and 2/3 would round to 33 and 67; the overall is exactly a half, not their rounded mean.
    thirds = built(page("one", *(choice(name, 0, 1) for name in "pqr")), page("two", *(choice(n, 0, 1) for n in "stu")))
    outcome = assessed(thirds, p="b", q="a", r="a", s="b", t="b", u="a")
    assert [area.points and area.points.score for area in outcome.areas.values()] == [33, 67]
    assert outcome.mean == Fraction(1, 2)
    eighths = built(page("one", *(choice(name, 0, 1) for name in "pqrstuvw")))
    answers = dict.fromkeys("pqrstuvw", "a") | {"p": "b"}
    assert shown(assessed(eighths, **answers)) == (13, 13, 13), "12.5 is rounded half up"


def test_a_dont_know_leaves_the_score_and_opens_the_range() -> None:
    tiny = built(page("one", *(choice(name, 0, 1) for name in "pqrs")))
    outcome = assessed(tiny, p="b", q="b", r="a", s="dont_know")
    assert shown(outcome) == (67, 50, 75)
    assert outcome.coverage == Fraction(3, 4)
    assert outcome.dont_knows == 1


def test_a_not_applicable_leaves_score_range_and_coverage() -> None:
    tiny = built(page("one", choice("p", 0, 1), choice("q", 0, 1, not_applicable=True, weight=1)))
    outcome = assessed(tiny, p="b", q="not_applicable")
    assert shown(outcome) == (100, 100, 100)
    assert outcome.coverage == 1


def test_coverage_counts_a_question_by_its_share_of_its_area() -> None:
    tiny = built(
        page("one", choice("p", 0, 1), choice("q", 0, 1)),
        page("two", choice("r", 0, 1)),
        areas=[{"id": "one", "title": "One", "weight": 3}, {"id": "two", "title": "Two"}],
    )
    assert assessed(tiny, p="b", r="b", q="dont_know").coverage == Fraction(5, 8)


def test_under_min_coverage_there_is_no_overall_and_no_stage() -> None:
    tiny = built(page("one", *(choice(name, 0, 1) for name in "pqrstuvwxy")), min_coverage=70)
    known = dict.fromkeys("pqrstuv", "b")
    assert assessed(tiny, **known).stage_id == "top"
    mallory = assessed(tiny, **(known | {"v": "dont_know"}))
    assert (mallory.overall, mallory.stage_id, mallory.standing) == (None, None, None)
    assert mallory.no_stage is not None
    assert "60 %" in mallory.no_stage
    assert "70 %" in mallory.no_stage


def test_an_area_with_too_little_known_has_no_score_but_still_counts_overall() -> None:
    tiny = built(page("one", *(choice(n, 0, 1) for n in "pqr")), page("two", choice("s", 0, 1), choice("t", 0, 1)))
    outcome = assessed(tiny, p="b", q="b", r="b", s="a", t="dont_know")
    assert outcome.coverage == Fraction(3, 4)
    assert outcome.areas["two"].points is None
    assert shown(outcome) == (50, 50, 75), "its one known answer counts, or the score could leave its range"


def test_an_area_with_nothing_known_spans_everything_in_the_range() -> None:
    tiny = built(*(page(f"area_{n}", choice(n, 0, 1)) for n in "pqrs"))
    outcome = assessed(tiny, p="b", q="b", r="b", s="dont_know")
    assert shown(outcome) == (100, 75, 100)
    nothing = outcome.areas["area_s"]
    assert (nothing.mean, nothing.points, nothing.low, nothing.high) == (None, None, 0, 1)


def test_an_area_with_nothing_applicable_leaves() -> None:
    tiny = built(page("one", choice("p", 0, 1)), page("two", choice("q", 0, 1, not_applicable=True)))
    outcome = assessed(tiny, p="b", q="not_applicable")
    assert set(outcome.areas) == {"one"}
    assert outcome.coverage == 1
    assert shown(outcome) == (100, 100, 100)


def test_with_under_half_applicable_there_is_no_overall() -> None:
    asked = [choice(n, 0, 1, not_applicable=True) for n in "pqrs"]
    half = assessed(built(page("one", *asked)), p="b", q="b", r="not_applicable", s="not_applicable")
    assert half.overall is not None
    less = assessed(built(page("one", *asked)), p="b", q="not_applicable", r="not_applicable", s="not_applicable")
    assert less.overall is None
    assert less.stage_id is None
    assert less.no_stage is not None
    assert "apply" in less.no_stage


def test_what_routing_hides_is_as_if_never_written() -> None:
    route = page(None, choice("way", None, None, role="route", dont_know=False), start=True)
    hidden = {"show_if": {"question": "way", "in": ["a"]}}
    tiny = built(route, page("one", choice("p", 0, 1), *(choice(n, 0, 1, **hidden) for n in "qrstu")))
    outcome = assessed(tiny, way="b", p="b", q="a", r="a")
    assert outcome.overall is not None, "five hidden questions are not five that do not apply"
    assert shown(outcome) == (100, 100, 100)
    assert "q" not in outcome.answers


def test_weight_0_is_shown_and_never_scored() -> None:
    tiny = built(
        page("one", choice("p", 0, 1)),
        page("two", choice("q", 0, 1)),
        areas=[{"id": "one", "title": "One"}, {"id": "two", "title": "Two", "weight": 0}],
    )
    outcome = assessed(tiny, p="b", q="a")
    assert shown(outcome) == (100, 100, 100)
    assert set(outcome.areas) == {"one"}


RATE: Plain = {
    "title": "Rate",
    "unit": "percent",
    "formula": "renewed / due",
    "score": {"area": "one", "weight": 1, "points": [[50, 0], [100, 1]]},
}


def test_a_computed_value_scores_in_its_area() -> None:
    tiny = built(page("one", choice("p", 0, 1), number("renewed"), number("due")), computed={"rate": RATE})
    assert assessed(tiny, p="a", renewed=90, due=100).areas["one"].mean == Fraction(2, 5)


@pytest.mark.parametrize("numbers", [{}, {"renewed": 5}, {"renewed": "dont_know", "due": 9}, {"renewed": 0, "due": 0}])
def test_a_computed_value_without_a_number_is_a_dont_know(numbers: dict[str, object]) -> None:
    tiny = built(
        page("one", choice("p", 0, 1), number("renewed"), number("due")), computed={"rate": RATE}, min_coverage=50
    )
    outcome = assessed(tiny, p="b", **numbers)
    assert shown(outcome) == (100, 50, 100)
    assert outcome.coverage == Fraction(1, 2)


def test_an_assumed_number_earns_no_points() -> None:
    assumed = RATE | {"assume": {"renewed": {"value": 100, "flag": "upper_bound", "tell": "All are assumed."}}}
    tiny = built(
        page("one", choice("p", 0, 1), number("renewed"), number("due")), computed={"rate": assumed}, min_coverage=50
    )
    outcome = assessed(tiny, p="a", due=100)
    assert outcome.computed["rate"].number == 1
    assert shown(outcome) == (0, 0, 50)


def test_a_survey_has_neither_overall_nor_stage() -> None:
    tiny = built(page(None, choice("p", None, None)), kind="survey", result="none", areas=[], stages=[])
    outcome = assessed(tiny, p="a")
    assert (outcome.overall, outcome.stage_id, outcome.no_stage) == (None, None, None)
