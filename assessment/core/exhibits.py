"""The values of the pictures: one drawing an exhibit, with its numbers in words."""

import re
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from assessment.core.answers import Special
from assessment.core.benchmarks import measured, published
from assessment.core.computing import inputs_of, unit_of
from assessment.core.conditions import is_true
from assessment.core.definition import Exhibit, Option, Question, Questionnaire
from assessment.core.formula_words import spelled
from assessment.core.scorecard import Cell, Dimension, Drawing, Measured, Series
from assessment.core.scoring import Outcome
from assessment.core.wording import answer_text, figure_text, number_text

_SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def drawings(questionnaire: Questionnaire, outcome: Outcome, currency: str | None) -> tuple[Drawing, ...]:
    """Every exhibit that has something to show, in the file's order."""
    made = (_drawing(questionnaire, exhibit, outcome, currency) for exhibit in questionnaire.exhibits)
    return tuple(drawing for drawing in made if drawing is not None)


def _drawing(questionnaire: Questionnaire, exhibit: Exhibit, outcome: Outcome, currency: str | None) -> Drawing | None:
    if not is_true(exhibit.when, outcome.state):
        return None
    return _KINDS[exhibit.kind](questionnaire, exhibit, outcome, currency)


def _base(
    questionnaire: Questionnaire, exhibit: Exhibit, outcome: Outcome, alternative: str, **parts: object
) -> Drawing:
    figure = questionnaire.figures.get(exhibit.figure or "")
    values: dict[str, object] = {
        "id": exhibit.id,
        "kind": exhibit.kind,
        "title": exhibit.title,
        "section": exhibit.section,
        "text": exhibit.text,
        "alternative": alternative,
        "published": published(questionnaire, figure, outcome) if figure else None,
    }
    return Drawing(**(values | parts))  # type: ignore[arg-type]


def _bars(q: Questionnaire, exhibit: Exhibit, outcome: Outcome, currency: str | None) -> Drawing | None:
    rows = tuple(measured(q, name, outcome, currency) for name in exhibit.values)
    known = tuple(_labelled(row, exhibit, place) for place, row in enumerate(rows) if row.value is not None)
    if not known:
        return None
    words = f"{exhibit.title}: " + ", ".join(f"{row.label} {row.text}" for row in known) + "."
    return _base(q, exhibit, outcome, words, rows=known)


def _labelled(row: Measured, exhibit: Exhibit, place: int) -> Measured:
    # The picture's own text explains its bars; a value's long explanation belongs to "Your numbers".
    label = exhibit.labels[place] if place < len(exhibit.labels) else row.label
    return replace(row, label=label, detail=None)


def _lines(q: Questionnaire, exhibit: Exhibit, outcome: Outcome, currency: str | None) -> Drawing | None:
    names = (*exhibit.values, *((exhibit.versus,) if exhibit.versus else ()))
    series = tuple(made for name in names if (made := _series(q, exhibit, name, outcome, currency)) is not None)
    if not any(not line.published for line in series):
        return None
    words = " ".join(
        f"{line.label}: " + ", ".join(f"{at} {text}" for at, text in zip(line.labels, line.texts, strict=True)) + "."
        for line in series
    )
    return _base(q, exhibit, outcome, f"{exhibit.title}. {words}", series=series)


def _series(q: Questionnaire, exhibit: Exhibit, name: str, outcome: Outcome, currency: str | None) -> Series | None:
    value, definition = outcome.computed[name], q.computed[name]
    if not value.series:
        return None
    labels = tuple(
        exhibit.labels[place] if place < len(exhibit.labels) else str(n) for place, (n, _) in enumerate(value.series)
    )
    scale = 100 if definition.unit == "percent" else 1
    return Series(
        label=definition.title,
        labels=labels,
        values=tuple(float(number * scale) for _n, number in value.series),
        texts=tuple(number_text(number, definition.unit, definition.decimals, currency) for _n, number in value.series),
        published=name == exhibit.versus or not inputs_of(q, name),
    )


def _order(q: Questionnaire, exhibit: Exhibit, outcome: Outcome, _currency: str | None) -> Drawing | None:
    figure = q.figures.get(exhibit.figure or "")
    if figure is None or not figure.order:
        return None
    marked = _marked(q, exhibit, outcome, len(figure.order))
    words = "; ".join(f"{place}. {item}" for place, item in enumerate(figure.order, start=1))
    yours = f" Yours: {figure.order[marked]}." if marked is not None else ""
    alternative = f"{exhibit.title}: {words}.{yours}"
    return _base(q, exhibit, outcome, alternative, items=figure.order, marked=marked)


