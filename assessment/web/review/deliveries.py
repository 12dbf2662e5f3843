"""Every mail to respondents and invited people: on its way, sent, held or failed, and what can be done about it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from flask import Response, flash, get_flashed_messages, request

from assessment import clock
from assessment.actions import post_office
from assessment.actions.post_office import NotTried
from assessment.rendering import day
from assessment.store import outbox
from assessment.store.database import reading
from assessment.store.outbox import Mail, Place
from assessment.store.people import ASKED_FOR_NONE
from assessment.web.desk import desk
from assessment.web.guards import go
from assessment.web.review.door import me, needs, room, show

blueprint = room("deliveries")
HERE = "/review/deliveries"
A_PAGE = 50
JOINER = "\u2060"
"""Keeps a line from ending beside it."""
KINDS = {
    "scorecard": "Scorecard",
    "reviewed": "Reviewed scorecard",
    "resume": "Link to unfinished answers",
    "invitation": "Invitation",
    "submission": "New submission, to the team",
}
STATES = {
    "queued": "On its way",
    "leased": "On its way",
    "sent": "Sent",
    "held": "Held",
    "failed": "Failed",
    "suppressed": "Failed",
}
_REASONS = (
    ("no mail server", "The mail server could not be reached"),
    ("the mail server refused the connection", "The mail server refused the connection"),
    ("the mail server refused the sender", "The mail server refused our own address"),
    ("the mail server refused the address", "The mail server refused the address"),
    ("the mail server refused the message", "The mail server refused the message"),
    ("the connection broke after", "The connection broke while it was sent; it may have arrived"),
    ("the outbox cannot be written", "The outbox folder cannot be written"),
    ("the document is made again", "The PDF is made again first"),
    ("a stored value was sealed", "It cannot be read with the keys in the secrets file"),
    ("the e-mail address", "The address is not one plain address"),
    ("a header", "Its subject or sender cannot be sent safely"),
    ("This address was mailed today already", "It had a mail today. Until its owner confirms it, it gets one a day"),
    ("This address had ten mails today", "It had ten mails today"),
    ("This scorecard was mailed often enough", "This scorecard was mailed five times today"),
    ("This address cannot be mailed", "It refused our mail, or its owner asked for none"),
    (ASKED_FOR_NONE, "Whoever has the address asked for no mail"),
    ("must not be contacted", "The person must not be contacted"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One mail as the list shows it; `said` is what the mail server said, `again` and `lift` are where buttons lead."""

    id: int
    what: str
    title: str | None
    to: str
    submission: str | None
    name: str | None
    invitation: str | None
    state: str
    words: str
    bad: bool
    when: str
    reason: str | None
    said: str | None
    tries: int
    next: str | None
    again: str | None
    lift: str | None
    do_not_contact: bool


def plain_reason(error: str | None) -> tuple[str | None, str | None]:
    """Why a mail is where it is, in plain words, and behind it what the mail server said."""
    if not error:
        return None, None
    for start, words in _REASONS:
        if error.startswith(start):
            said = error.partition(": ")[2]
            return f"{words}.", said or None
    return error if error.endswith(".") else f"{error[:1].upper()}{error[1:]}.", None


def masked(email: str | None) -> str:
    """An address to recognise and not to copy: "pr…@northfield.example", in one piece."""
    if not email:
        return "Address not kept"
    local, _, domain = email.rpartition("@")
    return f"{local[:2]}…{JOINER}@{domain}"


@blueprint.get("/deliveries")
@needs("consultant")
def overview() -> Response:
    """The newest mails first, all of them or those in one state."""
    house, now = desk().house, clock.now()
    state = request.args.get("state", "")
    chosen = state if state in outbox.STATES else None
    before = _place(request.args.get("before", ""))
    with reading(house.engine) as connection:
        found = outbox.listing(connection, house.keyring, A_PAGE + 1, chosen, before)
        counts = outbox.counts(connection)
    post_office.looked(house, me(), now)
    return show(
        "review/deliveries.html",
        here="more",
        rows=[_row(one) for one in found[:A_PAGE]],
        counts=counts,
        chosen=chosen,
        server=bool(house.settings.smtp_host),
        told=get_flashed_messages(),
        older=_cursor(found[A_PAGE - 1], chosen) if len(found) > A_PAGE else None,
        first=before is None,
    )


def _cursor(mail: Mail, state: str | None) -> str:
    at, rank, id_ = mail.place
    narrowed = f"state={state}&" if state else ""
    return f"{HERE}?{narrowed}before={at:%Y%m%dT%H%M%S%f}-{rank}-{id_}"


def _place(text: str) -> Place | None:
    parts = text.split("-")
    try:
        at, rank, id_ = parts
        return datetime.strptime(at, "%Y%m%dT%H%M%S%f").replace(tzinfo=UTC), int(rank), int(id_)
    except ValueError:
        return None


def _moment(at: datetime) -> str:
    there = at.astimezone(ZoneInfo(desk().house.settings.time_zone))
    return f"{day(there)}, {there:%H:%M}"


def _row(mail: Mail) -> Row:
    reason, said = plain_reason(mail.error)
    if mail.refused and mail.state in ("failed", "suppressed"):
        reason, more = plain_reason(mail.refused)
        said = said or more
    waits = mail.state == "queued" and mail.tries > 0
    return Row(
        id=mail.id,
        what=KINDS.get(mail.kind, "Mail"),
        title=mail.title,
        to=masked(mail.email) if mail.kind != "submission" else "Team address",
        submission=mail.submission,
        name=mail.company or mail.reference,
        invitation=mail.invitation,
        state=mail.state,
        words=STATES.get(mail.state, mail.state),
        bad=mail.state in ("failed", "suppressed"),
        when=_moment(mail.sent_at or mail.created_at),
        reason=reason,
        said=said,
        tries=mail.tries,
        next=_moment(mail.next_at) if waits else None,
        again=_again(mail),
        lift=f"{HERE}/{mail.id}/release" if _may_lift(mail) else None,
        do_not_contact=mail.do_not_contact,
    )


def _again(mail: Mail) -> str | None:
    """Where "try again" leads, if it makes sense: the limits and refusals decide there."""
    if mail.state not in ("failed", "suppressed") or mail.do_not_contact or mail.refused or not mail.email:
        return None
    if mail.kind in ("scorecard", "reviewed"):
        return f"{HERE}/{mail.id}/again"
    return f"/review/invitations/{mail.invitation}/mail" if mail.invitation else None


def _may_lift(mail: Mail) -> bool:
    bounced = mail.refused is not None and mail.refused != ASKED_FOR_NONE
    return bounced and mail.kind in ("scorecard", "reviewed") and not mail.do_not_contact and me().may("admin")


@blueprint.post("/deliveries/<int:delivery_id>/again")
@needs("consultant")
def again(delivery_id: int) -> Response:
    """Try a failed mail again, as a new one."""
    try:
        post_office.try_again(desk().house, delivery_id, me(), message_id=desk().message_id(), now=clock.now())
    except NotTried as reason:
        flash(f"Not tried again: {reason}")
    else:
        flash("The mail is on its way once more.")
    return go(HERE)


@blueprint.post("/deliveries/<int:delivery_id>/release")
@needs("admin")
def release(delivery_id: int) -> Response:
    """Allow mail again to an address that a mail server refused."""
    try:
        post_office.release_address(desk().house, delivery_id, me(), clock.now())
    except NotTried as reason:
        flash(f"Not allowed: {reason}")
    else:
        flash("The address may be mailed again. Now try the mail again.")
    return go(HERE)
