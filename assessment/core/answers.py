"""Answers as plain values: what a respondent chose, typed, did not know, or said does not apply."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from enum import Enum

from assessment.core.definition import TYPED, Question, Questionnaire


class Special(Enum):
    """The two answers that are neither a choice nor a value."""

    DONT_KNOW = "dont_know"
    NOT_APPLICABLE = "not_applicable"


AnswerValue = str | Decimal | tuple[str, ...] | Special
"""An option id or typed text, an exact number (percent 0-100), option ids (ranking: in order), or a `Special`."""

Answers = Mapping[str, AnswerValue]
"""Question id -> answer; a question without an answer is absent."""

_SPECIAL = {special.value: special for special in Special}

LARGEST, FINEST = Decimal(10) ** 15, -12
"""No answer is larger, or finer than so many decimals: a number of a million digits would stall the arithmetic."""


class AnswerError(ValueError):
    """A stored or given answer does not fit its question."""


DOLLARS = "USD"
"""The currency of every published amount in use."""


def currency_of(questionnaire: Questionnaire, answers: Answers) -> str | None:
    """The response's one currency as a code, or None while it is not chosen."""
    asked = (question.id for question in questionnaire.questions.values() if question.role == "currency")
    return next((chosen.upper() for name in asked if isinstance(chosen := answers.get(name), str)), None)


def parse_answer(question: Question, plain: object) -> AnswerValue:
    """Read one answer from its plain form (as in YAML or JSON); raises `AnswerError`."""
    # What people type stays text, whatever it says.
    if isinstance(plain, str) and plain in _SPECIAL and question.type not in TYPED:
        return _SPECIAL[plain]
    if question.is_numeric:
        return _number(question, plain)
    if question.type in {"multiple", "ranking"}:
        return _options(question, plain)
    text = str(plain)
    if question.type == "choice" and question.option(text) is None:
        raise AnswerError(f'"{question.id}" has no answer "{text}"')
    return text


def _number(question: Question, plain: object) -> Decimal:
    try:
        number = Decimal(str(plain))
    except InvalidOperation:
        raise AnswerError(f'"{question.id}" needs a number, not "{plain}"') from None
    if not number.is_finite() or abs(number) > LARGEST or int(number.as_tuple().exponent) < FINEST:
        raise AnswerError(f'"{question.id}" needs a number within reason, not "{plain}"')
    return number


def _options(question: Question, plain: object) -> tuple[str, ...]:
    if not isinstance(plain, list | tuple):
        raise AnswerError(f'"{question.id}" needs a list of answers')
    chosen = tuple(str(item) for item in plain)
    unknown = [item for item in chosen if question.option(item) is None]
    if unknown or len(set(chosen)) != len(chosen):
        raise AnswerError(f'"{question.id}" has unknown or repeated answers: {", ".join(unknown or chosen)}')
    if not chosen:
        raise AnswerError(f'"{question.id}" has an empty list: leave it out instead')
    if len(chosen) > 1 and any(option.exclusive for option in question.answers if option.id in chosen):
        raise AnswerError(f'"{question.id}" has an answer that rules out the others')
    return chosen


def parse_answers(questionnaire: Questionnaire, plain: Mapping[str, object]) -> dict[str, AnswerValue]:
    """Read a whole plain answer set; raises `AnswerError` for an unknown question or an unfit answer."""
    questions = questionnaire.questions
    unknown = sorted(set(plain) - set(questions))
    if unknown:
        raise AnswerError(f'"{questionnaire.id}" has no question "{unknown[0]}"')
    return {name: parse_answer(questions[name], value) for name, value in plain.items()}


def to_plain(answers: Answers) -> dict[str, str | list[str]]:
    """The plain, JSON-ready form of answers; `parse_answers` reads it back unchanged."""
    return {name: _plain(value) for name, value in answers.items()}


def _plain(value: AnswerValue) -> str | list[str]:
    if isinstance(value, Special):
        return value.value
    if isinstance(value, tuple):
        return list(value)
    return format(value, "f") if isinstance(value, Decimal) else value
