"""Signed links: a public id and an epoch, one salt a kind, so that no token opens anything but its own door."""

from dataclasses import dataclass
from typing import Literal

from itsdangerous import BadSignature, URLSafeSerializer

Kind = Literal["resume", "owner", "share", "mailed", "not-me"]
KINDS: tuple[Kind, ...] = ("resume", "owner", "share", "mailed", "not-me")


@dataclass(frozen=True)
class Links:
    """Makes and reads tokens, and spells the addresses that carry them."""

    signing_key: bytes
    public_url: str

    def token(self, kind: Kind, public_id: str, epoch: int) -> str:
        """A token that opens one thing until its epoch ends."""
        return str(self._serializer(kind).dumps([public_id, epoch]))

    def read(self, kind: Kind, token: str) -> tuple[str, int] | None:
        """What a token opens, or None when it is forged or of another kind."""
        try:
            public_id, epoch = self._serializer(kind).loads(token)
        except (BadSignature, ValueError, TypeError):
            return None
        return (public_id, epoch) if isinstance(public_id, str) and isinstance(epoch, int) else None

    def address(self, kind: Kind, public_id: str, epoch: int, tail: str = "") -> str:
        """The full address that opens it; built from the configured public address only, never from a request."""
        return f"{self.public_url}/open/{kind}/{self.token(kind, public_id, epoch)}{tail}"

    def _serializer(self, kind: Kind) -> URLSafeSerializer:
        return URLSafeSerializer(self.signing_key, salt=f"link.{kind}")
