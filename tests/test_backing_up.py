"""Backups made under load, put back elsewhere, and stolen."""

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from alembic import command
from click.testing import CliRunner
from sqlalchemy import text
from sqlalchemy.engine import make_url

from assessment import backing_up
from assessment.actions.installation import Installation
from assessment.backing_up import BackupFault, back_up, put_back, secrets_beside
from assessment.cli import cli
from assessment.core.definition import Questionnaire
from assessment.installing import install, prepare
from assessment.settings import SettingFault, Settings, read_settings
from assessment.store import secrets_file
from assessment.store.database import open_database, reading, writing
from assessment.store.migrate import configuration
from assessment.store.revision import revisions
from assessment.working import build_worker
from tests.conftest import sample_of
from tests.databases import POSTGRESQL, fresh_database
from tests.faults.site import KillableSite
from tests.faults.submitter import Submitter
from tests.walking import Walker
from tests.web.test_canaries import Reader

PERSON = {
    "name": "Priyanka Natarajan",
    "email": "priyanka@northfield.example",
    "role": "Head of Renewals",
    "company": "Northfield Services",
}


def _quietly(_done: int, _all: int) -> None:
    """Nobody looks."""


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _command(site: KillableSite, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "assessment", *words], env=site.environment, capture_output=True, text=True, timeout=120
    )


