"""Changing several submissions of the list with one press: owner, status, mark."""

import re
from typing import Any
from urllib.parse import parse_qsl

from flask import Response, flash, request

from assessment import clock
from assessment.actions import sorting_out
from assessment.actions.sorting_out import MOST, Change, NoOwner, Outcome
from assessment.rendering import listed, plural
from assessment.store import accounts, submission_list
from assessment.store.database import reading
from assessment.store.filters import Filters
from assessment.store.submissions import MARKS, STATUSES
from assessment.web.desk import desk
from assessment.web.guards import go
from assessment.web.review import rows
from assessment.web.review.door import me, needs, room
from assessment.web.review.listing import address_of, filters_of, list_page, zone

blueprint = room("bulk")
_SEEN = re.compile(r"([A-Za-z0-9_-]{1,24})\.([0-9]{1,9})", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)
FIELDS = ("owner", "status", "mark")


@blueprint.post("/submissions/bulk")
@needs("consultant")
def change_several() -> Response:
    """Change the ticked rows, or all that match; what is missing is said with the ticks kept."""
    filters = filters_of(dict(parse_qsl(request.form.get("query", ""))))
    chosen, change = _chosen(filters), _change()
    faults = _faults(chosen, change)
    if faults:
        return _back(filters, faults)
    try:
        outcome = sorting_out.change_all(desk().house, chosen, change, me(), clock.now())
    except NoOwner:
        return _back(filters, ["The owner you chose may not work on submissions any more. Choose another one."])
    for words in _told(outcome, change):
        flash(words)
    return go(_same_page(filters))


def _chosen(filters: Filters) -> dict[str, int]:
    """Public ids and the revisions that were seen; or all that match, of those that were there when it was shown."""
    if "all" not in request.form:
        found = (_SEEN.fullmatch(text) for text in request.form.getlist("row"))
        return {one[1]: int(one[2]) for one in found if one}
    house, top = desk().house, request.form.get("top", "")
    today = clock.now().astimezone(zone()).date()
    with reading(house.engine) as connection:
        limit = int(top) if _NUMBER.fullmatch(top) else None
        wanted = submission_list.ids(connection, house.keyring, filters, today, limit=MOST, top=limit)
        return submission_list.revisions(connection, wanted)


def _change() -> Change:
    given = {name: request.form.get(f"to_{name}", "") for name in FIELDS}
    values: dict[str, Any] = {}
    if given["owner"] == "none":
        values["assignee_id"] = None
    elif _NUMBER.fullmatch(given["owner"]):
        values["assignee_id"] = int(given["owner"])
    if given["status"] in STATUSES:
        values["status"] = given["status"]
    if given["mark"] in {*MARKS, "none"}:
        values["mark"] = None if given["mark"] == "none" else given["mark"]
    return Change(values=values)


def _faults(chosen: dict[str, int], change: Change) -> list[str]:
    faults = [] if chosen else ["No submission is ticked. Tick the rows that you want to change."]
    return faults if change.values else [*faults, "Choose an owner, a status or a mark to set."]


def _back(filters: Filters, faults: list[str]) -> Response:
    wanted = {name: request.form.get(f"to_{name}", "") for name in FIELDS} | {"all": "all" in request.form}
    return list_page(filters, request.form, 422, faults=faults, ticked=request.form.getlist("row"), wanted=wanted)


def _same_page(filters: Filters) -> str:
    address = address_of(filters)
    for name in ("after", "before"):
        cursor = request.form.get(name, "")
        if re.fullmatch(r"[A-Za-z0-9_-]+", cursor):
            address += f"{'&' if '?' in address else '?'}{name}={cursor}"
    return address


def _told(outcome: Outcome, change: Change) -> list[str]:
    """What was done, as sentences."""
    told = []
    if outcome.changed:
        told.append(f"{plural(outcome.changed, 'submission')} {listed(_deeds(change))}.")
    left = [
        (outcome.same, "was so already", "were so already"),
        (outcome.stale, "was changed meanwhile and left", "were changed meanwhile and left"),
        (outcome.gone, "is not there any more", "are not there any more"),
    ]
    told += [f"{number} {one if number == 1 else many}." for number, one, many in left if number]
    return told


def _deeds(change: Change) -> list[str]:
    deeds = []
    if "assignee_id" in change.values:
        deeds.append(_given(change.values["assignee_id"]))
    if "status" in change.values:
        deeds.append(f"set to “{rows.STATUS[change.values['status']]}”")
    if "mark" in change.values:
        mark = change.values["mark"]
        deeds.append(f"marked as {rows.MARK[mark].lower()}" if mark else "unmarked")
    return deeds


def _given(owner: int | None) -> str:
    if owner is None:
        return "left without an owner"
    with reading(desk().house.engine) as connection:
        found = accounts.by_id(connection, desk().house.keyring, owner)
    return f"assigned to {found.name}" if found else "assigned"
