"""The reviewed scorecard: comment, order, one recommendation of one's own; previewed, sent, corrected."""

from flask import Response, abort, request

from assessment import clock
from assessment.actions import owning, review_bench, reviewing, working_on
from assessment.actions.review_bench import Bench
from assessment.actions.reviewing import Edit, Refused, Stale
from assessment.core.reviewed import Content, apply, proposed, unready
from assessment.forms.reviewing import Change, Given, Sheet, merge, read, sheet_of
from assessment.store.database import UNAVAILABLE
from assessment.store.reviews import Review
from assessment.web.desk import BUSY, RETRY_AFTER, desk, page
from assessment.web.guards import checked, go
from assessment.web.paper import pdf_file, waiting
from assessment.web.review import reviewed_page
from assessment.web.review.door import HOME, me, needs, room, show
from assessment.web.review.reviewed_page import Begun
from assessment.web.showing import NO_LINKS
from assessment.web.views import PersonView

blueprint = room("reviewed")
TELLS = {
    "saved": "The draft is saved. Nobody but your colleagues sees it.",
    "sent": "Sent. It stands on the prospect’s scorecard, and the mail is on its way.",
    "held": "It stands on the prospect’s scorecard; the mail is held, for the reason given beside it.",
    "mailed": "The mail is on its way once more.",
    "begun": "This is a new draft, begun from the issue that was sent. That one stays until you send this one.",
    "discarded": "The draft is discarded.",
    "refused": "Nothing was mailed, for the reason given beside it.",
}
"""What was just done, by the word in the address."""


def _address(public_id: str, tail: str = "") -> str:
    return f"{HOME}/{public_id}/reviewed{tail}"


def _bench(public_id: str) -> Bench:
    bench = review_bench.read(desk().house, checked(public_id))
    if bench is None:
        abort(404)
    return bench


@blueprint.get("/submissions/<public_id>/reviewed")
@needs("consultant")
def reviewed(public_id: str) -> Response:
    """The draft to work on, or what was sent."""
    bench, told = _bench(public_id), TELLS.get(request.args.get("told", ""))
    working_on.looked(desk().house, public_id, "page", me(), clock.now())
    if bench.newest is not None and not bench.newest.is_draft:
        values = reviewed_page.values(bench, desk().house.settings.time_zone)
        shown = apply(bench.kept.card, bench.newest.signed)
        return show("review/reviewed_sent.html", 200, here="submissions", reviewed=shown, told=told, **values)
    return _form(bench, sheet_of(_stored(bench)), told=told)


def _stored(bench: Bench) -> Content:
    return bench.newest.content if bench.newest else proposed(bench.kept.card)


def _form(
    bench: Bench,
    sheet: Sheet,
    status: int = 200,
    *,
    begun: Begun | None = None,
    messages: dict[str, str] | None = None,
    changes: tuple[Change, ...] = (),
    **more: object,
) -> Response:
    """The form with what stands in it; `begun` is the state it was opened at, else the present one."""
    zone, card = desk().house.settings.time_zone, bench.kept.card
    values = reviewed_page.values(bench, zone) | {"told": None, "heading": None, "meanwhile": None} | more
    return show(
        "review/reviewed.html",
        status,
        here="submissions",
        sheet=sheet,
        rows=reviewed_page.rows(card, sheet),
        begun=begun or reviewed_page.begun_now(bench, sheet_of(_stored(bench))),
        messages=messages or {},
        changes=reviewed_page.in_words(changes, card),
        **values,
    )


@blueprint.post("/submissions/<public_id>/reviewed")
@needs("consultant")
def act(public_id: str) -> Response:
    """Save the draft, preview it, or send it; whatever is wrong, everything typed comes back."""
    bench, do = _bench(public_id), request.form.get("do", "save")
    known = [item.id for item in bench.kept.card.advice]
    given = read(request.form, request.form.getlist("pick"), known)
    content = given.content
    messages = given.messages
    if content is not None and do in {"preview", "send"}:
        messages = unready(content)
    if content is None or messages:
        return _again(bench, given, 422, messages=messages)
    try:
        return _done(public_id, do, content)
    except Stale:
        return _conflict(public_id, given)
    except Refused as refused:
        return _again(bench, given, 422, heading=str(refused))
    except UNAVAILABLE:
        response = _again(bench, given, 503, heading=BUSY)
        response.headers["Retry-After"] = RETRY_AFTER
        return response


def _again(
    bench: Bench, given: Given, status: int, *, messages: dict[str, str] | None = None, heading: str | None = None
) -> Response:
    """The form as it was typed, still begun where it was begun: a colleague's save in between will show."""
    begun = Begun(seen=_number("seen"), after=_number("after"), base=request.form.get("base", ""))
    return _form(bench, given.sheet, status, begun=begun, messages=messages, heading=heading)


