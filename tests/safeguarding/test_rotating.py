"""Rotating the key that contact details are encrypted with: nothing is lost, whatever happens meanwhile."""

import errno
import json
import multiprocessing
import os
import signal
import stat
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import LargeBinary, event, select, update

from assessment.actions import rotating
from assessment.actions.installation import Installation
from assessment.actions.rotating import DROPPED_AFTER, NotYet
from assessment.installing import install
from assessment.settings import Settings
from assessment.store import sealed_values, secrets_file
from assessment.store.database import reading, writing
from assessment.store.keys import KeyFault, read_keyring
from assessment.store.review_tables import account
from assessment.store.sealed_values import Changed
from assessment.store.secrets_file import Busy, SealingKey
from assessment.store.tables import audit, person
from tests.safeguarding import values
from tests.safeguarding.values import NOW, fill, keys_of, opened, opens, quiet

LATER = NOW + DROPPED_AFTER


@pytest.fixture
def full(house: Installation) -> Installation:
    """An installation with something in every encrypted column."""
    fill(house)
    return house


def test_every_encrypted_column_is_known_by_its_name(full: Installation) -> None:
    plain = {"definition.body", "passkey.credential_id", "passkey.public_key"}
    columns = [column for table in account.metadata.sorted_tables for column in table.c]
    binary = {str(column) for column in columns if isinstance(column.type, LargeBinary)}
    sealed = {str(column) for table in sealed_values.tables() for column in sealed_values.columns_of(table)}
    assert binary == sealed | plain
    with reading(full.engine) as connection:  # a Fernet token begins with its version and the time
        for table in account.metadata.sorted_tables:
            for row in connection.execute(select(table)):
                found = {f"{table.name}.{name}" for name, value in row._mapping.items() if _is_token(value)}
                assert found <= sealed, found - sealed
    assert {f"{table}.{column}" for table, _id, column in opened(full)} == sealed


def _is_token(value: object) -> bool:
    return (value if isinstance(value, bytes) else str(value).encode()).startswith(b"gAAAA")


def test_everything_is_sealed_anew_and_opens(full: Installation) -> None:
    before = opened(full)
    (old,) = keys_of(full)
    assert rotating.rotate(full, NOW, quiet) == len(before)
    assert opened(full) == before
    new, kept = keys_of(full)
    assert (new.added, kept) == (NOW, old)
    assert all(opens(new, sealed) and not opens(old, sealed) for sealed in values.sealed_values(full).values())
    found = rotating.status(full, quiet)
    assert (found.values[new.id], found.under_old, found.strange) == (len(before), 0, [])
    assert rotating.drop_old(full, LATER, quiet) == 1
    assert keys_of(full) == (new,)
    assert opened(full) == before
    with reading(full.engine) as connection:
        told = connection.execute(select(audit.c.action, audit.c.detail).where(audit.c.subject == "keys")).all()
    assert [tuple(row) for row in told] == [
        ("keys.added", new.id), ("keys.rotated", f"{len(before)} values"), ("keys.dropped", old.id),
    ]  # fmt: skip


def test_what_runs_goes_on_without_a_restart(full: Installation, settings: Settings) -> None:
    running = read_keyring(settings.secrets_path)
    before, early = opened(full), running.seal("sealed before")
    rotating.rotate(full, NOW, quiet)
    assert {place: running.open_bytes(sealed) for place, sealed in values.sealed_values(full).items()} == before
    assert opens(keys_of(full)[0], running.seal("sealed since"))
    assert running.open(early) == "sealed before"
    rotating.drop_old(full, LATER, quiet)
    assert opens(keys_of(full)[0], running.seal("sealed last"))
    with pytest.raises(KeyFault):
        running.open(early)


def test_what_others_store_under_the_old_key_meanwhile_is_caught(full: Installation) -> None:
    (old,) = keys_of(full)
    late = Fernet(old.text).encrypt(b"late")
    with reading(full.engine) as connection:
        first = connection.execute(select(person.c.id).order_by(person.c.id)).scalars().first()
    stored = []

    def begin(_rows: int) -> Callable[[int], object]:
        def advance(_done: int) -> None:
            if not stored and (person_was_done := rotating.status(full, quiet).values[keys_of(full)[0].id] > 0):
                with writing(full.engine) as connection:
                    connection.execute(update(person).where(person.c.id == first).values(sealed_role=late))
                stored.append(person_was_done)

        return advance

    rotating.rotate(full, NOW, begin)
    assert stored
    assert opened(full)["person", int(first or 0), "sealed_role"] == b"late"
    assert rotating.status(full, quiet).under_old == 0


