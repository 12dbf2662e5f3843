"""Hard checks and groups held against all answers at once, whichever way they came in (format decision 2)."""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction

from assessment.core.answers import Answers
from assessment.core.definition import Questionnaire
from assessment.core.formulas import parse_check
from assessment.core.numbers import exact
from assessment.core.routing import shown_ids


def numbers_of(questionnaire: Questionnaire, answers: Answers) -> dict[str, Fraction]:
    """Numeric answers as formulas take them: percent as a fraction."""
    questions = questionnaire.questions
    return {
        name: exact(value) / (100 if questions[name].measured_in == "percent" else 1)
        for name, value in answers.items()
        if isinstance(value, Decimal)
    }


def contradicted(questionnaire: Questionnaire, answers: Answers) -> tuple[tuple[str, str], ...]:
    """Question id and what to say, for each hard check that does not hold and each group that is half filled.

    A page refuses these; saving half a page, or changing another page later, can still bring them about.
    """
    shown = shown_ids(questionnaire, answers)
    known = {name: value for name, value in answers.items() if name in shown}
    values = numbers_of(questionnaire, known)
    failed = [
        (check.on, check.tell)
        for check in questionnaire.checks
        if check.on in shown
        and (parsed := parse_check(check.require)).names <= values.keys()
        and not parsed.holds(values)
    ]
    return (*failed, *_half_filled(questionnaire, known, shown))


def _half_filled(questionnaire: Questionnaire, known: Answers, shown: frozenset[str]) -> Iterator[tuple[str, str]]:
    for name, group in questionnaire.groups.items():
        members = [q.id for q in questionnaire.questions.values() if q.group == name and q.id in shown]
        blank = [member for member in members if member not in known]
        if blank and len(blank) < len(members):
            yield blank[0], group.tell
