"""What the database says happened, held against what people were told and what the mail server got."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Engine, func, select

from assessment.store.database import open_database, reading
from assessment.store.tables import delivery, response, scorecard
from tests.faults.site import KillableSite


@dataclass(frozen=True)
class Balance:
    """Acknowledged and not stored; stored and never acknowledged; mails beyond the first; people without a mail."""

    lost: int
    phantom: int
    doubled: int
    missing: int
    unsure: int

    @property
    def clean(self) -> bool:
        """Nothing lost and nothing made up; copies only where the worker knows that an attempt was unsure."""
        return not (self.lost or self.phantom or self.missing) and self.doubled <= self.unsure


def balance(site: KillableSite, acknowledged: Iterable[str], emails: Iterable[str]) -> Balance:
    """The books of a site once its worker has done its work."""
    engine = open_database(site.environment["DATABASE_URL"])
    try:
        stored, unsure = _stored(engine)
    finally:
        engine.dispose()
    known = {address.rpartition("/")[2] for address in acknowledged}
    received = site.mails.received
    return Balance(
        lost=len(known - stored),
        phantom=len(stored - known),
        doubled=sum(count - 1 for count in received.values()),
        missing=len([email for email in emails if email not in received]),
        unsure=unsure,
    )


def _stored(engine: Engine) -> tuple[set[str], int]:
    with reading(engine) as connection:
        ids = set(connection.execute(select(scorecard.c.public_id)).scalars())
        submitted = connection.execute(select(func.count()).where(response.c.state == "submitted")).scalar_one()
        unsure = connection.execute(select(func.coalesce(func.sum(delivery.c.attempts_unsure), 0))).scalar_one()
    assert submitted == len(ids)
    return ids, int(unsure)
