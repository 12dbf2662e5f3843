"""The door to the consultants' workplace: who is signed in, which role a page needs, and nothing typed lost there.

Every view says `@needs("viewer")`, `@needs("consultant")` or `@needs("admin")`; one that does not is opened to nobody.
What somebody may not see is 404; who is not signed in is sent to sign in first, whatever the address.
"""

import hashlib
import logging
from collections.abc import Callable
from typing import Any, TypeVar, cast
from urllib.parse import quote

from flask import Blueprint, Response, abort, current_app, g, request, session

from assessment import clock
from assessment.store import sign_ins
from assessment.store.accounts import ROLES, Account, Role
from assessment.store.database import UNAVAILABLE, reading, writing
from assessment.store.sign_ins import TOUCH_EVERY, SignIn
from assessment.web.desk import BUSY, RETRY_AFTER, desk, page
from assessment.web.errors import NEVER_SHOWN, message_page, was_typed
from assessment.web.forgery import token_is_good
from assessment.web.guards import go

log = logging.getLogger(__name__)
KEY = "sign_in"
"""Where the session keeps its sign-in's key; the database knows only a hash of it."""
SIGN_IN = "/sign-in"
HOME = "/review/submissions"
_View = TypeVar("_View", bound=Callable[..., Response])


def room(name: str) -> Blueprint:
    """A blueprint of the workplace: nobody enters it without the role that the view needs."""
    blueprint = Blueprint(name, __name__, url_prefix="/review")
    blueprint.before_request(_admit)
    for kind in UNAVAILABLE:
        blueprint.register_error_handler(kind, _busy)
    return blueprint


def needs(role: Role) -> Callable[[_View], _View]:
    """Declare the least role that may use a view."""

    def declare(view: _View) -> _View:
        cast(Any, view).needs = role
        return view

    return declare


def role_needed(view: object) -> Role | None:
    """The role that a view declares, or None."""
    role: Role | None = getattr(view, "needs", None)
    return role if role in ROLES else None


def me() -> Account:
    """Who is signed in; only inside a view of the workplace."""
    return cast(Account, g.account)


def key_index(key: str) -> str:
    """What the database knows of a session's key."""
    return hashlib.sha256(key.encode()).hexdigest()


def signed_in() -> tuple[Account, SignIn] | None:
    """Who this browser is signed in as, or None once the sign-in ended; notes once a minute that it was seen."""
    key = session.get(KEY)
    if not isinstance(key, str):
        return None
    house, now = desk().house, clock.now()
    with reading(house.engine) as connection:
        found = sign_ins.find(connection, house.keyring, key_index(key), now)
    if found is not None and found[1].seen_at <= now - TOUCH_EVERY:
        with writing(house.engine) as connection:
            sign_ins.touch(connection, found[1].id, now)
    return found


def _admit() -> Response | None:
    found = signed_in()
    if found is None:
        return _sign_in_first()
    g.account, g.sign_in = found
    role = role_needed(current_app.view_functions.get(request.endpoint or ""))
    if role is None or not g.account.may(role):
        abort(404)
    if request.method == "POST" and not token_is_good():
        return _once_more("This page was open for a long time", 422)
    return None


def _busy(error: Exception) -> Response:
    """The database cannot be used just now: what was typed comes back, to be sent again."""
    log.warning("database unavailable: %s", type(error).__name__)
    response = _once_more(BUSY, 503) if request.method == "POST" else message_page(503)
    response.headers["Retry-After"] = RETRY_AFTER
    return response


def _sign_in_first() -> Response:
    if request.method == "POST":
        return _once_more("You were signed out", 403)
    return go(f"{SIGN_IN}?next={quote(request.full_path.rstrip('?'), safe='/')}")


def _once_more(heading: str, status: int) -> Response:
    """What was typed comes back with a fresh token, to be sent again; nothing stored is shown."""
    fields = tuple((name, value) for name, value in request.form.items(multi=True) if name not in NEVER_SHOWN)
    return page(
        "review/once_more.html",
        status,
        heading=heading,
        signed_out=status == 403,
        sign_in=SIGN_IN,
        action=request.path,
        typed=tuple((name, value) for name, value in fields if was_typed(value)),
        hidden=tuple((name, value) for name, value in fields if not was_typed(value)),
    )


def show(template: str, status: int = 200, *, here: str = "", **values: object) -> Response:
    """A page of the workplace: who is signed in, the place in the navigation that is `here`, and the broken edits."""
    account = me()
    faults = len(desk().house.catalogue.faults) if account.may("consultant") else 0
    return page(template, status, account=account, here=here, faults=faults, **values)
