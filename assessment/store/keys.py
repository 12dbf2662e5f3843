"""The installation's secrets: encryption at rest, the blind index, and the keys links are signed with."""

import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from assessment.core.mail_address import mailbox


class KeyFault(Exception):
    """The secrets file cannot be read, or a sealed value was not sealed with these keys."""


@dataclass(frozen=True)
class Keyring:
    """Seals text and bytes (newest key first), and finds an address without storing it in clear."""

    sealing: MultiFernet
    index_key: bytes
    signing_key: bytes

    def seal(self, text: str) -> bytes:
        """Encrypt a text."""
        return self.sealing.encrypt(text.encode())

    def open(self, sealed: bytes) -> str:
        """Decrypt a text; raises `KeyFault` when it was sealed with other keys."""
        return self.open_bytes(sealed).decode()

    def seal_bytes(self, content: bytes) -> bytes:
        """Encrypt bytes."""
        return self.sealing.encrypt(content)

    def open_bytes(self, sealed: bytes) -> bytes:
        """Decrypt bytes; raises `KeyFault`."""
        try:
            return self.sealing.decrypt(sealed)
        except InvalidToken:
            raise KeyFault("a stored value was sealed with keys that are not in the secrets file") from None

    def index(self, email: str) -> str:
        """The blind index of an address: HMAC-SHA256 of its mailbox's one spelling, 64 hex digits."""
        return hmac.new(self.index_key, mailbox(email).encode("utf-8", "replace"), hashlib.sha256).hexdigest()

    def word(self, word: str) -> str:
        """The blind index of one search word, 16 hex digits; of another key than an address's."""
        return hmac.new(self.index_key, b"word:" + word.encode("utf-8", "replace"), hashlib.sha256).hexdigest()[:16]

    def subject(self, text: str) -> str:
        """A keyed hash of what attempts are counted by (an address, a network), 64 hex digits."""
        return hmac.new(self.index_key, b"subject:" + text.encode("utf-8", "replace"), hashlib.sha256).hexdigest()

    def derived(self, purpose: str) -> bytes:
        """A key of 32 bytes for one purpose, by HMAC-SHA256 from the signing key; no key tells another."""
        return hmac.new(self.signing_key, b"derived:" + purpose.encode(), hashlib.sha256).digest()


def make_secrets() -> str:
    """New secrets, as the text of the secrets file."""
    return json.dumps(
        {
            "sealing": [Fernet.generate_key().decode()],
            "index": secrets.token_hex(32),
            "signing": secrets.token_hex(32),
        },
        indent=1,
    )


def read_keyring(path: Path) -> Keyring:
    """The keyring in a secrets file; raises `KeyFault` naming what to do."""
    try:
        kept = json.loads(path.read_text())
        sealing = MultiFernet([Fernet(key) for key in kept["sealing"]])
        return Keyring(sealing, bytes.fromhex(kept["index"]), bytes.fromhex(kept["signing"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise KeyFault(f"cannot read the secrets file {path}: {error}") from None
