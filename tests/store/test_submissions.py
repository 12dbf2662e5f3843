"""The consultants' row of a submission: made with it, corrected with it, emptied with it."""

from collections.abc import Callable

import pytest
from sqlalchemy import delete, select, update

from assessment import clock
from assessment.actions import owning
from assessment.actions.catching_up import catch_up
from assessment.actions.installation import Installation
from assessment.core.definition import Questionnaire
from assessment.store import submissions
from assessment.store.database import reading, writing
from assessment.store.peer_tables import peer_due
from assessment.store.review_tables import area_score, search_word, submission
from assessment.store.submissions import Submission
from tests.conftest import sample_of
from tests.walking import Walker, hidden

PRIYA = {
    "email": "priya@northfield.example",
    "name": "Priya Raman",
    "company": "Northfield Systems",
    "role": "Director",
}


def _submit(walker: Walker, asked: Questionnaire, consents: tuple[str, ...] = (), **contact: str) -> str:
    check = walker.to_check(asked, sample_of(asked).answers)
    return str(walker.submit(check, PRIYA | contact, consents).headers["Location"]).rpartition("/")[2]


def _row(house: Installation, card: str) -> Submission:
    with reading(house.engine) as connection:
        found = submissions.find(connection, card)
    assert found is not None
    return found


def _found(house: Installation, word: str) -> set[int]:
    with reading(house.engine) as connection:
        query = select(search_word.c.submission_id).where(search_word.c.word == house.keyring.word(word))
        return set(connection.execute(query).scalars())


def test_the_row_says_what_the_scorecard_says(house: Installation, priya: Walker, renewal: Questionnaire) -> None:
    row = _row(house, _submit(priya, renewal, ("contact",)))
    with reading(house.engine) as connection:
        kept = owning.find_kept(house, row.public_id)
        scores = {one.area: one.score for one in connection.execute(select(area_score))}
    assert kept is not None
    card = kept.card
    assert (row.overall, row.stage, row.title) == (card.overall and card.overall.score, card.stage, card.origin.title)
    assert (row.gap, row.gap_text) == (card.weakest and card.weakest.gap, card.weakest and card.weakest.title)
    assert scores == {area.id: area.points.score for area in card.areas if area.points and area.weight}
    assert row.may_contact
    assert (row.status, row.origin, row.company_key) == ("new", "web", "northfield systems")
    assert _found(house, "raman") == _found(house, "northfield.example") == {row.id}


def test_submissions_of_one_company_have_one_key(
    house: Installation, visitor: Callable[[], Walker], renewal: Questionnaire
) -> None:
    first = _submit(visitor(), renewal)
    second = _submit(visitor(), renewal, company="northfield systems inc.", email="omar@northfield.example")
    alone = _submit(visitor(), renewal, company="")
    assert _row(house, first).company_key == _row(house, second).company_key
    assert _row(house, alone).company_key.startswith("~")


def test_a_stale_change_changes_nothing(house: Installation, priya: Walker, renewal: Questionnaire) -> None:
    row = _row(house, _submit(priya, renewal))
    with writing(house.engine) as connection:
        assert submissions.change(connection, row.id, row.revision, {"status": "in_review"})
        assert not submissions.change(connection, row.id, row.revision, {"status": "closed"})
    assert _row(house, row.public_id).status == "in_review"


def test_not_to_be_contacted_holds_for_everything_of_that_address(
    house: Installation, visitor: Callable[[], Walker], renewal: Questionnaire
) -> None:
    first = _row(house, _submit(visitor(), renewal))
    with writing(house.engine) as connection:
        submissions.refuse_contact(connection, first, refused=True)
    later = _submit(visitor(), renewal, ("contact",))
    other = _submit(visitor(), renewal, ("contact",), email="omar@northfield.example")
    assert _row(house, later).do_not_contact
    assert not _row(house, other).do_not_contact


