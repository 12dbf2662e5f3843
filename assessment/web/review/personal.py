"""A person's rights: everything stored about them as one file, and its erasure; for administrators."""

from flask import Response, abort, flash, request

from assessment import clock
from assessment.actions import erasing, overseeing, personal_file
from assessment.actions.personal_file import JSON_NAME, Held
from assessment.core.audit_words import ERASED_BECAUSE
from assessment.rendering import plural
from assessment.store.responses import ANSWERED
from assessment.web.desk import desk
from assessment.web.guards import checked, go
from assessment.web.review import submission_words as words
from assessment.web.review.door import HOME, me, needs, room, show
from assessment.web.review.invitations import HERE as INVITATIONS

blueprint = room("personal")
ALL, ONE = "all", "one"
"""What a form asks about: everything that the address left here, or this submission alone."""


@blueprint.get("/submissions/<public_id>/person")
@needs("admin")
def person(public_id: str) -> Response:
    """What is stored about the person, and the button that makes the file."""
    held = personal_file.held(desk().house, checked(public_id))
    overseeing.looked_at_person(desk().house, public_id, "person", me(), clock.now())
    return _page("review/person_data.html", held)


def _page(template: str, held: Held, status: int = 200, **values: object) -> Response:
    zone = desk().house.settings.time_zone
    return show(
        template,
        status,
        here="submissions",
        held=held,
        base=f"{HOME}/{held.first.found.public_id}",
        when={one.found.public_id: words.moment(one.found.submitted_at, zone) for one in held.parts},
        **values,
    )


@blueprint.post("/submissions/<public_id>/person")
@needs("admin")
def take(public_id: str) -> Response:
    """The file."""
    made = personal_file.build(desk().house, checked(public_id), everything=_everything(ALL), by=me(), now=clock.now())
    kind, name = ("application/zip", "personal-data.zip") if made.zipped else ("application/json", JSON_NAME)
    response = Response(made.content, content_type=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _everything(unsaid: str) -> bool:
    """Whether the form asks about everything of the address; anything but the two is no form of ours."""
    asked = request.form.get("of", unsaid)
    if asked not in (ALL, ONE):
        abort(400)
    return asked == ALL


@blueprint.get("/submissions/<public_id>/erase")
@needs("admin")
def ask(public_id: str) -> Response:
    """What goes, what stays, and the question why."""
    held = personal_file.held(desk().house, checked(public_id))
    overseeing.looked_at_person(desk().house, public_id, "erase", me(), clock.now())
    return _page("review/erase.html", held, reasons=ERASED_BECAUSE, of=None, fault=None)


@blueprint.post("/submissions/<public_id>/erase")
@needs("admin")
def erase(public_id: str) -> Response:
    """Erase them; without a reason the question comes back."""
    everything, reason = _everything(ONE), request.form.get("reason", "")
    if reason not in ERASED_BECAUSE:
        held = personal_file.held(desk().house, checked(public_id))
        of, fault = ALL if everything else ONE, "Choose why it is erased"
        return _page("review/erase.html", held, 422, reasons=ERASED_BECAUSE, of=of, fault=fault)
    number = erasing.erase_person(
        desk().house, checked(public_id), reason, everything=everything, by=me(), now=clock.now()
    )
    flash(f"Erased: {plural(number, 'submission')}. What was answered still counts in the statistics, without a name.")
    return go(HOME)


@blueprint.get("/invitations/<public_id>/erase")
@needs("admin")
def ask_invited(public_id: str) -> Response:
    """What goes and what stays of whoever was invited, and the question why: they may never have submitted anything."""
    reply = _invited(public_id)
    overseeing.looked_at_person(desk().house, public_id, "erase", me(), clock.now())
    return reply


def _invited(public_id: str, status: int = 200, fault: str | None = None) -> Response:
    house = desk().house
    held = erasing.invited(house, checked(public_id))
    entry = house.catalogue.find(held.found.questionnaire)
    return show(
        "review/erase_invited.html",
        status,
        here="invitations",
        held=held,
        title=entry.questionnaire.title if entry else held.found.questionnaire,
        surveyed=held.found.response_state == ANSWERED,
        base=f"{INVITATIONS}/{held.found.public_id}",
        reasons=ERASED_BECAUSE,
        fault=fault,
    )


@blueprint.post("/invitations/<public_id>/erase")
@needs("admin")
def erase_invited(public_id: str) -> Response:
    """Erase them; without a reason the question comes back."""
    reason = request.form.get("reason", "")
    if reason not in ERASED_BECAUSE:
        return _invited(public_id, 422, "Choose why it is erased")
    number = erasing.erase_invited(desk().house, checked(public_id), reason, by=me(), now=clock.now())
    beside = f" and {plural(number, 'submission')}" if number else ""
    flash(f"Erased: whoever was invited{beside}. What was answered still counts in the statistics, without a name.")
    return go(INVITATIONS)
