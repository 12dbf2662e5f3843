"""The introduction and what it asks: the same page for whoever comes by themselves and for whoever was invited."""

from collections.abc import Mapping

from flask import Response, request

from assessment.actions import promises
from assessment.catalogue.catalogue import Entry
from assessment.core.answers import AnswerValue
from assessment.core.definition import Question, Questionnaire
from assessment.core.routing import shown_questions
from assessment.forms.pages import PageForm, page_form
from assessment.web import composing
from assessment.web.desk import BUSY, busy_page, desk, page
from assessment.web.forgery import EXPIRED
from assessment.web.views import AreaNote, Introduction, Invited, QuestionView, StageNote

Forms = list[tuple[PageForm, tuple[Question, ...]]]


def start_forms(entry: Entry) -> Forms:
    """The forms of the questions that stand on the introduction, read and checked; messages say what to mend."""
    pages = [(i, part) for i, part in enumerate(entry.questionnaire.pages) if part.start]
    forms = [
        (page_form(entry.questionnaire, entry.version, index)(request.form), tuple(shown_questions(part, {})))
        for index, part in pages
    ]
    for form, shown in forms:
        form.read(shown)
        form.check(entry.questionnaire, {})
    return forms


def answers_of(forms: Forms) -> dict[str, AnswerValue]:
    """What was answered on the introduction."""
    return {name: value for form, _shown in forms for name, value in form.answers.items()}


def texts_of(forms: Forms) -> dict[str, str]:
    """What was typed as text on the introduction."""
    return {name: text for form, _shown in forms for name, text in form.texts.items()}


def start_views(questionnaire: Questionnaire) -> tuple[QuestionView, ...]:
    """The questions of the introduction, empty."""
    asked = [question for part in questionnaire.pages if part.start for question in part.questions]
    return composing.stored_views(asked, {}, {}, None)


def intro_again(
    questionnaire: Questionnaire,
    forms: Forms,
    source: Mapping[str, str],
    *,
    invited: Invited | None = None,
    busy: bool = False,
) -> Response:
    """The introduction with everything typed, and what needs a look."""
    views = tuple(view for form, shown in forms for view in composing.sent_views(shown, form, None))
    messages = {name: message for form, _shown in forms for name, message in form.messages.items()}
    trouble, heading = composing.problems(messages), None
    if not messages:
        trouble, heading = (("start", "Press the button once more to start"),), BUSY if busy else EXPIRED
    intro = intro_of(questionnaire, views, source, trouble, heading, invited)
    if busy:
        return busy_page("respond/introduction.html", intro=intro)
    return page("respond/introduction.html", 422, intro=intro)


def intro_of(
    questionnaire: Questionnaire,
    views: tuple[QuestionView, ...],
    source: Mapping[str, str],
    trouble: tuple[tuple[str, str], ...] = (),
    heading: str | None = None,
    invited: Invited | None = None,
) -> Introduction:
    """The value of the introduction."""
    walked = [questionnaire.pages[i] for i in range(len(questionnaire.pages)) if not questionnaire.pages[i].start]
    return Introduction(
        id=questionnaire.id,
        title=questionnaire.title,
        lead=questionnaire.lead,
        count=len(questionnaire.questions),
        minutes=composing.minutes_words(questionnaire),
        areas=tuple(
            AreaNote(title=composing.page_title(questionnaire, part), lead=composing.page_lead(questionnaire, part))
            for part in walked
            if part.area
        ),
        stages=tuple(stage.title for stage in questionnaire.stages),
        ladder=tuple(StageNote(title=stage.title, floor=int(stage.from_)) for stage in questionnaire.stages),
        placement=questionnaire.result == "placement",
        needs_email="email" in questionnaire.contact.require,
        closed=questionnaire.status != "live",
        at_hand=questionnaire.at_hand,
        sample=any(persona.sample for persona in questionnaire.personas),
        who_sees_it=_who_sees_it(questionnaire),
        promise=_promise(questionnaire),
        survey=questionnaire.kind == "survey",
        results=_results(questionnaire),
        source=dict(source),
        questions=views,
        problems=trouble,
        problem_heading=heading,
        action=invited.action if invited else f"/a/{questionnaire.id}",
        invited=invited,
    )


def _who_sees_it(questionnaire: Questionnaire) -> str:
    settings = desk().house.settings
    if questionnaire.kind == "survey":
        return promises.confidential(settings, questionnaire)
    return promises.who_sees_it(settings)


def _promise(questionnaire: Questionnaire) -> str | None:
    """What stands above the first answers of a survey: they are sent before the last part of the page is read."""
    return promises.at_once(desk().house.settings) if questionnaire.kind == "survey" else None


def _results(questionnaire: Questionnaire) -> str | None:
    """Where anybody reads a survey's results; None where they open by link only."""
    public = questionnaire.survey is not None and questionnaire.survey.results == "public"
    return f"/results/{questionnaire.id}" if public else None
