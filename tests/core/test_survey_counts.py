"""What is counted in a survey, what a release shows of it and when the next one may come."""

from datetime import date, timedelta
from typing import Any

import pytest

from assessment.core.answers import parse_answers
from assessment.core.definition import Questionnaire
from assessment.core.survey import EVERYONE, belongs, changed, fitting, group_of, keys
from assessment.core.survey_release import (
    COUNTING_DAY_WORD,
    LEAST,
    count_is_due,
    enough_alike,
    next_release,
    shape_of,
)

CHOICES = [{"id": name, "text": name} for name in ("a", "b", "c")]
PLAIN: dict[str, Any] = {
    "format": 1, "id": "s", "status": "live", "order": 1, "title": "S", "lead": "S", "summary": "S", "kind": "survey",
    "result": "none", "areas": [], "survey": {"top": "rank"},
    "pages": [{"questions": [
        {"id": "rank", "type": "ranking", "ranks": 2, "label": "R", "text": "R", "answers": [
            {"id": "a", "text": "A", "fits": "one"}, {"id": "b", "text": "B", "fits": "two"},
            {"id": "c", "text": "C"}]},
        {"id": "one", "type": "choice", "label": "O", "text": "O", "dont_know": True, "answers": CHOICES},
    ]}],
}  # fmt: skip


@pytest.fixture
def survey() -> Questionnaire:
    return Questionnaire.model_validate(PLAIN)


def _ballot(first: str, second: str, one: str) -> dict[str, object]:
    return {"rank": [first, second], "one": one}


def test_every_answer_is_a_cell(survey: Questionnaire) -> None:
    assert keys(survey) == (
        "rank.asked.anything",
        "one.asked.anything",
        *(f"rank.first.{option}" for option in "abc"),
        *(f"rank.named.{option}" for option in "abc"),
        *(f"one.is.{option}" for option in ("a", "b", "c", "dont_know")),
    )


@pytest.mark.parametrize(
    ("key", "counts"),
    [
        ("rank.first.a", True), ("rank.first.b", False), ("rank.named.b", True), ("rank.named.c", False),
        ("one.is.c", True), ("one.is.a", False), ("gone.is.a", False), (EVERYONE, True),
        ("one.asked.anything", True), ("gone.asked.anything", False),
        ("rank.is.a", False), ("one.named.c", False), ("one.has.c", False), ("one.first.c", False),
    ],
)  # fmt: skip
def test_where_a_ballot_counts(key: str, counts: bool) -> None:
    assert belongs(key, _ballot("a", "b", "c")) is counts


@pytest.mark.parametrize(("rank", "fits"), [(("a", "b"), "one"), (("b", "a"), "two"), (("c", "a"), None), ((), None)])
def test_the_first_place_says_what_fits(survey: Questionnaire, rank: tuple[str, ...], fits: str | None) -> None:
    given = {"rank": list(rank)} if rank else {}
    assert fitting(survey, parse_answers(survey, given)) == fits


def _people(a: int, b: int, c: int) -> list[dict[str, object]]:
    """So many who ranked a, b and c first, and said the same of `one`."""
    return [
        *(_ballot("a", "b", "a") for _ in range(a)),
        *(_ballot("b", "c", "b") for _ in range(b)),
        *(_ballot("c", "a", "c") for _ in range(c)),
    ]


def test_ballots_are_counted_once_a_week(survey: Questionnaire) -> None:
    days = [date(2026, 11, 20) + timedelta(days=number) for number in range(14)]
    assert [f"{day:%A}" for day in days if count_is_due(day, None)] == [COUNTING_DAY_WORD] * 2
    monday = date(2026, 11, 23)
    assert not count_is_due(monday, monday)
    assert [day.day for day in days if count_is_due(day, monday)] == [30, 1, 2, 3]  # whoever was off on the 30th
    assert not count_is_due(date(2026, 12, 6), date(2026, 12, 2))
    assert count_is_due(date(2026, 12, 7), date(2026, 12, 2))  # and not a week after that


def test_an_edit_of_words_alone_asks_the_same(survey: Questionnaire) -> None:
    page = PLAIN["pages"][0]["questions"]
    ranking, one = page
    for other, same in [
        ([ranking, one | {"text": "Another word"}], True),
        ([ranking], False),
        ([ranking, one | {"dont_know": False}], False),
        ([ranking | {"ranks": 3}, one], False),
        ([ranking, one | {"answers": CHOICES[:2]}], False),
    ]:
        changed = Questionnaire.model_validate(PLAIN | {"pages": [{"questions": other}]})
        assert (shape_of(changed) == shape_of(survey)) is same


