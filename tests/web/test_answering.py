"""Priya answers: from the catalogue to her scorecard, with every kind of bad input on the way."""

import json
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select, text

from assessment.actions.installation import Installation
from assessment.core.answers import Special
from assessment.core.definition import Persona, Questionnaire
from assessment.store.database import reading
from assessment.store.tables import audit, consent, delivery, document, person, response, scorecard
from tests.conftest import sample_of
from tests.databases import POSTGRESQL, raw_content
from tests.walking import Walker, fields_of, hidden


def _count(house: Installation, table: object) -> int:
    with reading(house.engine) as connection:
        return len(connection.execute(select(table)).all())  # type: ignore[arg-type]


def test_the_catalogue_lists_what_is_live_and_hides_drafts(priya: Walker, house: Installation) -> None:
    page = priya.client.get("/").get_data(as_text=True)
    for entry in house.catalogue.live():
        assert entry.questionnaire.title in page
    assert house.catalogue.find("annotated-example") is not None
    assert "/a/annotated-example" not in page
    assert priya.client.get("/a/annotated-example").status_code == 404


def test_the_introduction_says_what_is_needed_before_starting(priya: Walker, renewal: Questionnaire) -> None:
    page = priya.client.get(f"/a/{renewal.id}").get_data(as_text=True)
    assert "Not needed" in page
    assert "minutes" in page
    assert "seen by you" in page
    for item in renewal.at_hand:
        assert item.what in page


def _telling(asked: Questionnaire) -> Iterator[Persona]:
    """The personas of whom each shows something that none before shows."""
    kinds = {question.id: question.type for page in asked.pages for question in page.questions}
    special, seen = {one.value for one in Special}, set[tuple[object, ...]]()
    for known in asked.personas:
        shown = {("stage", known.expect.stage), *((question,) for question in known.answers)}
        shown |= {(kinds[question], said) for question, said in known.answers.items() if said in special}
        if shown - seen:
            yield known
        seen |= shown


@pytest.mark.parametrize(
    "slug",
    [
        "renewal-practices",
        "customer-success-maturity",
        "support-scaling",
        "pricing-tier-placement",
        "sales-to-service-handoff",
        "service-effectiveness",
        "customer-proficiency",
        "service-automation",
        "metrics-readiness",
    ],
)
def test_personas_walk_to_every_stage_expected(slug: str, visitor: object, house: Installation) -> None:
    """As few as show each stage, answer each question and say "I don't know" and "Doesn't apply" to each kind of it.

    That every persona comes out as expected is no matter of pages: tests/catalogue/test_check_command.py runs them all.
    """
    entry = house.catalogue.get(slug)
    assert entry is not None
    walked = list(_telling(entry.questionnaire))
    assert {known.expect.stage for known in walked} >= set(entry.questionnaire.stage)
    for known in walked:
        walker: Walker = visitor()  # type: ignore[operator]
        reply = walker.submit(walker.walk(entry.questionnaire, known.answers))
        address = reply.headers["Location"]
        page = walker.client.get(address).get_data(as_text=True)
        stage = known.expect.stage
        if stage is not None:
            assert entry.questionnaire.stage[stage].title in page, known.name
        if known.expect.overall is not None:
            assert f'<p class="score">{known.expect.overall}<small>' in page, known.name


def test_a_submission_writes_everything_in_one_transaction(
    priya: Walker, house: Installation, renewal: Questionnaire
) -> None:
    contact = {"name": "Priya Raman", "email": "priya@northfield.example", "company": "Northfield", "role": "Director"}
    check = priya.walk(renewal, sample_of(renewal).answers)
    reply = priya.submit(check, contact, consents=("contact",))
    assert reply.status_code == 303
    counts = {table.name: _count(house, table) for table in (response, scorecard, document, delivery, person, consent)}
    assert set(counts.values()) == {1}
    with reading(house.engine) as connection:
        actions = [row.action for row in connection.execute(select(audit.c.action))]
        kept = connection.execute(select(scorecard.c.snapshot)).scalar_one()
        wording = connection.execute(select(consent.c.wording)).scalar_one()
    assert actions == ["response.started", "response.submitted"]
    assert wording == "Meridian Advisory may contact me about these results"
    assert "Priya" not in kept
    assert "Northfield" not in kept


