"""Whether an advice lifts what holds one back: tried out, with everything it improves at its best (decision 11)."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from assessment.core.answers import AnswerValue
from assessment.core.averaging import AreaScore, at_best, overall_mean, overall_range, rounded
from assessment.core.computing import Value, scale
from assessment.core.conditions import Interval, State, Truth, clauses, holds, names_in, question_ids
from assessment.core.definition import (
    All,
    Any_,
    AreaIs,
    Computed,
    Condition,
    OverallIs,
    Question,
    Questionnaire,
    Recommendation,
)
from assessment.core.numbers import exact
from assessment.core.scoring import Outcome
from assessment.core.staging import Held


def lifts(questionnaire: Questionnaire, held: Held, advice: Recommendation, outcome: Outcome) -> bool:
    """Whether a gate's unmet clause would be met, or a cap's clause would let go, once the advice is followed.

    What it improves is set to its best. Unscored answers have no best: there it is enough that the clause names them.
    """
    works_on = frozenset(advice.improves or question_ids(questionnaire, advice.when))
    before = replace(outcome.state, strict=False)
    after: State | None = None
    wanted = held.kind == "gate"
    for clause in _parts(held.part.when, together=wanted):
        if _settled(holds(clause, before), wanted):
            continue
        touched = works_on & (names_in(clause) | frozenset(question_ids(questionnaire, clause)))
        if any(_has_no_best(questionnaire, name) for name in touched):
            return True
        if touched or _rests_on_scores(clause):
            after = after or _improved(questionnaire, works_on, outcome)
            if _settled(holds(clause, after), wanted):
                return True
    return False


def _rests_on_scores(condition: Condition) -> bool:
    return any(isinstance(clause, AreaIs | OverallIs) for clause in clauses(condition))


def _settled(truth: Truth, wanted: bool) -> bool:
    return truth is Truth.DROPPED or truth is (Truth.TRUE if wanted else Truth.FALSE)


def _parts(condition: Condition, *, together: bool) -> Iterator[Condition]:
    """The clauses that must each be dealt with: all of a gate's `all`, every one of a cap's `any`."""
    inner = condition.all if together and isinstance(condition, All) else ()
    inner = condition.any if not together and isinstance(condition, Any_) else inner
    if not inner:
        yield condition
    for clause in inner:
        yield from _parts(clause, together=together)


def _has_no_best(questionnaire: Questionnaire, name: str) -> bool:
    question = questionnaire.questions.get(name)
    return not question.is_scored if question else questionnaire.computed[name].score is None


def _improved(questionnaire: Questionnaire, improves: frozenset[str], outcome: Outcome) -> State:
    """The state with these questions and computed values at their best."""
    answers, computed = dict(outcome.answers), dict(outcome.computed)
    for name in improves:
        question, definition = questionnaire.questions.get(name), questionnaire.computed.get(name)
        if question is not None and question.is_scored and name in outcome.shown:
            answers[name] = _best_answer(question)
        elif definition is not None and definition.score is not None and computed[name].applies:
            computed[name] = _best_value(definition)
    areas = at_best(outcome.areas, improves)
    mean = overall_mean(areas)
    return replace(
        outcome.state,
        strict=False,
        answers=answers,
        computed=computed,
        areas={name: _interval(area) for name, area in areas.items()},
        overall=None if mean is None else _whole(rounded(mean, *overall_range(areas)).score),
    )


def _interval(area: AreaScore) -> Interval | None:
    return None if area.points is None else _whole(area.points.score)


def _whole(score: int) -> Interval:
    return Interval(score, score)


def _best_answer(question: Question) -> AnswerValue:
    if question.type == "multiple":
        return tuple(option.id for option in question.answers if option.points)
    if question.type == "choice":
        return max(question.answers, key=lambda option: option.points or 0).id
    if question.points is None:
        return question.max or Decimal(5)
    return max(question.points, key=lambda corner: corner[1])[0]


def _best_value(definition: Computed) -> Value:
    corners = definition.score.points if definition.score else ()
    best = max(corners, key=lambda corner: corner[1])[0]
    return Value(exact(best) / scale(definition.unit), definition.unit)
