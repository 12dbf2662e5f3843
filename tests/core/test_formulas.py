"""Formulas: arithmetic and nothing else, exact, and true to the published examples (facts B1 to B18)."""

from contextlib import suppress
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessment.core.formula_words import spelled
from assessment.core.formulas import FormulaError, NotDefined, parse, parse_check
from assessment.core.numbers import half_up

FIVE = "fee * (1 + (1 + u) + (1 + u) ^ 2 + (1 + u) ^ 3 + (1 + u) ^ 4)"
VECTORS = [
    ("B1 renewal rate", "renewed / due", {"renewed": 90, "due": 100}, "0.9"),
    ("B2 on time", "on_time / due", {"on_time": 78, "due": 100}, "0.78"),
    ("B2 late", "late / (on_time + late)", {"on_time": 78, "late": 12}, "0.133"),
    ("B3 recurring revenue rate", "(begin + up - down) / begin", {"begin": 100, "up": 50, "down": 30}, "1.20"),
    ("B4 NRR", "(begin + more - churn - down) / begin", {"begin": 100, "more": 5, "churn": 25, "down": 5}, "0.75"),
    ("B4 GRR", "(begin - churn - down) / begin", {"begin": 100, "churn": 25, "down": 5}, "0.70"),
    ("B4x identity", "grr + expansion + new", {"grr": "0.70", "expansion": "0.05", "new": "0.45"}, "1.20"),
    *(
        (f"B5 after {n}", "r ^ n", {"r": "0.824", "n": n}, result)
        for n, result in enumerate(["0.8240", "0.6790", "0.5595", "0.4610", "0.3799", "0.3130"], start=1)
    ),
    ("B5b five points", "(r + 0.05) ^ 4", {"r": "0.824"}, "0.5835"),
    ("B5b ten points", "(r + 0.10) ^ 4", {"r": "0.824"}, "0.7289"),
    ("B5c five percent", "(r * 1.05) ^ 4", {"r": "0.824"}, "0.5604"),
    ("B5c ten percent", "(r * 1.10) ^ 4", {"r": "0.824"}, "0.6750"),
    ("B5d life at 90 %", "1 / (1 - r)", {"r": "0.90"}, "10.00"),
    ("B5d life at 82.4 %", "1 / (1 - r)", {"r": "0.824"}, "5.68"),
    ("B6 attach", "attached / sold", {"attached": 81, "sold": 100}, "0.81"),
    ("B7 revenue renewal", "booked / available", {"booked": 850, "available": 1000}, "0.85"),
    ("B8 three factors", "a * b * c", {"a": "0.90", "b": "0.95", "c": "0.97"}, "0.82935"),
    ("B9 deflected", "events * s * i * f", {"events": 10000, "s": "0.48", "i": "0.60", "f": "0.80"}, "2304"),
    ("B9r rate, ours", "d / (d + assisted)", {"d": 2304, "assisted": 6000}, "0.2775"),
    ("B9e per event", "d / events", {"d": 2304, "events": 10000}, "0.2304"),
    ("B9o without intent", "events * s * f", {"events": 10000, "s": "0.48", "f": "0.80"}, "3840"),
    ("B9o its rate", "d / (d + assisted)", {"d": 3840, "assisted": 6000}, "0.3902"),
    ("B9w success alone", "d / (d + assisted)", {"d": 4800, "assisted": 6000}, "0.4444"),
    ("B10 capacity", "d * cost", {"d": 2304, "cost": 105}, "241920"),
    ("B11 net to list", "net * (1 - d)", {"net": "0.22", "d": "0.30"}, "0.154"),
    ("B11 list to net", "list / (1 - d)", {"list": "0.156", "d": "0.30"}, "0.2229"),
    ("B11 no discount", "list / (1 - d)", {"list": "0.23", "d": 0}, "0.23"),
    *(
        (f"B12 year five at {u}", "fee * (1 + u) ^ (n - 1)", {"fee": 100, "u": u, "n": 5}, result)
        for u, result in [("0.03", "112.55"), ("0.04", "116.99"), ("0.08", "136.05")]
    ),
    *(
        (f"B12 five years at {u}", FIVE, {"fee": 100, "u": u}, result)
        for u, result in [("0.03", "530.91"), ("0.04", "541.63"), ("0.08", "586.66")]
    ),
    ("B12p percentage grows", "p * (1 + u) ^ 4", {"p": "0.22", "u": "0.08"}, "0.2993"),
    ("B13 fee", "list * (1 - d) * p + add", {"list": 100000, "d": "0.2", "p": "0.18", "add": 10000}, "24400"),
    ("B13 of net", "fee / (list * (1 - d))", {"fee": 24400, "list": 100000, "d": "0.2"}, "0.305"),
    ("B13 of list", "fee / list", {"fee": 24400, "list": 100000}, "0.244"),
    ("B14 bands", "150 * 0.10 + 350 * 0.07 + 500 * 0.05 + 1000 * 0.03", {}, "94.5"),
    ("B16 uncapped", "(70 + 60 + 90 + r) / 4", {"r": 120}, "85.0"),
    ("B16 capped", "(70 + 60 + 90 + min(r, 100)) / 4", {"r": 120}, "80.0"),
    ("B17 adoption", "used / sold", {"used": 430, "sold": 1000}, "0.43"),
    ("B19 win-back", "back / gone", {"back": 8, "gone": 40}, "0.2"),
]  # fmt: skip


