"""What the pages promise about data is what happens: numbers are read from the sentences, and the clock is moved."""

import os
import re
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from assessment import clock
from assessment.actions.installation import Installation
from assessment.core.definition import Questionnaire
from assessment.core.months import months_before
from assessment.settings import Settings, read_settings
from assessment.store.database import reading
from assessment.store.review_tables import account, search_word, submission
from assessment.store.tables import consent, delivery, document, notice, person, response, scorecard
from assessment.working import MAIL_FILES_KEPT, build_worker
from tests.conftest import sample_of
from tests.databases import fresh_database
from tests.delivery.desk import QuickPress
from tests.walking import Walker

THEN = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)
PRIYA = {
    "email": "priya@northfield.example",
    "name": "Priya Raman",
    "company": "Northfield Systems",
    "role": "Director",
}
LATEST = timedelta(hours=2)
"""After its time was over something is gone so soon: an hour for clocks that jump, an hour between two looks."""


class Moved:
    """A clock that stands where it was put."""

    def __init__(self) -> None:
        self.at = THEN

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def moved(monkeypatch: pytest.MonkeyPatch) -> Moved:
    made = Moved()
    monkeypatch.setattr(clock, "now", made)
    return made


@pytest.fixture(params=[("30", "24"), ("9", "7"), ("1", "1")], ids=lambda given: f"{given[0]} days, {given[1]} months")
def settings(tmp_path: Path, request: pytest.FixtureRequest, moved: Moved) -> Settings:
    days, months = request.param
    environment = {
        "ASSESSMENT_HOME": str(tmp_path / "home"),
        "ASSESSMENT_FIRM": "Meridian Advisory",
        "ASSESSMENT_PUBLIC_URL": "http://localhost",
        "ASSESSMENT_DRAFT_DAYS": days,
        "ASSESSMENT_CONTACT_MONTHS": months,
        "DATABASE_URL": fresh_database(tmp_path / "home"),
    }
    return read_settings(environment, tmp_path)


def _words(walker: Walker, address: str) -> str:
    html = walker.client.get(address).get_data(as_text=True)
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())


def _promised(words: str) -> tuple[int, int]:
    """Days for unfinished answers and months for contact details, as the page says them."""
    found = re.search(
        r"unfinished answers are deleted (\d+) days after the last change, "
        r"contact details (\d+) months after you submit, or when you ask",
        words,
    )
    assert found, words
    return int(found[1]), int(found[2])


def _keep_house(house: Installation) -> None:
    build_worker(house, QuickPress(), "a/1").keep_house()


def _count(house: Installation, *which: Any) -> int:
    with reading(house.engine) as connection:
        return int(connection.execute(select(func.count()).where(*which)).scalar_one())


def _months_after(at: datetime, months: int) -> datetime:
    year, month = divmod(at.year * 12 + at.month - 1 + months, 12)
    return at.replace(year=year, month=month + 1)


def test_every_page_says_the_same_numbers(house: Installation, priya: Walker, renewal: Questionnaire) -> None:
    wanted = (house.settings.draft_days, house.settings.contact_months)
    assert _promised(_words(priya, "/privacy")) == wanted
    assert _promised(_words(priya, f"/a/{renewal.id}")) == wanted
    check = priya.to_check(renewal, sample_of(renewal).answers)
    assert f"kept for {wanted[1]} months, encrypted except" in _words(priya, check)
    assert f"kept for {wanted[1]} months, encrypted except" in _words(priya, "/privacy")
    later = re.sub(r"/check$", "/later?at=0", check)
    assert f"Unfinished answers are kept for {wanted[0]} days after the last change" in _words(priya, later)


def test_unfinished_answers_are_gone_when_the_page_says(
    house: Installation, priya: Walker, renewal: Questionnaire, moved: Moved
) -> None:
    days, _months = _promised(_words(priya, f"/a/{renewal.id}"))
    address = priya.start(renewal, sample_of(renewal).answers)
    moved.at = changed = THEN + timedelta(hours=5)
    assert priya.answer(address, renewal, sample_of(renewal).answers).status_code == 303
    moved.at = changed + timedelta(days=days)
    _keep_house(house)
    assert _count(house, response.c.state == "draft") == 1
    assert priya.client.get(address).status_code == 200
    moved.at += LATEST
    _keep_house(house)
    assert _count(house, response.c.id.is_not(None)) == 0
    assert priya.client.get(address).status_code == 404