def test_a_backup_under_load_holds_everything_acknowledged_before_it(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    (tmp_path / "new").mkdir()
    copy, known, stop = tmp_path / "copy", list[tuple[Submitter, str]](), threading.Event()
    with KillableSite(tmp_path / "old", roles=("serve",)) as site:  # nobody looks at mails here

        def keep_submitting(crowd: int) -> None:
            number = 0
            while not stop.is_set():
                number += 1
                person = Submitter(site.url)
                known.append((person, person.submit(f"person{crowd}-{number}@northfield.example")))
                stop.wait(0.2)  # some ten submissions a second while it copies; more would only heat the machine

        writers = [threading.Thread(target=keep_submitting, args=(number,)) for number in range(4)]
        for writer in writers:
            writer.start()
        while len(known) < 6:
            stop.wait(0.1)
        before = known[:]
        made = _command(site, "backup", str(copy), "--with-secrets")
        stop.set()
        for writer in writers:
            writer.join()
    assert made.returncode == 0, made.stderr
    assert len(known) > len(before), "nobody wrote meanwhile"
    assert _mode(copy) == _mode(secrets_beside(copy)) == 0o600
    other = KillableSite(
        tmp_path / "new", roles=("serve",), DATABASE_URL=fresh_database(tmp_path / "new", migrated=False)
    )
    put = _command(other, "restore", str(copy))
    assert put.returncode == 0, put.stderr
    assert "What surveys and peer comparisons published since the backup is forgotten" in put.stdout
    with other:
        for person, card in before:
            person.url = other.url
            assert "Tiny assessment" in person.read(card)
        Submitter(other.url).submit("after@northfield.example")
    again = CliRunner().invoke(cli, ["restore", str(copy)], env=other.environment)
    assert again.exit_code == 2
    assert len(again.stderr.splitlines()) == 1, again.stderr


@pytest.fixture
def filled(house: Installation, visitor: Callable[[], Walker], renewal: Questionnaire) -> Settings:
    """Priya answered, with typed texts, and her report was made and mailed."""
    visitor().scorecard(renewal, sample_of(renewal).answers, PERSON)
    worker = build_worker(house, Reader(), "desk/1")  # type: ignore[arg-type]
    while worker.step():
        pass
    assert len([*house.settings.outbox.glob("*.eml")]) == 1
    return house.settings


def _elsewhere(settings: Settings, home: Path) -> Settings:
    return replace(settings, home=home, database_url=fresh_database(home, migrated=False))


def _in_clear(path: Path) -> bytes:
    """A backup's content as a thief reads it: SQLite's file itself, or what pg_restore writes."""
    if path.read_bytes().startswith(b"SQLite"):
        return path.read_bytes()
    return subprocess.run(["pg_restore", "--file=-", str(path)], capture_output=True, check=True).stdout


def test_a_stolen_backup_names_nobody(filled: Settings, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    back_up(filled, copy, _quietly)
    assert not secrets_beside(copy).exists()
    stolen = _in_clear(copy) + b"".join(path.read_bytes() for path in filled.home.glob("assessment.sqlite3*"))
    assert len(stolen) > 50_000
    assert b"renewal-practices" in stolen
    for said in (PERSON["name"], "Priyanka", PERSON["email"], "priyanka", PERSON["role"], "@northfield"):
        assert said.encode() not in stolen, said
        assert said.encode().hex().encode() not in stolen, said


def test_put_back_it_opens_with_its_secrets_alone(filled: Settings, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    back_up(filled, copy, _quietly)
    there = _elsewhere(filled, tmp_path / "there")
    with pytest.raises(BackupFault, match=r"put the installation's secrets\.json"):
        put_back(there, copy, _quietly)
    there.secrets_path.write_text(secrets_file.make().dump())
    with pytest.raises(BackupFault, match="of another installation"):
        put_back(there, copy, _quietly)
    if POSTGRESQL:  # what was put back before it was known is there
        there = _elsewhere(filled, tmp_path / "third")
        there.home.mkdir()
    shutil.copy(filled.secrets_path, there.secrets_path)
    put_back(there, copy, _quietly)
    engine = open_database(there.database_url)
    with reading(engine) as connection:
        assert connection.execute(text("SELECT count(*) FROM scorecard")).scalar() == 1
    engine.dispose()
    with pytest.raises(BackupFault, match="goes into an"):
        put_back(there, copy, _quietly)


def test_secrets_from_before_the_newest_key_are_refused(
    filled: Settings, visitor: Callable[[], Walker], renewal: Questionnaire, tmp_path: Path
) -> None:
    before, kept = filled.secrets_path.read_text(), secrets_file.read(filled.secrets_path)
    secrets_file.replace(filled.secrets_path, replace(kept, sealing=(secrets_file.new_key(), *kept.sealing)))
    visitor().scorecard(renewal, sample_of(renewal).answers, PERSON)  # the only one that the old secrets do not open
    back_up(filled, tmp_path / "copy", _quietly)
    there = _elsewhere(filled, tmp_path / "there")
    there.home.mkdir(exist_ok=True)
    there.secrets_path.write_text(before)
    with pytest.raises(BackupFault, match="of another installation"):
        put_back(there, tmp_path / "copy", _quietly)


def test_a_backup_of_an_older_version_is_put_back_and_brought_up_to_this_one(tmp_path: Path) -> None:
    old = read_settings(
        {"DATABASE_URL": fresh_database(tmp_path / "old", migrated=False), "ASSESSMENT_HOME": "old"}, tmp_path
    )
    old.home.mkdir(exist_ok=True)
    secrets_file.create(old.secrets_path, secrets_file.make())
    engine = open_database(old.database_url)
    with writing(engine) as connection:
        command.upgrade(configuration(connection), revisions()[0])
    engine.dispose()
    back_up(old, tmp_path / "copy", _quietly, with_secrets=True)
    there = _elsewhere(old, tmp_path / "there")
    put_back(there, tmp_path / "copy", _quietly)
    with pytest.raises(SettingFault, match="older than this version"):
        install(there)
    assert prepare(there) is False
    install(there).engine.dispose()


def _of_others(settings: Settings, copy: Path) -> None:
    """A backup of a database of something else, with secrets beside it."""
    foreign = replace(settings, database_url=fresh_database(copy.parent / "foreign", migrated=False))
    engine = open_database(foreign.database_url)
    with writing(engine) as connection:
        connection.execute(text("CREATE TABLE theirs (id INTEGER)"))
    engine.dispose()
    back_up(foreign, copy, _quietly, with_secrets=True)


def test_what_is_not_put_back_leaves_no_secrets(filled: Settings, tmp_path: Path) -> None:
    copy, there = tmp_path / "copy", _elsewhere(filled, tmp_path / "there")
    _of_others(filled, copy)
    with pytest.raises(BackupFault, match="holds no tables of ours"):
        put_back(there, copy, _quietly)
    assert not there.secrets_path.exists()


@pytest.mark.sqlite("PostgreSQL's own program copies there")
def test_a_restore_that_is_stopped_leaves_no_secrets(filled: Settings, tmp_path: Path) -> None:
    copy, there = tmp_path / "copy", _elsewhere(filled, tmp_path / "there")
    back_up(filled, copy, _quietly, with_secrets=True)

    def stop(_done: int, _all: int) -> None:
        assert there.secrets_path.exists()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        put_back(there, copy, stop)
    assert not list(there.home.iterdir())


@pytest.mark.sqlite("a file can be taken for a database there")
def test_what_cannot_be_read_once_it_is_put_back_is_told(filled: Settings, tmp_path: Path) -> None:
    copy, there = tmp_path / "copy", _elsewhere(filled, tmp_path / "there")
    back_up(filled, copy, _quietly, with_secrets=True)
    with closing(sqlite3.connect(copy)) as copied:
        copied.execute("ALTER TABLE person DROP COLUMN sealed_name")
        copied.commit()
    with pytest.raises(BackupFault, match=r"cannot be read \(OperationalError\)"):
        put_back(there, copy, _quietly)
    assert not list(there.home.iterdir())


@pytest.mark.postgresql("its address has options")
def test_an_option_that_there_is_not_is_named(filled: Settings, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    back_up(filled, copy, _quietly, with_secrets=True)
    there = _elsewhere(filled, tmp_path / "there")
    bad = replace(there, database_url=f"{there.database_url}&sslmod=require")
    for tried in (lambda: back_up(bad, tmp_path / "other", _quietly), lambda: put_back(bad, copy, _quietly)):
        with pytest.raises(BackupFault, match=r'^DATABASE_URL: .*invalid connection option "sslmod"$'):
            tried()
    assert not (tmp_path / "other").exists()
    assert not there.secrets_path.exists()


def test_nothing_is_written_over_and_nothing_half_is_left(filled: Settings, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    copy.write_text("kept")
    with pytest.raises(BackupFault, match="exists already"):
        back_up(filled, copy, _quietly)
    assert copy.read_text() == "kept"
    with pytest.raises(BackupFault, match="cannot be written"):
        back_up(filled, tmp_path / "nowhere" / "copy", _quietly)
    with pytest.raises(BackupFault, match="is no backup of"):
        put_back(_elsewhere(filled, tmp_path / "there"), copy, _quietly)

    def stop(_done: int, _all: int) -> None:
        raise KeyboardInterrupt

    if not POSTGRESQL:
        with pytest.raises(KeyboardInterrupt):
            back_up(filled, tmp_path / "stopped", stop)
    assert [path.name for path in tmp_path.iterdir() if "copy" in path.name or "stopped" in path.name] == ["copy"]


@pytest.mark.skipif(POSTGRESQL, reason="how SQLite's pages are copied")
def test_writers_neither_wait_nor_show(house: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backing_up, "PAGES", 10)
    seen: list[tuple[int, int]] = []

    def write(done: int, everything: int) -> None:
        seen.append((done, everything))
        with writing(house.engine) as connection:
            row = {"index": f"written-{len(seen)}", "at": "2026-11-22 00:00:00.000000"}
            connection.execute(text("INSERT INTO suppression VALUES (:index, 'refused', :at)"), row)

    back_up(house.settings, tmp_path / "copy", write)
    assert [done for done, _ in seen] == sorted({done for done, _ in seen}), "it began anew"
    assert len(seen) > 5
    assert seen[-1][0] == seen[-1][1]
    with sqlite3.connect(tmp_path / "copy") as copied:
        assert copied.execute("SELECT count(*) FROM suppression").fetchone() == (0,)
        assert copied.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(("copy", ".copy"))] == ["copy"]


@pytest.mark.skipif(POSTGRESQL, reason="how a SQLite file is checked")
def test_a_damaged_database_is_told(filled: Settings, house: Installation, tmp_path: Path) -> None:
    house.engine.dispose()
    file = Path(make_url(filled.database_url).database or "")
    content = bytearray(file.read_bytes())
    for page in range(20, len(content) // 4096):
        content[page * 4096 : page * 4096 + 64] = os.urandom(64)
    file.write_bytes(content)
    with pytest.raises(BackupFault, match=r"damaged|malformed"):
        back_up(filled, tmp_path / "copy", _quietly)
    assert not (tmp_path / "copy").exists()


@pytest.mark.skipif(not POSTGRESQL, reason="how pg_dump is called")
def test_without_pg_dump_the_command_to_run_is_named(
    filled: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BackupFault, match=r"pg_dump is not installed here\. Where it is, run: pg_dump --format=custom"):
        back_up(filled, tmp_path / "copy", _quietly)


def test_a_password_is_no_argument() -> None:
    url = make_url("postgresql+psycopg://assessment:secret%27%20word@db.example:5433/assessment?sslmode=require")
    where, environment = backing_up._connection(url)
    assert where == "host=db.example port=5433 user=assessment dbname=assessment sslmode=require"
    assert environment["PGPASSWORD"] == "secret' word"
