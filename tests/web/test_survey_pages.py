"""What the pages of a survey say: nothing of scorecards, the promise first, and figures that explain themselves."""

import re
from datetime import UTC, datetime
from functools import partial
from html import unescape

import pytest

from assessment import clock
from assessment.actions import surveying
from assessment.actions.installation import Installation
from assessment.catalogue.versions import dump, version_of
from assessment.core.definition import Questionnaire
from assessment.core.survey import EVERYONE, asked_key
from assessment.store import ballots, definitions
from assessment.store.ballots import Count, Release
from assessment.store.database import writing
from tests.conftest import sample_of
from tests.voting import MONDAY, WEEK, count, votes
from tests.walking import Walker

THEN = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.fixture
def survey(house: Installation) -> Questionnaire:
    return house.catalogue.live("survey")[0].questionnaire


@pytest.fixture
def answers(survey: Questionnaire) -> dict[str, object]:
    return dict(survey.personas[0].answers)


def _html(walker: Walker, address: str) -> str:
    return unescape(walker.client.get(address).get_data(as_text=True))


def _words(html: str) -> str:
    return " ".join(re.sub(r"<title>.*?</title>|<[^>]*>", " ", html).split())


def _release(house: Installation, survey: Questionnaire, shown: dict[str, int]) -> None:
    made = Release(number=1, counts=shown, shown=shown, released_at=THEN)
    with writing(house.engine) as connection:
        ballots.note_count(connection, survey.id, Count(day=THEN.date(), number=shown[EVERYONE]))
        ballots.release(connection, survey.id, made)


def test_the_promise_stands_above_the_first_question(
    priya: Walker, survey: Questionnaire, renewal: Questionnaire
) -> None:
    html = _html(priya, f"/a/{survey.id}")
    promise = html.index("Confidential: Meridian Advisory sees totals of 5 people or more")
    assert promise < html.index("<form") < html.index('id="who"') < html.index("Confidential: once you send")
    assert "Confidential" not in _html(priya, f"/a/{renewal.id}")


def test_a_survey_is_no_work_for_colleagues_and_has_no_scorecard(
    priya: Walker, survey: Questionnaire, answers: dict[str, object], renewal: Questionnaire
) -> None:
    page = priya.start(survey, answers)
    later = f"{page.rpartition('/')[0]}/later?at=1"
    for html in (_html(priya, page), _html(priya, later)):
        assert not re.search("colleague|scorecard", _words(html))
    assert "keep it to yourself" in _html(priya, later)
    other = priya.start(renewal, sample_of(renewal).answers)
    assert "Pass this page to a colleague" in _html(priya, other)
    words = _words(_html(priya, f"{other.rpartition('/')[0]}/later?at=1"))
    assert "sees the scorecard once they are sent in" in words
    assert "the address is forgotten a day later" in words


def test_both_counts_of_a_ranking_are_pictures_and_what_is_held_back_is_called_so(
    house: Installation, mallory: Walker, survey: Questionnaire
) -> None:
    top = survey.questions["challenges"]
    named = {f"challenges.named.{option.id}": 40 for option in top.answers}
    _release(house, survey, {EVERYONE: 80, **named, f"challenges.first.{top.answers[2].id}": 30})
    html = _html(mallory, f"/results/{survey.id}").partition('id="challenges">')[2].partition("</section>")[0]
    words = _words(html)
    first = html.partition("Put first, of about 80 people")[2]
    assert html.count("<svg") == len(top.answers) + 1
    assert f"<title>{top.answers[2].text}: about 30 of 80</title>" in first
    assert words.count("Held back") == len(top.answers), "all but one, and what it means"
    assert "Held back: fewer than five people gave this answer" in words
    assert "\N{EN DASH}" not in words


def test_a_question_is_shown_of_those_who_were_asked_it(
    house: Installation, mallory: Walker, survey: Questionnaire
) -> None:
    question = survey.questions["size"]
    cells = {f"size.is.{option.id}": 10 for option in question.answers[:2]}
    _release(house, survey, {EVERYONE: 80, asked_key("size"): 20, **cells})
    html = _html(mallory, f"/results/{survey.id}")
    words = _words(html)
    assert "About 80 people answered." in words
    assert "People, of about 20 people by 23 November 2026" in words
    assert f"<title>{question.answers[0].text}: about 10 of 20</title>" in html
    assert 'width="50.0%"' in html


def test_a_question_that_is_asked_in_another_form_under_its_id_is_counted_no_more(
    house: Installation, survey: Questionnaire, caplog: pytest.LogCaptureFixture
) -> None:
    votes(house, survey, 80)
    assert count(house) == 1
    before = surveying.standing(house, survey).told
    assert {"challenges", "obstacle"} <= before.keys()
    obstacle = survey.questions["obstacle"]
    earlier = obstacle.model_copy(update={"type": "multiple"})
    page = next(page for page in survey.pages if obstacle in page.questions)
    asked = page.model_copy(update={"questions": tuple(earlier if q == obstacle else q for q in page.questions)})
    other = survey.model_copy(update={"pages": tuple(asked if each == page else each for each in survey.pages)})
    with writing(house.engine) as connection:
        definitions.keep(connection, version_of(other), survey.id, 1, partial(dump, other), THEN)
    votes(house, survey, 200, 6)
    assert count(house, MONDAY + WEEK) == 1
    after = surveying.standing(house, survey).told
    assert after["obstacle"] == before["obstacle"]
    assert after["challenges"].of > before["challenges"].of
    assert "give new ids: obstacle asked otherwise before" in caplog.text


def test_a_reply_that_is_lost_does_not_lose_what_fits(
    house: Installation, priya: Walker, survey: Questionnaire, answers: dict[str, object]
) -> None:
    check = priya.to_check(survey, answers)
    priya.client.get(check)
    sent = surveying.cast(house, check.split("/")[2], box_number=clock.box_number(), now=clock.now())
    assert sent == survey.personas[0].expect.fits  # and nobody was told
    assert f'href="/a/{sent}"' in _html(priya, check.replace("/check", "/thanks"))


def test_what_fitted_other_answers_is_forgotten_with_them(
    house: Installation, priya: Walker, survey: Questionnaire, answers: dict[str, object]
) -> None:
    check = priya.to_check(survey, answers)
    fits = survey.personas[0].expect.fits
    priya.client.get(check)
    other = next(each for each in survey.personas if each.expect.fits not in (None, fits))
    priya.answer(check.replace("/check", "/1"), survey, {**answers, "challenges": other.answers["challenges"]})
    surveying.cast(house, check.split("/")[2], box_number=clock.box_number(), now=clock.now())
    html = _html(priya, check.replace("/check", "/thanks"))
    assert "See all assessments" in html
    assert f'href="/a/{fits}"' not in html
