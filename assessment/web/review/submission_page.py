"""Puts together what the page of one submission shows; a viewer's page is made without anything personal."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from assessment.actions import owning
from assessment.actions.installation import Installation
from assessment.actions.owning import Owned
from assessment.actions.working_on import Work, work_of
from assessment.core.brief import Brief, brief_of
from assessment.core.movement import AreaMove, Movement, Taken, area_moves, movements
from assessment.core.scorecard import Line, Pull, Scorecard
from assessment.store import accounts, company, correspondence, history, notes, responses, scorecards, submissions
from assessment.store.accounts import Account
from assessment.store.company import Related
from assessment.store.correspondence import Given, Refusal
from assessment.store.database import reading
from assessment.store.notes import Note
from assessment.store.submissions import Submission
from assessment.web.review import submission_words as words
from assessment.web.review.submission_words import Happened, MailLine

LATEST = 20
"""Events of the history on the page itself."""
ALL = 1_000
"""Events shown when all are asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """The person, their consents, and whether their address may still be mailed; for consultants only."""

    name: str | None
    role: str | None
    email: str | None
    confirmed: str | None
    consents: Mapping[str, Given]
    refusal: Refusal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRow:
    """A contradiction and the answers it rests on."""

    pull: Pull
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """One row of the assessments that belong together; `relation` is empty for the one the page is about.

    `moved` is the movement in words (`points` the same as a number), `since` the day it is counted from, `broke` the
    sentence on the line above it, where the questions changed after it.
    """

    found: Submission
    relation: str
    on: date
    moved: str | None
    points: int | None
    since: date | None
    broke: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """One issue of the reviewed scorecard: a draft, or sent."""

    number: int
    draft: bool
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class One:
    """Everything on the page. `people` names accounts by id, `owners` those who may look after a submission."""

    found: Submission
    card: Scorecard
    brief: Brief
    heading: str
    received: str
    answered_in: str
    origin: str
    unit: str | None
    texts: Mapping[str, str]
    contact: Contact | None
    pulls: tuple[PullRow, ...]
    together: tuple[Assessment, ...]
    areas: tuple[AreaMove, ...]
    areas_since: date | None
    mails: tuple[MailLine, ...]
    issues: tuple[Issue, ...]
    notes: tuple[tuple[Note, str, str], ...]
    history: tuple[Happened, ...]
    more_history: int
    people: Mapping[int, str]
    owners: tuple[tuple[int, str], ...]

    @property
    def work(self) -> Work:
        """The part that the form changes, as stored."""
        return work_of(self.found)

    @property
    def words(self) -> frozenset[str]:
        """The questions answered in the person's own words, without the unit, which stands beside the title."""
        return frozenset(name for name, text in self.texts.items() if text != self.unit)


def load(house: Installation, public_id: str, reader: Account, *, everything: bool) -> One | None:
    """The page's values for who reads it, or None when there is no such submission or it was erased."""
    owned = owning.read(house, public_id)
    if owned is None:
        return None
    zone, private = house.settings.time_zone, reader.may("consultant")
    with reading(house.engine) as connection:
        found = submissions.find(connection, public_id)
        response = responses.by_id(connection, owned.kept.response_id)
        if found is None or response is None:
            return None
        staff = accounts.everybody(connection, house.keyring)
        people = {one.id: one.name for one in staff}
        mails = correspondence.mails(connection, found.scorecard_id)
        subjects = (found.public_id, response.public_id)
        limit = ALL if everything else LATEST
        events = history.events(connection, subjects, looks=everything, limit=limit)
        in_all = history.count(connection, subjects, looks=True)
        related = company.related(connection, found)
        replaced = company.is_corrected(connection, found.response_id)
        moves = _moves(found, related, replaced=replaced)
        base = _base(found, related, moves)
        before = scorecards.find(connection, base.public_id) if base else None
        jotted = notes.of_submission(connection, house.keyring, found.id) if private else ()
        given = correspondence.consents(connection, found.response_id)
        refusal = correspondence.refusal(connection, found.email_index)
        issues = correspondence.issues(connection, found.id)
    shown = _history(events, mails, people, zone, limit)
    card = owned.card
    return One(
        found=found,
        card=card,
        brief=brief_of(card),
        heading=found.company or found.reference,
        received=words.moment(found.submitted_at, zone),
        answered_in=words.lasted(found.seconds),
        origin=words.origin(found.origin, _interviewer(response.source, people)),
        unit=owned.unit if private else None,
        texts=owned.texts if private else {},
        contact=_contact(owned, given, refusal, zone) if private else None,
        pulls=_pulls(card),
        together=_together(found, related, moves, zone),
        areas=area_moves(before.card, card) if before else (),
        areas_since=words.local_day(base.submitted_at, zone) if base else None,
        mails=tuple(words.mail_line(mail, zone, reasons=private) for mail in mails),
        issues=tuple(_issue(issue, people, zone) for issue in issues),
        notes=tuple((one, people.get(one.account_id, ""), words.moment(one.created_at, zone)) for one in jotted),
        history=shown,
        more_history=0 if everything else max(0, in_all + sum(mail.sent_at is not None for mail in mails) - len(shown)),
        people=people,
        owners=_owners(staff, found.assignee_id),
    )


