"""The words of mails to the firm's own people. They show what the definition says, and nothing a prospect typed."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from assessment import rendering
from assessment.actions.installation import Installation
from assessment.actions.links import Links
from assessment.core.brief import brief_of
from assessment.core.scorecard import Scorecard
from assessment.delivery.letters import Written
from assessment.store import accounts, responses, scorecards, submissions, team
from assessment.store.accounts import Account
from assessment.store.database import reading
from assessment.store.notices import Notice
from assessment.store.submissions import Submission

MOST_LINES = 40
"""Submissions that a digest names one by one; of the rest it gives the number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One submission in a digest; `contact` says whether they may be called, `due` the day of a late follow-up."""

    title: str
    place: str
    gap: str | None
    contact: str
    link: str
    due: date | None = None


def place(stage: str | None, overall: int | None) -> str:
    """Where a scorecard placed somebody: "Performer, 78 of 100"."""
    parts = [stage] if stage else []
    parts += [f"{overall} of 100"] if overall is not None else []
    return ", ".join(parts) or "No stage yet"


def may_be_called(found: Submission) -> str:
    """Whether the person may be contacted, in a few words; "do not contact" outranks a consent."""
    if found.do_not_contact:
        return "Do not contact"
    return "May be contacted" if found.may_contact else "No consent to contact"


def submission(house: Installation, links: Links, notice: Notice) -> Written | None:
    """A new submission with the brief for the call; None once it was erased or taken out of the statistics."""
    with reading(house.engine) as connection:
        if _gone(house, connection, notice):
            return None
        found, card = _submission(connection, notice)
    if found is None or card is None or found.erased or found.mark is not None:
        return None
    return rendering.mail(
        "submission",
        f"New submission: {found.title} ({place(found.stage, found.overall)})",
        brand=house.settings.brand,
        card=card,
        brief=brief_of(card),
        contact=may_be_called(found),
        origin=found.origin,
        owned=notice.account_id is not None and notice.account_id == found.assignee_id,
        unowned=found.assignee_id is None,
        link=_link(links, found),
    )


def _submission(connection: Connection, notice: Notice) -> tuple[Submission | None, Scorecard | None]:
    response = responses.find(connection, notice.about.public_id) if notice.about else None
    if response is None:
        return None, None
    kept = scorecards.of_response(connection, response.id)
    return submissions.of_response(connection, response.id), kept.card if kept else None


def _gone(house: Installation, connection: Connection, notice: Notice) -> bool:
    """Whether the mail is to somebody who no longer works here; the team address always does."""
    return notice.account_id is not None and _working(house, connection, notice.account_id) is None


def _working(house: Installation, connection: Connection, account_id: int) -> Account | None:
    found = accounts.by_id(connection, house.keyring, account_id)
    return found if found is not None and found.active and found.may("consultant") else None


def _link(links: Links, found: Submission) -> str:
    return f"{links.public_url}/review/submissions/{found.public_id}"


def digest(house: Installation, links: Links, notice: Notice) -> Written | None:
    """What came in since the last digest, and what is to be followed up; None when nothing of it is left."""
    zone = ZoneInfo(house.settings.time_zone)
    since, until = (datetime.fromisoformat(notice.payload[name]) for name in ("since", "until"))
    today = until.astimezone(zone).date()
    with reading(house.engine) as connection:
        if notice.account_id is None or _gone(house, connection, notice):
            return None
        new = team.arrived(connection, notice.account_id, since, until)
        due = team.to_follow_up(connection, notice.account_id, today)
    if not new and not due:
        return None
    counts = [rendering.plural(len(new), "new submission")] if new else []
    counts += [rendering.plural(len(due), "follow-up") + " due"] if due else []
    return rendering.mail(
        "digest",
        f"Your digest: {rendering.listed(counts)}",
        brand=house.settings.brand,
        counts=counts,
        day=today,
        since=since.astimezone(zone),
        new=[_line(links, one, today) for one in new[:MOST_LINES]],
        more=max(0, len(new) - MOST_LINES),
        due=[_line(links, one, today) for one in due[:MOST_LINES]],
        more_due=max(0, len(due) - MOST_LINES),
        link=f"{links.public_url}/review/submissions",
        account_link=f"{links.public_url}/review/account",
    )


def _line(links: Links, found: Submission, today: date) -> Line:
    gap = found.gap_text
    if gap and found.gap is not None:
        gap = f"{gap} ({rendering.signed(found.gap)})"
    return Line(
        title=found.title,
        place=place(found.stage, found.overall),
        gap=gap,
        contact=may_be_called(found),
        link=_link(links, found),
        due=found.follow_up if found.follow_up is not None and found.follow_up < today else None,
    )
