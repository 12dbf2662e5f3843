"""The one place that reads the clock and draws random ids; both come in as arguments everywhere else."""

import secrets
from datetime import UTC, datetime


def now() -> datetime:
    """The present, in UTC."""
    return datetime.now(UTC)


def public_id() -> str:
    """A random id for an address: 16 characters, 96 bits."""
    return secrets.token_urlsafe(12)


def box_number() -> int:
    """A random number under which something is stored, so that its order tells nothing: 62 bits."""
    return secrets.randbelow(2**62 - 1) + 1


def submission_key() -> str:
    """A random key that makes a submission unique: 22 characters."""
    return secrets.token_urlsafe(16)
