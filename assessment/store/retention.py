"""What is not kept for ever: unfinished responses, made documents, and contact details."""

from collections.abc import Collection
from datetime import UTC, datetime, tzinfo

from sqlalchemy import ColumnElement, Connection, delete, exists, or_, select, update

from assessment.store import abandoning, deliveries, documents, invitations, notices, people, submissions
from assessment.store.review_tables import invitation, note, review, submission
from assessment.store.survey_tables import survey_draft
from assessment.store.tables import consent, notice, person, response


def delete_drafts_before(connection: Connection, before: datetime, zone: tzinfo = UTC) -> int:
    """Delete responses that were never submitted and not touched since a time; says how many.

    The page each ended on is counted, on its last day in `zone`.
    """
    return _delete_drafts(connection, response.c.updated_at < before, zone)


def delete_drafts_after(connection: Connection, response_id: int, zone: tzinfo = UTC) -> int:
    """Delete drafts begun from a response (to correct it, or anew): they carry its contact details along."""
    return _delete_drafts(connection, response.c.previous_id == response_id, zone)


def delete_drafts(connection: Connection, ids: Collection[int], zone: tzinfo = UTC) -> int:
    """Delete these responses as far as they are drafts; says how many."""
    return _delete_drafts(connection, response.c.id.in_(ids), zone)


def _delete_drafts(connection: Connection, which: ColumnElement[bool], zone: tzinfo) -> int:
    abandoning.remember(connection, which, zone)
    old = select(response.c.id).where(response.c.state == "draft", which).scalar_subquery()
    for table in (consent, notice, person):
        connection.execute(delete(table).where(table.c.response_id.in_(old)))
    connection.execute(delete(survey_draft).where(survey_draft.c.id.in_(old)))
    invitations.release(connection, old)
    return connection.execute(delete(response).where(response.c.id.in_(old))).rowcount


def erase_contacts_before(connection: Connection, before: datetime, most: int | None = None) -> int:
    """Erase people, typed texts and documents of responses submitted before a time; answers and scorecards stay.

    What consultants wrote beside them goes too, and the contact details of the invitation that they began with. Says of
    how many responses, which are the oldest where there are more than `most`.
    """
    known = or_(person.c.sealed_email.is_not(None), person.c.sealed_name.is_not(None), person.c.company.is_not(None))
    typed = or_(response.c.sealed_texts.is_not(None), response.c.sealed_contact.is_not(None))
    kept = or_(known, typed, *_written_beside())
    query = select(response.c.id).outerjoin(person, person.c.response_id == response.c.id)
    old = list(
        connection.execute(
            query.where(response.c.submitted_at < before, kept).order_by(response.c.id).limit(most)
        ).scalars()
    )
    for response_id in old:
        people.erase(connection, response_id)
        documents.erase_of_response(connection, response_id)
        deliveries.erase_of_response(connection, response_id)
        notices.erase_of_response(connection, response_id)
        submissions.forget(connection, response_id, erased=False)
    gone = update(response).where(response.c.id.in_(old))
    connection.execute(gone.values(sealed_texts=None, sealed_contact=None))
    return len(old)


def _written_beside() -> list[ColumnElement[bool]]:
    """Whether an invitation, a note or a review still says something about who answered a response."""
    theirs = submission.c.response_id == response.c.id
    return [
        exists().where(invitation.c.response_id == response.c.id, invitation.c.sealed_contact.is_not(None)),
        exists().where(note.c.submission_id == submission.c.id, theirs),
        exists().where(review.c.submission_id == submission.c.id, theirs, review.c.sealed_content.is_not(None)),
    ]
