"""The calculators that ship, with the vectors of the published formulas, and what they share with the assessments."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessment.core.answers import parse_answers
from assessment.core.calculating import flags_of, in_brief, in_one_sentence, is_told, missing, needed
from assessment.core.definition import Questionnaire
from assessment.core.personas import run
from assessment.core.routing import minutes_words
from assessment.core.scoring import assess
from tests.core.building_blocks import CALCULATORS, card, shipped

SHARED = {
    "recurring-revenue": "renewal-practices",
    "renewal-compounding": "renewal-practices",
    "self-service-deflection": "support-scaling",
    "support-price": "pricing-tier-placement",
}


def values(slug: str, **answers: object) -> dict[str, Fraction | None]:
    """Every computed value in its own unit (percent: 0-100)."""
    asked = shipped(slug)
    outcome = assess(asked, parse_answers(asked, answers))
    return {name: None if value.number is None else value.printed for name, value in outcome.computed.items()}


@pytest.mark.parametrize("slug", CALCULATORS)
def test_every_persona_comes_out_as_its_vector_says(slug: str) -> None:
    asked = shipped(slug)
    assert {persona.name: run(asked, persona) for persona in asked.personas} == {
        persona.name: () for persona in asked.personas
    }


@pytest.mark.parametrize("slug", CALCULATORS)
def test_a_calculator_asks_for_nobody_and_nothing_that_is_typed_as_text(slug: str) -> None:
    asked = shipped(slug)
    assert asked.kind == "calculator"
    assert {question.type for question in asked.questions.values()} <= {"choice", "number", "percent", "money"}
    assert not asked.contact.require
    assert not any(question.show_if for question in asked.questions.values())


@pytest.mark.parametrize("slug", CALCULATORS)
def test_what_it_computes_is_what_the_assessment_computes(slug: str) -> None:
    own, other = shipped(slug), shipped(SHARED[slug])
    common = own.computed.keys() & other.computed.keys()
    assert len(common) >= 7
    for name in common:
        assert own.computed[name] == other.computed[name].model_copy(update={"score": None}), name
    questions = own.questions.keys() & other.questions.keys()
    assert questions
    for name in questions:
        assert own.questions[name] == other.questions[name].model_copy(update={"show_if": None}), name


@given(
    st.integers(1, 10**9),
    st.integers(0, 10**9),
    st.integers(0, 10**9),
    st.integers(0, 100),
    st.integers(0, 100),
)
@settings(max_examples=60, deadline=None, derandomize=True)
def test_b4x_the_rate_is_gross_retention_and_expansion_and_new_share(
    begin: int, new: int, more: int, left: int, reduced: int
) -> None:
    churn, downgrade = begin * left // 200, begin * reduced // 200
    found = values(
        "recurring-revenue", rev_begin=begin, rev_new=new, rev_expansion=more, rev_churn=churn, rev_downgrade=downgrade
    )
    assert found["rrr"] == found["rrr_parts"] == found["growth"] + 100  # type: ignore[operator]
    assert found["nrr"] == found["grr"] + found["expansion"]  # type: ignore[operator]


@pytest.mark.parametrize(
    ("renewed", "left"),
    [
        (824, ["82.40", "67.90", "55.95", "46.10", "37.99", "31.30"]),
        (874, ["87.40", "76.39", "66.76", "58.35", "51.00", "44.57"]),
        (924, ["92.40", "85.38", "78.89", "72.89", "67.35", "62.23"]),
    ],
)
def test_b5_renewals_compound_and_46_is_the_fourth(renewed: int, left: list[str]) -> None:
    asked = shipped("renewal-compounding")
    outcome = assess(asked, parse_answers(asked, {"due": 1000, "renewed": renewed, "customers": 10_000}))
    series = outcome.computed["survivors"].series
    assert [f"{float(share * 100):.2f}" for _n, share in series] == left
    customers = outcome.computed["customers_left"].series
    assert [f"{float(number) / 100:.2f}" for _n, number in customers] == left


def test_b1e_b5d_nothing_due_and_everything_renewed_are_not_defined() -> None:
    empty = card(shipped("renewal-compounding"), due=0, renewed=0)
    assert [value.text for value in empty.headline] == ["Not defined", "Not known", "Not known"]
    assert not is_told(empty, ("Something",))
    assert is_told(empty, ()), "why there is no rate is what it comes to"
    assert {value.detail for value in empty.headline} == {"No contract came due, so there is no rate."}
    assert in_one_sentence(empty) == "Contract renewal rate: not defined. No contract came due, so there is no rate."
    full = card(shipped("renewal-compounding"), due=50, renewed=50)
    assert [value.text for value in full.headline] == ["100.0 %", "100.0 %", "Not defined"]
    assert is_told(full, ())
    assert full.headline[2].detail == "At this rate no contract ends, so there is no end to count to."


def test_b9o_without_intent_it_is_an_upper_bound_and_warns() -> None:
    asked = shipped("self-service-deflection")
    given = {"events": 10000, "success": 48, "no_action": 80, "assisted": 6000, "case_cost": 105, "currency": "usd"}
    bound = card(asked, **given)
    assert [value.text for value in bound.headline] == ["3,840 cases", "39.0 %", "USD 403,200"]
    assert len(flags_of(bound)) == 1
    assert flags_of(bound)[0].startswith("An upper bound")
    honest = card(asked, **given, intent=60)
    assert [value.text for value in honest.headline] == ["2,304 cases", "27.7 %", "USD 241,920"]
    assert in_brief(bound) == "3,840 cases (upper bound)"
    assert in_one_sentence(bound).startswith("Deflected cases 3,840 cases (upper bound); ")
    assert flags_of(honest) == ()
    assert in_brief(honest) == "2,304 cases"
    assert in_one_sentence(honest).startswith("Deflected cases 2,304 cases; ")


def test_b10_dollars_stand_in_for_dollars_only() -> None:
    given: dict[str, Any] = {"events": 10000, "success": 48, "intent": 60, "no_action": 80}
    assert values("self-service-deflection", **given, currency="usd")["capacity_value"] == 241_920
    assert values("self-service-deflection", **given, currency="chf")["capacity_value"] is None
    # No currency and no cost: what stands there rests on dollars, and says so.
    assert card(shipped("self-service-deflection"), **given).headline[2].text == "USD 241,920"
    assert card(shipped("self-service-deflection"), **given, case_cost=105).headline[2].text == "241,920"


def test_b11e_what_is_not_known_is_not_converted() -> None:
    assert values("support-price", basis="list", price="15.6", discount=100)["price_of_net"] is None
    assert values("support-price", basis="net", price=22)["price_of_list"] is None
    unknown = values("support-price", basis="dont_know", price=22, discount=30)
    assert (unknown["price_of_list"], unknown["price_of_net"]) == (None, None)


def test_b13_an_add_on_counts_on_both_bases() -> None:
    found = values("support-price", basis="net", price=18, discount=20, list_price=100_000, add_ons=10_000)
    assert (found["total_fee"], found["total_of_net"], found["total_of_list"]) == (
        24_400,
        Fraction(61, 2),
        Fraction(122, 5),
    )


@pytest.mark.parametrize(
    ("slug", "wanted"),
    [
        ("recurring-revenue", {"rev_begin", "rev_new", "rev_expansion", "rev_churn", "rev_downgrade"}),
        ("renewal-compounding", {"due", "renewed"}),
        ("self-service-deflection", {"events", "success", "no_action"}),
        ("support-price", {"basis", "price", "discount"}),
    ],
)
def test_what_the_first_value_needs_is_not_called_optional(slug: str, wanted: set[str]) -> None:
    assert needed(shipped(slug)) == wanted


def test_what_is_still_missing_is_named_in_the_order_asked() -> None:
    asked: Questionnaire = shipped("self-service-deflection")
    assert missing(asked, {}) == (
        "Entitled self-service events",
        "Events that solved the problem",
        "Nothing further needed",
    )
    assert missing(asked, {"events": Decimal(1), "no_action": Decimal(2)}) == ("Events that solved the problem",)


def test_who_does_not_know_the_basis_is_asked_only_for_what_needs_none() -> None:
    asked = shipped("support-price")
    assert missing(asked, parse_answers(asked, {"basis": "dont_know"})) == ("Yearly program percentage",)
    assert missing(asked, parse_answers(asked, {"basis": "dont_know", "price": 22})) == ()


@pytest.mark.parametrize(
    ("slug", "minutes"),
    [
        ("recurring-revenue", "2 minutes"),
        ("renewal-compounding", "1 minute"),
        ("self-service-deflection", "1 to 3 minutes"),
        ("support-price", "1 to 3 minutes"),
    ],
)
def test_minutes_are_of_what_is_needed_and_of_everything(slug: str, minutes: str) -> None:
    assert minutes_words(shipped(slug)) == minutes


@pytest.mark.parametrize("slug", CALCULATORS)
def test_a_verdict_is_given_only_where_the_figure_may_judge(slug: str) -> None:
    judged = {
        (persona.name, name)
        for persona in shipped(slug).personas
        for name, verdict in persona.expect.verdicts.items()
        if verdict != "none"
    }
    rows = {"renewal-compounding": {"renewal_against_average"}, "support-price": {"basic_average", "high_end_average"}}
    assert {row for _name, row in judged} == rows.get(slug, set())
