"""The corpus in as few texts as have room for it: each canary whole, and first or alone where its place matters."""

from collections.abc import Iterable

from assessment.core.plain_name import looks_like_a_name
from assessment.core.typed_text import clean
from tests.attacks.corpus import CORPUS, MARK

FORMULA = frozenset("=+-@\t\r\n＝＋－＠")
"""What a spreadsheet takes for the beginning of a formula."""


def begins_a_formula(text: str) -> bool:
    return text[:1] in FORMULA or text.strip()[:1] in FORMULA


def passes_for_a_name(canary: str) -> bool:
    return looks_like_a_name(clean(canary, 100))


def packed(limit: int, mark: str = MARK) -> list[str]:
    """The whole corpus under another mark, in texts of at most `limit` characters."""
    return _filled([], (text.replace(MARK, mark)[:limit] for text in CORPUS), limit)


def shared(corpus: list[str], limit: int) -> list[str]:
    """Texts for the fields of as many submissions: some canaries each, and each canary in one of them.

    What begins a formula stands first, for only the beginning of a cell makes it one, and what passes for a name
    stands alone, for with another it would pass no more. Longer ones than `limit` stand alone too, in their length.
    """
    names = [canary for canary in corpus if passes_for_a_name(canary)]
    formulas = [canary for canary in corpus if begins_a_formula(canary) and canary not in names]
    others = [canary for canary in corpus if canary not in names and canary not in formulas]
    return names + _filled(formulas, others, limit)


def _filled(texts: list[str], canaries: Iterable[str], limit: int) -> list[str]:
    """The longest first, each at the end of the first text that has room for it, after a blank."""
    made = list(texts)
    for canary in sorted(canaries, key=len, reverse=True):
        place = next((at for at, text in enumerate(made) if len(text) + 1 + len(canary) <= limit), None)
        if place is None:
            made.append(canary)
        else:
            made[place] += f" {canary}"
    return made
