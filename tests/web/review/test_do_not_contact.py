"""Who must not be contacted gets no mail that a consultant starts, by whichever way it is tried."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from assessment import clock
from assessment.actions.installation import Installation
from assessment.core.definition import Questionnaire
from assessment.delivery.pdf import Made
from assessment.store.database import reading, writing
from assessment.store.review_tables import submission
from assessment.store.tables import delivery, notice
from assessment.working import build_worker
from tests.conftest import sample_of
from tests.walking import Walker, fields_of, hidden

LIST = "/review/submissions"
PRIYA = {"email": "priya@northfield.example", "name": "Priya Raman", "company": "Northfield", "role": "COO"}


class _Press:
    def make(self, _html: str, _css: str, _made_at: Any) -> Made:
        return Made(b"%PDF-1.7", 6)


def _mails(house: Installation) -> list[str]:
    """What lies in the outbox once the worker sent everything due."""
    worker = build_worker(house, _Press(), "desk/1")  # type: ignore[arg-type]
    while worker.step():
        pass
    texts = [path.read_text() for path in house.settings.outbox.glob("*.eml")]
    return [text for text in texts if f"To: {PRIYA['email']}" in text]


def _post(walker: Walker, action: str, page: str, **fields: str) -> Any:
    html = walker.client.get(page).get_data(as_text=True)
    return walker.client.post(action, data={"csrf_token": hidden(html, "csrf_token"), **fields})


@pytest.fixture
def carl(staff: Callable[..., Walker]) -> Walker:
    return staff("consultant", "Carl Consultant")


@pytest.fixture
def card(priya: Walker, renewal: Questionnaire) -> str:
    """Priya's submission."""
    return priya.scorecard(renewal, sample_of(renewal).answers, PRIYA).rpartition("/")[2]


def _refuse(carl: Walker, card: str) -> None:
    reply = _post(carl, f"{LIST}/{card}/contact", f"{LIST}/{card}", refused="yes", reason="Asked by phone")
    assert reply.status_code == 303


def test_a_mail_that_carl_started_does_not_go_out_once_she_refused(
    house: Installation, carl: Walker, card: str
) -> None:
    assert len(_mails(house)) == 1
    with writing(house.engine) as connection:  # the limit of the day is not what is tried
        connection.execute(delivery.update().values(created_at=clock.now() - timedelta(days=2)))
    assert _post(carl, f"{LIST}/{card}/resend", f"{LIST}/{card}").headers["Location"].endswith("told=mailed#mail")
    _refuse(carl, card)
    assert len(_mails(house)) == 1


def test_an_interview_mails_no_link_to_somebody_who_must_not_be_contacted(
    house: Installation, carl: Walker, card: str, renewal: Questionnaire
) -> None:
    before = len(_mails(house))
    _refuse(carl, card)
    begun = _post(carl, "/review/interview", "/review/interview", questionnaire=renewal.id, company="Northfield")
    base = begun.headers["Location"].rpartition("/")[0]
    reply = _post(carl, f"{base}/later", f"{base}/later", email=PRIYA["email"])
    assert "must not be contacted" in reply.get_data(as_text=True)
    assert len(_mails(house)) == before


def test_correcting_an_interview_mails_nobody_who_must_not_be_contacted(
    house: Installation, carl: Walker, card: str, renewal: Questionnaire
) -> None:
    before = len(_mails(house))
    _refuse(carl, card)
    address = _post(
        carl, "/review/interview", "/review/interview", questionnaire=renewal.id, company="Northfield"
    ).headers["Location"]
    address = _on(carl, address, renewal)
    mine = carl.submit(address, {"company": "Northfield"}).headers["Location"]
    for way in ("correct", "again"):
        reopened = _post(carl, f"{mine}/{way}", mine).headers["Location"]
        base = reopened.rpartition("/")[0]
        _on(carl, f"{base}/0", renewal)
        carl.submit(f"{base}/check", PRIYA | {"mail": "yes"})
    with reading(house.engine) as connection:
        found = connection.execute(select(submission.c.do_not_contact)).scalars().all()
    assert len(found) == 4
    assert len(_mails(house)) == before


def _on(walker: Walker, address: str, asked: Questionnaire) -> str:
    while not address.endswith("/check"):
        reply = walker.answer(address, asked, sample_of(asked).answers)
        assert reply.status_code == 303, reply.get_data(as_text=True)
        address = reply.headers["Location"]
    return address


def test_the_link_of_an_invitation_is_not_mailed_to_somebody_who_must_not_be_contacted_meanwhile(
    house: Installation, carl: Walker, mallory: Walker, visitor: Callable[[], Walker], renewal: Questionnaire
) -> None:
    made = _post(
        carl, "/review/invitations", "/review/invitations", questionnaire=renewal.id, message="", mail="copy", **PRIYA
    ).headers["Location"]
    html = carl.client.get(made).get_data(as_text=True)
    link = "/open/invitation/" + html.split("/open/invitation/")[1].split('"')[0]
    intro = mallory.client.get(link).headers["Location"]
    html = mallory.client.get(intro).get_data(as_text=True)
    fields: dict[str, Any] = {"csrf_token": hidden(html, "csrf_token")}
    for page in renewal.pages:
        if page.start:
            fields.update(fields_of(page, sample_of(renewal).answers))
    assert mallory.client.post(intro, data=fields).status_code == 303
    other = visitor()
    other.scorecard(renewal, sample_of(renewal).answers, PRIYA)
    with reading(house.engine) as connection:
        [one] = connection.execute(select(submission.c.public_id)).scalars()
    before = len(_mails(house))
    _refuse(carl, one)
    assert carl.client.get(link).status_code == 303
    _post(carl, f"{intro}/link", intro)
    with reading(house.engine) as connection:
        assert "resume" not in connection.execute(select(notice.c.kind)).scalars().all()
    assert len(_mails(house)) == before


def test_a_client_who_asked_for_no_mail_is_sent_none_and_so_nothing_reviewed(
    house: Installation, carl: Walker, renewal: Questionnaire
) -> None:
    begun = _post(carl, "/review/interview", "/review/interview", questionnaire=renewal.id, **PRIYA)
    check = _on(carl, begun.headers["Location"], renewal)
    card = carl.submit(check, PRIYA).headers["Location"].rpartition("/")[2]
    reply = _post(carl, f"{LIST}/{card}/resend", f"{LIST}/{card}")
    assert reply.status_code == 409
    assert "neither asked to be contacted nor for the scorecard by mail" in reply.get_data(as_text=True)
    assert _mails(house) == []
    html = carl.client.get(f"{LIST}/{card}/reviewed").get_data(as_text=True)
    assert "neither asked to be contacted" in html
