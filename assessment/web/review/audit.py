"""The audit log for administrators: who did what to which record, newest first."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from flask import Response, request

from assessment import clock
from assessment.actions import overseeing
from assessment.core.audit_words import GROUPS, actions_in
from assessment.core.typed_text import clean
from assessment.store import accounts, audit, audit_seals
from assessment.store.audit import SYSTEM, Entry, Named, Place, Wanted
from assessment.store.audit_seals import Check
from assessment.store.database import reading
from assessment.store.history import Event
from assessment.web.desk import desk
from assessment.web.review import submission_words as words
from assessment.web.review.door import me, needs, room, show

blueprint = room("audit")
HERE = "/review/audit"
A_PAGE = 50
LONGEST = 60
_PLACES: Mapping[str, tuple[str, str | None]] = {
    "submissions": ("List of submissions", "/review/submissions"),
    "list": ("List of submissions", "/review/submissions"),
    "invitations": ("Invitations", "/review/invitations"),
    "deliveries": ("Deliveries", "/review/deliveries"),
    "dashboard": ("Dashboard", "/review/dashboard"),
    "exports": ("Exports", "/review/exports"),
    "audit": ("Audit log", HERE),
    "response": ("Responses", None),
    "person": ("Persons", None),
    "no account": ("No account", None),
    "keys": ("Keys", None),
}
"""Subjects that are no single record."""
_KINDS = {
    "invitation": "An invitation",
    "export": "An export",
    "response": "A response",
    "link": "A response",
    "interview": "A response",
    "address": "A mail",
    "demo": "Demonstration data",
}
"""What a subject is that has no name of its own, by the kind of action."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the page; `link` is None where there is nothing (any more) to open."""

    when: str
    who: str
    words: str
    about: str
    more: str
    link: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The filters as they were typed, and those that cannot be (`faults`: field and message)."""

    who: str
    group: str
    subject: str
    since: str
    until: str
    faults: tuple[tuple[str, str], ...]

    @property
    def narrowed(self) -> bool:
        """Whether anything is filtered."""
        return bool(self.query)

    @property
    def query(self) -> dict[str, str]:
        """As parameters of the address."""
        parts = {name: getattr(self, name) for name in ("who", "group", "subject", "since", "until")}
        return {name: text for name, text in parts.items() if text}


@blueprint.get("/audit")
@needs("admin")
def log() -> Response:
    """The log, narrowed as asked; that it was looked at stands in it too."""
    house, now = desk().house, clock.now()
    overseeing.looked_at_log(house, me(), now)
    asked, wanted = _asked(house.settings.time_zone)
    before = _place(request.args.get("before", ""))
    with reading(house.engine) as connection:
        staff = accounts.everybody(connection, house.keyring)
        found = [] if asked.faults else audit.listing(connection, wanted, A_PAGE + 1, before)
        behind = audit.submissions_behind(connection, {entry.subject for entry in found})
        check = audit_seals.last_check(connection)
    people = {one.id: one.name for one in staff}
    return show(
        "review/audit.html",
        422 if asked.faults else 200,
        here="more",
        rows=[_row(entry, people, behind) for entry in found[:A_PAGE]],
        asked=asked,
        groups=GROUPS,
        staff=[(one.actor, one.name if one.active else f"{one.name} (access ended)") for one in staff],
        others=_others(asked.who, {one.actor for one in staff}),
        older=_address(asked, found[A_PAGE - 1].place) if len(found) > A_PAGE else None,
        newest=_address(asked) if before is not None else None,
        checked=_checked(check, house.settings.time_zone),
        misfit=check.fault if check else None,
    )


def _checked(check: Check | None, zone: str) -> str:
    """When the worker last walked the whole log, and how far it fitted then."""
    if check is None:
        return "The worker checks once a day that nothing in it was changed; it has not done so yet."
    done = words.moment(check.at, zone)
    if check.fault is not None:
        return f"Checked on {done}."
    until = f" up to {words.moment(check.last_at, zone)}" if check.last_at else ""
    return f"Verified{until}: {check.number:,} rows, checked on {done}."


def _others(asked: str, staff: Collection[str]) -> list[tuple[str, str]]:
    """Actors that are nobody's account, and the one asked for where nobody is known by that name."""
    unknown = (asked,) if asked and asked not in staff and asked not in SYSTEM else ()
    return [(name, words.actor(name, {})) for name in (*SYSTEM, *unknown)]


def _asked(zone: str) -> tuple[Asked, Wanted]:
    given = {name: clean(request.args.get(name, ""), LONGEST) for name in ("who", "group", "subject", "since", "until")}
    days: dict[str, date | None] = {}
    faults = []
    for name in ("since", "until"):
        try:
            day = days[name] = _day(given[name])
            given[name] = day.isoformat() if day else ""
        except ValueError:
            faults.append((name, "Write the day like 2026-11-18"))
    group = given["group"] if given["group"] in GROUPS else ""
    since, until = days.get("since"), days.get("until")
    asked = Asked(**given | {"group": group}, faults=tuple(faults))
    return asked, Wanted(
        actor=given["who"],
        actions=actions_in(group) if group else None,
        subject=given["subject"],
        since=_midnight(since, zone) if since else None,
        until=_midnight(until + timedelta(days=1), zone) if until else None,
    )


def _day(typed: str) -> date | None:
    """A typed day, None for none; raises `ValueError` for what is no day of this age."""
    day = words.as_date(typed)
    if day is not None and not 2000 <= day.year < 3000:
        raise ValueError(typed)
    return day


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(zone))


def _address(asked: Asked, before: Place | None = None) -> str:
    query = dict(asked.query)
    if before is not None:
        query["before"] = f"{before[0]:%Y%m%dT%H%M%S%f}-{before[1]}"
    return f"{HERE}?{urlencode(query)}" if query else HERE


def _place(text: str) -> Place | None:
    at, _, id_ = text.partition("-")
    try:
        return datetime.strptime(at, "%Y%m%dT%H%M%S%f").replace(tzinfo=UTC), min(int(id_), 2**62)
    except ValueError:
        return None


def _row(entry: Entry, people: Mapping[int, str], behind: Mapping[str, Named]) -> Row:
    event = Event(at=entry.at, actor=entry.actor, action=entry.action, detail=entry.detail)
    told = words.happened(event, people, desk().house.settings.time_zone)
    about, more, link = _about(entry, people, behind)
    return Row(when=told.when, who=told.who, words=told.words, about=about, more=more, link=link)


def _about(entry: Entry, people: Mapping[int, str], behind: Mapping[str, Named]) -> tuple[str, str, str | None]:
    """What a row is about: its name, what else to say of it, and where it can be opened."""
    subject = entry.subject
    named = behind.get(subject)
    if named is not None:
        link = f"/review/submissions/{named.public_id}" if named.public_id else None
        return named.company or named.reference, named.reference if named.company else "", link
    kind, _, number = subject.partition(" ")
    if kind == "account" and number.isdecimal():
        known = int(number) in people
        return words.actor(subject, people), "", f"/review/people/{number}" if known else None
    if subject in _PLACES:
        name, link = _PLACES[subject]
        return name, "", link
    return _KINDS.get(entry.action.partition(".")[0], ""), subject, None
