"""Signed links: a public id and an epoch, one salt a kind, so that no token opens anything but its own door.

What goes out by mail is tied to the address it went to: once the address was corrected, whoever got the mail at the
wrong one neither owns the scorecard nor confirms or removes the right one.
"""

from dataclasses import dataclass
from typing import Literal, NamedTuple

from itsdangerous import BadData, URLSafeSerializer

Kind = Literal["resume", "owner", "share", "mailed", "not-me", "invitation", "no-more", "results", "kept"]
KINDS: tuple[Kind, ...] = ("resume", "owner", "share", "mailed", "not-me", "invitation", "no-more", "results")
"""The kinds that stand in an address; a token of kind "kept" is only ever a cookie."""


TIE_LENGTH = 16
"""Digits of an address's blind index that tie a link to it."""


class Opened(NamedTuple):
    """What a token opens: the thing's public id, the epoch of its links, and the address it is tied to, if any."""

    public_id: str
    epoch: int
    tie: str = ""


@dataclass(frozen=True)
class Links:
    """Makes and reads tokens, and spells the addresses that carry them."""

    signing_key: bytes
    public_url: str

    def token(self, kind: Kind, public_id: str, epoch: int, tie: str = "") -> str:
        """A token that opens one thing until its epoch ends; `tie` as `tie_of` makes it."""
        return str(self._serializer(kind).dumps([public_id, epoch, tie] if tie else [public_id, epoch]))

    def read(self, kind: Kind, token: str) -> Opened | None:
        """What a token opens, or None when it is forged or of another kind."""
        try:
            found = Opened(*self._serializer(kind).loads(token))
        except (BadData, ValueError, TypeError):
            return None
        return found if tuple(map(type, found)) == (str, int, str) else None

    def address(self, kind: Kind, public_id: str, epoch: int, *, tie: str = "", tail: str = "") -> str:
        """The full address that opens it; built from the configured public address only, never from a request."""
        return f"{self.public_url}/open/{kind}/{self.token(kind, public_id, epoch, tie)}{tail}"

    @staticmethod
    def tie_of(email_index: str) -> str:
        """What ties a link to the address with this blind index."""
        return email_index[:TIE_LENGTH]

    def _serializer(self, kind: Kind) -> URLSafeSerializer:
        return URLSafeSerializer(self.signing_key, salt=f"link.{kind}")
