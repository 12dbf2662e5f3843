"""Before the first question: the catalogue, the introduction, the printable questions, a sample, the firm's pages."""

from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, make_response, request

from assessment import clock, rendering
from assessment.actions import promises, responding, submitting
from assessment.catalogue.catalogue import Entry
from assessment.core.answers import parse_answers
from assessment.core.building import make_scorecard
from assessment.core.definition import Question, Questionnaire
from assessment.store.database import UNAVAILABLE
from assessment.web import calculate, composing, starting
from assessment.web.desk import desk, page, plain_page
from assessment.web.forgery import token_is_good
from assessment.web.guards import admit, go
from assessment.web.views import (
    CardLinks,
    CatalogueEntry,
    PrintedPage,
    PrintedQuestion,
)

blueprint = Blueprint("front", __name__)
SOURCES = ("utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term")
MAX_SOURCE = 100
KINDS = ("assessment", "calculator", "survey")
"""The order in which the front page shows the kinds."""
SAMPLE_DATE = datetime(2026, 11, 14, 9, 14, tzinfo=UTC)


@blueprint.get("/")
def catalogue() -> Response:
    """Every live questionnaire, by kind."""
    live = [entry.questionnaire for entry in desk().house.catalogue.live()]
    groups = {kind: [_entry(asked) for asked in live if asked.kind == kind] for kind in KINDS}
    return plain_page("respond/catalogue.html", groups=groups)


def _entry(questionnaire: Questionnaire) -> CatalogueEntry:
    return CatalogueEntry(
        id=questionnaire.id,
        title=questionnaire.title,
        summary=questionnaire.summary,
        stages=tuple(stage.title for stage in questionnaire.stages),
        count=len(questionnaire.questions),
        minutes=composing.minutes_words(questionnaire),
        needs_email="email" in questionnaire.contact.require,
    )


def _find(slug: str) -> Entry:
    entry = desk().house.catalogue.get(slug)
    if entry is None or entry.questionnaire.status == "draft":
        abort(404)
    return entry


@blueprint.get("/a/<slug>")
def introduction(slug: str) -> Response:
    """What it asks, how long it takes, who sees it; the first questions stand here. A calculator is here altogether."""
    entry = _find(slug)
    if entry.questionnaire.kind == calculate.KIND:
        return calculate.show(entry)
    views = starting.start_views(entry.questionnaire)
    return page("respond/introduction.html", intro=starting.intro_of(entry.questionnaire, views, _source(request.args)))


@blueprint.post("/a/<slug>")
def begin(slug: str) -> Response:
    """Start a response with what the introduction asked."""
    entry = _find(slug)
    questionnaire = entry.questionnaire
    if questionnaire.status != "live" or questionnaire.kind == calculate.KIND:
        abort(404)
    forms = starting.start_forms(entry)
    if not token_is_good() or any(form.messages for form, _shown in forms):
        return starting.intro_again(questionnaire, forms, _source(request.form))
    public_id, answers = clock.public_id(), starting.answers_of(forms)
    try:
        responding.start(
            desk().house,
            questionnaire,
            entry.version,
            answers=answers,
            texts=starting.texts_of(forms),
            source=_source(request.form),
            now=clock.now(),
            public_id=public_id,
            key=clock.submission_key(),
        )
    except UNAVAILABLE:
        return starting.intro_again(questionnaire, forms, _source(request.form), busy=True)
    first = next(iter(composing.steps(questionnaire, answers)), "check")
    return admit(go(f"/r/{public_id}/{first}"), "r", public_id, 1)


def _source(given: Mapping[str, str]) -> dict[str, str]:
    return {name: given[name][:MAX_SOURCE] for name in SOURCES if given.get(name)}