def test_contact_details_are_not_in_the_database_in_clear(
    priya: Walker, house: Installation, renewal: Questionnaire
) -> None:
    contact = {"name": "Priya Raman", "email": "priya@northfield.example", "role": "Director of Renewals"}
    priya.submit(priya.walk(renewal, sample_of(renewal).answers), contact)
    raw = raw_content(house.engine)
    for secret in ("Priya Raman", "priya@northfield.example", "Director of Renewals"):
        assert secret.encode() not in raw


def test_a_repeated_submit_meets_the_same_scorecard(priya: Walker, house: Installation, renewal: Questionnaire) -> None:
    check = priya.walk(renewal, sample_of(renewal).answers)
    first = priya.submit(check)
    again = priya.client.post(check, data={"email": "other@x.example"})
    assert again.status_code == 303
    assert again.headers["Location"] == first.headers["Location"]
    assert _count(house, scorecard) == 1


def test_an_unanswered_page_comes_back_with_what_was_typed(priya: Walker, renewal: Questionnaire) -> None:
    answers = dict(sample_of(renewal).answers)
    address = priya.start(renewal, answers)
    page = renewal.pages[int(address.rpartition("/")[2])]
    html = priya.client.get(address).get_data(as_text=True)
    fields = fields_of(page, answers)
    dropped = next(q for q in page.questions if q.is_scored or q.type == "choice")
    kept = {name: value for name, value in fields.items() if not name.startswith(dropped.id)}
    kept |= {"csrf_token": hidden(html, "csrf_token"), "seen": hidden(html, "seen")}
    reply = priya.client.post(address, data=kept)
    body = reply.get_data(as_text=True)
    assert reply.status_code == 422
    assert f'href="#q-{dropped.id}"' in body
    assert "Everything you entered is still here" in body
    for name, value in kept.items():
        if name not in {"csrf_token", "seen"}:
            assert f'value="{value}"' in body


@pytest.mark.parametrize("typed", ["twelve", "1e99", "-4", "NaN", "9" * 50, "12..5"])
def test_a_number_that_is_none_is_refused_and_echoed(priya: Walker, renewal: Questionnaire, typed: str) -> None:
    index, page = next((i, p) for i, p in enumerate(renewal.pages) for q in p.questions if q.type == "number")
    question = next(q for q in page.questions if q.type == "number")
    address = priya.start(renewal, sample_of(renewal).answers).rpartition("/")[0] + f"/{index}"
    reply = priya.answer(address, renewal, sample_of(renewal).answers, **{question.id: typed})
    assert reply.status_code == 422
    assert f'value="{typed}"' in reply.get_data(as_text=True)


def test_an_option_that_does_not_exist_is_refused(priya: Walker, renewal: Questionnaire) -> None:
    answers = sample_of(renewal).answers
    address = priya.start(renewal, answers)
    page = renewal.pages[int(address.rpartition("/")[2])]
    choice = next((q for q in page.questions if q.type == "choice"), None) or page.questions[0]
    reply = priya.answer(address, renewal, answers, **{choice.id: "no_such_option"})
    assert reply.status_code == 422


def test_fields_of_other_pages_are_refused(priya: Walker, renewal: Questionnaire, house: Installation) -> None:
    answers = sample_of(renewal).answers
    address = priya.start(renewal, answers)
    last = next(q for page in reversed(renewal.pages) for q in page.questions if q.type == "choice")
    reply = priya.answer(address, renewal, answers, **{last.id: last.answers[0].id})
    assert reply.status_code == 422
    with reading(house.engine) as connection:
        stored = json.loads(connection.execute(select(response.c.answers)).scalar_one())
    assert last.id not in stored


