"""Which pages and questions apply, what is still missing, and how long it takes (format decisions 1, 2 and 12)."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import product
from math import prod

from assessment.core.answers import Answers, AnswerValue
from assessment.core.calculating import needed
from assessment.core.conditions import State, is_true, names_in
from assessment.core.definition import Page, Question, Questionnaire

SECONDS = {"choice": 12, "multiple": 12, "scale": 12, "ranking": 25, "number": 25, "percent": 25, "money": 25}
SECONDS_TEXT = 40
"""Seconds a question takes: 12 a choice, 25 a number or a ranking, 40 a text."""
MAX_WAYS = 512
"""Ways through a questionnaire that are walked to time it; beyond these the outer bounds are given."""


def is_shown(question: Question, answers: Mapping[str, object]) -> bool:
    """Whether a question applies, by answers that apply themselves (see `visible`)."""
    if question.show_if is None:
        return True
    state = State(shown=names_in(question.show_if), answers=answers)  # type: ignore[arg-type]
    return is_true(question.show_if, state)


def shown_ids(questionnaire: Questionnaire, answers: Mapping[str, object]) -> frozenset[str]:
    """The ids of all questions that apply; a hidden answer does not show others either."""
    counted, shown = dict(answers), set()
    for name, question in questionnaire.questions.items():
        # A condition names earlier questions only: what is hidden has left `counted` by now.
        if is_shown(question, counted):
            shown.add(name)
        else:
            counted.pop(name, None)
    return frozenset(shown)


def visible(questionnaire: Questionnaire, answers: Answers) -> dict[str, AnswerValue]:
    """The answers of questions that apply: hidden answers never count."""
    shown = shown_ids(questionnaire, answers)
    return {name: value for name, value in answers.items() if name in shown}


def shown_questions(page: Page, answers: Answers) -> tuple[Question, ...]:
    """The questions of a page that apply."""
    return tuple(question for question in page.questions if is_shown(question, answers))


def shown_pages(questionnaire: Questionnaire, answers: Answers) -> tuple[Page, ...]:
    """The pages that have something to ask."""
    shown = shown_ids(questionnaire, answers)
    return tuple(page for page in questionnaire.pages if any(question.id in shown for question in page.questions))


def must_answer(question: Question) -> bool:
    """Whether a question needs an answer before submitting; "I don't know" is one."""
    if question.optional or question.role != "answer":
        return not question.optional
    if question.type in {"short_text", "long_text", "email"}:
        return False
    if question.type in {"number", "percent", "money"}:
        return question.is_scored
    return True


def required_missing(questionnaire: Questionnaire, answers: Mapping[str, object]) -> tuple[tuple[int, Question], ...]:
    """The questions that still need an answer, each with the index of its page."""
    shown = shown_ids(questionnaire, answers)
    return tuple(
        (index, question)
        for index, page in enumerate(questionnaire.pages)
        for question in page.questions
        if must_answer(question) and question.id not in answers and question.id in shown
    )


def seconds(question: Question) -> int:
    """How long a question takes."""
    return SECONDS.get(question.type, SECONDS_TEXT)


def minutes(questionnaire: Questionnaire) -> tuple[int, int]:
    """Whole minutes of the shortest way (nothing optional) and the longest (everything that it shows)."""
    questions = questionnaire.questions.values()
    if questionnaire.kind == "calculator":
        wanted = needed(questionnaire)  # its page asks everything, and marks all but these as optional
        return _minutes(sum(seconds(q) for q in questions if q.id in wanted)), _minutes(sum(map(seconds, questions)))
    steering = _steering(questionnaire)
    if any(q.type != "choice" for q in steering) or prod(len(q.answers) + 1 for q in steering) > MAX_WAYS:
        shortest = sum(seconds(q) for q in questions if q.show_if is None and must_answer(q))
        return _minutes(shortest), _minutes(sum(seconds(q) for q in questions))
    ways = [[q for q in questions if q.id in shown] for shown in _ways(questionnaire, steering)]
    shortest = min(sum(seconds(q) for q in way if must_answer(q)) for way in ways)
    return _minutes(shortest), _minutes(max(sum(map(seconds, way)) for way in ways))


def minutes_words(questionnaire: Questionnaire) -> str:
    """ "5 to 7 minutes", computed from the shortest and the longest way."""
    low, high = minutes(questionnaire)
    if low == high:
        return f"{low} minute" if low == 1 else f"{low} minutes"
    return f"{low} to {high} minutes"


def _steering(questionnaire: Questionnaire) -> list[Question]:
    """The questions that decide what else is shown."""
    conditions = (q.show_if for q in questionnaire.questions.values() if q.show_if is not None)
    named = frozenset().union(*map(names_in, conditions))
    return [question for name, question in questionnaire.questions.items() if name in named]


def _ways(questionnaire: Questionnaire, steering: list[Question]) -> Iterator[frozenset[str]]:
    """What each choice of the ways through shows; what may stay open is tried open too."""
    open_ended = {q.id for q in steering if q.dont_know or q.not_applicable or not must_answer(q)}
    options = [[o.id for o in q.answers] + ([None] if q.id in open_ended else []) for q in steering]
    for chosen in product(*options):
        way = {q.id: option for q, option in zip(steering, chosen, strict=True) if option is not None}
        yield shown_ids(questionnaire, way)


def _minutes(spent: int) -> int:
    return max(1, int((Decimal(spent) / 60).quantize(Decimal(1), rounding="ROUND_HALF_UP")))
