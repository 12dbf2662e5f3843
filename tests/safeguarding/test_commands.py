"""What is typed on the command line: audit verify, keys status, keys rotate; each once in a process of its own."""

import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable

import pytest
from click.testing import CliRunner
from sqlalchemy import delete, func, select, update

from assessment import clock
from assessment.actions import auditing, rotating
from assessment.actions.installation import Installation
from assessment.cli import cli
from assessment.core.definition import Questionnaire
from assessment.delivery.watching import watch
from assessment.store import audit_seals
from assessment.store.database import reading
from assessment.store.tables import audit, audit_seal
from tests.conftest import sample_of
from tests.safeguarding.log import chain_anew, note_some, unguarded
from tests.safeguarding.values import NOW, fill, keys_of, opened, quiet
from tests.walking import Walker


def place_of(house: Installation) -> dict[str, str]:
    return {
        "ASSESSMENT_HOME": str(house.settings.home),
        "DATABASE_URL": house.engine.url.render_as_string(hide_password=False),
    }


def start(house: Installation, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "assessment", *words],
        env=os.environ | place_of(house), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def run(house: Installation, *words: str) -> tuple[int, str, str]:
    """Exit status, what it prints and what it complains of."""
    process = start(house, *words)
    out, error = process.communicate(timeout=120)
    return process.returncode, out, error


def run_here(house: Installation, *words: str) -> tuple[int, str, str]:
    """The same in this process: the start of another costs more than what most of them do."""
    found = CliRunner().invoke(cli, words, env=place_of(house), prog_name="assessment")
    assert found.exception is None or isinstance(found.exception, SystemExit), found.exception
    return found.exit_code, found.stdout, found.stderr


def test_verify_prints_the_head_and_holds_the_log_against_one(house: Installation) -> None:
    note_some(house, 1_200)
    auditing.seal_head(house, NOW)
    status, out, error = run(house, "audit", "verify")
    assert status == 0, error
    assert out.startswith("1,200 rows fit, 1,200 of them sealed by 1 seals\nHead 1200:")
    head = re.findall(r"Head (\S+)", out)[0]
    assert run_here(house, "audit", "verify", "--expect", head)[0] == 0
    note_some(house, 3)
    assert run_here(house, "audit", "verify", "--expect", head)[0] == 0  # it grew since
    status, out, error = run_here(house, "audit", "verify", "--expect", head.replace("1200:", "1300:"))
    assert (status, out) == (1, "")
    assert "rows missing at the end: 1,300 were expected" in error
    assert run_here(house, "audit", "verify", "--expect", "1200:abc")[0] == 2


def test_verify_says_which_row_does_not_fit(house: Installation) -> None:
    note_some(house, 30)
    with unguarded(house) as connection:
        connection.execute(update(audit).where(audit.c.id == 12).values(action="note.deleted"))
    status, out, error = run_here(house, "audit", "verify")
    assert (status, out) == (1, "")
    assert "The audit log is not what was written: row 12 (id 12): changed or inserted" in error


def test_verify_says_that_the_seals_are_gone(house: Installation) -> None:
    note_some(house, 30)
    auditing.seal_head(house, NOW)
    with unguarded(house) as connection:
        connection.execute(update(audit).where(audit.c.id == 12).values(action="note.deleted"))
        chain_anew(connection)
        connection.execute(delete(audit_seal))
    status, out, error = run_here(house, "audit", "verify")
    assert (status, out) == (1, "")
    assert "The audit log is not what was written: row 30 is not the one expected" in error


def test_keys_are_counted_rotated_and_dropped(house: Installation) -> None:
    fill(house, 5)
    before = opened(house)
    status, out, _ = run(house, "keys", "status")
    (old,) = keys_of(house)
    assert status == 0
    assert re.search(rf"key {old.id}  added .* UTC \(0 days\)  seals  {len(before)} values", out)
    status, out, _ = run(house, "keys", "rotate")
    assert status == 0
    assert out.startswith(f"{len(before)} values are under the new key. Back up the secrets file now")
    status, out, error = run_here(house, "keys", "rotate", "--drop-old")
    assert status == 2
    assert "wait until" in error
    assert "--drop-old` goes on" in run_here(house, "keys", "status")[1]
    rotating.drop_old(house, clock.now() + rotating.DROPPED_AFTER, quiet)
    assert run_here(house, "keys", "rotate", "--drop-old")[1] == "There is no old key\n"
    assert opened(house) == before
    assert old.text not in house.settings.secrets_path.read_text()


def test_rotation_is_killed_again_and_again_while_people_submit(
    house: Installation, visitor: Callable[[], Walker], renewal: Questionnaire
) -> None:
    """The command as it is typed; tests/safeguarding/test_rotating.py kills a rotation at every one of its steps."""
    fill(house, 100)
    before, dice = opened(house), random.Random(7)
    answers, submitted, done = sample_of(renewal).answers, list[str](), threading.Event()

    def submit() -> None:
        while not done.is_set():
            number = len(submitted)
            email = f"priya{number}@northfield.example"
            visitor().scorecard(renewal, answers, {"email": email, "name": f"Priya {number}"})
            submitted.append(email)
            done.wait(0.1)  # a few a second are as many as a rotation meets

    people = threading.Thread(target=submit)
    people.start()
    kills = 0
    try:
        while kills < 4:
            process = start(house, "keys", "rotate")
            while not kills and process.poll() is None and len(keys_of(house)) == 1:
                time.sleep(0.02)  # else it would be killed while it loads, each time
            time.sleep(dice.uniform(0.05, 0.3) if not kills else dice.uniform(0.5, 3.0))
            process.send_signal(signal.SIGKILL)
            process.communicate(timeout=30)
            kills += process.returncode == -signal.SIGKILL
        status, _, error = run(house, "keys", "rotate")
        assert status == 0, error
    finally:
        done.set()
        people.join()
    assert rotating.status(house, quiet).under_old == 0
    rotating.drop_old(house, clock.now() + rotating.DROPPED_AFTER, quiet)
    now = opened(house)
    assert now.items() >= before.items()
    assert submitted
    assert {email.encode() for email in submitted} <= set(now.values())
    assert len(keys_of(house)) == 1


def test_a_worker_seals_what_was_noted_and_what_is_left_at_its_end(house: Installation) -> None:
    def sealed() -> int:
        with reading(house.engine) as connection:
            return max((seal.number for seal in audit_seals.every(connection).values()), default=0)

    note_some(house, 10)
    process = start(house, "worker")
    deadline = time.monotonic() + 60
    while sealed() < 10 and time.monotonic() < deadline:
        time.sleep(0.1)
    assert sealed() >= 10
    note_some(house, 7)
    process.terminate()
    _, error = process.communicate(timeout=60)
    assert process.returncode == 0
    with reading(house.engine) as connection:
        noted = connection.execute(select(func.count()).select_from(audit)).scalar_one()
    assert noted >= 17  # on a Monday the worker counts a survey, and notes it
    assert sealed() == noted
    assert f"the audit log is sealed at {noted}:" in error


def test_a_watch_outlives_a_database_that_is_away(house: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    stop, tried = threading.Event(), list[int]()

    def broken(*_: object) -> None:
        tried.append(1)
        stop.set()
        raise OSError

    monkeypatch.setattr(auditing, "keep_watch", broken)
    note_some(house, 3)
    watch(house, clock.now, stop)
    assert tried == [1]
    with reading(house.engine) as connection:
        assert audit_seals.unsealed(connection) == 0
