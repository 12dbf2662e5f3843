"""Checks on personas: answers that can be given, expectations that can be met, and whether they are."""

from collections.abc import Iterable
from decimal import Decimal

from assessment.catalogue.checks.sheet import Sheet
from assessment.catalogue.shape import Path
from assessment.core.answers import AnswerError, parse_answer
from assessment.core.definition import Persona, Question
from assessment.core.personas import run


def check_personas(sheet: Sheet) -> None:
    """Names, answers and expectations of every persona, and the one sample."""
    personas = sheet.questionnaire.personas
    sheet.once("persona", ((("personas", number, "name"), one.name) for number, one in enumerate(personas)))
    for number, persona in enumerate(personas):
        _check_answers(sheet, ("personas", number, "answers"), persona)
        _check_expectations(sheet, ("personas", number, "expect"), persona)
    samples = [number for number, persona in enumerate(personas) if persona.sample]
    for number in samples[1:]:
        sheet.fault(("personas", number, "sample"), "there is already a sample persona")
    survey = sheet.questionnaire.kind == "survey"
    for number in samples if survey else ():
        sheet.fault(("personas", number, "sample"), "a survey has no scorecard, so it shows no sample of one")
    if sheet.questionnaire.status == "live" and not samples and not sheet.ghosts and not survey:
        sheet.fault(("status",), "a live questionnaire shows a sample: mark one persona with sample: true")
    _check_cover(sheet)


def run_personas(sheet: Sheet) -> None:
    """Run every persona through the engine; each difference from what is expected is a fault."""
    for number, persona in enumerate(sheet.questionnaire.personas):
        for difference in run(sheet.questionnaire, persona):
            sheet.fault(("personas", number), difference)


def _check_answers(sheet: Sheet, path: Path, persona: Persona) -> None:
    questions = sheet.questionnaire.questions
    for name, plain in persona.answers.items():
        at = (*path, name)
        if not sheet.known(at, "question", name, questions):
            continue
        question = questions[name]
        if plain == "dont_know" and not question.dont_know and not question.optional:
            sheet.fault(at, f'"{name}" does not offer dont_know')
        elif plain == "not_applicable" and not question.not_applicable:
            sheet.fault(at, f'"{name}" does not offer not_applicable')
        try:
            value = parse_answer(question, plain)
        except AnswerError as error:
            sheet.fault(at, str(error))
            continue
        if question.type == "ranking" and isinstance(value, tuple) and len(value) != question.places:
            sheet.fault(at, f'"{name}" puts {question.places} answers in order, not {len(value)}')
        if isinstance(value, Decimal):
            _check_bounds(sheet, at, question, value)


def _check_bounds(sheet: Sheet, path: Path, question: Question, value: Decimal) -> None:
    if question.min is not None and value < question.min:
        sheet.fault(path, f"{value} is below the least answer, {question.min}")
    if question.max is not None and value > question.max:
        sheet.fault(path, f"{value} is above the greatest answer, {question.max}")


def _check_expectations(sheet: Sheet, path: Path, persona: Persona) -> None:
    whole, expect = sheet.questionnaire, persona.expect
    locks = [gate.id for stage in whole.stages for gate in stage.requires]
    locks += [cap.id for caps in (whole.overall.caps, *(area.caps for area in whole.areas)) for cap in caps]
    named: tuple[tuple[str, str, Iterable[str], Iterable[str]], ...] = (
        ("stage", "stage", [expect.stage] if expect.stage else [], whole.stage),
        ("areas", "area", expect.areas, whole.area),
        ("area_stages", "area", expect.area_stages, whole.area),
        ("area_stages", "stage", expect.area_stages.values(), whole.stage),
        ("computed", "computed value", expect.computed, whole.computed),
        ("verdicts", "benchmark", expect.verdicts, [row.id for row in whole.benchmarks]),
        ("gates", "gate or cap", expect.gates or (), locks),
        ("contradictions", "contradiction", expect.contradictions or (), [one.id for one in whole.contradictions]),
        ("advice", "recommendation", expect.advice or (), [one.id for one in whole.recommendations]),
    )
    for key, what, names, known in named:
        for name in names:
            sheet.known((*path, key), what, name, known)


def _check_cover(sheet: Sheet) -> None:
    """Every stage, gate and cap is worth a persona that stands there or is held by it."""
    whole = sheet.questionnaire
    if whole.status != "live":
        return
    reached = {persona.expect.stage for persona in whole.personas}
    held = {name for persona in whole.personas for name in persona.expect.gates or ()}
    for number, stage in enumerate(whole.stages):
        if stage.id not in reached:
            sheet.warn(("stages", number), "no persona is expected on this stage")
        for place, gate in enumerate(stage.requires):
            if gate.id not in held:
                sheet.warn(("stages", number, "requires", place), "no persona is expected to be held by this gate")
    for place, cap in enumerate(whole.overall.caps):
        if cap.id not in held:
            sheet.warn(("overall", "caps", place), "no persona is expected to be held by this cap")
