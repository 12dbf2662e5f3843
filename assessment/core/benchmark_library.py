"""The benchmark library: every published figure that questionnaires use, with its provenance and where it is used."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from assessment.core.definition import Figure, Questionnaire
from assessment.core.formulas import FormulaError, parse
from assessment.core.numbers import as_written
from assessment.core.wording import currency_of_figure, figure_text

FORMAT = 1
"""The number of the library's JSON form."""
SURE = {
    "P": "Read in the source named",
    "S": "Second-hand: quoted by others",
    "A": "Ambiguous: see its note",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """Where a figure is used: the questionnaire, and the titles of what rests on it there.

    `open`: it takes answers; a closed one's results are still read.
    """

    questionnaire: str
    title: str
    kind: str
    open: bool
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One figure: `text` as printed, `rows` (what, value) where it differs by an answer, `anchor` on the page."""

    figure: Figure
    anchor: str
    text: str
    rows: tuple[tuple[str, str], ...]
    uses: tuple[Use, ...]

    @property
    def may_judge(self) -> bool:
        """Whether it may decide a verdict; every other figure is context."""
        return self.figure.use == "benchmark"


def library(questionnaires: Iterable[Questionnaire]) -> tuple[Entry, ...]:
    """Every figure that these questionnaires use, once, in their order.

    A figure that stands differently in two of them (an edit that one of them could not take in yet) stands twice.
    """
    found: list[tuple[Figure, Questionnaire, list[Use]]] = []
    for asked in questionnaires:
        for figure in asked.figures.values():
            parts = tuple(dict.fromkeys(_parts(asked, figure.id)))
            use = Use(
                questionnaire=asked.id, title=asked.title, kind=asked.kind, open=asked.status == "live", parts=parts
            )
            known = next((uses for other, _first, uses in found if other == figure), None)
            if known is None:
                found.append((figure, asked, [use]))
            else:
                known.append(use)
    seen: dict[str, int] = {}
    return tuple(_entry(figure, first, uses, seen) for figure, first, uses in found)


def _entry(figure: Figure, first: Questionnaire, uses: Sequence[Use], seen: dict[str, int]) -> Entry:
    seen[figure.id] = seen.get(figure.id, 0) + 1
    anchor = figure.id if seen[figure.id] == 1 else f"{figure.id}-{seen[figure.id]}"
    text = figure_text(figure) if figure.order is None else "An order, without figures"
    return Entry(figure=figure, anchor=anchor, text=text, rows=_rows(figure, first), uses=tuple(uses))


def _rows(figure: Figure, asked: Questionnaire) -> tuple[tuple[str, str], ...]:
    if figure.rows is None:
        return ()
    question, currency = asked.questions.get(figure.rows.question), currency_of_figure(figure)
    options = {option.id: option.text for option in question.answers} if question else {}
    return tuple(
        (options.get(name, name), as_written(value, figure.unit, currency))
        for name, value in figure.rows.values.items()
    )


def _parts(asked: Questionnaire, figure_id: str) -> Iterator[str]:
    """The titles of the comparisons, pictures and computed values that rest on a figure."""
    yield from (row.title for row in asked.benchmarks if row.figure == figure_id)
    yield from (exhibit.title for exhibit in asked.exhibits if exhibit.figure == figure_id)
    for value in asked.computed.values():
        formulas = [value.formula, *(case.formula for case in value.cases)]
        named = any(figure_id in _names(formula) for formula in formulas if formula is not None)
        if named or any(assumption.figure == figure_id for assumption in value.assume.values()):
            yield value.title


def _names(formula: str) -> frozenset[str]:
    try:
        return parse(formula).names
    except FormulaError:  # the catalogue serves none that cannot be read
        return frozenset()


def as_plain(entries: Iterable[Entry], site: str) -> dict[str, Any]:
    """The library as plain values for JSON; numbers in the figure's own unit (percent: 0-100)."""
    return {"format": FORMAT, "figures": [_plain(entry, site) for entry in entries]}


def _plain(entry: Entry, site: str) -> dict[str, Any]:
    figure = entry.figure
    return {
        "id": figure.id,
        "measure": figure.measure,
        "unit": figure.unit,
        "text": entry.text,
        **_value(entry),
        "population": figure.population,
        "sample": figure.sample,
        "year": figure.year,
        "source": {"title": figure.source.title, "url": figure.source.url},
        "sure": figure.sure,
        "sure_means": SURE[figure.sure],
        "use": figure.use,
        "better": figure.better,
        "review_by": figure.review_by,
        "note": figure.note,
        "address": f"{site}/benchmarks#{entry.anchor}",
        "used_in": [
            {
                "questionnaire": use.questionnaire,
                "title": use.title,
                "kind": use.kind,
                "open": use.open,
                "for": list(use.parts),
            }
            for use in entry.uses
        ],
    }


def _value(entry: Entry) -> dict[str, Any]:
    """The one of value, above, range, rows and order that the figure has."""
    figure = entry.figure
    if figure.rows is not None:
        labels = [label for label, _text in entry.rows]
        values = zip(labels, figure.rows.values.values(), strict=True)
        return {"rows": [{"for": label, "value": _number(value)} for label, value in values]}
    if figure.range is not None:
        return {"range": [_number(value) for value in figure.range]}
    if figure.order is not None:
        return {"order": list(figure.order)}
    return {"value": _number(figure.value)} if figure.value is not None else {"above": _number(figure.above)}


def _number(value: Decimal | None) -> int | float | None:
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)
