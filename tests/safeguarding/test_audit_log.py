"""The audit log proves itself: whatever is done to it in the database is found, on SQLite and on PostgreSQL."""

import logging
import stat
import threading
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import delete, insert, text, update
from sqlalchemy.exc import DBAPIError

from assessment.actions import auditing
from assessment.actions.auditing import CHECKED_EVERY, MOST_UNSEALED, SEALED_EVERY
from assessment.actions.installation import Installation
from assessment.backing_up import back_up, put_back
from assessment.demonstration import running
from assessment.installing import prepare
from assessment.store import append_only, audit, audit_chain, audit_head, audit_seals
from assessment.store.audit_seals import Check, Seal
from assessment.store.audit_walk import Misfit, Place
from assessment.store.database import reading, writing
from assessment.store.migrate import configuration, migrate
from assessment.store.tables import audit as table
from assessment.store.tables import audit_seal
from tests.safeguarding.log import TAMPERED, THEN, chain_anew, note_some, rows, unguarded

NOW = THEN + timedelta(days=3)


def verify(house: Installation, expected: tuple[int, str] | None = None, now: datetime = THEN) -> Place:
    return auditing.verify(house, lambda _rows: lambda _done: None, now, expected)[0]


def last_check(house: Installation) -> Check:
    with reading(house.engine) as connection:
        check = audit_seals.last_check(connection)
    assert check is not None
    return check


def seals(house: Installation) -> list[Seal]:
    with reading(house.engine) as connection:
        return list(audit_seals.every(connection).values())


@pytest.fixture
def sealed(house: Installation) -> Installation:
    """An installation whose log has 20 rows, sealed at the twentieth."""
    note_some(house, 20)
    auditing.seal_head(house, NOW)
    return house


def test_a_log_that_nobody_touched_fits(sealed: Installation) -> None:
    note_some(sealed, 5)
    place = verify(sealed)
    assert place.number == 25
    assert [row["id"] for row in rows(sealed)] == list(range(1, 26))
    assert place.last.digest == rows(sealed)[-1]["digest"]
    assert [seal.number for seal in seals(sealed)] == [20]


@pytest.mark.parametrize("how", TAMPERED)
def test_what_was_done_to_it_is_found(sealed: Installation, how: str) -> None:
    tamper, said = TAMPERED[how]
    with unguarded(sealed) as connection:
        tamper(connection)
    with pytest.raises(Misfit, match=said):
        verify(sealed)


@pytest.mark.parametrize("how", TAMPERED)
def test_what_was_done_to_it_is_never_sealed(sealed: Installation, how: str, caplog: pytest.LogCaptureFixture) -> None:
    before = {row["digest"] for row in rows(sealed)}
    with unguarded(sealed) as connection:
        TAMPERED[how][0](connection)
    auditing.seal_head(sealed, NOW + timedelta(hours=1))
    assert {seal.digest for seal in seals(sealed) if seal.is_ours(sealed.keyring.derived("audit"))} <= before
    assert auditing.check_all(sealed, NOW).fault
    assert "the audit log does not fit" in caplog.text


def test_an_older_copy_is_told_from_the_head_that_was_kept(sealed: Installation) -> None:
    note_some(sealed, 10)
    kept = auditing.seal_head(sealed, NOW + timedelta(hours=1))
    assert kept is not None
    with unguarded(sealed) as connection:
        connection.execute(delete(table).where(table.c.id > 20))
        connection.execute(delete(audit_seal).where(audit_seal.c.audit_id > 20))
    with pytest.raises(Misfit, match="rows missing at the end: 30 were expected"):
        verify(sealed)  # from the one kept beside the secrets
    audit_head.forget(sealed.settings.home)  # as by somebody who can write there too
    with pytest.raises(Misfit, match="rows missing at the end: 30 were expected"):
        verify(sealed, (kept.number, kept.last.digest))
    note_some(sealed, 15, NOW)
    with pytest.raises(Misfit, match="row 30 is not the one expected"):
        verify(sealed, (kept.number, kept.last.digest))
    assert verify(sealed).number == 35  # from inside it looks whole: that is why the head is kept elsewhere too


def test_a_copy_from_before_the_last_check_is_found_without_help(sealed: Installation) -> None:
    auditing.check_all(sealed, NOW)
    with unguarded(sealed) as connection:
        connection.execute(delete(table))
        connection.execute(delete(audit_seal))
    audit_head.forget(sealed.settings.home)
    with pytest.raises(Misfit, match="the check of 2026-11-04 09:30 UTC found 20"):
        verify(sealed)


def test_unsealed_rows_are_chained_anew_only_until_the_next_seal(sealed: Installation) -> None:
    note_some(sealed, 10)
    with unguarded(sealed) as connection:
        connection.execute(update(table).where(table.c.id == 25).values(actor="account 9"))
        chain_anew(connection)
    assert verify(sealed).number == 30  # what no seal covers yet, its writer could change


