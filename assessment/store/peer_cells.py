"""What is told in the peer comparison: one row a cell, as it is shown, and whom it was told about before."""

import json
from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import Connection, select, update

from assessment.core.peers import REMEMBERED, Cell, Telling
from assessment.core.protection import Group
from assessment.store.database import inserting
from assessment.store.peer_tables import peer_cell, peer_pool

_HEXADECIMAL = 16
_KEY = (peer_cell.c.measure, peer_cell.c.segment)


def stale(connection: Connection) -> list[tuple[int, str]]:
    """Ids and questionnaires of the pools whose voices came or went since they were looked at."""
    query = select(peer_pool.c.id, peer_pool.c.questionnaire).where(peer_pool.c.stale).order_by(peer_pool.c.id)
    return [(row.id, row.questionnaire) for row in connection.execute(query)]


def freshen(connection: Connection, pool_id: int) -> None:
    """Note that a pool was looked at."""
    connection.execute(update(peer_pool).where(peer_pool.c.id == pool_id).values(stale=False))


def told(connection: Connection, pool_id: int) -> dict[Cell, list[Group]]:
    """Cell -> the groups of voices it was told about, the newest telling first."""
    query = select(*_KEY, peer_cell.c.told_of).where(peer_cell.c.pool_id == pool_id)
    return {
        (row.measure, row.segment): [int(group, _HEXADECIMAL) for group in json.loads(row.told_of)]
        for row in connection.execute(query)
    }


def tell(
    connection: Connection,
    pool_id: int,
    tellings: Mapping[Cell, Telling],
    before: Mapping[Cell, Collection[Group]],
    now: datetime,
) -> None:
    """Tell cells anew; `before` is what `told` said of them."""
    for (measure, segment), telling in tellings.items():
        groups = [telling.voices, *before.get((measure, segment), ())][:REMEMBERED]
        values = {
            "number": telling.number,
            "since": telling.since,
            "until": telling.until,
            "cuts": json.dumps({str(percentile): cut for percentile, cut in telling.cuts.items()}),
            "told_of": json.dumps([f"{group:x}" for group in groups]),
            "shown": True,
            "released_at": now,
        }
        key = {"pool_id": pool_id, "measure": measure, "segment": segment}
        statement = inserting(connection, peer_cell).values(**key, **values)
        connection.execute(statement.on_conflict_do_update(index_elements=list(key), set_=values))


def hide_all_but(connection: Connection, pool_id: int, cells: Collection[Cell]) -> int:
    """Show no cell of a pool any more that is not among these; says how many are hidden. What was told stays known."""
    shown = select(*_KEY).where(peer_cell.c.pool_id == pool_id, peer_cell.c.shown)
    gone = [key for row in connection.execute(shown) if (key := (row.measure, row.segment)) not in cells]
    for measure, segment in gone:
        which = (peer_cell.c.measure == measure) & (peer_cell.c.segment == segment)
        connection.execute(update(peer_cell).where(peer_cell.c.pool_id == pool_id, which).values(shown=False))
    return len(gone)


def shown(
    connection: Connection, questionnaire: str, basis: str, segments: Collection[str], *, invented: bool
) -> dict[Cell, Telling]:
    """What is told now of these segments."""
    query = (
        select(peer_cell)
        .join(peer_pool, peer_pool.c.id == peer_cell.c.pool_id)
        .where(peer_pool.c.questionnaire == questionnaire, peer_pool.c.basis == basis)
        .where(peer_pool.c.invented == invented, peer_cell.c.shown, peer_cell.c.segment.in_(segments))
    )
    return {
        (row.measure, row.segment): Telling(
            number=row.number,
            since=row.since,
            until=row.until,
            cuts={int(percentile): cut for percentile, cut in json.loads(row.cuts).items()},
        )
        for row in connection.execute(query)
    }
