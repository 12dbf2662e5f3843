"""What `making` leaves out: rows of numbers, exhibits, whole scorecards, and the questionnaires that ship."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from assessment.catalogue.loading import load_file
from assessment.catalogue.shelf import Shelf
from assessment.core.answers import AnswerValue, currency_of, parse_answers
from assessment.core.benchmarks import comparisons
from assessment.core.building import make_scorecard
from assessment.core.definition import Questionnaire
from assessment.core.scorecard import Brand, Comparison, Scorecard
from assessment.core.scoring import Outcome
from assessment.paths import questionnaires_dir
from tests.core.making import Plain

BRAND = Brand(name="Meridian", tagline="For service leaders", accent="#1559A6", accent_dark="#8AB8F2", band="#0B2545")
CALCULATORS = ("recurring-revenue", "renewal-compounding", "self-service-deflection", "support-price")
ASSESSMENTS = (
    "customer-proficiency",
    "customer-success-maturity",
    "metrics-readiness",
    "pricing-tier-placement",
    "renewal-practices",
    "sales-to-service-handoff",
    "service-automation",
    "service-effectiveness",
    "support-scaling",
)
SHIPPED = (*ASSESSMENTS, *CALCULATORS)


@cache
def shipped(name: str) -> Questionnaire:
    """A questionnaire that ships, loaded once."""
    folder = questionnaires_dir()
    loaded = load_file(folder / f"{name}.yaml", Shelf(folder), date(2026, 11, 21))
    assert loaded.questionnaire is not None, loaded.faults
    return loaded.questionnaire


def card_of(questionnaire: Questionnaire, answers: Mapping[str, AnswerValue]) -> Scorecard:
    """The scorecard of answers, made at a fixed time."""
    made_at = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
    return make_scorecard(
        questionnaire, answers, version="v1", brand=BRAND, made_at=made_at, zone="UTC", reference="R-1"
    )


def card(questionnaire: Questionnaire, **answers: object) -> Scorecard:
    """The scorecard of plain answers."""
    return card_of(questionnaire, parse_answers(questionnaire, answers))


def computed(title: str, unit: str, formula: str | None = None, **more: Any) -> Plain:
    """A computed value."""
    return {"title": title, "unit": unit, **({"formula": formula} if formula else {}), **more}


def row(measure: object, figure: str | None = None, **more: Any) -> Plain:
    """One row of "Your numbers", called `row`."""
    return {"id": "row", "title": "A row", "measure": measure, **({"figure": figure} if figure else {}), **more}


def rows_of(questionnaire: Questionnaire, outcome: Outcome) -> tuple[Comparison, ...]:
    """The comparisons in the response's currency."""
    return comparisons(questionnaire, outcome, currency_of(questionnaire, outcome.answers))
