"""Answering: one page at a time, saved at each, with a link to come back by."""

from dataclasses import replace

from flask import Blueprint, Response, abort, jsonify, request

from assessment import clock
from assessment.actions import responding, resuming
from assessment.actions.responding import AlreadySubmitted, Conflict, Draft
from assessment.core.definition import Question
from assessment.core.routing import shown_ids
from assessment.forms.pages import PageForm, foreign_fields, page_form
from assessment.forms.readers import email_fault
from assessment.store.database import UNAVAILABLE
from assessment.web import composing
from assessment.web.desk import BUSY, busy_page, desk, page
from assessment.web.forgery import EXPIRED, token_is_good
from assessment.web.guards import STRANGER, admitted, checked, go, own_draft, to_scorecard
from assessment.web.survey import forget_fit
from assessment.web.views import LaterPage

blueprint = Blueprint("respond", __name__, url_prefix="/r/<public_id>")
Shown = tuple[Question, ...]


@blueprint.get("/<int:index>")
def question(public_id: str, index: int) -> Response:
    """One page of questions, filled with what was answered before."""
    draft = own_draft(public_id)
    if draft.response.state != "draft":
        return to_scorecard(draft)
    shown = _shown(draft, index)
    if not shown:
        return go(composing.address_of(draft, index))
    currency = composing.currency_of(draft.questionnaire, draft.answers)
    views = composing.stored_views(shown, draft.answers, draft.texts, currency)
    back = request.args.get("back") == "check"
    return page("respond/question.html", page=composing.question_page(draft, index, views, back_to_check=back))


@blueprint.post("/<int:index>")
def answer(public_id: str, index: int) -> Response:
    """Read a page, store it, go on; or the same page with what needs a look."""
    draft = responding.find(desk().house, checked(public_id))
    if draft is None:
        abort(404)
    shown = _shown(draft, index)
    form = page_form(draft.questionnaire, draft.response.version, index)(request.form)
    good = form.read(shown)
    if not admitted("r", public_id, draft.response.epoch):
        return _echo_to_stranger(draft, index, shown, form)
    if draft.response.state != "draft":
        return to_scorecard(draft)
    if not shown:
        return go(composing.address_of(draft, index))
    if foreign_fields(draft.questionnaire, index, request.form):
        trouble = ((f"q-{shown[0].id}", "Answer the questions shown here and press Continue"),)
        return _again(draft, index, shown, form, trouble, "This form sent answers to other questions")
    if not token_is_good():
        trouble = ((f"q-{shown[0].id}", "Look over your answers and press Continue once more"),)
        return _again(draft, index, shown, form, trouble, EXPIRED)
    if not (form.check(draft.questionnaire, draft.answers) and good):
        return _again(draft, index, shown, form)
    return _store(draft, index, shown, form)


def _shown(draft: Draft, index: int) -> Shown:
    if index >= len(draft.questionnaire.pages):
        abort(404)
    asked = shown_ids(draft.questionnaire, draft.answers)
    return tuple(question for question in draft.questionnaire.pages[index].questions if question.id in asked)


def _next_step(draft: Draft, index: int, form: PageForm) -> int:
    """The page after this one that asks anything, with these answers; beyond the last one: the check page."""
    pages = draft.questionnaire.pages
    here = {question.id for question in pages[index].questions}
    others = {name: value for name, value in draft.answers.items() if name not in here}
    walk = composing.steps(draft.questionnaire, {**others, **form.answers})
    return next((step for step in walk if step > index), len(pages))


def _store(draft: Draft, index: int, shown: Shown, form: PageForm) -> Response:
    public_id, part = draft.response.public_id, draft.questionnaire.pages[index]
    try:
        saved = responding.save_page(
            desk().house,
            draft,
            part,
            answers=form.answers,
            texts=form.texts,
            seen=request.form.get("seen", ""),
            now=clock.now(),
            at=max(_next_step(draft, index, form), draft.response.page),
        )
    except Conflict as conflict:
        return _both_values(conflict.draft, index, shown, form)
    except AlreadySubmitted:
        return to_scorecard(draft)
    except UNAVAILABLE:
        trouble = ((f"q-{shown[0].id}", "Press Continue once more in a moment"),)
        return _again(draft, index, shown, form, trouble, BUSY, 503)
    forget_fit(public_id)
    ahead = [i for i in composing.steps(saved.questionnaire, saved.answers) if i > index]
    to_check = request.form.get("back") == "check" or not ahead
    return go(f"/r/{public_id}/{'check' if to_check else ahead[0]}")


