"""Personal invitation links: made here, passed on or mailed, and what became of each."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Response, flash, get_flashed_messages, request

from assessment import clock
from assessment.actions import inviting
from assessment.actions.installation import Gone
from assessment.actions.inviting import Refused, Wanted
from assessment.core.typed_text import clean
from assessment.forms.contact import LABELS, LIMITS
from assessment.forms.readers import email_fault
from assessment.rendering import day
from assessment.store import accounts, invitations
from assessment.store.database import UNAVAILABLE, reading
from assessment.store.invitations import Invitation
from assessment.web.desk import BUSY, desk
from assessment.web.guards import checked, go
from assessment.web.review.door import me, needs, room, show

blueprint = room("invitations")
HERE = "/review/invitations"
LONGEST_MESSAGE = 500
A_PAGE = 50
INVITED = ("assessment", "survey")
"""The kinds to which people are invited by name; of a survey their answers are not known."""
STATES = {
    "made": "Made",
    "mailing": "On its way",
    "mailed": "Mailed",
    "mail_failed": "Mail failed",
    "started": "Started",
    "unfinished": "Begun, not finished",
    "submitted": "Submitted",
    "expired": "Ended",
    "withdrawn": "Withdrawn",
}
"""What a state is called; there is no "opened", because following the link changes nothing: the button begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One invitation as the list shows it; `link` is None once it cannot be used, `named` whether it holds a person."""

    id: str
    who: str
    details: tuple[str, ...]
    title: str
    by: str
    made: str
    state: str
    words: str
    when: str | None
    why: str | None
    ends: str
    link: str | None
    submission: str | None
    may_mail: bool
    named: bool


@blueprint.get("/invitations")
@needs("consultant")
def overview() -> Response:
    """The form for a new one, and every invitation with what became of it."""
    return _page({"questionnaire": request.args.get("questionnaire", "")})


def _page(
    typed: Mapping[str, str], faults: Mapping[str, str] | None = None, status: int = 200, heading: str | None = None
) -> Response:
    house, now = desk().house, clock.now()
    with reading(house.engine) as connection:
        found = invitations.listing(connection, house.keyring, A_PAGE + 1, _place(request.args.get("before", "")))
        names = {one.id: one.name for one in accounts.everybody(connection, house.keyring)}
    inviting.looked(house, me(), now)
    rows = [_row(one, names, now) for one in found[:A_PAGE]]
    made = request.args.get("made", "")
    return show(
        "review/invitations.html",
        status,
        here="invitations",
        rows=rows,
        made=next((row for row in rows if row.id == made and row.link), None),
        served=[(entry.questionnaire.id, entry.questionnaire.title) for entry in house.catalogue.live(*INVITED)],
        fields=[(name, LABELS[name] if name != "email" else "E-mail", LIMITS[name]) for name in LABELS],
        longest=LONGEST_MESSAGE,
        days=inviting.LASTS.days,
        typed=typed,
        wrong=faults or {},
        trouble=heading,
        told=get_flashed_messages(),
        older=_cursor(found[A_PAGE - 1]) if len(found) > A_PAGE else None,
        first="before" not in request.args,
    )


def _cursor(one: Invitation) -> str:
    return f"{HERE}?before={one.created_at:%Y%m%dT%H%M%S%f}-{one.id}"


def _place(text: str) -> tuple[datetime, int] | None:
    at, _, id_ = text.partition("-")
    try:
        return datetime.strptime(at + "+0000", "%Y%m%dT%H%M%S%f%z"), int(id_)
    except ValueError:
        return None


def _row(one: Invitation, names: Mapping[int, str], now: datetime) -> Row:
    house = desk().house
    zone, state, contact = ZoneInfo(house.settings.time_zone), one.state(now), one.contact
    who, *details = [contact[key] for key in ("name", "company", "email", "role") if contact.get(key)] or ["No name"]
    entry = house.catalogue.find(one.questionnaire)
    usable = one.usable(now)
    at = {"mailed": one.mailed_at, "started": one.opened_at, "withdrawn": one.revoked_at}.get(state)
    return Row(
        id=one.public_id,
        who=who,
        details=tuple(details),
        title=entry.questionnaire.title if entry else one.questionnaire,
        by=names.get(one.account_id, "Somebody who left"),
        made=day(one.created_at.astimezone(zone)),
        state=state,
        words=STATES[state],
        when=day(at.astimezone(zone)) if at else None,
        why=one.mail_error if state == "mail_failed" else None,
        ends=day(one.expires_at.astimezone(zone)),
        link=desk().links.address("invitation", one.public_id, one.epoch) if usable else None,
        submission=one.submission,
        may_mail=usable and bool(contact.get("email")),
        named=bool(contact or one.message),
    )


@blueprint.post("/invitations")
@needs("consultant")
def make() -> Response:
    """Make an invitation, and mail it if that is wanted."""
    typed = {name: request.form.get(name, "") for name in ("questionnaire", "message", "mail", *LABELS)}
    faults = _faults(typed)
    if faults:
        return _page(typed, faults, 422)
    wanted = Wanted(
        questionnaire=typed["questionnaire"],
        contact=contact_of(typed),
        message=clean(typed["message"], LONGEST_MESSAGE),
        mail=typed["mail"] == "now",
    )
    try:
        public_id = inviting.invite(
            desk().house, me(), wanted, public_id=clock.public_id(), message_id=desk().message_id(), now=clock.now()
        )
    except Refused as refused:
        return _page(typed, {"email": str(refused)}, 422)
    except UNAVAILABLE:
        return _page(typed, {"questionnaire": "Press the button once more in a moment"}, 503, BUSY)
    flash("The invitation is on its way." if wanted.mail else "The invitation is made. Copy its link.")
    return go(f"{HERE}?made={public_id}")


def contact_of(typed: Mapping[str, str]) -> dict[str, str]:
    """Contact details, cleaned; what is empty is left out."""
    cleaned = {name: clean(typed[name], LIMITS[name]) for name in LABELS}
    return {name: text for name, text in cleaned.items() if text}


def contact_faults(typed: Mapping[str, str]) -> dict[str, str]:
    """What is wrong with contact details as typed, by field."""
    faults = {name: f"Shorten this to {LIMITS[name]} characters" for name in LABELS if len(typed[name]) > LIMITS[name]}
    wrong = email_fault(typed["email"].strip()) if typed["email"].strip() else None
    return faults | ({"email": wrong} if wrong and "email" not in faults else {})


def live(slug: str, *kinds: str) -> bool:
    """Whether a questionnaire of these kinds (assessments, unless any are named) can be begun now."""
    entry = desk().house.catalogue.get(slug)
    asked = None if entry is None else entry.questionnaire
    return asked is not None and asked.status == "live" and asked.kind in (kinds or ("assessment",))


def _faults(typed: Mapping[str, str]) -> dict[str, str]:
    faults = contact_faults(typed)
    if not live(typed["questionnaire"], *INVITED):
        faults["questionnaire"] = "Choose the assessment"
    if typed["mail"] == "now" and not typed["email"].strip():
        faults.setdefault("email", "Enter the address, or choose to copy the link")
    if len(typed["message"]) > LONGEST_MESSAGE:
        faults["message"] = f"Shorten this to {LONGEST_MESSAGE} characters"
    return faults


@blueprint.post("/invitations/<public_id>/mail")
@needs("consultant")
def mail(public_id: str) -> Response:
    """Mail an invitation (again)."""
    try:
        inviting.mail_again(desk().house, me(), checked(public_id), message_id=desk().message_id(), now=clock.now())
    except Refused as refused:
        flash(f"Not mailed: {refused}")
    except Gone:
        flash("Not mailed: this invitation cannot be used any more.")
    else:
        flash("The invitation is on its way.")
    return go(HERE)


@blueprint.post("/invitations/<public_id>/withdraw")
@needs("consultant")
def withdraw(public_id: str) -> Response:
    """Withdraw an invitation that was not begun."""
    try:
        inviting.withdraw(desk().house, me(), checked(public_id), clock.now())
    except Gone:
        flash("Not withdrawn: it was begun already, or cannot be used any more.")
    else:
        flash("The invitation is withdrawn. Its link says so.")
    return go(HERE)
