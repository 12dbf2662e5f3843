"""CSRF by hand, so that a page whose token expired comes back with everything that was typed."""

from flask import abort, current_app, request
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


def refuse_foreign() -> None:
    """Refuse a form that another site's page sent, before anything of it is read, shown again or signed.

    Handed back with a fresh token, its fields would need but a press; and as browsers leave our cookies out of it, the
    session that such a page begins would take the place of the one somebody is signed in with.
    """
    if is_foreign():
        abort(403)


def is_foreign() -> bool:
    """Whether the browser says that another site's page sent this form."""
    return request.method == "POST" and request.headers.get("Sec-Fetch-Site") in {"cross-site", "same-site"}


def require_token() -> None:
    """Refuse a POST without a good token; for buttons, where nothing typed can be lost."""
    if not token_is_good():
        abort(400)


EXPIRED = "This page was open for a long time"
"""Heading of the error summary when the token expired."""
