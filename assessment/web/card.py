"""The scorecard: read by its owner, by whoever has a share link; mailed, corrected, shared, deleted."""

from flask import Blueprint, Response, abort, request

from assessment import clock
from assessment.actions import owning
from assessment.actions.owning import Owned
from assessment.core.peer_telling import LEAVING
from assessment.forms.readers import email_fault
from assessment.store.database import UNAVAILABLE
from assessment.web.desk import BUSY, busy_page, desk, page, plain_page
from assessment.web.forgery import EXPIRED, require_token, token_is_good
from assessment.web.guards import admit, came_by_mail, checked, go, own_scorecard, shared_scorecard
from assessment.web.paper import pdf_file, waiting
from assessment.web.showing import show_own, show_shared

blueprint = Blueprint("card", __name__)


@blueprint.get("/s/<public_id>")
def own(public_id: str) -> Response:
    """One's own scorecard."""
    return show_own(own_scorecard(public_id))


@blueprint.get("/v/<public_id>")
def shared(public_id: str) -> Response:
    """A scorecard behind a read-only link: no contact, no free text, no PDF."""
    return show_shared(shared_scorecard(public_id))


@blueprint.get("/s/<public_id>/pdf")
def pdf(public_id: str) -> Response:
    """The PDF, or a page that waits for the worker to make it."""
    owned = own_scorecard(public_id)
    content = owning.pdf(desk().house, public_id, clock.now())
    if content is None:
        return waiting(owned.card, owned.document, f"/s/{public_id}")
    return pdf_file(content, f"{owned.card.origin.questionnaire}-scorecard.pdf")


@blueprint.get("/s/<public_id>/reviewed.pdf")
def reviewed_pdf(public_id: str) -> Response:
    """The newest issue that a consultant reviewed and sent, or a page that waits for the worker to make it."""
    owned = own_scorecard(public_id)
    if owned.review is None:
        abort(404)
    document, content = owning.reviewed_pdf(desk().house, owned.review, clock.now())
    if content is None:
        return waiting(owned.card, document, f"/s/{public_id}")
    return pdf_file(content, f"{owned.card.origin.questionnaire}-scorecard-reviewed.pdf")


@blueprint.post("/s/<public_id>/mail")
def mail(public_id: str) -> Response:
    """Mail the scorecard (again)."""
    owned = own_scorecard(public_id)
    require_token()
    if owned.person is None or not owned.person.email:
        return go(f"/s/{public_id}/address")
    held = owning.mail_again(desk().house, public_id, desk().message_id(), clock.now())
    return show_own(own_scorecard(public_id), notice=held or "The scorecard is on its way to your mailbox.")


@blueprint.route("/s/<public_id>/address", methods=["GET", "POST"])
def address(public_id: str) -> Response:
    """Correct the address; the scorecard is mailed there."""
    owned = own_scorecard(public_id)
    email, message = (owned.person.email or "" if owned.person else ""), None
    if request.method == "POST":
        email = request.form.get("email", "").strip()
        message = email_fault(email) if token_is_good() else f"{EXPIRED}. Press the button once more"
        if message is None:
            return _correct_address(public_id, email)
    return _address_page(owned, email, message, 422 if message else 200)


def _address_page(owned: Owned, email: str, message: str | None, status: int) -> Response:
    base = f"/s/{owned.kept.public_id}"
    values = {"card": owned.card, "email": email, "message": message, "action": f"{base}/address", "back": base}
    template = "scorecard/address.html"
    return busy_page(template, **values) if status == 503 else page(template, status, **values)


def _correct_address(public_id: str, email: str) -> Response:
    try:
        held = owning.correct_address(desk().house, public_id, email, desk().message_id(), clock.now())
    except UNAVAILABLE:
        return _address_page(own_scorecard(public_id), email, f"{BUSY}. Press the button once more", 503)
    # Who came by the mail to the earlier address has no key to this one; whoever corrects it stays the owner.
    owned = owning.read(desk().house, public_id)
    if owned is None:
        abort(404)
    shown = show_own(owned, notice=held or f"The scorecard is on its way to {email}.")
    return admit(shown, "s", public_id, owned.kept.epoch)


