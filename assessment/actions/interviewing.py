"""Filling in an assessment for a client while talking to them: the same pages, marked as such."""

from collections.abc import Mapping
from datetime import datetime

from assessment.actions.installation import Installation
from assessment.actions.responding import begin as begin_response
from assessment.catalogue.catalogue import Entry
from assessment.store import audit
from assessment.store.accounts import Account
from assessment.store.database import writing


def begin(
    house: Installation,
    by: Account,
    entry: Entry,
    contact: Mapping[str, str],
    *,
    now: datetime,
    new_id: str,
    key: str,
) -> None:
    """Begin a response that a consultant answers for a client, with the client's contact details filled in."""
    with writing(house.engine) as connection:
        begin_response(
            house, connection, entry.questionnaire, entry.version, answers={}, texts={},
            source={"from": "interview", "by": str(by.id)}, now=now, public_id=new_id, key=key, contact=contact,
            actor=by.actor,
        )  # fmt: skip
        audit.note(connection, now, by.actor, "interview.begun", new_id)