@blueprint.get("/a/<slug>/questions")
def questions(slug: str) -> Response:
    """Every question, to print."""
    questionnaire = _find(slug).questionnaire
    pages = tuple(
        PrintedPage(
            title="Before you start" if part.start else composing.page_title(questionnaire, part),
            lead=composing.page_lead(questionnaire, part),
            questions=tuple(_printed(questionnaire, question) for question in part.questions),
        )
        for part in questionnaire.pages
    )
    intro = starting.intro_of(questionnaire, (), {})
    return plain_page("respond/printable.html", intro=intro, pages=pages)


def _printed(questionnaire: Questionnaire, question: Question) -> PrintedQuestion:
    view = composing.stored_views([question], {}, {}, None)[0]
    answers = tuple(words for _value, words in (*view.choices, *view.specials))
    if question.is_numeric and question.type != "scale":
        blank = f"____________ {view.unit or ''}".rstrip()
        answers = (blank, *(words for _value, words in view.specials))
    elif question.type in {"short_text", "long_text", "email"}:
        answers = ("________________________________",)
    return PrintedQuestion(
        text=question.text,
        reason=question.reason,
        when="Asked only where an earlier answer makes it fit." if question.show_if else None,
        optional=view.optional,
        answers=answers,
    )


@blueprint.get("/a/<slug>/sample")
def sample(slug: str) -> Response:
    """The scorecard of the persona that the definition marks as its sample."""
    entry = _find(slug)
    if entry.questionnaire.kind == calculate.KIND:
        return calculate.from_sample(entry.questionnaire)
    persona = next((persona for persona in entry.questionnaire.personas if persona.sample), None)
    if persona is None:
        abort(404)
    settings = desk().house.settings
    card = make_scorecard(
        entry.questionnaire,
        parse_answers(entry.questionnaire, persona.answers),
        version=entry.version,
        brand=settings.brand,
        made_at=SAMPLE_DATE.astimezone(ZoneInfo(settings.time_zone)),
        zone=settings.time_zone,
        reference="Sample",
        onward=submitting.ways_on(desk().house, entry.questionnaire.id),
    )
    return plain_page(
        "scorecard/scorecard.html",
        card=card,
        owner=False,
        sample=True,
        person=None,
        unit=None,
        texts={},
        document=None,
        delivery=None,
        links=CardLinks(),
        shared_url=None,
        csrf="",
    )


@blueprint.get("/brand.css")
def brand() -> Response:
    """The firm's colours, laid over the stylesheet."""
    response = make_response(rendering.brand_css(desk().house.settings.brand))
    response.headers["Content-Type"] = "text/css; charset=utf-8"
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


@blueprint.get("/privacy")
def privacy() -> Response:
    """The built-in privacy page, made from the settings."""
    settings = desk().house.settings
    paragraphs = (
        promises.who_sees_it(settings),
        promises.contact_promise(settings),
        promises.comparison_promise(),
        promises.surveys(settings),
        "Names, addresses, roles and answers typed as text are stored encrypted. No third party is asked for "
        "anything while you use these pages, and no cookie is set beyond those that keep your answers yours.",
        "Consultants may keep notes and a personal comment beside your answers. Those are stored encrypted too, and "
        "every time a consultant opens your answers, that is recorded.",
        "You can correct an answer or your address, and delete what is personal, from your scorecard at any time; "
        "notes and comments go with it.",
        *((f"Write to {settings.contact_email} with any question.",) if settings.contact_email else ()),
    )
    return plain_page("respond/message.html", heading="Privacy", paragraphs=paragraphs, links=())


@blueprint.get("/imprint")
def imprint() -> Response:
    """The built-in imprint: the firm's name and how to reach it."""
    settings = desk().house.settings
    paragraphs = [settings.firm, settings.tagline]
    if settings.contact_email:
        paragraphs.append(f"Write to {settings.contact_email}.")
    return plain_page("respond/message.html", heading="Imprint", paragraphs=paragraphs, links=())


@blueprint.get("/health")
def health() -> Response:
    """Says that the web server answers."""
    return Response("ok\n", mimetype="text/plain")
