"""What Flask-Security sees of our accounts: plain users filled from a row, written back in one short transaction.

No ORM session stays open, so nothing of ours ever waits for it.
"""

from typing import Any

from flask import g
from flask_security import RoleMixin, UserDatastore, UserMixin

from assessment.actions.installation import Installation
from assessment.store import credentials
from assessment.store.credentials import Credentials
from assessment.store.database import reading, writing

_COLUMNS = {
    "fs_uniquifier": "uniquifier",
    "password": "password",
    "tf_primary_method": "two_factor",
    "tf_totp_secret": "totp_secret",
    "mf_recovery_codes": "recovery_codes",
    "fs_webauthn_user_handle": "passkey_handle",
}
"""Flask-Security's name of what it may change, and ours."""


class Role(RoleMixin):
    """Flask-Security asks for one; what somebody may do is decided at the workplace's door."""


class User(UserMixin):
    """An account as Flask-Security handles it."""

    fs_uniquifier = ""  # Flask-Security asks the class whether it has one

    def __init__(self, known: Credentials) -> None:
        self.known = known
        self.id, self.email, self.active = known.id, known.email, known.active
        self.fs_uniquifier, self.password = known.uniquifier, known.password
        self.tf_primary_method, self.tf_totp_secret = known.two_factor, known.totp_secret
        self.mf_recovery_codes = list(known.recovery_codes)
        self.fs_webauthn_user_handle = known.passkey_handle or ""
        self.roles = []

    def changed(self) -> dict[str, Any]:
        """The columns whose values are no longer those that were read."""
        now = {column: getattr(self, name) for name, column in _COLUMNS.items()}
        now["recovery_codes"], now["passkey_handle"] = tuple(now["recovery_codes"] or ()), now["passkey_handle"] or None
        return {column: value for column, value in now.items() if value != getattr(self.known, column)}


class Datastore(UserDatastore):
    """Finds users, and writes what `put` marked in this application context when `commit` is called."""

    def __init__(self, house: Installation) -> None:
        super().__init__(User, Role)
        self._house = house

    def find_user(self, case_insensitive: bool = False, **kwargs: Any) -> User | None:
        """The user with this `email`, `id` or `fs_uniquifier`; raises `LookupError` for another key."""
        ((key, value),) = kwargs.items()
        finders: dict[str, Any] = {
            "email": credentials.by_email,
            "id": credentials.by_id,
            "fs_uniquifier": credentials.by_uniquifier,
        }
        if key not in finders:
            raise LookupError(f"accounts are not found by {key}")
        with reading(self._house.engine) as connection:
            known = finders[key](connection, self._house.keyring, value)
        return None if known is None else User(known)

    def find_role(self, role: str) -> Role | None:
        """There are none here."""
        return None

    def put(self, model: User) -> User:
        """Remember that a user changed."""
        g.setdefault("marked", []).append(model)
        return model

    def delete(self, model: User) -> None:
        """Accounts are never deleted, only ended: the audit log names them."""
        raise TypeError("accounts are ended, never deleted")

    def commit(self) -> None:
        """Write what changed in one transaction."""
        marked: list[User] = g.pop("marked", [])
        changes = [(user.id, user.changed()) for user in marked]
        if any(values for _, values in changes):
            with writing(self._house.engine) as connection:
                for id_, values in changes:
                    credentials.store(connection, id_, values)