def _again(
    draft: Draft,
    index: int,
    shown: Shown,
    form: PageForm,
    trouble: tuple[tuple[str, str], ...] | None = None,
    heading: str | None = None,
    status: int = 422,
) -> Response:
    currency = composing.currency_of(draft.questionnaire, draft.answers)
    value = composing.question_page(
        draft,
        index,
        composing.sent_views(shown, form, currency),
        back_to_check=request.form.get("back") == "check",
        trouble=composing.problems(form.messages) if trouble is None else trouble,
        heading=heading,
    )
    value = replace(value, seen=request.form.get("seen", value.seen))
    if status == 503:
        return busy_page("respond/question.html", page=value)
    return page("respond/question.html", status, page=value)


def _both_values(draft: Draft, index: int, shown: Shown, form: PageForm) -> Response:
    currency = composing.currency_of(draft.questionnaire, draft.answers)
    mine = {**form.answers, **form.texts}
    theirs = {**draft.answers, **draft.texts}
    stored = {
        q.id: composing.shown_answer(q, draft.answers.get(q.id), draft.texts.get(q.id), currency)
        for q in shown
        if mine.get(q.id) != theirs.get(q.id)
    }
    trouble = tuple((f"q-{q.id}", f"Two answers to choose from: {q.label}") for q in shown if q.id in stored)
    views = composing.sent_views(shown, form, currency, stored)
    back = request.form.get("back") == "check"
    heading = "This page was changed in another window"
    value = composing.question_page(draft, index, views, back_to_check=back, trouble=trouble, heading=heading)
    return page("respond/question.html", 409, page=value)


def _echo_to_stranger(draft: Draft, index: int, shown: Shown, form: PageForm) -> Response:
    """Only what this browser typed comes back: nothing stored is shown, nothing is stored."""
    if not shown:
        abort(404)
    blank = replace(draft, answers={}, texts={}, contact={})
    trouble = ((f"q-{shown[0].id}", "Open your link to these answers in another window, then press Continue here"),)
    views = composing.sent_views(shown, form, None)
    value = composing.question_page(
        blank, index, views, back_to_check=False, trouble=trouble, heading=STRANGER, saves=False
    )
    return page("respond/question.html", 403, page=value)


@blueprint.post("/<int:index>/save")
def save(public_id: str, index: int) -> Response:
    """Store what is sound of a page while it is being answered; says the page's new digest."""
    draft = own_draft(public_id)
    if draft.response.state != "draft" or not token_is_good():
        abort(409)
    shown = _shown(draft, index)
    form = page_form(draft.questionnaire, draft.response.version, index)(request.form)
    form.read(shown, partial=True)
    part = draft.questionnaire.pages[index]
    try:
        saved = responding.save_page(
            desk().house,
            draft,
            part,
            answers=form.answers,
            texts=form.texts,
            seen=request.form.get("seen", ""),
            now=clock.now(),
            at=draft.response.page,
            partial=True,
        )
    except (Conflict, AlreadySubmitted):
        abort(409)
    forget_fit(public_id)
    return jsonify(seen=saved.seen(part))


@blueprint.route("/later", methods=["GET", "POST"])
def later(public_id: str) -> Response:
    """The link to come back by, and a mail with it."""
    draft = own_draft(public_id)
    if draft.response.state != "draft":
        return to_scorecard(draft)
    index = composing.page_named(draft, request.args.get("at", ""))
    value = _later_page(draft, index)
    if request.method != "POST":
        return page("respond/later.html", later=value)
    email = request.form.get("email", "").strip()
    message = email_fault(email) if token_is_good() else f"{EXPIRED}. Press the button once more"
    if message is None:
        try:
            message = resuming.mail_link(desk().house, public_id, email, desk().message_id(), clock.now())
        except UNAVAILABLE:
            return busy_page("respond/later.html", later=replace(value, email=email, message=f"{BUSY}. Try once more"))
    if message:
        return page("respond/later.html", 422, later=replace(value, email=email, message=message))
    return page("respond/later.html", later=replace(value, done="The link is on its way."))


def _later_page(draft: Draft, index: int) -> LaterPage:
    public_id = draft.response.public_id
    return LaterPage(
        link=desk().links.address("resume", public_id, draft.response.epoch, tail=f"?at={index}"),
        days=desk().house.settings.draft_days,
        action=f"/r/{public_id}/later?at={index}",
        back=composing.address_of(draft, index),
        survey=draft.questionnaire.kind == "survey",
    )
