"""Beginning an assessment for a client one talks to; the answering itself is on the respondent's pages."""

from collections.abc import Mapping

from flask import Response, request

from assessment import clock
from assessment.actions import interviewing
from assessment.forms.contact import LABELS, LIMITS
from assessment.store.database import UNAVAILABLE
from assessment.web.desk import BUSY, desk
from assessment.web.guards import admit, go
from assessment.web.review.door import me, needs, room, show
from assessment.web.review.invitations import contact_faults, contact_of, live

blueprint = room("interview")


@blueprint.get("/interview")
@needs("consultant")
def choose() -> Response:
    """Which assessment, and for whom."""
    return _page({"questionnaire": request.args.get("questionnaire", "")})


def _page(
    typed: Mapping[str, str], faults: Mapping[str, str] | None = None, status: int = 200, heading: str | None = None
) -> Response:
    house = desk().house
    return show(
        "review/interview.html",
        status,
        here="more",
        served=[(entry.questionnaire.id, entry.questionnaire.title) for entry in house.catalogue.live("assessment")],
        fields=[(name, LABELS[name] if name != "email" else "E-mail", LIMITS[name]) for name in LABELS],
        typed=typed,
        wrong=faults or {},
        trouble=heading,
    )


@blueprint.post("/interview")
@needs("consultant")
def begin() -> Response:
    """Begin; the consultant's own browser gets the key to these answers and no other does."""
    typed = {name: request.form.get(name, "") for name in ("questionnaire", *LABELS)}
    faults = contact_faults(typed)
    entry = desk().house.catalogue.get(typed["questionnaire"])
    if entry is None or not live(typed["questionnaire"]):
        return _page(typed, {"questionnaire": "Choose the assessment"} | faults, 422)
    if faults:
        return _page(typed, faults, 422)
    new_id = clock.public_id()
    try:
        interviewing.begin(
            desk().house, me(), entry, contact_of(typed), now=clock.now(), new_id=new_id, key=clock.submission_key()
        )
    except UNAVAILABLE:
        return _page(typed, {"questionnaire": "Press the button once more in a moment"}, 503, BUSY)
    return admit(go(f"/r/{new_id}/0"), "r", new_id, 1)
