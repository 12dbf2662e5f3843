"""The audit log: Ada reads who did what, page by page, each row once; nobody else does."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from sqlalchemy import select, update

from assessment import clock
from assessment.actions import auditing, overseeing, working_on
from assessment.actions.installation import Installation
from assessment.core.definition import Questionnaire
from assessment.store import accounts, audit, audit_seals, submissions
from assessment.store.audit import Wanted
from assessment.store.audit_chain import Noted, append
from assessment.store.database import reading, writing
from assessment.store.tables import audit as table
from assessment.store.tables import response
from assessment.web.review.audit import A_PAGE
from tests.conftest import sample_of
from tests.reviewing import colleague
from tests.safeguarding.log import unguarded
from tests.walking import Walker, hidden

Staff = Callable[..., Walker]
LOG = "/review/audit"
PRIYA = {"email": "priya@northfield.example", "name": "Priya Raman", "company": "North<i>field</i> {{7*7}}"}
LONG_AGO = datetime(2026, 3, 1, 11, tzinfo=UTC)


@pytest.fixture
def ada(staff: Staff) -> Walker:
    """An administrator."""
    return staff("admin", "Ada Lind")


@pytest.fixture
def card(priya: Walker, renewal: Questionnaire) -> str:
    return priya.scorecard(renewal, sample_of(renewal).answers, PRIYA).rpartition("/")[2]


def _html(walker: Walker, address: str = LOG, **query: str) -> str:
    reply = walker.client.get(address, query_string=query or None)
    assert reply.status_code == 200, reply.status_code
    return str(reply.get_data(as_text=True))


def _rows(html: str) -> list[tuple[str, ...]]:
    """Every row's cells as they are read: what, who, about, when."""
    body = re.search(r"<tbody>(.*?)</tbody>", html, re.S)
    rows = re.findall(r"<tr>(.*?)</tr>", body[1], re.S) if body else []
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S) for row in rows]
    return [tuple(" ".join(unescape(re.sub(r"<[^>]*>", " ", cell)).split()) for cell in row) for row in cells]


