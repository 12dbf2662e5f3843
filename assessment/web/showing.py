"""Showing a scorecard: its page is drawn once for what it shows, and each browser's own token put in."""

import secrets
from dataclasses import dataclass
from functools import lru_cache

from flask import Response, make_response
from flask_wtf.csrf import generate_csrf

from assessment import rendering
from assessment.actions.owning import Owned
from assessment.core.reviewed import Signed, apply
from assessment.core.scorecard import Brand
from assessment.store.scorecards import Kept, load
from assessment.web.benchmark_library import shown_figures
from assessment.web.desk import desk
from assessment.web.guards import came_by_mail
from assessment.web.review.door import signed_in
from assessment.web.views import CardLinks, DeliveryView, DocumentView, PersonView

TOKEN = secrets.token_hex(16)
"""Stands in a drawn page where the browser's CSRF token goes."""
MOST_DRAWN = 200
"""Pages kept drawn; about 45 KB each."""
NO_LINKS = CardLinks()


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What stands beside the snapshot; equal parts draw an equal page."""

    owner: bool = False
    person: PersonView | None = None
    unit: str | None = None
    texts: tuple[tuple[str, str], ...] = ()
    document: DocumentView | None = None
    delivery: DeliveryView | None = None
    links: CardLinks = NO_LINKS
    shared_url: str | None = None
    notice: str | None = None
    previous: str | None = None
    review: Signed | None = None
    live: tuple[str, ...] = ()
    figures: frozenset[str] = frozenset()


def show_own(owned: Owned, *, shared_url: str | None = None, notice: str | None = None) -> Response:
    """One's own scorecard, with everything its owner may do."""
    beside = Beside(
        owner=True,
        person=_person(owned),
        unit=owned.unit,
        texts=tuple(sorted(owned.texts.items())),
        document=_document(owned),
        delivery=_delivery(owned),
        links=_links(owned),
        shared_url=shared_url,
        notice=notice,
        previous=owned.previous.snapshot if owned.previous else None,
        review=owned.review.signed if owned.review else None,
        live=_live(),
        figures=shown_figures(),
    )
    html = _drawn(desk().house.settings.brand, owned.kept.snapshot, beside)
    return make_response(html.replace(TOKEN, generate_csrf()))


def show_shared(kept: Kept) -> Response:
    """A scorecard behind a read-only link: no contact, no free text, no PDF."""
    beside = Beside(live=_live(), figures=shown_figures())
    return make_response(_drawn(desk().house.settings.brand, kept.snapshot, beside))


def _live() -> tuple[str, ...]:
    """What is open to answers now: a scorecard suggests nothing that was closed since."""
    return tuple(entry.questionnaire.id for entry in desk().house.catalogue.live())


@lru_cache(maxsize=MOST_DRAWN)
def _drawn(brand: Brand, snapshot: str, beside: Beside) -> str:
    card = load(snapshot)
    return rendering.render(
        "scorecard/scorecard.html",
        brand=brand,
        card=card,
        owner=beside.owner,
        sample=False,
        person=beside.person,
        unit=beside.unit,
        texts=dict(beside.texts),
        document=beside.document,
        delivery=beside.delivery,
        links=beside.links,
        shared_url=beside.shared_url,
        notice=beside.notice,
        previous=load(beside.previous) if beside.previous else None,
        review=apply(card, beside.review) if beside.review else None,
        live=beside.live,
        library=beside.figures,
        csrf=TOKEN,
    )


def _person(owned: Owned) -> PersonView | None:
    person = owned.person
    if person is None or not any((person.name, person.company, person.email, person.role)):
        return None
    return PersonView(
        name=person.name,
        company=person.company,
        email=person.email,
        role=person.role,
        confirmed=person.confirmed_at is not None,
    )


def _document(owned: Owned) -> DocumentView:
    state = owned.document.state if owned.document else "queued"
    shown = {"ready": "ready", "failed": "failed"}.get(state, "queued")
    return DocumentView(state=shown, pages=owned.document.pages if owned.document else None)


def _delivery(owned: Owned) -> DeliveryView | None:
    if owned.delivery is None or owned.delivery.state == "erased":
        return None
    state = "queued" if owned.delivery.state == "leased" else owned.delivery.state
    reason = owned.delivery.error if state == "held" else None
    return DeliveryView(state=state, sent_at=owned.delivery.sent_at, reason=reason)


def _links(owned: Owned) -> CardLinks:
    base = f"/s/{owned.kept.public_id}"
    has_address = owned.person is not None and bool(owned.person.email)
    unconfirmed = owned.person is not None and has_address and owned.person.confirmed_at is None
    return CardLinks(
        download=f"{base}/pdf",
        reviewed=f"{base}/reviewed.pdf" if owned.review else None,
        mail=f"{base}/mail" if has_address else None,
        correct_address=f"{base}/address",
        correct_answers=f"{base}/correct",
        share=f"{base}/share",
        again=f"{base}/again",
        uncount=f"{base}/uncount" if owned.compared else None,
        delete=f"{base}/delete",
        confirm=f"{base}/confirm" if unconfirmed and came_by_mail(owned) else None,
        workplace=_workplace(owned),
    )


def _workplace(owned: Owned) -> str | None:
    """Where a consultant who filled it in for a client goes on; for the firm's own people only."""
    return f"/review/submissions/{owned.kept.public_id}" if signed_in() else None