def value(text: str, **values: object) -> Fraction | NotDefined:
    return parse(text).value({name: Fraction(str(each)) for name, each in values.items()})


@pytest.mark.parametrize(("text", "values", "result"), [v[1:] for v in VECTORS], ids=[v[0] for v in VECTORS])
def test_published_examples_come_out(text: str, values: dict[str, object], result: str) -> None:
    found = value(text, **values)
    assert isinstance(found, Fraction)
    decimals = -int(Decimal(result).as_tuple().exponent)
    assert half_up(found, decimals) == Fraction(result)


def test_nothing_due_is_not_defined_rather_than_nought() -> None:
    assert value("renewed / due", renewed=0, due=0) == NotDefined("it would divide by zero")
    assert value("list / (1 - d)", list="0.2", d=1) == NotDefined("it would divide by zero")


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("2 + 3 * 4", 14), ("(2 + 3) * 4", 20), ("2 - 3 - 4", -5), ("24 / 4 / 2", 3), ("2 ^ 3 ^ 2", 512),
        ("-2 ^ 2", -4), ("2 * -3", -6), ("2 ^ -1", Fraction(1, 2)), ("max(1, 2 + 3, 4)", 5), ("min(7)", 7),
        ("0.1 + 0.2", Fraction(3, 10)),
    ],
)  # fmt: skip
def test_precedence_is_the_usual_one(text: str, result: object) -> None:
    assert value(text) == result


def test_what_has_no_value_says_so() -> None:
    assert value("a + b", a=1) == NotDefined('"b" has no value')
    assert isinstance(value("2 ^ 0.5"), NotDefined)
    assert isinstance(value("0 ^ -1"), NotDefined)


@pytest.mark.parametrize(
    "text",
    ["", "1 +", "(1", "1)", "a b", "2 3", "min()", "min", "a.b", "a[0]", "f(1)", "__import__('os')", "1e9", "a = b",
     "a <= b", "'x'", "1,2", "a ** b", "%", "x" * 500, "(" * 60 + "1" + ")" * 60, "-" * 60 + "1"],
)  # fmt: skip
def test_anything_but_arithmetic_is_refused(text: str) -> None:
    with pytest.raises(FormulaError):
        parse(text)


def test_a_hostile_formula_ends_at_once() -> None:
    assert isinstance(value("((9 ^ 60) ^ 60) ^ 60"), NotDefined)
    assert isinstance(value("9 ^ 61"), NotDefined)
    assert isinstance(value("*".join(["9 ^ 60"] * 40)), NotDefined)


def test_names_and_spelling() -> None:
    formula = parse("events * success / (1 - max(X01, due)) ^ n")
    assert formula.names == {"events", "success", "X01", "due", "n"}
    words = {"events": "10,000", "success": "48 %", "X01": "82.4 %", "due": "5", "n": "4"}
    assert spelled(formula, words) == "10,000 × 48 % / (1 − max(82.4 %, 5))^4"
    assert spelled(parse("rate ^ 4 * due ^ 2"), {"rate": "82.4 %", "due": "5"}) == "(82.4 %)^4 × 5^2"


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("(base + min(rate, 1)) / 4", "(Base + min(Rate, 100 %)) / 4"),
        ("min(rate * 1.05, 1) ^ 4", "min(Rate × 1.05, 100 %)^4"),
        ("max(0.5, min(rate, (base)), 0)", "max(50 %, min(Rate, (Base)), 0 %)"),
        ("min(due, 1) * rate", "min(Due, 1) × Rate"),
        ("min(rate, 1) + max(rate + due, 1)", "min(Rate, 100 %) + max(Rate + Due, 1)"),
        ("min(2, 1) + rate", "min(2, 1) + Rate"),
    ],
)
def test_a_number_set_against_a_percentage_is_printed_as_one(text: str, printed: str) -> None:
    words = {"rate": "Rate", "base": "Base", "due": "Due"}
    assert spelled(parse(text), words, {"rate", "base"}) == printed


def test_a_check_compares_two_formulas_and_forgives_what_is_missing() -> None:
    check = parse_check("renewed <= due")
    assert check.names == {"renewed", "due"}
    assert check.holds({"renewed": Fraction(100), "due": Fraction(100)})
    assert not check.holds({"renewed": Fraction(101), "due": Fraction(100)})
    assert check.holds({"renewed": Fraction(101)})
    assert parse_check("a + b == 100").holds({"a": Fraction(60), "b": Fraction(40)})
    for text in ("renewed", "a <= b <= c", "<= b"):
        with pytest.raises(FormulaError):
            parse_check(text)


@given(st.lists(st.tuples(st.sampled_from("+-*/"), st.integers(1, 99)), min_size=1, max_size=12), st.integers(1, 99))
def test_arithmetic_agrees_with_fractions(steps: list[tuple[str, int]], first: int) -> None:
    text = str(first) + "".join(f" {sign} {each}" for sign, each in steps)
    wrapped = f"Fraction({first})" + "".join(f" {sign} Fraction({each})" for sign, each in steps)
    assert value(text) == eval(wrapped, {"Fraction": Fraction})


@given(st.text(alphabet="ab12 +-*/^()<=,.minx", max_size=40))
def test_no_text_breaks_the_parser(text: str) -> None:
    with suppress(FormulaError):
        found = parse(text).value({"a": Fraction(1), "b": Fraction(0), "x": Fraction(7)})
        assert isinstance(found, Fraction | NotDefined)
