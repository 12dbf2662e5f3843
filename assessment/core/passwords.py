"""Which passwords are refused: too short, too long, built from what everybody tries first, or from one's own name.

Length is what counts; no mix of capitals, digits and signs is asked for (OWASP ASVS 5.0, 6.2.1 to 6.2.5).
"""

import re
import unicodedata
from collections.abc import Iterable

SHORTEST = 12
LONGEST = 128
"""Characters; longer ones cost the hash nothing but the form's size."""

_COMMON = frozenset(
    re.findall(
        r"\w+",
        "password passwort passw0rd pass admin administrator root user guest test login welcome willkommen "
        "hello secret letmein qwerty qwertz azerty asdf zxcv yxcv qwer dragon monkey football baseball "
        "basketball soccer hockey superman batman starwars pokemon iloveyou ilove you love lovely sunshine "
        "princess master shadow michael jordan jennifer daniel charlie thomas jessica ashley nicole summer "
        "winter spring autumn january february march april june july august september october november "
        "december monday tuesday wednesday thursday friday company office computer internet server system "
        "default changeme change temp temporary new my the me is i trustno one access killer whatever hunter "
        "ranger buster tigger cheese banana chocolate flower freedom google facebook microsoft apple samsung "
        "linkedin adobe photoshop assessment scorecard consultant consulting ",
    )
)
_FEWEST = 5
"""Different characters a password needs."""
_ROWS = ("abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "qwertzuiop", "asdfghjkl", "zxcvbnm", "yxcvbnm")
_LOOKALIKES = str.maketrans("@4310$57!", "aaeiossti")
_LONGEST_RUN = 4


def fault(password: str, own: Iterable[str] = ()) -> str | None:
    """Why a password is refused, in words to whoever chose it; None when it is good. `own` are names and addresses."""
    if len(password) < SHORTEST:
        return f"Use at least {SHORTEST} characters. A few words in a row are easy to remember."
    if len(password) > LONGEST:
        return f"Use at most {LONGEST} characters."
    bare = unicodedata.normalize("NFKC", password).casefold()
    if any(len(part) > 2 and part in bare and len(bare) - len(part) < SHORTEST for part in _parts(own)):
        return "Leave out your own name, address and firm; those are tried first."
    if _is_guessed_first(bare):
        return "This is among the first that are tried. Use a few words that do not belong together."
    return None


def _parts(own: Iterable[str]) -> set[str]:
    texts = [text.casefold() for text in own]
    return {part for text in texts for part in (text, *re.split(r"[\W_]+", text)) if part}


def _is_guessed_first(bare: str) -> bool:
    """Whether nothing worth a guess is left without repeats, keyboard runs, digits, signs and common words."""
    if len(set(bare)) < _FEWEST or _repeats(bare):
        return True
    return any(_left(form) < _FEWEST for form in (bare, bare.translate(_LOOKALIKES)))


def _repeats(text: str) -> bool:
    return any(text == (text[:size] * len(text))[: len(text)] for size in range(1, len(text) // 2 + 1))


def _left(text: str) -> int:
    """Letters that neither a common word nor a run on the keyboard accounts for."""
    plain = _without_runs(text)
    letters = re.sub(r"[\W\d_]+", " ", plain)
    for word in sorted((word for word in _COMMON if len(word) > 3), key=len, reverse=True):
        letters = letters.replace(word, " ")
    return sum(len(word) for word in letters.split() if word not in _COMMON)


def _without_runs(text: str) -> str:
    found, index = "", 0
    while index < len(text):
        length = _run(text[index:])
        if length < _LONGEST_RUN:
            found += text[index]
            index += 1
        else:
            found += " "
            index += length
    return found


def _run(text: str) -> int:
    """How many of the first characters follow one another on a keyboard or in the alphabet, either way."""
    best = 1
    for row in _ROWS:
        for line in (row, row[::-1]):
            start = line.find(text[0])
            length = 0
            while start >= 0 and length < len(text) and line[start + length : start + length + 1] == text[length]:
                length += 1
            best = max(best, length)
    return best
