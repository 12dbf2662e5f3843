"""The form that consultants work with on one submission: read, checked, and brought onto what changed meanwhile."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from assessment.actions.working_on import Work
from assessment.rendering import day
from assessment.store.history import Event
from assessment.store.submissions import STATUSES
from assessment.web.review import submission_words as words

YEARS = range(2000, 2101)
NO_DATE = "Enter a day such as 18 November 2026, or leave it empty"
OVER = "This day is over. Choose today or a later day"
ACTIONS: Mapping[str, str] = {
    "status": "submission.status",
    "owner": "submission.assigned",
    "follow_up": "submission.follow_up",
}
"""The audit log's action of each field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fields:
    """What stands in the form: values as sent; `date_as_text` keeps a day that a date field would drop."""

    status: str
    owner: str
    follow_up: str

    @property
    def date_as_text(self) -> bool:
        """Whether what was typed as a day is none."""
        try:
            return bool(self.follow_up) and date.fromisoformat(self.follow_up).isoformat() != self.follow_up
        except ValueError:
            return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Clash:
    """What somebody changed while the form was open: the field, what it was and is, by whom, and one's own value.

    `yours` is None where one had not touched the field: it then follows what is stored.
    """

    label: str
    before: str
    now: str
    who: str
    when: str
    yours: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """The form as shown: its fields, the revision and values it was made from, faults (field, message), clashes."""

    fields: Fields
    base: Fields
    seen: int
    problems: tuple[tuple[str, str], ...] = ()
    clashes: tuple[Clash, ...] = ()


def fields_of(work: Work) -> Fields:
    """A submission's values as the form holds them."""
    return Fields(
        status=work.status,
        owner="" if work.assignee_id is None else str(work.assignee_id),
        follow_up="" if work.follow_up is None else work.follow_up.isoformat(),
    )


def fresh(work: Work, revision: int) -> Form:
    """The form of a submission as it stands."""
    return Form(fields=fields_of(work), base=fields_of(work), seen=revision)


def sent(form: Mapping[str, str], present: Form) -> Form:
    """The form as it came back; parts that did not come are as they stand."""
    typed, base = (
        Fields(
            **{
                name: form.get(prefix + name, getattr(present.fields, name)).strip()[:100]
                for name in ("status", "owner", "follow_up")
            }
        )
        for prefix in ("", "was_")
    )
    seen = form.get("seen", "")
    number = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 10 else present.seen
    return Form(fields=typed, base=base, seen=number)


def read(form: Form, owners: frozenset[int], today: date) -> tuple[Work | None, tuple[tuple[str, str], ...]]:
    """What the form asks for, or what is wrong with it as (field, message)."""
    problems = []
    fields = form.fields
    if fields.status not in STATUSES:
        problems.append(("status", "Choose a status from the list"))
    owner = int(fields.owner) if fields.owner.isascii() and fields.owner.isdigit() else None
    if fields.owner and owner not in owners:
        problems.append(("owner", "Choose somebody from the list, or nobody"))
    follow_up, message = _follow_up(form, today)
    if message:
        problems.append(("follow_up", message))
    if problems:
        return None, tuple(problems)
    return Work(status=fields.status, assignee_id=owner, follow_up=follow_up), ()


def _follow_up(form: Form, today: date) -> tuple[date | None, str | None]:
    """The day asked for, and what is wrong with it; one that was set before may be over."""
    try:
        asked = words.as_date(form.fields.follow_up)
    except ValueError:
        return None, NO_DATE
    if asked is None or form.fields.follow_up == form.base.follow_up:
        return asked, None
    if asked.year not in YEARS:
        return None, NO_DATE
    return asked, OVER if asked < today else None


def base_of(form: Form) -> Work:
    """What the form was made from; what is no value of the kind counts as none."""
    base = form.base
    try:
        follow_up = words.as_date(base.follow_up)
    except ValueError:
        follow_up = None
    owner = int(base.owner) if base.owner.isascii() and base.owner.isdigit() else None
    return Work(status=base.status, assignee_id=owner, follow_up=follow_up)


def clashed(
    form: Form, present: Form, events: Mapping[str, Event | None], people: Mapping[int, str], zone: str
) -> Form:
    """The form again, on what is stored now: one's own changes kept, everything else as a colleague left it."""
    clashes = []
    fields = form.fields
    for name in ("status", "owner", "follow_up"):
        was, now, mine = (getattr(each, name) for each in (form.base, present.fields, form.fields))
        touched = mine != was
        if now != was and now != mine:
            event = events.get(name)
            clashes.append(
                Clash(
                    label={"status": "Status", "owner": "Owner", "follow_up": "Follow up on"}[name],
                    before=_said(name, was, people),
                    now=_said(name, now, people),
                    who=words.actor(event.actor, people) if event else "a colleague",
                    when=words.moment(event.at, zone) if event else "",
                    yours=_said(name, mine, people) if touched else None,
                )
            )
        if not touched:
            fields = replace(fields, **{name: now})
    return Form(fields=fields, base=present.fields, seen=present.seen, clashes=tuple(clashes))


def _said(name: str, value: str, people: Mapping[int, str]) -> str:
    if name == "status":
        return words.STATUSES.get(value, value)
    if name == "owner":
        return people.get(int(value), value) if value.isascii() and value.isdigit() else words.NOBODY
    try:
        return day(date.fromisoformat(value)) if value else "no day"
    except ValueError:
        return value
