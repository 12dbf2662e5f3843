"""What the page of a review shows: rows to tick and order, issues with their mails, what a colleague changed."""

from dataclasses import dataclass, replace

from assessment.actions.review_bench import Bench, Issue
from assessment.core.reviewed import MOST_ADVICE, MOST_COMMENT, OWN
from assessment.core.scorecard import Advice, Scorecard
from assessment.forms.reviewing import EFFORTS, Change, Sheet, digests
from assessment.store.deliveries import Delivery
from assessment.web.review.door import HOME
from assessment.web.review.submission_words import moment

OWN_WORDS = "Your own recommendation"
_MAIL = {
    "queued": "On its way",
    "leased": "Being sent",
    "sent": "Mailed",
    "failed": "Could not be delivered",
    "held": "Held back",
    "suppressed": "Not mailed",
    "erased": "Withdrawn before it went out",
}
_PDF = {"queued": "being made", "leased": "being made", "failed": "could not be made", "erased": "erased"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """The state that a form was opened at: the revision, the issue before it, and what its fields held."""

    seen: int
    after: int
    base: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A recommendation to include or not, and its place as it stands in the field."""

    item: Advice
    ticked: bool
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A mail of an issue in words; `bad` where somebody has to look."""

    words: str
    when: str
    bad: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueView:
    """One issue: its number, whether it is a draft, who and when, its PDF and its mails."""

    number: int
    draft: bool
    who: str
    when: str
    pdf: str | None
    failed: bool
    mails: tuple[Mail, ...]


def begun_now(bench: Bench, stored: Sheet) -> Begun:
    """A form that is opened now, on what is stored."""
    draft, newest = bench.draft, bench.newest
    if draft is not None:
        return Begun(seen=draft.revision, after=draft.issue - 1, base=digests(stored))
    return Begun(seen=0, after=newest.issue if newest else 0, base=digests(stored))


def values(bench: Bench, zone: str) -> dict[str, object]:
    """What both the form and the page of what was sent show."""
    return {
        "bench": bench,
        "card": bench.kept.card,
        "base": f"{HOME}/{bench.kept.public_id}/reviewed",
        "back": f"{HOME}/{bench.kept.public_id}",
        "issues": tuple(_issue(one, zone) for one in bench.issues),
        "own_id": OWN,
        "efforts": EFFORTS,
        "most": {"comment": MOST_COMMENT, "advice": MOST_ADVICE},
    }


def _issue(issue: Issue, zone: str) -> IssueView:
    review, document = issue.review, issue.document
    state = document.state if document else None
    return IssueView(
        number=review.issue,
        draft=review.is_draft,
        who=issue.editor if review.is_draft else review.by.name,
        when=moment(review.sent_at or review.updated_at, zone),
        pdf=None if state is None else _PDF.get(state, "ready"),
        failed=state == "failed",
        mails=tuple(_mail(one, zone) for one in issue.deliveries),
    )


def _mail(mail: Delivery, zone: str) -> Mail:
    words = _MAIL.get(mail.state, mail.state)
    if mail.error and mail.state in {"failed", "held", "suppressed", "queued"}:
        words += f": {mail.error}"
    return Mail(words=words, when=moment(mail.sent_at or mail.created_at, zone), bad=mail.state in {"failed", "held"})


def rows(card: Scorecard, sheet: Sheet) -> list[Row]:
    """The scorecard's recommendations: those included first, in their order, then the rest as computed."""
    by_place = {pick: place for place, pick in enumerate(sheet.picks)}
    ordered = sorted(card.advice, key=lambda item: by_place.get(item.id, len(by_place)))
    return [Row(item=item, ticked=item.id in by_place, place=sheet.place(item.id)) for item in ordered]


def in_words(changes: tuple[Change, ...], card: Scorecard) -> list[Change]:
    """Changes as people read them: recommendations by their titles."""
    titles = {item.id: item.title for item in card.advice} | {OWN: OWN_WORDS}
    return [replace(one, theirs=_listed(one.theirs, titles) if one.name == "picks" else one.theirs) for one in changes]


def _listed(picks: str, titles: dict[str, str]) -> str:
    return "\n".join(f"{place}. {titles.get(pick, pick)}" for place, pick in enumerate(picks.split(), start=1))


def meanwhile(bench: Bench, after: int, zone: str) -> str:
    """What happened to the review since a form was opened whose issue came `after` another."""
    newest = bench.issues[0] if bench.issues else None
    if newest is None or (not newest.review.is_draft and newest.review.issue <= after):
        return "This draft was discarded while you had it open. What you typed is below; saving begins it anew."
    when = moment(newest.review.updated_at, zone)
    if newest.review.is_draft:
        return f"{newest.editor} changed this draft on {when}, while you had it open."
    return (
        f"{newest.editor} sent this on {when}, while you had it open. What you typed is below; "
        "saving it begins a corrected issue."
    )
