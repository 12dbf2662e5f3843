"""Two consultants and the worker at the same submission at the same moment: one of each press, nothing half done."""

import threading
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select

from assessment import clock
from assessment.actions import reviewing, sorting_out, working_on
from assessment.actions.installation import Installation
from assessment.actions.reviewing import Edit, Stale
from assessment.actions.sorting_out import Change
from assessment.actions.working_on import Work, work_of
from assessment.core.definition import Questionnaire
from assessment.delivery.pdf import Made
from assessment.store import submissions
from assessment.store.database import reading, writing
from assessment.store.review_tables import note, review
from assessment.store.submissions import Submission
from assessment.store.tables import delivery, document
from assessment.working import build_worker
from tests.conftest import sample_of
from tests.reviewing import colleague, edit_of, send_review, turned_round
from tests.walking import Walker

PRIYA = {"email": "priya@northfield.example", "name": "Priya Raman", "company": "Northfield Systems"}


@pytest.fixture
def card(priya: Walker, renewal: Questionnaire) -> str:
    """Priya's submission."""
    return priya.scorecard(renewal, sample_of(renewal).answers, PRIYA).rpartition("/")[2]


def _row(house: Installation, card: str) -> Submission:
    with reading(house.engine) as connection:
        found = submissions.find(connection, card)
    assert found is not None
    return found


def _at_once(*acts: Callable[[], Any]) -> list[Any]:
    """What each gives or raises when all are let go at the same moment."""
    gate, told = threading.Barrier(len(acts)), [None] * len(acts)

    def run(place: int, act: Callable[[], Any]) -> None:
        gate.wait()
        try:
            told[place] = act()
        except Exception as error:
            told[place] = error  # type: ignore[call-overload]

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return told


def test_one_changes_it_in_the_list_and_one_on_its_page(house: Installation, card: str) -> None:
    for _ in range(5):
        _race(house, card)
        now = _row(house, card)
        with writing(house.engine) as connection:
            back = {"status": "new", "assignee_id": None, "follow_up": None}
            assert submissions.change(connection, now.id, now.revision, back)


def _race(house: Installation, card: str) -> None:
    carl, carla = colleague(house, "Carl Moreau"), colleague(house, "Carla Ek")
    seen = _row(house, card)
    mine = Work(status="contacted", assignee_id=carl.id, follow_up=date(2099, 1, 1))
    wanted = Change(values={"status": "closed", "assignee_id": carla.id})
    single, bulk = _at_once(
        lambda: working_on.work(house, card, seen.revision, work_of(seen), mine, carl, clock.now()),
        lambda: sorting_out.change_all(house, {card: seen.revision}, wanted, carla, clock.now()),
    )
    now = _row(house, card)
    assert now.revision == seen.revision + 1, "one of the two, and the other is told"
    if isinstance(single, working_on.Stale):
        assert (bulk.changed, bulk.stale) == (1, 0)
        assert work_of(now) == Work(status="closed", assignee_id=carla.id, follow_up=seen.follow_up)
    else:
        assert (bulk.changed, bulk.stale) == (0, 1)
        assert work_of(now) == mine


def test_a_note_pressed_four_times_at_once(house: Installation, card: str) -> None:
    carl, now = colleague(house), clock.now()
    told = _at_once(*[lambda: working_on.add_note(house, card, "Called", carl, now)] * 4)
    assert told == [None] * 4
    with reading(house.engine) as connection:
        assert connection.execute(select(func.count()).select_from(note)).scalar_one() == 1


def test_a_review_sent_twice_at_once_goes_once(house: Installation, card: str) -> None:
    edit = edit_of(house, card, turned_round(house, card))
    other = Edit(
        account=colleague(house, "Carla Ek"), seen=edit.seen, content=edit.content, now=edit.now,
        new_id=clock.public_id(), after=edit.after,
    )  # fmt: skip
    told = _at_once(
        lambda: reviewing.send(house, card, edit, "<1@here.example>"),
        lambda: reviewing.send(house, card, edit, "<2@here.example>"),
        lambda: reviewing.send(house, card, other, "<3@here.example>"),
    )
    assert sorted(type(one).__name__ for one in told) == ["NoneType", "Stale", "Stale"]
    assert any(isinstance(one, Stale) for one in told)
    with reading(house.engine) as connection:
        assert connection.execute(select(func.count()).select_from(review)).scalar_one() == 1
        of_reviews = select(func.count()).select_from(delivery).join(document, document.c.id == delivery.c.document_id)
        assert connection.execute(of_reviews.where(document.c.review_id.is_not(None))).scalar_one() == 1


class _Press:
    def make(self, html: str, _css: str, _made_at: Any) -> Made:
        return Made(b"%PDF-1.7", 6)


def test_a_worker_that_died_between_the_reviewed_document_and_its_mail_sends_it_once(
    house: Installation, card: str
) -> None:
    worker = build_worker(house, _Press(), "desk/1")  # type: ignore[arg-type]
    while worker.step():
        pass
    before = len(list(house.settings.outbox.glob("*.eml")))
    send_review(house, card)
    assert build_worker(house, _Press(), "desk/2")._maker.step()  # type: ignore[arg-type]
    with writing(house.engine) as connection:  # it took the mail up, and was killed
        mine = delivery.c.state == "queued"
        leased = {"state": "leased", "owner": "desk/2", "tries": 1}
        assert connection.execute(delivery.update().where(mine).values(**leased)).rowcount == 1
    again = build_worker(house, _Press(), "desk/2")  # type: ignore[arg-type]
    again.release_own()
    while again.step():
        pass
    assert len(list(house.settings.outbox.glob("*.eml"))) == before + 1
    with reading(house.engine) as connection:
        assert set(connection.execute(select(delivery.c.state)).scalars()) == {"sent"}
