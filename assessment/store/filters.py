"""What a list, a dashboard or an export is narrowed to: read from an address, written to one, and as conditions."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, Select, func, or_, select

from assessment.core.company import company_key
from assessment.core.search_words import words_of
from assessment.core.typed_text import clean
from assessment.store.keys import Keyring
from assessment.store.review_tables import search_word, submission
from assessment.store.submissions import MARKS, ORIGINS, STATUSES
from assessment.store.tables import delivery, document

SORTS = ("call", "newest", "oldest", "score", "gap", "company", "follow_up")
"""Orders of the list; the first is what one gets without asking."""
OPEN = "open"
"""Every status but closed. Who must not be contacted is in none of the open ones."""
NO_STAGE = "-"
"""Submissions whose answers placed them in no stage."""
ON_ITS_WAY = ("queued", "leased", "held")
NOT_DELIVERED = ("failed", "suppressed")
DELIVERIES: Mapping[str, tuple[str, ...]] = {
    "failed": NOT_DELIVERED,
    "queued": ON_ITS_WAY,
    "sent": ("sent",),
    "none": (),
}
"""What the list calls a mail's state, and the states of its newest delivery that this covers."""
LONGEST = 200
_ID = re.compile(r"[A-Za-z0-9_.-]{1,60}")
_NUMBER = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)
_NAME = re.compile(r"[\w\s.,&'-]+")
_YEARS = range(2000, 3000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What is shown, in which order; an empty part narrows nothing, and an empty `mark` shows unmarked ones only.

    `people` says whether the search may look into names and notes; `ignored` names the parts that were not valid;
    days begin and end in `zone`.
    """

    search: str = ""
    questionnaire: str = ""
    stage: str = ""  # a stage's id or NO_STAGE
    status: str = ""  # one of STATUSES, or OPEN
    owner: str = ""  # none | me | an account's id
    mark: str = ""  # any | one of MARKS
    origin: str = ""
    delivery: str = ""  # a key of DELIVERIES
    contact: str = ""  # may | none | refused
    company: str = ""  # core.company.company_key
    since: date | None = None
    until: date | None = None  # that day included
    follow_up: str = ""  # due
    sort: str = SORTS[0]
    account_id: int = field(default=0, compare=False)  # who "me" is
    people: bool = field(default=False, compare=False)
    ignored: tuple[str, ...] = field(default=(), compare=False)
    zone: tzinfo = field(default=UTC, compare=False)

    @property
    def narrowed(self) -> bool:
        """Whether anything but the order differs from the whole list."""
        return any(getattr(self, name) != _DEFAULTS[name] for name in PARTS if name != "sort")


PARTS = tuple(part.name for part in fields(Filters) if part.compare)
"""The parts in the order of an address; each is the address's parameter of the same name."""
_DEFAULTS = {part.name: part.default for part in fields(Filters)}
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "status": (*STATUSES, OPEN),
    "mark": ("any", *MARKS),
    "origin": ORIGINS,
    "delivery": tuple(DELIVERIES),
    "contact": ("may", "none", "refused"),
    "follow_up": ("due",),
    "sort": SORTS,
}


def parse(args: Mapping[str, str], account_id: int, *, people: bool, zone: tzinfo = UTC) -> Filters:
    """The filters in an address's parameters, seen by this account, for days in this zone.

    Never raises: a part that is not valid is left out and named in `ignored`. `people` is for who may see a person's
    name (consultants): for everybody else a search finds nothing by what is stored encrypted.
    """
    found: dict[str, str | date] = {}
    ignored: list[str] = []
    for name in PARTS:
        typed = args.get(name, "").strip()
        value = _value(name, typed) if typed else None
        if value is not None:
            found[name] = value
        elif typed:
            ignored.append(name)
    seen_by: dict[str, Any] = {"account_id": account_id, "people": people, "zone": zone}
    return Filters(**found, **seen_by, ignored=tuple(ignored))  # type: ignore[arg-type]


def _value(name: str, typed: str) -> str | date | None:
    if name in _CHOICES:
        return typed if typed in _CHOICES[name] else None
    if name in {"since", "until"}:
        return _day(typed)
    if name == "search":
        return clean(typed, LONGEST) or None
    if name == "company":
        return typed if typed.isprintable() and len(typed) <= LONGEST else None
    if name == "owner":
        return typed if typed in {"none", "me"} or _NUMBER.fullmatch(typed) else None
    return typed if _ID.fullmatch(typed) else None


def _day(typed: str) -> date | None:
    try:
        found = date.fromisoformat(typed)
    except ValueError:
        return None
    return found if found.year in _YEARS else None


