"""The firm's people: who may sign in, what they may do, and the end of it. For admins."""

from flask import Response, abort, request

from assessment import clock
from assessment.actions import staffing
from assessment.actions.staffing import Refused
from assessment.core.mail_address import LONGEST
from assessment.core.typed_text import clean
from assessment.store import accounts
from assessment.store.accounts import ROLES, Account, Role
from assessment.store.database import reading
from assessment.web.accounts.halfway import links
from assessment.web.accounts.keys import LONGEST_NAME, person_faults
from assessment.web.accounts.sure import sure
from assessment.web.desk import desk
from assessment.web.guards import go
from assessment.web.review.door import me, needs, room, show

blueprint = room("people")
PEOPLE = "/review/people"
_TOLD = {
    "role": "The role is changed; they sign in anew.",
    "ended": "Their access has ended, in every browser.",
    "back": "They may sign in again.",
    "factor": "Their second factor is taken away; at the next sign-in they set up a new one.",
}


@blueprint.get("/people")
@needs("admin")
def people() -> Response:
    """Everybody with an account."""
    house = desk().house
    with reading(house.engine) as connection:
        everybody = accounts.everybody(connection, house.keyring)
    return show("review/people.html", here="more", people=everybody)


def _role() -> Role | None:
    return next((role for role in ROLES if role == request.form.get("role")), None)


@blueprint.route("/people/invite", methods=["GET", "POST"])
@needs("admin")
@sure
def invite() -> Response:
    """Invite a colleague by mail; the link is shown as well, this once."""
    name = clean(request.form.get("name", ""), LONGEST_NAME)
    email = request.form.get("email", "").strip()[:LONGEST]
    role = _role()
    if request.method != "POST":
        return _invite_page([], "", "", "consultant")
    faults = person_faults(name, email) + ([] if role else [("role", "Choose what they may do.")])
    if faults or role is None:
        return _invite_page(faults, name, email, role or "")
    try:
        link = staffing.invite(
            desk().house, actor=me().actor, name=name, email=email, role=role, uniquifier=clock.submission_key(),
            now=clock.now(), links=links(), message_id=desk().message_id(),
        )  # fmt: skip
    except Refused as refused:
        return _invite_page([("email", str(refused))], name, email, role)
    return show("account/invited.html", here="more", called=name, email=email, link=link)


def _invite_page(faults: list[tuple[str, str]], name: str, email: str, role: str) -> Response:
    values = {"called": name, "email": email, "role": role}
    return show("account/invite.html", 422 if faults else 200, here="more", wrong=faults, **values)


def _person(id_: int) -> Account:
    house = desk().house
    with reading(house.engine) as connection:
        who = accounts.by_id(connection, house.keyring, id_)
    if who is None:
        abort(404)
    return who


def _person_page(who: Account, refused: str | None = None) -> Response:
    told = _TOLD.get(request.args.get("told", ""))
    return show(
        "account/person.html", 409 if refused else 200, here="more", who=who, own=who.id == me().id, told=told,
        refused=refused,
    )  # fmt: skip


@blueprint.get("/people/<int:id_>")
@needs("admin")
def person(id_: int) -> Response:
    """One of them, and what can be changed."""
    return _person_page(_person(id_))


@blueprint.post("/people/<int:id_>/role")
@needs("admin")
@sure
def change_role(id_: int) -> Response:
    """Give somebody another role."""
    who, role = _person(id_), _role()
    if role is None or who.id == me().id:
        return _person_page(who, "Choose a role for somebody else; your own is changed by another admin.")
    try:
        staffing.change_role(desk().house, me(), id_, role, clock.now())
    except Refused as refused:
        return _person_page(who, str(refused))
    return go(f"{PEOPLE}/{id_}?told=role")


@blueprint.post("/people/<int:id_>/deactivate")
@needs("admin")
@sure
def deactivate(id_: int) -> Response:
    """End somebody's access."""
    return _set_active(id_, False)


@blueprint.post("/people/<int:id_>/activate")
@needs("admin")
@sure
def activate(id_: int) -> Response:
    """Give somebody access again."""
    return _set_active(id_, True)


def _set_active(id_: int, active: bool) -> Response:
    who = _person(id_)
    if who.id == me().id:
        return _person_page(who, "Your own access is ended by another admin.")
    try:
        staffing.set_active(desk().house, me(), id_, active, clock.submission_key(), clock.now())
    except Refused as refused:
        return _person_page(who, str(refused))
    return go(f"{PEOPLE}/{id_}?told={'back' if active else 'ended'}")


@blueprint.post("/people/<int:id_>/second-factor")
@needs("admin")
@sure
def reset_second_factor(id_: int) -> Response:
    """Take away a second factor that somebody lost."""
    who = _person(id_)
    if who.id == me().id:
        return _person_page(who, "Set up another app on the page of your own account.")
    house = desk().house
    staffing.reset_second_factor(house, me(), id_, clock.submission_key(), desk().message_id(), clock.now())
    return go(f"{PEOPLE}/{id_}?told=factor")


@blueprint.post("/people/<int:id_>/invite")
@needs("admin")
@sure
def invite_again(id_: int) -> Response:
    """Send somebody who has no password yet a new link, and show it."""
    who = _person(id_)
    key, message_id = clock.submission_key(), desk().message_id()
    try:
        link = staffing.invite_again(desk().house, me(), id_, key, links(), message_id, clock.now())
    except Refused as refused:
        return _person_page(who, str(refused))
    return show("account/invited.html", here="more", called=who.name, email=who.email, link=link)
