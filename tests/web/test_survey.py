"""A confidential survey from first page to results; what the pages promise is looked for in the raw database."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape
from itertools import pairwise
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from assessment import clock
from assessment.actions.installation import Installation
from assessment.app import create_app
from assessment.core.definition import Questionnaire
from assessment.installing import install, links_of, prepare
from assessment.settings import Settings, read_settings
from assessment.store import accounts, invitations
from assessment.store.all_tables import metadata
from assessment.store.database import reading, writing
from assessment.store.survey_tables import ballot, ballot_box, survey_draft, survey_release
from assessment.store.tables import audit, response
from assessment.working import build_worker
from tests.databases import fresh_database
from tests.delivery.desk import QuickPress
from tests.voting import MONDAY, WEEK, count, votes
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
        half = house.keyring.seal('{"size": "small"}')
        connection.execute(survey_draft.update().values(sealed_answers=half))
    reply = priya.submit(check)
    assert reply.status_code == 422
    assert "Three greatest challenges" in reply.get_data(as_text=True)
    with reading(house.engine) as connection:
        assert connection.execute(select(ballot_box)).all() == []


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
        assert len(connection.execute(select(ballot_box)).all()) == 1


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


def answer_invited(house: Installation, priya: Walker, survey: Questionnaire, answers: dict[str, object]) -> str:
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
    answer_invited(house, priya, survey, answers)
    words = _words(staff("consultant"), "/review/invitations")
    assert "Priya Raman" in words
    assert "Submitted" in words
    assert "Northfield" not in _words(staff("consultant"), "/review/submissions")


def _keep_house(house: Installation, at: datetime) -> None:
    build_worker(house, QuickPress(), "a/1", now=lambda: at).keep_house()


def _html(walker: Walker, address: str) -> str:
    return str(walker.client.get(address).get_data(as_text=True))


def _without_token(html: str) -> str:
    return re.sub(r'nonce="[^"]*"', "", html)


def test_results_appear_on_a_counting_day_and_nothing_on_the_page_moves_in_between(
    house: Installation, mallory: Walker, survey: Questionnaire
) -> None:
    page = f"/results/{survey.id}"
    assert "About 30 more are needed before any result is shown. Answers are counted on Mondays." in _words(
        mallory, page
    )
    votes(house, survey, 13)
    _keep_house(house, MONDAY)
    words = _words(mallory, page)
    assert "About 20 more are needed" in words
    assert "counted on Mondays, the last time on 23 November 2026" in words
    before = _without_token(_html(mallory, page))
    for days in range(1, 7):  # Mallory looks after each answer that she and others send
        votes(house, survey, 5, days)
        _keep_house(house, MONDAY + timedelta(days=days))
        assert _without_token(_html(mallory, page)) == before
    _keep_house(house, MONDAY + WEEK)
    words = _words(mallory, page)
    assert "About 45 people answered." in words
    with reading(house.engine) as connection:
        kept = connection.execute(select(survey_release)).one()
        assert connection.execute(select(ballot.c.released_in)).scalars().all() == [1] * 43
        assert "survey.released" in connection.execute(select(audit.c.action)).scalars().all()
    assert '"everyone": 43' in kept.counts
    for question in survey.questions.values():
        assert question.text in words
    numbers = re.findall(r'bars__score">(?:<span class="caption">Held back</span>|(\d+))</td>', _html(mallory, page))
    assert any(numbers)
    assert all(int(number) % 5 == 0 for number in numbers if number)


def test_on_one_day_it_is_counted_once(house: Installation, mallory: Walker, survey: Questionnaire) -> None:
    votes(house, survey, 29)
    assert count(house) == 0
    before = _without_token(_html(mallory, f"/results/{survey.id}"))
    votes(house, survey, 9, 6)  # with hers there would be enough
    assert count(house, MONDAY + timedelta(hours=9)) == 0
    assert _without_token(_html(mallory, f"/results/{survey.id}")) == before
    assert count(house, MONDAY + WEEK) == 1


def test_no_figure_moves_by_one_to_four(house: Installation, mallory: Walker, survey: Questionnaire) -> None:
    """Whoever reads the page each week sees questions stay as they were told until all their figures may move."""
    page, weeks = f"/results/{survey.id}", list[dict[str, str]]()
    for week in range(5):
        votes(house, survey, 6 if week else 40, week)
        count(house, MONDAY + week * WEEK)
        parts = re.findall(r'<section [^>]*id="(\w+)">(.*?)</section>', _html(mallory, page), re.DOTALL)
        weeks.append({name: html for name, html in parts if name in survey.questions})
    stayed = [week[name] == before[name] for before, week in pairwise(weeks) for name in survey.questions]
    assert any(stayed)
    assert not all(stayed)
    with reading(house.engine) as connection:
        releases = [json.loads(counts) for counts in connection.execute(select(survey_release.c.counts)).scalars()]
    last: dict[str, int] = {}
    for release in releases:
        assert all(abs(count - last.get(key, count)) not in range(1, 5) for key, count in release.items())
        last |= release
    assert last["everyone"] > 40


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


def test_consultants_see_about_how_many_answered_and_where_the_results_are(
    house: Installation, priya: Walker, survey: Questionnaire, answers: dict[str, object], staff: Callable[..., Walker]
) -> None:
    carl = staff("consultant")
    _send(priya, survey, answers)
    assert "Not counted yet" in _row(carl, survey)
    votes(house, survey, 6)
    count(house)
    row = _row(carl, survey)
    assert f'href="/results/{survey.id}"' in row
    assert 'data-label="Answered by">About 5</td>' in row
    votes(house, survey, 6)
    assert _row(carl, survey) == row


def _row(walker: Walker, survey: Questionnaire) -> str:
    html = _html(walker, "/review/questionnaires")
    return html[html.index(f'href="/a/{survey.id}"') :].partition("</tr>")[0]


def test_results_of_anything_else_are_not_there(mallory: Walker, house: Installation) -> None:
    other = house.catalogue.live("assessment")[0].questionnaire.id
    assert mallory.client.get(f"/results/{other}").status_code == 404
    assert mallory.client.get("/results/nothing-of-the-kind").status_code == 404


BY_LINK = (Path(__file__).parents[1] / "questionnaires" / "worries.yaml").read_text(encoding="utf-8")
TINY = (Path(__file__).parents[1] / "questionnaires" / "tiny.yaml").read_text(encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of definitions with a survey whose results open by link only."""
    made = tmp_path / "questionnaires"
    made.mkdir()
    (made / "worries.yaml").write_text(BY_LINK.replace("status: draft", "status: live"), encoding="utf-8")
    (made / "tiny.yaml").write_text(TINY, encoding="utf-8")
    return made


