"""What stands on the page of one submission, in words: where it came from, what happened, how its mails fared."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

from assessment.core import audit_words
from assessment.core.numbers import half_up_whole
from assessment.rendering import day, plural, signed
from assessment.store.correspondence import Mailed
from assessment.store.history import Event

STATUSES: Mapping[str, str] = {"new": "New", "in_review": "In review", "contacted": "Contacted", "closed": "Closed"}
MARKS: Mapping[str, str] = {"test": "Test", "spam": "Spam", "competitor": "Competitor"}
NOBODY = "Nobody"
_WHO: Mapping[str, str] = {
    "respondent": "The respondent",
    "recipient": "Whoever got the mail",
    "visitor": "Somebody not signed in",
    "demo": "Demonstration",
    "worker": "By itself",
    "retention": "By itself, when its time was over",
}
_HELD: tuple[tuple[str, str], ...] = (
    ("This address was mailed today already", "the address had a mail today; until it is confirmed, it gets one a day"),
    ("This address had ten mails today", "the address had ten mails today"),
    ("This scorecard was mailed often enough", "this scorecard was mailed five times today"),
    ("This address cannot be mailed", "the address refused our mail, or its owner asked for none"),
)
"""How a respondent is told why a mail is held, and how a consultant is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """One thing that happened: what, by whom, when."""

    words: str
    who: str
    at: datetime
    when: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MailLine:
    """One mail of the scorecard as a consultant reads it; `bad` when somebody has to do something."""

    what: str
    words: str
    when: str
    bad: bool


def moment(at: datetime, zone: str) -> str:
    """A time where the firm is: "14 November 2026, 09:14"."""
    there = at.astimezone(ZoneInfo(zone))
    return f"{day(there)}, {there:%H:%M}"


def local_day(at: datetime, zone: str) -> date:
    """The day of a time where the firm is."""
    return at.astimezone(ZoneInfo(zone)).date()


def lasted(seconds: int) -> str:
    """How long answering took: "6 minutes"; hours and days once it was left and taken up again."""
    minutes = max(1, half_up_whole(Fraction(seconds, 60)))
    if minutes < 120:
        return plural(minutes, "minute")
    hours = half_up_whole(Fraction(seconds, 3600))
    return plural(hours, "hour") if hours < 48 else plural(half_up_whole(Fraction(hours, 24)), "day")


def origin(kind: str, interviewer: str | None) -> str:
    """How the answers came in."""
    if kind == "interview":
        return f"Interview by {interviewer}" if interviewer else "Interview"
    return {"invitation": "Invited", "demo": "Demonstration data, nobody answered this"}.get(
        kind, "Through the website"
    )


def actor(name: str, people: Mapping[int, str]) -> str:
    """Who did something, from the audit log's name of them; `people` are accounts' names by id."""
    kind, _, number = name.partition(" ")
    if kind == "account" and number.isdigit():
        return people.get(int(number), "Somebody whose account is gone")
    return _WHO.get(name, name)


def happened(event: Event, people: Mapping[int, str], zone: str) -> Happened:
    """An audit row in words."""
    words = audit_words.words(event.action, _detail(event, people))
    return Happened(words=words, who=actor(event.actor, people), at=event.at, when=moment(event.at, zone))


def _detail(event: Event, people: Mapping[int, str]) -> str | None:
    detail = event.detail
    if detail is None or event.action == "response.submitted":
        return None
    if event.action == "submission.assigned":
        return NOBODY.lower() if detail == "nobody" else actor(detail, people)
    if event.action == "submission.status":
        return " to ".join(STATUSES.get(part, part).lower() for part in detail.split(" to "))
    if event.action == "submission.follow_up":
        return _date(detail)
    return detail


def _date(detail: str) -> str:
    try:
        return day(date.fromisoformat(detail))
    except ValueError:
        return detail


def mailed(mail: Mailed, zone: str) -> Happened | None:
    """That a mail went out, or None while it did not."""
    if mail.sent_at is None:
        return None
    return Happened(
        words=f"{_what(mail)} was mailed", who="By itself", at=mail.sent_at, when=moment(mail.sent_at, zone)
    )


def _what(mail: Mailed) -> str:
    return "The scorecard" if mail.issue is None else f"Issue {mail.issue} of the reviewed scorecard"


def mail_line(mail: Mailed, zone: str, *, reasons: bool) -> MailLine:
    """A mail's state in words; the mail server's own `reasons` may name the address, so not everybody reads them."""
    error = f": {mail.error}" if mail.error and reasons else ""
    tried = f"tried {plural(mail.tries, 'time')}"
    words = {
        "sent": "Mailed",
        "queued": f"Not out yet, {tried}{error}" if mail.tries else "On its way",
        "leased": "Being sent",
        "failed": f"Could not be delivered, {tried}{error}",
        "held": f"Held back: {held(mail.error or '')}",
        "suppressed": "Not mailed: the address refused our mail, or its owner asked for none",
        "erased": "Withdrawn before it went out",
    }.get(mail.state, mail.state)
    if mail.state == "erased" and mail.tries:
        words = "Mailed before, its address was removed"
    at = mail.sent_at or mail.created_at
    bad = mail.state in {"failed", "suppressed"}
    return MailLine(what=_what(mail), words=words + _unsure(mail), when=moment(at, zone), bad=bad)


def _unsure(mail: Mailed) -> str:
    """A try that broke off after the mail was handed over may have arrived."""
    return ". It may have arrived more than once" if mail.unsure and mail.state == "sent" else ""


def held(reason: str) -> str:
    """Why a mail is held, as a consultant is told."""
    return next((ours for theirs, ours in _HELD if reason.startswith(theirs)), reason or "nobody said why")


def movement(points: int | None, stages: int | None) -> str:
    """What moved, in words: "+6", "no change", "one stage up"."""
    if points is not None:
        return signed(points) if points else "no change"
    if stages is None:
        return "not comparable"
    if not stages:
        return "same stage"
    return f"{plural(abs(stages), 'stage')} {'up' if stages > 0 else 'down'}"


def changed_between(before: datetime, after: datetime, zone: str) -> str:
    """Where the line between two versions of the questions runs."""
    first, last = local_day(before, zone), local_day(after, zone)
    span = f"on {day(last)}" if first == last else f"between {day(first)} and {day(last)}"
    return f"The questions changed {span}: no movement is shown across it."


def as_date(typed: str) -> date | None:
    """A day as browsers send it or as people write it ("2026-11-18", "18 November 2026"); raises `ValueError`."""
    text = " ".join(typed.split())
    if not text:
        return None
    for form in ("%Y-%m-%d", "%d %B %Y", "%d %b %Y", "%d.%m.%Y"):
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC).date()
        except ValueError:
            continue
    raise ValueError(typed)
