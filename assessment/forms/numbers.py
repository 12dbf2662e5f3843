"""Reading a number as people type it: "1,234", "82,4 %", "12 500"."""

import re
from decimal import Decimal, InvalidOperation

_NOISE = re.compile(r"[\s\u00a0\u2009\u202f%$€£¥'\u2019]+")
_GROUPED = re.compile(r"[+-]?\d{1,3}([.,]\d{3})+")
MAX_TYPED = 40
"""Characters a typed number may have."""
BIGGEST = Decimal(10) ** 15


def read_number(typed: str, decimals: int) -> Decimal | None:
    """The number meant, or None when it is not one; a lone comma is a decimal comma unless it groups thousands."""
    text = _NOISE.sub("", typed).replace("\u2212", "-")
    if not text or len(typed) > MAX_TYPED or not re.fullmatch(r"[+-]?[\d.,]+", text):
        return None
    try:
        number = Decimal(_plain(text, decimals))
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) <= BIGGEST else None


def _plain(text: str, decimals: int) -> str:
    if "," in text and "." in text:
        decimal_mark = max(",.", key=text.rfind)
        grouping = "," if decimal_mark == "." else "."
        return text.replace(grouping, "").replace(decimal_mark, ".")
    if _GROUPED.fullmatch(text) and ("," in text or decimals == 0 or text.count(".") > 1):
        return text.replace(",", "").replace(".", "")
    return text.replace(",", ".")
