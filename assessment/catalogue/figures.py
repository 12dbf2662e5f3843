"""Checking published figures: each one value, from a named source, not past its review."""

from collections.abc import Iterable
from datetime import date

from assessment.catalogue.faults import Fault
from assessment.catalogue.shape import misfits, validate
from assessment.catalogue.shelf import Shelf
from assessment.catalogue.source import Node
from assessment.core.definition import Figure

VALUES = ("value", "above", "range", "rows", "order")


def check_figures(shelf: Shelf, today: date) -> tuple[list[Fault], list[Fault]]:
    """Faults and warnings of all figures of a shelf, used or not."""
    faults, warnings = list(shelf.figure_faults), list[Fault]()
    for node in shelf.figures.values():
        unfit = misfits(Figure, node, "figures")
        faults.extend(unfit)
        if not unfit:
            figure: Figure = validate(Figure, node)
            faults.extend(figure_faults(figure, node))
            warnings.extend(figure_warnings(figure, node, today))
    return faults, warnings


def figure_faults(figure: Figure, node: Node) -> Iterable[Fault]:
    """What is wrong with one figure that fits its model."""
    given = [name for name in VALUES if getattr(figure, name) is not None]
    if len(given) != 1:
        yield node.fault(f'figure "{figure.id}" needs exactly one of {", ".join(VALUES)}, not {len(given)}')
    if figure.range is not None and figure.range[0] >= figure.range[1]:
        yield node.mapping["range"].fault(f'figure "{figure.id}": a range goes from low to high')
    if figure.basis_only and figure.sure != "A":
        yield node.mapping["basis_only"].fault(f'figure "{figure.id}": only an ambiguous figure (A) can be basis_only')
    if _date(figure.review_by) is None:
        yield node.mapping["review_by"].fault(f'figure "{figure.id}": there is no day {figure.review_by}')


def figure_warnings(figure: Figure, node: Node, today: date) -> Iterable[Fault]:
    """What is doubtful about one figure: a review that is due, a source without an address."""
    due = _date(figure.review_by)
    if due is not None and due < today:
        yield node.mapping["review_by"].fault(f'figure "{figure.id}" was to be reviewed by {due.isoformat()}')


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