def test_fewer_than_five_of_a_shape_stay_in_the_box() -> None:
    shapes = dict.fromkeys(range(9), "new") | dict.fromkeys(range(20, 24), "old")
    assert enough_alike(shapes) == list(range(9))
    assert enough_alike(shapes | {99: "old"}) == [*range(9), *range(20, 24), 99]


def test_nothing_is_released_of_fewer_than_thirty(survey: Questionnaire) -> None:
    assert LEAST == 30
    assert next_release(survey, [], _people(15, 14, 0), []) is None
    made = next_release(survey, [], _people(15, 15, 0), [])
    assert made is not None
    assert made[EVERYONE] == 30
    assert made["rank.first.a"] == made["rank.first.b"] == 15


def test_what_everybody_answered_is_not_shown(survey: Questionnaire) -> None:
    assert next_release(survey, [], _people(40, 0, 0), []) is None


def test_what_is_left_beside_the_others_is_not_given_away(survey: Questionnaire) -> None:
    made = next_release(survey, [], _people(18, 14, 3), [])
    assert made is not None
    assert sorted(made) == [EVERYONE, "one.is.b", "rank.first.b", "rank.named.a"]
    assert made["rank.named.a"] == 21  # with the eighteen who put it first, three would be left


def test_a_question_is_told_anew_as_a_whole_or_stays_as_it_was(survey: Questionnaire) -> None:
    first = _people(18, 14, 0)
    shown = next_release(survey, [], first, [])
    assert shown is not None
    assert next_release(survey, [first], _people(2, 2, 0), [shown]) is None  # too few came
    assert next_release(survey, [first], _people(6, 3, 0), [shown]) is None  # one figure would gain three
    assert next_release(survey, [first], _people(6, 0, 1), [shown]) is None  # and here somebody new stands alone
    assert next_release(survey, [first], _people(6, 0, 0), [shown]) is None  # what all of them said, each of them said
    second = next_release(survey, [first], _people(6, 5, 0), [shown])
    assert second is not None
    assert second.keys() >= shown.keys()
    assert second["rank.first.a"] == 24


def test_newcomers_who_all_gave_one_answer_wait_for_somebody_else(survey: Questionnaire) -> None:
    """The figure of all who are new is what each of them said, and who they are may be known."""
    first = _people(15, 15, 10)
    shown = next_release(survey, [], first, [])
    assert shown is not None
    alike = _people(5, 0, 0)
    assert next_release(survey, [first], alike, [shown]) is None
    second = next_release(survey, [first], alike + _people(0, 5, 0), [shown])
    assert second is not None
    assert (second["one.is.a"], second["one.is.b"], second["one.is.c"]) == (20, 20, 10)


def test_a_rare_answer_holds_up_its_own_question_alone(survey: Questionnaire) -> None:
    first = _mixed([("a", "b", "a")] * 10 + [("b", "c", "a")] * 10 + [("a", "b", "b")] * 10 + [("b", "c", "b")] * 10)
    shown = next_release(survey, [], first, [])
    assert shown is not None
    assert {"one.is.a", "one.is.b", "rank.first.a", "rank.first.b"} <= shown.keys()
    came = _mixed([("a", "b", "a")] * 8 + [("b", "c", "a")] * 8 + [("a", "b", "b")] * 2)
    second = next_release(survey, [first], came, [shown])
    assert second is not None
    assert (second["rank.first.a"], second["rank.first.b"]) == (30, 28)
    assert not [key for key in second if key.startswith("one.")]  # "b" gained two
    more = _mixed([("a", "b", "a"), ("b", "c", "a"), ("a", "b", "b"), ("b", "c", "b")] * 6)
    third = next_release(survey, [first, came], more, [shown, second])
    assert third is not None
    assert (third["one.is.a"], third["one.is.b"]) == (48, 34)  # two and twelve: all who came since the first


def _mixed(answers: list[tuple[str, str, str]]) -> list[dict[str, object]]:
    return [_ballot(*given) for given in answers]


def test_two_answers_together_tell_nobody_apart_beside_another_question(survey: Questionnaire) -> None:
    """All but three of those who said a or b to the one put c first in the other: those three would stand alone."""
    ballots = _mixed(
        [("c", "a", "a")] * 12 + [("c", "b", "b")] * 12 + [("a", "b", "a")] * 3 + [("b", "a", "c")] * 12
        + [("a", "c", "c")] * 12 + [("a", "b", "dont_know")] * 6
    )  # fmt: skip
    made = next_release(survey, [], ballots, [])
    assert made is not None
    assert "rank.first.c" in made
    assert not {"one.is.a", "one.is.b"} <= made.keys()


