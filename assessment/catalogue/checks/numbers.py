"""Checks on "Your numbers" and the exhibits: measures, figures and units that go together."""

from assessment.catalogue.checks.sheet import Sheet
from assessment.catalogue.figures import figure_faults, figure_warnings
from assessment.catalogue.shape import Path, node_at
from assessment.core.definition import Benchmark, Exhibit, Figure

_WANTS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "compare": (frozenset({"values"}), frozenset({"values", "labels", "figure"})),
    "funnel": (frozenset({"values"}), frozenset({"values", "labels"})),
    "decay": (frozenset({"values"}), frozenset({"values", "versus", "labels", "figure"})),
    "projection": (frozenset({"values"}), frozenset({"values", "versus", "labels", "figure"})),
    "order": (frozenset({"figure"}), frozenset({"figure", "question"})),
    "spectrum": (frozenset({"area"}), frozenset({"area"})),
    "formula": (frozenset({"values"}), frozenset({"values", "labels", "figure"})),
    "note": (frozenset({"text"}), frozenset({"figure"})),
}
_COMMON = frozenset({"id", "kind", "title", "text", "section", "when"})


def check_benchmarks(sheet: Sheet) -> None:
    """Every row of "Your numbers"."""
    rows = sheet.questionnaire.benchmarks
    sheet.once("benchmark", ((("benchmarks", number, "id"), row.id) for number, row in enumerate(rows)))
    for number, row in enumerate(rows):
        _check_row(sheet, ("benchmarks", number), row)


def _check_row(sheet: Sheet, path: Path, row: Benchmark) -> None:
    _check_sentences(sheet, path, row)
    _check_measures(sheet, path, row)
    if row.figure is None or not sheet.known((*path, "figure"), "published figure", row.figure, _figures(sheet)):
        return
    figure = _figures(sheet)[row.figure]
    if figure.order is not None:
        sheet.fault((*path, "figure"), f'figure "{row.figure}" is an order, not a number to compare with')
    if figure.rows is not None:
        _check_rows(sheet, (*path, "figure"), figure)


def _check_sentences(sheet: Sheet, path: Path, row: Benchmark) -> None:
    if (row.figure is None) == (row.no_figure is None):
        sheet.fault(path, "a benchmark has either a figure or no_figure, which says why there is none")
    if any(otherwise.when is None for otherwise in row.else_[:-1]):
        sheet.fault((*path, "else"), 'a sentence without "when" comes last: those after it are never said')


def _check_measures(sheet: Sheet, path: Path, row: Benchmark) -> None:
    measures = (row.measure,) if isinstance(row.measure, str) else row.measure
    if len(measures) == 1 and row.agree is not None:
        sheet.fault((*path, "agree"), "a single measure has nothing to agree with")
    if len(measures) > 1 and row.agree is None and row.figure is not None:
        sheet.fault(path, "several measures against one figure need agree: all")
    for place, measure in enumerate(measures):
        at: Path = (*path, "measure") if isinstance(row.measure, str) else (*path, "measure", place)
        if sheet.known(at, "computed value or numeric question", measure, (*sheet.single, *sheet.numeric)):
            _check_unit(sheet, at, measure, row.figure)


def _figures(sheet: Sheet) -> dict[str, Figure]:
    return sheet.questionnaire.figures


def _check_unit(sheet: Sheet, path: Path, measure: str, figure_id: str | None) -> None:
    figure = _figures(sheet).get(figure_id or "")
    unit = unit_of(sheet, measure)
    if figure is not None and figure.unit != unit:
        sheet.fault(path, f'"{measure}" is in {unit}, but figure "{figure.id}" is in {figure.unit}')


def unit_of(sheet: Sheet, name: str) -> str:
    """The unit of a computed value or numeric question that exists."""
    whole = sheet.questionnaire
    return whole.computed[name].unit if name in whole.computed else whole.questions[name].measured_in


def _check_rows(sheet: Sheet, path: Path, figure: Figure) -> None:
    rows = figure.rows
    if rows is None or not sheet.known(path, "question", rows.question, sheet.questionnaire.questions):
        return
    for option in rows.values:
        if sheet.questionnaire.questions[rows.question].option(option) is None:
            sheet.fault(path, f'figure "{figure.id}" has a row for "{option}", which "{rows.question}" does not offer')


