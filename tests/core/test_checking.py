"""Hard checks and groups over all answers, whichever way they came in."""

from decimal import Decimal

import pytest

from assessment.core.answers import AnswerValue, parse_answers
from assessment.core.checking import contradicted
from assessment.core.definition import Questionnaire
from tests.conftest import sample_of


def _known(renewal: Questionnaire) -> dict[str, AnswerValue]:
    return dict(parse_answers(renewal, sample_of(renewal).answers))


def test_a_sample_contradicts_nothing(renewal: Questionnaire) -> None:
    assert contradicted(renewal, _known(renewal)) == ()


def test_each_check_that_does_not_hold_is_named_with_its_question(renewal: Questionnaire) -> None:
    answers = _known(renewal)
    for check in renewal.checks:
        low, sign, high = check.require.partition("<=")
        if not sign or high.strip() not in answers or low.strip() not in answers:
            continue
        broken = {**answers, low.strip(): Decimal(answers[high.strip()]) + 1}  # type: ignore[arg-type]
        assert (check.on, check.tell) in contradicted(renewal, broken)
        blank = {name: value for name, value in broken.items() if name != high.strip()}
        assert (check.on, check.tell) not in contradicted(renewal, blank)


@pytest.mark.parametrize("kept", [0, 1])
def test_a_half_filled_group_is_named_once(renewal: Questionnaire, kept: int) -> None:
    name, group = next(iter(renewal.groups.items()))
    members = [q.id for q in renewal.questions.values() if q.group == name]
    answers = {key: value for key, value in _known(renewal).items() if key not in members}
    half = {**answers, members[kept]: Decimal(1)}
    found = contradicted(renewal, half)
    assert [words for _question, words in found].count(group.tell) == 1
    assert group.tell not in [words for _question, words in contradicted(renewal, answers)]
