"""Submissions as rows and objects to export: which columns there are, and what stands in each cell."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from assessment.core.answers import Answers, AnswerValue, Special
from assessment.core.definition import TYPED, Question, Questionnaire
from assessment.core.routing import shown_ids
from assessment.core.submission_words import MARK, ORIGIN, STATUS
from assessment.core.wording import answer_text

SHORT_VERSION = 8
CONTACT = {"name": "Name", "email": "E-mail", "role": "Role"}
"""What an export with contact details says about a person, beside what they typed."""
_NARROW, _MIDDLE, _WIDE = 10, 16, 34  # characters

Cell = str | int | Decimal | datetime | date | None
"""A text, a number, a moment, a day, or nothing. Texts are data: whoever writes them keeps them from being formulas."""
Plain = str | int | float | bool | None | Sequence["Plain"] | Mapping[str, "Plain"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One submission with everything that may be exported; moments are in the firm's zone, `gap` in points.

    `areas` are scores by area id, `texts` what was typed by question id; without contact details `contact` and `texts`
    are empty. `definition` is the version that was answered.
    """

    reference: str
    received: datetime
    definition: Questionnaire
    version: str
    title: str
    stage_id: str | None
    stage: str | None
    overall: int | None
    low: int | None
    high: int | None
    gap: int | None
    gap_text: str | None
    company: str | None
    status: str
    owner: str | None
    follow_up: date | None
    mark: str | None
    origin: str
    may_contact: bool
    do_not_contact: bool
    seconds: int
    areas: Mapping[str, int]
    answers: Answers
    contact: Mapping[str, str]
    texts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its header, what it takes from an entry, and its width in characters."""

    header: str
    take: Callable[[Entry], Cell]
    width: int = _MIDDLE


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table of the submissions of one questionnaire (by id), or of all of them (id "")."""

    id: str
    title: str
    columns: tuple[Column, ...]

    def header(self) -> list[str]:
        """The first row."""
        return [column.header for column in self.columns]

    def row(self, entry: Entry) -> list[Cell]:
        """The row of one submission."""
        return [column.take(entry) for column in self.columns]


def _yes(value: bool) -> str:
    return "Yes" if value else "No"


def _minutes(entry: Entry) -> Cell:
    return (Decimal(entry.seconds) / 60).quantize(Decimal("0.1"), ROUND_HALF_UP)


_FIRST = (
    Column("Reference", lambda entry: entry.reference),
    Column("Received", lambda entry: entry.received),
    Column("Assessment", lambda entry: entry.title, _WIDE),
    Column("Version", lambda entry: entry.version[:SHORT_VERSION], _NARROW),
    Column("Company", lambda entry: entry.company, _WIDE),
)
_RESULT = (
    Column("Stage", lambda entry: entry.stage),
    Column("Overall score", lambda entry: entry.overall, _NARROW),
    Column("Overall, at least", lambda entry: entry.low, _NARROW),
    Column("Overall, at most", lambda entry: entry.high, _NARROW),
)
_GAP = (
    Column("Largest gap", lambda entry: entry.gap_text, _WIDE),
    Column("Largest gap, points", lambda entry: entry.gap, _NARROW),
)
_WORK = (
    Column("Status", lambda entry: STATUS.get(entry.status, entry.status)),
    Column("Owner", lambda entry: entry.owner),
    Column("Follow-up", lambda entry: entry.follow_up),
    Column("Mark", lambda entry: MARK.get(entry.mark, entry.mark) if entry.mark else None),
    Column("Came in", lambda entry: ORIGIN.get(entry.origin, entry.origin)),
    Column("May be contacted", lambda entry: _yes(entry.may_contact and not entry.do_not_contact), _NARROW),
    Column("Do not contact", lambda entry: _yes(entry.do_not_contact), _NARROW),
    Column("Minutes", _minutes, _NARROW),
)


def _person(contact: bool) -> tuple[Column, ...]:
    fields = CONTACT.items() if contact else ()
    return tuple(Column(words, lambda entry, key=key: entry.contact.get(key), _WIDE) for key, words in fields)  # type: ignore[misc]


def all_sheet(*, contact: bool) -> Sheet:
    """What submissions of every questionnaire have in common."""
    return Sheet("", "Submissions", (*_FIRST, *_person(contact), *_RESULT, *_GAP, *_WORK))


def questionnaire_sheet(definitions: Sequence[Questionnaire], areas: Iterable[str], *, contact: bool) -> Sheet:
    """Everything about the submissions of one questionnaire, whose versions come newest first.

    A question keeps one column over all versions, under its newest label; `areas` are the ids that have scores.
    """
    newest, scored = definitions[0], frozenset(areas)
    columns = (
        *_FIRST,
        *_person(contact),
        *_RESULT,
        *_areas(definitions, scored),
        *_GAP,
        *_WORK,
        *_questions(definitions, contact=contact),
    )
    return Sheet(newest.id, newest.title, _told_apart(columns))


