"""One spelling of a company's name, so that what the same company submitted stands together."""

import re
import unicodedata

_FORMS = frozenset(
    re.findall(
        r"\w+",
        "ab ag as asa bv co company corp corporation gmbh group holding holdings inc incorporated kg limited llc llp "
        "ltd mbh nv oy oyj plc pty sa sarl sas se spa srl the",
    )
)
"""Legal forms and fillers that people write or leave out."""
LENGTH = 200


def company_key(name: str) -> str:
    """A name without case, accents, punctuation and legal form ("Northfield Systems, Inc." -> "northfield systems").

    A name of nothing else keeps its words; one without any letter or digit gives "".
    """
    plain = unicodedata.normalize("NFKD", name).casefold()
    bare = "".join(character for character in plain if not unicodedata.combining(character))
    words = re.findall(r"\w+", bare.replace(".", ""))
    return " ".join([word for word in words if word not in _FORMS] or words)[:LENGTH]