def check_used_figures(sheet: Sheet) -> None:
    """The published figures that the questionnaire uses, at their own place in the figure files."""
    for name, figure in _figures(sheet).items():
        node = node_at(sheet.root, ("figures", name))
        sheet.faults.extend(figure_faults(figure, node))
        sheet.warnings.extend(figure_warnings(figure, node, sheet.today))


def check_exhibits(sheet: Sheet) -> None:
    """Every exhibit has what its kind draws."""
    exhibits = sheet.questionnaire.exhibits
    sheet.once("exhibit", ((("exhibits", number, "id"), one.id) for number, one in enumerate(exhibits)))
    for number, exhibit in enumerate(exhibits):
        path: Path = ("exhibits", number)
        _check_wants(sheet, path, exhibit)
        _check_values(sheet, path, exhibit)
        _check_picture(sheet, path, exhibit)


def _check_wants(sheet: Sheet, path: Path, exhibit: Exhibit) -> None:
    needed, known = _WANTS[exhibit.kind]
    for key in sorted(needed):
        if not getattr(exhibit, key):
            sheet.fault(path, f'an exhibit of kind {exhibit.kind} needs "{key}"')
    for key in sorted(exhibit.model_fields_set - known - _COMMON):
        sheet.fault((*path, key), f'"{key}" has no meaning for an exhibit of kind {exhibit.kind}')
    labels, points = len(exhibit.labels), _points(sheet, exhibit)
    if labels and points and labels != points:
        sheet.fault((*path, "labels"), f"{labels} labels for {points} values")


def _points(sheet: Sheet, exhibit: Exhibit) -> int:
    """How many points want a label: the values, or for a series those of its first value over n."""
    first = sheet.questionnaire.computed.get(exhibit.values[0]) if exhibit.values else None
    if exhibit.kind in {"decay", "projection"} and first is not None and first.over:
        low, high = first.over["n"]
        return high - low + 1
    return len(exhibit.values)


def _check_values(sheet: Sheet, path: Path, exhibit: Exhibit) -> None:
    over = exhibit.kind in ("decay", "projection")
    what = "computed value with over" if over else "computed value or numeric question"
    names = tuple(sheet.rows) if over else (*sheet.single, *sheet.numeric)
    for place, value in enumerate(exhibit.values):
        sheet.known((*path, "values", place), what, value, names)
    if exhibit.versus is not None:
        sheet.known((*path, "versus"), "computed value with over", exhibit.versus, sheet.rows)
    count = len(exhibit.values)
    if exhibit.kind in ("decay", "formula") and count > 1:
        sheet.fault((*path, "values"), f"an exhibit of kind {exhibit.kind} has one value")
    if (exhibit.kind == "funnel" and count == 1) or (exhibit.kind == "compare" and count == 1 and not exhibit.figure):
        sheet.fault((*path, "values"), f"an exhibit of kind {exhibit.kind} sets at least 2 values side by side")
    if exhibit.kind == "formula" and count == 1 and exhibit.values[0] in sheet.numeric:
        sheet.fault((*path, "values"), f'"{exhibit.values[0]}" is a question and has no formula to spell out')


def _check_picture(sheet: Sheet, path: Path, exhibit: Exhibit) -> None:
    whole = sheet.questionnaire
    if exhibit.question is not None:
        sheet.known((*path, "question"), "question", exhibit.question, whole.questions)
    if exhibit.figure is not None and sheet.known((*path, "figure"), "published figure", exhibit.figure, whole.figures):
        ordered = whole.figures[exhibit.figure].order is not None
        if ordered != (exhibit.kind == "order"):
            sheet.fault((*path, "figure"), f'figure "{exhibit.figure}" is {"an" if ordered else "no"} order')
    if exhibit.area is None or not sheet.known((*path, "area"), "area", exhibit.area, whole.area):
        return
    placed = [option for _, number, question in sheet.placed for option in question.answers
              if whole.pages[number].area == exhibit.area and option.places is not None]  # fmt: skip
    if not placed:
        sheet.fault((*path, "area"), f'no answer in area "{exhibit.area}" has places on the stages')
