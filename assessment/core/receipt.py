"""The receipt: every answer with what it added, in lines that sum to the score shown (decision 3)."""

from collections.abc import Sequence
from fractions import Fraction

from assessment.core.averaging import BEST, AreaScore
from assessment.core.definition import TYPED, Question, Questionnaire
from assessment.core.numbers import half_up_whole
from assessment.core.scorecard import Line
from assessment.core.scoring import Outcome
from assessment.core.wording import answer_text, unknown_text, value_text


def shares(exact: Sequence[Fraction], total: int) -> list[int]:
    """Whole parts of `total` in the proportions given, by largest remainder; they always sum to `total`."""
    parts = [int(value) for value in exact]
    left = total - sum(parts)
    order = sorted(range(len(exact)), key=lambda at: (parts[at] - exact[at], at))
    while left and any(exact):
        step = 1 if left > 0 else -1
        for at in order if step > 0 else reversed(order):
            if not left:
                break
            # A line worth nothing adds nothing, whatever was rounded.
            if exact[at] and parts[at] + step >= 0:
                parts[at] += step
                left -= step
    return parts


def area_lines(
    questionnaire: Questionnaire, area_id: str, score: AreaScore | None, outcome: Outcome, currency: str | None
) -> tuple[Line, ...]:
    """The answers of one area, then its scored computed values."""
    adds = _adds(score)
    points = {item.id: item.points for item in score.items} if score else {}
    lines = [
        _answer_line(question, outcome, currency, points.get(name), adds.get(name))
        for name, question in questionnaire.questions.items()
        if questionnaire.area_of[name] == area_id and name in outcome.shown
    ]
    for name, computed in questionnaire.computed.items():
        if computed.score is not None and computed.score.area == area_id and outcome.computed[name].applies:
            text = value_text(computed, outcome.computed[name], currency) or unknown_text(outcome.computed[name])
            lines.append(_line(name, computed.title, text, points.get(name), adds.get(name)))
    return tuple(lines)


def _adds(score: AreaScore | None) -> dict[str, str]:
    """What each known item adds to the area's rounded score, in tenths of a point."""
    if score is None or score.mean is None or score.points is None:
        return {}
    known = [(item.id, item.weight, item.points) for item in score.items if item.points is not None]
    weight = sum(each for _id, each, _points in known)
    exact = [Fraction(each * points, weight) for _id, each, points in known]
    tenths = shares(exact, score.points.score * 10)
    return {name: f"{part // 10}.{part % 10}" for (name, _weight, _points), part in zip(known, tenths, strict=True)}


def _answer_line(
    question: Question, outcome: Outcome, currency: str | None, points: int | None, adds: str | None
) -> Line:
    answer = outcome.answers.get(question.id)
    if question.type in TYPED:
        return Line(id=question.id, label=question.label, answer="", typed=answer is not None)
    text = "Not answered" if answer is None else answer_text(question, answer, currency)
    return _line(question.id, question.label, text, points, adds)


def _line(name: str, label: str, text: str, points: int | None, adds: str | None) -> Line:
    whole = None if points is None else half_up_whole(Fraction(points * 100, BEST))
    return Line(id=name, label=label, answer=text, points=whole, adds=adds)


def other_lines(
    questionnaire: Questionnaire, outcome: Outcome, currency: str | None, areas: frozenset[str]
) -> tuple[Line, ...]:
    """Answers that belong to none of the areas shown; typed ones are named only."""
    return tuple(
        _answer_line(question, outcome, currency, None, None)
        for name, question in questionnaire.questions.items()
        if questionnaire.area_of[name] not in areas and name in outcome.shown and name in outcome.answers
    )
