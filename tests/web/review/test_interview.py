"""Carl fills in an assessment for a client while they talk: the same pages, marked, and no mail nobody asked for."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, update

from assessment.actions.installation import Installation
from assessment.core.definition import Questionnaire
from assessment.store import accounts
from assessment.store.database import reading, writing
from assessment.store.review_tables import submission
from assessment.store.tables import audit, consent, delivery, notice, response
from tests.conftest import sample_of
from tests.walking import Walker, hidden

HERE = "/review/interview"
CLIENT = {"name": "Priya Raman", "email": "priya@northfield.example", "company": "Northfield Systems", "role": "COO"}
STRIP = "Filling in for a client"


def _begin(carl: Walker, asked: Questionnaire, **fields: str) -> Any:
    html = carl.client.get(HERE).get_data(as_text=True)
    return carl.client.post(
        HERE, data={"csrf_token": hidden(html, "csrf_token"), "questionnaire": asked.id, **CLIENT, **fields}
    )


def _to_check(carl: Walker, asked: Questionnaire) -> str:
    address = _begin(carl, asked).headers["Location"]
    while not address.endswith("/check"):
        assert STRIP in carl.client.get(address).get_data(as_text=True)
        reply = carl.answer(address, asked, sample_of(asked).answers)
        assert reply.status_code == 303, reply.get_data(as_text=True)
        address = reply.headers["Location"]
    return str(address)


def _submit(carl: Walker, check: str, consents: tuple[str, ...] = (), **more: str) -> str:
    reply = carl.submit(check, {**CLIENT, **more}, consents)
    assert reply.status_code == 303, reply.get_data(as_text=True)
    return str(reply.headers["Location"])


@pytest.fixture
def carl(staff: Callable[..., Walker]) -> Walker:
    return staff("consultant", "Carl Consultant")


def test_an_interview_is_marked_and_its_consultants(carl: Walker, house: Installation, renewal: Questionnaire) -> None:
    check = _to_check(carl, renewal)
    html = carl.client.get(check).get_data(as_text=True)
    assert STRIP in html
    assert 'value="Priya Raman"' in html
    assert 'autocomplete="name"' not in html  # the consultant's own name must not fill itself in
    assert " checked>" not in html
    card = _submit(carl, check, ("contact",))
    with reading(house.engine) as connection:
        row = connection.execute(select(submission)).one()
        by = accounts.by_email(connection, house.keyring, "carl.consultant@meridian.example")
        assert by is not None
        assert (row.origin, row.assignee_id, row.may_contact) == ("interview", by.id, True)
        assert connection.execute(select(consent.c.wording)).scalar_one() == (
            "The client agrees: Meridian Advisory may contact them about these results"
        )
        assert not connection.execute(select(delivery)).all()  # nobody asked for it
        assert not connection.execute(select(notice)).all()  # Carl knows
        actors = connection.execute(select(audit.c.actor).where(audit.c.action.startswith("response."))).scalars()
        assert set(actors) == {by.actor}
        assert connection.execute(select(audit.c.action).where(audit.c.action == "interview.begun")).first()
    page = carl.client.get(card).get_data(as_text=True)
    assert f'href="/review/submissions/{row.public_id}"' in page


def test_the_scorecard_is_mailed_only_where_the_client_asked(
    carl: Walker, house: Installation, renewal: Questionnaire
) -> None:
    _submit(carl, _to_check(carl, renewal), mail="yes")
    with reading(house.engine) as connection:
        assert [row.state for row in connection.execute(select(delivery))] == ["queued"]


def test_a_prospect_cannot_leave_the_mail_out_or_in_by_a_field(
    priya: Walker, house: Installation, renewal: Questionnaire
) -> None:
    check = priya.to_check(renewal, sample_of(renewal).answers)
    html = priya.client.get(check).get_data(as_text=True)
    assert STRIP not in html
    assert 'name="mail"' not in html
    card = priya.submit(check, CLIENT).headers["Location"]
    assert "/review/submissions/" not in priya.client.get(card).get_data(as_text=True)
    with reading(house.engine) as connection:
        assert len(connection.execute(select(delivery)).all()) == 1


def test_somebody_who_must_not_be_contacted_is_not_mailed_by_an_interview(
    carl: Walker, priya: Walker, house: Installation, renewal: Questionnaire
) -> None:
    priya.scorecard(renewal, sample_of(renewal).answers, CLIENT)
    with writing(house.engine) as connection:
        connection.execute(update(submission).values(do_not_contact=True))
    card = _submit(carl, _to_check(carl, renewal), mail="yes")
    html = carl.client.get(card).get_data(as_text=True)
    carl.client.post(f"{card}/mail", data={"csrf_token": hidden(html, "csrf_token")})
    with reading(house.engine) as connection:
        states = [row.state for row in connection.execute(select(delivery).order_by(delivery.c.id))]
    assert states == ["queued", "held"]


def test_an_account_that_ended_owns_no_new_submission(
    carl: Walker, house: Installation, renewal: Questionnaire
) -> None:
    check = _to_check(carl, renewal)
    html = carl.client.get(check).get_data(as_text=True)
    with writing(house.engine) as connection:
        by = accounts.by_email(connection, house.keyring, "carl.consultant@meridian.example")
        assert by is not None
        accounts.change(connection, by.id, {"active": False})
    carl.client.post(check, data={"csrf_token": hidden(html, "csrf_token")})
    with reading(house.engine) as connection:
        assert connection.execute(select(submission.c.assignee_id)).scalar_one() is None


@pytest.mark.parametrize("wrong", [{"questionnaire": "no-such"}, {"email": "priya"}, {"name": "x" * 101}])
def test_what_is_wrong_is_said_and_kept(
    carl: Walker, house: Installation, renewal: Questionnaire, wrong: dict[str, str]
) -> None:
    reply = _begin(carl, renewal, **wrong)
    assert reply.status_code == 422
    assert 'value="Northfield Systems"' in reply.get_data(as_text=True)
    with reading(house.engine) as connection:
        assert not connection.execute(select(response)).all()


def test_only_consultants_interview(staff: Callable[..., Walker], mallory: Walker) -> None:
    assert staff("viewer").client.get(HERE).status_code == 404
    assert mallory.client.get(HERE).status_code == 303
