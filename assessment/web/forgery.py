"""CSRF by hand, so that a page whose token expired comes back with everything that was typed."""

from flask import abort, current_app
from flask_wtf.csrf import CSRFError, CSRFProtect

protection = CSRFProtect()


def token_is_good() -> bool:
    """Whether this POST carries a good token of this browser's session."""
    if not current_app.config.get("WTF_CSRF_ENABLED", True):
        return True
    try:
        protection.protect()
    except CSRFError:
        return False
    return True


def require_token() -> None:
    """Refuse a POST without a good token; for buttons, where nothing typed can be lost."""
    if not token_is_good():
        abort(400)


EXPIRED = "This page was open for a long time"
"""Heading of the error summary when the token expired."""
