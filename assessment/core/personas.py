"""Personas: named answers that must come out as their author expects."""

from collections.abc import Iterator

from assessment.core.answers import AnswerError, currency_of, parse_answers
from assessment.core.benchmarks import comparisons, exact_of
from assessment.core.definition import Expectation, Persona, Questionnaire
from assessment.core.numbers import decimals_of, exact, half_up
from assessment.core.recommendations import advise
from assessment.core.scoring import Outcome, assess
from assessment.core.survey import fitting


def run(questionnaire: Questionnaire, persona: Persona) -> tuple[str, ...]:
    """What differs from what the persona expects; empty when all is as expected."""
    try:
        answers = parse_answers(questionnaire, persona.answers)
    except AnswerError as error:
        return (str(error),)
    outcome = assess(questionnaire, answers)
    return tuple(_differences(questionnaire, persona.expect, outcome))


def _differences(questionnaire: Questionnaire, expect: Expectation, outcome: Outcome) -> Iterator[str]:
    if expect.stage is not None and outcome.stage_id != expect.stage:
        yield f"stage is {outcome.stage_id}, expected {expect.stage}"
    if expect.no_stage and outcome.stage_id is not None:
        yield f"stage is {outcome.stage_id}, expected none"
    score = outcome.overall.score if outcome.overall else None
    if expect.overall is not None and score != expect.overall:
        yield f"overall is {score}, expected {expect.overall}"
    span = (outcome.overall.low, outcome.overall.high) if outcome.overall else None
    if expect.range is not None and span != expect.range:
        yield f"range is {span}, expected {expect.range}"
    fits = fitting(questionnaire, outcome.answers)
    if expect.fits is not None and fits != expect.fits:
        yield f"the assessment that fits is {fits}, expected {expect.fits}"
    yield from _areas(questionnaire, expect, outcome)
    yield from _numbers(questionnaire, expect, outcome)
    yield from _lists(questionnaire, expect, outcome)


def _areas(questionnaire: Questionnaire, expect: Expectation, outcome: Outcome) -> Iterator[str]:
    for name, wanted in expect.areas.items():
        area = outcome.areas.get(name)
        found = area.points.score if area and area.points else None
        if found != wanted:
            yield f"area {name} is {found}, expected {wanted}"
    for name, stage in expect.area_stages.items():
        index = outcome.area_stages.get(name)
        found_stage = None if index is None else questionnaire.stages[index].id
        if found_stage != stage:
            yield f"area {name} stands at {found_stage}, expected {stage}"


def _numbers(questionnaire: Questionnaire, expect: Expectation, outcome: Outcome) -> Iterator[str]:
    for name, wanted in expect.computed.items():
        value = exact_of(questionnaire, name, outcome)
        found = None if value is None else half_up(value, decimals_of(wanted))
        if found != exact(wanted):
            yield f"{name} is {None if found is None else float(found)}, expected {wanted}"
    if expect.verdicts:
        rows = comparisons(questionnaire, outcome, currency_of(questionnaire, outcome.answers))
        verdicts = {row.id: row.verdict for row in rows}
        for name, verdict in expect.verdicts.items():
            if verdicts.get(name) != verdict:
                yield f"verdict of {name} is {verdicts.get(name, 'not shown')}, expected {verdict}"


def _lists(questionnaire: Questionnaire, expect: Expectation, outcome: Outcome) -> Iterator[str]:
    held = tuple(each.part.id for each in outcome.standing.held) if outcome.standing else ()
    if expect.gates is not None and set(held) != set(expect.gates):
        yield f"held by {', '.join(held) or 'nothing'}, expected {', '.join(expect.gates) or 'nothing'}"
    if expect.contradictions is not None and set(outcome.contradictions) != set(expect.contradictions):
        found = ", ".join(outcome.contradictions) or "none"
        yield f"contradictions are {found}, expected {', '.join(expect.contradictions) or 'none'}"
    if expect.advice is not None:
        advice = tuple(item.id for item in advise(questionnaire, outcome, None))[: len(expect.advice)]
        if advice != expect.advice:
            yield f"advice begins {', '.join(advice) or 'with nothing'}, expected {', '.join(expect.advice)}"
