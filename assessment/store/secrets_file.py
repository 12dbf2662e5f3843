"""The secrets file: made once, replaced whole, closed to others from its first byte.

No copy of the file before is kept: an old key that lies about is a leak. What a key opened must be sealed anew first.
"""

import fcntl
import hashlib
import json
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from dataclasses import replace as replace_fields
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet


class KeyFault(Exception):
    """The secrets file cannot be read, or a sealed value was not sealed with these keys."""


class Busy(Exception):
    """Somebody else is changing the secrets file just now."""


@dataclass(frozen=True, slots=True)
class SealingKey:
    """A Fernet key and when it was added; None for one from before that was written down."""

    text: str
    added: datetime | None = None

    @property
    def id(self) -> str:
        """What it is called where it must not stand: the first 8 hex digits of its SHA-256."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:8]


@dataclass(frozen=True, slots=True)
class Secrets:
    """What the file holds; the first of the sealing keys seals, all of them open.

    `coming` is the id of a key that is to be the first as soon as it is kept for good.
    """

    sealing: tuple[SealingKey, ...]
    index: bytes
    signing: bytes
    coming: str | None = None

    def with_coming(self, key: SealingKey) -> "Secrets":
        """One more key, that only opens for now."""
        return replace_fields(self, sealing=(*self.sealing, key), coming=key.id)

    def arrived(self) -> "Secrets":
        """The coming key in front; the same when there is none."""
        keys = sorted(self.sealing, key=lambda key: key.id != self.coming)
        return replace_fields(self, sealing=tuple(keys), coming=None)

    def dump(self) -> str:
        """The text of the file."""
        added = {key.id: key.added.isoformat() for key in self.sealing if key.added is not None}
        kept: dict[str, Any] = {"sealing": [key.text for key in self.sealing], "added": added}
        if self.coming is not None:
            kept["coming"] = self.coming
        return json.dumps(kept | {"index": self.index.hex(), "signing": self.signing.hex()}, indent=1)


def new_key(now: datetime | None = None) -> SealingKey:
    """A random sealing key."""
    return SealingKey(Fernet.generate_key().decode(), now)


def make(now: datetime | None = None) -> Secrets:
    """New secrets."""
    return Secrets((new_key(now),), secrets.token_bytes(32), secrets.token_bytes(32))


def read(path: Path) -> Secrets:
    """The secrets in a file; raises `KeyFault` naming what is wrong."""
    try:
        kept = json.loads(path.read_text())
        keys = tuple(_with_date(text, kept.get("added", {})) for text in kept["sealing"])
        for key in keys:
            Fernet(key.text)
        if not keys:
            raise ValueError("no sealing key")
        return Secrets(keys, bytes.fromhex(kept["index"]), bytes.fromhex(kept["signing"]), kept.get("coming"))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise KeyFault(f"cannot read the secrets file {path}: {error}") from None


def _with_date(text: str, added: dict[str, Any]) -> SealingKey:
    at = added.get(SealingKey(text).id)
    return SealingKey(text, None if at is None else datetime.fromisoformat(at))


def create(path: Path, kept: Secrets) -> bool:
    """Make the file unless there is one; of two that begin at once one wins. False when it was there."""
    if path.exists():
        return False
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    _write(draft, kept.dump(), None)
    try:
        os.link(draft, path)  # whole or not at all, and never over another
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    _settle(path.parent)
    return True


def replace(path: Path, kept: Secrets) -> None:
    """Put other secrets in the file's place, whole and durable; who may read it stays. Call it within `alone`.

    Raises `KeyFault` when it cannot be replaced: it is what it was then.
    """
    path = path.resolve()
    draft = path.with_name(f"{path.name}.new")
    try:
        _write(draft, kept.dump(), path.stat())
        os.replace(draft, path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise KeyFault(f"cannot replace the secrets file {path}: {error.strerror}") from None
    _settle(path.parent)


def _write(path: Path, text: str, like: os.stat_result | None) -> None:
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        mine = os.fstat(descriptor)
        if like is not None and (like.st_uid, like.st_gid) != (mine.st_uid, mine.st_gid):
            os.fchown(descriptor, like.st_uid, like.st_gid)  # root rotates; the service still has to read it
        if like is not None and like.st_mode & stat.S_IRGRP:
            os.fchmod(descriptor, 0o640)  # by its group, where somebody arranged that
        file.write(text)
        file.flush()
        os.fsync(descriptor)


def _settle(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Hold the file against others who would change it (kill -9 lets go too); raises `Busy` and `KeyFault`."""
    try:
        descriptor = os.open(path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise KeyFault(f"cannot hold {path} against others: {error.strerror}") from None
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy(f"another command is changing {path} just now") from None
        yield
    finally:
        os.close(descriptor)
