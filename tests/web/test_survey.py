"""A confidential survey from first page to results; what the pages promise is looked for in the raw database."""

import random
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from flask import Flask
from sqlalchemy import select

from assessment import clock
from assessment.actions import surveying
from assessment.actions.installation import Installation
from assessment.actions.links import Links
from assessment.app import links_of
from assessment.core.definition import Questionnaire
from assessment.core.survey import options
from assessment.store import accounts, invitations
from assessment.store.all_tables import metadata
from assessment.store.database import reading, writing
from assessment.store.survey_tables import ballot, survey_release
from assessment.store.tables import audit, response
from assessment.working import build_worker
from tests.databases import POSTGRESQL
from tests.delivery.desk import QuickPress
from tests.walking import Walker, hidden

THEN = datetime(2026, 11, 22, 10, 31, 47, 123456, tzinfo=UTC)


@pytest.fixture
def survey(house: Installation) -> Questionnaire:
    return next(entry.questionnaire for entry in house.catalogue.live("survey"))


@pytest.fixture
def answers(survey: Questionnaire) -> dict[str, object]:
    return dict(survey.personas[0].answers)


def _words(walker: Walker, address: str) -> str:
    html = walker.client.get(address).get_data(as_text=True)
    return " ".join(unescape(re.sub(r"<title>.*?</title>|<[^>]*>", " ", html)).split())


def _send(walker: Walker, survey: Questionnaire, answers: dict[str, object]) -> str:
    reply = walker.submit(walker.to_check(survey, answers))
    assert reply.status_code == 303, reply.get_data(as_text=True)
    return str(reply.headers["Location"])


def test_she_answers_and_is_led_to_what_fits_her_first_place(
    priya: Walker, survey: Questionnaire, answers: dict[str, object]
) -> None:
    for persona in survey.personas:
        address = _send(priya, survey, dict(persona.answers))
        assert re.fullmatch(r"/r/[^/]+/thanks", address)
        html = priya.client.get(address).get_data(as_text=True)
        assert f'href="/a/{persona.expect.fits}"' in html
        assert priya.client.get(f"/a/{persona.expect.fits}").status_code == 200


def test_another_browser_is_not_told_what_she_put_first(
    house: Installation, priya: Walker, visitor: Callable[[], Walker], survey: Questionnaire, answers: dict[str, object]
) -> None:
    address = _send(priya, survey, answers)
    public_id = address.split("/")[2]
    other = visitor()
    assert other.client.get(address).status_code == 404
    link = links_of(house).address("resume", public_id, 1).removeprefix(house.settings.public_url)
    reply = other.client.get(link, follow_redirects=True)
    assert reply.status_code == 200
    assert "Thank you" in reply.get_data(as_text=True)
    assert str(survey.personas[0].expect.fits) not in reply.get_data(as_text=True)


def test_a_draft_is_not_thanked_for_and_what_is_missing_is_said(
    house: Installation, priya: Walker, survey: Questionnaire, answers: dict[str, object]
) -> None:
    check = priya.to_check(survey, answers)
    assert priya.client.get(check.replace("/check", "/thanks")).status_code == 303
    with writing(house.engine) as connection:
        connection.execute(response.update().values(answers='{"size": "small"}'))
    reply = priya.submit(check)
    assert reply.status_code == 422
    assert "Three greatest challenges" in reply.get_data(as_text=True)
    with reading(house.engine) as connection:
        assert connection.execute(select(ballot)).all() == []


@pytest.mark.parametrize(
    ("ranks", "message"),
    [
        ({"staff": "1", "success": "2"}, "Give 3 lines a place each, and leave the others empty"),
        ({"staff": "1", "success": "2", "retention": "2"}, "Use each place once, from 1 to 3"),
        ({"staff": "1", "success": "2", "retention": "3", "expansion": "3"}, "Give 3 lines a place each"),
        ({"staff": "1", "success": "2", "retention": "4"}, "Use each place once, from 1 to 3"),
        ({}, "Choose an answer"),
    ],
)
def test_a_ranking_says_what_to_mend(
    priya: Walker, survey: Questionnaire, answers: dict[str, object], ranks: dict[str, str], message: str
) -> None:
    address = priya.start(survey, answers)
    html = priya.client.get(address).get_data(as_text=True)
    fields = {f"challenges.rank.{option}": place for option, place in ranks.items()}
    fields |= {
        "csrf_token": hidden(html, "csrf_token"),
        "seen": hidden(html, "seen"),
        "obstacle": "time",
        "trend": "same",
    }
    reply = priya.client.post(address, data=fields)
    assert reply.status_code == 422
    assert message in unescape(reply.get_data(as_text=True))


