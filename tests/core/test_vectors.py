"""Vectors of the published formulas, typed in as a respondent types them and read as she reads them."""

from fractions import Fraction
from typing import Any

import pytest

from assessment.core.benchmarks import measured
from assessment.core.computing import Value, numbers
from assessment.core.definition import Questionnaire
from assessment.core.formulas import parse_check
from assessment.core.scoring import Outcome
from tests.core.building_blocks import computed
from tests.core.making import assessed, built, choice, figure, number, page


def calculator(numeric: dict[str, str], values: dict[str, Any], **more: Any) -> Questionnaire:
    """Numbers and what is computed from them."""
    questions = [number(name, kind, dont_know=True) for name, kind in numeric.items()]
    more = {"result": "none", "kind": "calculator", "stages": []} | more
    return built(page(None, *questions), computed=values, areas=[], **more)


def text(questionnaire: Questionnaire, outcome: Outcome, name: str, currency: str | None = None) -> str:
    return measured(questionnaire, name, outcome, currency).text


RENEWAL = calculator(
    {"renewed": "number", "due": "number", "on_time": "number"},
    {
        "rate": computed("Renewal rate", "percent", "renewed / due"),
        "punctual": computed("On time", "percent", "on_time / due"),
        "late": computed("Late", "percent", "(renewed - on_time) / renewed"),
        "life": computed("Expected life", "periods", "1 / (1 - rate)", decimals=2),
        "left": computed("Left", "percent", "rate ^ n", over={"n": [1, 6]}, decimals=2),
    },
)


def test_b1_renewed_of_due() -> None:
    outcome = assessed(RENEWAL, renewed=90, due=100)
    assert outcome.computed["rate"].number == Fraction(9, 10)
    assert text(RENEWAL, outcome, "rate") == "90.0 %"


def test_b1e_nothing_due_is_not_defined_and_says_why() -> None:
    outcome = assessed(RENEWAL, renewed=0, due=0)
    assert outcome.computed["rate"].number is None
    told = measured(RENEWAL, "rate", outcome, None)
    assert (told.text, told.value, told.detail) == ("Not defined", None, "It would divide by zero.")
    assert text(RENEWAL, outcome, "life") == "Not known"


@pytest.mark.parametrize(("renewed", "fits"), [("100", True), ("101", False), ("0", True)])
def test_b1e_more_renewed_than_due_is_refused(renewed: str, fits: bool) -> None:
    values = numbers(RENEWAL, assessed(RENEWAL, renewed=renewed, due=100).answers)
    assert parse_check("renewed <= due").holds(values) is fits


def test_b2_late_renewals_are_a_share_of_the_renewals() -> None:
    outcome = assessed(RENEWAL, renewed=90, due=100, on_time=78)
    assert [text(RENEWAL, outcome, name) for name in ("punctual", "rate", "late")] == ["78.0 %", "90.0 %", "13.3 %"]


@pytest.mark.parametrize(
    ("rate", "shares"),
    [
        ("82.4", ["82.40", "67.90", "55.95", "46.10", "37.99", "31.30"]),
        ("87.4", ["87.40", "76.39", "66.76", "58.35", "51.00", "44.57"]),
        ("92.4", ["92.40", "85.38", "78.89", "72.89", "67.35", "62.23"]),
        ("86.52", ["86.52", "74.86", "64.77", "56.04", "48.48", "41.95"]),
        ("90.64", ["90.64", "82.16", "74.47", "67.50", "61.18", "55.45"]),
    ],
)
def test_b5_renewals_compound(rate: str, shares: list[str]) -> None:
    outcome = assessed(RENEWAL, renewed=rate, due=100)
    series = outcome.computed["left"].series
    assert [n for n, _ in series] == [1, 2, 3, 4, 5, 6]
    assert [f"{float(share * 100):.2f}" for _, share in series] == shares