def _areas(definitions: Sequence[Questionnaire], scored: frozenset[str]) -> tuple[Column, ...]:
    titles: dict[str, str] = {}
    for definition in definitions:
        for area in definition.areas:
            titles.setdefault(area.id, area.title)
    return tuple(
        Column(f"Score: {title}", lambda entry, key=key: entry.areas.get(key), _NARROW)  # type: ignore[misc]
        for key, title in titles.items()
        if key in scored
    )


def _questions(definitions: Sequence[Questionnaire], *, contact: bool) -> tuple[Column, ...]:
    asked: dict[str, Question] = {}
    for definition in definitions:
        for name, question in definition.questions.items():
            asked.setdefault(name, question)
    kept = (question for question in asked.values() if contact or question.type not in TYPED)
    return tuple(_question(question) for question in kept)


def _question(question: Question) -> Column:
    unit = " (%)" if question.measured_in == "percent" and question.is_numeric else ""
    width = _MIDDLE if question.is_numeric else _WIDE
    return Column(f"{question.label}{unit}", lambda entry: answer_cell(entry, question.id), width)


def _told_apart(columns: tuple[Column, ...]) -> tuple[Column, ...]:
    """Headers that occur more than once get a number, so that a spreadsheet can name them."""
    often, seen, kept = Counter(column.header for column in columns), Counter[str](), []
    for column in columns:
        seen[column.header] += 1
        number = f" ({seen[column.header]})" if often[column.header] > 1 else ""
        kept.append(Column(f"{column.header}{number}", column.take, column.width))
    return tuple(kept)


def answer_cell(entry: Entry, name: str) -> Cell:
    """An answer as a cell: a number stays one (percent 0-100), everything else as people read it."""
    question = entry.definition.questions.get(name)
    if question is None:
        return None  # this version did not ask it
    if question.type in TYPED:
        return entry.texts.get(name)
    answer = entry.answers.get(name)
    if answer is None or isinstance(answer, Decimal):
        return answer
    return answer_text(question, answer)


def counting(definition: Questionnaire, answers: Answers, texts: Mapping[str, str]) -> tuple[Answers, dict[str, str]]:
    """The answers and texts of questions that apply; what was answered before a question was hidden never counts."""
    shown = shown_ids(definition, {**answers, **texts})
    return (
        {name: value for name, value in answers.items() if name in shown},
        {name: text for name, text in texts.items() if name in shown},
    )


def as_object(entry: Entry, *, contact: bool) -> dict[str, Plain]:
    """One submission as JSON has it.

    `reference`, `received` (ISO 8601 with its offset), `questionnaire` {id, title, version}, `company`,
    `stage` {id, title} or null, `overall` {score, low, high} or null, `areas` [{id, title, score}],
    `largest_gap` {title, points} or null, `status`, `owner`, `follow_up` (ISO day), `mark`, `origin`, `may_contact`,
    `do_not_contact`, `seconds`, and `answers` [{question, label, type, value, text}]: `value` is an option's id, a list
    of ids, a number, "dont_know" or "not_applicable", and `text` how people read it. With contact details also
    `contact` {name, email, role}, each only where it was given, and the answers that were typed.
    """
    found: dict[str, Plain] = {
        "reference": entry.reference,
        "received": entry.received.isoformat(timespec="seconds"),
        "questionnaire": {"id": entry.definition.id, "title": entry.title, "version": entry.version},
        "company": entry.company,
        "stage": {"id": entry.stage_id, "title": entry.stage} if entry.stage_id is not None else None,
        "overall": None if entry.overall is None else {"score": entry.overall, "low": entry.low, "high": entry.high},
        "areas": [
            {"id": area.id, "title": area.title, "score": entry.areas[area.id]}
            for area in entry.definition.areas
            if area.id in entry.areas
        ],
        "largest_gap": None if entry.gap_text is None else {"title": entry.gap_text, "points": entry.gap},
        "status": entry.status,
        "owner": entry.owner,
        "follow_up": entry.follow_up.isoformat() if entry.follow_up else None,
        "mark": entry.mark,
        "origin": entry.origin,
        "may_contact": entry.may_contact and not entry.do_not_contact,
        "do_not_contact": entry.do_not_contact,
        "seconds": entry.seconds,
        "answers": _answers(entry, contact=contact),
    }
    if contact:
        found["contact"] = {key: entry.contact[key] for key in CONTACT if key in entry.contact}
    return found


def _answers(entry: Entry, *, contact: bool) -> list[Plain]:
    given: list[Plain] = []
    for name, question in entry.definition.questions.items():
        typed = question.type in TYPED
        value = entry.texts.get(name) if typed else entry.answers.get(name)
        if value is None or (typed and not contact):
            continue
        text = str(value) if typed else answer_text(question, value)
        plain = {"question": name, "label": question.label, "type": question.type, "value": _plain(value), "text": text}
        given.append(plain)
    return given


def _plain(value: AnswerValue) -> Plain:
    if isinstance(value, Special):
        return value.value
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return list(value) if isinstance(value, tuple) else value