def test_pressing_send_twice_counts_once(
    house: Installation, priya: Walker, survey: Questionnaire, answers: dict[str, object]
) -> None:
    check = priya.to_check(survey, answers)
    html = priya.client.get(check).get_data(as_text=True)
    fields = {"csrf_token": hidden(html, "csrf_token")}
    places = [priya.client.post(check, data=fields).headers["Location"] for _ in range(3)]
    assert len(set(places)) == 1
    assert str(survey.personas[0].expect.fits) in priya.client.get(places[0]).get_data(as_text=True)
    with reading(house.engine) as connection:
        assert len(connection.execute(select(ballot)).all()) == 1


def _promise(words: str) -> str:
    found = re.search(r"Confidential: once you send.*?days after the last change\.", words)
    assert found, words
    return found[0]


def test_every_page_makes_the_same_promise(priya: Walker, survey: Questionnaire, answers: dict[str, object]) -> None:
    check = priya.to_check(survey, answers)
    said = {_promise(_words(priya, address)) for address in (f"/a/{survey.id}", check, f"/results/{survey.id}")}
    said.add(_promise(_words(priya, str(priya.submit(check).headers["Location"]))))
    assert len(said) == 1
    assert "Meridian Advisory can see that a person whom it invited has answered but not what" in said.pop()


def _invite(house: Installation, survey: Questionnaire) -> str:
    public_id, now = clock.public_id(), clock.now()
    contact = {"email": "priya@northfield.example", "name": "Priya Raman", "company": "Northfield"}
    with writing(house.engine) as connection:
        carl = accounts.add(
            connection, house.keyring, name="Carl", email="carl@meridian.example", role="consultant",
            uniquifier="carl", now=now,
        )  # fmt: skip
        invitations.add(
            connection, house.keyring, public_id=public_id, account_id=carl, questionnaire=survey.id, contact=contact,
            message="", now=now, expires_at=now + timedelta(days=60),
        )  # fmt: skip
    return public_id


def _answer_invited(house: Installation, priya: Walker, survey: Questionnaire, answers: dict[str, object]) -> str:
    """Answer an invitation to the end; the public id of her response."""
    invited = _invite(house, survey)
    links, public = links_of(house), house.settings.public_url
    page = priya.client.get(links.address("invitation", invited, 1).removeprefix(public), follow_redirects=True)
    html = page.get_data(as_text=True)
    assert "They see that you have answered, and never what." in html
    fields = {"csrf_token": hidden(html, "csrf_token"), "size": answers["size"], "model": answers["model"]}
    address = priya.client.post(f"/i/{invited}", data=fields).headers["Location"]
    while not address.endswith("/check"):
        address = priya.answer(address, survey, answers).headers["Location"]
    assert priya.submit(address).status_code == 303
    return str(address.split("/")[2])


def test_whoever_invited_her_sees_that_she_answered_and_nothing_else(
    house: Installation, priya: Walker, survey: Questionnaire, answers: dict[str, object], staff: Callable[..., Walker]
) -> None:
    _answer_invited(house, priya, survey, answers)
    words = _words(staff("consultant"), "/review/invitations")
    assert "Priya Raman" in words
    assert "Submitted" in words
    assert "Northfield" not in _words(staff("consultant"), "/review/submissions")


