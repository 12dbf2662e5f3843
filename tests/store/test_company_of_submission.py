"""What belongs with a submission: the same company, the same person, and the chain of taking it again."""

import pytest

from assessment import clock
from assessment.actions import owning
from assessment.actions.installation import Installation
from assessment.core.definition import Questionnaire
from assessment.store import company, submissions
from assessment.store.company import Related
from assessment.store.database import reading
from tests.conftest import sample_of
from tests.walking import Walker, hidden

PRIYA = {"email": "priya@northfield.example", "name": "Priya Raman", "company": "Northfield Systems"}


@pytest.fixture
def submit(priya: Walker, renewal: Questionnaire):  # type: ignore[no-untyped-def]
    """Send the sample's answers with these contact details; gives the public id."""
    return lambda **contact: priya.scorecard(renewal, sample_of(renewal).answers, contact).rpartition("/")[2]


def _related(house: Installation, card: str) -> list[Related]:
    with reading(house.engine) as connection:
        found = submissions.find(connection, card)
        assert found is not None
        return list(company.related(connection, found))


def test_company_and_person_are_told_apart(house: Installation, submit) -> None:  # type: ignore[no-untyped-def]
    first = submit(**PRIYA)
    colleague = submit(**PRIYA | {"email": "noor@northfield.example", "company": "NORTHFIELD systems, Inc."})
    elsewhere = submit(**PRIYA | {"company": "Halden"})
    submit(email="stranger@example.org", company="Verity")
    rows = {one.found.public_id: (one.same_company, one.same_person, one.follows) for one in _related(house, first)}
    assert rows == {colleague: (True, False, False), elsewhere: (False, True, False)}


def test_without_company_and_address_only_the_chain_belongs(
    house: Installation,
    submit,  # type: ignore[no-untyped-def]
    priya: Walker,
    renewal: Questionnaire,
) -> None:
    first, other = submit(), submit()
    html = priya.client.get(f"/s/{first}").get_data(as_text=True)
    check = priya.client.post(f"/s/{first}/correct", data={"csrf_token": hidden(html, "csrf_token")}).headers[
        "Location"
    ]
    assert _related(house, first) == [], "a draft is the respondent's alone"
    second = priya.submit(check).headers["Location"].rpartition("/")[2]
    assert [(one.found.public_id, one.follows) for one in _related(house, first)] == [(second, True)]
    assert [(one.found.public_id, one.follows) for one in _related(house, second)] == [(first, True)]
    assert _related(house, other) == []
    assert [(one.correction, one.corrected) for one in _related(house, first)] == [(True, False)]
    assert [(one.correction, one.corrected) for one in _related(house, second)] == [(False, True)]


def test_what_was_erased_belongs_nowhere(house: Installation, submit) -> None:  # type: ignore[no-untyped-def]
    first, second = submit(**PRIYA), submit(**PRIYA)
    owning.erase(house, second, clock.now())
    assert _related(house, first) == []


def test_an_address_names_everything_it_submitted(house: Installation, submit) -> None:  # type: ignore[no-untyped-def]
    first, second, alone = (
        submit(**PRIYA),
        submit(**PRIYA | {"company": "Halden"}),
        submit(company="Northfield Systems"),
    )
    with reading(house.engine) as connection:
        one, other = submissions.find(connection, first), submissions.find(connection, alone)
        assert one is not None
        assert other is not None
        assert set(company.of_address(connection, one)) == {first, second}
        assert company.of_address(connection, other) == (alone,)