def test_a_row_that_was_sealed_holds_everything_before_it(sealed: Installation) -> None:
    with unguarded(sealed) as connection:
        connection.execute(update(table).where(table.c.id == 3).values(detail="another"))
        chain_anew(connection)
    with pytest.raises(Misfit, match="row 20"):
        verify(sealed)


@pytest.mark.parametrize("name", append_only.TABLES)
def test_the_database_refuses_changes(sealed: Installation, name: str) -> None:
    refused = [f"UPDATE {name} SET digest = 'x'", f"DELETE FROM {name} WHERE id = 1", f"UPDATE {name} SET id = id + 1"]
    if sealed.engine.dialect.name == "sqlite":
        refused.append(f"INSERT OR REPLACE INTO {name} SELECT * FROM {name}")
    else:
        refused += [f"TRUNCATE {name}", f"TRUNCATE {name} CASCADE"]
    for statement in refused:
        with pytest.raises(DBAPIError, match=append_only.REFUSAL), writing(sealed.engine) as connection:
            connection.execute(text(statement))
    assert verify(sealed).number == 20


def test_many_who_note_at_once_make_one_chain(house: Installation) -> None:
    def note(number: int) -> None:
        for n in range(15):
            with writing(house.engine, about=(f"response {number}",)) as connection:
                audit.note(connection, THEN, f"account {number}", "note.added", str(n))
                if n % 5 == 0:
                    audit.note(connection, THEN, f"account {number}", "note.deleted", str(n))

    threads = [threading.Thread(target=note, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert verify(house).number == 8 * 18
    assert [row["id"] for row in rows(house)] == list(range(1, 8 * 18 + 1))


def test_what_was_rolled_back_leaves_no_gap(house: Installation) -> None:
    note_some(house, 3)
    with house.engine.connect().execution_options(write=True) as connection, connection.begin() as change:
        audit.note(connection, THEN, "worker", "note.added", "lost")
        change.rollback()
    note_some(house, 1)
    assert [row["id"] for row in rows(house)] == [1, 2, 3, 4]
    assert verify(house).number == 4


def test_a_demonstration_keeps_the_chain_when_it_comes_and_when_it_goes(house: Installation) -> None:
    note_some(house, 2)
    running.make(house, 30, 1, NOW, lambda _rows: lambda _done: None)
    assert verify(house).number == 2 + 30 + 1
    running.remove(house, NOW, lambda _rows: lambda _done: None)
    assert verify(house).number == 2 + 30 + 2


def test_a_log_from_before_the_chain_is_chained(house: Installation) -> None:
    note_some(house, 20)
    with writing(house.engine) as connection:
        command.downgrade(configuration(connection), "0002")
    with writing(house.engine) as connection:
        connection.execute(text("DELETE FROM audit WHERE id IN (4, 5, 20)"))  # gaps were common then
    migrate(house.engine)
    note_some(house, 3)
    assert verify(house).number == 20
    assert auditing.seal_head(house, NOW) is not None
    with unguarded(house) as connection:
        connection.execute(update(table).where(table.c.id == 6).values(actor="x"))
    with pytest.raises(Misfit, match=r"between id 3 and id 6, or row 4 \(id 6\) changed or inserted"):
        verify(house)


def test_it_is_sealed_hourly_or_when_much_happened(house: Installation, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    note_some(house, 3)
    for minutes, numbers in ((0, [3]), (10, [3]), (59, [3]), (60, [3, 4])):
        auditing.keep_watch(house, NOW + timedelta(minutes=minutes))
        assert [seal.number for seal in seals(house)] == numbers
        if minutes == 0:
            note_some(house, 1)
    auditing.keep_watch(house, NOW + SEALED_EVERY * 3)  # nothing new: nothing to seal
    note_some(house, MOST_UNSEALED)
    auditing.keep_watch(house, NOW + SEALED_EVERY + timedelta(minutes=1))
    assert [seal.number for seal in seals(house)] == [3, 4, 4 + MOST_UNSEALED]
    assert f"the audit log is sealed at 4:{rows(house)[3]['digest']}" in caplog.text


def test_it_is_checked_once_a_day(house: Installation) -> None:
    note_some(house, 3)
    auditing.keep_watch(house, NOW)
    with unguarded(house) as connection:
        connection.execute(update(table).where(table.c.id == 2).values(actor="x"))
    auditing.keep_watch(house, NOW + CHECKED_EVERY - timedelta(minutes=1))
    with reading(house.engine) as connection:
        check = audit_seals.last_check(connection)
    assert check is not None
    assert (check.number, check.fault, check.at) == (3, None, NOW)
    auditing.keep_watch(house, NOW + CHECKED_EVERY)
    with reading(house.engine) as connection:
        check = audit_seals.last_check(connection)
    assert check is not None
    assert check.fault is not None
    assert check.fault.startswith("row 2 ")
    assert check.number == 3  # what fitted before


def test_two_rows_never_read_alike() -> None:
    event = {"at": THEN, "actor": "a", "action": "b", "subject": "c", "detail": None}
    likes = [
        {},
        {"detail": ""},
        {"actor": 'a","b'},
        {"action": "", "actor": "ab"},
        {"subject": "c\\"},
        {"detail": "null"},
    ]
    links = {audit_chain.link("0" * 64, 1, audit_chain.Noted(**event | like)).digest for like in likes}  # type: ignore[arg-type]
    assert len(links) == len(likes)


def test_a_seal_belongs_to_one_place(sealed: Installation) -> None:
    (seal,) = seals(sealed)
    key = sealed.keyring.derived(auditing.PURPOSE)
    assert seal.is_ours(key)
    assert not seal.is_ours(sealed.keyring.derived("totp"))
    values = {"audit_id": 19, "number": 19, "digest": rows(sealed)[18]["digest"], "at": seal.at, "mac": seal.mac}
    with writing(sealed.engine) as connection:
        connection.execute(insert(audit_seal).values(values))
    with pytest.raises(Misfit, match="row 19 was not made with this installation's secrets"):
        verify(sealed)


def test_long_logs_are_walked_in_pieces(house: Installation) -> None:
    note_some(house, 4_500)
    told: list[int] = []
    place, _seals = auditing.verify(house, lambda rows: told.append(rows) or told.append, THEN)  # type: ignore[func-returns-value]
    assert place.number == 4_500
    assert told == [4_500, 2_000, 2_000, 500]


def test_a_log_whose_seals_are_gone_is_told_and_not_sealed(
    sealed: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    with unguarded(sealed) as connection:
        connection.execute(update(table).where(table.c.id == 7).values(actor="account 9"))
        chain_anew(connection)
        connection.execute(delete(audit_seal))
    auditing.keep_watch(sealed, NOW + timedelta(minutes=1))
    assert seals(sealed) == []
    assert "the audit log is not sealed: seals were taken away: the log was sealed at 20 rows already" in caplog.text
    first = last_check(sealed)
    assert first.fault
    auditing.seal_head(sealed, NOW + timedelta(minutes=2))  # the worker looks every half minute
    assert last_check(sealed) == first
    with pytest.raises(Misfit):
        verify(sealed)


def test_the_head_is_kept_beside_the_secrets_for_nobody_else(sealed: Installation) -> None:
    path = sealed.settings.home / audit_head.FILE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert audit_head.read(sealed.settings.home) == audit_head.Kept(20, 20, str(rows(sealed)[19]["digest"]))
    note_some(sealed, 2)
    auditing.seal_head(sealed, NOW)
    kept = audit_head.read(sealed.settings.home)
    assert kept is not None
    assert kept.number == 22
    assert [one.name for one in sealed.settings.home.iterdir() if audit_head.FILE in one.name] == [audit_head.FILE]
    path.write_text("{}")
    with pytest.raises(Misfit, match=r"kept in .*audit-head.json cannot be read \(KeyError\)"):
        verify(sealed)
    note_some(sealed, 1)
    assert auditing.seal_head(sealed, NOW) is None


def test_a_head_that_is_missing_is_taken_from_the_last_seal(sealed: Installation) -> None:
    audit_head.forget(sealed.settings.home)
    assert verify(sealed).number == 20
    prepare(sealed.settings)  # as `init` does
    assert audit_head.read(sealed.settings.home) == audit_head.Kept(20, 20, str(rows(sealed)[19]["digest"]))
    audit_head.forget(sealed.settings.home)
    note_some(sealed, 1)
    assert auditing.seal_head(sealed, NOW) is not None
    kept = audit_head.read(sealed.settings.home)
    assert kept is not None
    assert kept.number == 21


def test_without_head_and_seals_an_old_log_is_not_sealed_before_init(house: Installation) -> None:
    """A new log may wait for its first worker; an old one may have lost its seals."""
    audit_head.forget(house.settings.home)
    note_some(house, 3)
    late = THEN + SEALED_EVERY * 2 + timedelta(minutes=1)
    assert verify(house, now=late - timedelta(minutes=2)).number == 3
    with pytest.raises(Misfit, match="no row is sealed, and the first is of 2026-11-01 09:30 UTC"):
        verify(house, now=late)
    auditing.keep_watch(house, late)
    assert seals(house) == []
    assert "no row is sealed" in str(last_check(house).fault)
    prepare(house.settings)
    auditing.keep_watch(house, late + SEALED_EVERY)
    assert [seal.number for seal in seals(house)] == [3]
    assert last_check(house).fault is None  # looked at again within the hour, as something was amiss


@pytest.mark.sqlite("PostgreSQL's own programs are tried in tests/test_backing_up.py")
def test_a_backup_that_is_put_back_may_be_shorter(sealed: Installation, tmp_path: Path) -> None:
    copy, settings = tmp_path / "copy.sqlite3", sealed.settings
    back_up(settings, copy, lambda _done, _all: None)
    note_some(sealed, 5)
    auditing.seal_head(sealed, NOW)
    sealed.engine.dispose()
    for path in settings.home.glob("assessment.sqlite3*"):
        path.unlink()
    put_back(settings, copy, lambda _done, _all: None)
    prepare(settings)
    assert verify(sealed).number == 20
    note_some(sealed, 1)
    assert auditing.seal_head(sealed, NOW + SEALED_EVERY) is not None
