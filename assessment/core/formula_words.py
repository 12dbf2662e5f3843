"""A formula in words: with titles or with one's own numbers in place of its names, as the pictures print it."""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from decimal import Decimal

from assessment.core.formulas import Formula, Token
from assessment.core.numbers import as_written, trimmed

_PRINTED = {"*": "×", "-": "\N{MINUS SIGN}"}
_OUTERMOST = ("min", "max")


def spelled(formula: Formula, words: Mapping[str, str], percents: AbstractSet[str] = frozenset()) -> str:
    """The formula with each name replaced by its words, with "×" and a true minus.

    `percents` are the names whose words are percentages: a plain number that is set against one of them in `min` or
    `max` is printed in percent as well (1 as "100 %"), so that nobody reads the smaller of 120 % and 1.
    """
    tokens, text = formula.tokens, ""
    in_percent = _set_against_percents(tokens, percents)
    for place, (token, following) in enumerate(zip(tokens, [*tokens[1:], None], strict=True)):
        word = words.get(token.text, token.text) if token.kind == "name" else _PRINTED.get(token.text, token.text)
        if place in in_percent:
            word = as_written(trimmed(Decimal(token.text) * 100), "percent")
        if following is not None and following.text == "^" and " " in word:
            word = f"({word})"  # a power is of the whole of "82.4 %", not of its last sign
        tight = not text or text.endswith("(") or token.text in {")", ",", "^"} or text.endswith("^")
        tight = tight or (token.text == "(" and text.endswith(_OUTERMOST))
        text += word if tight else f" {word}"
    return text


def _set_against_percents(tokens: Sequence[Token], percents: AbstractSet[str]) -> frozenset[int]:
    """The places of numbers that are a whole part of a `min` or `max` in which every name is a percentage."""
    found: set[int] = set()
    for place, token in enumerate(tokens):
        if token.kind != "name" or token.text not in _OUTERMOST:
            continue
        parts = list(_parts(tokens, place + 1))
        names = {tokens[at].text for part in parts for at in part if tokens[at].kind == "name"} - set(_OUTERMOST)
        if names and names <= percents:
            found.update(part[0] for part in parts if len(part) == 1 and tokens[part[0]].kind == "number")
    return frozenset(found)


def _parts(tokens: Sequence[Token], opening: int) -> Iterator[range]:
    """The places of each part between this bracket and the one that closes it."""
    depth, start = 0, opening + 1
    for place in range(opening, len(tokens)):
        sign = tokens[place].text
        depth += (sign == "(") - (sign == ")")
        if depth == 0 or (depth == 1 and sign == ","):
            yield range(start, place)
            start = place + 1
        if depth == 0:
            return