def test_an_answer_taken_out_of_the_file_blocks_nothing(survey: Questionnaire) -> None:
    first = _people(18, 14, 0)
    shown = next_release(survey, [], first, [])
    without = Questionnaire.model_validate(PLAIN | {"pages": [{"questions": [PLAIN["pages"][0]["questions"][0]]}]})
    made = next_release(without, [first], _people(6, 6, 0), [shown or {}])
    assert made is not None
    assert made["rank.first.a"] == 24


def test_people_are_bits_in_the_order_of_the_ballots() -> None:
    assert group_of("one.is.b", _people(2, 1, 1)) == 0b0100


def test_a_question_is_told_of_those_whom_it_was_put_to(survey: Questionnaire) -> None:
    """It came later, or depends on another answer: bars of everybody would be too short."""
    old: list[dict[str, object]] = [{"rank": ballot["rank"]} for ballot in _people(20, 20, 20)]
    made = next_release(survey, [], old + _people(10, 10, 0), [])
    assert made is not None
    assert (made[EVERYONE], made["one.asked.anything"], made["one.is.a"], made["one.is.b"]) == (80, 20, 10, 10)
    assert "rank.asked.anything" not in made  # everybody was
    few = next_release(survey, [], [*_people(10, 20, 10), *[{"rank": ["a", "b"]}] * 3], [])
    assert few is not None
    assert "one.is.b" in few
    assert "one.asked.anything" not in few  # all but three: about everybody


def test_a_question_that_cannot_be_told_of_how_many_is_held_back(survey: Questionnaire) -> None:
    known = ["a"] * 30 + ["b"] * 30
    ballots = [{"rank": [first, "c"]} | ({"one": "a" if place % 2 else "b"} if place >= 28 else {})
               for place, first in enumerate(known)]  # fmt: skip
    made = next_release(survey, [], ballots, [])  # those asked are all who put b first, and two more
    assert made is not None
    assert "rank.first.b" in made
    assert not any(key.startswith("one.") for key in made)


def test_who_is_new_among_those_asked_does_not_give_one_answer_either(survey: Questionnaire) -> None:
    first = [{"rank": ballot["rank"]} for ballot in _people(20, 20, 0)] + _people(10, 10, 0)
    shown = next_release(survey, [], first, [])
    assert shown is not None
    assert "one.is.a" in shown
    alike = [{"rank": ballot["rank"]} for ballot in _people(5, 5, 0)] + _people(5, 0, 0)
    second = next_release(survey, [first], alike, [shown])
    assert second is None or "one.is.a" not in second


def test_whoever_comes_to_be_asked_is_told_with_somebody_who_does_not() -> None:
    question = PLAIN["pages"][0]["questions"]
    routed = {**question[1], "id": "more", "show_if": {"question": "one", "in": ["a"]}}
    survey = Questionnaire.model_validate(PLAIN | {"pages": [{"questions": question}, {"questions": [routed]}]})

    def people(*asked: str, others: int) -> list[dict[str, object]]:
        return [_ballot("a", "b", "a") | {"more": each} for each in asked] + [_ballot("b", "c", "b")] * others

    first = people(*"a" * 10, *"b" * 10, others=20)
    shown = next_release(survey, [], first, [])
    assert shown is not None
    assert shown["more.asked.anything"] == 20
    alone = people(*"a" * 5, *"b" * 5, others=0)
    assert next_release(survey, [first], alone, [shown]) is None
    second = next_release(survey, [first], alone + people(others=5), [shown])
    assert second is not None
    assert second["more.asked.anything"] == 30


def test_a_question_whose_form_changed_stays_as_it_was_told(survey: Questionnaire) -> None:
    rank, one = PLAIN["pages"][0]["questions"]
    more = {**one, "answers": [*CHOICES, {"id": "d", "text": "D"}], "text": "Other words"}
    for other, names in (
        ([rank, more], set()),
        ([rank, {**one, "type": "ranking", "dont_know": False}], {"one"}),
        ([{**rank, "ranks": 1}, {**one, "type": "multiple"}], {"rank", "one"}),
    ):
        edited = Questionnaire.model_validate(PLAIN | {"pages": [{"questions": other}]})
        assert changed(edited, [survey]) == names
    shown = next_release(survey, [], _people(15, 15, 10), [])
    assert shown is not None
    second = next_release(survey, [_people(15, 15, 10)], _people(10, 10, 10), [shown], {"one"})
    assert second is not None
    assert "rank.first.a" in second
    assert not any(key.startswith("one.") for key in second)
