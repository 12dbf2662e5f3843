"""Whether some advice can reach an answer: what a condition may come to once one answer is given."""

from collections.abc import Iterable
from typing import NamedTuple

from assessment.catalogue.checks.sheet import Sheet
from assessment.core.definition import All, AnswerIs, Any_, Condition, Not, Question


class Outcome(NamedTuple):
    """What a condition may still come to, the other answers being free."""

    may_hold: bool
    may_fail: bool


_OPEN = Outcome(True, True)


def given(condition: Condition, question: str, option: str) -> Outcome:
    """What a condition may come to when a choice question has this answer."""
    if isinstance(condition, Not):
        inner = given(condition.not_, question, option)
        return Outcome(inner.may_fail, inner.may_hold)
    if isinstance(condition, All):
        parts = [given(part, question, option) for part in condition.all]
        return Outcome(all(part.may_hold for part in parts), any(part.may_fail for part in parts))
    if isinstance(condition, Any_):
        parts = [given(part, question, option) for part in condition.any]
        return Outcome(any(part.may_hold for part in parts), all(part.may_fail for part in parts))
    if isinstance(condition, AnswerIs) and condition.question == question:
        holds = (condition.in_ is None or option in condition.in_) and condition.answered is not False
        return Outcome(holds, not holds)
    return _OPEN


def check_reach(sheet: Sheet) -> None:
    """Every answer below the best of its question meets some recommendation that improves it."""
    for path, _, question in sheet.placed:
        if question.type != "choice" or not question.is_scored:
            continue
        whens = [one.when for one in sheet.questionnaire.recommendations if question.id in one.improves]
        missed = [option for option in _short(question) if not _reached(whens, question.id, option)]
        if whens and missed:
            names = ", ".join(missed)
            sheet.warn(path, f"no recommendation that improves it can apply to the answer {names}")


def _short(question: Question) -> Iterable[str]:
    return (option.id for option in question.answers if option.points is not None and option.points < 1)


def _reached(whens: Iterable[Condition], question: str, option: str) -> bool:
    return any(given(when, question, option).may_hold for when in whens)
