"""Calculators: the numbers stand in the address, so that a link opens the same result again and nothing is kept.

Only "Keep this as a PDF" stores anything, because a PDF is made by the worker and never by the web server.
"""

from dataclasses import replace
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, request

from assessment import clock
from assessment.actions import calculating
from assessment.catalogue.catalogue import Entry
from assessment.core.answers import Answers, parse_answers
from assessment.core.calculating import flags_of, in_brief, in_one_sentence, is_told, missing, needed
from assessment.core.definition import Question, Questionnaire
from assessment.forms.calculation import Calculation, fields_of, is_filled, read_calculation, without_vanished
from assessment.store.database import UNAVAILABLE
from assessment.web import composing
from assessment.web.calculator_page import CalculatorPage, CalculatorPart, Result
from assessment.web.desk import BUSY, busy_page, desk, page
from assessment.web.forgery import EXPIRED, token_is_good
from assessment.web.guards import admit, go, kept_calculation
from assessment.web.paper import pdf_file, waiting
from assessment.web.views import QuestionView

blueprint = Blueprint("calculate", __name__)
KIND = "calculator"
TEMPLATE = "calculate/calculator.html"
PRESS = "form.press"
"""The hidden field that tells one shown form from another; a question's id has no dot."""
_MOST_PRESS = 40


def show(entry: Entry) -> Response:
    """The calculator with what its address carries; without numbers it is the empty form.

    422 only where something typed cannot be meant; what is merely not filled in yet is named and no fault.
    """
    given, gone = without_vanished(entry.questionnaire, request.args, needed(entry.questionnaire))
    read = read_calculation(entry.questionnaire, entry.version, given)
    value = replace(_page(entry, read, filled=is_filled(entry.questionnaire, given)), gone=gone)
    return page(TEMPLATE, 422 if value.problems else 200, calculator=value)


def example_of(questionnaire: Questionnaire) -> str | None:
    """The address of the sample's numbers, or None where the file marks no sample."""
    persona = next((persona for persona in questionnaire.personas if persona.sample), None)
    if persona is None:
        return None
    return _address(questionnaire, parse_answers(questionnaire, persona.answers))


@blueprint.post("/a/<slug>/pdf")
def keep(slug: str) -> Response:
    """Have the result made into a PDF; leads to the page that waits for it."""
    entry = desk().house.catalogue.get(slug)
    if entry is None or entry.questionnaire.kind != KIND or entry.questionnaire.status != "live":
        abort(404)
    read = read_calculation(entry.questionnaire, entry.version, request.form)
    value = _page(entry, read, filled=True)
    if value.result is None:
        return page(TEMPLATE, 422, calculator=value)
    if not token_is_good():
        late = (("keep", "Look over the numbers and ask for the PDF once more"),)
        return page(TEMPLATE, 422, calculator=replace(value, problems=late, problem_heading=EXPIRED))
    try:
        kept = calculating.keep(
            desk().house,
            entry,
            read.answers,
            link=value.result.link,
            press=request.form.get(PRESS, "")[:_MOST_PRESS],
            now=clock.now(),
            public_id=clock.public_id(),
        )
    except UNAVAILABLE:
        again = (("keep", "Ask for the PDF once more in a moment"),)
        return busy_page(TEMPLATE, calculator=replace(value, problems=again, problem_heading=BUSY))
    return admit(go(f"/k/{kept.public_id}"), "k", kept.public_id, kept.epoch)


@blueprint.get("/k/<public_id>")
def kept(public_id: str) -> Response:
    """The PDF, or a page that waits for the worker to make it."""
    found = kept_calculation(public_id)
    card = found.card
    document, content = calculating.pdf(desk().house, found, clock.now())
    if content is None:
        path = (card.origin.link or "").removeprefix(desk().links.public_url)
        return waiting(card, document, path if path.startswith("/a/") else f"/a/{card.origin.questionnaire}")
    return pdf_file(content, f"{card.origin.questionnaire}.pdf")


def _page(entry: Entry, read: Calculation, *, filled: bool) -> CalculatorPage:
    asked, answers = entry.questionnaire, read.answers
    problems = composing.problems(read.messages) if filled else ()
    wanting = missing(asked, answers) if filled else ()
    result = _result(entry, answers) if filled and not problems else None
    return CalculatorPage(
        id=asked.id,
        title=asked.title,
        lead=asked.lead,
        parts=_parts(asked, read),
        action=f"/a/{asked.id}",
        keep=f"/a/{asked.id}/pdf",
        example=example_of(asked),
        filled=filled,
        closed=asked.status != "live",
        days=desk().house.settings.draft_days,
        result=result if result is not None and is_told(result.card, wanting) else None,
        missing=wanting,
        problems=problems,
    )


def _parts(asked: Questionnaire, read: Calculation) -> tuple[CalculatorPart, ...]:
    currency, wanted = composing.currency_of(asked, read.answers), needed(asked)
    return tuple(
        CalculatorPart(
            title=part.title,
            lead=part.lead,
            questions=tuple(_view(question, read, currency, question.id not in wanted) for question in part.questions),
        )
        for part in asked.pages
    )


def _view(question: Question, read: Calculation, currency: str | None, optional: bool) -> QuestionView:
    view = composing.question_view(
        question, read.sent[question.id], currency=currency, message=read.messages.get(question.id)
    )
    # A number left blank is a number not known; a box beside it would only say the same again.
    return replace(view, optional=optional, specials=() if question.is_numeric else view.specials)


def _result(entry: Entry, answers: Answers) -> Result:
    house, asked = desk().house, entry.questionnaire
    address = _address(asked, answers)
    link = f"{desk().links.public_url}{address}"
    card = calculating.calculate(house, entry, answers, link=link, now=clock.now(), id_="")
    formulas = tuple(drawing for drawing in card.drawings if drawing.kind == "formula")
    return Result(
        card=card,
        told=in_one_sentence(card),
        brief=in_brief(card),
        warnings=flags_of(card),
        formulas=formulas,
        pictures=tuple(drawing for drawing in card.drawings if drawing not in formulas),
        link=link,
        fields=fields_of(asked, answers),
        press=clock.submission_key(),
    )


def _address(asked: Questionnaire, answers: Answers) -> str:
    fields = fields_of(asked, answers)
    return f"/a/{asked.id}?{urlencode(fields)}" if fields else f"/a/{asked.id}"


def from_sample(questionnaire: Questionnaire) -> Response:
    """Where another instrument shows a sample scorecard, a calculator shows its sample's numbers."""
    address = example_of(questionnaire)
    if address is None:
        abort(404)
    return go(address)
