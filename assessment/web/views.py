"""The values that templates of the respondent's pages get: frozen, one a page."""

from dataclasses import dataclass

from assessment.core.definition import AtHand, Question
from assessment.forms.readers import Sent


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionView:
    """One question as shown: what stands in it, its message, what another tab saved."""

    question: Question
    sent: Sent
    choices: tuple[tuple[str, str], ...]
    specials: tuple[tuple[str, str], ...]
    optional: bool
    unit: str | None
    limit: int
    low: int
    high: int
    alone: frozenset[str] = frozenset()
    message: str | None = None
    stored: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One entry of the progress list."""

    title: str
    here: bool
    done: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionPage:
    """One page of questions. `problems` are (element id, message)."""

    title: str
    heading: str
    lead: str | None
    number: int | None
    steps: tuple[Step, ...]
    left: str
    questions: tuple[QuestionView, ...]
    seen: str
    back: str
    back_words: str
    later: str
    save: str | None
    back_to_check: bool
    survey: bool = False
    interview: bool = False
    problems: tuple[tuple[str, str], ...] = ()
    problem_heading: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueEntry:
    """One questionnaire on the front page."""

    id: str
    title: str
    summary: str
    stages: tuple[str, ...]
    count: int
    minutes: str
    needs_email: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaNote:
    """An area on the introduction."""

    title: str
    lead: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StageNote:
    """A stage and the score it starts at, 0 where scores place nobody."""

    title: str
    floor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    """Who invited somebody, with which personal line, and where their answers to the introduction go."""

    by: str
    message: str | None
    action: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Introduction:
    """The page before the first question; `promise` is what a survey promises before anything is answered."""

    id: str
    title: str
    lead: str
    count: int
    minutes: str
    areas: tuple[AreaNote, ...]
    stages: tuple[str, ...]
    ladder: tuple[StageNote, ...]
    placement: bool
    needs_email: bool
    closed: bool
    at_hand: tuple[AtHand, ...]
    sample: bool
    who_sees_it: str
    promise: str | None
    source: dict[str, str]
    questions: tuple[QuestionView, ...]
    action: str
    problems: tuple[tuple[str, str], ...] = ()
    problem_heading: str | None = None
    invited: Invited | None = None
    survey: bool = False
    results: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedQuestion:
    """A question on paper."""

    text: str
    reason: str | None
    when: str | None
    optional: bool
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedPage:
    """A page on paper."""

    title: str
    lead: str | None
    questions: tuple[PrintedQuestion, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRow:
    """One answer on the check page."""

    id: str
    label: str
    answer: str
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckGroup:
    """The answers of one page."""

    title: str
    rows: tuple[CheckRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PullView:
    """A contradiction, put gently, with links to the answers."""

    ask: str
    links: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactField:
    """One contact field."""

    name: str
    label: str
    type: str
    autocomplete: str
    limit: int
    value: str
    required: bool
    message: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentBox:
    """One consent, unticked unless it was ticked before."""

    purpose: str
    wording: str
    given: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckPage:
    """Check your answers, and send."""

    title: str
    lead: str
    groups: tuple[CheckGroup, ...]
    missing: tuple[tuple[str, str], ...]
    pulls: tuple[PullView, ...]
    fields: tuple[ContactField, ...]
    consents: tuple[ConsentBox, ...]
    required: bool
    promise: str
    action: str
    back: str
    back_words: str
    later: str
    button: str
    survey: bool = False
    interview: bool = False
    mail: bool = False
    problems: tuple[tuple[str, str], ...] = ()
    problem_heading: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LaterPage:
    """Save and finish later."""

    link: str
    days: int
    action: str
    back: str
    survey: bool
    email: str = ""
    message: str | None = None
    done: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CardLinks:
    """Where the owner's actions go; None where one is not offered."""

    download: str | None = None
    reviewed: str | None = None
    mail: str | None = None
    correct_address: str | None = None
    correct_answers: str | None = None
    share: str | None = None
    again: str | None = None
    uncount: str | None = None
    delete: str | None = None
    confirm: str | None = None
    workplace: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentView:
    """The PDF: queued, ready or failed."""

    state: str
    pages: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryView:
    """The mail: queued, sent, failed, held or suppressed."""

    state: str
    sent_at: object = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonView:
    """Who the scorecard is for, as its owner sees it."""

    name: str | None = None
    company: str | None = None
    email: str | None = None
    role: str | None = None
    confirmed: bool = False
