"""Mailing the link to an unfinished response."""

from datetime import datetime

from assessment.actions.installation import Gone, Installation
from assessment.actions.submitting import mail_limit
from assessment.store import audit, notices, responses
from assessment.store.database import writing


def mail_link(house: Installation, public_id: str, email: str, message_id: str, now: datetime) -> str | None:
    """Queue one mail with the link; gives the reason when it is not sent. Raises `Gone`."""
    index = house.keyring.index(email)
    with writing(house.engine) as connection:
        response = responses.find(connection, public_id)
        if response is None or response.state != "draft":
            raise Gone(public_id)
        reason = mail_limit(connection, index, None, now)
        if reason is None:
            notices.add(
                connection,
                house.keyring,
                response_id=response.id,
                kind="resume",
                email=email,
                message_id=message_id,
                now=now,
            )
            audit.note(connection, now, "respondent", "link.mailed", public_id)
        return reason
