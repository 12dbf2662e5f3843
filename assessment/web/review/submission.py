"""One submission: what it says, the brief for the call, and everything a consultant does with it."""

from urllib.parse import parse_qsl, urlencode

from flask import Response, abort, request

from assessment import clock
from assessment.actions import owning, working_on
from assessment.actions.working_on import NOTE_LIMIT, REASON_LIMIT, Held, Stale
from assessment.core.reviewed import apply
from assessment.store import company, history, submission_list, submissions
from assessment.store.database import reading
from assessment.store.filters import to_query
from assessment.web.benchmark_library import shown_figures
from assessment.web.desk import desk, page
from assessment.web.guards import checked, go
from assessment.web.paper import pdf_file, waiting
from assessment.web.review import submission_form, submission_page
from assessment.web.review.door import HOME, me, needs, room, show
from assessment.web.review.listing import filters_of
from assessment.web.review.submission_form import Form
from assessment.web.review.submission_page import One
from assessment.web.review.submission_words import MARKS, STATUSES
from assessment.web.views import CardLinks, DocumentView, PersonView

blueprint = room("submission")
TELLS = {
    "saved": "Saved.",
    "noted": "The note is kept.",
    "unnoted": "The note is deleted.",
    "marked": "Marked: it is out of every statistic.",
    "unmarked": "The mark is off: it counts again.",
    "refused": "Noted: this person is not contacted, whatever they submitted.",
    "allowed": "Noted: this person may be contacted again.",
    "mailed": "The scorecard is on its way once more.",
    "held": "No mail went out: it is held back, for the reason under “Scorecard by mail”.",
}
"""What was just done, by the word in the address."""
NEIGHBOURS = 500
"""How far down the list the next submission is looked for."""


@blueprint.get("/submissions/<public_id>")
@needs("viewer")
def one(public_id: str) -> Response:
    """The submission."""
    return _page(_load(public_id), told=TELLS.get(request.args.get("told", "")))


def _load(public_id: str) -> One:
    everything = request.args.get("history") == "all"
    found = submission_page.load(desk().house, checked(public_id), me(), everything=everything)
    if found is None:
        abort(404)
    return found


def _page(shown: One, status: int = 200, *, form: Form | None = None, **values: object) -> Response:
    """The page; that it was looked at is recorded in a write of its own."""
    working_on.looked(desk().house, shown.found.public_id, "page", me(), clock.now())
    came_by = _list_query()
    newer, older = _neighbours(shown.found.id, came_by)
    given: dict[str, object] = {"told": None, "note": "", "reason": "", "problems": ()}
    return show(
        "review/submission.html",
        status,
        here="submissions",
        one=shown,
        form=form or submission_form.fresh(shown.work, shown.found.revision),
        statuses=STATUSES,
        marks=MARKS,
        limits={"note": NOTE_LIMIT, "reason": REASON_LIMIT},
        base=_address(shown.found.public_id),
        came_by=came_by,
        suffix=f"?{urlencode({'list': came_by})}" if came_by is not None else "",
        newer=newer,
        older=older,
        **(given | values),
    )


def _address(public_id: str) -> str:
    return f"{HOME}/{public_id}"


def _list_query() -> str | None:
    """The list's filters this page was reached by, as its address has them; None when it was reached otherwise."""
    given = request.values.get("list")
    if given is None:
        return None
    return to_query(filters_of(dict(parse_qsl(given[:1000]))))


def _neighbours(id_: int, came_by: str | None) -> tuple[str | None, str | None]:
    """Public ids of what stands before and after in that list; its first one when this one has left it."""
    if came_by is None:
        return None, None
    house, now = desk().house, clock.now()
    narrowed = filters_of(dict(parse_qsl(came_by)))
    day = submission_page.today(now, house.settings.time_zone)
    with reading(house.engine) as connection:
        ids = submission_list.ids(connection, house.keyring, narrowed, day, limit=NEIGHBOURS)
        at = ids.index(id_) if id_ in ids else None
        before = ids[at - 1] if at else None
        following = ids[at + 1 : at + 2] if at is not None else ids[:1]
        known = company.public_ids(connection, [before or 0, *following])
    return known.get(before or 0), known.get(following[0]) if following else None


def _done(public_id: str, told: str, anchor: str = "") -> Response:
    came_by = _list_query()
    query = {"told": told} | ({"list": came_by} if came_by is not None else {})
    return go(f"{_address(public_id)}?{urlencode(query)}{anchor}")


@blueprint.post("/submissions/<public_id>/work")
@needs("consultant")
def work(public_id: str) -> Response:
    """Status, owner and follow-up date; a form that is out of date comes back with what changed."""
    shown = _load(public_id)
    present = submission_form.fresh(shown.work, shown.found.revision)
    form = submission_form.sent(request.form, present)
    house, now = desk().house, clock.now()
    day = submission_page.today(now, house.settings.time_zone)
    wanted, problems = submission_form.read(form, frozenset(id_ for id_, _name in shown.owners), day)
    if wanted is None:
        named = tuple((f"work-{name}", message) for name, message in problems)
        return _page(shown, 422, form=form, problems=named)
    try:
        working_on.work(house, public_id, form.seen, submission_form.base_of(form), wanted, me(), now)
    except Stale:
        return _stale(public_id, form)
    return _done(public_id, "saved")


