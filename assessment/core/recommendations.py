"""Advice in order: what opens the held gate first, then gain times ease (decision 11)."""

from collections.abc import Mapping
from fractions import Fraction

from assessment.core.averaging import AreaScore, at_best, overall_mean
from assessment.core.computing import inputs_of
from assessment.core.conditions import is_true, question_ids
from assessment.core.definition import TYPED, Question, Questionnaire, Recommendation
from assessment.core.lifting import lifts
from assessment.core.numbers import half_up_whole
from assessment.core.scorecard import Advice, Line
from assessment.core.scoring import Outcome
from assessment.core.staging import Held
from assessment.core.wording import answer_text

EASE = {"low": 3, "medium": 2, "high": 1}


def gain(areas: Mapping[str, AreaScore], improves: frozenset[str]) -> Fraction:
    """Overall points (0-100, exact) the shown overall would rise by if these items reached their best."""
    if not any(item.id in improves for area in areas.values() for item in area.items):
        return Fraction(0)
    today, best = overall_mean(areas), overall_mean(at_best(areas, improves))
    return Fraction(0) if today is None or best is None else max(best - today, Fraction(0)) * 100


def lifted(questionnaire: Questionnaire, advice: Recommendation) -> frozenset[str]:
    """The questions a recommendation works on: those it improves, or else those its condition rests on."""
    if advice.improves:
        return frozenset().union(*(inputs_of(questionnaire, name) for name in advice.improves))
    return frozenset(question_ids(questionnaire, advice.when))


def advise(questionnaire: Questionnaire, outcome: Outcome, currency: str | None) -> tuple[Advice, ...]:
    """All recommendations that apply, ranked."""
    applying = [r for r in questionnaire.recommendations if is_true(r.when, outcome.state)]
    scored = outcome.mean is not None and questionnaire.result == "stage"
    held = outcome.standing.held if outcome.standing else ()
    ranked = []
    for place, advice in enumerate(applying):
        exact = gain(outcome.areas, frozenset(advice.improves)) if scored else None
        opens = next((h for h in held if lifts(questionnaire, h, advice, outcome)), None)
        if questionnaire.result == "placement":
            order: tuple[Fraction, ...] = (Fraction(advice.priority), Fraction(place))
        else:
            order = (Fraction(opens is None), -(exact or Fraction(0)) * EASE[advice.effort], Fraction(place))
        ranked.append((order, _made(questionnaire, advice, outcome, currency, exact, opens)))
    return tuple(advice for _order, advice in sorted(ranked, key=lambda pair: pair[0]))


def _made(
    questionnaire: Questionnaire,
    advice: Recommendation,
    outcome: Outcome,
    currency: str | None,
    exact: Fraction | None,
    opens: Held | None,
) -> Advice:
    behind = lifted(questionnaire, advice)
    # What was typed never enters a scorecard.
    questions = [q for name, q in questionnaire.questions.items() if name in behind and q.type not in TYPED]
    return Advice(
        id=advice.id,
        title=advice.title,
        opens=None if opens is None else questionnaire.stages[opens.stage].title,
        gain=None if exact is None else half_up_whole(exact),
        effort=advice.effort,
        within=advice.within,
        gap=advice.gap,
        first_action=advice.first_action,
        measure=advice.measure,
        resource_title=advice.resource.title,
        resource_url=advice.resource.url,
        areas=_areas(questionnaire, advice),
        answers=tuple(_line(question, outcome, currency) for question in questions if question.id in outcome.answers),
        service=advice.service,
        evidence=advice.evidence,
        opening=advice.opening,
    )


def _areas(questionnaire: Questionnaire, advice: Recommendation) -> tuple[str, ...]:
    """The areas an advice lifts: a computed value's own, not those its inputs were asked in."""
    found: dict[str | None, None] = {}
    for name in advice.improves or question_ids(questionnaire, advice.when):
        computed = questionnaire.computed.get(name)
        if computed is None:
            found[questionnaire.area_of[name]] = None
        elif computed.score is not None:
            found[computed.score.area] = None
    return tuple(area for area in found if area is not None)


def _line(question: Question, outcome: Outcome, currency: str | None) -> Line:
    return Line(
        id=question.id, label=question.label, answer=answer_text(question, outcome.answers[question.id], currency)
    )
