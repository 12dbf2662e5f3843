"""The report as a real PDF: drawn without a complaint, small, and with names spelled right."""

from dataclasses import replace
from datetime import datetime
from io import BytesIO
from types import SimpleNamespace

import pytest
from pypdf import PdfReader

from assessment import rendering
from assessment.core.scorecard import Scorecard
from assessment.delivery import pdf
from tests.samples import NO_STAGE, PLACEMENT, RENEWAL, SPECTRUM

ŽELJKO = SimpleNamespace(name="Željko Łódź", company="Północ Systémy", role="Διευθυντής")


def drawn(html: str, card: Scorecard) -> pdf.Made:
    """The PDF of a report's HTML."""
    return pdf.draw(html, rendering.report_css(), datetime.fromisoformat(card.origin.made_at))


def _is_sound(made: pdf.Made) -> None:
    """Drawn without a complaint, and small."""
    assert made.warnings == ()
    assert len(made.content) <= 110_000
    assert 4 <= made.pages <= 12


@pytest.mark.parametrize(
    "card",
    [PLACEMENT, NO_STAGE, replace(RENEWAL, drawings=(SPECTRUM, *PLACEMENT.drawings, *RENEWAL.drawings))],
    ids=["placement", "none", "everything"],
)
def test_a_report_is_drawn_without_a_complaint_and_stays_small(card: Scorecard) -> None:
    _is_sound(drawn(rendering.report_html(card, ŽELJKO, {"anything": "Łódź"}, "Support contracts, Europe"), card))


def _names_are_spelled_right(made: pdf.Made) -> None:
    reader = PdfReader(BytesIO(made.content))
    first = reader.pages[0].extract_text()
    assert "Prepared for Željko Łódź, Διευθυντής" in first
    assert "Północ Systémy" in first
    assert reader.metadata
    assert reader.metadata.title == "Contract renewal practices: Performer"


def test_a_score_is_drawn_with_names_spelled_right_and_every_page_says_whose_it_is_and_where_one_is() -> None:
    made = drawn(rendering.report_html(RENEWAL, ŽELJKO, {"anything": "Łódź"}, "Support contracts, Europe"), RENEWAL)
    _is_sound(made)
    _names_are_spelled_right(made)
    pages = PdfReader(BytesIO(made.content)).pages
    for number, page in enumerate(pages[1:], start=2):
        text = page.extract_text()
        assert f"{number} / {made.pages}" in text
        assert "Meridian Advisory" in text
        assert "Północ Systémy · RP-7K2M4Q" in text


def test_names_are_spelled_right_on_the_plain_one() -> None:
    _names_are_spelled_right(drawn(rendering.plain_report_html(RENEWAL, ŽELJKO, None, None), RENEWAL))