def test_b5_the_published_46_percent_is_the_fourth_renewal_not_the_fifth() -> None:
    series = dict(assessed(RENEWAL, renewed="82.4", due=100).computed["left"].series)
    assert round(float(series[4] * 100)) == 46
    assert round(float(series[5] * 100)) == 38


@pytest.mark.parametrize(("rate", "life"), [("90", "10.00 periods"), ("82.4", "5.68 periods")])
def test_b5d_expected_life(rate: str, life: str) -> None:
    assert text(RENEWAL, assessed(RENEWAL, renewed=rate, due=100), "life") == life


def test_b5d_a_rate_of_all_has_no_expected_life() -> None:
    outcome = assessed(RENEWAL, renewed=100, due=100)
    assert text(RENEWAL, outcome, "life") == "Not defined"


REVENUE = calculator(
    dict.fromkeys(("start", "fresh", "expansion", "churn", "downgrade"), "number"),
    {
        "rrr": computed(
            "Recurring revenue rate", "percent", "(start + fresh + expansion - churn - downgrade) / start", decimals=0
        ),
        "nrr": computed("Net retention", "percent", "(start + expansion - churn - downgrade) / start", decimals=0),
        "grr": computed("Gross retention", "percent", "(start - churn - downgrade) / start", decimals=0),
        "new_share": computed("New", "percent", "fresh / start", decimals=0),
        "expansion_share": computed("Expansion", "percent", "expansion / start", decimals=0),
        "growth": computed("Growth", "percent", "rrr - 1", decimals=0),
        "whole": computed("Sum of the parts", "percent", "grr + expansion_share + new_share", decimals=0),
    },
)


def test_b3_b4_a_recurring_revenue_of_120_percent_hides_a_net_retention_of_75() -> None:
    outcome = assessed(REVENUE, start=100, fresh=45, expansion=5, churn=25, downgrade=5)
    shown = {name: text(REVENUE, outcome, name) for name in ("rrr", "growth", "nrr", "grr")}
    assert shown == {"rrr": "120 %", "growth": "20 %", "nrr": "75 %", "grr": "70 %"}


@pytest.mark.parametrize("parts", [(100, 45, 5, 25, 5), (37, 11, 0, 9, 2), (1, 0, 0, 0, 0), (250, 3, 70, 250, 0)])
def test_b4x_the_rate_is_the_sum_of_its_parts(parts: tuple[int, ...]) -> None:
    names = ("start", "fresh", "expansion", "churn", "downgrade")
    outcome = assessed(REVENUE, **dict(zip(names, parts, strict=True)))
    assert outcome.computed["whole"].number == outcome.computed["rrr"].number is not None


INTENT = {"intent": {"value": 100, "flag": "upper_bound", "tell": "An upper bound: intent is not asked."}}
DEFLECTION = calculator(
    {"events": "number", "success": "percent", "intent": "percent", "no_action": "percent", "assisted": "number"}
    | {"cost": "money"},
    {
        "deflected": computed("Deflected", "cases", "events * success * intent * no_action", decimals=0, assume=INTENT),
        "rate": computed("Rate", "percent", "deflected / (deflected + assisted)", decimals=2),
        "per_event": computed("Per event", "percent", "deflected / events", decimals=2),
        "wrong": computed("Success alone", "percent", "events * success / (events * success + assisted)", decimals=2),
        "value": computed(
            "Capacity",
            "money",
            "deflected * cost",
            decimals=0,
            assume={"cost": {"figure": "X20", "flag": "published_cost", "tell": "105 US dollars stand in."}},
        ),
        "saved": computed("Saved", "money", "value * 0", decimals=0),
    },
    figures={"X20": figure("X20", "105", unit="money", use="context")},
)
ASKED: dict[str, Any] = {"events": 10000, "success": 48, "intent": 60, "no_action": 80, "assisted": 6000}


def test_b9_deflection_is_a_count() -> None:
    outcome = assessed(DEFLECTION, **ASKED)
    assert text(DEFLECTION, outcome, "deflected") == "2,304 cases"
    assert outcome.computed["deflected"].flags == ()