@pytest.fixture
def theirs(tmp_path: Path, folder: Path) -> Settings:
    environment = {
        "ASSESSMENT_HOME": str(tmp_path / "theirs"),
        "ASSESSMENT_PUBLIC_URL": "http://localhost",
        "ASSESSMENT_QUESTIONNAIRES": str(folder),
        "DATABASE_URL": fresh_database(tmp_path / "theirs"),
    }
    return read_settings(environment, tmp_path)


def _link(app: Flask, house: Installation) -> str:
    """The link that whoever answered is given."""
    walker = Walker(app.test_client())
    whole = house.catalogue.live("survey")[0].questionnaire
    page = _html(walker, _send(walker, whole, dict(whole.personas[0].answers)))
    found = re.search(r'value="http://localhost(/open/results/[^"]+)"', page)
    assert found
    assert walker.client.get("/results/worries").status_code == 200
    return found[1]


def test_results_by_link_open_with_the_link_only_and_until_it_is_ended(theirs: Settings, folder: Path) -> None:
    prepare(theirs)
    house = install(theirs)
    app = create_app(house)
    mallory, page = Walker(app.test_client()), "/results/worries"
    assert mallory.client.get(page).status_code == 404
    link, links = _link(app, house), links_of(house)
    reply = mallory.client.get(link)
    assert reply.headers["Location"] == page
    assert "to those who have the link" in _words(mallory, page)
    door = link.rpartition("/")[0]
    forged = [links.token(kind, "worries", 1) for kind in ("owner", "share", "resume")]  # type: ignore[arg-type]
    for token in (*forged, links.token("results", "worries", 2)):
        assert Walker(app.test_client()).client.get(f"{door}/{token}").status_code == 404
    path = folder / "worries.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("results: link,", "results: link, link: 2,"))
    house.catalogue.refresh(clock.now() + timedelta(hours=1))
    assert mallory.client.get(page).status_code == 404
    assert mallory.client.get(link).status_code == 404
    assert mallory.client.get(_link(app, house)).status_code == 303
    assert mallory.client.get(page).status_code == 200
    house.engine.dispose()


def test_the_last_page_tells_no_other_page_its_address(
    priya: Walker, survey: Questionnaire, answers: dict[str, object]
) -> None:
    address = _send(priya, survey, answers)
    assert priya.client.get(address).headers["Referrer-Policy"] == "no-referrer"
    assert priya.client.get(f"/a/{survey.id}").headers["Referrer-Policy"] == "same-origin"


def test_the_privacy_page_speaks_of_surveys(priya: Walker) -> None:
    words = _words(priya, "/privacy")
    assert f"until a {MONDAY:%A} when at least 5 people's are opened together" in words
    assert "somebody who sends nearly all answers themselves" in words


def test_who_was_invited_is_forgotten_in_time_and_the_ballot_still_counts(
    house: Installation,
    priya: Walker,
    survey: Questionnaire,
    answers: dict[str, object],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hers = answer_invited(house, priya, survey, answers)
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
        assert len(connection.execute(select(ballot_box)).all()) == 1
