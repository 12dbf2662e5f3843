"""Which questions apply, what is missing, and how long it takes (decisions 1, 2 and 12)."""

from typing import Any

from assessment.core.answers import parse_answers
from assessment.core.definition import Questionnaire
from assessment.core.routing import minutes, required_missing, shown_ids, shown_pages, visible
from tests.core.making import Plain, built, choice, number, page

WAY = page(None, choice("way", None, None, role="route", dont_know=False), start=True)


def only(way: str) -> Plain:
    return {"show_if": {"question": "way", "in": [way]}}


def text(name: str, **more: Any) -> Plain:
    return {"id": name, "type": "long_text", "text": name, "label": name, **more}


ROUTED = built(
    WAY,
    page("one", choice("p", 0, 1), choice("q", 0, 1, **only("a"))),
    page("two", choice("r", 0, 1, **only("b"))),
)


def given(questionnaire: Questionnaire, **plain: object) -> Any:
    return parse_answers(questionnaire, plain)


def test_a_question_shows_for_the_way_it_names() -> None:
    assert shown_ids(ROUTED, given(ROUTED, way="a")) == {"way", "p", "q"}
    assert shown_ids(ROUTED, given(ROUTED, way="b")) == {"way", "p", "r"}
    assert shown_ids(ROUTED, {}) == {"way", "p"}, "before the way is known nothing conditional shows"


def test_a_page_without_questions_to_ask_is_skipped() -> None:
    assert [each.area for each in shown_pages(ROUTED, given(ROUTED, way="a"))] == [None, "one"]
    assert [each.area for each in shown_pages(ROUTED, given(ROUTED, way="b"))] == [None, "one", "two"]


def test_hidden_answers_are_kept_apart_and_hide_what_rests_on_them() -> None:
    nested = built(
        WAY,
        page(None, choice("sub", None, None, role="route", **only("a"))),
        page("one", choice("p", 0, 1), choice("q", 0, 1, show_if={"question": "sub", "in": ["a"]})),
    )
    answers = given(nested, way="b", sub="a", p="b", q="b")
    assert set(visible(nested, answers)) == {"way", "p"}
    assert set(visible(nested, answers | given(nested, way="a"))) == {"way", "sub", "p", "q"}


def test_what_is_missing() -> None:
    asked = built(
        WAY,
        page(
            "one",
            choice("p", 0, 1),
            choice("hidden", 0, 1, **only("b")),
            number("rate", "percent", points=[[0, 0], [100, 1]]),
            number("cost", "money"),
            choice("unscored", None, None),
            choice("spare", None, None, optional=True),
        ),
        page(None, text("why")),
    )
    missing = required_missing(asked, given(asked, way="a"))
    assert [(index, question.id) for index, question in missing] == [(1, "p"), (1, "rate"), (1, "unscored")]
    assert next(question.id for _index, question in required_missing(asked, {})) == "way"
    done = given(asked, way="a", p="dont_know", rate="dont_know", unscored="a")
    assert required_missing(asked, done) == (), "a don't-know is an answer"


def test_minutes_are_counted_along_real_ways() -> None:
    # 12 s for the way; a: ten choices of 12 s; b: one. An optional text of 40 s may be left out.
    ways = built(
        WAY,
        page("one", *(choice(f"p{n}", 0, 1, **only("a")) for n in range(10))),
        page("two", choice("q", 0, 1, **only("b"))),
        page(None, text("why", optional=True)),
    )
    assert minutes(ways) == (1, 3)
    long = built(page("one", *(number(f"n{n}", points=[[0, 0], [1, 1]]) for n in range(12))))
    assert minutes(long) == (5, 5)
