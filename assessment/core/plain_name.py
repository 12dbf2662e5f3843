"""Whether a typed name or company may be printed on a document that goes to an address nobody has confirmed."""

import re
import unicodedata

LONGEST = 60
"""Characters; a longer text is a message, not a name."""

_SEPARATORS = frozenset(" .'’-&,")
_MOST_DIGITS = 4  # "Studio 2026" is a name, a run of five or more is somebody's telephone
_ENDINGS = r"com|net|org|info|biz|io|ru|cn|xyz|top|shop|site|online|click|link|live|club|app|dev|co|me|tk|ly|gl|gg|to"
_ADDRESS = re.compile(rf"\bwww\b|\bhttps?\b|\w\.({_ENDINGS})(\b|$)|\w\.[a-z]{{2,3}}\.[a-z]{{2}}\b", re.IGNORECASE)


def looks_like_a_name(text: str) -> bool:
    """Short, of letters, a few digits and the marks names have; no address, no link, no telephone number."""
    if not text.strip() or len(text) > LONGEST or _ADDRESS.search(text):
        return False
    if sum(character.isdigit() for character in text) > _MOST_DIGITS:
        return False
    kinds = [unicodedata.category(character)[0] for character in text]
    plain = all(kind in "LMN" or character in _SEPARATORS for kind, character in zip(kinds, text, strict=True))
    return plain and "L" in kinds
