"""Rotating the key that contact details are encrypted with, while web and workers run.

A run may be killed at any point and begun again: the new key is in the secrets file for good before anything is sealed
with it, and what it opens is found by looking. The old key goes in a step of its own, once nothing needs it.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import Row, Table

from assessment.actions.installation import Installation
from assessment.store import audit, sealed_values, secrets_file
from assessment.store.database import reading, settle, writing
from assessment.store.keys import Keyring
from assessment.store.sealed_values import Changed
from assessment.store.secrets_file import SealingKey

AT_A_TIME = 250
"""Rows of one transaction."""
FILES_AT_A_TIME = 5
"""The same of a table that keeps PDFs or exports: one may have tens of megabytes."""
MOST_PASSES = 20
DROPPED_AFTER = timedelta(hours=1)
"""How long the old key stays at least: by then whoever sealed with it has long stored that."""
ACTOR = "command line"

Advance = Callable[[int], object]
Begin = Callable[[int], Advance]


class NotYet(Exception):
    """The old key is needed, or may be; says why in one sentence."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """The keys of the file, newest first, and how many values are under each; `strange` open with none of them."""

    keys: Sequence[SealingKey]
    values: Counter[str] = field(default_factory=Counter)
    strange: Sequence[str] = ()

    @property
    def under_old(self) -> int:
        """Values that would be lost with the old keys."""
        return sum(self.values[key.id] for key in self.keys[1:])


def status(house: Installation, begin: Begin) -> Found:
    """What each key seals, found by looking at every value."""
    values: Counter[str] = Counter()
    strange = []
    keys = secrets_file.read(house.settings.secrets_path).sealing
    for table, rows in _all(house, begin):
        for row in rows:
            for column in sealed_values.columns_of(table):
                sealed = getattr(row, column.name)
                key = None if sealed is None else house.keyring.key_of(sealed)
                if key is not None:
                    values[key] += 1
                elif sealed is not None:
                    strange.append(f"{table.name} {row.id}: {column.name}")
    return Found(keys=keys, values=values, strange=strange)


def _all(house: Installation, begin: Begin) -> Iterator[tuple[Table, Sequence[Row[tuple[object, ...]]]]]:
    """Every row that holds an encrypted value, in short reads."""
    with reading(house.engine) as connection:
        advance = begin(sealed_values.number(connection))
    for table in sealed_values.tables():
        last, limit = 0, FILES_AT_A_TIME if "sealed_bytes" in table.c else AT_A_TIME
        while True:
            with reading(house.engine) as connection:
                rows = sealed_values.some(connection, table, last, limit)
            if not rows:
                break
            yield table, rows
            last = rows[-1].id
            advance(len(rows))


def rotate(house: Installation, now: datetime, begin: Begin) -> int:
    """Add a key unless one was added and its rotation never finished, then seal everything anew with it.

    Says how many values were. Raises `secrets_file.Busy` and `KeyFault`.
    """
    path = house.settings.secrets_path
    with secrets_file.alone(path):
        _lead(house, now)
        done = moved = _pass(house, begin)
        for _again in range(MOST_PASSES):  # what others sealed with the old key, or copied, meanwhile
            if not moved:
                break
            moved = _pass(house, lambda _rows: lambda _done: None)
            done += moved
        if done:
            with writing(house.engine) as connection:
                audit.note(connection, now, ACTOR, "keys.rotated", "keys", f"{done} values")
        settle(house.engine)
    return done


def _lead(house: Installation, now: datetime) -> None:
    """See that the newest key is the one that seals; one is made when there is only one.

    A new key first only opens, and seals once that is on the disk: a power failure never leaves a value without key.
    """
    path = house.settings.secrets_path
    kept = secrets_file.read(path)
    if len(kept.sealing) == 1:
        kept = kept.with_coming(secrets_file.new_key(now))
        secrets_file.replace(path, kept)
    if kept.coming is not None:
        with writing(house.engine) as connection:
            audit.note(connection, now, ACTOR, "keys.added", "keys", kept.coming)
        kept = kept.arrived()
    elif kept.sealing[0].added is not None:
        return
    # Only now it seals, however long ago it was made, or somebody put it there by hand.
    first = replace(kept.sealing[0], added=now)
    secrets_file.replace(path, replace(kept, sealing=(first, *kept.sealing[1:])))


def _pass(house: Installation, begin: Begin) -> int:
    """Seal anew what is not under the newest key; what changed meanwhile is left as it is."""
    newest, done = secrets_file.read(house.settings.secrets_path).sealing[0].id, 0
    for table, rows in _all(house, begin):
        changes = [change for row in rows for change in _anew(house.keyring, newest, table, row)]
        if changes:
            with writing(house.engine) as connection:
                done += sealed_values.replace(connection, table, changes)
    return done


def _anew(keyring: Keyring, newest: str, table: Table, row: Row[tuple[object, ...]]) -> Iterator[Changed]:
    for column in sealed_values.columns_of(table):
        sealed = getattr(row, column.name)
        if sealed is not None and keyring.key_of(sealed) not in {newest, None}:
            yield Changed(row.id, column.name, sealed, keyring.reseal(sealed))


def drop_old(house: Installation, now: datetime, begin: Begin) -> int:
    """Take the old keys out of the file once no value needs them; says how many went. Raises `NotYet` and `Busy`."""
    path = house.settings.secrets_path
    with secrets_file.alone(path):
        kept = secrets_file.read(path)
        if len(kept.sealing) == 1:
            return 0
        added = kept.sealing[0].added
        if kept.coming is not None or added is None:
            raise NotYet("the new key does not seal yet: run `assessment keys rotate`")
        if now < added + DROPPED_AFTER:
            raise NotYet(
                f"somebody may still store what the old key sealed: wait until {added + DROPPED_AFTER:%H:%M} UTC"
            )
        found = status(house, begin)
        if found.under_old:
            raise NotYet(f"{found.under_old:,} values still need the old key: run `assessment keys rotate`")
        with writing(house.engine) as connection:
            audit.note(connection, now, ACTOR, "keys.dropped", "keys", " ".join(key.id for key in kept.sealing[1:]))
        secrets_file.replace(path, replace(kept, sealing=kept.sealing[:1]))
    return len(kept.sealing) - 1
