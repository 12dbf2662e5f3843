"""The words of mails about an account: an invitation, a link to reset the password, and that something changed.

Nothing personal stands in a subject; links were built from the configured public address and come sealed.
"""

from dataclasses import dataclass

from assessment import rendering
from assessment.actions.installation import Installation
from assessment.actions.links import Links
from assessment.delivery.letters import Written
from assessment.store.notices import Notice


@dataclass(frozen=True, slots=True)
class _Letter:
    """One kind of mail: its subject is its heading too."""

    subject: str
    paragraphs: tuple[str, ...]
    button: str
    foot: str


_LETTERS = {
    "welcome": _Letter(
        "Your account is ready to set up",
        (
            "A colleague invited you to the workplace where scorecards are read and answered.",
            "Choose a password first, then a second factor on your phone or computer. "
            "The link works once, for seven days.",
        ),
        "Set up my account",
        "You did not expect this? Ignore it; without a password nobody can use the account.",
    ),
    "reset": _Letter(
        "Set a new password",
        (
            "Somebody asked for a new password for your account. The link works once, for an hour.",
            "Your second factor stays as it is; you need it to sign in afterwards.",
        ),
        "Set a new password",
        "It was not you? Ignore this mail; your password stays as it is.",
    ),
    "password": _Letter(
        "Your password was changed",
        ("The password of your account was changed just now, and every other browser was signed out.",),
        "Sign in",
        "It was not you? Set a new password at once and tell an admin.",
    ),
    "factor": _Letter(
        "Your second factor was changed",
        ("The second factor of your account was changed just now, and every other browser was signed out.",),
        "Sign in",
        "It was not you? Set a new password at once and tell an admin.",
    ),
    "passkey": _Letter(
        "A passkey was added to your account",
        ("A device can sign in to your account from now on with its fingerprint, face or PIN.",),
        "Sign in",
        "It was not you? Remove it on the page of your account at once and tell an admin.",
    ),
}
KINDS = tuple(_LETTERS)
"""The kinds of notice that are written here."""


def account(house: Installation, links: Links, notice: Notice) -> Written | None:
    """The mail of such a notice."""
    letter = _LETTERS[notice.kind]
    return rendering.mail(
        "account",
        letter.subject,
        brand=house.settings.brand,
        paragraphs=letter.paragraphs,
        button=letter.button,
        link=notice.payload.get("link") or f"{links.public_url}/sign-in",
        foot=letter.foot,
    )
