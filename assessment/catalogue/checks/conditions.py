"""Checks on conditions: what they name exists and can be tested so, and each place keeps to its own subset."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from assessment.catalogue.checks.sheet import Sheet
from assessment.catalogue.shape import Path
from assessment.core.definition import (
    All,
    AnswerIs,
    Any_,
    AreaIs,
    ComputedIs,
    Condition,
    FlagIs,
    Known,
    Not,
    OverallIs,
    StageBelow,
    StageIs,
)
from assessment.core.formulas import FormulaError, parse

Clause = AnswerIs | Known | FlagIs | ComputedIs | AreaIs | OverallIs | StageIs | StageBelow
_ANYWHERE: tuple[type, ...] = (AnswerIs, Known, FlagIs, ComputedIs, AreaIs, OverallIs, StageIs, StageBelow)
_ALLOWED: dict[str, tuple[type, ...]] = {
    "show_if": (AnswerIs,),
    "case": (AnswerIs, Known),
    "gate": (AnswerIs, Known, FlagIs, ComputedIs, AreaIs, OverallIs),
    "cap": (AnswerIs, Known, FlagIs, ComputedIs, AreaIs, OverallIs),
}
_WHY_NOT = {
    "show_if": "show_if asks for route and profile answers only",
    "case": "the case of a formula asks for answers and known values only",
    "gate": "a gate decides the stage and cannot ask for it",
    "cap": "a cap decides the stage and cannot ask for it",
}


@dataclass(frozen=True, slots=True)
class Place:
    """A condition and where it stands; `page` is that of the question a `show_if` belongs to."""

    kind: str
    path: Path
    condition: Condition
    page: int = 0


def clauses(path: Path, condition: Condition) -> Iterator[tuple[Path, Clause]]:
    """The single clauses of a condition with their paths."""
    if isinstance(condition, All | Any_):
        word, parts = ("all", condition.all) if isinstance(condition, All) else ("any", condition.any)
        for number, part in enumerate(parts):
            yield from clauses((*path, word, number), part)
    elif isinstance(condition, Not):
        yield from clauses((*path, "not"), condition.not_)
    else:
        yield path, condition


def places(sheet: Sheet) -> Iterator[Place]:
    """Every condition of the questionnaire."""
    whole = sheet.questionnaire
    for path, number, question in sheet.placed:
        if question.show_if is not None:
            yield Place("show_if", (*path, "show_if"), question.show_if, number)
    for name, computed in whole.computed.items():
        for number, case in enumerate(computed.cases):
            yield Place("case", ("computed", name, "cases", number, "when"), case.when)
    for path, holder in _holders(sheet):
        if holder is not None:
            yield Place(_KINDS.get(str(path[-3]), str(path[0])), path, holder)


_KINDS = {"requires": "gate", "caps": "cap"}


def _holders(sheet: Sheet) -> Iterator[tuple[Path, Condition | None]]:
    whole = sheet.questionnaire
    for number, stage in enumerate(whole.stages):
        for place, gate in enumerate(stage.requires):
            yield ("stages", number, "requires", place, "when"), gate.when
    for number, area in enumerate(whole.areas):
        for place, cap in enumerate(area.caps):
            yield ("areas", number, "caps", place, "when"), cap.when
    for place, cap in enumerate(whole.overall.caps):
        yield ("overall", "caps", place, "when"), cap.when
    for number, benchmark in enumerate(whole.benchmarks):
        yield ("benchmarks", number, "when"), benchmark.when
        for place, otherwise in enumerate(benchmark.else_):
            yield ("benchmarks", number, "else", place, "when"), otherwise.when
    named: Iterable[tuple[str, Iterable[Condition | None]]] = (
        ("exhibits", [exhibit.when for exhibit in whole.exhibits]),
        ("contradictions", [contradiction.when for contradiction in whole.contradictions]),
        ("recommendations", [recommendation.when for recommendation in whole.recommendations]),
    )
    for key, conditions in named:
        for number, condition in enumerate(conditions):
            yield (key, number, "when"), condition


def check_conditions(sheet: Sheet) -> None:
    """Every clause of every condition."""
    for place in places(sheet):
        for path, clause in clauses(place.path, place.condition):
            if not isinstance(clause, _ALLOWED.get(place.kind, _ANYWHERE)):
                sheet.fault(path, _WHY_NOT[place.kind])
            elif place.kind == "show_if" and isinstance(clause, AnswerIs):
                _check_route(sheet, path, clause, place.page)
            _check_clause(sheet, path, clause)
            if place.kind in ("gate", "cap") and isinstance(clause, AnswerIs):
                _check_gate_question(sheet, clause.question)


def flags_of(sheet: Sheet, name: str) -> set[str]:
    """The flags that a computed value may carry: its own, and those of the values that it is computed from."""
    flags: set[str] = set()
    waiting, seen = [name], set[str]()
    while waiting:
        computed = sheet.questionnaire.computed.get(current := waiting.pop())
        if computed is None or current in seen:
            continue
        seen.add(current)
        flags.update(assumption.flag for assumption in computed.assume.values())
        for text in (computed.formula, *(case.formula for case in computed.cases)):
            waiting.extend(names_in(text) if text is not None else ())
    return flags


def names_in(formula: str) -> frozenset[str]:
    """The names in a formula; none if it cannot be read (a fault that is reported elsewhere)."""
    try:
        return parse(formula).names
    except FormulaError:
        return frozenset()


def _check_gate_question(sheet: Sheet, name: str) -> None:
    question = sheet.questionnaire.questions.get(name)
    if question is not None and question.not_applicable and question.not_applicable_because is None:
        path = (*sheet.path_of[name], "not_applicable")
        sheet.fault(path, "a gate or cap rests on this answer: say not_applicable_because, or leave not_applicable out")


def _check_route(sheet: Sheet, path: Path, clause: AnswerIs, page: int) -> None:
    question = sheet.questionnaire.questions.get(clause.question)
    if question is None:
        return
    if question.role not in ("route", "profile"):
        sheet.fault((*path, "question"), f'show_if rests on "{question.id}", whose role is neither route nor profile')
    if sheet.page_of[question.id] >= page:
        sheet.fault((*path, "question"), f'show_if names "{question.id}", which is not asked on an earlier page')


def _check_clause(sheet: Sheet, path: Path, clause: Clause) -> None:
    whole = sheet.questionnaire
    if isinstance(clause, AnswerIs):
        _check_answer(sheet, path, clause)
    elif isinstance(clause, Known):
        names = (*whole.computed, *sheet.numeric)
        sheet.known((*path, "known"), "computed value or numeric question", clause.known, names)
    elif isinstance(clause, FlagIs):
        flags = flags_of(sheet, clause.flag.computed)
        if sheet.known((*path, "flag", "computed"), "computed value", clause.flag.computed, whole.computed):
            sheet.known((*path, "flag", "is"), f'flag of "{clause.flag.computed}" called', clause.flag.is_, flags)
    elif isinstance(clause, ComputedIs):
        sheet.known((*path, "computed"), "computed value", clause.computed, whole.computed)
        if clause.computed in sheet.rows:
            sheet.fault((*path, "computed"), f'"{clause.computed}" is a row of values (over), not one value')
    elif isinstance(clause, AreaIs):
        if sheet.known((*path, "area"), "area", clause.area, whole.area) and whole.area[clause.area].weight == 0:
            sheet.fault((*path, "area"), f'area "{clause.area}" has weight 0 and never a score')
    elif isinstance(clause, StageIs | StageBelow):
        key, stage = ("stage", clause.stage) if isinstance(clause, StageIs) else ("stage_below", clause.stage_below)
        sheet.known((*path, key), "stage", stage, whole.stage)


def _check_answer(sheet: Sheet, path: Path, clause: AnswerIs) -> None:
    question = sheet.questionnaire.questions.get(clause.question)
    if question is None:
        sheet.known((*path, "question"), "question", clause.question, sheet.questionnaire.questions)
        return
    options = [option.id for option in question.answers]
    for key, named, wanted in (("in", clause.in_, "choice"), ("includes", clause.includes, "multiple")):
        if named is None:
            continue
        if question.type != wanted:
            hint = {"choice": "use in", "multiple": "use includes"}.get(question.type, "use a bound or answered")
            sheet.fault((*path, key), f'"{key}" does not fit "{question.id}" ({question.type}): {hint}')
            continue
        for place, option in enumerate(named):
            sheet.known((*path, key, place), f'answer of "{question.id}" called', option, options)
    if (clause.at_least is not None or clause.below is not None) and not question.is_numeric:
        sheet.fault(path, f'"{question.id}" is no number: at_least and below do not fit it')
