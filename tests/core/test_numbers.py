"""Numbers are rounded half up once and printed as people read them."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessment.core.numbers import (
    as_written,
    grouped,
    half_up,
    half_up_whole,
    in_words,
    measured,
    money,
    plural,
    share_in_words,
    signed,
    trimmed,
)


@pytest.mark.parametrize(
    ("value", "whole"),
    [("74.5", 75), ("74.499999999999", 74), ("0.5", 1), ("-2.5", -3), ("-2.4", -2), ("0", 0), ("12", 12)],
)
def test_ties_go_up_away_from_zero(value: str, whole: int) -> None:
    assert half_up_whole(Fraction(value)) == whole


def test_decimals_are_rounded_exactly_where_binary_floats_fail() -> None:
    assert half_up(Fraction("2.675"), 2) == Fraction("2.68")
    assert half_up(Fraction("1.005"), 2) == Fraction("1.01")


@given(st.fractions(min_value=-1000, max_value=1000), st.integers(0, 4))
def test_rounding_moves_a_value_by_at_most_half_a_step(value: Fraction, decimals: int) -> None:
    rounded = half_up(value, decimals)
    assert (rounded * 10**decimals).denominator == 1
    assert abs(rounded - value) <= Fraction(1, 2 * 10**decimals)


@pytest.mark.parametrize(
    ("value", "unit", "decimals", "text"),
    [
        ("85.83", "percent", 1, "85.8 %"),
        ("80", "percent", 1, "80.0 %"),
        ("2304", "cases", 0, "2,304 cases"),
        ("1", "cases", 0, "1 case"),
        ("5.6818", "periods", 2, "5.68 periods"),
        ("-1234.5", "number", 1, "−1,234.5"),
        ("-0.04", "number", 1, "0.0"),
    ],
)
def test_a_value_is_printed_with_its_unit(value: str, unit: str, decimals: int, text: str) -> None:
    assert measured(Fraction(value), unit, decimals) == text


def test_money_stands_after_its_code_and_never_has_one_decimal() -> None:
    assert money(Fraction(241920), 1, "USD") == "USD 241,920"
    assert money(Fraction("12.5"), 1, "EUR") == "EUR 12.50"
    assert money(Fraction("12.5"), 0) == "13"


def test_a_typed_number_keeps_no_idle_zeros() -> None:
    assert str(trimmed(Decimal("240.00"))) == "240"
    assert str(trimmed(Decimal("1E+3"))) == "1000"
    assert as_written(trimmed(Decimal("85.50")), "percent") == "85.5 %"


def test_differences_carry_a_true_sign() -> None:
    assert [signed(value) for value in (3, 0, -13)] == ["+3", "0", "−13"]
    assert grouped(1234567) == "1,234,567"


def test_counts_and_shares_in_words() -> None:
    assert [in_words(0), in_words(4), in_words(12), in_words(13)] == ["no", "four", "twelve", "13"]
    assert [plural(1, "gate", "gates"), plural(2, "gate", "gates")] == ["one gate", "two gates"]
    shares = [Fraction(1), Fraction(1, 7), Fraction(2, 9), Fraction(1, 2), Fraction(3, 17)]
    assert [share_in_words(share) for share in shares] == ["the whole", "one seventh", "two ninths", "one half", "18 %"]