def to_query(filters: Filters) -> str:
    """The filters as an address's query, without "?": only what differs from the whole list, always in one order."""
    given = [(name, getattr(filters, name)) for name in PARTS]
    return urlencode([(name, str(value)) for name, value in given if value != _DEFAULTS[name]])


def where(filters: Filters, keyring: Keyring, today: date) -> list[ColumnElement[bool]]:
    """The conditions on `submission`; what was erased is in none of them."""
    conditions = [~submission.c.erased, *_same(filters), *_work(filters), *_period(filters)]
    if filters.search:
        conditions.append(_found(filters, keyring))
    if filters.delivery:
        conditions.append(mailed(DELIVERIES[filters.delivery]))
    if filters.follow_up:
        conditions.append(is_due(today))
    return conditions


def _same(filters: Filters) -> list[ColumnElement[bool]]:
    wanted = {
        submission.c.questionnaire: filters.questionnaire,
        submission.c.origin: filters.origin,
        submission.c.company_key: filters.company,
    }
    conditions = [column == value for column, value in wanted.items() if value]
    if filters.stage == NO_STAGE:
        conditions.append(submission.c.stage_id.is_(None))
    elif filters.stage:
        conditions.append(submission.c.stage_id == filters.stage)
    if filters.mark != "any":
        conditions.append(submission.c.mark == filters.mark if filters.mark else submission.c.mark.is_(None))
    return conditions


def _work(filters: Filters) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if filters.status:
        is_open = submission.c.status != "closed"
        conditions.append(is_open if filters.status == OPEN else submission.c.status == filters.status)
    if filters.status not in {"", "closed"}:
        conditions.append(~submission.c.do_not_contact)  # which stands in the status place: nothing is to be done there
    if filters.owner == "none":
        conditions.append(submission.c.assignee_id.is_(None))
    elif filters.owner:
        owner = filters.account_id if filters.owner == "me" else int(filters.owner)
        conditions.append(submission.c.assignee_id == owner)
    if filters.contact == "refused":
        conditions.append(submission.c.do_not_contact)
    elif filters.contact:
        agreed = submission.c.may_contact if filters.contact == "may" else ~submission.c.may_contact
        conditions += [agreed, ~submission.c.do_not_contact]
    return conditions


def _period(filters: Filters) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if filters.since:
        conditions.append(submission.c.submitted_at >= _midnight(filters.since, filters.zone))
    if filters.until:
        conditions.append(submission.c.submitted_at < _midnight(filters.until + timedelta(days=1), filters.zone))
    return conditions


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone)


def is_due(today: date) -> ColumnElement[bool]:
    """A follow-up whose day has come, on a submission that is not closed and whose person may be called."""
    column = submission.c.follow_up
    return (column <= today) & (submission.c.status != "closed") & ~submission.c.do_not_contact


def _found(filters: Filters, keyring: Keyring) -> ColumnElement[bool]:
    """By a part of the company's name, by the beginning of the reference, or by all words of what is encrypted."""
    ways = [
        submission.c.company.icontains(filters.search, autoescape=True),
        submission.c.reference.istartswith(filters.search, autoescape=True),
    ]
    key = company_key(filters.search) if _NAME.fullmatch(filters.search) else ""
    if key:  # databases fold the case of a to z only, and people leave out accents and legal forms
        ways.append(submission.c.company.is_not(None) & submission.c.company_key.contains(key, autoescape=True))
    words = sorted({keyring.word(word) for word in words_of(filters.search)})
    if filters.people and words:
        ways.append(submission.c.id.in_(_with_words(words)))
    return or_(*ways)


def _with_words(words: list[str]) -> Select[tuple[int]]:
    hits = select(search_word.c.submission_id).where(search_word.c.word.in_(words))
    return hits.group_by(search_word.c.submission_id).having(func.count() == len(words))


def mailed(states: Collection[str]) -> ColumnElement[bool]:
    """The newest delivery of any of its documents is in one of these states; without states: there is no delivery."""
    sent = select(document.c.scorecard_id).join(delivery, delivery.c.document_id == document.c.id)
    sent = sent.where(delivery.c.state != "erased")
    if not states:
        return submission.c.scorecard_id.not_in(sent)
    if "sent" in states:  # most are: the few others are found sooner than each is shown to be the newest
        others = [*ON_ITS_WAY, *NOT_DELIVERED]
        return submission.c.scorecard_id.in_(sent.where(delivery.c.state.in_(states))) & ~mailed(others)
    later, paper = delivery.alias(), document.alias()
    newer = select(later.c.id).join(paper, paper.c.id == later.c.document_id)
    newer = newer.where(
        paper.c.scorecard_id == document.c.scorecard_id, later.c.id > delivery.c.id, later.c.state != "erased"
    )
    return submission.c.scorecard_id.in_(sent.where(delivery.c.state.in_(states), ~newer.exists()))
