"""Passwords and authenticator secrets are sealed as cheaply as can be where a test is about something else.

What is shipped costs a tenth of a second a password and a fiftieth a code, on purpose. A test gets it that asks for
`as_shipped`: in `tests/web/accounts/test_sign_in.py` what is about the price itself and about how long an answer takes,
and in `tests/attacks/test_enumeration.py` what counts the hashes.
"""

from functools import cache
from typing import Any

import pytest
from flask import Flask
from passlib.totp import AppWallet

from assessment.actions.installation import Installation
from assessment.web.accounts import safe

_shipped_engine = safe._engine
_cheap_nobody = cache(safe._nobody.__wrapped__)
"""A cache of its own: the hash that stands for nobody is never of another price than everybody's."""


def _cheap_engine(house: Installation) -> Flask:
    app = _shipped_engine(house)
    options: dict[str, Any] = app.config["SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS"]
    assert {"argon2__memory_cost", "argon2__time_cost"} <= options.keys()
    options.update(argon2__memory_cost=8, argon2__time_cost=1)  # the least that argon2 takes
    return app


@pytest.fixture
def as_shipped() -> None:
    """A test that asks for this hashes passwords and seals secrets with the parameters that are shipped."""


@pytest.fixture(autouse=True)
def cheap_hashing(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The cheapest parameters of the same algorithms, for all tests that do not ask for `as_shipped`."""
    if "as_shipped" in request.fixturenames:
        return
    monkeypatch.setattr(safe, "_engine", _cheap_engine)
    monkeypatch.setattr(safe, "_nobody", _cheap_nobody)
    monkeypatch.setattr(AppWallet, "encrypt_cost", 1)