def test_what_changed_since_it_was_read_is_never_overwritten(full: Installation) -> None:
    with reading(full.engine) as connection:
        row = connection.execute(select(person.c.id, person.c.sealed_name)).first()
    assert row is not None
    newer = full.keyring.seal("Priya Raman")
    with writing(full.engine) as connection:
        connection.execute(update(person).where(person.c.id == row.id).values(sealed_name=newer))
    with writing(full.engine) as connection:
        change = Changed(row.id, "sealed_name", row.sealed_name, full.keyring.reseal(row.sealed_name))
        assert sealed_values.replace(connection, person, [change]) == 0
    assert opened(full)["person", row.id, "sealed_name"] == b"Priya Raman"


def test_the_old_key_stays_while_it_may_be_needed(full: Installation) -> None:
    assert rotating.drop_old(full, NOW, quiet) == 0  # the only one
    (old,) = keys_of(full)
    rotating.rotate(full, NOW, quiet)
    with pytest.raises(NotYet, match="wait until 10:14 UTC"):
        rotating.drop_old(full, LATER - timedelta(seconds=1), quiet)
    with writing(full.engine) as connection:
        connection.execute(update(person).values(sealed_name=Fernet(old.text).encrypt(b"Priya")))
    with pytest.raises(NotYet, match="values still need the old key"):
        rotating.drop_old(full, LATER, quiet)
    assert len(keys_of(full)) == 2
    assert rotating.rotate(full, LATER, quiet) > 0
    assert [key.added for key in keys_of(full)] == [NOW, old.added]  # no third key: the rotation went on
    assert rotating.drop_old(full, LATER, quiet) == 1
    assert b"Priya" in opened(full).values()


def test_a_value_of_foreign_keys_is_named_and_left_alone(full: Installation) -> None:
    foreign = Fernet(Fernet.generate_key()).encrypt(b"x")
    with writing(full.engine) as connection:
        id_ = connection.execute(select(person.c.id).limit(1)).scalar_one()
        connection.execute(update(person).where(person.c.id == id_).values(sealed_name=foreign))
    rotating.rotate(full, NOW, quiet)
    assert values.sealed_values(full)["person", id_, "sealed_name"] == foreign
    assert rotating.status(full, quiet).strange == [f"person {id_}: sealed_name"]


def test_a_key_that_waited_to_seal_is_new_from_then_on(full: Installation) -> None:
    path = full.settings.secrets_path
    key = secrets_file.new_key(NOW)
    secrets_file.replace(path, secrets_file.read(path).with_coming(key))  # killed here, and gone on with a day later
    later = NOW + timedelta(days=1)
    rotating.rotate(full, later, quiet)
    with pytest.raises(NotYet, match="wait until"):
        rotating.drop_old(full, later, quiet)
    with reading(full.engine) as connection:
        added = select(audit.c.at, audit.c.detail).where(audit.c.action == "keys.added")
        assert [tuple(row) for row in connection.execute(added)] == [(later, key.id)]


