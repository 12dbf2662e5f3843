"""What administrators look at beside the submissions: the audit log, and what is stored about one person."""

from datetime import datetime, timedelta

from assessment.actions.installation import Installation
from assessment.store import audit
from assessment.store.accounts import Account
from assessment.store.database import reading, writing

A_VISIT = timedelta(minutes=30)
"""Looking at the log again within this time is the same visit."""


def looked_at_log(house: Installation, by: Account, now: datetime) -> None:
    """Record that somebody reads the log, once a visit."""
    with reading(house.engine) as connection:
        before = audit.last_looked(connection, by.actor)
    if before is None or not before <= now < before + A_VISIT:
        with writing(house.engine) as connection:
            audit.note(connection, now, by.actor, "audit.viewed", "audit")


def looked_at_person(house: Installation, public_id: str, why: str, by: Account, now: datetime) -> None:
    """Record that somebody reads what is stored about a person: to hand it over ("person") or to "erase" it."""
    with writing(house.engine) as connection:
        audit.note(connection, now, by.actor, "person.viewed", public_id, why)
