"""What reviewing a submission needs to know: its issues, what became of each, and whether the person may be mailed.

**Who may be mailed.** A reviewed scorecard is a mail that a consultant starts: it never goes to somebody who must not
be contacted, whose address is suppressed, who was erased, or who left no address. Beyond that it needs no consent to
marketing where the person asked to be contacted about these results, or asked for the scorecard by mail at this very
address: it is that scorecard once more, completed by somebody who read it, and carries the link to remove the address.
An address the automatic scorecard was never to be mailed to does not count as asked.
"""

from dataclasses import dataclass

from sqlalchemy import Connection

from assessment.actions.installation import Installation
from assessment.store import accounts, deliveries, documents, people, responses, reviews, scorecards, submissions
from assessment.store.database import reading
from assessment.store.deliveries import Delivery
from assessment.store.documents import Document
from assessment.store.people import Person
from assessment.store.reviews import Review
from assessment.store.scorecards import Kept
from assessment.store.submissions import Submission


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """One issue with who saved it last, its document and the mails it went out with, newest first."""

    review: Review
    editor: str
    document: Document | None
    deliveries: tuple[Delivery, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """Everything that reviewing one submission needs; `refused` says why nothing can be sent, or None."""

    submission: Submission
    kept: Kept
    person: Person | None
    issues: tuple[Issue, ...]
    refused: str | None

    @property
    def newest(self) -> Review | None:
        """The newest issue, draft or sent."""
        return self.issues[0].review if self.issues else None

    @property
    def draft(self) -> Review | None:
        """The issue that is being written, if any."""
        return self.newest if self.newest is not None and self.newest.is_draft else None


def read(house: Installation, public_id: str) -> Bench | None:
    """What there is to review, or None for a submission that is not there or was erased."""
    with reading(house.engine) as connection:
        return find(house, connection, public_id)


def find(house: Installation, connection: Connection, public_id: str) -> Bench | None:
    """The same inside a transaction."""
    found = submissions.find(connection, public_id)
    kept = scorecards.find(connection, public_id) if found else None
    response = responses.by_id(connection, kept.response_id) if kept else None
    if found is None or kept is None or response is None or response.state != "submitted":
        return None
    person = people.of_response(connection, house.keyring, kept.response_id)
    issues = tuple(_issue(house, connection, one) for one in reviews.of_submission(connection, house.keyring, found.id))
    refused = _refused(house, connection, found, person)
    return Bench(submission=found, kept=kept, person=person, issues=issues, refused=refused)


def _issue(house: Installation, connection: Connection, review: Review) -> Issue:
    editor = accounts.by_id(connection, house.keyring, review.account_id)
    document = documents.of_review(connection, review.id)
    return Issue(
        review=review,
        editor=editor.name if editor else "Somebody",
        document=document,
        deliveries=tuple(deliveries.of_document(connection, document.id)) if document else (),
    )


def _refused(house: Installation, connection: Connection, found: Submission, person: Person | None) -> str | None:
    """Why no reviewed scorecard goes to this person, or None."""
    if found.do_not_contact:
        return "This person must not be contacted, so nothing is sent to them."
    if person is None or not person.email:
        return "There is no e-mail address to send it to."
    index = house.keyring.index(person.email)
    if people.suppressed(connection, index):
        return "This address refused our mail or asked for none, so nothing is sent to it."
    return unasked(connection, found, index)


def unasked(connection: Connection, found: Submission, email_index: str) -> str | None:
    """Why no consultant starts a mail to this address: nobody asked for one there. None where somebody did."""
    if found.may_contact or deliveries.asked_for(connection, found.scorecard_id, email_index):
        return None
    return "This person neither asked to be contacted nor for the scorecard by mail, so nothing is sent to them."
