"""What is counted in a survey, what a release shows of it and when the next one may come."""

from typing import Any

import pytest

from assessment.core.answers import parse_answers
from assessment.core.definition import Questionnaire
from assessment.core.survey import EVERYONE, LEAST, belongs, fitting, group_of, keys, next_release

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
        *(f"rank.first.{option}" for option in "abc"),
        *(f"rank.named.{option}" for option in "abc"),
        *(f"one.is.{option}" for option in ("a", "b", "c", "dont_know")),
    )


@pytest.mark.parametrize(
    ("key", "counts"),
    [
        ("rank.first.a", True), ("rank.first.b", False), ("rank.named.b", True), ("rank.named.c", False),
        ("one.is.c", True), ("one.is.a", False), ("gone.is.a", False), (EVERYONE, True),
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


def test_nothing_is_released_of_fewer_than_ten(survey: Questionnaire) -> None:
    assert next_release(survey, [], _people(5, 4, 0), []) is None
    assert LEAST == 10
    made = next_release(survey, [], _people(5, 5, 0), [])
    assert made is not None
    assert made["everyone"] == 10
    assert made["rank.first.a"] == made["rank.first.b"] == 5


def test_what_everybody_answered_is_not_shown(survey: Questionnaire) -> None:
    assert next_release(survey, [], _people(20, 0, 0), []) is None


def test_what_is_left_beside_the_others_is_not_given_away(survey: Questionnaire) -> None:
    made = next_release(survey, [], _people(9, 7, 3), [])
    assert made is not None
    assert sorted(made) == [EVERYONE, "one.is.b", "rank.first.b", "rank.named.a"]
    assert made["rank.named.a"] == 12  # with the nine who put it first, three would be left


def test_what_was_shown_is_shown_again_or_nothing_is(survey: Questionnaire) -> None:
    first = _people(9, 7, 0)
    shown = next_release(survey, [], first, [])
    assert shown is not None
    assert next_release(survey, [first], _people(2, 2, 0), [shown]) is None  # too few came
    assert next_release(survey, [first], _people(6, 3, 0), [shown]) is None  # one figure would gain three
    assert next_release(survey, [first], _people(6, 0, 1), [shown]) is None  # and here somebody new stands alone
    second = next_release(survey, [first], _people(6, 0, 0), [shown])
    assert second is not None
    assert second.keys() >= shown.keys()
    assert second["rank.first.a"] == 15


def test_an_answer_taken_out_of_the_file_blocks_nothing(survey: Questionnaire) -> None:
    first = _people(9, 7, 0)
    shown = next_release(survey, [], first, [])
    without = Questionnaire.model_validate(PLAIN | {"pages": [{"questions": [PLAIN["pages"][0]["questions"][0]]}]})
    made = next_release(without, [first], _people(6, 6, 0), [shown or {}])
    assert made is not None
    assert made["one.is.a"] == 15


def test_people_are_bits_in_the_order_of_the_ballots() -> None:
    assert group_of("one.is.b", _people(2, 1, 1)) == 0b0100
