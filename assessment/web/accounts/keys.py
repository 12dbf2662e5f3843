"""Links that set a password: the first admin's, an invitation's, a reset's. Opening one takes it out of the address."""

from flask import Blueprint, Response, request, session

from assessment import clock
from assessment.actions import signing_in, staffing
from assessment.actions.one_time import Kind
from assessment.core import mail_address
from assessment.core.typed_text import clean
from assessment.store.credentials import Credentials
from assessment.web.accounts.entrance import SET_UP
from assessment.web.accounts.halfway import links, set_out, slow_down
from assessment.web.accounts.keeper import safe
from assessment.web.address import network
from assessment.web.desk import desk, page
from assessment.web.forgery import EXPIRED, token_is_good
from assessment.web.guards import go
from assessment.web.review.door import HOME, SIGN_IN

blueprint = Blueprint("keys", __name__)
TOKEN = "one_time"  # noqa: S105
LONGEST_NAME = 80
_SETTING: tuple[Kind, ...] = ("welcome", "reset")
Faults = list[tuple[str, str]]
"""Which field, and what to do about it."""


@blueprint.get("/set-up/<token>", defaults={"kind": "set-up"})
@blueprint.get("/password/<any(welcome, reset):kind>/<token>")
def opened(kind: Kind, token: str) -> Response:
    """Swap the link for this browser's session, so that the address can be seen by anybody."""
    before = session.get(TOKEN)
    session[TOKEN] = [kind, token]
    if kind == "set-up" and _may_begin():
        return go("/set-up")
    if kind != "set-up" and _for_whom() is not None:
        return go("/password")
    session[TOKEN] = before
    return _ended()


def _kept() -> tuple[str, str]:
    """Kind and token of the link that this browser opened."""
    kept = session.get(TOKEN)
    return (str(kept[0]), str(kept[1])) if isinstance(kept, list) and len(kept) == 2 else ("", "")


def _for_whom() -> tuple[Kind, Credentials] | None:
    """Whose password the opened link sets, while it still works."""
    asked, token = _kept()
    kind: Kind | None = next((kind for kind in _SETTING if kind == asked), None)
    if kind is None:
        return None
    who = signing_in.named(desk().house, links().read(kind, token, clock.now()))
    return None if who is None else (kind, who)


def _may_begin() -> bool:
    """Whether the opened link makes the first admin, while there is none."""
    kind, token = _kept()
    good = kind == "set-up" and links().read("set-up", token, clock.now()) is not None
    return good and not signing_in.has_accounts(desk().house)


def _ended() -> Response:
    return page("account/ended.html", 404)


def new_password_faults(own: tuple[str, ...]) -> tuple[str, Faults]:
    """The new password of a form and what is wrong with it."""
    password, again = request.form.get("password", ""), request.form.get("again", "")
    fault = safe().fault(password, own)
    if fault:
        return password, [("password", fault)]
    return password, [] if password == again else [("again", "Type the same password here.")]


@blueprint.route("/password", methods=["GET", "POST"])
def password() -> Response:
    """Set the password that an invitation or a reset link is for."""
    found = _for_whom()
    if found is None:
        return _ended()
    kind, who = found
    if request.method != "POST":
        return _password_page(kind, who, [])
    if not token_is_good():
        return _password_page(kind, who, [("password", EXPIRED)])
    chosen, faults = new_password_faults((who.name, who.email))
    if faults:
        return _password_page(kind, who, faults)
    signing_in.set_password(
        desk().house, who, password=safe().hash(chosen), uniquifier=clock.submission_key(),
        message_id=desk().message_id(), now=clock.now(),
        action="password.reset" if kind == "reset" else "password.set",
    )  # fmt: skip
    session.pop(TOKEN, None)
    return _go_on(who.id) if kind == "welcome" else go(f"{SIGN_IN}?told=password")


def _password_page(kind: Kind, who: Credentials, faults: Faults) -> Response:
    status = 422 if faults else 200
    return page("account/password.html", status, wrong=faults, kind=kind, email=who.email, called=who.name)


def _go_on(account_id: int) -> Response:
    """Who just set their first password goes straight on to the second factor."""
    who = signing_in.find(desk().house, account_id=account_id)
    if who is None or who.two_factor:
        return go(SIGN_IN)
    set_out(who, HOME)
    return go(SET_UP)


@blueprint.route("/set-up", methods=["GET", "POST"])
def set_up() -> Response:
    """Make the first admin; the link ends as soon as there is an account."""
    if not _may_begin():
        return _ended()
    name = clean(request.form.get("name", ""), LONGEST_NAME)
    email = request.form.get("email", "").strip()[: mail_address.LONGEST]
    if request.method != "POST":
        return page("account/set_up.html", wrong=[], called="", email="")
    if not token_is_good():
        return page("account/set_up.html", 422, wrong=[("name", EXPIRED)], called=name, email=email)
    chosen, faults = new_password_faults((name, email))
    faults = person_faults(name, email) + faults
    if faults:
        return page("account/set_up.html", 422, wrong=faults, called=name, email=email)
    id_ = staffing.begin_house(
        desk().house, name=name, email=email, password=safe().hash(chosen), uniquifier=clock.submission_key(),
        now=clock.now(),
    )  # fmt: skip
    session.pop(TOKEN, None)
    return _go_on(id_)


def person_faults(name: str, email: str) -> Faults:
    """What is wrong with somebody's name and address."""
    faults = [] if name else [("name", "Enter a name.")]
    try:
        mail_address.parts(email)
    except mail_address.AddressFault:
        faults.append(("email", "Enter an address such as carl@example.com."))
    return faults


@blueprint.route("/sign-in/forgotten", methods=["GET", "POST"])
def forgotten() -> Response:
    """Ask for a link that sets a new password; the answer is the same for every address."""
    email = request.form.get("email", "").strip()[: mail_address.LONGEST]
    if request.method != "POST":
        return page("account/forgotten.html", email="", fault=None)
    if not token_is_good():
        return page("account/forgotten.html", 422, email=email, fault=EXPIRED)
    try:
        mail_address.parts(email)
    except mail_address.AddressFault:
        return page("account/forgotten.html", 422, email=email, fault="Enter an address such as carl@example.com.")
    house, now = desk().house, clock.now()
    if signing_in.take_try(house, signing_in.reset_limits(house, email, network()), now) is None:
        return slow_down()
    signing_in.ask_reset(house, email, links(), desk().message_id(), now)
    return page("account/asked.html")
