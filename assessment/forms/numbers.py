"""Reading a number as people type it: "1,234", "82,4 %", "12 500"."""

import re
from decimal import Decimal, InvalidOperation

_NOISE = re.compile(r"[\s\u00a0\u2009\u202f%$€£¥'\u2019]+")
# A leading zero groups nothing: "0.500" and "0,500" are one half.
_GROUPED = re.compile(r"[+-]?[1-9]\d{0,2}([.,]\d{3})+")
_THREE_BEHIND_A_DOT = re.compile(r"[+-]?[1-9]\d{0,2}\.\d{3}")
MAX_TYPED = 40
"""Characters a typed number may have."""
BIGGEST = Decimal(10) ** 15


def read_number(typed: str, decimals: int) -> Decimal | None:
    """The number meant, or None when it is not one; a lone comma is a decimal comma unless it groups thousands."""
    text = _bare(typed)
    if not text or len(typed) > MAX_TYPED or not re.fullmatch(r"[+-]?[\d.,]+", text):
        return None
    try:
        number = Decimal(_plain(text, decimals))
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) <= BIGGEST else None


def two_readings(typed: str, decimals: int) -> tuple[str, str] | None:
    """What "12.500" may mean where decimals are allowed, but not three ("12500", "12.5"); None where one reading fits.

    Half of Europe groups thousands by a dot, so the one reading is a thousand times the other.
    """
    text = _bare(typed)
    if not 0 < decimals < 3 or not _THREE_BEHIND_A_DOT.fullmatch(text):
        return None
    return text.replace(".", ""), text.rstrip("0").rstrip(".")


def _bare(typed: str) -> str:
    return _NOISE.sub("", typed).replace("\u2212", "-")


def _plain(text: str, decimals: int) -> str:
    if "," in text and "." in text:
        decimal_mark = max(",.", key=text.rfind)
        grouping = "," if decimal_mark == "." else "."
        return text.replace(grouping, "").replace(decimal_mark, ".")
    if _GROUPED.fullmatch(text) and ("," in text or decimals == 0 or text.count(".") > 1):
        return text.replace(",", "").replace(".", "")
    return text.replace(",", ".")
