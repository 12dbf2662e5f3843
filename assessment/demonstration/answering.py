"""Plausible answers to any questionnaire: somebody's maturity steers the choices, a persona's figures the numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from math import exp
from random import Random

from assessment.core.answers import Answers, AnswerValue, Special, parse_answers
from assessment.core.checking import contradicted
from assessment.core.definition import TYPED, Option, Question, Questionnaire
from assessment.core.routing import is_shown, must_answer, required_missing
from assessment.core.scoring import assess

UNITS = (
    "EMEA support",
    "Storage line",
    "Field service",
    "Cloud platform",
    "Core product",
    "North America",
    "Enterprise",
)
SENTENCES = (
    "We grew faster than the team, and the process stayed where it was.",
    "Ownership moved twice last year; the figures are only now coming together.",
    "Our largest customers are looked after well. The long tail hears from us at the renewal.",
)
TRIES = 6
"""How often numbers are drawn before a persona's own are taken as they are."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A persona's answers and how mature they are, 0 to 1: figures that belong together."""

    maturity: float
    answers: Answers


@dataclass(frozen=True, slots=True)
class Temper:
    """What somebody is like: maturity (0 to 1) by area, how often they do not know, how large their figures are."""

    overall: float
    areas: dict[str, float]
    unsure: float
    size: float


class NoWay(ValueError):
    """No plausible and sound answers were found for a questionnaire."""


def patterns_of(questionnaire: Questionnaire) -> tuple[Pattern, ...]:
    """The personas that a definition brings, each with its maturity (0.5 where nothing is scored)."""
    found = []
    for persona in questionnaire.personas:
        answers = parse_answers(questionnaire, persona.answers)
        overall = assess(questionnaire, answers).overall
        found.append(Pattern(overall.score / 100 if overall else 0.5, answers))
    return tuple(found)


def temper(questionnaire: Questionnaire, maturity: float, rng: Random) -> Temper:
    """Somebody of this maturity (0 to 1): stronger here, weaker there."""
    areas = {area.id: _clip(maturity + _leaning(area.id) + rng.gauss(0, 0.14)) for area in questionnaire.areas}
    unsure = 0.3 if rng.random() < 0.05 else 0.05 * (1.4 - maturity)
    return Temper(maturity, areas, unsure, exp(rng.gauss(0, 0.8)))


def _leaning(area: str) -> float:
    """How much better or worse than elsewhere an area stands with everybody; always the same for one area."""
    return Random(area).uniform(-0.13, 0.1)


def plausible(
    questionnaire: Questionnaire, patterns: Sequence[Pattern], who: Temper, rng: Random
) -> dict[str, AnswerValue]:
    """Answers that could be submitted: nothing required is missing, and what was typed fits together.

    Raises `NoWay` when a definition without fitting personas allows none of those drawn.
    """
    near = [exp(-(((pattern.maturity - who.overall) / 0.2) ** 2)) + 0.001 for pattern in patterns]
    pattern = rng.choices(patterns, near)[0] if patterns else None
    for attempt in range(TRIES):
        answers = _draw(questionnaire, pattern, who, rng, spread=0.04 if attempt < TRIES - 2 else 0.0)
        if is_sound(questionnaire, answers):
            return answers
    for known in ([pattern] if pattern else []) + list(patterns):
        if is_sound(questionnaire, known.answers):
            return dict(known.answers)
    raise NoWay(questionnaire.id)


def is_sound(questionnaire: Questionnaire, answers: Answers) -> bool:
    """Whether these answers could be submitted."""
    return not required_missing(questionnaire, answers) and not contradicted(questionnaire, answers)


def _draw(
    questionnaire: Questionnaire, pattern: Pattern | None, who: Temper, rng: Random, spread: float
) -> dict[str, AnswerValue]:
    answers: dict[str, AnswerValue] = {}
    for page in questionnaire.pages:
        maturity = who.areas.get(page.area or "", who.overall)
        hurried = rng.random() < 0.25  # leaves out every number of the page that may be left out
        for question in page.questions:
            if not is_shown(question, answers):
                continue
            if question.is_numeric and question.type != "scale":
                value = _number(question, pattern, maturity, who, rng, spread=spread, skip=hurried)
            else:
                value = _choice(questionnaire, question, maturity, who, rng)
            if value is not None:
                answers[question.id] = value
    return answers


def _choice(
    questionnaire: Questionnaire, question: Question, maturity: float, who: Temper, rng: Random
) -> AnswerValue | None:
    if question.type in TYPED:
        return _typed(question, rng)
    if not must_answer(question) and rng.random() < 0.2:
        return None
    if question.dont_know and rng.random() < who.unsure:
        return Special.DONT_KNOW
    if question.not_applicable and rng.random() < 0.06:
        return Special.NOT_APPLICABLE
    if question.type == "scale":
        low, high = question.min or Decimal(1), question.max if question.max is not None else Decimal(5)
        return low + round(float(high - low) * _clip(maturity + rng.gauss(0, 0.18)))
    if question.type == "ranking":
        return tuple(rng.sample([option.id for option in question.answers], len(question.answers)))
    weights = _weights(questionnaire, question, maturity)
    if question.type == "multiple":
        return _several(question.answers, weights, rng)
    return rng.choices(question.answers, weights)[0].id


def _typed(question: Question, rng: Random) -> str | None:
    if not must_answer(question) and rng.random() < 0.6:
        return None
    if question.type == "email":
        return "somebody@customer.example"
    text = rng.choice(UNITS if question.type == "short_text" else SENTENCES)
    return text[: question.max_length or 2000]


def _weights(questionnaire: Questionnaire, question: Question, maturity: float) -> list[float]:
    """How likely each option is: near somebody's maturity where options are ordered, the first ones elsewhere."""
    if question.role != "answer":
        return [1 / (1 + 0.5 * place) for place in range(len(question.answers))]
    places = _places(questionnaire, question)
    width = 0.16 if question.is_scored else 0.3
    return [exp(-(((place - maturity) / width) ** 2) / 2) + 0.01 for place in places]


