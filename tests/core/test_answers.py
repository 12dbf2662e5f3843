"""Answers in their plain form: read strictly, written back unchanged."""

from decimal import Decimal

import pytest
from hypothesis import given

from assessment.core.answers import AnswerError, AnswerValue, Special, parse_answers, to_plain
from assessment.core.definition import Questionnaire
from tests.core.making import answered, built, choice, multiple, number, page

TINY = built(
    page("one", choice("p", 0, 1), multiple("many", "0.5", "0.5"), number("rate", "percent")),
    page(None, {"id": "why", "type": "long_text", "text": "Why?", "label": "Why"}),
)


def test_each_kind_is_read() -> None:
    read = parse_answers(TINY, {"p": "b", "many": ["a", "b"], "rate": 62.5, "why": "Because"})
    assert read == {"p": "b", "many": ("a", "b"), "rate": Decimal("62.5"), "why": "Because"}
    assert parse_answers(TINY, {"p": "dont_know"}) == {"p": Special.DONT_KNOW}


def test_words_of_the_format_are_plain_text_where_people_type() -> None:
    assert parse_answers(TINY, {"why": "dont_know"}) == {"why": "dont_know"}


@pytest.mark.parametrize(
    "plain",
    [
        {"p": "z"},
        {"nobody": "a"},
        {"many": "a"},
        {"many": ["a", "a"]},
        {"many": ["a", "z"]},
        {"many": ["none", "a"]},
        {"rate": "sixty"},
        {"rate": "NaN"},
        {"rate": "Infinity"},
        {"rate": "1e999999"},
    ],
)
def test_what_does_not_fit_is_refused(plain: dict[str, object]) -> None:
    with pytest.raises(AnswerError):
        parse_answers(TINY, plain)


@given(answered())
def test_the_plain_form_reads_back_unchanged(case: tuple[Questionnaire, dict[str, AnswerValue]]) -> None:
    questionnaire, answers = case
    assert parse_answers(questionnaire, to_plain(answers)) == answers
