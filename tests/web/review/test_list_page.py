"""Carl's list: what it says, whom it shows to whom, changing several at once, and saved views."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from sqlalchemy import select, update

from assessment import clock
from assessment.actions.installation import Installation
from assessment.core.definition import Questionnaire
from assessment.store import accounts
from assessment.store.database import reading, writing
from assessment.store.review_tables import submission
from assessment.store.tables import audit
from tests.conftest import sample_of
from tests.generated import put
from tests.walking import Walker, hidden

LIST = "/review/submissions"
PRIYA = {"email": "priya@northfield.example", "name": "Priya Raman", "company": "Northfield Systems"}


@pytest.fixture
def carl(staff: Callable[..., Walker]) -> Walker:
    """Carl, a consultant."""
    return staff("consultant", "Carl")


def _text(walker: Walker, address: str = LIST, status: int = 200) -> str:
    reply = walker.client.get(address)
    assert reply.status_code == status
    return unescape(reply.get_data(as_text=True))


def _fill(house: Installation, number: int, **values: Any) -> None:
    with writing(house.engine) as connection:
        for each in range(number):
            put(connection, house.keyring, each, submitted_at=clock.now(), **values)


def _ticked(html: str) -> list[str]:
    return re.findall(r'name="row" value="([^"]*)"', html)


def _bulk(walker: Walker, html: str, rows: list[str], **fields: str) -> Any:
    kept = {name: hidden(html, name) for name in ("csrf_token", "query", "top")}
    return walker.client.post(f"{LIST}/bulk", data={**kept, "row": rows, **fields})


def _states(house: Installation, column: str) -> list[Any]:
    with reading(house.engine) as connection:
        return list(connection.execute(select(submission.c[column]).order_by(submission.c.id)).scalars())


def test_an_empty_list_says_what_to_do(carl: Walker) -> None:
    html = _text(carl)
    assert "No submissions yet" in html
    assert "http://localhost/" in html
    assert "Nothing waits" in html


def test_a_submission_stands_in_the_list_with_what_a_consultant_needs(
    priya: Walker, carl: Walker, renewal: Questionnaire
) -> None:
    card = priya.scorecard(renewal, sample_of(renewal).answers, PRIYA).rpartition("/")[2]
    html = _text(carl)
    for words in ("1 new", "Northfield Systems", "Priya Raman", renewal.title, "No owner", "No consent", "Today, "):
        assert words in html, words
    assert f'href="/review/submissions/{card}"' in html
    assert "priya@northfield.example" not in html


def test_a_viewer_sees_the_company_and_nothing_of_the_person(
    priya: Walker, staff: Callable[..., Walker], renewal: Questionnaire
) -> None:
    priya.scorecard(renewal, sample_of(renewal).answers, PRIYA)
    viewer = staff("viewer")
    html = _text(viewer)
    assert "Northfield Systems" in html
    assert "Priya" not in html
    assert 'name="row"' not in html
    assert "No submission matches" in _text(viewer, f"{LIST}?search=priya")
    assert "Northfield Systems" in _text(viewer, f"{LIST}?search=northfield")


def test_unfinished_answers_are_a_number(priya: Walker, carl: Walker, renewal: Questionnaire) -> None:
    priya.start(renewal, sample_of(renewal).answers)
    html = _text(carl)
    assert "1 unfinished answer this month: they belong to the prospects" in html
    assert "No submissions yet" in html


def test_who_erased_themselves_is_gone_at_once(priya: Walker, carl: Walker, renewal: Questionnaire) -> None:
    address = priya.scorecard(renewal, sample_of(renewal).answers, PRIYA)
    assert "Northfield" in _text(carl)
    page = priya.client.get(f"{address}/delete").get_data(as_text=True)
    priya.client.post(f"{address}/delete", data={"csrf_token": hidden(page, "csrf_token")})
    for query in ("", "?search=northfield", "?search=priya", "?mark=any"):
        html = _text(carl, LIST + query)
        assert "Northfield Systems" not in html, query
        assert "Priya Raman" not in html, query


def test_do_not_contact_takes_the_status_place(house: Installation, carl: Walker) -> None:
    _fill(house, 1, do_not_contact=True)
    html = _text(carl)
    assert '<span class="chip chip--solid">Do not contact</span>' in html
    assert "Asked for no contact" in html
    assert "Nothing waits" in html


def test_a_mail_that_did_not_arrive_is_said_in_words(house: Installation, carl: Walker) -> None:
    _fill(house, 1, mails=["suppressed"])
    html = _text(carl)
    assert '<span class="bad">PDF not sent: address refused</span>' in html
    assert f'href="{LIST}?delivery=failed">1 mail to correct</a>' in html


def test_pages_are_reached_by_links(house: Installation, carl: Walker) -> None:
    _fill(house, 60)
    seen: list[str] = []
    address: str | None = f"{LIST}?sort=oldest"
    pages = 0
    while address:
        html = _text(carl, address)
        seen += _ticked(html)
        found = re.search(r'href="(\?[^"]*after=[^"]*)"', html)
        address = LIST + found[1] if found else None
        pages += 1
    assert pages == 3
    assert len(seen) == len(set(seen)) == 60
    assert "60 submissions" in html
    back = re.search(r'href="(\?[^"]*before=[^"]*)"', html)
    assert back
    assert _ticked(_text(carl, LIST + back[1])) == seen[25:50]


def test_what_is_not_valid_in_an_address_is_said(house: Installation, carl: Walker) -> None:
    _fill(house, 1)
    html = _text(carl, f"{LIST}?status=foo&since=yesterday&after=%00")
    assert "Part of this address is not valid and was left out: status and first day." in html
    assert "1 submission" in html


def test_the_filter_form_leads_to_a_short_address(carl: Walker) -> None:
    reply = carl.client.get(f"{LIST}?search=&questionnaire=&status=new&sort=call")
    assert reply.status_code == 303
    assert reply.headers["Location"] == f"{LIST}?status=new"


def test_no_match_offers_to_clear_the_filters(house: Installation, carl: Walker) -> None:
    _fill(house, 1)
    html = _text(carl, f"{LIST}?search=nobody")
    assert "No submission matches" in html
    assert "Clear filters" in html


def test_several_are_given_to_carl_at_once(house: Installation, carl: Walker) -> None:
    _fill(house, 3)
    with reading(house.engine) as connection:
        owner = accounts.everybody(connection, house.keyring)[0].id
    html = _text(carl)
    reply = _bulk(carl, html, _ticked(html)[:2], to_owner=str(owner), to_status="in_review")
    assert reply.status_code == 303
    assert "2 submissions assigned to Carl and set to “In review”." in _text(carl, reply.headers["Location"])
    assert sorted(_states(house, "status")) == ["in_review", "in_review", "new"]
    assert _states(house, "assignee_id").count(owner) == 2
    with reading(house.engine) as connection:
        noted = list(connection.execute(select(audit.c.action).where(audit.c.actor == f"account {owner}")).scalars())
    assert noted.count("submission.status") == noted.count("submission.assigned") == 2
    assert noted.count("submissions.changed") == 1


def test_what_somebody_changed_meanwhile_is_left(house: Installation, carl: Walker) -> None:
    _fill(house, 3)
    html = _text(carl)
    with writing(house.engine) as connection:
        moved = update(submission).where(submission.c.public_id == "generated0000001")
        connection.execute(moved.values(status="contacted", revision=2))
        gone = update(submission).where(submission.c.public_id == "generated0000002")
        connection.execute(gone.values(erased=True))
    reply = _bulk(carl, html, [*_ticked(html), "nobody.1"], to_status="closed")
    told = _text(carl, reply.headers["Location"])
    assert "1 submission set to “Closed”." in told
    assert "1 was changed meanwhile and left." in told
    assert "2 are not there any more." in told
    assert _states(house, "status") == ["closed", "contacted", "new"]


def test_all_that_match_are_changed_but_none_that_came_later(house: Installation, carl: Walker) -> None:
    _fill(house, 30)
    html = _text(carl, f"{LIST}?status=new")
    with writing(house.engine) as connection:
        put(connection, house.keyring, 99)
    reply = _bulk(carl, html, [], all="1", to_mark="spam")
    assert reply.headers["Location"] == f"{LIST}?status=new"
    assert "30 submissions marked as spam." in _text(carl, reply.headers["Location"])
    assert _states(house, "mark") == ["spam"] * 30 + [None]
    html = _text(carl, f"{LIST}?mark=spam")
    _bulk(carl, html, [], all="1", to_mark="none")
    assert set(_states(house, "mark")) == {None}


def test_a_press_without_a_tick_keeps_what_was_chosen(house: Installation, carl: Walker) -> None:
    _fill(house, 2)
    html = _text(carl)
    reply = _bulk(carl, html, [], to_status="closed")
    again = unescape(reply.get_data(as_text=True))
    assert reply.status_code == 422
    assert "No submission is ticked" in again
    assert '<option value="closed" selected>' in again
    reply = _bulk(carl, html, _ticked(html)[:1])
    again = unescape(reply.get_data(as_text=True))
    assert "Choose an owner, a status or a mark to set." in again
    assert f'value="{_ticked(html)[0]}" checked' in again
    assert _states(house, "status") == ["new", "new"]


@pytest.mark.parametrize("owner", ["77", "999999999999999999"])
def test_nobody_unknown_can_be_given_submissions(house: Installation, carl: Walker, owner: str) -> None:
    _fill(house, 1)
    html = _text(carl)
    reply = _bulk(carl, html, _ticked(html), to_owner=owner, to_status="closed")
    assert reply.status_code == 422
    assert _states(house, "status") == ["new"]


def test_a_viewer_is_given_no_submissions(house: Installation, carl: Walker, staff: Callable[..., Walker]) -> None:
    staff("viewer", "Vera")
    _fill(house, 1)
    html = _text(carl)
    with reading(house.engine) as connection:
        vera = next(one for one in accounts.everybody(connection, house.keyring) if one.name == "Vera")
    assert _bulk(carl, html, _ticked(html), to_owner=str(vera.id)).status_code == 422


def test_a_view_is_saved_shared_and_deleted(house: Installation, carl: Walker, staff: Callable[..., Walker]) -> None:
    _fill(house, 1)
    html = _text(carl, f"{LIST}?status=new&owner=me")
    fields = {"csrf_token": hidden(html, "csrf_token"), "query": "status=new&owner=me&sort=nonsense"}
    reply = carl.client.post("/review/views", data={**fields, "name": " My  calls "})
    assert reply.headers["Location"] == f"{LIST}?status=new&owner=me"
    assert "Saved as “My calls”." in _text(carl, reply.headers["Location"])
    other = staff("consultant", "Dora")
    assert "My calls" not in _text(other)
    carl.client.post("/review/views", data={**fields, "name": "My calls", "shared": "1"})
    assert f'<a href="{LIST}?status=new&owner=me">My calls</a>' in _text(other)
    mine = re.findall(r'action="(/review/views/\d+/delete)"', _text(carl))
    assert len(mine) == 1
    assert "views/" not in _text(other)
    theirs = {"csrf_token": hidden(_text(other), "csrf_token")}
    assert other.client.post(mine[0], data=theirs).status_code == 404
    assert carl.client.post(mine[0], data={**fields}).status_code == 303
    assert "My calls" not in _text(other)


def test_a_view_needs_a_name(house: Installation, carl: Walker) -> None:
    _fill(house, 1)
    html = _text(carl)
    reply = carl.client.post("/review/views", data={"csrf_token": hidden(html, "csrf_token"), "name": "\u200b "})
    assert "give it a name" in _text(carl, reply.headers["Location"])


def test_looking_and_searching_are_noted_without_the_words(house: Installation, carl: Walker) -> None:
    _text(carl)
    _text(carl, f"{LIST}?search=priya")
    with reading(house.engine) as connection:
        rows = connection.execute(select(audit.c.action, audit.c.detail).where(audit.c.subject == "list")).all()
    assert [row.action for row in rows] == ["submissions.listed", "submissions.searched"]
    assert not any("priya" in (row.detail or "") for row in rows)


def test_mallory_sees_no_list(mallory: Walker) -> None:
    assert mallory.client.get(LIST).status_code == 303
    assert mallory.client.post(f"{LIST}/bulk", data={"all": "1", "to_mark": "spam"}).status_code == 403
