"""The words that something is found by: without case, accents and punctuation."""

import re
import unicodedata

MOST = 200
"""Words indexed of one text."""


def words_of(text: str) -> frozenset[str]:
    """The words of a text; of an address also the whole and its domain."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    bare = "".join(character for character in plain if not unicodedata.combining(character))
    found = re.findall(r"\w+", bare)[:MOST]
    for address in re.findall(r"\S+@\S+", bare)[:MOST]:
        found += [address, address.rpartition("@")[2]]
    return frozenset(found)
