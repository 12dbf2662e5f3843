"""The installation's secrets: encryption at rest, the blind index, and the keys links are signed with."""

import base64
import hashlib
import hmac
import logging
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from assessment.core.mail_address import mailbox
from assessment.store import secrets_file
from assessment.store.secrets_file import KeyFault as KeyFault
from assessment.store.secrets_file import SealingKey

log = logging.getLogger(__name__)
_MAC_BYTES = 32
_Stamp = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class _Known:
    """The sealing keys as the file held them when it looked like `stamp`."""

    stamp: _Stamp
    keys: tuple[SealingKey, ...]
    sealing: MultiFernet


class Keyring:
    """Seals text and bytes (newest key first), and finds an address without storing it in clear.

    Sealing keys may be added and dropped while we run: each sealing looks whether the file is another, and so does
    opening once a value does not open. The index and the signing key stay what they were.
    """

    def __init__(self, path: Path) -> None:
        """Read the file; raises `KeyFault`."""
        self._path = path
        self._known = self._read()
        self._told: _Stamp | None = self._known.stamp
        """The file as it was last read, or told of as unreadable; None: not even looked at."""
        kept = secrets_file.read(path)
        self.index_key, self.signing_key = kept.index, kept.signing

    def _stamp(self) -> _Stamp:
        there = self._path.stat()
        return there.st_mtime_ns, there.st_ino, there.st_size

    def _read(self) -> _Known:
        try:
            stamp = self._stamp()  # before reading: what is written in between is read the next time
        except OSError as error:
            raise KeyFault(f"cannot read the secrets file {self._path}: {error}") from None
        keys = secrets_file.read(self._path).sealing
        return _Known(stamp, keys, MultiFernet([Fernet(key.text) for key in keys]))

    def _fresh(self) -> _Known:
        """The keys as the file holds them now; those known as long as it cannot be read, which is logged once."""
        known, stamp = self._known, None
        try:
            stamp = self._stamp()
            if stamp != known.stamp:
                known = self._known = self._read()
        except (OSError, KeyFault) as error:
            if stamp != self._told:
                self._told = stamp
                log.error("the secrets file %s cannot be read: the keys known before seal on (%s)",
                          self._path, type(error).__name__)  # fmt: skip
            return known
        self._told = known.stamp
        return known

    def seal(self, text: str) -> bytes:
        """Encrypt a text."""
        return self.seal_bytes(text.encode())

    def seal_at(self, text: str, at: datetime) -> bytes:
        """Encrypt a text, with another time beside it than the present, which would stand there in clear."""
        return self._fresh().sealing.encrypt_at_time(text.encode(), int(at.timestamp()))

    def open(self, sealed: bytes) -> str:
        """Decrypt a text; raises `KeyFault` when it was sealed with other keys."""
        return self.open_bytes(sealed).decode()

    def seal_bytes(self, content: bytes) -> bytes:
        """Encrypt bytes."""
        return self._fresh().sealing.encrypt(content)

    def open_bytes(self, sealed: bytes) -> bytes:
        """Decrypt bytes; raises `KeyFault`."""
        before = self._known
        try:
            return before.sealing.decrypt(sealed)
        except InvalidToken:
            known = self._fresh()
        try:
            if known is not before:
                return known.sealing.decrypt(sealed)
        except InvalidToken:
            pass
        raise KeyFault("a stored value was sealed with keys that are not in the secrets file")

    def opens(self, sealed: bytes) -> bool:
        """Whether a value was sealed with one of these keys."""
        return self.key_of(sealed) is not None

    def reseal(self, sealed: bytes) -> bytes:
        """The same content under the newest key, with the time it was first sealed at; raises `KeyFault`."""
        try:
            return self._fresh().sealing.rotate(sealed)
        except InvalidToken:
            raise KeyFault("a stored value was sealed with keys that are not in the secrets file") from None

    def key_of(self, sealed: bytes) -> str | None:
        """The id of the key that sealed a value, by its HMAC and without decrypting it; None for none of ours."""
        try:
            token = base64.urlsafe_b64decode(sealed)
        except ValueError:
            return None
        said, mac = token[:-_MAC_BYTES], token[-_MAC_BYTES:]
        for key in self._fresh().keys:
            half = base64.urlsafe_b64decode(key.text)[:16]  # Fernet: the first half signs, the second encrypts
            if hmac.compare_digest(hmac.digest(half, said, "sha256"), mac):
                return key.id
        return None

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


def read_keyring(path: Path) -> Keyring:
    """The keyring in a secrets file; raises `KeyFault` naming what to do."""
    return Keyring(path)
