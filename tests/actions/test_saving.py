"""Two saves at the same moment: what was read before the write is not trusted once the response has changed."""

import pytest

from assessment import clock
from assessment.actions import responding
from assessment.actions.installation import Installation
from assessment.actions.responding import Conflict
from assessment.core.definition import Questionnaire
from tests.conftest import sample_of
from tests.walking import Walker


def test_a_change_between_reading_and_writing_is_noticed(
    priya: Walker, house: Installation, renewal: Questionnaire
) -> None:
    address = priya.start(renewal, sample_of(renewal).answers)
    public_id, index = address.split("/")[2], int(address.rpartition("/")[2])
    page = renewal.pages[index]
    question = next(q for q in page.questions if q.type == "choice")
    first, second = question.answers[0].id, question.answers[1].id
    known = responding.find(house, public_id)
    assert known is not None

    def save(option: str) -> None:
        responding.save_page(
            house,
            known,
            page,
            answers={question.id: option},
            texts={},
            seen=known.seen(page),
            now=clock.now(),
            at=index,
        )

    save(first)
    with pytest.raises(Conflict) as caught:
        save(second)
    assert caught.value.draft.answers[question.id] == first
    stored = responding.find(house, public_id)
    assert stored is not None
    assert stored.answers[question.id] == first
