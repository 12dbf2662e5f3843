"""Mailing the link to an unfinished response."""

from datetime import datetime

from sqlalchemy import Connection

from assessment.actions.installation import Gone, Installation
from assessment.actions.submitting import A_DAY, link_refused, mail_limit
from assessment.store import audit, notices, responses
from assessment.store.database import writing

MAILS_A_DAY_RESPONSE = 5
"""Mails with the link to one response, whatever addresses they go to."""


def _often(connection: Connection, response_id: int, now: datetime) -> str | None:
    if notices.count_of_response_since(connection, response_id, now - A_DAY) < MAILS_A_DAY_RESPONSE:
        return None
    return "This link was mailed often enough today. Copy it instead, or try again tomorrow."


def mail_link(house: Installation, public_id: str, email: str, message_id: str, now: datetime) -> str | None:
    """Queue one mail with the link; gives the reason when it is not sent. Raises `Gone`."""
    index = house.keyring.index(email)
    with writing(house.engine) as connection:
        response = responses.find(connection, public_id)
        if response is None or response.state != "draft":
            raise Gone(public_id)
        refused = link_refused(connection, response, index)
        reason = refused or _often(connection, response.id, now) or mail_limit(connection, index, None, now)
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
            asked = house.questionnaire(connection, response.version)
            # Who answered a survey is kept with the day alone, so the log names the survey.
            about = asked.id if asked.kind == "survey" else public_id
            audit.note(connection, now, "respondent", "link.mailed", about)
        return reason
