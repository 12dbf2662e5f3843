"""Links that work once: the first admin's set-up, an invitation to set a password, a password reset.

Each is signed with a salt of its own, lasts a while, and names the state that using it ends: the account's uniquifier,
which changes with the password. So no table has to remember which links were used.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple

from itsdangerous import BadData, URLSafeSerializer

Kind = Literal["set-up", "welcome", "reset"]
LASTS: dict[Kind, timedelta] = {
    "set-up": timedelta(days=7),
    "welcome": timedelta(days=7),
    "reset": timedelta(hours=1),
}


class Named(NamedTuple):
    """The account that a link is for (0: none yet), and a digest of its uniquifier."""

    account_id: int
    state: str


def state_of(uniquifier: str) -> str:
    """What a link says of a uniquifier."""
    return hashlib.sha256(uniquifier.encode()).hexdigest()[:32]


@dataclass(frozen=True)
class OneTimeLinks:
    """Makes and reads them; addresses come from the configured public address only."""

    signing_key: bytes
    public_url: str

    def address(self, kind: Kind, now: datetime, account_id: int = 0, uniquifier: str = "") -> str:
        """The full address of a link for an account as it is now."""
        path = "set-up" if kind == "set-up" else f"password/{kind}"
        return f"{self.public_url}/{path}/{self.token(kind, now, account_id, uniquifier)}"

    def token(self, kind: Kind, now: datetime, account_id: int = 0, uniquifier: str = "") -> str:
        """The token of such a link."""
        values = [account_id, state_of(uniquifier), int(now.timestamp())]
        return str(self._serializer(kind).dumps(values))

    def read(self, kind: Kind, token: str, now: datetime) -> Named | None:
        """Whom a token is for, or None when it is forged, of another kind or too old."""
        try:
            account_id, state, made = self._serializer(kind).loads(token)
            age = now - datetime.fromtimestamp(made, UTC)
        except (BadData, ValueError, TypeError, OverflowError):
            return None
        sound = type(account_id) is int and isinstance(state, str)
        return Named(account_id, state) if sound and age < LASTS[kind] else None

    def _serializer(self, kind: Kind) -> URLSafeSerializer:
        return URLSafeSerializer(self.signing_key, salt=f"one-time.{kind}")