def _number(name: str) -> int:
    typed = request.form.get(name, "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else 0


def _edit(content: Content) -> Edit:
    return Edit(
        account=me(),
        seen=_number("seen"),
        content=content,
        now=clock.now(),
        new_id=clock.public_id(),
        after=_number("after"),
    )


def _done(public_id: str, do: str, content: Content) -> Response:
    house, edit = desk().house, _edit(content)
    if do == "send":
        held = reviewing.send(house, public_id, edit, desk().message_id())
        return go(_address(public_id, f"?told={'held' if held else 'sent'}"))
    reviewing.save(house, public_id, edit, preview=do == "preview")
    return go(_address(public_id, "/preview" if do == "preview" else "?told=saved"))


def _conflict(public_id: str, given: Given) -> Response:
    """What a colleague saved since this form was opened, beside what was typed here; saving again keeps the latter."""
    bench = _bench(public_id)
    theirs = sheet_of(_stored(bench))
    sheet, changes = merge(request.form.get("base", ""), given.sheet, theirs)
    meanwhile = reviewed_page.meanwhile(bench, _number("after"), desk().house.settings.time_zone)
    return _form(bench, sheet, 409, changes=changes, meanwhile=meanwhile)


@blueprint.get("/submissions/<public_id>/reviewed/preview")
@needs("consultant")
def preview(public_id: str) -> Response:
    """The page as the prospect will see it; nothing of it is sent."""
    bench = _bench(public_id)
    owned = owning.read(desk().house, public_id)
    if bench.draft is None or owned is None:
        return go(_address(public_id))
    person = owned.person
    return page(
        "review/reviewed_preview.html",
        card=owned.card,
        owner=True,
        sample=False,
        person=PersonView(name=person.name, company=person.company) if person else None,
        unit=owned.unit,
        texts=owned.texts,
        document=None,
        delivery=None,
        links=NO_LINKS,
        shared_url=None,
        previous=owned.previous.card if owned.previous else None,
        review=apply(owned.card, bench.draft.signed),
        bench=bench,
        base=_address(public_id),
    )


@blueprint.post("/submissions/<public_id>/reviewed/send")
@needs("consultant")
def send(public_id: str) -> Response:
    """Send what was previewed; if somebody changed it since, it is looked at again first."""
    bench = _bench(public_id)
    draft = bench.draft
    if draft is None or draft.revision != _number("seen"):
        return _changed_since(bench)
    messages = unready(draft.content)
    if messages:
        return _form(bench, sheet_of(draft.content), 422, messages=messages)
    try:
        held = reviewing.send(desk().house, public_id, _edit(draft.content), desk().message_id())
    except Stale:
        return _changed_since(_bench(public_id))
    except Refused as refused:
        return _form(bench, sheet_of(draft.content), 422, heading=str(refused))
    return go(_address(public_id, f"?told={'held' if held else 'sent'}"))


def _changed_since(bench: Bench) -> Response:
    meanwhile = reviewed_page.meanwhile(bench, _number("after"), desk().house.settings.time_zone)
    return _form(bench, sheet_of(_stored(bench)), 409, meanwhile=meanwhile)


@blueprint.get("/submissions/<public_id>/reviewed/pdf")
@needs("consultant")
def pdf(public_id: str) -> Response:
    """The PDF of the newest issue, or of the one that is asked for; a draft's once it was previewed."""
    bench, now = _bench(public_id), clock.now()
    review = _wanted(bench, request.args.get("issue", ""))
    if review is None:
        abort(404)
    document, content = owning.reviewed_pdf(desk().house, review, now)
    if document is None:
        abort(404)
    if content is None:
        return waiting(bench.kept.card, document, _address(public_id, "/preview" if review.is_draft else ""))
    working_on.looked(desk().house, public_id, "pdf", me(), now)
    state = "draft" if review.is_draft else f"reviewed-{review.issue}"
    return pdf_file(content, f"{bench.submission.questionnaire}-scorecard-{state}.pdf")


def _wanted(bench: Bench, issue: str) -> Review | None:
    if not issue:
        return bench.newest
    return next((one.review for one in bench.issues if str(one.review.issue) == issue), None)


@blueprint.post("/submissions/<public_id>/reviewed/correct")
@needs("consultant")
def correct(public_id: str) -> Response:
    """Begin a corrected issue from the one that was sent."""
    _bench(public_id)
    reviewing.correct(desk().house, public_id, me(), now=clock.now(), new_id=clock.public_id())
    return go(_address(public_id, "?told=begun"))


@blueprint.post("/submissions/<public_id>/reviewed/discard")
@needs("consultant")
def discard(public_id: str) -> Response:
    """Throw the draft away, unless a colleague changed it since."""
    _bench(public_id)
    try:
        reviewing.discard(desk().house, public_id, me(), _number("seen"), now=clock.now())
    except Stale:
        return _changed_since(_bench(public_id))
    return go(_address(public_id, "?told=discarded"))


@blueprint.post("/submissions/<public_id>/reviewed/mail")
@needs("consultant")
def mail(public_id: str) -> Response:
    """Mail what was sent once more, to the address as it is now."""
    _bench(public_id)
    try:
        held = reviewing.mail_again(desk().house, public_id, me(), message_id=desk().message_id(), now=clock.now())
    except (Refused, Stale):
        return go(_address(public_id, "?told=refused"))
    return go(_address(public_id, f"?told={'held' if held else 'mailed'}"))
