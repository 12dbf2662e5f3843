"""The benchmark library: every published figure that an open questionnaire uses, as a page and as JSON, for anybody."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, jsonify

from assessment import clock
from assessment.core.library import SURE, Entry, as_plain, library
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
    rows: tuple[Row, ...]
    also: tuple[Entry, ...]


def _entries() -> tuple[Entry, ...]:
    return library(entry.questionnaire for entry in desk().house.catalogue.live())


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
    titles = {use.questionnaire: use.title for row in known for use in row.entry.uses}
    for slug in (entry.questionnaire.id for entry in desk().house.catalogue.live()):
        if slug not in titles:
            continue
        used = [row for row in known if any(use.questionnaire == slug for use in row.entry.uses)]
        own = sorted(
            (row for row in used if row.entry.uses[0].questionnaire == slug), key=lambda row: not row.entry.may_judge
        )
        also = tuple(row.entry for row in used if row.entry.uses[0].questionnaire != slug)
        yield Shelf(id=slug, title=titles[slug], rows=tuple(own), also=also)


@blueprint.get("/benchmarks.json")
def figures_json() -> Response:
    """The same for machines."""
    response = jsonify(as_plain(_entries(), desk().house.settings.public_url))
    response.headers["Cache-Control"] = KEPT
    return response
