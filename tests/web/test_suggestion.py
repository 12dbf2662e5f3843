"""What Priya is told to look at next: the same on the page, in the PDF and in the mail, and never a closed door."""

import re
from html import unescape
from pathlib import Path
from shutil import copytree

import pytest
from sqlalchemy import update

from assessment import clock, paths, rendering
from assessment.actions import owning
from assessment.actions.installation import Installation
from assessment.catalogue.catalogue import Catalogue
from assessment.core.definition import Questionnaire
from assessment.core.scorecard import Scorecard
from assessment.core.suggestion import Suggestion
from assessment.store import scorecards
from assessment.store.database import writing
from assessment.store.tables import scorecard
from tests.conftest import sample_of
from tests.walking import Walker


@pytest.fixture
def address(priya: Walker, renewal: Questionnaire) -> str:
    return priya.scorecard(renewal, sample_of(renewal).answers)


@pytest.fixture
def card(house: Installation, address: str) -> Scorecard:
    owned = owning.read(house, address.rpartition("/")[2])
    assert owned is not None
    return owned.card


@pytest.fixture
def told(card: Scorecard) -> Suggestion:
    assert card.suggestion is not None
    return card.suggestion


def _section(html: str) -> str | None:
    found = re.search(r'<section class="section" id="next">.*?</section>', html, re.S)
    return unescape(found[0]) if found else None


def test_the_page_says_what_and_why_and_leads_there(
    priya: Walker, house: Installation, address: str, card: Scorecard, told: Suggestion
) -> None:
    section = _section(priya.client.get(address).get_data(as_text=True))
    assert section is not None
    assert card.weakest is not None
    assert told.area == card.weakest.title
    for said in (told.title, told.because, told.minutes, f'href="/a/{told.questionnaire}"'):
        assert said in section
    assert priya.client.get(f"/a/{told.questionnaire}").status_code == 200


def test_pdf_and_mail_say_the_same_with_the_whole_address(card: Scorecard, told: Suggestion) -> None:
    assert told.address == f"http://localhost/a/{told.questionnaire}"
    text, html = rendering.mail_bodies(card, "http://localhost/open/x", 8, None)
    reports = (rendering.report_html(card, None, None, None), rendering.plain_report_html(card, None, None, None))
    for drawn in (text, html, *reports):
        words = unescape(drawn)
        assert told.because in words
        assert told.title in words
        assert told.address in words


def test_a_shared_link_and_the_sample_show_it_too(priya: Walker, renewal: Questionnaire) -> None:
    assert _section(priya.client.get(f"/a/{renewal.id}/sample").get_data(as_text=True)) is not None


def test_what_was_closed_since_is_suggested_no_longer(
    priya: Walker, house: Installation, address: str, told: Suggestion, tmp_path: Path
) -> None:
    assert _section(priya.client.get(address).get_data(as_text=True)) is not None
    folder = tmp_path / "ours"
    copytree(paths.questionnaires_dir(), folder)
    file = folder / f"{told.questionnaire}.yaml"
    file.write_text(file.read_text().replace("status: live", "status: retired"))
    catalogue = Catalogue(folder, clock.now())
    retired = catalogue.get(told.questionnaire)
    assert retired is not None
    assert retired.questionnaire.status == "retired"
    object.__setattr__(house, "catalogue", catalogue)
    assert _section(priya.client.get(address).get_data(as_text=True)) is None


def test_a_scorecard_from_before_there_were_suggestions_is_shown_as_it_was(
    priya: Walker, house: Installation, address: str, card: Scorecard
) -> None:
    public_id = address.rpartition("/")[2]
    old = re.sub(r',"suggestion":(\{[^}]*\}|null)', "", scorecards.dump(card))
    assert "suggestion" not in old
    with writing(house.engine) as connection:
        connection.execute(update(scorecard).where(scorecard.c.public_id == public_id).values(snapshot=old))
    html = priya.client.get(address).get_data(as_text=True)
    assert _section(html) is None
    assert card.origin.title in html
    assert "look at next" not in rendering.report_html(scorecards.load(old), None, None, None)