def _marked(q: Questionnaire, exhibit: Exhibit, outcome: Outcome, count: int) -> int | None:
    """The place of one's own answer: the question's options stand in the figure's order."""
    question = q.questions.get(exhibit.question or "")
    answer = outcome.answers.get(exhibit.question or "")
    if question is None or answer is None or isinstance(answer, Special):
        return None
    first = answer[0] if isinstance(answer, tuple) and answer else answer
    place = next((at for at, option in enumerate(question.answers) if option.id == first), None)
    return place if place is not None and place < count else None


def _spectrum(q: Questionnaire, exhibit: Exhibit, outcome: Outcome, _currency: str | None) -> Drawing | None:
    stages = tuple(q.stage)
    asked = [
        question
        for name, question in q.questions.items()
        if q.area_of[name] == exhibit.area and name in outcome.shown and any(o.places for o in question.answers)
    ]
    rows = tuple(_dimension(question, stages, outcome) for question in asked)
    if not rows:
        return None
    told = [f"{row.label}: " + next((cell.text for cell in row.cells if cell.here), "not known") for row in rows]
    titles = tuple(stage.title for stage in q.stages)
    return _base(q, exhibit, outcome, f"{exhibit.title}. " + "; ".join(told) + ".", stages=titles, dimensions=rows)


def _dimension(question: Question, stages: tuple[str, ...], outcome: Outcome) -> Dimension:
    answer = outcome.answers.get(question.id)
    chosen = question.option(answer) if isinstance(answer, str) else None
    cells: dict[tuple[int, int], Cell] = {}
    for option in question.answers:
        if option.places is None:
            continue
        start, end = (stages.index(place) for place in option.places)
        here = chosen is not None and chosen.places == option.places
        # Options that share a place share a cell; the chosen one's own words win.
        if (start, end) not in cells or option is chosen:
            cells[start, end] = Cell(text=_cell(option), start=start, span=end - start + 1, here=here)
    return Dimension(label=question.label, cells=tuple(cells[key] for key in sorted(cells)), known=chosen is not None)


def _cell(option: Option) -> str:
    return option.cell or option.text


def _formula(q: Questionnaire, exhibit: Exhibit, outcome: Outcome, currency: str | None) -> Drawing | None:
    name = exhibit.values[0]
    value, definition = outcome.computed[name], q.computed[name]
    if value.number is None or value.formula is None:
        return None
    titles = {inner: _title(q, inner) for inner, _number in value.inputs}
    own = {inner: _number_words(q, inner, number, outcome, currency) for inner, number in value.inputs}
    result = number_text(value.number, definition.unit, definition.decimals, currency)
    percents = {inner for inner in own if _unit(q, inner) == "percent"}
    named, counted = spelled(value.formula, titles, percents), spelled(value.formula, own, percents)
    lines = tuple(_raised(line) for line in (f"{definition.title} = {named}", counted, result))
    return _base(q, exhibit, outcome, " = ".join(lines), lines=lines)


def _raised(line: str) -> str:
    """Whole exponents as superscript digits."""
    return re.sub(r"\^(\d+)", lambda found: found[1].translate(_SUPERSCRIPT), line)


def _unit(q: Questionnaire, name: str) -> str:
    return q.figures[name].unit if name in q.figures else unit_of(q, name)


def _title(q: Questionnaire, name: str) -> str:
    if name in q.questions:
        return q.questions[name].label
    return q.computed[name].title if name in q.computed else q.figures[name].measure


def _number_words(q: Questionnaire, name: str, number: Fraction, outcome: Outcome, currency: str | None) -> str:
    if name in q.figures:
        return figure_text(q.figures[name])
    answered = outcome.answers.get(name)
    if name in q.questions and answered is not None and not isinstance(answered, Special):
        return answer_text(q.questions[name], answered, currency)
    if name in q.computed:
        return measured(q, name, outcome, currency).text
    # Nothing was answered: this is the number that was assumed, and the flag says so.
    return number_text(number, unit_of(q, name), 0, currency)


def _note(q: Questionnaire, exhibit: Exhibit, outcome: Outcome, _currency: str | None) -> Drawing | None:
    return _base(q, exhibit, outcome, exhibit.text or exhibit.title)


_KINDS: dict[str, Callable[[Questionnaire, Exhibit, Outcome, str | None], Drawing | None]] = {
    "compare": _bars,
    "funnel": _bars,
    "decay": _lines,
    "projection": _lines,
    "order": _order,
    "spectrum": _spectrum,
    "formula": _formula,
    "note": _note,
}
