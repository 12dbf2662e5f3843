"""Whoever was invited: the introduction with their details filled in, and how to come back to what they began.

Following the link changes nothing, because mail scanners follow links too: an invitation is used by the button that
begins. It begins one response; a second browser gets that link by mail, to the address that was invited.
"""

from flask import Blueprint, Response, abort, request

from assessment import clock
from assessment.actions import inviting, resuming
from assessment.actions.responding import find as find_draft
from assessment.catalogue.catalogue import Entry
from assessment.store import accounts
from assessment.store.database import UNAVAILABLE, reading
from assessment.store.invitations import Invitation
from assessment.store.responses import ANSWERED
from assessment.web import composing, starting
from assessment.web.desk import desk, page, plain_page
from assessment.web.forgery import require_token, token_is_good
from assessment.web.guards import admit, admitted, checked, go, to_scorecard
from assessment.web.views import Invited

blueprint = Blueprint("invited", __name__)
_ALL = (("/", "All assessments"),)


@blueprint.get("/open/invitation/<token>")
def arrive(token: str) -> Response:
    """The link of an invitation: swapped for a cookie."""
    found = desk().links.read("invitation", token)
    invited = inviting.find(desk().house, checked(found.public_id)) if found else None
    if found is None or invited is None or found != (invited.public_id, invited.epoch, ""):
        abort(404)
    return admit(go(f"/i/{invited.public_id}"), "i", invited.public_id, invited.epoch)


def _own(public_id: str) -> Invitation:
    found = inviting.find(desk().house, checked(public_id))
    if found is None or not admitted("i", public_id, found.epoch):
        abort(404)
    return found


@blueprint.get("/i/<public_id>")
def introduction(public_id: str) -> Response:
    """The introduction for whoever was invited; what was begun already opens in the browser that has its key."""
    found = _own(public_id)
    entry = desk().house.catalogue.get(found.questionnaire)
    if found.response is not None:
        return _begun(found)
    if not found.usable(clock.now()) or entry is None or entry.questionnaire.status != "live":
        return _over(found)
    views = starting.start_views(entry.questionnaire)
    intro = starting.intro_of(entry.questionnaire, views, {}, invited=_invited(found))
    return page("respond/introduction.html", intro=intro)


def _invited(found: Invitation) -> Invited:
    return Invited(by=_inviter(found), message=found.message, action=f"/i/{found.public_id}")


def _inviter(found: Invitation) -> str:
    house = desk().house
    with reading(house.engine) as connection:
        by = accounts.by_id(connection, house.keyring, found.account_id)
    return by.name if by is not None and by.active else house.settings.firm


@blueprint.post("/i/<public_id>")
def begin(public_id: str) -> Response:
    """Begin the one response of the invitation."""
    found = _own(public_id)
    entry = desk().house.catalogue.get(found.questionnaire)
    if not found.usable(clock.now()) or entry is None or entry.questionnaire.status != "live":
        return go(f"/i/{public_id}")
    forms = starting.start_forms(entry)
    if not token_is_good() or any(form.messages for form, _shown in forms):
        return starting.intro_again(entry.questionnaire, forms, {}, invited=_invited(found))
    try:
        return _begin(found, entry, forms)
    except inviting.Used:
        return go(f"/i/{public_id}")
    except UNAVAILABLE:
        return starting.intro_again(entry.questionnaire, forms, {}, invited=_invited(found), busy=True)


def _begin(found: Invitation, entry: Entry, forms: starting.Forms) -> Response:
    new_id, answers = clock.public_id(), starting.answers_of(forms)
    inviting.begin(
        desk().house,
        found.public_id,
        entry,
        answers=answers,
        texts=starting.texts_of(forms),
        now=clock.now(),
        new_id=new_id,
        key=clock.submission_key(),
    )
    first = next(iter(composing.steps(entry.questionnaire, answers)), "check")
    return admit(go(f"/r/{new_id}/{first}"), "r", new_id, 1)


def _begun(found: Invitation) -> Response:
    """Straight to the answers for the browser that began them; nothing of them for any other."""
    draft = find_draft(desk().house, found.response or "")
    if draft is not None and admitted("r", draft.response.public_id, draft.response.epoch):
        if draft.response.state in ("submitted", ANSWERED):
            return to_scorecard(draft)
        first = next((i for i, part in enumerate(draft.questionnaire.pages) if not part.start), 0)
        return go(composing.address_of(draft, max(draft.response.page, first)))
    if found.response_state == ANSWERED:
        return plain_page(
            "respond/message.html",
            heading="You have answered already",
            paragraphs=("Thank you. Your answers are kept apart from you, so nobody can open them again.",),
            links=_ALL,
        )
    if found.response_state == "submitted":
        return plain_page(
            "respond/message.html",
            heading="These answers are already submitted",
            paragraphs=(
                "The scorecard opens in the browser in which they were given, and with the link in its mail. "
                f"If you have neither, write to {_inviter(found)}.",
            ),
            links=_ALL,
        )
    return _already(found)


def _already(found: Invitation, *, done: str | None = None, message: str | None = None) -> Response:
    return page(
        "respond/already.html",
        422 if message else 200,
        action=f"/i/{found.public_id}/link" if found.contact.get("email") else None,
        days=desk().house.settings.draft_days,
        done=done,
        message=message,
    )


@blueprint.post("/i/<public_id>/link")
def link(public_id: str) -> Response:
    """Mail the link to what was begun, to the address that was invited and no other."""
    found = _own(public_id)
    require_token()
    email = found.contact.get("email")
    if found.response is None or found.response_state != "draft" or not email:
        return go(f"/i/{public_id}")
    held = resuming.mail_link(desk().house, found.response, email, desk().message_id(), clock.now())
    return _already(found, message=held) if held else _already(found, done="The link is on its way to your mailbox.")


def _over(found: Invitation) -> Response:
    """Kind words for an invitation that cannot be used, and the way that stays open."""
    entry = desk().house.catalogue.get(found.questionnaire)
    live = entry is not None and entry.questionnaire.status == "live"
    if not live:
        heading, words = "This assessment is closed", "It is no longer open to new answers."
    elif found.revoked_at is not None:
        heading, words = "This invitation was withdrawn", "Nothing of yours was kept with it."
    else:
        heading, words = "This invitation has ended", "Invitations last 60 days."
    links = ((f"/a/{found.questionnaire}", "Answer without an invitation"), *_ALL) if live else _ALL
    ask = (
        f"Write to {desk().house.settings.contact_email} for a new one." if desk().house.settings.contact_email else ""
    )
    return plain_page("respond/message.html", 410, heading=heading, paragraphs=(f"{words} {ask}".strip(),), links=links)


@blueprint.route("/no-more/<token>", methods=["GET", "POST"])
def no_more(token: str) -> Response:
    """Whoever was invited and wants no mail takes their address out."""
    found = desk().links.read("no-more", token)
    invited = inviting.find(desk().house, checked(found.public_id)) if found else None
    if found is None or invited is None or found != (invited.public_id, invited.epoch, ""):
        abort(404)
    if request.method == "POST":
        require_token()
        inviting.no_more(desk().house, invited.public_id, clock.now())
        return plain_page(
            "respond/message.html",
            heading="Your address is removed",
            paragraphs=("It is deleted from the invitation and will not be mailed again from here.",),
            links=(),
        )
    return page(
        "respond/confirm.html",
        heading="No more mail from us?",
        paragraphs=("One button removes your address from this invitation; no further mail comes.",),
        action=f"/no-more/{token}",
        button="Remove my address",
        back=None,
    )
