"""Opening a link: the token is swapped for a cookie, and the address loses it."""

from flask import Blueprint, Response, abort, request

from assessment.actions import owning, responding
from assessment.web import composing
from assessment.web.desk import desk
from assessment.web.guards import Door, admit, checked, go

blueprint = Blueprint("opening", __name__, url_prefix="/open")
_CARD_DOORS: dict[str, Door] = {"owner": "s", "mailed": "m", "share": "v"}


@blueprint.get("/resume/<token>")
def resume(token: str) -> Response:
    """Come back to unfinished answers, at the page the link names."""
    found = desk().links.read("resume", token)
    draft = responding.find(desk().house, checked(found.public_id)) if found else None
    if found is None or draft is None or found.epoch != draft.response.epoch:
        abort(404)
    first = next((i for i, part in enumerate(draft.questionnaire.pages) if not part.start), 0)
    index = max(composing.page_named(draft, request.args.get("at", "")), first)
    address = composing.address_of(draft, index)
    return admit(go(address), "r", draft.response.public_id, draft.response.epoch)


@blueprint.get("/<any(owner, mailed, share):kind>/<token>")
def scorecard(kind: str, token: str) -> Response:
    """A scorecard: one's own, one's own by mail, or shared read-only."""
    found = desk().links.read(kind, token)  # type: ignore[arg-type]
    owned = owning.read(desk().house, checked(found.public_id)) if found else None
    if found is None or owned is None:
        abort(404)
    kept, by_mail = owned.kept, kind == "mailed"
    good = owning.opened_by_mail(desk().house, owned, found) if by_mail else found == (kept.public_id, kept.epoch, "")
    if not good:
        abort(404)
    path = "v" if kind == "share" else "s"
    return admit(go(f"/{path}/{kept.public_id}"), _CARD_DOORS[kind], kept.public_id, kept.epoch, found.tie)
