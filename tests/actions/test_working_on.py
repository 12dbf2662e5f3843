"""Working on a submission: two at once lose nothing, a refusal outranks everything, and all of it is recorded."""

from datetime import date

import pytest
from sqlalchemy import select

from assessment import clock
from assessment.actions import owning, working_on
from assessment.actions.installation import Gone, Installation
from assessment.actions.working_on import NOTE_LIMIT, Held, Stale, Work, paragraphs, work_of
from assessment.core.definition import Questionnaire
from assessment.store import accounts, history, notes, people, submissions
from assessment.store.accounts import Account
from assessment.store.database import reading, writing
from assessment.store.submissions import Submission
from assessment.store.tables import delivery
from tests.conftest import sample_of
from tests.walking import Walker

PRIYA = {"email": "priya@northfield.example", "name": "Priya Raman", "company": "Northfield Systems"}
DAY = date(2027, 11, 18)


def account(house: Installation, name: str) -> Account:
    email = f"{name.lower()}@meridian.example"
    with writing(house.engine) as connection:
        accounts.add(
            connection, house.keyring, name=name, email=email, role="consultant", uniquifier=name, now=clock.now()
        )
        made = accounts.by_email(connection, house.keyring, email)
    assert made is not None
    return made


@pytest.fixture
def carl(house: Installation) -> Account:
    """Priya's consultant."""
    return account(house, "Carl")


@pytest.fixture
def carla(house: Installation) -> Account:
    """His colleague."""
    return account(house, "Carla")


@pytest.fixture
def card(priya: Walker, renewal: Questionnaire) -> str:
    """Priya's submission."""
    return priya.scorecard(renewal, sample_of(renewal).answers, PRIYA).rpartition("/")[2]


def row(house: Installation, card: str) -> Submission:
    with reading(house.engine) as connection:
        found = submissions.find(connection, card)
    assert found is not None
    return found


def told(house: Installation, card: str) -> list[tuple[str, str, str | None]]:
    with reading(house.engine) as connection:
        events = history.events(connection, (card,), looks=True, limit=50)
    return [(event.actor, event.action, event.detail) for event in reversed(events)]


def mails(house: Installation) -> list[str]:
    with reading(house.engine) as connection:
        return list(connection.execute(select(delivery.c.state).order_by(delivery.c.id)).scalars())


def test_each_change_is_recorded_and_none_when_nothing_changed(house: Installation, card: str, carl: Account) -> None:
    seen = row(house, card)
    wanted = Work(status="in_review", assignee_id=carl.id, follow_up=DAY)
    working_on.work(house, card, seen.revision, work_of(seen), wanted, carl, clock.now())
    working_on.work(house, card, seen.revision, work_of(seen), wanted, carl, clock.now())
    now = row(house, card)
    assert (work_of(now), now.revision) == (wanted, seen.revision + 1)
    assert told(house, card) == [
        (carl.actor, "submission.status", "new to in_review"),
        (carl.actor, "submission.assigned", carl.actor),
        (carl.actor, "submission.follow_up", "2027-11-18"),
    ]


def test_the_second_of_two_is_told_and_nothing_of_the_first_is_lost(
    house: Installation, card: str, carl: Account, carla: Account
) -> None:
    seen = row(house, card)
    base = work_of(seen)
    first = Work(status="new", assignee_id=carla.id, follow_up=None)
    working_on.work(house, card, seen.revision, base, first, carla, clock.now())
    mine = Work(status="contacted", assignee_id=None, follow_up=DAY)
    with pytest.raises(Stale) as stale:
        working_on.work(house, card, seen.revision, base, mine, carl, clock.now())
    assert work_of(stale.value.found) == first == work_of(row(house, card))


def test_a_mark_set_meanwhile_is_no_conflict(house: Installation, card: str, carl: Account, carla: Account) -> None:
    seen = row(house, card)
    working_on.mark(house, card, "competitor", carla, clock.now())
    wanted = Work(status="closed", assignee_id=None, follow_up=None)
    working_on.work(house, card, seen.revision, work_of(seen), wanted, carl, clock.now())
    now = row(house, card)
    assert (now.status, now.mark) == ("closed", "competitor")
    working_on.mark(house, card, None, carla, clock.now())
    assert row(house, card).mark is None
    assert [detail for _who, action, detail in told(house, card) if "mark" in action] == ["competitor", "competitor"]


