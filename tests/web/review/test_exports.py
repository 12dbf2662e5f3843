"""Exports by the page: what is asked for in words, how far it is, who may take the file, and what viewers never get."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from assessment import clock
from assessment.actions import owning
from assessment.actions.installation import Installation
from assessment.core.definition import Questionnaire
from assessment.store.database import reading, writing
from assessment.store.review_tables import account, export
from assessment.store.tables import audit
from assessment.working import build_worker
from tests.conftest import sample_of
from tests.walking import Walker, hidden

HERE = "/review/exports"
PRIYA = {"name": "Priya Raman", "email": "priya@northfield.example", "company": "Northfield Systems", "role": "COO"}


def _body(walker: Walker, address: str = HERE) -> str:
    reply = walker.client.get(address)
    assert reply.status_code == 200
    return str(reply.get_data(as_text=True))


def _ask(walker: Walker, query: str = "", form: str = "json", **more: str) -> Any:
    html = _body(walker, f"{HERE}?{query}")
    fields = {"csrf_token": hidden(html, "csrf_token"), "query": hidden(html, "query"), "form": form, **more}
    return walker.client.post(HERE, data=fields)


def _made(house: Installation) -> None:
    assert build_worker(house, None, "desk/1").export_step()  # type: ignore[arg-type]


def _asked(walker: Walker, house: Installation, **more: str) -> str:
    """The address of an export that is ready."""
    reply = _ask(walker, **more)
    assert reply.status_code == 303, reply.get_data(as_text=True)
    _made(house)
    return str(reply.headers["Location"])


@pytest.fixture
def carl(staff: Callable[..., Walker]) -> Walker:
    return staff("consultant", "Carl Consultant")


@pytest.fixture
def vera(staff: Callable[..., Walker]) -> Walker:
    """Vera, a viewer."""
    return staff("viewer", "Vera Viewer")


@pytest.fixture
def card(priya: Walker, renewal: Questionnaire) -> str:
    return priya.scorecard(renewal, sample_of(renewal).answers, PRIYA).rpartition("/")[2]


def test_the_page_says_what_would_be_exported(carl: Walker, priya: Walker, card: str, renewal: Questionnaire) -> None:
    priya.scorecard(renewal, sample_of(renewal).answers)
    assert "2 submissions, with answers" in _body(carl)
    body = _body(
        carl, f"{HERE}?search=northfield&status=new&owner=none&sort=gap&since=2020-01-01&questionnaire={renewal.id}"
    )
    for words in (
        "1 submission that matches",
        "“northfield”",
        "No owner",
        "Largest gap first",
        "1 January 2020",
        renewal.title,
    ):
        assert words in body
    assert "No submission matches" in _body(carl, f"{HERE}?search=nobody")
    assert 'type="radio"' not in _body(carl, f"{HERE}?search=nobody")


def test_it_is_asked_for_waited_for_and_taken_once_made(carl: Walker, card: str, house: Installation) -> None:
    reply = _ask(carl, "sort=newest", "xlsx")
    address = reply.headers["Location"]
    waiting = carl.client.get(address)
    assert "Waiting to begin" in waiting.get_data(as_text=True)
    assert waiting.headers["Refresh"] == "2"
    assert carl.client.get(f"{address}/file").status_code == 404
    with writing(house.engine) as connection:
        values = {"state": "leased", "owner": "desk/2", "done": 1200, "total": 20000}
        connection.execute(update(export).values(next_at=clock.now() + timedelta(minutes=3), **values))
    body = _body(carl, address)
    assert "1,200 of 20,000 submissions" in body
    assert 'max="20000" value="1200"' in body
    with writing(house.engine) as connection:
        connection.execute(update(export).values(next_at=clock.now()))
    _made(house)
    ready = carl.client.get(address)
    assert "The export is ready" in ready.get_data(as_text=True)
    assert "Refresh" not in ready.headers
    file = carl.client.get(f"{address}/file")
    assert file.data[:2] == b"PK"
    assert file.headers["Cache-Control"] == "no-store"
    assert file.headers["Content-Disposition"].startswith('attachment; filename="submissions-')
    assert file.headers["Content-Disposition"].endswith('.xlsx"')
    assert file.headers["Content-Type"].startswith("application/vnd.openxmlformats")


def test_a_late_worker_is_named_and_asked_for_less_often(carl: Walker, card: str, house: Installation) -> None:
    address = _ask(carl).headers["Location"]
    with writing(house.engine) as connection:
        connection.execute(update(export).values(next_at=clock.now() - timedelta(minutes=5)))
    reply = carl.client.get(address)
    assert reply.headers["Refresh"] == "20"
    assert "the worker may be away" in reply.get_data(as_text=True)


@pytest.mark.parametrize("ticked", [{}, {"contact": "1"}])
def test_a_viewer_never_gets_contact_details(
    vera: Walker, card: str, house: Installation, ticked: dict[str, str]
) -> None:
    assert 'name="contact"' not in _body(vera)
    address = _asked(vera, house, **ticked)
    text = vera.client.get(f"{address}/file").get_data(as_text=True)
    found = json.loads(text)
    assert found["contact"] is False
    assert found["submissions"][0]["company"] == PRIYA["company"]
    for personal in ("Priya", PRIYA["email"], '"COO"'):
        assert personal not in text


def test_a_consultant_gets_them_only_when_ticked(carl: Walker, card: str, house: Installation) -> None:
    assert 'name="contact" value="1">' in _body(carl), "it is not ticked by itself"
    without = carl.client.get(f"{_asked(carl, house)}/file").get_data(as_text=True)
    with_them = carl.client.get(f"{_asked(carl, house, contact='1')}/file").get_data(as_text=True)
    assert PRIYA["email"] not in without
    assert PRIYA["email"] in with_them


def test_who_is_a_viewer_now_cannot_take_what_a_consultant_asked_for(
    carl: Walker, card: str, house: Installation
) -> None:
    address = _asked(carl, house, contact="1")
    with writing(house.engine) as connection:
        connection.execute(update(account).values(role="viewer"))
    assert carl.client.get(address).status_code == 404
    assert carl.client.get(f"{address}/file").status_code == 404
    assert address not in _body(carl)


def test_a_viewers_search_finds_nobody_by_name(vera: Walker, carl: Walker, card: str) -> None:
    assert "No submission matches" in _body(vera, f"{HERE}?search=raman")
    assert "1 submission that matches" in _body(carl, f"{HERE}?search=raman")


def test_nobody_else_opens_takes_or_deletes_it(
    carl: Walker, staff: Callable[..., Walker], mallory: Walker, card: str, house: Installation
) -> None:
    address = _asked(carl, house)
    for other in (staff("admin", "Ada Admin"), staff("consultant", "Cleo Consultant")):
        token = {"csrf_token": hidden(_body(other), "csrf_token")}
        assert other.client.get(address).status_code == 404
        assert other.client.get(f"{address}/file").status_code == 404
        assert other.client.post(f"{address}/delete", data=token).status_code == 404
        assert address not in _body(other)
    assert mallory.client.get(f"{address}/file").status_code == 303
    assert carl.client.get(f"{address}/file").status_code == 200


def test_one_can_be_deleted_and_everything_is_audited(carl: Walker, card: str, house: Installation) -> None:
    address = _asked(carl, house, contact="1")
    carl.client.get(f"{address}/file")
    body = _body(carl)
    assert "Ready" in body
    reply = carl.client.post(f"{address}/delete", data={"csrf_token": hidden(body, "csrf_token")})
    assert reply.headers["Location"] == HERE
    assert "The export was deleted." in _body(carl)
    assert carl.client.get(address).status_code == 404
    with reading(house.engine) as connection:
        rows = connection.execute(select(audit.c.action).where(audit.c.subject == address.rpartition("/")[2]))
        assert list(rows.scalars()) == ["export.asked", "export.made", "export.taken", "export.deleted"]


def test_a_fourth_waits_for_one_of_three(carl: Walker, card: str, house: Installation) -> None:
    for _number in range(3):
        assert _ask(carl).status_code == 303
    reply = _ask(carl, form="csv", contact="1")
    body = reply.get_data(as_text=True)
    assert (reply.status_code, "You have 3 exports" in body) == (422, True)
    assert 'value="csv" checked' in body
    assert 'name="contact" value="1" checked' in body
    _made(house)
    assert _ask(carl).status_code == 303


def test_a_form_that_is_none_is_refused(carl: Walker, card: str, house: Installation) -> None:
    reply = _ask(carl, form="exe")
    assert (reply.status_code, "Choose a form" in reply.get_data(as_text=True)) == (422, True)
    with reading(house.engine) as connection:
        assert connection.execute(select(export)).all() == []


def test_after_an_erasure_the_page_says_why_it_is_gone(carl: Walker, card: str, house: Installation) -> None:
    address = _asked(carl, house)
    owning.erase(house, card, clock.now())
    assert "The export was deleted" in _body(carl, address)
    assert carl.client.get(f"{address}/file").status_code == 404
    assert "Deleted" in _body(carl)


def test_one_submission_is_exported_from_its_page(carl: Walker, card: str, house: Installation) -> None:
    body = _body(carl, f"/review/submissions/{card}")
    query = body.partition('href="/review/exports?')[2].partition('"')[0].replace("&amp;", "&")
    assert "1 submission that matches" in _body(carl, f"{HERE}?{query}")
