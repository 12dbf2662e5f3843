"""The end of answering: check your answers, contact and consents, submit."""

from dataclasses import replace

from flask import Blueprint, Response, abort, request

from assessment import clock
from assessment.actions import promises, responding, submitting, surveying
from assessment.actions.responding import Draft
from assessment.actions.submitting import INTERVIEW, Incomplete, Submission
from assessment.core.checking import contradicted
from assessment.core.routing import required_missing, shown_ids, visible
from assessment.core.scoring import assess
from assessment.core.survey import fitting
from assessment.forms.contact import LABELS, LIMITS, ContactAnswer, read_contact
from assessment.store.beginnings import origin_of
from assessment.store.database import UNAVAILABLE
from assessment.web import composing
from assessment.web.checking import coverage_words, pulls
from assessment.web.desk import BUSY, busy_page, desk, page
from assessment.web.forgery import EXPIRED, token_is_good
from assessment.web.guards import STRANGER, admit, admitted, checked, go, own_draft, to_scorecard
from assessment.web.survey import forget_fit, remember_fit
from assessment.web.views import CheckGroup, CheckPage, CheckRow, ConsentBox, ContactField

blueprint = Blueprint("submit", __name__, url_prefix="/r/<public_id>")
_AUTOCOMPLETE = {"name": "name", "email": "email", "company": "organization", "role": "organization-title"}


@blueprint.get("/check")
def check(public_id: str) -> Response:
    """All answers by area, what pulls apart, what is missing, and where to send the PDF."""
    draft = own_draft(public_id)
    if draft.response.state != "draft":
        return to_scorecard(draft)
    if draft.questionnaire.kind == "survey":
        forget_fit(public_id)
        remember_fit(public_id, fitting(draft.questionnaire, visible(draft.questionnaire, draft.answers)))
    empty = ContactAnswer(draft.contact, frozenset(), draft.contact, {})
    return page("respond/check.html", check=_check_page(draft, empty))


@blueprint.post("/check")
def submit(public_id: str) -> Response:
    """Submit; a second time meets the same scorecard."""
    draft = responding.find(desk().house, checked(public_id))
    if draft is None:
        abort(404)
    wordings = _wordings(draft)
    given = read_contact(draft.questionnaire.contact, request.form, frozenset(wordings))
    if not admitted("r", public_id, draft.response.epoch):
        return _echo_to_stranger(draft, given)
    if draft.response.state != "draft":
        return to_scorecard(draft)
    try:
        return _submit(draft, given)
    except UNAVAILABLE:
        value = replace(_check_page(draft, given), problem_heading=BUSY)
        again = (("contact", f"Press “{_button(draft)}” once more in a moment"),)
        return busy_page("respond/check.html", check=replace(value, problems=again))


def _echo_to_stranger(draft: Draft, given: ContactAnswer) -> Response:
    """A browser that lost its key gets back what it typed, and nothing that is stored."""
    if draft.response.state != "draft":
        abort(404)
    blank = replace(draft, answers={}, texts={}, contact={})
    trouble = (("contact", "Open your link to these answers in another window, then press the button here"),)
    value = replace(_check_page(blank, given), lead="", groups=(), missing=(), pulls=(), problems=trouble)
    return page("respond/check.html", 403, check=replace(value, problem_heading=STRANGER))


def _submit(draft: Draft, given: ContactAnswer) -> Response:
    public_id = draft.response.public_id
    if not token_is_good():
        value = _check_page(draft, replace(given, messages={}))
        late = (("contact", f"Press “{_button(draft)}” once more"),)
        return page("respond/check.html", 422, check=replace(value, problems=late, problem_heading=EXPIRED))
    if given.messages:
        responding.keep_contact(desk().house, public_id, given.contact, clock.now())
        return page("respond/check.html", 422, check=_check_page(draft, given))
    if draft.questionnaire.kind == "survey":
        return _cast(draft, given)
    submission = Submission(
        contact=given.contact,
        consents=given.consents,
        now=clock.now(),
        public_id=clock.public_id(),
        message_id=desk().message_id(),
        mail=not _interview(draft) or bool(request.form.get("mail")),
    )
    try:
        kept = submitting.submit(desk().house, public_id, submission)
    except Incomplete:
        responding.keep_contact(desk().house, public_id, given.contact, clock.now())
        return _incomplete(draft, given)
    return admit(go(f"/s/{kept.public_id}"), "s", kept.public_id, kept.epoch)