def test_do_not_contact_holds_for_the_whole_address_and_its_reason_is_a_note(
    house: Installation, card: str, carl: Account, priya: Walker, renewal: Questionnaire
) -> None:
    other = priya.scorecard(renewal, sample_of(renewal).answers, PRIYA).rpartition("/")[2]
    working_on.refuse_contact(house, card, refused=True, reason="Asked by phone", by=carl, now=clock.now())
    assert row(house, card).do_not_contact
    assert row(house, other).do_not_contact
    later = priya.scorecard(renewal, sample_of(renewal).answers, PRIYA).rpartition("/")[2]
    assert row(house, later).do_not_contact
    assert told(house, card) == told(house, other) == [(carl.actor, "contact.refused", None)]
    with reading(house.engine) as connection:
        kept = notes.of_submission(connection, house.keyring, row(house, card).id)
    assert [one.text for one in kept] == ["Do not contact: Asked by phone"]
    working_on.refuse_contact(house, other, refused=False, reason="Called us", by=carl, now=clock.now())
    assert not any(row(house, each).do_not_contact for each in (card, other, later))


def test_what_the_person_asked_for_themselves_is_not_lifted(house: Installation, card: str, carl: Account) -> None:
    working_on.refuse_contact(house, card, refused=True, reason="Asked", by=carl, now=clock.now())
    with writing(house.engine) as connection:
        people.suppress(connection, house.keyring.index(PRIYA["email"]), people.ASKED_FOR_NONE, clock.now())
    with pytest.raises(Held):
        working_on.refuse_contact(house, card, refused=False, reason="Why not", by=carl, now=clock.now())
    assert row(house, card).do_not_contact


def test_a_mail_keeps_every_limit_and_is_never_started_to_who_refused(
    house: Installation, card: str, carl: Account
) -> None:
    assert mails(house) == ["queued"]
    held = working_on.resend(house, card, "<1@here>", carl, clock.now())
    assert held is not None
    assert held.startswith("This address was mailed today")
    with writing(house.engine) as connection:
        owner = people.of_response(connection, house.keyring, row(house, card).response_id)
        assert owner is not None
        people.confirm(connection, owner.id, clock.now())
    assert working_on.resend(house, card, "<2@here>", carl, clock.now()) is None
    working_on.refuse_contact(house, card, refused=True, reason="Asked", by=carl, now=clock.now())
    with pytest.raises(Held):
        working_on.resend(house, card, "<3@here>", carl, clock.now())
    assert mails(house) == ["suppressed"] * 3  # nor does what waited go out any more
    assert [(who, detail) for who, action, detail in told(house, card) if action == "delivery.again"] == [
        (carl.actor, "held"),
        (carl.actor, "queued"),
    ]


def test_nothing_is_done_to_what_was_erased(house: Installation, card: str, carl: Account) -> None:
    owning.erase(house, card, clock.now())
    wanted = Work(status="closed", assignee_id=None, follow_up=None)
    for act in (
        lambda: working_on.work(house, card, 1, wanted, wanted, carl, clock.now()),
        lambda: working_on.add_note(house, card, "Late", carl, clock.now()),
        lambda: working_on.delete_note(house, card, 1, carl, clock.now()),
        lambda: working_on.mark(house, card, "spam", carl, clock.now()),
        lambda: working_on.refuse_contact(house, card, refused=True, reason="x", by=carl, now=clock.now()),
        lambda: working_on.resend(house, card, "<4@here>", carl, clock.now()),
    ):
        with pytest.raises(Gone):
            act()


def test_a_notes_lines_stay_and_its_controls_go() -> None:
    assert paragraphs("One\r\n\r\n  two\t three\x00 \u202eend \r\n", 100) == "One\ntwo three end"
    assert len(paragraphs("x" * 9_000, NOTE_LIMIT)) == NOTE_LIMIT + 1
    assert paragraphs(" \n \u200b ", 100) == ""
