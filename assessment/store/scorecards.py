"""Scorecards: the snapshot of what a prospect was told, one a submission key."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, Row, select, update

from assessment.core.scorecard import Scorecard
from assessment.store.database import inserting
from assessment.store.tables import scorecard

_SNAPSHOT = TypeAdapter(Scorecard)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A stored scorecard: the snapshot as JSON, and the epoch its links carry."""

    id: int
    public_id: str
    response_id: int
    snapshot: str
    epoch: int
    created_at: datetime

    @property
    def card(self) -> Scorecard:
        """The snapshot as a value."""
        return _SNAPSHOT.validate_json(self.snapshot)


def dump(card: Scorecard) -> str:
    """A scorecard as JSON."""
    return _SNAPSHOT.dump_json(card).decode()


def load(snapshot: str) -> Scorecard:
    """A scorecard from its JSON."""
    return _SNAPSHOT.validate_json(snapshot)


def add_once(
    connection: Connection, *, public_id: str, response_id: int, key: str, snapshot: str, now: datetime
) -> int | None:
    """Insert a scorecard; None when this submission key has one already."""
    statement = (
        inserting(connection, scorecard)
        .values(
            public_id=public_id,
            response_id=response_id,
            submission_key=key,
            snapshot=snapshot,
            epoch=1,
            created_at=now,
        )
        .on_conflict_do_nothing(index_elements=["submission_key"])
        .returning(scorecard.c.id)
    )
    # `.rowcount` does not show the conflict on every driver; a missing row does.
    row = connection.execute(statement).first()
    return None if row is None else int(row.id)


_COLUMNS = (
    scorecard.c.id,
    scorecard.c.public_id,
    scorecard.c.response_id,
    scorecard.c.snapshot,
    scorecard.c.epoch,
    scorecard.c.created_at,
)


def _read(row: Row[*tuple[Any, ...]] | None) -> Kept | None:
    return None if row is None else Kept(**row._mapping)


def find(connection: Connection, public_id: str) -> Kept | None:
    """The scorecard with this public id, or None."""
    return _read(connection.execute(select(*_COLUMNS).where(scorecard.c.public_id == public_id)).first())


def by_key(connection: Connection, key: str) -> Kept | None:
    """The scorecard of a submission key, or None."""
    return _read(connection.execute(select(*_COLUMNS).where(scorecard.c.submission_key == key)).first())


def of_response(connection: Connection, response_id: int) -> Kept | None:
    """The scorecard of a response, or None."""
    return _read(connection.execute(select(*_COLUMNS).where(scorecard.c.response_id == response_id)).first())


def revoke_links(connection: Connection, id_: int) -> None:
    """End every link given out so far: tokens carry the epoch."""
    connection.execute(update(scorecard).where(scorecard.c.id == id_).values(epoch=scorecard.c.epoch + 1))
