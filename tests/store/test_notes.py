"""Notes: encrypted, found by their words until their author deletes them, gone when the person is erased."""

import pytest
from sqlalchemy import select

from assessment import clock
from assessment.actions import owning
from assessment.actions.installation import Installation
from assessment.core.definition import Questionnaire
from assessment.store import accounts, notes, submissions
from assessment.store.database import reading, writing
from assessment.store.notes import Note
from assessment.store.review_tables import note, search_word
from assessment.store.submissions import Submission
from tests.conftest import sample_of
from tests.walking import Walker

PRIYA = {"email": "priya@northfield.example", "name": "Priya Raman", "company": "Northfield Systems"}


def _staff(house: Installation, name: str) -> int:
    with writing(house.engine) as connection:
        return accounts.add(
            connection,
            house.keyring,
            name=name,
            email=f"{name.lower()}@meridian.example",
            role="consultant",
            uniquifier=name,
            now=clock.now(),
        )


@pytest.fixture
def sent(house: Installation, priya: Walker, renewal: Questionnaire) -> Submission:
    """Priya's submission."""
    card = priya.scorecard(renewal, sample_of(renewal).answers, PRIYA).rpartition("/")[2]
    with reading(house.engine) as connection:
        found = submissions.find(connection, card)
    assert found is not None
    return found


def _add(house: Installation, sent: Submission, account: int, text: str) -> int:
    with writing(house.engine) as connection:
        return notes.add(connection, house.keyring, sent.id, account, text, clock.now())


def _of(house: Installation, sent: Submission) -> tuple[Note, ...]:
    with reading(house.engine) as connection:
        return notes.of_submission(connection, house.keyring, sent.id)


def _finds(house: Installation, word: str) -> bool:
    with reading(house.engine) as connection:
        query = select(search_word.c.word).where(search_word.c.word == house.keyring.word(word))
        return connection.execute(query).first() is not None


def test_the_newest_note_comes_first_and_none_is_stored_in_clear(house: Installation, sent: Submission) -> None:
    carl = _staff(house, "Carl")
    for text in ("Asked for a call", "Called: Zanzibar"):
        _add(house, sent, carl, text)
    assert [(one.account_id, one.text) for one in _of(house, sent)] == [
        (carl, "Called: Zanzibar"),
        (carl, "Asked for a call"),
    ]
    with reading(house.engine) as connection:
        sealed = b"".join(connection.execute(select(note.c.sealed_text)).scalars())
    assert b"Zanzibar" not in sealed
    assert _finds(house, "zanzibar")


def test_only_its_author_deletes_a_note_and_its_own_words_find_nothing_then(
    house: Installation, sent: Submission
) -> None:
    carl, carla = _staff(house, "Carl"), _staff(house, "Carla")
    mine = _add(house, sent, carl, "Priya met us in Zanzibar about storage")
    _add(house, sent, carla, "Storage grows")
    with writing(house.engine) as connection:
        assert not notes.remove(connection, house.keyring, sent, mine, carla)
    assert _finds(house, "zanzibar")
    with writing(house.engine) as connection:
        assert notes.remove(connection, house.keyring, sent, mine, carl)
        assert not notes.remove(connection, house.keyring, sent, mine, carl)
    assert [one.text for one in _of(house, sent)] == ["Storage grows"]
    found = {word: _finds(house, word) for word in ("zanzibar", "storage", "priya", "raman")}
    assert found == {"zanzibar": False, "storage": True, "priya": True, "raman": True}


def test_erasing_the_person_takes_the_notes_along(house: Installation, sent: Submission) -> None:
    _add(house, sent, _staff(house, "Carl"), "Zanzibar")
    owning.erase(house, sent.public_id, clock.now())
    assert _of(house, sent) == ()
    assert not _finds(house, "zanzibar")