def _owners(staff: list[Account], present: int | None) -> tuple[tuple[int, str], ...]:
    """Who may look after a submission: consultants who may sign in, and whoever does at present."""
    return tuple(
        (one.id, one.name if one.active else f"{one.name} (no longer active)")
        for one in staff
        if (one.active and one.may("consultant")) or one.id == present
    )


def _interviewer(source: str | None, people: Mapping[int, str]) -> str | None:
    by = json.loads(source).get("by") if source else None
    number = str(by or "").removeprefix("account ")
    return people.get(int(number)) if number.isdecimal() else None


def _contact(owned: Owned, given: Mapping[str, Given], refusal: Refusal | None, zone: str) -> Contact:
    person = owned.person
    confirmed = person.confirmed_at if person else None
    return Contact(
        name=person.name if person else None,
        role=person.role if person else None,
        email=person.email if person else None,
        confirmed=words.moment(confirmed, zone) if confirmed else None,
        consents=given,
        refusal=refusal,
    )


def _pulls(card: Scorecard) -> tuple[PullRow, ...]:
    lines = {line.id: line for area in card.areas for line in area.lines}
    lines |= {line.id: line for line in card.other_answers}
    return tuple(
        PullRow(pull=pull, lines=tuple(lines[name] for name in pull.questions if name in lines)) for pull in card.pulls
    )


def _history(
    events: tuple[history.Event, ...],
    mails: tuple[correspondence.Mailed, ...],
    people: Mapping[int, str],
    zone: str,
    limit: int,
) -> tuple[Happened, ...]:
    rows = [words.happened(event, people, zone) for event in events]
    rows += [row for mail in mails if (row := words.mailed(mail, zone)) is not None]
    return tuple(sorted(rows, key=lambda row: row.at, reverse=True)[:limit])


def _issue(issue: correspondence.Issued, people: Mapping[int, str], zone: str) -> Issue:
    by = people.get(issue.account_id, "somebody")
    if issue.sent_at is None:
        return Issue(number=issue.issue, draft=True, words=f"Draft of {by}, {words.moment(issue.updated_at, zone)}")
    return Issue(number=issue.issue, draft=False, words=f"Sent by {by}, {words.moment(issue.sent_at, zone)}")


def taken(found: Submission, *, replaced: bool) -> Taken:
    """A submission as movement is counted; one that is marked or `replaced` by its correction does not count."""
    return Taken(
        id=found.public_id,
        questionnaire=found.questionnaire,
        version=found.version,
        at=found.submitted_at,
        stage=found.stage,
        rank=found.stage_rank,
        overall=found.overall,
        counts=found.mark is None and not replaced,
    )


def _moves(found: Submission, related: tuple[Related, ...], *, replaced: bool) -> dict[str, Movement]:
    """Who moved by how much; a correction is no movement, and stands in the place of what it corrected."""
    others = (taken(one.found, replaced=one.corrected) for one in related)
    return movements([taken(found, replaced=replaced), *others])


def _base(found: Submission, related: tuple[Related, ...], moves: Mapping[str, Movement]) -> Submission | None:
    """What this one moved from: the assessment before, unless the questions changed."""
    move = moves.get(found.public_id)
    if move is None or move.broken:
        return None
    return next((one.found for one in related if one.found.public_id == move.since.id), None)


def _together(
    found: Submission, related: tuple[Related, ...], moves: Mapping[str, Movement], zone: str
) -> tuple[Assessment, ...]:
    """This one and those that belong with it: its own questionnaire first, newest first in each."""
    rows = [(found, ""), *((one.found, _relation(one)) for one in related)] if related else []
    rows.sort(key=lambda row: row[0].submitted_at, reverse=True)
    rows.sort(key=lambda row: (row[0].questionnaire != found.questionnaire, row[0].title))
    by_id = {one.public_id: one for one, _ in rows}
    breaks = {
        move.since.id: words.changed_between(move.since.at, by_id[name].submitted_at, zone)
        for name, move in moves.items()
        if move.broken
    }
    return tuple(
        _assessment(one, relation, moves.get(one.public_id), breaks.get(one.public_id), zone) for one, relation in rows
    )


def _relation(one: Related) -> str:
    if one.follows and one.corrected:
        return "Before it was corrected"
    if one.follows and one.correction:
        return "As corrected by the same person"
    if one.follows:
        return "Taken again by the same person"
    if one.same_person:
        return "Same person" if one.same_company else "Same person, another company"
    return "Same company, another person"


def _assessment(found: Submission, relation: str, move: Movement | None, broke: str | None, zone: str) -> Assessment:
    compared = move if move is not None and not move.broken else None
    return Assessment(
        found=found,
        relation=relation,
        on=words.local_day(found.submitted_at, zone),
        moved=words.movement(compared.points, compared.stages) if compared else None,
        points=compared.points if compared else None,
        since=words.local_day(compared.since.at, zone) if compared else None,
        broke=broke,
    )


def today(now: datetime, zone: str) -> date:
    """The day where the firm is."""
    return words.local_day(now, zone)