def _note(house: Installation, number: int, at: datetime = LONG_AGO, **values: str) -> None:
    """Rows of which many happen at the same moment."""
    shape = {"actor": "worker", "action": "drafts.deleted", "subject": "response"} | values
    events = [Noted(at=at + timedelta(seconds=n // 7), **({"detail": str(n)} | shape)) for n in range(number)]
    with writing(house.engine) as connection:
        append(connection, events)


def test_paging_meets_each_row_once_and_the_newest_first(ada: Walker, house: Installation) -> None:
    _note(house, 2 * A_PAGE + 20)
    seen: list[str] = []
    address: str | None = f"{LOG}?group=system"
    pages = 0
    while address:
        html = _html(ada, address)
        seen += [re.findall(r"\d+", row[0])[0] for row in _rows(html)]
        older = re.search(r'href="([^"]+)" rel="next"', html)
        address, pages = unescape(older[1]) if older else None, pages + 1
        _note(house, 1, LONG_AGO + timedelta(days=pages), detail="999")  # comes in while one reads
    assert pages == 3
    assert seen == [str(n) for n in reversed(range(2 * A_PAGE + 20))]


def test_rows_that_come_in_while_one_reads_shift_nothing(house: Installation) -> None:
    _note(house, 30)
    with reading(house.engine) as connection:
        first = audit.listing(connection, Wanted(), 10)
    _note(house, 5, LONG_AGO + timedelta(days=1))
    with reading(house.engine) as connection:
        second = audit.listing(connection, Wanted(), 100, first[-1].place)
    assert not {one.id for one in first} & {one.id for one in second}
    assert len(first) + len(second) == 30


def test_names_words_and_links_stand_there(ada: Walker, house: Installation, card: str) -> None:
    carl = colleague(house, "Carl Moreau")
    working_on.add_note(house, card, "Call on Tuesday", carl, clock.now())
    html = _html(ada)
    rows = {row[0]: row for row in _rows(html)}
    assert rows["Wrote a note"][1] == "Carl Moreau"
    assert rows["Submitted the answers"][1] == "The respondent"
    assert rows["Looked at the audit log"][1:3] == ("Ada Lind", "Audit log")
    assert rows["Wrote a note"][2].startswith("North<i>field</i> {{7*7}}")
    assert rows["Submitted the answers"][2] == rows["Wrote a note"][2], "both ids lead to the submission"
    assert html.count(f'href="/review/submissions/{card}"') == 3
    assert "<i>field" not in html
    assert "Tuesday" not in html


def test_an_erased_submission_is_named_by_its_reference_and_leads_nowhere(
    ada: Walker, house: Installation, card: str
) -> None:
    with reading(house.engine) as connection:
        found = submissions.find(connection, card)
    assert found is not None
    with writing(house.engine) as connection:
        submissions.forget(connection, found.response_id, erased=True)
    html = _html(ada)
    assert f"/review/submissions/{card}" not in html
    assert "field" not in " ".join(row[2] for row in _rows(html))
    assert found.reference in [row[2] for row in _rows(html)]


def test_the_filters_narrow_and_stay_filled_in(ada: Walker, house: Installation, card: str) -> None:
    carl = colleague(house, "Carl Moreau")
    working_on.add_note(house, card, "Hello", carl, clock.now())
    with reading(house.engine) as connection:
        found = submissions.find(connection, card)
        started = connection.execute(select(response.c.public_id)).scalar_one()
    assert found is not None
    assert [row[0] for row in _rows(_html(ada, who=carl.actor))] == ["Wrote a note"]
    assert {row[0] for row in _rows(_html(ada, group="notes"))} == {"Wrote a note"}
    assert {row[0] for row in _rows(_html(ada, group="looks"))} == {"Looked at the audit log"}
    by_reference = [row[0] for row in _rows(_html(ada, subject=found.reference.lower()))]
    assert set(by_reference) == {"Wrote a note", "Submitted the answers", "Started to answer"}
    for name in (card, started):
        assert [row[0] for row in _rows(_html(ada, subject=name))] == by_reference
    assert _rows(_html(ada, who=carl.actor, group="respondents")) == []
    html = _html(ada, who=carl.actor, group="notes", subject=card)
    assert f'value="{carl.actor}" selected' in html
    assert 'value="notes" selected' in html
    assert f'value="{card}"' in html


def test_days_are_those_of_the_firm_and_both_included(ada: Walker, house: Installation) -> None:
    # The firm's zone here is UTC: a day ends at midnight.
    for hours in (-1, 0, 12, 24):
        _note(house, 1, datetime(2026, 3, 2, tzinfo=UTC) + timedelta(hours=hours))
    both = [row[3] for row in _rows(_html(ada, since="2026-03-02", until="2026-03-02"))]
    assert both == ["2 March 2026, 12:00", "2 March 2026, 00:00"]
    assert len(_rows(_html(ada, group="system", since="2 March 2026"))) == 3
    assert len(_rows(_html(ada, group="system", until="2026-03-01"))) == 1


@pytest.mark.parametrize("typed", ["yesterday", "2026-02-30", "<script>", "0001-01-01", "9999-12-31"])
def test_a_day_that_is_none_is_said_and_kept(ada: Walker, typed: str) -> None:
    reply = ada.client.get(LOG, query_string={"until": typed})
    html = reply.get_data(as_text=True)
    assert reply.status_code == 422
    assert "Write the day like" in html
    assert f'value="{typed.replace("<", "&lt;").replace(">", "&gt;")}"' in html


@pytest.mark.parametrize(
    "query",
    [
        {"before": "x"},
        {"before": "20260301T110000000000-" + "9" * 5000},
        {"before": "00010101T000000000000--5"},
        {"who": "account 99999999999999999999"},
        {"group": "nonsense"},
        {"subject": "\x00' OR 1=1 --"},
        {"subject": "é" * 5000},
    ],
)
def test_odd_addresses_are_answered(ada: Walker, query: dict[str, str]) -> None:
    assert ada.client.get(LOG, query_string=query).status_code == 200


def test_what_is_stored_in_the_log_is_never_markup(ada: Walker, house: Installation) -> None:
    canary = "<b>canary</b>{{7*7}}"
    shape = {"actor": canary, "action": canary, "subject": canary, "detail": canary}
    with writing(house.engine) as connection:
        append(connection, [Noted(at=clock.now(), **shape)])
    html = _html(ada)
    assert "<b>canary" not in html
    assert html.count("&lt;b&gt;canary&lt;/b&gt;{{7*7}}") >= 3


def test_a_visit_is_recorded_once(ada: Walker, house: Installation) -> None:
    with reading(house.engine) as connection:
        account = accounts.by_email(connection, house.keyring, "ada.lind@meridian.example")
    assert account is not None
    overseeing.looked_at_log(house, account, clock.now() - overseeing.A_VISIT - timedelta(minutes=1))
    for _ in range(3):
        _html(ada)
        _html(ada, group="notes")
    assert len(_rows(_html(ada, group="looks"))) == 2


def test_two_administrators_visit_each_for_themselves(ada: Walker, staff: Staff) -> None:
    _html(ada)
    who = {row[1] for row in _rows(_html(staff("admin", "Bea Holt"), group="looks"))}
    assert who == {"Ada Lind", "Bea Holt"}


def test_a_change_of_role_and_an_ended_access_are_found(ada: Walker, house: Installation, staff: Staff) -> None:
    staff("viewer", "Vic Ives")
    with reading(house.engine) as connection:
        vic = accounts.by_email(connection, house.keyring, "vic.ives@meridian.example")
    assert vic is not None
    with writing(house.engine) as connection:
        audit.note(connection, clock.now(), "account 1", "role.changed", f"account {vic.id}", "viewer to consultant")
        accounts.change(connection, vic.id, {"active": False})
    html = _html(ada, group="people")
    assert _rows(html)[0][:3] == ("Changed a role: viewer to consultant", "Ada Lind", "Vic Ives")
    assert f'href="/review/people/{vic.id}"' in html
    assert "Vic Ives (access ended)" in html
    assert hidden(_html(ada, "/review/account"), "csrf_token")


def test_an_actor_nobody_knows_is_shown_as_the_filter_it_is(ada: Walker) -> None:
    html = _html(ada, who="account 77")
    assert '<option value="account 77" selected>Somebody whose account is gone</option>' in html
    assert "Nothing in the log is like that" in html


def test_the_page_says_how_far_the_log_was_verified(ada: Walker, house: Installation) -> None:
    assert "it has not done so yet" in _html(ada)
    _note(house, 3)
    auditing.check_all(house, datetime(2026, 11, 20, 6, 12, tzinfo=UTC))
    html = _html(ada)
    with reading(house.engine) as connection:
        check = audit_seals.last_check(connection)
    assert check is not None
    assert "Verified up to 1 March 2026, 11:00: 4 rows, checked on 20 November 2026, 06:12." in html
    assert "not what was written" not in html


def test_the_page_says_what_does_not_fit(ada: Walker, house: Installation) -> None:
    _note(house, 3)
    with unguarded(house) as connection:
        connection.execute(update(table).where(table.c.id == 2).values(actor="<b>Mallory</b>"))
    auditing.check_all(house, datetime(2026, 11, 20, 6, 12, tzinfo=UTC))
    html = _html(ada)
    assert "Checked on 20 November 2026, 06:12." in html
    assert 'role="alert"><p>The log is not what was written: row 2 (id 2): changed or inserted.' in html
    assert "Verified" not in html
