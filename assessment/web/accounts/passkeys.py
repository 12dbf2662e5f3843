"""Passkeys: one's own, and signing in with one instead of password and code. They need the browser's script."""

from flask import Blueprint, Response, request

from assessment import clock
from assessment.actions import passkeys, signing_in
from assessment.actions.staffing import Refused
from assessment.core.typed_text import clean
from assessment.web.accounts.entrance import sign_in_page
from assessment.web.accounts.halfway import arrive, browser_name, destination, slow_down
from assessment.web.accounts.own import ACCOUNT, own_credentials
from assessment.web.accounts.sure import sure
from assessment.web.address import network
from assessment.web.desk import desk
from assessment.web.forgery import EXPIRED, token_is_good
from assessment.web.guards import go
from assessment.web.review.door import me, needs, room, show

blueprint = room("passkeys")
entry = Blueprint("passkey_entry", __name__)
LONGEST_NAME = 60
NOT_KNOWN = "This passkey does not open an account"


@blueprint.route("/account/passkey", methods=["GET", "POST"])
@needs("viewer")
@sure
def add() -> Response:
    """Make a passkey on this device and keep its public key."""
    from assessment.web.accounts import ceremony  # respondents need no passkeys: the web server starts without

    house, who, wrong = desk().house, own_credentials(), None
    name = clean(request.form.get("name", ""), LONGEST_NAME) or browser_name()
    if request.method == "POST":
        made = ceremony.added(request.form.get("credential", ""))
        wrong = "The device did not make a passkey. Try again, or use another device." if made is None else None
        if made is not None:
            try:
                passkeys.add(
                    house, who, credential_id=made.credential_id, public_key=made.credential_public_key,
                    sign_count=made.sign_count, name=name, backed_up=made.credential_backed_up,
                    device=made.credential_device_type.value, message_id=desk().message_id(), now=clock.now(),
                )  # fmt: skip
                return go(f"{ACCOUNT}?told=passkey")
            except Refused as refused:
                wrong = str(refused)
    handle = passkeys.handle_of(house, who.id)
    options = ceremony.to_add(who, handle, passkeys.of_account(house, who.id))
    status = 422 if wrong else 200
    return show("account/passkey.html", status, here="account", called=name, wrong=wrong, options=options)


@blueprint.post("/account/passkeys/<int:id_>/remove")
@needs("viewer")
@sure
def remove(id_: int) -> Response:
    """Take a passkey away."""
    passkeys.remove(desk().house, me().id, id_, clock.now())
    return go(f"{ACCOUNT}?told=passkey-gone")


@entry.post("/sign-in/passkey")
def try_passkey() -> Response:
    """A passkey whose device checked its owner signs in; for all that fails the same answer."""
    from assessment.web.accounts import ceremony

    then = destination(request.form.get("next"))
    if not token_is_good():
        return sign_in_page(422, then=then, fault=EXPIRED, advice="Please sign in again.")
    house, now, answer = desk().house, clock.now(), request.form.get("credential", "")
    tries = signing_in.take_try(house, passkeys.limits(house, network()), now)
    if tries is None:
        return slow_down()
    credential_id = ceremony.named(answer)
    found = passkeys.find(house, credential_id) if credential_id else None
    proof = ceremony.shown(answer, found[0], found[1].passkey_handle) if found else None
    if found is None or proof is None or not passkeys.use(house, found[0].id, proof.new_sign_count, now):
        advice = "Sign in with address and password, and look after the passkeys on the page of your account."
        return sign_in_page(422, then=then, fault=NOT_KNOWN, advice=advice)
    signing_in.give_back(house, tries)
    arrive(found[1])
    return go(then)
