"""Everything that is stored about one person, opened and named so that they can read it themselves."""

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, false, func, select

from assessment.store import invitations, notes, people, reviews
from assessment.store.invitations import Invitation
from assessment.store.keys import Keyring
from assessment.store.notices import TEAM_KINDS
from assessment.store.peer_tables import peer_voice
from assessment.store.responses import Response
from assessment.store.review_tables import invitation, review
from assessment.store.submissions import Submission
from assessment.store.tables import audit, consent, delivery, document, notice, suppression

Plain = dict[str, Any]
"""What can be written as JSON, but for its times and days."""
_QUEUED = "state tries error:last_answer_of_the_mail_server message_id created_at:asked_for_at sent_at"


def _rows(connection: Connection, table: Table, names: str, which: ColumnElement[bool]) -> list[Plain]:
    """Columns of the rows, oldest first; "stored:shown" gives a column another name."""
    parts = [name.partition(":") for name in names.split()]
    columns = [table.c[stored].label(shown or stored) for stored, _, shown in parts]
    found = connection.execute(select(*columns).where(which).order_by(table.c.id))
    return [dict(row._mapping) for row in found]


def about(found: Submission) -> Plain:
    """What consultants see of a submission in their list."""
    return {
        "reference": found.reference,
        "id": found.public_id,
        "assessment": found.title,
        "version_of_the_questions": found.version,
        "came_by": found.origin,
        "started_at": found.started_at,
        "submitted_at": found.submitted_at,
        "seconds_from_start_to_end": found.seconds,
        "status": found.status,
        "follow_up_on": found.follow_up,
        "marked_as": found.mark,
        "may_be_contacted": found.may_contact,
        "must_not_be_contacted": found.do_not_contact,
    }


def contact(connection: Connection, keyring: Keyring, response_id: int) -> Plain:
    """Who they said they are, and when their address was confirmed."""
    person = people.of_response(connection, keyring, response_id)
    return {**people.contact_of(person), "address_confirmed_at": person.confirmed_at if person else None}


def consents(connection: Connection, response_id: int) -> list[Plain]:
    """Every consent, also those withdrawn, in the words that were ticked."""
    return _rows(connection, consent, "purpose wording given_at withdrawn_at", consent.c.response_id == response_id)


def is_compared(connection: Connection, response_id: int) -> bool:
    """Whether their scores speak for their company in peer comparisons now."""
    query = select(peer_voice.c.number).where(peer_voice.c.response_id == response_id)
    return connection.execute(query.limit(1)).first() is not None


def began(found: Response) -> Plain:
    """How a response came about."""
    return dict(json.loads(found.source)) if found.source else {}


def noted(connection: Connection, keyring: Keyring, submission_id: int) -> list[Plain]:
    """The notes that consultants wrote about them, oldest first; who wrote them is left out."""
    kept = notes.of_submission(connection, keyring, submission_id)
    return [{"written_at": one.created_at, "text": one.text} for one in reversed(kept)]


def reviewed(connection: Connection, keyring: Keyring, submission_id: int) -> list[Plain]:
    """The scorecards as a consultant reviewed them, drafts too, oldest first."""
    return [
        {
            "issue": one.issue,
            "state": one.state,
            "signed_by": one.by.name,
            "comment": one.content.comment,
            "recommendations_in_order": list(one.content.picks),
            "own_recommendation": _own(one.content.own),
            "begun_at": one.created_at,
            "changed_at": one.updated_at,
            "sent_at": one.sent_at,
        }
        for one in reversed(reviews.of_submission(connection, keyring, submission_id))
    ]


def _own(own: Any) -> Plain | None:
    return None if own is None else {name: getattr(own, name) for name in own.__dataclass_fields__}