def _places(questionnaire: Questionnaire, question: Question) -> list[float]:
    """Where each option stands from 0 to 1: by its points, by the stages it stands for, or by the order asked."""
    options, last = question.answers, max(len(question.answers) - 1, 1)
    if question.is_scored:
        return [float(option.points or 0) for option in options]
    rank = {stage.id: place for place, stage in enumerate(questionnaire.stages)}
    top = max(len(rank) - 1, 1)
    if all(option.places for option in options):
        return [sum(rank[stage] for stage in option.places or ()) / 2 / top for option in options]
    return [place / last for place in range(len(options))]


def _several(options: Sequence[Option], weights: Sequence[float], rng: Random) -> tuple[str, ...]:
    alone = [option.id for option in options if option.exclusive]
    if alone and rng.random() < 0.1:
        return (rng.choice(alone),)
    most = max(weights)
    chosen = [
        option.id
        for option, weight in zip(options, weights, strict=True)
        if not option.exclusive and rng.random() < 0.15 + 0.5 * weight / most
    ]
    if chosen:
        return tuple(chosen)
    return (rng.choice([option.id for option in options if not option.exclusive] or alone),)


def _number(
    question: Question,
    pattern: Pattern | None,
    maturity: float,
    who: Temper,
    rng: Random,
    *,
    spread: float,
    skip: bool,
) -> AnswerValue | None:
    needed = must_answer(question)
    if question.dont_know and rng.random() < 2 * who.unsure:
        return Special.DONT_KNOW
    if skip and not needed:
        return None
    if question.points is not None:
        return _within(question, Decimal(round(_where(question, _clip(maturity + rng.gauss(0, 0.12))))))
    known = pattern.answers.get(question.id) if pattern else None
    if isinstance(known, Decimal):
        return _like(question, known, who.size, 1 + rng.gauss(0, spread))
    return _invented(question, rng) if needed or pattern is None else None


def _where(question: Question, points: float) -> float:
    """The value that gets so many points (0 to 1) on the question's line."""
    corners = [(float(value), float(worth)) for value, worth in question.points or ()]
    for (x0, y0), (x1, y1) in pairwise(corners):
        if min(y0, y1) <= points <= max(y0, y1) and y0 != y1:
            return x0 + (x1 - x0) * (points - y0) / (y1 - y0)
    return corners[-1][0]


def _like(question: Question, known: Decimal, size: float, jitter: float) -> Decimal:
    """A figure like a persona's: shares a little different, amounts of another size, decimals as they were."""
    scale = jitter if question.measured_in == "percent" else size * jitter
    unit = Decimal(1).scaleb(min(0, int(known.as_tuple().exponent)))
    return _within(question, (known * Decimal(scale)).quantize(unit, rounding=ROUND_HALF_UP))


def _invented(question: Question, rng: Random) -> Decimal:
    if question.measured_in == "percent":
        return _within(question, Decimal(rng.randint(5, 95)))
    return _within(question, Decimal(round(exp(rng.gauss(6, 1.5)))))


def _within(question: Question, value: Decimal) -> Decimal:
    if question.min is not None:
        value = max(value, question.min)
    return value if question.max is None else min(value, question.max)


def _clip(value: float) -> float:
    return min(1.0, max(0.0, value))
