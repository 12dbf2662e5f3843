"""The benchmark library: every published figure that questionnaires use, as a page and as JSON, for anybody.

Those of closed questionnaires stand there too, because results that were read off them are still opened.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, jsonify

from assessment import clock
from assessment.core.benchmark_library import SURE, Entry, as_plain, library
from assessment.core.definition import Questionnaire
from assessment.web.desk import desk, plain_page

blueprint = Blueprint("library", __name__)
KEPT = "public, max-age=300"
"""Nothing on it is about anybody, and an edit shows within five minutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One figure as shown; `overdue`: its review is past."""

    entry: Entry
    sure: str
    review_by: date
    overdue: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """The figures that a questionnaire is the first to use, and those above that it uses as well."""

    id: str
    title: str
    open: bool
    rows: tuple[Row, ...]
    also: tuple[Entry, ...]


def _asked() -> tuple[Questionnaire, ...]:
    """The questionnaires whose figures stand here: the open ones first."""
    catalogue = desk().house.catalogue
    return tuple(entry.questionnaire for entry in (*catalogue.live(), *catalogue.retired()))


def _entries() -> tuple[Entry, ...]:
    return library(_asked())


def shown_figures() -> frozenset[str]:
    """The ids of the figures that stand in the library now: a scorecard links to no other."""
    return frozenset().union(*(asked.figures for asked in _asked()))


@blueprint.get("/benchmarks")
def figures() -> Response:
    """Every figure with its provenance, grouped by the first questionnaire that uses it."""
    entries = _entries()
    rows = [_row(entry) for entry in entries]
    response = plain_page(
        "library/benchmarks.html",
        shelves=tuple(_shelves(rows)),
        count=len(rows),
        judging=sum(entry.may_judge for entry in entries),
        overdue=sum(row.overdue for row in rows),
    )
    response.headers["Cache-Control"] = KEPT
    return response


def _row(entry: Entry) -> Row:
    today = clock.now().astimezone(ZoneInfo(desk().house.settings.time_zone)).date()
    due = date.fromisoformat(entry.figure.review_by)
    return Row(entry=entry, sure=SURE[entry.figure.sure], review_by=due, overdue=due < today)


def _shelves(rows: Iterable[Row]) -> Iterable[Shelf]:
    """In the catalogue's order; in each, what may judge stands first."""
    known = list(rows)
    for asked in _asked():
        used = [row for row in known if any(use.questionnaire == asked.id for use in row.entry.uses)]
        first = [row for row in used if row.entry.uses[0].questionnaire == asked.id]
        if used:
            yield Shelf(
                id=asked.id,
                title=asked.title,
                open=asked.status == "live",
                rows=tuple(sorted(first, key=lambda row: not row.entry.may_judge)),
                also=tuple(row.entry for row in used if row not in first),
            )


@blueprint.get("/benchmarks.json")
def figures_json() -> Response:
    """The same for machines."""
    response = jsonify(as_plain(_entries(), desk().house.settings.public_url))
    response.headers["Cache-Control"] = KEPT
    return response