def papers(connection: Connection, keyring: Keyring, scorecard_id: int) -> list[tuple[Plain, bytes | None]]:
    """Every PDF of a scorecard and its bytes where they are kept, oldest first."""
    columns = [document.c[name] for name in ("id", "state", "pages", "created_at", "made_at", "sealed_bytes")]
    query = select(*columns, review.c.issue).outerjoin(review, review.c.id == document.c.review_id)
    rows = connection.execute(query.where(document.c.scorecard_id == scorecard_id).order_by(document.c.id))
    return [
        (
            {
                "what": "scorecard" if row.issue is None else f"reviewed scorecard, issue {row.issue}",
                "state": row.state,
                "pages": row.pages,
                "asked_for_at": row.created_at,
                "made_at": row.made_at,
            },
            keyring.open_bytes(row.sealed_bytes) if row.state == "ready" and row.sealed_bytes else None,
        )
        for row in rows
    ]


def number_of_papers(connection: Connection, scorecard_id: int) -> int:
    """How many PDFs of a scorecard are kept just now."""
    kept = (document.c.scorecard_id == scorecard_id) & document.c.sealed_bytes.is_not(None)
    return int(connection.execute(select(func.count()).select_from(document).where(kept)).scalar_one())


def mails(connection: Connection, scorecard_id: int) -> list[Plain]:
    """Every mail with a PDF of the scorecard."""
    theirs = select(document.c.id).where(document.c.scorecard_id == scorecard_id)
    return _rows(connection, delivery, _QUEUED, delivery.c.document_id.in_(theirs))


def notices_of(connection: Connection, keyring: Keyring, which: ColumnElement[bool]) -> list[Plain]:
    """Mails without a PDF; what the firm's own people were sent is left out."""
    theirs = which & notice.c.kind.not_in(TEAM_KINDS) & notice.c.account_id.is_(None)
    rows = _rows(connection, notice, f"kind sealed_email:to {_QUEUED}", theirs)
    return [{**row, "to": keyring.open(row["to"]) if row["to"] else None} for row in rows]


def notices_of_response(connection: Connection, keyring: Keyring, response_id: int) -> list[Plain]:
    """Mails about a response without a PDF, such as the link to go on with it."""
    return notices_of(connection, keyring, notice.c.response_id == response_id)


def notices_to(connection: Connection, keyring: Keyring, email_index: str) -> list[Plain]:
    """Mails without a PDF that went to an address, whatever they were about."""
    return notices_of(connection, keyring, notice.c.email_index == email_index)


def invited(
    connection: Connection, keyring: Keyring, responses: Collection[int], email_index: str | None
) -> list[Plain]:
    """Invitations to these responses and to the address, with the mails of each."""
    to_it = false() if email_index is None else invitation.c.email_index == email_index
    which = invitation.c.response_id.in_(responses) | to_it
    ids = connection.execute(select(invitation.c.id).where(which).order_by(invitation.c.id)).scalars().all()
    found = (invitations.by_id(connection, keyring, id_) for id_ in ids)
    return [_invitation(connection, keyring, one) for one in found if one is not None]


def _invitation(connection: Connection, keyring: Keyring, one: Invitation) -> Plain:
    times = ("created_at", "mailed_at", "opened_at", "expires_at", "revoked_at")
    return {
        "id": one.public_id,
        "questionnaire": one.questionnaire,
        "contact": one.contact,
        "message": one.message,
        **{name: getattr(one, name) for name in times},
        "mails": notices_of(connection, keyring, notice.c.invitation_id == one.id),
    }


def history(connection: Connection, subjects: Collection[str]) -> list[Plain]:
    """The audit log's rows about these subjects, oldest first."""
    return _rows(connection, audit, "at actor:who action detail subject:about", audit.c.subject.in_(subjects))


def refusal(connection: Connection, email_index: str) -> Plain | None:
    """Why the address is not mailed any more, or None while it may be."""
    row = connection.execute(select(suppression).where(suppression.c.email_index == email_index)).first()
    return None if row is None else {"reason": row.reason, "since": row.at}