def test_b9r_b9e_b9w_one_count_gives_three_rates() -> None:
    outcome = assessed(DEFLECTION, **ASKED)
    shown = [text(DEFLECTION, outcome, name) for name in ("rate", "per_event", "wrong")]
    assert shown == ["27.75 %", "23.04 %", "44.44 %"]


@pytest.mark.parametrize("intent", [{}, {"intent": "dont_know"}])
def test_b9o_without_intent_the_count_is_an_upper_bound_and_admits_it(intent: dict[str, str]) -> None:
    given = {name: value for name, value in ASKED.items() if name != "intent"} | intent
    outcome = assessed(DEFLECTION, **given)
    assert [text(DEFLECTION, outcome, name) for name in ("deflected", "rate")] == ["3,840 cases", "39.02 %"]
    flags = {name: measured(DEFLECTION, name, outcome, None).flags for name in ("deflected", "rate", "wrong")}
    told = ("An upper bound: intent is not asked.",)
    assert flags == {"deflected": told, "rate": told, "wrong": ()}, "what rests on it inherits the flag, nothing else"


def test_b9_a_blank_number_without_assumption_is_not_known() -> None:
    given = {name: value for name, value in ASKED.items() if name != "success"}
    outcome = assessed(DEFLECTION, **given)
    assert text(DEFLECTION, outcome, "deflected") == "Not known"
    assert measured(DEFLECTION, "deflected", outcome, None).flags == ()


def test_b10_capacity_is_worth_its_cost_and_nothing_is_saved_yet() -> None:
    outcome = assessed(DEFLECTION, **ASKED)
    assert text(DEFLECTION, outcome, "value", "USD") == "USD 241,920"
    assert text(DEFLECTION, outcome, "saved", "USD") == "USD 0"
    assert measured(DEFLECTION, "value", outcome, None).flags == ("105 US dollars stand in.",)
    own = assessed(DEFLECTION, **ASKED, cost="100.5")
    assert text(DEFLECTION, own, "value", "EUR") == "EUR 231,552"
    assert own.computed["value"].flags == ()


@pytest.mark.parametrize(("chosen", "expected"), [("usd", Fraction(241_920)), ("eur", None)])
def test_b10_dollars_never_stand_in_for_another_currency(chosen: str, expected: Fraction | None) -> None:
    currency = choice("currency", None, None, role="currency", dont_know=False, optional=True)
    currency["answers"] = [{"id": "usd", "text": "Dollar"}, {"id": "eur", "text": "Euro"}]
    plain: Any = DEFLECTION.model_dump(by_alias=True, exclude_unset=True)
    plain["pages"] = [{"questions": [currency]}, *plain["pages"]]
    asked = Questionnaire.model_validate(plain)
    assert assessed(asked, **ASKED, currency=chosen).computed["value"].number == expected
    assert assessed(asked, **ASKED).computed["value"].number == 241_920


BASIS = choice("basis", None, None, dont_know=True)
BASIS["answers"] = [{"id": "list", "text": "List"}, {"id": "net", "text": "Net"}]
ON_LIST = {"when": {"question": "basis", "in": ["list"]}}
ON_NET = {"when": {"question": "basis", "in": ["net"]}}


def cases(title: str, on_list: str, on_net: str) -> dict[str, Any]:
    both = [ON_LIST | {"formula": on_list}, ON_NET | {"formula": on_net}]
    return computed(title, "percent", cases=both, otherwise="Basis unknown", decimals=2)


PRICE = built(
    page(None, BASIS, *(number(name, "percent") for name in ("price", "discount", "uplift"))),
    page(None, *(number(name) for name in ("fee", "product", "extra"))),
    areas=[],
    stages=[],
    result="none",
    computed={
        "of_list": cases("Of list", "price", "price * (1 - discount)"),
        "of_net": cases("Of net", "price / (1 - discount)", "price"),
        "fees": computed("Fees", "number", "fee * (1 + uplift) ^ (n - 1)", over={"n": [1, 5]}, decimals=2),
        "drifted": computed("Year five", "percent", "price * (1 + uplift) ^ 4", decimals=2),
        "whole_fee": computed("With add-on", "number", "product * (1 - discount) * price + extra", decimals=0),
        "whole_of_net": computed("Of net, all in", "percent", "whole_fee / (product * (1 - discount))"),
        "whole_of_list": computed("Of list, all in", "percent", "whole_fee / product"),
    },
)


