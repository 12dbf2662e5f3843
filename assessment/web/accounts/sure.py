"""Making sure: what changes how somebody signs in, or who may, needs a recent sign-in or the password once more."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, TypeVar, cast

from flask import Response, g, request, session

from assessment import clock
from assessment.actions import signing_in
from assessment.store.sign_ins import SignIn
from assessment.web.accounts.halfway import slow_down
from assessment.web.accounts.keeper import safe
from assessment.web.desk import desk
from assessment.web.guards import go
from assessment.web.review.door import me, show

SURE = "sure_at"
LASTS = timedelta(minutes=15)
FIELD = "current_password"
_View = TypeVar("_View", bound=Callable[..., Response])


def this_browser() -> SignIn:
    """The sign-in of this browser; only inside a view of the workplace."""
    return cast(SignIn, g.sign_in)


def _is_sure(now: datetime) -> bool:
    since = session.get(SURE)
    typed = isinstance(since, int) and now.timestamp() - since < LASTS.total_seconds()
    return typed or this_browser().created_at > now - LASTS


def sure(view: _View) -> _View:
    """Ask for the password first, unless this browser signed in or was asked a short while ago."""

    @wraps(view)
    def asked(*args: Any, **kwargs: Any) -> Response:
        now = clock.now()
        if _is_sure(now):
            return view(*args, **kwargs)
        if request.method != "POST" or FIELD not in request.form:
            return _ask()
        wrong = check_password(now)
        if wrong is not None:
            return wrong
        session[SURE] = int(now.timestamp())
        return go(request.path) if request.form.get("then") == "look" else view(*args, **kwargs)

    return cast(_View, asked)


def check_password(now: datetime) -> Response | None:
    """None when the form's current password is right; otherwise what to answer."""
    house = desk().house
    tries = signing_in.take_try(house, signing_in.factor_limits(house, me().id), now)
    if tries is None:
        return slow_down()
    who = signing_in.find(house, account_id=me().id)
    if not safe().is_password(who, request.form.get(FIELD, "")):
        return _ask("This is not your password.")
    signing_in.give_back(house, tries)
    return None


def _ask(fault: str | None = None) -> Response:
    """The question, with everything that was typed kept for after it; passwords are not."""
    left_out = {"csrf_token", FIELD, "password", "again"}
    kept = [(name, value) for name, value in request.form.items(multi=True) if name not in left_out]
    if request.method != "POST":
        kept = [("then", "look")]
    status = 422 if fault else 200
    return show("account/sure.html", status, here="account", action=request.path, kept=kept, fault=fault)
