"""What respondents type: cleaned once at input, and softened where a report sets it in lines."""

import unicodedata
from collections.abc import Iterator

MOST_MARKS = 4
"""Combining marks kept on one letter; no language needs more, and towers of them stall a typesetter."""

LONGEST_RUN = 30
"""Characters without a break opportunity; longer words cost a typesetter quadratic time."""

BREAK = "\u200b"
"""Zero width space: a line may end here."""

_JOINERS = frozenset("\u200c\u200d")  # Persian, Indic scripts and emoji are spelled with them
_MARKS = frozenset(("Mn", "Me"))


def clean(text: str, limit: int) -> str:
    """NFC, one line, at most `limit` characters: no controls, bidi overrides, lone surrogates or towers of marks."""
    # Cut before normalising as well: what comes in may be far larger than what may stay.
    known = "".join(_known(character) for character in text[: limit * 8])
    collapsed = " ".join(unicodedata.normalize("NFC", known).split())
    return "".join(_few_marks(collapsed))[:limit].rstrip()


def clean_lines(text: str, limit: int) -> str:
    """Each line as `clean` has it, runs of blank lines as one: "\\n" ends a line, "\\n\\n" a paragraph."""
    ends = text[: limit * 8].replace("\r\n", "\n").replace("\r", "\n")
    lines = [clean(line, limit) for line in ends.split("\n")]
    kept = [line for line, before in zip(lines, ["", *lines], strict=False) if line or before]
    return "\n".join(kept)[:limit].rstrip()


def _known(character: str) -> str:
    """The character, a blank for white space and controls, nothing for what is invisible or no character."""
    kind = unicodedata.category(character)
    if kind in {"Cc", "Zs", "Zl", "Zp"}:
        return " "
    return character if kind[0] != "C" or character in _JOINERS else ""


def _few_marks(text: str) -> Iterator[str]:
    marks = 0
    for character in text:
        marks = marks + 1 if unicodedata.category(character) in _MARKS else 0
        if marks <= MOST_MARKS:
            yield character


def soften(text: str) -> str:
    """The text with a break opportunity in every unbroken run longer than `LONGEST_RUN`; a letter keeps its marks."""
    return "".join(_with_breaks(text))


def _with_breaks(text: str) -> Iterator[str]:
    run, joined = 0, False
    for character in text:
        mark = unicodedata.category(character) in {"Mn", "Me", "Mc"} or character == "\u200d"
        run = 0 if character.isspace() or character == BREAK else run + 1
        if run > LONGEST_RUN and not mark and not joined:
            yield BREAK
            run = 1
        joined = character == "\u200d"
        yield character
