"""The value of a calculator's page: the questions as filled, and the result as far as it is there."""

from dataclasses import dataclass

from assessment.core.scorecard import Drawing, Scorecard
from assessment.web.views import QuestionView


@dataclass(frozen=True, slots=True, kw_only=True)
class CalculatorPart:
    """One group of questions; `title` is None where a calculator has only one."""

    title: str | None
    lead: str | None
    questions: tuple[QuestionView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What the numbers come to, and how it may be kept.

    `told` says the headline in a sentence, `brief` its first value alone, `warnings` what it assumes. `fields` are the
    numbers as a form sends them, `press` tells one shown form from another, and `link` is the full address that opens
    the result again.
    """

    card: Scorecard
    told: str
    brief: str
    warnings: tuple[str, ...]
    formulas: tuple[Drawing, ...]
    pictures: tuple[Drawing, ...]
    link: str
    fields: tuple[tuple[str, str], ...]
    press: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CalculatorPage:
    """The whole page. `result` is None as long as nothing comes of the numbers.

    `gone` names the questions whose answer in the address is offered no more. `missing` says what is wanting,
    `problems` what to mend (element id, message). A PDF is kept for `days`.
    """

    id: str
    title: str
    lead: str
    parts: tuple[CalculatorPart, ...]
    action: str
    keep: str
    example: str | None
    filled: bool
    closed: bool
    days: int
    result: Result | None = None
    gone: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    problems: tuple[tuple[str, str], ...] = ()
    problem_heading: str | None = None
