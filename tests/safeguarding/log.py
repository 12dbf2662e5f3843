"""An audit log with something in it, and the ways Mallory could change it once the database is hers."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, text, update

from assessment.actions.installation import Installation
from assessment.store import append_only, audit_chain
from assessment.store.audit_chain import BEGINNING, Link, Noted
from assessment.store.database import reading, writing
from assessment.store.tables import audit, audit_seal

THEN = datetime(2026, 11, 1, 9, 30, tzinfo=UTC)


def note_some(house: Installation, number: int, since: datetime = THEN) -> None:
    """Rows such as the product writes them, in one transaction."""
    with writing(house.engine) as connection:
        events = [
            Noted(
                at=since + timedelta(microseconds=7 * n), actor=f"account {n % 3}", action="note.added",
                subject=f"subject-{n}", detail=None if n % 4 else f"détail “{n}” \\ \" ,",
            )
            for n in range(number)
        ]  # fmt: skip
        audit_chain.append(connection, events)


@contextmanager
def unguarded(house: Installation) -> Iterator[Connection]:
    """A write by somebody who owns the database and takes its triggers off first."""
    with writing(house.engine) as connection:
        sqlite = connection.dialect.name == "sqlite"
        for name in append_only.TABLES:
            kinds = ("no_update", "no_delete", "no_replace") if sqlite else ("append_only",)
            for kind in kinds:
                connection.execute(text(f"DROP TRIGGER {name}_{kind}" + ("" if sqlite else f" ON {name}")))
        yield connection
        for statement in append_only.statements(connection.dialect.name):
            connection.execute(text(statement))


def rows(house: Installation) -> list[dict[str, object]]:
    with reading(house.engine) as connection:
        return [dict(row._mapping) for row in connection.execute(select(audit).order_by(audit.c.id))]


def chain_anew(connection: Connection) -> None:
    """What anybody can do who can write the table: give every row the digest that it would have."""
    last = Link(0, BEGINNING)
    for row in connection.execute(select(audit).order_by(audit.c.id)).all():
        event = Noted(at=row.at, actor=row.actor, action=row.action, subject=row.subject, detail=row.detail)
        last = audit_chain.link(last.digest, row.id, event)
        connection.execute(update(audit).where(audit.c.id == row.id).values(digest=last.digest))


def _change(column: str, value: object) -> Callable[[Connection], None]:
    def change(connection: Connection) -> None:
        connection.execute(update(audit).where(audit.c.id == 7).values({column: value}))

    return change


def _remove(*ids: int) -> Callable[[Connection], None]:
    def remove(connection: Connection) -> None:
        connection.execute(delete(audit).where(audit.c.id.in_(ids)))

    return remove


def _copy(connection: Connection, id_: int, new: int) -> None:
    row = connection.execute(select(audit).where(audit.c.id == id_)).one()
    connection.execute(insert(audit).values(dict(row._mapping) | {"id": new}))


def _swap(connection: Connection) -> None:
    for before, after in ((5, 1_000_005), (6, 5), (1_000_005, 6)):
        connection.execute(update(audit).where(audit.c.id == before).values(id=after))


def _insert_between(connection: Connection) -> None:
    for id_ in range(20, 9, -1):
        connection.execute(update(audit).where(audit.c.id == id_).values(id=id_ + 1))
    _copy(connection, 9, 10)


def _rechain_after(change: Callable[[Connection], None]) -> Callable[[Connection], None]:
    def both(connection: Connection) -> None:
        change(connection)
        chain_anew(connection)

    return both


def _truncate(connection: Connection) -> None:
    connection.execute(delete(audit) if connection.dialect.name == "sqlite" else text("TRUNCATE audit"))


def _forge(connection: Connection) -> None:
    """Change, chain anew, and seal anew with a key that is not ours."""
    _rechain_after(_change("actor", "account 2"))(connection)
    last = connection.execute(select(audit.c.digest).order_by(audit.c.id.desc()).limit(1)).scalar_one()
    connection.execute(update(audit_seal).values(digest=last, mac="0" * 64))


def _unseal_after(change: Callable[[Connection], None]) -> Callable[[Connection], None]:
    """What was done leaves no trace within the database: chained anew, and no seal left that says otherwise."""

    def both(connection: Connection) -> None:
        change(connection)
        chain_anew(connection)
        connection.execute(delete(audit_seal))

    return both


TAMPERED: dict[str, tuple[Callable[[Connection], None], str]] = {
    "time": (_change("at", THEN), "row 7 .*: changed or inserted"),
    "actor": (_change("actor", "account 2"), "row 7 .*: changed or inserted"),
    "action": (_change("action", "note.deleted"), "row 7 .*: changed or inserted"),
    "subject": (_change("subject", "subject-8"), "row 7 .*: changed or inserted"),
    "detail": (_change("detail", "x"), "row 7 .*: changed or inserted"),
    "nothing instead of an empty text": (_change("detail", ""), "row 7 .*: changed or inserted"),
    "digest": (_change("digest", "f" * 64), "row 7 .*: changed or inserted"),
    "the first row gone": (_remove(1), "rows missing between id 0 and id 2"),
    "a row gone": (_remove(12), "rows missing between id 11 and id 13"),
    "several gone": (_remove(11, 12, 13), "rows missing between id 10 and id 14"),
    "the last gone": (_remove(20), "rows missing at the end: the seal of .* says 20"),
    "the last five gone": (_remove(*range(16, 21)), "rows missing at the end: the seal of .* says 20"),
    "all gone": (_truncate, "rows missing at the end: the seal of .* says 20"),
    "two swapped": (_swap, "row 5 .*: changed or inserted"),
    "one inserted": (_insert_between, "row 10 .*: changed or inserted"),
    "one more at the end": (lambda connection: _copy(connection, 20, 21), "row 21 .*: changed or inserted"),
    "changed and chained anew": (_rechain_after(_change("actor", "account 2")), "row 20 .* written anew"),
    "one gone and chained anew": (_rechain_after(_remove(12)), "row 19 .* written anew"),
    "chained and sealed anew with another key": (_forge, "row 20 was not made with this installation's secrets"),
    "chained anew and the seals gone": (_unseal_after(_change("actor", "x")), "row 20 is not the one expected"),
    "the last gone and the seals too": (_unseal_after(_remove(20)), "rows missing at the end: 20 were expected"),
    "nothing but the seals gone": (_unseal_after(lambda _: None), "seals were taken away: .* at 20 rows"),
}
"""What Mallory does to a log of 20 sealed rows, and what `verify` says of it."""