def test_extra_fields_change_nothing(priya: Walker, renewal: Questionnaire, house: Installation) -> None:
    answers = sample_of(renewal).answers
    address = priya.start(renewal, answers)
    reply = priya.answer(address, renewal, answers, state="submitted", score="100", epoch="9", stage="leader")
    assert reply.status_code == 303
    with reading(house.engine) as connection:
        row = connection.execute(select(response.c.state, response.c.epoch)).one()
    assert tuple(row) == ("draft", 1)


def test_an_expired_token_brings_the_page_back_with_everything_typed(
    priya: Walker, renewal: Questionnaire, app: Flask
) -> None:
    answers = sample_of(renewal).answers
    address = priya.start(renewal, answers)
    reply = priya.answer(address, renewal, answers, csrf_token="stale")
    body = reply.get_data(as_text=True)
    assert reply.status_code == 422
    assert "open for a long time" in body
    token = hidden(body, "csrf_token")
    again = priya.answer(address, renewal, answers, csrf_token=token)
    assert again.status_code == 303


def test_a_browser_that_lost_its_key_keeps_what_was_typed(
    priya: Walker, mallory: Walker, renewal: Questionnaire, house: Installation
) -> None:
    answers = sample_of(renewal).answers
    address = priya.start(renewal, answers)
    page = renewal.pages[int(address.rpartition("/")[2])]
    reply = mallory.client.post(address, data=fields_of(page, answers))
    body = reply.get_data(as_text=True)
    assert reply.status_code == 403
    assert "no longer has the key" in body
    with reading(house.engine) as connection:
        stored = json.loads(connection.execute(select(response.c.answers)).scalar_one())
    assert not set(stored) & {q.id for q in page.questions}
    assert mallory.client.get(address).status_code == 404


def test_two_assessments_in_one_browser_stay_apart(priya: Walker, renewal: Questionnaire) -> None:
    personas = [p for p in renewal.personas if p.expect.overall is not None][:2]
    first, second = (priya.walk(renewal, known.answers) for known in personas)
    assert first != second
    for check, known in zip((first, second), personas, strict=True):
        page = priya.client.get(priya.submit(check).headers["Location"]).get_data(as_text=True)
        assert f'<p class="score">{known.expect.overall}<small>' in page


def test_two_tabs_of_one_page_overwrite_nothing_silently(priya: Walker, renewal: Questionnaire) -> None:
    answers = sample_of(renewal).answers
    address = priya.start(renewal, answers)
    index = int(address.rpartition("/")[2])
    while not any(q.type == "choice" and q.role == "answer" for q in renewal.pages[index].questions):
        address = priya.answer(address, renewal, answers).headers["Location"]
        index = int(address.rpartition("/")[2])
    question = next(q for q in renewal.pages[index].questions if q.type == "choice")
    mine, theirs = question.answers[0], question.answers[1]
    old_seen = hidden(priya.client.get(address).get_data(as_text=True), "seen")
    assert priya.answer(address, renewal, answers, **{question.id: theirs.id}).status_code == 303
    reply = priya.answer(address, renewal, answers, **{question.id: mine.id, "seen": old_seen})
    body = reply.get_data(as_text=True)
    assert reply.status_code == 409
    assert "changed in another window" in body
    assert theirs.text.replace("'", "&#39;") in body
    resolved = priya.answer(address, renewal, answers, **{question.id: mine.id, "seen": hidden(body, "seen")})
    assert resolved.status_code == 303


def test_saving_while_one_goes_keeps_half_a_page(priya: Walker, renewal: Questionnaire, house: Installation) -> None:
    answers = sample_of(renewal).answers
    address = priya.start(renewal, answers)
    index = int(address.rpartition("/")[2])
    html = priya.client.get(address).get_data(as_text=True)
    question = renewal.pages[index].questions[0]
    fields = {name: v for name, v in fields_of(renewal.pages[index], answers).items() if name == question.id}
    fields |= {"csrf_token": hidden(html, "csrf_token"), "seen": hidden(html, "seen")}
    reply = priya.client.post(f"{address}/save", data=fields)
    assert reply.status_code == 200
    assert reply.json["seen"] != hidden(html, "seen")
    assert hidden(priya.client.get(address).get_data(as_text=True), "seen") == reply.json["seen"]