def test_contact_details_are_gone_when_the_page_says_and_the_answers_still_count(
    house: Installation, priya: Walker, renewal: Questionnaire, moved: Moved
) -> None:
    _days, months = _promised(_words(priya, "/privacy"))
    card = priya.scorecard(renewal, sample_of(renewal).answers, PRIYA)
    moved.at = _months_after(THEN, months)
    _keep_house(house)
    assert _count(house, person.c.sealed_email.is_not(None), person.c.sealed_name.is_not(None)) == 1
    moved.at += LATEST
    _keep_house(house)
    hers = (person.c.sealed_name, person.c.sealed_email, person.c.sealed_role, person.c.email_index, person.c.company)
    with reading(house.engine) as connection:
        assert tuple(connection.execute(select(*hers)).one()) == (None,) * 5
        assert connection.execute(select(submission.c.company, submission.c.email_index)).one() == (None, None)
        assert connection.execute(select(response.c.sealed_texts, response.c.sealed_contact)).one() == (None, None)
        assert connection.execute(select(delivery.c.person_id, delivery.c.state)).one().state == "erased"
        assert connection.execute(select(document.c.sealed_bytes)).scalar_one() is None
    assert _count(house, search_word.c.word.is_not(None)) == 0
    assert _count(house, scorecard.c.id.is_not(None)) == 1
    assert _count(house, submission.c.overall.is_not(None)) == 1
    assert "Priya" not in _words(priya, card)


def test_they_are_gone_at_once_when_she_asks(house: Installation, priya: Walker, renewal: Questionnaire) -> None:
    card = priya.scorecard(renewal, sample_of(renewal).answers, PRIYA)
    html = priya.client.get(f"{card}/delete").get_data(as_text=True)
    token = re.search(r'name="csrf_token" value="([^"]*)"', html)
    assert token
    assert "Your data is deleted" in _after(priya, f"{card}/delete", unescape(token[1]))
    assert _count(house, person.c.sealed_email.is_not(None)) == 0
    assert _count(house, submission.c.company.is_not(None)) == 0


def _after(walker: Walker, address: str, token: str) -> str:
    return str(walker.client.post(address, data={"csrf_token": token}).get_data(as_text=True))


def test_they_are_encrypted_while_they_are_kept(
    house: Installation, priya: Walker, renewal: Questionnaire, settings: Settings
) -> None:
    priya.scorecard(renewal, sample_of(renewal).answers, PRIYA)
    with reading(house.engine) as connection:
        for table in account.metadata.sorted_tables:
            for row in connection.execute(select(table)):
                told = " ".join(v.decode("latin-1") if isinstance(v, bytes) else str(v) for v in row._mapping.values())
                assert not re.search(r"Priya|Raman|priya@northfield|Director", told), table.name


def test_a_consent_is_kept_as_it_was_shown_and_when(house: Installation, priya: Walker, renewal: Questionnaire) -> None:
    check = priya.to_check(renewal, sample_of(renewal).answers)
    shown = _words(priya, check)
    assert priya.submit(check, PRIYA, consents=("contact", "comparison")).status_code == 303
    with reading(house.engine) as connection:
        kept = connection.execute(select(consent.c.purpose, consent.c.wording, consent.c.given_at)).all()
    assert {row.purpose for row in kept} == {"contact", "comparison"}
    assert all(row.wording in shown and row.given_at == THEN for row in kept)
    assert priya.client.get(check).status_code in {303, 404}  # and once submitted nobody ticks anew


def test_no_consent_is_kept_that_was_not_given(house: Installation, priya: Walker, renewal: Questionnaire) -> None:
    priya.scorecard(renewal, sample_of(renewal).answers, PRIYA)
    assert _count(house, consent.c.id.is_not(None)) == 0


def test_what_was_mailed_is_gone_after_thirty_days(
    house: Installation, priya: Walker, renewal: Questionnaire, moved: Moved
) -> None:
    priya.scorecard(renewal, sample_of(renewal).answers, PRIYA)
    worker = build_worker(house, QuickPress(), "a/1")
    while worker.step():
        pass
    filed = list(house.settings.outbox.glob("*.eml"))
    assert filed
    assert _count(house, document.c.sealed_bytes.is_not(None)) == 1
    for path in filed:
        os.utime(path, (THEN.timestamp(), THEN.timestamp()))
    moved.at = THEN + MAIL_FILES_KEPT
    _keep_house(house)
    assert list(house.settings.outbox.glob("*.eml")) == filed
    assert _count(house, notice.c.sealed_email.is_not(None)) == 0
    moved.at += LATEST
    _keep_house(house)
    assert list(house.settings.outbox.glob("*.eml")) == []
    assert _count(house, document.c.sealed_bytes.is_not(None)) == 0


@pytest.mark.parametrize(
    ("at", "months", "before"),
    [
        ("2028-11-22T10:30", 24, "2026-11-22T10:30"),
        ("2026-03-31", 1, "2026-02-28"),
        ("2028-03-30", 1, "2028-02-29"),
        ("2026-01-15", 1, "2025-12-15"),
        ("2026-12-15", 12, "2025-12-15"),
        ("2026-12-15", 0, "2026-12-15"),
    ],
)
def test_months_are_those_of_the_calendar(at: str, months: int, before: str) -> None:
    assert months_before(datetime.fromisoformat(at), months) == datetime.fromisoformat(before)