def test_who_may_read_the_secrets_may_still_after_a_rotation(full: Installation) -> None:
    path = full.settings.secrets_path
    path.chmod(0o644)
    rotating.rotate(full, NOW, quiet)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_file_that_cannot_be_replaced_is_told_in_one_line(
    full: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, before = full.settings.secrets_path, full.settings.secrets_path.read_bytes()

    def mounted(*_: Any) -> None:
        raise OSError(errno.EBUSY, "Device or resource busy")

    monkeypatch.setattr(os, "replace", mounted)  # a file that is mounted by itself into a container
    with pytest.raises(KeyFault, match=r"cannot replace the secrets file .*busy"):
        rotating.rotate(full, NOW, quiet)
    assert path.read_bytes() == before
    assert list(path.parent.glob("secrets.json.new")) == []
    assert opened(full)


def test_two_rotations_never_run_at_once(full: Installation) -> None:
    before = full.settings.secrets_path.read_bytes()
    with secrets_file.alone(full.settings.secrets_path):
        with pytest.raises(Busy):
            rotating.rotate(full, NOW, quiet)
        with pytest.raises(Busy):
            rotating.drop_old(full, NOW, quiet)
    assert full.settings.secrets_path.read_bytes() == before


def test_the_secrets_file_is_closed_to_others_and_leaves_no_copy(full: Installation) -> None:
    path = full.settings.secrets_path
    (old,) = keys_of(full)
    rotating.rotate(full, NOW, quiet)
    rotating.drop_old(full, LATER, quiet)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    holding = [found for found in path.parent.rglob("*") if found.is_file() and old.text.encode() in found.read_bytes()]
    assert holding == []


def test_a_file_from_before_keys_had_dates_is_read_and_rotated(full: Installation) -> None:
    path = full.settings.secrets_path
    kept = json.loads(path.read_text())
    del kept["added"]
    path.write_text(json.dumps(kept))
    before = opened(full)
    rotating.rotate(full, NOW, quiet)
    assert [key.added for key in keys_of(full)] == [NOW, None]
    assert opened(full) == before


def test_a_key_that_was_put_in_front_by_hand_is_rotated_to(full: Installation) -> None:
    path = full.settings.secrets_path
    kept = json.loads(path.read_text())
    kept["sealing"].insert(0, Fernet.generate_key().decode())
    path.write_text(json.dumps(kept))
    before = opened(full)
    assert rotating.rotate(full, NOW, quiet) == len(before)
    assert rotating.drop_old(full, LATER, quiet) == 1
    assert [key.text for key in keys_of(full)] == [kept["sealing"][0]]
    assert opened(full) == before


def test_of_two_that_make_the_file_at_once_one_wins(tmp_path: Path) -> None:
    made, kept = [], [secrets_file.make() for _ in range(8)]
    threads = [
        threading.Thread(target=lambda one=one: made.append(secrets_file.create(tmp_path / "secrets.json", one)))
        for one in kept
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(made) == [False] * 7 + [True]
    assert secrets_file.read(tmp_path / "secrets.json") in kept
    assert [path.name for path in tmp_path.iterdir()] == ["secrets.json"]


def test_an_unreadable_file_keeps_the_keys_that_are_known_and_is_told_of_once(
    full: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    path = full.settings.secrets_path
    whole = path.read_text()

    def told() -> int:
        for _ in range(3):
            assert full.keyring.open(full.keyring.seal("still")) == "still"
        return sum("secrets.json cannot be read: the keys known before seal on" in line for line in caplog.messages)

    path.write_text(whole[:40])
    assert told() == 1
    path.write_text(whole[:50])
    assert told() == 2
    path.unlink()
    assert told() == 3
    path.write_text(whole)
    assert told() == 3
    assert opened(full)
    path.unlink()
    assert told() == 4


def _rotate_until(settings: Settings, fatal: int) -> None:
    """Rotate in this process, which ends with SIGKILL at the given step: before a file's change or a statement."""
    steps = iter(range(1, 1_000_000))

    def step(*_: Any) -> None:
        if next(steps) == fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    def dying(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            step()
            return function(*arguments, **named)

        return call

    for name in ("fsync", "replace"):
        setattr(os, name, dying(getattr(os, name)))
    house = install(settings)
    event.listen(house.engine, "before_cursor_execute", lambda *given: given[2].startswith(("UP", "IN")) and step())
    event.listen(house.engine, "commit", step)
    rotating.rotate(house, NOW, quiet)
    os._exit(0)


def test_killed_at_every_step_it_loses_nothing(full: Installation, settings: Settings) -> None:
    before = opened(full)
    now, kills, forking = NOW, 0, multiprocessing.get_context("fork")
    for fatal in range(1, 1_000):
        full.engine.dispose()
        child = forking.Process(target=_rotate_until, args=(settings, fatal))
        child.start()
        child.join(60)
        assert opened(full) == before  # whatever it left behind
        if child.exitcode == 0:
            break
        assert child.exitcode == -signal.SIGKILL
        kills += 1
        if fatal % 4 == 0:  # every fourth time it also goes on to its end, and a new rotation begins
            rotating.rotate(full, now, quiet)
            assert rotating.status(full, quiet).under_old == 0
            assert rotating.drop_old(full, now + timedelta(days=1), quiet) == 1
            assert opened(full) == before
    assert kills >= 20
    assert rotating.status(full, quiet).under_old == 0


def test_a_key_is_named_without_telling_it(full: Installation) -> None:
    (key,) = keys_of(full)
    assert len(key.id) == 8
    assert key.id not in key.text
    assert key.id != SealingKey(Fernet.generate_key().decode()).id
    assert full.keyring.key_of(full.keyring.seal("x")) == key.id
    assert full.keyring.key_of(b"gAAAA not a token") is None
    assert full.keyring.key_of(Fernet(Fernet.generate_key()).encrypt(b"x")) is None
