"""Signing in: address and password, then the second factor or a recovery code. What failed is said in one sentence."""

from flask import Blueprint, Response, request, session

from assessment import clock
from assessment.actions import signing_in
from assessment.core.mail_address import LONGEST
from assessment.web.accounts.halfway import Halfway, arrive, destination, halfway, set_out, slow_down
from assessment.web.accounts.keeper import safe
from assessment.web.address import network
from assessment.web.desk import desk, page
from assessment.web.forgery import EXPIRED, token_is_good
from assessment.web.guards import go
from assessment.web.review.door import SIGN_IN, signed_in

blueprint = Blueprint("entrance", __name__)
CODE, SET_UP = "/sign-in/code", "/sign-in/second-factor"
SECRET = "secret"  # noqa: S105
"""Where the session keeps, encrypted, the secret of an app that is being set up."""
WRONG = "This address and password do not open an account"
WRONG_CODE = "This code does not fit"
_TOLD = {
    "out": "You are signed out.",
    "password": "The password is set. Sign in with it.",
}


def sign_in_page(status: int = 200, **values: object) -> Response:
    """The form, with what a try got wrong and what was typed but passwords."""
    from assessment.web.accounts import ceremony  # respondents need no passkeys: the web server starts without

    shown: dict[str, object] = {"email": "", "fault": None, "advice": None, "told": None, "then": "", **values}
    return page("account/sign_in.html", status, options=ceremony.to_sign_in(), **shown)


@blueprint.get("/sign-in")
def sign_in() -> Response:
    """The form; who is signed in goes on."""
    then = destination(request.args.get("next"))
    if signed_in() is not None:
        return go(then)
    return sign_in_page(then=then, told=_TOLD.get(request.args.get("told", "")))


@blueprint.post("/sign-in")
def try_sign_in() -> Response:
    """Take address and password to the second step; for all that fails the same answer after the same time."""
    email, then = request.form.get("email", "").strip()[:LONGEST], destination(request.form.get("next"))
    if not token_is_good():
        return sign_in_page(422, email=email, then=then, fault=EXPIRED, advice="Please sign in again.")
    house, now = desk().house, clock.now()
    tries = signing_in.take_try(house, signing_in.sign_in_limits(house, email, network()), now)
    if tries is None:
        return slow_down()
    who = signing_in.find(house, email=email)
    good = safe().is_password(who, request.form.get("password", ""))
    if who is None or not good or not who.active:
        signing_in.note_failure(house, who.id if who else 0, "sign_in.failed", now)
        advice = "Check both and try again. Nobody here can see your password; you can set a new one."
        return sign_in_page(422, email=email, then=then, fault=WRONG, advice=advice)
    signing_in.give_back(house, tries)
    set_out(who, then)
    return go(CODE if who.two_factor else SET_UP)


def _code_page(status: int = 200, *, recovery: bool, fault: str | None = None) -> Response:
    return page("account/recovery.html" if recovery else "account/code.html", status, fault=fault)


@blueprint.get("/sign-in/code", defaults={"recovery": False})
@blueprint.get("/sign-in/recovery-code", defaults={"recovery": True})
def code(recovery: bool) -> Response:
    """Ask for the authenticator app's code, or for a recovery code."""
    half = halfway()
    if half is None or not half.who.two_factor:
        return go(SIGN_IN)
    return _code_page(recovery=recovery)


@blueprint.post("/sign-in/code", defaults={"recovery": False})
@blueprint.post("/sign-in/recovery-code", defaults={"recovery": True})
def try_code(recovery: bool) -> Response:
    """A right code, used for the first time, signs in."""
    half = halfway()
    if half is None or not half.who.two_factor:
        return go(SIGN_IN)
    if not token_is_good():
        return _code_page(422, recovery=recovery, fault=EXPIRED)
    house, now, who = desk().house, clock.now(), half.who
    tries = signing_in.take_try(house, signing_in.factor_limits(house, who.id), now)
    if tries is None:
        return slow_down()
    given = request.form.get("code", "")[:60]
    good = safe().is_recovery_code(who, given, now) if recovery else safe().is_code(who, given)
    if not good:
        signing_in.note_failure(house, who.id, "sign_in.failed", now)
        return _code_page(422, recovery=recovery, fault=WRONG_CODE)
    signing_in.give_back(house, tries)
    arrive(who)
    return go(half.then)


def _set_up_page(half: Halfway, status: int = 200, fault: str | None = None) -> Response:
    secret = session.get(SECRET) or safe().new_secret()
    session[SECRET] = secret
    return page("account/set_up_app.html", status, fault=fault, **safe().to_set_up(half.who, secret))


@blueprint.get("/sign-in/second-factor")
def set_up() -> Response:
    """Show the secret of a new authenticator app, as a picture and as text."""
    half = halfway()
    if half is None or half.who.two_factor:
        return go(CODE if half else SIGN_IN)
    return _set_up_page(half)


@blueprint.post("/sign-in/second-factor")
def try_set_up() -> Response:
    """The app's first code proves that it works: keep it, sign in, and show the recovery codes this once."""
    half = halfway()
    if half is None or half.who.two_factor:
        return go(CODE if half else SIGN_IN)
    if not token_is_good():
        return _set_up_page(half, 422, EXPIRED)
    secret = str(session.get(SECRET) or "")
    counter = safe().first_counter(request.form.get("code", "")[:60], secret) if secret else None
    if counter is None:
        return _set_up_page(half, 422, WRONG_CODE)
    codes, sealed = safe().new_codes()
    signing_in.set_second_factor(
        desk().house, half.who, secret=secret, counter=counter, codes=sealed,
        message_id=desk().message_id(), now=clock.now(),
    )  # fmt: skip
    arrive(half.who)
    return page("account/codes.html", codes=codes, then=half.then)
