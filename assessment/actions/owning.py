"""What the owner of a scorecard does with it: read, mail, correct, confirm, share, take again, delete."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from assessment.actions.erasing import erase_response
from assessment.actions.installation import Gone, Installation
from assessment.actions.links import Links, Opened
from assessment.actions.pressing import pressed_before
from assessment.actions.responding import Draft, load, open_texts, start
from assessment.actions.submitting import send
from assessment.core.definition import Questionnaire
from assessment.core.scorecard import Scorecard
from assessment.store import (
    audit,
    deliveries,
    documents,
    notes,
    peer_marks,
    people,
    responses,
    reviews,
    scorecards,
    submissions,
)
from assessment.store.database import reading, settle, writing
from assessment.store.deliveries import Delivery
from assessment.store.documents import Document
from assessment.store.peers import PURPOSE
from assessment.store.people import Person
from assessment.store.responses import Response
from assessment.store.reviews import Review
from assessment.store.scorecards import Kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Owned:
    """A scorecard with everything its owner may see beside it."""

    kept: Kept
    person: Person | None
    texts: dict[str, str]
    unit: str | None
    document: Document | None
    delivery: Delivery | None
    previous: Kept | None
    review: Review | None = None
    compared: bool = False

    @property
    def card(self) -> Scorecard:
        """The snapshot as a value."""
        return self.kept.card


def find_kept(house: Installation, public_id: str) -> Kept | None:
    """A scorecard that is not erased, or None."""
    with reading(house.engine) as connection:
        kept = scorecards.find(connection, public_id)
        if kept is None:
            return None
        response = responses.by_id(connection, kept.response_id)
        return kept if response is not None and response.state == "submitted" else None


def read(house: Installation, public_id: str) -> Owned | None:
    """A scorecard for its owner, or None when there is none or it was erased."""
    with reading(house.engine) as connection:
        kept = scorecards.find(connection, public_id)
        response = responses.by_id(connection, kept.response_id) if kept else None
        if kept is None or response is None or response.state != "submitted":
            return None
        texts = open_texts(house, response.sealed_texts)
        questionnaire = house.questionnaire(connection, response.version)
        return Owned(
            kept=kept,
            person=people.of_response(connection, house.keyring, response.id),
            texts=texts,
            unit=unit_answered_for(questionnaire, texts),
            document=documents.of_scorecard(connection, kept.id),
            delivery=deliveries.newest_of_scorecard(connection, kept.id),
            previous=_before(connection, response),
            review=reviews.newest_sent(connection, house.keyring, kept.id),
            compared=PURPOSE in people.consents(connection, response.id),
        )


def _before(connection: Connection, response: Response) -> Kept | None:
    """The scorecard that this response follows, unless it was erased."""
    before = responses.by_id(connection, response.previous_id) if response.previous_id else None
    return scorecards.of_response(connection, before.id) if before and before.state == "submitted" else None


def opened_by_mail(house: Installation, owned: Owned, opened: Opened | None) -> bool:
    """Whether a mailed link is one to the address as it stands now.

    Once nothing personal is left (erased by age), any link that was mailed still opens the scorecard.
    """
    if opened is None or opened[:2] != (owned.kept.public_id, owned.kept.epoch):
        return False
    if owned.person is None or not owned.person.email:
        return not owned.texts
    return opened.tie == Links.tie_of(house.keyring.index(owned.person.email))


def unit_answered_for(questionnaire: Questionnaire, texts: dict[str, str]) -> str | None:
    """The unit or product named on the introduction, or None."""
    asked = [q for page in questionnaire.pages if page.start for q in page.questions if q.type == "short_text"]
    return next((texts[question.id] for question in asked if question.id in texts), None)


def pdf(house: Installation, public_id: str, now: datetime) -> bytes | None:
    """The newest document's bytes, or None while the worker makes it; asks for one that was dropped."""
    with reading(house.engine) as connection:
        kept = scorecards.find(connection, public_id)
        document = documents.of_scorecard(connection, kept.id) if kept else None
        content = documents.content(connection, house.keyring, document.id) if document else None
    if kept is not None and document is not None and document.state in {"dropped", "erased"}:
        with writing(house.engine) as connection:
            _usable_document(connection, kept, now)
    return content