def test_a_definition_edited_midway_leaves_the_response_on_its_version(
    priya: Walker, house: Installation, renewal: Questionnaire
) -> None:
    answers = sample_of(renewal).answers
    check = priya.walk(renewal, answers)
    with reading(house.engine) as connection:
        version = connection.execute(select(response.c.version)).scalar_one()
    house.catalogue._served.entries.clear()  # type: ignore[attr-defined]
    reply = priya.submit(check)
    assert reply.status_code == 303
    with reading(house.engine) as connection:
        snapshot = json.loads(connection.execute(select(scorecard.c.snapshot)).scalar_one())
    assert snapshot["origin"]["version"] == version


def test_a_submit_with_answers_missing_names_them(priya: Walker, renewal: Questionnaire) -> None:
    address = priya.start(renewal, sample_of(renewal).answers)
    check = address.rpartition("/")[0] + "/check"
    assert "Still to answer" in priya.client.get(check).get_data(as_text=True)
    reply = priya.submit(check, {"email": "priya@northfield.example"})
    body = reply.get_data(as_text=True)
    assert reply.status_code == 422
    assert 'value="priya@northfield.example"' in body


@pytest.mark.parametrize(
    "email", ["priya", "a@b", "a b@c.de", "priya@x.example\r\nBcc: all@x.example", "@x.de", "a" * 300]
)
def test_a_bad_address_is_refused_and_kept(
    priya: Walker, renewal: Questionnaire, email: str, house: Installation
) -> None:
    check = priya.walk(renewal, sample_of(renewal).answers)
    reply = priya.submit(check, {"email": email, "name": "Priya"})
    assert reply.status_code == 422
    assert 'value="Priya"' in reply.get_data(as_text=True)
    assert _count(house, scorecard) == 0


def test_unknown_addresses_answer_kindly(priya: Walker) -> None:
    for address in (
        "/a/nothing",
        "/r/AAAAAAAAAAAAAAAA/1",
        "/r/x/1",
        "/s/AAAAAAAAAAAAAAAA",
        "/v/AAAAAAAAAAAAAAAA",
        "/open/resume/forged",
        "/open/owner/forged",
        "/not-me/forged",
        "/r/AAAAAAAAAAAAAAAA/99999999999",
    ):
        reply = priya.client.get(address)
        assert reply.status_code == 404, address
        assert "nothing at this address" in reply.get_data(as_text=True)


def test_a_body_that_is_too_large_is_refused(priya: Walker, renewal: Questionnaire) -> None:
    address = priya.start(renewal, sample_of(renewal).answers)
    reply = priya.client.post(address, data={"x": "y" * 100_000})
    assert reply.status_code == 413


def test_strange_bytes_never_break_a_page(priya: Walker, renewal: Questionnaire) -> None:
    address = priya.start(renewal, sample_of(renewal).answers)
    for body in (b"\xff\xfe\x00", b"=&=&=", b"a" * 5000, "seen=\ud800".encode("utf-8", "surrogatepass")):
        reply = priya.client.post(address, data=body, content_type="application/x-www-form-urlencoded")
        assert 400 <= reply.status_code < 500


def test_the_database_holds_its_promises(house: Installation) -> None:
    wanted = {"SHOW synchronous_commit": "on", "SHOW lock_timeout": "5s", "SHOW timezone": "UTC"}
    wanted["SHOW default_transaction_isolation"] = "read committed"
    wanted["SHOW default_transaction_isolation"] = "read committed"
    if not POSTGRESQL:
        wanted = {"PRAGMA journal_mode": "wal", "PRAGMA synchronous": 2, "PRAGMA busy_timeout": 5_000}  # type: ignore[dict-item]
    with reading(house.engine) as connection:
        assert {asked: connection.execute(text(asked)).scalar_one() for asked in wanted} == wanted