def test_nothing_in_the_database_links_a_ballot_to_a_person(
    house: Installation,
    priya: Walker,
    visitor: Callable[[], Walker],
    survey: Questionnaire,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Twelve people answer, one of them invited; every value of the ballots is looked for in every other row."""
    times = iter(THEN + timedelta(minutes=number) for number in range(10_000))
    monkeypatch.setattr(clock, "now", lambda: next(times))
    rng = random.Random(5)
    order = [_answers(survey, rng) for _ in range(12)]
    hers = _answer_invited(house, priya, survey, order[0])
    for given in order[1:]:
        _send(visitor(), survey, given)
    with reading(house.engine) as connection:
        rows = {table.name: connection.execute(select(table)).all() for table in metadata.sorted_tables}
        ballots = connection.execute(select(ballot)).all()
        responses = connection.execute(select(response)).all()
    assert set(ballot.c.keys()) == {"id", "questionnaire", "answers", "released_in"}
    assert not ballot.foreign_keys
    assert [row.id for row in ballots] != sorted(range(12))
    for row in ballots:
        for name, others in rows.items():
            told = "" if name == "ballot" else repr(others)
            assert row.id not in told, name
            assert row.answers not in told, name
    for row in responses:
        assert (row.state, row.answers, row.sealed_texts, row.sealed_contact) == ("answered", "{}", None, None)
        assert row.source is None or row.public_id == hers
        assert {at.time().isoformat() for at in (row.started_at, row.updated_at, row.submitted_at)} == {"00:00:00"}
    for option, _ in options(survey.questions["challenges"]):
        assert not [row for row in rows["audit"] if option in repr((row.action, row.detail))]


def _answers(survey: Questionnaire, rng: random.Random) -> dict[str, object]:
    given: dict[str, object] = {}
    for question in survey.questions.values():
        chosen = [option for option, _ in options(question)]
        if question.type == "ranking":
            given[question.id] = rng.sample(chosen, question.places)
        elif question.type == "multiple":
            given[question.id] = [chosen[rng.randrange(len(chosen))]]
        else:
            given[question.id] = rng.choice(chosen)
    return given


@pytest.mark.skipif(POSTGRESQL, reason="the file of SQLite is searched; the rows are searched on both databases")
def test_the_raw_file_holds_no_answers_beside_a_response(
    house: Installation, priya: Walker, survey: Questionnaire, answers: dict[str, object]
) -> None:
    """What stood in the draft is overwritten, in the file and in the write-ahead log: only the ballot says it."""
    hers = _answer_invited(house, priya, survey, answers)
    folder = house.settings.home
    raw = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file() and "sqlite" in path.name)
    assert hers.encode() in raw
    written = [found.start() for found in re.finditer(rb'"challenges":', raw)]
    with reading(house.engine) as connection:
        stored = connection.execute(select(ballot.c.answers)).scalar_one().encode()
        definitions = sum(
            bytes(row.body).count(b'"challenges":')
            for row in connection.execute(metadata.tables["definition"].select())
        )
    assert raw.count(stored) == 1
    assert len(written) == 1 + definitions


@pytest.mark.skipif(POSTGRESQL, reason="the order of SQLite's own file; PostgreSQL's is tested beside it")
def test_rows_stand_in_the_order_of_random_ids(house: Installation) -> None:
    with reading(house.engine) as connection:
        made = connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE name = 'ballot'").scalar_one()
    assert "WITHOUT ROWID" in made


@pytest.mark.skipif(not POSTGRESQL, reason="PostgreSQL keeps the place of a row and the transaction that wrote it")
def test_place_and_transaction_of_a_row_tell_nothing(
    house: Installation, visitor: Callable[[], Walker], survey: Questionnaire
) -> None:
    rng = random.Random(6)
    for _ in range(6):
        _send(visitor(), survey, _answers(survey, rng))
    with reading(house.engine) as connection:
        rows = connection.exec_driver_sql("SELECT id, xmin::text FROM ballot ORDER BY ctid").all()
    assert [row[0] for row in rows] == sorted(row[0] for row in rows)
    assert len({row[1] for row in rows}) == 1


def _fill(house: Installation, survey: Questionnaire, visitor: Callable[[], Walker], number: int, seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(number):
        _send(visitor(), survey, _answers(survey, rng))


def test_results_say_how_many_more_are_needed_and_appear_when_the_worker_released_them(
    house: Installation, visitor: Callable[[], Walker], mallory: Walker, survey: Questionnaire
) -> None:
    page = f"/results/{survey.id}"
    assert "Ten more are needed before any result is shown." in _words(mallory, page)
    _fill(house, survey, visitor, 9, 1)
    build_worker(house, QuickPress(), "a/1").keep_house()
    assert "One more is needed before any result is shown." in _words(mallory, page)
    _fill(house, survey, visitor, 16, 2)
    assert "Enough people answered for a first look." in _words(mallory, page)
    build_worker(house, QuickPress(), "a/2").keep_house()
    words = _words(mallory, page)
    assert "About 25 people answered." in words
    with reading(house.engine) as connection:
        kept = connection.execute(select(survey_release)).one()
        assert connection.execute(select(ballot.c.released_in)).scalars().all() == [1] * 25
        assert "survey.released" in connection.execute(select(audit.c.action)).scalars().all()
    assert '"everyone": 25' in kept.counts
    for question in survey.questions.values():
        assert question.text in words
    numbers = re.findall(r'bars__score">(?:<span class="caption">Held back</span>|(\d+))</td>', _html(mallory, page))
    assert any(numbers)
    assert all(int(number) % 5 == 0 for number in numbers if number)


def _html(walker: Walker, address: str) -> str:
    return str(walker.client.get(address).get_data(as_text=True))


def test_no_new_release_while_a_shown_figure_gained_one_to_four(
    house: Installation, visitor: Callable[[], Walker], survey: Questionnaire
) -> None:
    _fill(house, survey, visitor, 20, 3)
    assert surveying.release_due(house, THEN) == 1
    before = _html(visitor(), f"/results/{survey.id}")
    _fill(house, survey, visitor, 5, 4)
    assert surveying.release_due(house, THEN) == 0
    assert _without_token(_html(visitor(), f"/results/{survey.id}")) == _without_token(before)


def _without_token(html: str) -> str:
    return re.sub(r'nonce="[^"]*"', "", html)


def test_a_survey_takes_no_texts_and_no_contact_from_a_forged_form(
    house: Installation, priya: Walker, survey: Questionnaire, answers: dict[str, object]
) -> None:
    check = priya.to_check(survey, answers)
    contact = {"email": "priya@northfield.example", "name": "Priya Raman", "comment": "Priya was here"}
    assert priya.submit(check, contact, consents=("contact", "comparison")).status_code == 303
    with reading(house.engine) as connection:
        told = repr(
            [connection.execute(select(table)).all() for table in metadata.sorted_tables if table.name != "definition"]
        )
        for name in ("person", "consent", "submission", "scorecard", "delivery"):
            assert connection.execute(select(metadata.tables[name])).all() == []
    assert "Priya" not in told


def test_no_survey_is_filled_in_for_a_client(staff: Callable[..., Walker], survey: Questionnaire) -> None:
    carl = staff("consultant")
    html = _html(carl, "/review/interview")
    assert survey.title not in html
    fields = {"csrf_token": hidden(html, "csrf_token"), "questionnaire": survey.id}
    assert carl.client.post("/review/interview", data=fields).status_code == 422


def test_consultants_see_how_many_answered_and_where_the_results_are(
    priya: Walker, survey: Questionnaire, answers: dict[str, object], staff: Callable[..., Walker]
) -> None:
    _send(priya, survey, answers)
    html = _html(staff("consultant"), "/review/questionnaires")
    row = html[html.index(f'href="/a/{survey.id}"') :].partition("</tr>")[0]
    assert f'href="/results/{survey.id}"' in row
    assert 'data-label="Submissions">1</td>' in row


def test_results_of_anything_else_are_not_there(mallory: Walker, house: Installation) -> None:
    other = house.catalogue.live("assessment")[0].questionnaire.id
    assert mallory.client.get(f"/results/{other}").status_code == 404
    assert mallory.client.get("/results/nothing-of-the-kind").status_code == 404


def test_results_by_link_open_with_the_link_only(
    app: Flask, house: Installation, mallory: Walker, visitor: Callable[[], Walker], survey: Questionnaire,
    answers: dict[str, object], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    assert survey.survey is not None
    by_link = survey.model_copy(update={"survey": survey.survey.model_copy(update={"results": "link"})})
    monkeypatch.setattr("assessment.web.survey._survey", lambda slug: by_link if slug == survey.id else None)
    page = f"/results/{survey.id}"
    assert mallory.client.get(page).status_code == 404
    links: Links = links_of(house)
    link = links.address("results", survey.id, 1).removeprefix(house.settings.public_url)
    reply = mallory.client.get(link)
    assert reply.headers["Location"] == page
    assert visitor().client.get(link.rpartition("/")[0] + "/" + links.token("results", survey.id, 2)).status_code == 404
    assert "to those who have the link" in _words(mallory, page)
    for kind in ("owner", "share", "resume"):
        forged = link.rpartition("/")[0] + "/" + links.token(kind, survey.id, 1)  # type: ignore[arg-type]
        assert visitor().client.get(forged).status_code == 404


def test_who_was_invited_is_forgotten_in_time_and_the_ballot_still_counts(
    house: Installation,
    priya: Walker,
    survey: Questionnaire,
    answers: dict[str, object],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hers = _answer_invited(house, priya, survey, answers)
    monkeypatch.setattr(
        clock, "now", lambda: datetime.now(UTC) + timedelta(days=31 * (house.settings.contact_months + 1))
    )
    build_worker(house, QuickPress(), "a/1").keep_house()
    with reading(house.engine) as connection:
        kept = connection.execute(select(metadata.tables["invitation"].c.sealed_contact)).scalars().all()
        assert kept == [None]
        assert (
            connection.execute(select(response.c.state).where(response.c.public_id == hers)).scalar_one() == "answered"
        )
        assert len(connection.execute(select(ballot)).all()) == 1