def reviewed_pdf(house: Installation, review: Review, now: datetime) -> tuple[Document | None, bytes | None]:
    """The document of one issue as a consultant reviewed it, and its bytes once made; asks for one that was dropped."""
    with reading(house.engine) as connection:
        document = documents.of_review(connection, review.id)
        content = documents.content(connection, house.keyring, document.id) if document else None
    if document is not None and document.state == "dropped":
        with writing(house.engine) as connection:
            documents.queue_again(connection, document.id, now)
    return document, content


def mail_again(house: Installation, public_id: str, message_id: str, now: datetime) -> str | None:
    """Mail the scorecard once more; gives the reason when it is held. Raises `Gone`."""
    with writing(house.engine) as connection:
        return mail_in(house, connection, public_id, message_id, now, "respondent")


def mail_in(
    house: Installation, connection: Connection, public_id: str, message_id: str, now: datetime, actor: str
) -> str | None:
    """`mail_again` within a write that is open, for whoever asked for it; pressed twice at once it mails once."""
    kept, draft, person = _owned(house, connection, public_id)
    if person is None or not person.email:
        raise Gone("no address")
    if pressed_before(connection, actor, "delivery.again", kept.public_id, "queued", now):
        return None
    document_id = _usable_document(connection, kept, now)
    held = send(house, connection, draft, document_id, person.id, person.email, message_id, now)
    audit.note(connection, now, actor, "delivery.again", kept.public_id, "held" if held else "queued")
    return held


def _usable_document(connection: Connection, kept: Kept, now: datetime, *, anew: bool = False) -> int:
    """The document to mail; made `anew` where what it may print has changed. One that waits is never doubled."""
    document = documents.of_scorecard(connection, kept.id)
    spent = document is None or document.state in {"failed", "erased"} or (anew and document.state != "queued")
    if document is None or spent:
        return documents.add(connection, kept.id, now)
    if document.state == "dropped":
        documents.queue_again(connection, document.id, now)
    return document.id


def correct_address(house: Installation, public_id: str, email: str, message_id: str, now: datetime) -> str | None:
    """Set another address and mail the scorecard there; gives the reason when it is held. Raises `Gone`."""
    with writing(house.engine) as connection:
        kept, draft, person = _owned(house, connection, public_id)
        if person is None:
            person_id = people.add(connection, house.keyring, kept.response_id, {"email": email}, now)
        else:
            person_id = person.id
            people.change_email(connection, house.keyring, person_id, email)
            deliveries.withdraw_open(connection, person_id)
        contact = {**people.contact_of(person), "email": email}
        submissions.follow_contact(connection, house.keyring, kept.response_id, contact)
        _unsay(house, connection, kept.response_id, person)
        confirmed = person is not None and person.confirmed_at is not None
        document_id = _usable_document(connection, kept, now, anew=confirmed)
        held = send(house, connection, draft, document_id, person_id, email, message_id, now)
        audit.note(connection, now, "respondent", "address.corrected", kept.public_id)
        return held


def _unsay(house: Installation, connection: Connection, response_id: int, before: Person | None) -> None:
    """The address that was corrected may be a stranger's: nothing is found by it any more."""
    found = submissions.of_response(connection, response_id)
    if found is not None and before is not None and before.email:
        notes.unsay(connection, house.keyring, found, before.email)


def confirm(house: Installation, public_id: str, now: datetime) -> None:
    """The owner came by the mailed link and says the address is theirs; the PDF is made anew with their texts."""
    with writing(house.engine) as connection:
        kept, _draft, person = _owned(house, connection, public_id)
        if person is not None and person.email and person.confirmed_at is None:
            people.confirm(connection, person.id, now)
            peer_marks.may_speak_now(connection, kept.response_id)
            documents.add(connection, kept.id, now)
            audit.note(connection, now, "respondent", "address.confirmed", kept.public_id)


