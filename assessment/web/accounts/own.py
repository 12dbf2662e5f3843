"""One's own account: name and mails, password, second factor, recovery codes, signed-in browsers, signing out."""

from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Response, request, session

from assessment import clock
from assessment.actions import signing_in
from assessment.core.typed_text import clean
from assessment.rendering import day
from assessment.store import passkeys, sign_ins
from assessment.store.accounts import NOTIFY
from assessment.store.credentials import Credentials
from assessment.store.database import reading
from assessment.web.accounts.entrance import SECRET, WRONG_CODE
from assessment.web.accounts.halfway import slow_down
from assessment.web.accounts.keeper import safe
from assessment.web.accounts.keys import LONGEST_NAME, new_password_faults
from assessment.web.accounts.sure import FIELD, sure, this_browser
from assessment.web.desk import desk
from assessment.web.guards import go
from assessment.web.review.door import SIGN_IN, me, needs, room, show

blueprint = room("own")
ACCOUNT = "/review/account"
_TOLD = {
    "saved": "Saved.",
    "password": "Your password is changed. Every other browser was signed out.",
    "passkey": "The passkey is added. You can sign in with it from now on.",
    "passkey-gone": "The passkey is removed. Remove it from the device too.",
    "browser": "That browser is signed out.",
    "browsers": "Every other browser is signed out.",
}


def own_credentials() -> Credentials:
    """What who is signed in signs in with."""
    who = signing_in.find(desk().house, account_id=me().id)
    if who is None:
        raise LookupError("who is signed in has an account")
    return who


def _there(moment: datetime | None) -> str:
    """A moment in the firm's time zone, such as "14 November 2026, 09:30"; empty for none."""
    if moment is None:
        return ""
    there = moment.astimezone(ZoneInfo(desk().house.settings.time_zone))
    return f"{day(there)}, {there:%H:%M}"


def _account_page(status: int = 200, **values: object) -> Response:
    house, who, now = desk().house, own_credentials(), clock.now()
    with reading(house.engine) as connection:
        browsers = sign_ins.alive(connection, who.id, now)
        keys = passkeys.of_account(connection, house.keyring, who.id)
    shown: dict[str, object] = {"called": who.name, "notify": me().notify, "wrong": [], **values}
    return show(
        "review/account.html",
        status,
        here="account",
        email=who.email,
        codes_left=len(who.recovery_codes),
        two_factor=bool(who.two_factor),
        browsers=[(one, _there(one.created_at), _there(one.seen_at)) for one in browsers],
        passkeys=[(one, _there(one.created_at), _there(one.used_at)) for one in keys],
        this=this_browser().id,
        told=_TOLD.get(request.args.get("told", "")),
        **shown,
    )


@blueprint.get("/account")
@needs("viewer")
def account() -> Response:
    """Everything about one's own account."""
    return _account_page()


@blueprint.post("/account")
@needs("viewer")
def save() -> Response:
    """Change one's name and which mails come."""
    name, notify = clean(request.form.get("name", ""), LONGEST_NAME), request.form.get("notify", "")
    faults = [] if name else [("name", "Enter your name.")]
    if notify not in NOTIFY:
        faults.append(("notify", "Choose when mails about new submissions come."))
    if faults:
        return _account_page(422, wrong=faults, called=name, notify=notify)
    signing_in.set_own(desk().house, me().id, name=name, notify=notify, now=clock.now())
    return go(f"{ACCOUNT}?told=saved")


@blueprint.route("/account/password", methods=["GET", "POST"])
@needs("viewer")
def change_password() -> Response:
    """Change the password with the current one; other browsers are signed out."""
    if request.method != "POST":
        return show("account/change.html", here="account", wrong=[], email=me().email)
    house, now, who = desk().house, clock.now(), own_credentials()
    tries = signing_in.take_try(house, signing_in.factor_limits(house, who.id), now)
    if tries is None:
        return slow_down()
    faults = []
    if safe().is_password(who, request.form.get(FIELD, "")):
        signing_in.give_back(house, tries)
    else:
        faults = [(FIELD, "This is not your current password.")]
    chosen, more = new_password_faults((who.name, who.email))
    if faults or more:
        return show("account/change.html", 422, here="account", wrong=faults + more, email=who.email)
    signing_in.set_password(
        house, who, password=safe().hash(chosen), uniquifier=clock.submission_key(),
        message_id=desk().message_id(), now=now, keep=this_browser().id, action="password.changed",
    )  # fmt: skip
    return go(f"{ACCOUNT}?told=password")


@blueprint.route("/account/second-factor", methods=["GET", "POST"])
@needs("viewer")
@sure
def second_factor() -> Response:
    """Set up another authenticator app; the old one works until the new one's first code was right."""
    who, fault = own_credentials(), None
    secret = str(session.get(SECRET) or safe().new_secret())
    session[SECRET] = secret
    if request.method == "POST" and "code" in request.form:
        counter = safe().first_counter(request.form["code"][:60], secret)
        if counter is not None:
            return _use_app(who, secret, counter)
        fault = WRONG_CODE
    shown = safe().to_set_up(who, secret)
    return show("account/another_app.html", 422 if fault else 200, here="account", fault=fault, **shown)


def _use_app(who: Credentials, secret: str, counter: int) -> Response:
    codes, sealed = safe().new_codes()
    signing_in.set_second_factor(
        desk().house, who, secret=secret, counter=counter, codes=sealed,
        message_id=desk().message_id(), now=clock.now(), keep=this_browser().id,
    )  # fmt: skip
    session.pop(SECRET, None)
    return show("account/new_codes.html", here="account", codes=codes)


@blueprint.post("/account/recovery-codes")
@needs("viewer")
@sure
def recovery_codes() -> Response:
    """Make new recovery codes and show them this once; the old ones end."""
    codes, sealed = safe().new_codes()
    signing_in.set_recovery_codes(desk().house, me().id, sealed, clock.now())
    return show("account/new_codes.html", here="account", codes=codes)


@blueprint.post("/account/browsers/<int:id_>/end")
@needs("viewer")
def end_browser(id_: int) -> Response:
    """Sign another browser out."""
    if id_ != this_browser().id:
        signing_in.end(desk().house, me().id, clock.now(), only=id_)
    return go(f"{ACCOUNT}?told=browser#browsers")


@blueprint.post("/account/browsers/end")
@needs("viewer")
def end_browsers() -> Response:
    """Sign every other browser out."""
    signing_in.end(desk().house, me().id, clock.now(), but=this_browser().id)
    return go(f"{ACCOUNT}?told=browsers#browsers")


@blueprint.post("/sign-out")
@needs("viewer")
def sign_out() -> Response:
    """Sign this browser out; nothing of the session stays."""
    signing_in.sign_out(desk().house, me().id, this_browser().id, clock.now())
    session.clear()
    return go(f"{SIGN_IN}?told=out")