def _stale(public_id: str, form: Form) -> Response:
    shown, house = _load(public_id), desk().house
    with reading(house.engine) as connection:
        events = {
            name: history.latest(connection, public_id, action) for name, action in submission_form.ACTIONS.items()
        }
    present = submission_form.fresh(shown.work, shown.found.revision)
    again = submission_form.clashed(form, present, events, shown.people, house.settings.time_zone)
    return _page(shown, 409, form=again)


@blueprint.post("/submissions/<public_id>/note")
@needs("consultant")
def note(public_id: str) -> Response:
    """Add a note."""
    shown = _load(public_id)
    typed = request.form.get("text", "")
    text = working_on.paragraphs(typed, NOTE_LIMIT)
    if not text or len(text) > NOTE_LIMIT:
        message = f"A note holds {NOTE_LIMIT:,} characters. Shorten it, or make two of it" if text else "Write the note"
        return _page(shown, 422, note=typed, problems=(("note", message),))
    working_on.add_note(desk().house, public_id, text, me(), clock.now())
    return _done(public_id, "noted", "#notes")


@blueprint.post("/submissions/<public_id>/note/<int:note_id>/delete")
@needs("consultant")
def delete_note(public_id: str, note_id: int) -> Response:
    """Delete one's own note."""
    if not working_on.delete_note(desk().house, checked(public_id), note_id, me(), clock.now()):
        abort(404)
    return _done(public_id, "unnoted", "#notes")


@blueprint.post("/submissions/<public_id>/mark")
@needs("consultant")
def mark(public_id: str) -> Response:
    """Mark as test, spam or competitor, or take the mark off."""
    wanted = request.form.get("mark", "")
    if wanted and wanted not in submissions.MARKS:
        return _page(_load(public_id), 422, problems=(("mark", "Choose what it is"),))
    working_on.mark(desk().house, checked(public_id), wanted or None, me(), clock.now())
    return _done(public_id, "marked" if wanted else "unmarked")


@blueprint.post("/submissions/<public_id>/contact")
@needs("consultant")
def contact(public_id: str) -> Response:
    """Set or lift "do not contact", with the reason."""
    shown = _load(public_id)
    refused, typed = request.form.get("refused") == "yes", request.form.get("reason", "")
    reason = working_on.paragraphs(typed, REASON_LIMIT).replace("\n", " ")
    if not reason or len(reason) > REASON_LIMIT:
        message = f"Shorten the reason to {REASON_LIMIT} characters" if reason else "Say why, in a few words"
        return _page(shown, 422, reason=typed, problems=(("reason", message),))
    try:
        working_on.refuse_contact(desk().house, public_id, refused=refused, reason=reason, by=me(), now=clock.now())
    except Held as held:
        return _page(shown, 409, reason=typed, problems=(("reason", str(held)),))
    return _done(public_id, "refused" if refused else "allowed")


@blueprint.post("/submissions/<public_id>/resend")
@needs("consultant")
def resend(public_id: str) -> Response:
    """Mail the scorecard once more, within every limit."""
    shown = _load(public_id)
    try:
        held = working_on.resend(desk().house, public_id, desk().message_id(), me(), clock.now())
    except Held as refusal:
        return _page(shown, 409, problems=(("mail", str(refusal)),))
    return _done(public_id, "held" if held else "mailed", "#mail")


@blueprint.get("/submissions/<public_id>/scorecard")
@needs("viewer")
def scorecard(public_id: str) -> Response:
    """The scorecard as its owner sees it, with nothing to press; a viewer sees it as who got a shared link does."""
    owned, reader = owning.read(desk().house, checked(public_id)), me()
    shown = submission_page.load(desk().house, public_id, reader, everything=False)
    if owned is None or shown is None:
        abort(404)
    working_on.looked(desk().house, public_id, "scorecard", reader, clock.now())
    private, person = reader.may("consultant"), owned.person
    links = CardLinks(download=f"{_address(public_id)}/pdf") if private else CardLinks()
    document = owned.document
    state = {"ready": "ready", "failed": "failed"}.get(document.state, "queued") if document else "queued"
    view = PersonView(name=person.name, company=person.company) if private and person else None
    return page(
        "scorecard/scorecard.html",
        card=owned.card,
        owner=private,
        reader=_address(public_id),
        sample=False,
        person=view,
        unit=shown.unit,
        texts=dict(shown.texts),
        document=DocumentView(state=state, pages=document.pages if document else None),
        delivery=None,
        links=links,
        shared_url=None,
        previous=owned.previous.card if owned.previous else None,
        review=apply(owned.card, owned.review.signed) if private and owned.review else None,
        library=shown_figures(),
    )


@blueprint.get("/submissions/<public_id>/pdf")
@needs("consultant")
def pdf(public_id: str) -> Response:
    """The scorecard's PDF, or a page that waits for the worker to make it."""
    house, now = desk().house, clock.now()
    owned = owning.read(house, checked(public_id))
    if owned is None:
        abort(404)
    content = owning.pdf(house, public_id, now)
    if content is None:
        return waiting(owned.card, owned.document, _address(public_id))
    working_on.looked(house, public_id, "pdf", me(), now)
    return pdf_file(content, f"{owned.card.origin.reference}.pdf")