def not_me(house: Installation, public_id: str, now: datetime) -> bool:
    """Whoever got a mail they did not ask for: the address goes, with its consents, and is never mailed again."""
    with writing(house.engine) as connection:
        try:
            kept, _draft, person = _owned(house, connection, public_id)
        except Gone:
            return False
        if person is not None and person.email:
            people.suppress(connection, house.keyring.index(person.email), people.ASKED_FOR_NONE, now)
            people.erase(connection, kept.response_id)
            people.withdraw_all(connection, kept.response_id, now)
            _refuse_and_forget(connection, kept.response_id)
            audit.note(connection, now, "recipient", "address.removed", kept.public_id)
        return True


def _refuse_and_forget(connection: Connection, response_id: int) -> None:
    found = submissions.of_response(connection, response_id)
    if found is not None:
        submissions.refuse_contact(connection, found, refused=True)
        submissions.forget(connection, response_id, erased=False)


def leave_comparison(house: Installation, public_id: str, now: datetime) -> None:
    """Take the answers out of peer comparisons; nothing else changes. Raises `Gone`."""
    with writing(house.engine) as connection:
        kept, _draft, _person = _owned(house, connection, public_id)
        if people.withdraw(connection, kept.response_id, PURPOSE, now):
            peer_marks.leave(connection, kept.response_id)
            audit.note(connection, now, "respondent", "comparison.left", public_id)


def share(house: Installation, public_id: str, now: datetime) -> None:
    """Note that the owner took a read-only link; the link itself is made from the signing key and stored nowhere."""
    with writing(house.engine) as connection:
        audit.note(connection, now, "respondent", "link.shared", public_id)


def reopen(house: Installation, public_id: str, *, blank: bool, now: datetime, new_id: str, key: str) -> None:
    """A new response after this one: with its answers to correct one (on its version), or `blank` on the present one.

    The old scorecard stays as it is. Raises `Gone`.
    """
    with reading(house.engine) as connection:
        kept, draft, person = _owned(house, connection, public_id)
    entry = house.catalogue.get(draft.questionnaire.id) if blank else None
    if blank and (entry is None or entry.questionnaire.status != "live"):
        raise Gone(draft.questionnaire.id)
    start(
        house,
        entry.questionnaire if entry else draft.questionnaire,
        entry.version if entry else draft.response.version,
        answers={} if blank else draft.answers,
        texts={} if blank else draft.texts,
        source={"from": "again" if blank else "correction"},
        now=now,
        public_id=new_id,
        key=key,
        previous_id=kept.response_id,
        contact=people.contact_of(person),
    )


def erase(house: Installation, public_id: str, now: datetime) -> None:
    """Delete what is personal: person, typed texts, documents, mails, links, and drafts begun from it; answers stay."""
    with writing(house.engine) as connection:
        kept, _draft, _person = _owned(house, connection, public_id)
        erase_response(house, connection, kept, now)
        audit.note(connection, now, "respondent", "person.erased", kept.public_id)
    settle(house.engine)


def _owned(house: Installation, connection: Connection, public_id: str) -> tuple[Kept, Draft, Person | None]:
    kept = scorecards.find(connection, public_id)
    response = responses.by_id(connection, kept.response_id) if kept else None
    draft = load(house, connection, response.public_id) if response else None
    if kept is None or draft is None or draft.response.state != "submitted":
        raise Gone(public_id)
    return kept, draft, people.of_response(connection, house.keyring, kept.response_id)


def of_response(house: Installation, response_id: int) -> Kept:
    """The scorecard of a submitted response; raises `Gone`."""
    with reading(house.engine) as connection:
        kept = scorecards.of_response(connection, response_id)
    if kept is None:
        raise Gone(response_id)
    return kept
