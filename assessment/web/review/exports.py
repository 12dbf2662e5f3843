"""Exports of the list: what is in it and in which form, how far the worker is, and the file."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from urllib.parse import parse_qsl

from flask import Response, flash, get_flashed_messages, request

from assessment import clock
from assessment.actions import exporting
from assessment.actions.exporting import Form, TooMany
from assessment.rendering import day
from assessment.store import accounts, exports, list_choices, submission_list
from assessment.store.database import reading
from assessment.store.exports import FORMS, KEPT, MOST_OPEN, Export
from assessment.store.filters import Filters, to_query
from assessment.web.desk import desk
from assessment.web.guards import go
from assessment.web.paper import SLOW_AFTER, WAIT_SECONDS, WAIT_SECONDS_SLOW
from assessment.web.review import rows
from assessment.web.review.door import HOME, me, needs, room, show
from assessment.web.review.listing import filters_of, zone

blueprint = room("exports")
HERE = "/review/exports"
FORM = {"xlsx": "Excel (XLSX)", "csv": "CSV", "json": "JSON"}
_STATE = {"queued": "Waiting", "leased": "Being made", "ready": "Ready", "failed": "Failed", "dropped": "Deleted"}
_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "zip": "application/zip",
    "json": "application/json",
}
_ZIP = b"PK"


@dataclass(frozen=True, slots=True)
class Row:
    """One export as it is read; `words` say what it was narrowed to."""

    export: Export
    address: str
    form: str
    state: str
    asked: str
    until: str | None
    words: tuple[tuple[str, str], ...]


@blueprint.get("/exports")
@needs("viewer")
def overview() -> Response:
    """What these filters would export, the forms to choose from, and one's own exports."""
    return _page(filters_of(request.args))


def _page(
    filters: Filters, status: int = 200, fault: str = "", form: str = FORMS[0], contact: bool = False
) -> Response:
    house, now = desk().house, clock.now()
    today = now.astimezone(zone()).date()
    with reading(house.engine) as connection:
        total = submission_list.count(connection, house.keyring, filters, today)
        mine = exports.listing(connection, house.keyring, me().id)
    query = to_query(filters)
    return show(
        "review/exports.html",
        status,
        here="exports",
        filters=filters,
        query=query,
        list=f"{HOME}?{query}" if query else HOME,
        words=_words(filters),
        order=rows.SORT[filters.sort],
        total=total,
        forms=FORM,
        form=form,
        contact=contact,
        fault=fault,
        rows=[_row(one, now) for one in mine if me().may("consultant") or not one.contact],
        told=get_flashed_messages(),
    )


@blueprint.post("/exports")
@needs("viewer")
def ask() -> Response:
    """Have an export made."""
    filters = filters_of(dict(parse_qsl(request.form.get("query", ""))))
    form, contact, now = request.form.get("form", ""), "contact" in request.form, clock.now()
    if form not in FORMS:
        return _page(filters, 422, "Choose a form for the file.", contact=contact)
    new_id, today = clock.public_id(), now.astimezone(zone()).date()
    try:
        exporting.ask(
            desk().house, filters, cast(Form, form), me(), contact=contact, new_id=new_id, today=today, now=now
        )
    except TooMany:
        fault = f"You have {MOST_OPEN} exports that are still being made. Wait for one, or delete one below."
        return _page(filters, 422, fault, form, contact)
    return go(f"{HERE}/{new_id}")


@blueprint.get("/exports/<public_id>")
@needs("viewer")
def one(public_id: str) -> Response:
    """How far an export is; the page looks again by itself until it is made."""
    found, now = exporting.own(desk().house, public_id, me()), clock.now()
    slow = found.state == "queued" and found.next_at < now - SLOW_AFTER
    response = show("review/export.html", here="exports", row=_row(found, now), slow=slow)
    if found.waits:
        response.headers["Refresh"] = str(WAIT_SECONDS_SLOW if slow else WAIT_SECONDS)
    return response


@blueprint.get("/exports/<public_id>/file")
@needs("viewer")
def file(public_id: str) -> Response:
    """The file itself."""
    found, content = exporting.take(desk().house, public_id, me(), clock.now())
    ending = "zip" if found.form == "csv" and content[:2] == _ZIP else found.form
    named = f"submissions-{(found.made_at or found.created_at).astimezone(zone()):%Y-%m-%d}.{ending}"
    response = Response(exports.unpacked(content), content_type=_TYPES[ending])
    response.headers["Content-Disposition"] = f'attachment; filename="{named}"'
    return response


@blueprint.post("/exports/<public_id>/delete")
@needs("viewer")
def delete(public_id: str) -> Response:
    """Delete one's own export."""
    exporting.delete(desk().house, public_id, me(), clock.now())
    flash("The export was deleted.")
    return go(HERE)


def _row(found: Export, now: datetime) -> Row:
    until = found.made_at + KEPT if found.made_at and found.state == "ready" else None
    over = until is not None and until <= now
    return Row(
        export=found,
        address=f"{HERE}/{found.public_id}",
        form=FORM[found.form],
        state=_STATE["dropped" if over else found.state],
        asked=_moment(found.created_at),
        until=_moment(until) if until and not over else None,
        words=_words(filters_of(dict(parse_qsl(found.query)))),
    )


def _moment(at: datetime) -> str:
    there = at.astimezone(zone())
    return f"{day(there)}, {there:%H:%M}"


def _words(filters: Filters) -> tuple[tuple[str, str], ...]:
    """What the filters are called and what they are set to, in words."""
    said: Mapping[str, tuple[str, Callable[[Any], str]]] = {
        "search": ("Search", lambda value: f"“{value}”"),
        "questionnaire": ("Assessment", _questionnaire),
        "stage": ("Stage", lambda value: _stage(filters.questionnaire, value)),
        "status": ("Status", lambda value: ({"open": "All open"} | rows.STATUS)[value]),
        "owner": ("Owner", _owner),
        "mark": ("Marked entries", lambda value: {"any": "Included"}.get(value) or f"{rows.MARK[value]} only"),
        "origin": ("Came in", lambda value: rows.ORIGIN[value]),
        "delivery": ("Mail", lambda value: rows.DELIVERY[value]),
        "contact": ("Consent", lambda value: rows.CONTACT[value]),
        "company": ("Company", lambda value: value.title()),
        "since": ("From", day),
        "until": ("To", day),
        "follow_up": ("Follow-up", lambda _value: "Due"),
    }
    given = ((name, getattr(filters, name)) for name in said)
    return tuple((said[name][0], said[name][1](value)) for name, value in given if value)


def _questionnaire(id_: str) -> str:
    house = desk().house
    entry = house.catalogue.get(id_)
    if entry is not None:
        return entry.questionnaire.title
    with reading(house.engine) as connection:
        return list_choices.questionnaires(connection, {}).get(id_, id_)


def _stage(questionnaire: str, id_: str) -> str:
    with reading(desk().house.engine) as connection:
        return list_choices.stages(connection, questionnaire).get(id_, id_)


def _owner(owner: str) -> str:
    if not owner.isdecimal():
        return {"me": "Me", "none": "No owner"}[owner]
    with reading(desk().house.engine) as connection:
        found = accounts.by_id(connection, desk().house.keyring, int(owner))
    return found.name if found else "Somebody who left"