def _cast(draft: Draft, given: ContactAnswer) -> Response:
    """A survey's answers become a ballot; only this browser is told which assessment fits."""
    public_id = draft.response.public_id
    try:
        fits = surveying.cast(desk().house, public_id, box_number=clock.box_number(), now=clock.now())
    except Incomplete:
        return _incomplete(draft, given)
    remember_fit(public_id, fits)
    return go(f"/r/{public_id}/thanks")


def _incomplete(draft: Draft, given: ContactAnswer) -> Response:
    value = _check_page(draft, given)
    heading = "Some questions still need an answer, or answers do not fit together"
    return page("respond/check.html", 422, check=replace(value, problems=value.missing, problem_heading=heading))


def _check_page(draft: Draft, given: ContactAnswer) -> CheckPage:
    questionnaire, public_id = draft.questionnaire, draft.response.public_id
    outcome = assess(questionnaire, draft.answers)
    walk = composing.steps(questionnaire, draft.answers)
    fields = _fields(draft, given)
    return CheckPage(
        title=questionnaire.title,
        lead=coverage_words(draft, outcome),
        groups=_groups(draft),
        missing=_missing(draft),
        pulls=pulls(draft, outcome),
        fields=fields,
        consents=tuple(
            ConsentBox(purpose=purpose, wording=wording, given=purpose in given.consents)
            for purpose, wording in _wordings(draft).items()
        ),
        required=bool(questionnaire.contact.require),
        promise=_promise(draft),
        button=_button(draft),
        survey=questionnaire.kind == "survey",
        action=f"/r/{public_id}/check",
        back=f"/r/{public_id}/{walk[-1] if walk else 0}",
        back_words="Back to the questions",
        later=f"/r/{public_id}/later?at={len(questionnaire.pages)}",
        interview=_interview(draft),
        mail=bool(request.form.get("mail")),
        problems=tuple((field.name, f"{field.message}: {field.label}") for field in fields if field.message),
    )


def _promise(draft: Draft) -> str:
    settings = desk().house.settings
    if draft.questionnaire.kind == "survey":
        return promises.confidential(settings, draft.questionnaire)
    return promises.contact_promise(settings)


def _button(draft: Draft) -> str:
    if draft.questionnaire.kind == "survey":
        return "Send my answers"
    return f"Show {'the' if _interview(draft) else 'my'} scorecard"


def _interview(draft: Draft) -> bool:
    return origin_of(draft.response.source) == INTERVIEW


def _wordings(draft: Draft) -> dict[str, str]:
    if draft.questionnaire.kind == "survey":
        return {}
    return promises.consent_wordings(desk().house.settings, interview=_interview(draft))


def _missing(draft: Draft) -> tuple[tuple[str, str], ...]:
    """What stands between these answers and a scorecard: a link to the answer, and what to do."""
    questionnaire, known = draft.questionnaire, {**draft.answers, **draft.texts}
    page_of = {q.id: index for index, part in enumerate(questionnaire.pages) for q in part.questions}
    blank = [(question.id, question.label) for _, question in required_missing(questionnaire, known)]
    found = [*blank, *contradicted(questionnaire, known)]
    return tuple((_change(draft, name, page_of[name]), words) for name, words in found)


def _groups(draft: Draft) -> tuple[CheckGroup, ...]:
    questionnaire = draft.questionnaire
    currency = composing.currency_of(questionnaire, draft.answers)
    asked = shown_ids(questionnaire, draft.answers)
    groups = []
    for index, part in enumerate(questionnaire.pages):
        rows = tuple(
            CheckRow(
                id=question.id,
                label=question.label,
                answer=composing.shown_answer(
                    question, draft.answers.get(question.id), draft.texts.get(question.id), currency
                ),
                link=_change(draft, question.id, index),
            )
            for question in part.questions
            if question.id in asked
        )
        if rows:
            groups.append(CheckGroup(title=composing.page_title(questionnaire, part), rows=rows))
    return tuple(groups)


def _change(draft: Draft, question_id: str, index: int) -> str:
    return f"/r/{draft.response.public_id}/{index}?back=check#q-{question_id}"


def _fields(draft: Draft, given: ContactAnswer) -> tuple[ContactField, ...]:
    asked = draft.questionnaire.contact
    return tuple(
        ContactField(
            name=name,
            label=label,
            type="email" if name == "email" else "text",
            autocomplete="off" if _interview(draft) else _AUTOCOMPLETE[name],
            limit=LIMITS[name],
            value=given.typed.get(name, ""),
            required=name in asked.require,
            message=given.messages.get(name),
        )
        for name, label in LABELS.items()
        if name in asked.offer or name in asked.require
    )
