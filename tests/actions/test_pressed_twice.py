"""A double click, or a page sent anew, does a thing once: one note, one mail, one invitation."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from assessment import clock
from assessment.actions import inviting, owning, reviewing, working_on
from assessment.actions.installation import Installation
from assessment.actions.inviting import Wanted
from assessment.core.definition import Questionnaire
from assessment.store import notes, people, submissions
from assessment.store.accounts import Account
from assessment.store.database import reading, writing
from assessment.store.review_tables import invitation
from assessment.store.tables import delivery, notice
from tests.conftest import sample_of
from tests.reviewing import colleague, send_review
from tests.walking import Walker

PRIYA = {"email": "priya@northfield.example", "name": "Priya Raman", "company": "Northfield Systems"}
SOON, LATER = timedelta(seconds=2), timedelta(minutes=5)


@pytest.fixture
def carl(house: Installation) -> Account:
    """Priya's consultant."""
    return colleague(house)


@pytest.fixture
def card(house: Installation, priya: Walker, renewal: Questionnaire) -> str:
    """The submission of Priya, who has confirmed her address, so that ten mails a day may go there."""
    made = priya.scorecard(renewal, sample_of(renewal).answers, PRIYA).rpartition("/")[2]
    owning.confirm(house, made, clock.now())
    return made


def _notes(house: Installation, card: str) -> list[str]:
    with reading(house.engine) as connection:
        found = submissions.find(connection, card)
        assert found is not None
        return [one.text for one in notes.of_submission(connection, house.keyring, found.id)]


def _mails(house: Installation) -> int:
    with reading(house.engine) as connection:
        alive = select(func.count()).select_from(delivery).where(delivery.c.state == "queued")
        return int(connection.execute(alive).scalar_one())


def test_a_note(house: Installation, card: str, carl: Account) -> None:
    now = clock.now()
    for wait in (timedelta(), SOON):
        working_on.add_note(house, card, "Called, she calls back", carl, now + wait)
    assert _notes(house, card) == ["Called, she calls back"]
    working_on.add_note(house, card, "She called", carl, now + SOON)
    working_on.add_note(house, card, "She called", colleague(house, "Carla Ek"), now + SOON)
    working_on.add_note(house, card, "She called", carl, now + LATER)  # meant, so long after
    assert len(_notes(house, card)) == 4


def test_a_scorecard_mailed_again_by_a_consultant(house: Installation, card: str, carl: Account) -> None:
    before, now = _mails(house), clock.now()
    assert working_on.resend(house, card, "<1@here.example>", carl, now) is None
    assert working_on.resend(house, card, "<2@here.example>", carl, now + SOON) is None
    assert _mails(house) == before + 1
    assert working_on.resend(house, card, "<3@here.example>", carl, now + LATER) is None
    assert _mails(house) == before + 2


def test_a_scorecard_mailed_again_by_its_owner(house: Installation, card: str) -> None:
    before, now = _mails(house), clock.now()
    for number, wait in enumerate((timedelta(), SOON, LATER)):
        assert owning.mail_again(house, card, f"<{number}@here.example>", now + wait) is None
    assert _mails(house) == before + 2


def test_a_corrected_address_is_mailed_though_the_old_one_just_was(house: Installation, card: str) -> None:
    now = clock.now()
    owning.mail_again(house, card, "<1@here.example>", now)
    owning.correct_address(house, card, "priya@halden.example", "<2@here.example>", now + SOON)
    owning.mail_again(house, card, "<3@here.example>", now + SOON + SOON)
    with reading(house.engine) as connection:
        index = house.keyring.index("priya@halden.example")
        states = connection.execute(select(delivery.c.state).where(delivery.c.email_index == index)).scalars().all()
    assert states == ["queued"]


def test_a_reviewed_scorecard_mailed_again(house: Installation, card: str, carl: Account) -> None:
    send_review(house, card)
    with writing(house.engine) as connection:
        connection.execute(delivery.update().values(state="sent", tries=1))  # the worker is quicker than a finger
    now = clock.now()
    for number, wait in enumerate((timedelta(), SOON)):
        reviewing.mail_again(house, card, carl, message_id=f"<{number}@here.example>", now=now + wait)
        with writing(house.engine) as connection:
            connection.execute(delivery.update().values(state="sent", tries=1))
    assert _sent(house) == 3  # the automatic one, the reviewed one, and that once more
    working_on.resend(house, card, "<9@here.example>", carl, now + SOON)  # another mail, not the same press
    assert _mails(house) == 1


def _sent(house: Installation) -> int:
    with reading(house.engine) as connection:
        query = select(func.count()).select_from(delivery).where(delivery.c.state == "sent")
        return int(connection.execute(query).scalar_one())


def _invite(house: Installation, carl: Account, asked: Questionnaire, now: datetime, *, mail: bool) -> str:
    wanted = Wanted(questionnaire=asked.id, contact=PRIYA, message="We spoke on Tuesday", mail=mail)
    new_id = clock.public_id()
    return inviting.invite(house, carl, wanted, public_id=new_id, message_id=f"<{new_id}@here.example>", now=now)


@pytest.mark.parametrize("mail", [False, True])
def test_an_invitation(house: Installation, carl: Account, renewal: Questionnaire, mail: bool) -> None:
    now = clock.now()
    first = _invite(house, carl, renewal, now, mail=mail)
    assert _invite(house, carl, renewal, now + SOON, mail=mail) == first
    with reading(house.engine) as connection:
        assert connection.execute(select(func.count()).select_from(invitation)).scalar_one() == 1
        assert connection.execute(select(func.count()).select_from(notice)).scalar_one() == int(mail)
    assert _invite(house, carl, renewal, now + LATER, mail=False) != first


def test_links_without_a_name_are_made_as_often_as_asked(
    house: Installation, carl: Account, renewal: Questionnaire
) -> None:
    wanted = Wanted(questionnaire=renewal.id, contact={}, message="", mail=False)
    ids = {
        inviting.invite(house, carl, wanted, public_id=clock.public_id(), message_id="<1@here>", now=clock.now())
        for _ in range(2)
    }
    assert len(ids) == 2


def test_the_held_mail_of_an_unconfirmed_address_is_said_each_time(
    house: Installation, priya: Walker, renewal: Questionnaire, carl: Account
) -> None:
    made = priya.scorecard(renewal, sample_of(renewal).answers, PRIYA).rpartition("/")[2]
    for number in range(2):
        assert working_on.resend(house, made, f"<{number}@here.example>", carl, clock.now()) is not None
    with reading(house.engine) as connection:
        assert not people.ever_confirmed(connection, house.keyring.index(PRIYA["email"]))
