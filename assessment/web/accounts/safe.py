"""Flask-Security's engine: argon2id, authenticator codes that work once, recovery codes encrypted at rest.

It runs in an application of its own without routes, so that its sessions, loaders and default pages do not exist on
ours: the `sign_in` row alone says who is signed in, and a respondent's request does nothing for it.
"""

import base64
import io
import secrets
import unicodedata
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import Any, cast

import qrcode
import qrcode.image.svg
from flask import Flask
from flask_security import Security, Totp, hash_password, verify_password
from passlib.exc import TokenError, UsedTokenError

from assessment.actions import signing_in
from assessment.actions.installation import Installation
from assessment.core import passwords
from assessment.store.credentials import Credentials
from assessment.web.accounts.datastore import Datastore, User

WINDOW = 30
"""Seconds that a device's clock may be off either way."""
CODES = 10
"""Recovery codes made at once."""


class OnceOnly(Totp):
    """Authenticator codes of which each time step is taken once, also by two requests that race."""

    house: Installation

    def get_last_counter(self, user: Any) -> int | None:
        """The last time step that was used."""
        return cast(User, user).known.totp_counter

    def set_last_counter(self, user: Any, tmatch: Any) -> None:
        """Take the time step; raises `UsedTokenError` when another request was faster."""
        if not signing_in.use_counter(self.house, user.id, tmatch.counter):
            raise UsedTokenError()

    def first_counter(self, code: str, secret: str) -> int | None:
        """The time step of a code of a secret that no account uses yet, or None."""
        try:
            return int(self._totp.verify(code, secret, window=WINDOW).counter)
        except TokenError:
            return None

    def generate_qrcode(self, username: str, totp: str) -> str:
        """The picture an app scans, black on white in dark mode too, as a data address."""
        made = qrcode.make(
            self.get_totp_uri(username, totp), image_factory=qrcode.image.svg.SvgPathFillImage, box_size=8
        )
        file = io.BytesIO()
        made.save(file)
        return f"data:image/svg+xml;base64,{base64.b64encode(file.getvalue()).decode()}"


class Safe:
    """What signing in asks of Flask-Security; one an installation."""

    def __init__(self, house: Installation) -> None:
        self._app, self._house = _engine(house), house
        self._datastore = Datastore(house)
        self._security = Security(self._app, self._datastore, register_blueprint=False, totp_cls=OnceOnly)
        self._totp.house = house
        with self._app.app_context():
            self._nobody = _nobody()

    @property
    def _totp(self) -> OnceOnly:
        return cast(OnceOnly, self._security.totp_factory)

    def hash(self, password: str) -> str:
        """The argon2id hash of a password."""
        with self._app.app_context():
            return hash_password(_one_spelling(password))

    def fault(self, password: str, own: Iterable[str]) -> str | None:
        """Why a new password is refused, or None; `own` are the names and addresses it must not be made of."""
        return passwords.fault(_one_spelling(password), (*own, self._house.settings.firm))

    def is_password(self, who: Credentials | None, password: str) -> bool:
        """Whether this is the account's password; as slow for nobody. A hash of older settings is made anew."""
        given = _one_spelling(password)[: passwords.LONGEST + 1]
        with self._app.app_context():
            if who is None or who.password is None:
                verify_password(given, self._nobody)
                return False
            good = User(who).verify_and_update_password(given)
            self._datastore.commit()
            return bool(good)

    def new_secret(self) -> str:
        """A new secret for an authenticator app, encrypted."""
        return self._totp.generate_totp_secret()

    def to_set_up(self, who: Credentials, secret: str) -> dict[str, str]:
        """What shows a secret to its owner: `image` (a data address) and `key` (to type)."""
        with self._app.app_context():
            shown = self._totp.fetch_setup_values(secret, User(who))
        return {"image": shown["image"], "key": shown["key"]}

    def first_counter(self, code: str, secret: str) -> int | None:
        """The time step of the first code of a new secret, or None when it does not fit."""
        return self._totp.first_counter(_digits(code), secret)

    def is_code(self, who: Credentials, code: str) -> bool:
        """Whether this is the app's code of now; it is used up then."""
        if who.totp_secret is None:
            return False
        return bool(self._totp.verify_totp(_digits(code), who.totp_secret, User(who), window=WINDOW))

    def new_codes(self) -> tuple[list[str], list[str]]:
        """New recovery codes, and the same encrypted."""
        util = self._security.mf_recovery_codes_util
        codes = self._totp.generate_recovery_codes(CODES)
        return codes, util._encrypt_codes(codes)

    def is_recovery_code(self, who: Credentials, code: str, now: datetime) -> bool:
        """Whether this is one of the recovery codes; it is used up then."""
        given = "".join(character for character in code.lower() if character in "0123456789abcdef")
        with self._app.app_context():
            known = self._security.mf_recovery_codes_util._decrypt_codes(list(who.recovery_codes))
        for index, good in enumerate(known):
            if secrets.compare_digest(good.replace("-", ""), given):
                return signing_in.use_recovery_code(self._house, who, index, now)
        return False


@cache
def _nobody() -> str:
    """The hash that is looked at for who has no account or password: an answer takes as long for everybody."""
    return hash_password(secrets.token_hex())


def _one_spelling(password: str) -> str:
    return unicodedata.normalize("NFKC", password)


def _digits(code: str) -> str:
    return "".join(character for character in code if character.isdecimal() and character.isascii())


def _engine(house: Installation) -> Flask:
    """The application that only Flask-Security lives in; its keys come from the installation's secrets."""
    derived = house.keyring.derived
    app = Flask("assessment.safe", static_folder=None, template_folder=None)
    app.secret_key = derived("safe")
    app.config.update(
        SECURITY_PASSWORD_HASH="argon2",  # noqa: S106
        SECURITY_PASSWORD_SCHEMES=["argon2"],
        SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS={
            "argon2__type": "ID",
            "argon2__memory_cost": 48 * 1024,
            "argon2__time_cost": 2,
            "argon2__parallelism": 1,
        },
        SECURITY_PASSWORD_SALT=derived("password").hex(),
        SECURITY_TWO_FACTOR=True,
        SECURITY_TWO_FACTOR_ENABLED_METHODS=["authenticator"],
        SECURITY_TOTP_SECRETS={"1": derived("totp").hex()},
        SECURITY_TOTP_ISSUER=house.settings.firm.replace(":", " "),
        SECURITY_MULTI_FACTOR_RECOVERY_CODES=True,
        SECURITY_MULTI_FACTOR_RECOVERY_CODES_KEYS=[base64.urlsafe_b64encode(derived("recovery"))],
        SECURITY_REGISTERABLE=False,
        SECURITY_EMAIL_VALIDATOR_ARGS={"check_deliverability": False},
    )
    return app