def test_who_removed_their_address_stays_uncontacted(
    house: Installation, visitor: Callable[[], Walker], renewal: Questionnaire
) -> None:
    card = _submit(visitor(), renewal)
    owning.not_me(house, card, clock.now())
    row = _row(house, card)
    assert row.do_not_contact
    assert row.company is None
    assert not _found(house, "raman")
    assert _row(house, _submit(visitor(), renewal, ("contact",))).do_not_contact


def test_a_corrected_address_is_found(house: Installation, priya: Walker, renewal: Questionnaire) -> None:
    card = _submit(priya, renewal)
    owning.correct_address(house, card, "priya@elsewhere.example", "<a@b.example>", clock.now())
    assert _found(house, "elsewhere.example") == {_row(house, card).id}


def test_an_address_that_was_corrected_is_found_no_more(
    house: Installation, priya: Walker, renewal: Questionnaire
) -> None:
    card = _submit(priya, renewal, email="stranger@halden.example")
    owning.correct_address(house, card, "priya@northfield.example", "<a@b.example>", clock.now())
    assert not _found(house, "stranger@halden.example") | _found(house, "stranger") | _found(house, "halden.example")
    assert _found(house, "priya") == {_row(house, card).id}  # her name has it too


def test_an_erased_submission_is_counted_and_nowhere_else(
    house: Installation, visitor: Callable[[], Walker], renewal: Questionnaire
) -> None:
    kept, gone = _submit(visitor(), renewal), _submit(visitor(), renewal)
    owning.erase(house, gone, clock.now())
    with reading(house.engine) as connection:
        assert submissions.find(connection, gone) is None
        rows = {row.public_id: row for row in connection.execute(select(submission))}
    assert rows[gone].erased
    assert rows[gone].company is None
    assert rows[gone].overall is not None
    assert _found(house, "raman") == {rows[kept].id}


@pytest.mark.parametrize("erased", [False, True])
def test_submissions_from_before_the_workplace_get_their_row(
    house: Installation, priya: Walker, renewal: Questionnaire, erased: bool
) -> None:
    card = _submit(priya, renewal, ("contact",))
    before = _row(house, card)
    if erased:
        owning.erase(house, card, clock.now())
    with writing(house.engine) as connection:
        for table in (peer_due, area_score, search_word, submission):
            connection.execute(delete(table))
    assert catch_up(house.engine, house.keyring) == 1
    assert catch_up(house.engine, house.keyring) == 0
    with reading(house.engine) as connection:
        row = connection.execute(select(submission)).one()
        assert (submissions.find(connection, card) is None) == erased
    assert (row.public_id, row.overall, row.erased) == (card, before.overall, erased)
    assert (row.company, row.may_contact) == ((None, False) if erased else ("Northfield Systems", True))


def test_a_correction_keeps_how_it_came_about_and_how_long_it_took(
    house: Installation, priya: Walker, renewal: Questionnaire
) -> None:
    card = priya.scorecard(renewal, sample_of(renewal).answers, PRIYA)
    with writing(house.engine) as connection:
        connection.execute(update(submission).values(origin="invitation", seconds=420))
    html = priya.client.get(card).get_data(as_text=True)
    again = priya.client.post(f"{card}/correct", data={"csrf_token": hidden(html, "csrf_token")})
    corrected = _row(house, priya.submit(again.headers["Location"]).headers["Location"].rpartition("/")[2])
    assert (corrected.origin, corrected.seconds) == ("invitation", 420)
    with writing(house.engine) as connection:
        for table in (peer_due, area_score, search_word, submission):
            connection.execute(delete(table))
    catch_up(house.engine, house.keyring)  # nobody knows of the invitation now, and the two still belong together
    with reading(house.engine) as connection:
        origins, times = zip(*connection.execute(select(submission.c.origin, submission.c.seconds)), strict=True)
    assert set(origins) == {"web"}
    assert len(set(times)) == 1