@blueprint.post("/s/<public_id>/confirm")
def confirm(public_id: str) -> Response:
    """The address is mine; only from the mailed link."""
    owned = own_scorecard(public_id)
    require_token()
    if not came_by_mail(owned):
        abort(404)
    owning.confirm(desk().house, public_id, clock.now())
    return go(f"/s/{public_id}")


@blueprint.post("/s/<public_id>/share")
def share(public_id: str) -> Response:
    """A read-only link to pass on."""
    owned = own_scorecard(public_id)
    require_token()
    owning.share(desk().house, public_id, clock.now())
    link = desk().links.address("share", public_id, owned.kept.epoch)
    return show_own(owned, shared_url=link)


@blueprint.post("/s/<public_id>/uncount")
def uncount(public_id: str) -> Response:
    """Leave the peer comparison: the consent is withdrawn, the scorecard stays."""
    own_scorecard(public_id)
    require_token()
    owning.leave_comparison(desk().house, public_id, clock.now())
    return show_own(own_scorecard(public_id), notice=f"You have left the peer comparison. {LEAVING}")


@blueprint.post("/s/<public_id>/correct")
def correct(public_id: str) -> Response:
    """Correct an answer: a new scorecard, this one kept."""
    return _reopen(public_id, blank=False)


@blueprint.post("/s/<public_id>/again")
def again(public_id: str) -> Response:
    """Take it again."""
    return _reopen(public_id, blank=True)


def _reopen(public_id: str, *, blank: bool) -> Response:
    owned = own_scorecard(public_id)
    require_token()
    new_id = clock.public_id()
    try:
        owning.reopen(desk().house, public_id, blank=blank, now=clock.now(), new_id=new_id, key=clock.submission_key())
    except LookupError:
        return show_own(owned, notice="This assessment is no longer open to new answers.")
    return admit(go(f"/r/{new_id}/{0 if blank else 'check'}"), "r", new_id, 1)


@blueprint.route("/s/<public_id>/delete", methods=["GET", "POST"])
def delete(public_id: str) -> Response:
    """Delete what is personal, after one question."""
    own_scorecard(public_id)
    if request.method == "POST":
        require_token()
        owning.erase(desk().house, public_id, clock.now())
        return plain_page(
            "respond/message.html",
            heading="Your data is deleted",
            paragraphs=(
                "Your name, address, company, role, typed answers, the PDF and every link are gone. "
                "The chosen answers stay without anything that points to you.",
            ),
            links=(("/", "All assessments"),),
        )
    return page(
        "respond/confirm.html",
        heading="Delete your data?",
        paragraphs=(
            "Your name, address, company, role and typed answers, the PDF and every link to this scorecard are deleted "
            "at once, and this page closes. Chosen answers stay without anything that points to you. "
            "This cannot be undone; download the PDF first if you want to keep it.",
        ),
        action=f"/s/{public_id}/delete",
        button="Delete my data",
        back=f"/s/{public_id}",
    )


@blueprint.route("/not-me/<token>", methods=["GET", "POST"])
def not_me(token: str) -> Response:
    """Whoever got a mail they did not ask for takes their address out."""
    found = desk().links.read("not-me", token)
    owned = owning.read(desk().house, checked(found.public_id)) if found else None
    if owned is None or not owning.opened_by_mail(desk().house, owned, found):
        abort(404)
    kept = owned.kept
    if request.method == "POST":
        require_token()
        owning.not_me(desk().house, kept.public_id, clock.now())
        return plain_page(
            "respond/message.html",
            heading="Your address is removed",
            paragraphs=("It is deleted and will not be mailed again from here.",),
            links=(),
        )
    return page(
        "respond/confirm.html",
        heading="Remove your address?",
        paragraphs=("Someone gave your address with a self-assessment. One button removes it; no further mail comes.",),
        action=f"/not-me/{token}",
        button="Remove my address",
        back=None,
    )