@pytest.mark.parametrize(
    ("basis", "price", "discount", "of_list", "of_net"),
    [
        ("net", "22", "30", "15.40 %", "22.00 %"),
        ("list", "15.6", "30", "15.60 %", "22.29 %"),
        ("list", "23", "0", "23.00 %", "23.00 %"),
        ("net", "23", "0", "23.00 %", "23.00 %"),
    ],
)
def test_b11_list_and_net(basis: str, price: str, discount: str, of_list: str, of_net: str) -> None:
    outcome = assessed(PRICE, basis=basis, price=price, discount=discount)
    assert [text(PRICE, outcome, name) for name in ("of_list", "of_net")] == [of_list, of_net]


def test_b11e_given_away_the_net_share_is_not_defined() -> None:
    outcome = assessed(PRICE, basis="list", price="15.6", discount="100")
    assert [text(PRICE, outcome, name) for name in ("of_list", "of_net")] == ["15.60 %", "Not defined"]


@pytest.mark.parametrize("basis", [{"basis": "dont_know"}, {}])
def test_b11e_nothing_is_converted_on_an_unknown_basis(basis: dict[str, str]) -> None:
    outcome = assessed(PRICE, price="15.6", discount="30", **basis)
    told = measured(PRICE, "of_list", outcome, None)
    assert (told.text, told.detail) == ("Not known", "Basis unknown.")


def test_b11e_an_unknown_discount_converts_nothing_but_leaves_the_quoted_basis() -> None:
    outcome = assessed(PRICE, basis="net", price="22", discount="dont_know")
    assert [text(PRICE, outcome, name) for name in ("of_list", "of_net")] == ["Not known", "22.00 %"]


@pytest.mark.parametrize(
    ("uplift", "fifth", "total"), [("3", "112.55", "530.91"), ("4", "116.99", "541.63"), ("8", "136.05", "586.66")]
)
def test_b12_fees_rise_every_year(uplift: str, fifth: str, total: str) -> None:
    series = [fee for _, fee in assessed(PRICE, fee=100, uplift=uplift).computed["fees"].series]
    assert len(series) == 5
    assert series[0] == 100
    assert (f"{float(series[-1]):.2f}", f"{float(sum(series)):.2f}") == (fifth, total)


def test_b12p_an_uplift_raises_the_percentage_too() -> None:
    assert text(PRICE, assessed(PRICE, price=22, uplift=8), "drifted") == "29.93 %"


def test_b13_an_add_on_counts_on_both_bases() -> None:
    outcome = assessed(PRICE, price=18, discount=20, product=100_000, extra=10_000)
    shown = [text(PRICE, outcome, name) for name in ("whole_fee", "whole_of_net", "whole_of_list")]
    assert shown == ["24,400", "30.5 %", "24.4 %"]


def test_a_value_nobody_was_asked_for_does_not_apply() -> None:
    way = choice("way", None, None, role="route", dont_know=False)
    hidden = number("due", show_if={"question": "way", "in": ["a"]})
    questionnaire = built(
        page(None, way), page(None, hidden), computed={"twice": computed("Twice", "number", "due * 2")}, areas=[]
    )
    assert assessed(questionnaire, way="b", due=4).computed["twice"] == Value(
        None, "number", "a number it needs was not given", applies=False
    )
    assert assessed(questionnaire, way="a", due=4).computed["twice"].number == 8
    assert assessed(questionnaire, way="a", due="not_applicable").computed["twice"].applies is False
    blank = assessed(questionnaire, way="a").computed["twice"]
    assert (blank.number, blank.applies) == (None, True)
