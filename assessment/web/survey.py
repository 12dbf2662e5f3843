"""The end of a survey for whoever answered it, and its results for whoever may read them."""

from flask import Blueprint, Response, abort, session

from assessment.actions import promises, surveying
from assessment.core.definition import Questionnaire, Survey
from assessment.store.responses import ANSWERED
from assessment.web import composing
from assessment.web.desk import desk, plain_page
from assessment.web.guards import admit, admitted, go, own_draft
from assessment.web.survey_views import Fit, ThanksPage, results_page

blueprint = Blueprint("survey", __name__)
FITS = "fits"
"""Where this browser keeps which assessment fits what it put first: nowhere else is that known."""


def remember_fit(public_id: str, slug: str | None) -> None:
    """Keep in the browser's session which assessment fits; the server forgets it with the request.

    Already before the answers are sent: of a reply that gets lost nobody could say it again.
    """
    if slug is not None:
        session[FITS] = [public_id, slug]


def forget_fit(public_id: str) -> None:
    """The answers change, and with them perhaps what fits."""
    if _kept_of(public_id):
        session.pop(FITS)


@blueprint.get("/r/<public_id>/thanks")
def thanks(public_id: str) -> Response:
    """Thanks, what happens with the answers, and the assessment that fits.

    The browser tells its address to no page that it leads to: which assessment fits says what was put first.
    """
    draft = own_draft(public_id)
    if draft.response.state != ANSWERED:
        return go(composing.address_of(draft, draft.response.page))
    survey = draft.questionnaire
    served = _served(survey.id)
    by_link = served is not None and _said(served).by_link
    value = ThanksPage(
        title=survey.title,
        promise=promises.confidential(desk().house.settings, served or survey),
        fit=_fit(public_id),
        results=f"/results/{survey.id}" if served else None,
        link=results_link(served) if served is not None and by_link else None,
    )
    reply = plain_page("survey/thanks.html", thanks=value)
    reply.headers["Referrer-Policy"] = "no-referrer"
    return admit(reply, "p", served.id, _said(served).link) if served is not None and by_link else reply


def results_link(survey: Questionnaire) -> str:
    """The address that opens the results of a survey that has them by link."""
    return desk().links.address("results", survey.id, _said(survey).link)


def _kept_of(public_id: str) -> str | None:
    kept = session.get(FITS)
    return str(kept[1]) if isinstance(kept, list) and kept[:1] == [public_id] else None


def _fit(public_id: str) -> Fit | None:
    slug = _kept_of(public_id)
    entry = next((each for each in desk().house.catalogue.live() if each.questionnaire.id == slug), None)
    if entry is None:
        return None
    asked = entry.questionnaire
    return Fit(slug=asked.id, title=asked.title, summary=asked.summary, minutes=composing.minutes_words(asked))


@blueprint.get("/results/<slug>")
def results(slug: str) -> Response:
    """The protected results, or how many more are needed; 404 without the link where the file asks for it."""
    survey = _survey(slug)
    if _said(survey).by_link and not admitted("p", slug, _said(survey).link):
        abort(404)
    house = desk().house
    value = results_page(survey, surveying.standing(house, survey), promises.confidential(house.settings, survey))
    return plain_page("survey/results.html", results=value)


@blueprint.get("/open/results/<token>")
def arrive(token: str) -> Response:
    """The link to results: swapped for a cookie, so that the address can be shown to others without giving it away."""
    found = desk().links.read("results", token)
    survey = _survey(found.public_id) if found else None
    if survey is None or found is None or found[1:] != (_said(survey).link, ""):
        abort(404)
    return admit(go(f"/results/{survey.id}"), "p", survey.id, _said(survey).link)


def _survey(slug: str) -> Questionnaire:
    found = _served(slug)
    if found is None:
        abort(404)
    return found


def _served(slug: str) -> Questionnaire | None:
    """The survey as its file stands now: the link that a response's own version names may have ended."""
    entry = desk().house.catalogue.get(slug)
    return entry.questionnaire if entry is not None and entry.questionnaire.survey is not None else None


def _said(survey: Questionnaire) -> Survey:
    if survey.survey is None:
        raise ValueError(f"{survey.id} is no survey")
    return survey.survey
