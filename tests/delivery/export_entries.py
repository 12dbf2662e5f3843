"""Submissions to export, made without a database: one of every type of question, hostile where it is wanted."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path

from assessment.catalogue.catalogue import Catalogue
from assessment.core.answers import Special
from assessment.core.definition import Page, Question, Questionnaire
from assessment.core.export_rows import Entry

FOLDER = Path(__file__).parents[1] / "questionnaires"
RECEIVED = datetime(2026, 3, 2, 9, 14, tzinfo=UTC)


@cache
def every_type() -> Questionnaire:
    """One question of every type."""
    entry = Catalogue(FOLDER, RECEIVED).get("every-type")
    assert entry is not None
    return entry.questionnaire


ENTRY = Entry(
    reference="SC-20260302-ABCD",
    received=RECEIVED,
    definition=every_type(),
    version="0123456789abcdef",
    title="Every type",
    stage_id="middle",
    stage="Middle",
    overall=53,
    low=50,
    high=58,
    gap=-22,
    gap_text="Health",
    company="Northfield Systems",
    status="in_review",
    owner="Carl Consultant",
    follow_up=None,
    mark=None,
    origin="web",
    may_contact=True,
    do_not_contact=False,
    seconds=254,
    areas={"all": 53},
    answers={
        "money_in": "eur",
        "one": Special.DONT_KNOW,
        "many": ("a", "b"),
        "grade": Decimal(4),
        "count": Decimal("-5"),
        "share": Decimal("37.5"),
        "price": Decimal("99.95"),
        "rank": ("c", "a", "b"),
    },
    contact={"name": "Priya Raman", "email": "priya@northfield.example", "role": "COO"},
    texts={"word": "Renewals", "mail": "priya@northfield.example", "essay": "Nothing else."},
)


def _hostile_question(question: Question, payload: str) -> Question:
    answers = tuple(option.model_copy(update={"text": payload}) for option in question.answers)
    return question.model_copy(update={"label": payload, "answers": answers})


def _hostile_page(page: Page, payload: str) -> Page:
    return page.model_copy(update={"questions": tuple(_hostile_question(one, payload) for one in page.questions)})


def hostile(payload: str) -> Entry:
    """A submission with a payload in every text: labels, options, titles, contact details, what was typed, names."""
    asked = every_type()
    definition = asked.model_copy(
        update={
            "title": payload,
            "pages": tuple(_hostile_page(page, payload) for page in asked.pages),
            "areas": tuple(area.model_copy(update={"title": payload}) for area in asked.areas),
        }
    )
    return replace(
        ENTRY,
        definition=Questionnaire.model_validate(definition),
        title=payload,
        stage=payload,
        gap_text=payload,
        company=payload,
        owner=payload,
        contact=dict.fromkeys(ENTRY.contact, payload),
        texts=dict.fromkeys(ENTRY.texts, payload),
    )
