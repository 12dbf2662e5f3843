"""A submission in the words of the list: what stands in each cell of its row."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from assessment.core import submission_words
from assessment.store.submission_list import Line, Mail
from assessment.store.submissions import Submission

STATUS, MARK, ORIGIN = submission_words.STATUS, submission_words.MARK, submission_words.ORIGIN
DELIVERY = {"failed": "Not delivered", "queued": "On its way or held back", "sent": "Mailed", "none": "No mail"}
CONTACT = {"may": "May be contacted", "none": "No consent", "refused": "Do not contact"}
SORT = {
    "call": "Who to call first",
    "newest": "Newest first",
    "oldest": "Oldest first",
    "score": "Lowest score first",
    "gap": "Largest gap first",
    "company": "By company",
    "follow_up": "By follow-up date",
}
MEANING = {
    "call": "Follow-ups due come first, then new ones who may be contacted, the largest gap first; then in review, new "
    "without consent, contacted and closed. Do not contact comes last.",
    "newest": "The newest comes first.",
    "oldest": "The oldest comes first.",
    "score": "The lowest score comes first, submissions without a score last.",
    "gap": "The largest gap comes first, submissions without one last.",
    "company": "By the company's name without its legal form; submissions without a company last.",
    "follow_up": "The earliest follow-up date comes first, submissions without one last.",
}
TOGETHER = "Submissions of one company stand together."
_MAIL = {
    "sent": "mailed",
    "queued": "on its way",
    "leased": "on its way",
    "held": "held back",
    "failed": "not delivered",
    "suppressed": "not sent: address refused",
}
_TROUBLE = ("failed", "suppressed")


@dataclass(frozen=True, slots=True, kw_only=True)
class RowView:
    """One row as it is read; `seen` is what its tick box sends: the public id and the revision that was shown."""

    submission: Submission
    address: str
    seen: str
    company: str
    of_company: int
    company_address: str
    name: str | None
    received: str
    status: str
    owner: str
    consent: str
    mail: str
    mail_trouble: bool
    follow_up: str | None
    overdue: bool
    notes: tuple[str, ...]


def row_view(line: Line, names: Mapping[int, str], now: datetime, zone: ZoneInfo) -> RowView:
    """A row; `names` are the colleagues' by account id."""
    one, today = line.submission, now.astimezone(zone).date()
    follow_up, overdue = _follow_up(one, today)
    return RowView(
        submission=one,
        address=f"/review/submissions/{one.public_id}",
        seen=f"{one.public_id}.{one.revision}",
        company=one.company or "Company not given",
        of_company=line.of_company,
        company_address="?" + urlencode({"company": one.company_key}),
        name=line.name,
        received=received(one.submitted_at, now, zone),
        status="Do not contact" if one.do_not_contact else STATUS[one.status],
        owner=names.get(one.assignee_id, "Somebody who left") if one.assignee_id else "No owner",
        consent=_consent(one),
        mail=mail_words(line.mail),
        mail_trouble=line.mail is not None and line.mail.state in _TROUBLE,
        follow_up=follow_up,
        overdue=overdue,
        notes=_notes(one),
    )


def _consent(one: Submission) -> str:
    if one.do_not_contact:
        return "Asked for no contact"
    return "May be contacted" if one.may_contact else "No consent"


def _notes(one: Submission) -> tuple[str, ...]:
    began = () if one.origin == "web" else (ORIGIN[one.origin],)
    return (*began, f"Marked as {MARK[one.mark].lower()}") if one.mark else began


def mail_words(mail: Mail | None) -> str:
    """What became of the newest mail."""
    if mail is None:
        return "No mail"
    return f"{'Reviewed PDF' if mail.reviewed else 'PDF'} {_MAIL.get(mail.state, mail.state)}"


def received(moment: datetime, now: datetime, zone: ZoneInfo) -> str:
    """ "Today, 09:14", "12 November", or with its year when that is another than now's."""
    there, present = moment.astimezone(zone), now.astimezone(zone)
    if there.date() == present.date():
        return f"Today, {there:%H:%M}"
    return short_day(there.date(), present.date())


def short_day(day: date, today: date) -> str:
    """ "12 Nov", or "12 Nov 2025" in another year; never broken into two lines."""
    return f"{day.day}\N{NO-BREAK SPACE}{day:%b}" + ("" if day.year == today.year else f"\N{NO-BREAK SPACE}{day.year}")


def _follow_up(one: Submission, today: date) -> tuple[str | None, bool]:
    if one.follow_up is None:
        return None, False
    idle = one.status == "closed" or one.do_not_contact
    if one.follow_up == today and not idle:
        return "Follow-up due today", True
    if one.follow_up < today and not idle:
        return f"Follow-up due since {short_day(one.follow_up, today)}", True
    return f"Follow-up {short_day(one.follow_up, today)}", False
