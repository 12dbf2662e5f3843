"""Mail addresses: which can be mailed, and the one spelling that stands for every spelling of a mailbox."""

import re

LONGEST = 254
"""Characters of an address (RFC 5321 as corrected)."""

# Controls, the line and paragraph separators, and lone surrogates: each can end a header somewhere on the way.
BREAKING = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_LOCAL = re.compile(r"(?=.{1,64}$)[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOMAIN = re.compile(r"(?=.{1,253}$)([A-Za-z0-9](-*[A-Za-z0-9])*\.)*[A-Za-z0-9](-*[A-Za-z0-9])*")


class AddressFault(ValueError):
    """Not one plain address that any mail server takes."""


def parts(text: str) -> tuple[str, str]:
    """Local part and domain of exactly one plain address, the domain in ASCII; raises `AddressFault`."""
    if BREAKING.search(text) or len(text) > LONGEST or text.count("@") != 1:
        raise AddressFault("the e-mail address is not one plain address")
    local, domain = text.split("@")
    try:
        ascii_domain = domain.encode("idna").decode()
    except UnicodeError:
        raise AddressFault("the e-mail address has an impossible domain") from None
    if not _LOCAL.fullmatch(local) or not _DOMAIN.fullmatch(ascii_domain):
        raise AddressFault("the e-mail address is not one plain address")
    return local, ascii_domain


def mailbox(text: str) -> str:
    """One spelling for all that reach a mailbox: lower case, ASCII domain, without a "+tag".

    Limits and refusals hold for the mailbox: full-width letters in the domain or a tag must not get round them. What
    is no address is only lower-cased.
    """
    plain = text.strip()
    try:
        local, domain = parts(plain)
    except AddressFault:
        return plain.lower()
    return f"{local.partition('+')[0] or local}@{domain}".lower()
