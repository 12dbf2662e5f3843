"""Which pages and questions apply, what is still missing, and how long it takes (format decisions 1, 2 and 12)."""

from collections.abc import Mapping
from decimal import Decimal

from assessment.core.answers import Answers, AnswerValue
from assessment.core.conditions import State, is_true
from assessment.core.definition import Page, Question, Questionnaire

SECONDS = {"choice": 12, "multiple": 12, "scale": 12, "ranking": 25, "number": 25, "percent": 25, "money": 25}
SECONDS_TEXT = 40
"""Seconds a question takes: 12 a choice, 25 a number or a ranking, 40 a text."""


def is_shown(question: Question, answers: Mapping[str, object]) -> bool:
    """Whether a question applies, by answers that apply themselves (see `visible`)."""
    if question.show_if is None:
        return True
    state = State(shown=names_in(question.show_if), answers=answers)  # type: ignore[arg-type]
    return is_true(question.show_if, state)


def visible[A](questionnaire: Questionnaire, answers: Mapping[str, A]) -> dict[str, A]:
    """The answers of questions that apply: hidden answers never count, not even to show others."""
    shown = shown_ids(questionnaire, answers)
    return {name: value for name, value in answers.items() if name in shown}


def shown_ids(questionnaire: Questionnaire, answers: Mapping[str, object]) -> frozenset[str]:
    """The ids of all questions that apply."""
    shown: set[str] = set()
    hidden: set[str] = set()
    for name, question in questionnaire.questions.items():
        # A condition names earlier questions only, so what is hidden is known by now.
        counted = {key: value for key, value in answers.items() if key not in hidden} if hidden else answers
        (shown if is_shown(question, counted) else hidden).add(name)
    return frozenset(shown)


def shown_questions(page: Page, answers: Answers) -> tuple[Question, ...]:
    """The questions of a page that apply."""
    return tuple(question for question in page.questions if is_shown(question, answers))


def shown_pages(questionnaire: Questionnaire, answers: Answers) -> tuple[Page, ...]:
    """The pages that have something to ask."""
    shown = shown_ids(questionnaire, answers)
    return tuple(page for page in questionnaire.pages if any(question.id in shown for question in page.questions))


def must_answer(question: Question) -> bool:
    """Whether a question needs an answer before submitting; "I don't know" is one."""
    if question.optional or question.type in {"short_text", "long_text", "email", "ranking"}:
        return False
    if question.type in {"number", "percent", "money"}:
        return question.is_scored
    return True


def required_missing(questionnaire: Questionnaire, answers: Mapping[str, object]) -> tuple[tuple[int, Question], ...]:
    """The questions that still need an answer, each with the index of its page."""
    return tuple(
        (index, question)
        for index, page in enumerate(questionnaire.pages)
        for question in page.questions
        if must_answer(question) and question.id not in answers and is_shown(question, answers)
    )


def seconds(question: Question) -> int:
    """How long a question takes."""
    return SECONDS.get(question.type, SECONDS_TEXT)


def minutes(questionnaire: Questionnaire) -> tuple[int, int]:
    """Whole minutes of the shortest way (nothing optional, nothing conditional) and the longest (everything)."""
    questions = questionnaire.questions.values()
    shortest = sum(seconds(q) for q in questions if q.show_if is None and must_answer(q))
    longest = sum(seconds(q) for q in questions)
    return _minutes(shortest), _minutes(longest)


def _minutes(spent: int) -> int:
    return max(1, int((Decimal(spent) / 60).quantize(Decimal(1), rounding="ROUND_HALF_UP")))
