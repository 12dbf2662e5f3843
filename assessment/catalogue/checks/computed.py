"""Checks on computed values: formulas that can be read, names that exist before they are used, scores that span."""

from assessment.catalogue.checks.points import check_corners
from assessment.catalogue.checks.sheet import Sheet
from assessment.catalogue.shape import Path
from assessment.core.definition import Assumption, Computed
from assessment.core.formulas import FormulaError, parse

MAX_STEPS = 60


def check_computed(sheet: Sheet) -> None:
    """Every computed value, in the order of the file."""
    earlier: list[str] = []
    for name, computed in sheet.questionnaire.computed.items():
        path: Path = ("computed", name)
        if name in sheet.questionnaire.questions:
            sheet.fault(path, f'"{name}" is also the id of a question')
        _check_parts(sheet, path, computed)
        inputs = {used for at, text in _formulas(path, computed) for used in _names(sheet, at, text, computed, earlier)}
        for assumed, assumption in computed.assume.items():
            _check_assumption(sheet, (*path, "assume", assumed), assumed, assumption, inputs)
        flags = [((*path, "assume", key, "flag"), assumption.flag) for key, assumption in computed.assume.items()]
        sheet.once("flag", flags)
        earlier.append(name)


def _formulas(path: Path, computed: Computed) -> list[tuple[Path, str]]:
    own = [((*path, "formula"), computed.formula)] if computed.formula is not None else []
    return own + [((*path, "cases", place, "formula"), case.formula) for place, case in enumerate(computed.cases)]


def _check_parts(sheet: Sheet, path: Path, computed: Computed) -> None:
    if (computed.formula is None) == (not computed.cases):
        sheet.fault(path, "a computed value has either a formula or cases")
    if computed.cases and computed.otherwise is None:
        sheet.fault(path, 'cases need "otherwise": why there is no value when none of them fits')
    for low, high in (computed.over or {}).values():
        if not 0 <= low < high <= MAX_STEPS:
            sheet.fault((*path, "over"), f"n goes from a smaller to a larger whole number, at most {MAX_STEPS}")
    if computed.score is None:
        return
    score = (*path, "score")
    if computed.over is not None:
        sheet.fault(score, "a row of values (over) cannot be scored")
    check_corners(sheet, (*score, "points"), computed.score.points)
    areas = sheet.questionnaire.area
    if sheet.known((*score, "area"), "area", computed.score.area, areas) and areas[computed.score.area].weight == 0:
        sheet.fault((*score, "area"), f'area "{computed.score.area}" has weight 0 and is never scored')


def _names(sheet: Sheet, path: Path, text: str, computed: Computed, earlier: list[str]) -> frozenset[str]:
    """The names a formula uses, each of them checked."""
    try:
        names = parse(text).names
    except FormulaError as error:
        sheet.fault(path, str(error))
        return frozenset()
    for name in sorted(names):
        _check_name(sheet, path, name, computed, earlier)
    return names


def _check_name(sheet: Sheet, path: Path, name: str, computed: Computed, earlier: list[str]) -> None:
    whole = sheet.questionnaire
    if name == "n":
        if computed.over is None:
            sheet.fault(path, 'n has a value only with "over: {n: [first, last]}"')
    elif name[0].isupper():
        check_single_figure(sheet, path, name)
    elif name in sheet.rows:
        sheet.fault(path, f'"{name}" is a row of values (over), not one value')
    elif name in whole.computed and name not in earlier:
        sheet.fault(path, f'uses "{name}", which is computed later (or from this very value)')
    elif name in whole.questions and not whole.questions[name].is_numeric:
        sheet.fault(path, f'question "{name}" is no number')
    else:
        sheet.known(path, "numeric question or computed value", name, (*sheet.numeric, *whole.computed))


def check_single_figure(sheet: Sheet, path: Path, name: str) -> None:
    """A figure that stands in arithmetic must be one number."""
    if not sheet.known(path, "published figure", name, sheet.questionnaire.figures):
        return
    if sheet.questionnaire.figures[name].value is None:
        sheet.fault(path, f'figure "{name}" is not one value, so nothing can be computed with it')


def _check_assumption(sheet: Sheet, path: Path, name: str, assumption: Assumption, inputs: set[str]) -> None:
    if (assumption.value is None) == (assumption.figure is None):
        sheet.fault(path, "an assumption has either a value or a figure")
    if name not in inputs:
        sheet.fault(path, f'"{name}" is not in the formula')
    elif name not in sheet.numeric:
        sheet.fault(path, f'"{name}" is not a numeric question: only a blank answer can be assumed')
    if assumption.figure is not None:
        check_single_figure(sheet, (*path, "figure"), assumption.figure)
