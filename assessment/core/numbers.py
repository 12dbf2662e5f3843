"""Exact rounding, and numbers as people read them: "85.8 %", "+3", "−13", "12,345", "USD 241,920"."""

from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

MINUS = "\N{MINUS SIGN}"
_SINGULAR = {
    "years": "year", "months": "month", "days": "day", "hours": "hour", "minutes": "minute", "periods": "period",
    "cases": "case", "contracts": "contract", "deals": "deal", "customers": "customer", "events": "event",
    "people": "person", "licences": "licence", "visits": "visit", "points": "point",
}  # fmt: skip
_WORDS = (
    "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
)  # fmt: skip
_PARTS = {
    2: ("half", "halves"), 3: ("third", "thirds"), 4: ("quarter", "quarters"), 5: ("fifth", "fifths"),
    6: ("sixth", "sixths"), 7: ("seventh", "sevenths"), 8: ("eighth", "eighths"), 9: ("ninth", "ninths"),
    10: ("tenth", "tenths"), 11: ("eleventh", "elevenths"), 12: ("twelfth", "twelfths"),
}  # fmt: skip


@lru_cache(maxsize=4096)
def exact(value: Decimal) -> Fraction:
    """A decimal as an exact fraction."""
    return Fraction(value)


def half_up(value: Fraction | int, decimals: int = 0) -> Fraction:
    """Round to `decimals` places, ties away from zero."""
    scale = 10**decimals
    return Fraction(half_up_whole(value * scale), scale)


def half_up_whole(value: Fraction | int) -> int:
    """Round to a whole number, ties away from zero."""
    top, bottom = abs(value.numerator), value.denominator
    rounded = (2 * top + bottom) // (2 * bottom)
    return rounded if value >= 0 else -rounded


def decimals_of(value: Decimal) -> int:
    """How many decimals a figure is printed with: those it was written with."""
    exponent = value.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def grouped(value: Fraction | int, decimals: int = 0) -> str:
    """A number with thousands grouped by commas, a fixed count of decimals and a true minus: "−12,345.0"."""
    digits = half_up_whole(abs(value) * 10**decimals)
    whole, rest = divmod(digits, 10**decimals)
    text = f"{whole:,}" + (f".{rest:0{decimals}d}" if decimals else "")
    return MINUS + text if value < 0 and digits else text


def signed(value: int) -> str:
    """A whole difference with its sign: "+3", "−13", "0"."""
    return f"+{grouped(value)}" if value > 0 else grouped(value)


def money(value: Fraction, decimals: int = 2, currency: str | None = None) -> str:
    """An amount after its currency code, in whole units or with two decimals, never with one: "USD 241,920"."""
    places = 0 if decimals == 0 or half_up(value, 2).denominator == 1 else 2
    amount = grouped(value, places)
    return f"{currency} {amount}" if currency else amount


def measured(value: Fraction, unit: str, decimals: int = 1, currency: str | None = None) -> str:
    """A value printed with its unit; percent values are 0-100."""
    if unit == "money":
        return money(value, decimals, currency)
    number = grouped(value, decimals)
    if unit == "percent":
        return f"{number} %"
    if unit in {"number", "ratio"}:
        return number
    return f"{number} {_SINGULAR[unit] if number == '1' else unit}"


def as_written(value: Decimal, unit: str, currency: str | None = None) -> str:
    """A typed or published value with the decimals it was written with; trailing zeros of typed values stay."""
    return measured(exact(value), unit, decimals_of(value), currency)


def trimmed(value: Decimal) -> Decimal:
    """A typed number without trailing zeros, never in scientific notation."""
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize()


def in_words(count: int) -> str:
    """A small count as a word ("four"), a larger one in digits."""
    return _WORDS[count] if 0 <= count < len(_WORDS) else str(count)


def share_in_words(share: Fraction) -> str:
    """A share of a whole in words: "one seventh", "two ninths", "17 %", "the whole"."""
    if share >= 1:
        return "the whole"
    if share.denominator not in _PARTS:
        return f"{half_up_whole(share * 100)} %"
    one, many = _PARTS[share.denominator]
    return f"{in_words(share.numerator)} {one if share.numerator == 1 else many}"


def plural(count: int, one: str, many: str) -> str:
    """A count in words with its noun: "one gate", "two gates"."""
    return f"{in_words(count)} {one if count == 1 else many}"
