"""The list of submissions: who should be called first; what it is narrowed to, and the views somebody saved."""

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from flask import Response, flash, get_flashed_messages, request

from assessment import clock
from assessment.actions import sorting_out
from assessment.core.typed_text import clean
from assessment.store import accounts, list_choices, saved_views, submission_list
from assessment.store.accounts import Account
from assessment.store.database import reading
from assessment.store.filters import PARTS, Filters, parse, to_query
from assessment.store.list_choices import WAITING
from assessment.store.saved_views import LONGEST_NAME, SavedView
from assessment.web.desk import desk
from assessment.web.guards import go
from assessment.web.review import rows
from assessment.web.review.door import HOME, me, needs, room, show

blueprint = room("listing")
NOT_VALID = {
    "search": "search",
    "questionnaire": "assessment",
    "since": "first day",
    "until": "last day",
    "sort": "order",
    "follow_up": "follow-up",
    "delivery": "mail",
    "contact": "consent",
}
"""What a part of the address that was left out is called, where its own name does not say it."""


def filters_of(args: Mapping[str, str]) -> Filters:
    """The filters in these parameters, for who is signed in."""
    return parse(args, me().id, people=me().may("consultant"), zone=zone())


def zone() -> ZoneInfo:
    """The zone of the dates people read."""
    return ZoneInfo(desk().house.settings.time_zone)


def address_of(filters: Filters) -> str:
    """The list's address with these filters."""
    query = to_query(filters)
    return f"{HOME}?{query}" if query else HOME


@blueprint.get("/submissions")
@needs("viewer")
def submissions() -> Response:
    """A page of the list; an address with empty or invalid parts is shown all the same, one with empty ones tidied."""
    filters = filters_of(request.args)
    if not filters.ignored and any(request.args.get(name) == "" for name in PARTS):
        return go(address_of(filters))
    return list_page(filters, request.args)


def list_page(filters: Filters, place: Mapping[str, str], status: int = 200, **bulk: object) -> Response:
    """The list at a place (`after` or `before`); `bulk` is what a change of several had, when it comes back."""
    house, now, by = desk().house, clock.now(), me()
    today = now.astimezone(zone()).date()
    served = {entry.questionnaire.id: entry.questionnaire.title for entry in house.catalogue.live("assessment")}
    with reading(house.engine) as connection:
        page = submission_list.page(
            connection,
            house.keyring,
            filters,
            today,
            after=place.get("after", ""),
            before=place.get("before", ""),
        )
        total = submission_list.count(connection, house.keyring, filters, today)
        standing = list_choices.standing(connection, house.keyring, today, _month(now))
        questionnaires = list_choices.questionnaires(connection, served)
        stages = list_choices.stages(connection, filters.questionnaire)
        people = accounts.everybody(connection, house.keyring)
        # What consultants call a view, or search for in it, may be somebody's name.
        views = saved_views.visible(connection, house.keyring, by.id) if by.may("consultant") else []
    names = {one.id: one.name for one in people}
    shown = [rows.row_view(line, names, now, zone()) for line in page.lines]
    sorting_out.looked(house, len(shown), by, now, searched=bool(filters.search))
    return show(
        "review/submissions.html",
        status,
        here="submissions",
        filters=filters,
        query=to_query(filters),
        rows=shown,
        page=page,
        total=total,
        standing=standing,
        waiting={name: f"{HOME}?{to_query(wanted)}" for name, wanted in WAITING.items()},
        choices=_choices(filters, questionnaires, stages, people),
        meaning=rows.MEANING[filters.sort],
        together=rows.TOGETHER,
        sorts={name: _sorted(filters, name) for name in rows.SORT},
        views=[_view(view, filters, by) for view in views],
        owners=_owners(people),
        statuses=rows.STATUS,
        marks={"none": "No mark"} | rows.MARK,
        ignored=[NOT_VALID.get(name, name) for name in filters.ignored],
        told=get_flashed_messages(),
        place={name: place.get(name, "") for name in ("after", "before")},
        most=sorting_out.MOST,
        longest_name=LONGEST_NAME,
        start=f"{house.settings.public_url}/",
        bulk={"faults": (), "ticked": (), "wanted": {"all": False}} | bulk,
    )


def _month(now: datetime) -> datetime:
    return now.astimezone(zone()).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def _choices(
    filters: Filters, questionnaires: dict[str, str], stages: dict[str, str], people: list[Account]
) -> dict[str, dict[str, str]]:
    owners = {"me": "Me", "none": "No owner"} | {str(one.id): one.name for one in people if one.id != me().id}
    offered = {
        "questionnaire": questionnaires,
        "stage": stages,
        "status": {"open": "All open"} | rows.STATUS,
        "owner": owners,
        "sort": rows.SORT,
        "mark": {"any": "Also marked ones"} | {name: f"{words} only" for name, words in rows.MARK.items()},
        "origin": rows.ORIGIN,
        "delivery": rows.DELIVERY,
        "contact": rows.CONTACT,
        "follow_up": {"due": "Due"},
    }
    # What the address asks for stays chosen, also when nothing is offered by that name.
    return {name: options | _kept(options, getattr(filters, name)) for name, options in offered.items()}


def _kept(options: Mapping[str, str], value: str) -> dict[str, str]:
    return {value: value} if value and value not in options else {}


def _owners(people: list[Account]) -> dict[str, str]:
    """Who may be given submissions."""
    able = [one for one in people if one.active and one.may("consultant")]
    return {"none": "Nobody"} | {str(one.id): one.name + (" (me)" if one.id == me().id else "") for one in able}


def _sorted(filters: Filters, sort: str) -> str:
    kept = dict(parse_qsl(to_query(filters))) | {"sort": sort}
    return address_of(filters_of(kept))


def _view(view: SavedView, filters: Filters, by: Account) -> dict[str, object]:
    return {
        "id": view.id,
        "name": view.name,
        "address": f"{HOME}?{view.query}" if view.query else HOME,
        "here": view.query == to_query(filters),
        "own": view.account_id == by.id,
        "shared": view.shared,
    }


@blueprint.post("/views")
@needs("consultant")
def save_view() -> Response:
    """Keep the present filters under a name."""
    filters = filters_of(dict(parse_qsl(request.form.get("query", ""))))
    name = clean(request.form.get("name", ""), LONGEST_NAME)
    if not name:
        flash("The view was not saved: give it a name.")
    elif sorting_out.save_view(
        desk().house, name, to_query(filters), me(), clock.now(), shared="shared" in request.form
    ):
        flash(f"Saved as “{name}”.")
    else:
        flash(f"The view was not saved: you have {saved_views.MOST} already. Delete one first.")
    return go(address_of(filters))


@blueprint.post("/views/<int:view_id>/delete")
@needs("consultant")
def delete_view(view_id: int) -> Response:
    """Delete one's own view."""
    sorting_out.delete_view(desk().house, view_id, me(), clock.now())
    flash("The view was deleted.")
    return go(address_of(filters_of(dict(parse_qsl(request.form.get("query", ""))))))
