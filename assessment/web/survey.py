"""The end of a survey for whoever answered it, and its results for whoever may read them."""

from flask import Blueprint, Response, abort, session

from assessment.actions import promises, surveying
from assessment.core.definition import Questionnaire
from assessment.web import composing
from assessment.web.desk import desk, plain_page
from assessment.web.guards import admit, admitted, go, own_draft
from assessment.web.survey_views import Fit, ThanksPage, results_page

blueprint = Blueprint("survey", __name__)
FITS = "fits"
"""Where this browser keeps which assessment fits what it put first: nowhere else is that known."""
_EPOCH = 1


def remember_fit(public_id: str, slug: str | None) -> None:
    """Keep in the browser's session which assessment fits; the server forgets it with the request."""
    if slug is not None:
        session[FITS] = [public_id, slug]


@blueprint.get("/r/<public_id>/thanks")
def thanks(public_id: str) -> Response:
    """Thanks, what happens with the answers, and the assessment that fits."""
    draft = own_draft(public_id)
    if draft.response.state != surveying.ANSWERED:
        return go(composing.address_of(draft, draft.response.page))
    survey = draft.questionnaire
    by_link = survey.survey is not None and survey.survey.results == "link"
    link = results_link(survey) if by_link else None
    value = ThanksPage(
        title=survey.title,
        promise=promises.confidential(desk().house.settings, survey),
        fit=_fit(public_id),
        results=f"/results/{survey.id}",
        link=link,
    )
    reply = plain_page("survey/thanks.html", thanks=value)
    return admit(reply, "p", survey.id, _EPOCH) if by_link else reply


def results_link(survey: Questionnaire) -> str:
    """The address that opens the results of a survey that has them by link."""
    return desk().links.address("results", survey.id, _EPOCH)


def _fit(public_id: str) -> Fit | None:
    kept = session.get(FITS)
    if not isinstance(kept, list) or kept[:1] != [public_id]:
        return None
    entry = next((each for each in desk().house.catalogue.live() if each.questionnaire.id == kept[1]), None)
    if entry is None:
        return None
    asked = entry.questionnaire
    return Fit(slug=asked.id, title=asked.title, summary=asked.summary, minutes=composing.minutes_words(asked))


@blueprint.get("/results/<slug>")
def results(slug: str) -> Response:
    """The protected results, or how many more are needed; 404 without the link where the file asks for it."""
    survey = _survey(slug)
    if survey.survey is not None and survey.survey.results == "link" and not admitted("p", slug, _EPOCH):
        abort(404)
    house = desk().house
    value = results_page(survey, surveying.standing(house, survey), promises.confidential(house.settings, survey))
    return plain_page("survey/results.html", results=value)


@blueprint.get("/open/results/<token>")
def arrive(token: str) -> Response:
    """The link to results: swapped for a cookie, so that the address can be shown to others without giving it away."""
    found = desk().links.read("results", token)
    if found is None or found[1:] != (_EPOCH, ""):
        abort(404)
    survey = _survey(found.public_id)
    return admit(go(f"/results/{survey.id}"), "p", survey.id, _EPOCH)


def _survey(slug: str) -> Questionnaire:
    entry = desk().house.catalogue.get(slug)
    if entry is None or entry.questionnaire.kind != "survey":
        abort(404)
    return entry.questionnaire
