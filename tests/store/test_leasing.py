"""A row is worked on by one worker at a time, comes back when its worker dies, and is never finished by a stranger."""

import multiprocessing
import os
import signal
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select, update
from sqlalchemy.dialects import postgresql

from assessment.store import leasing
from assessment.store.database import open_database, reading, writing
from assessment.store.tables import delivery, document
from tests.postgres import Postgres
from tests.store.queue_rows import LEASE, NOW, add_delivery, add_document, make_store, states


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = make_store(tmp_path)
    yield engine
    engine.dispose()


def _claim(engine: Engine, owner: str = "anna", after: timedelta = timedelta()) -> int | None:
    row = leasing.claim(engine, document, NOW + after, owner, LEASE)
    return None if row is None else int(row.id)


def test_claims_the_row_that_has_been_due_longest_and_marks_it(engine: Engine) -> None:
    add_document(engine, at=NOW)
    earlier = add_document(engine, at=NOW - timedelta(hours=1))
    row = leasing.claim(engine, document, NOW, "anna", LEASE)
    assert row is not None
    assert (row.id, row.state, row.owner, row.tries, row.next_at) == (earlier, "leased", "anna", 1, NOW + LEASE)


def test_nothing_due_is_none_and_takes_no_write_lock(engine: Engine) -> None:
    add_document(engine, state="ready")
    with writing(engine):  # would make a second writer wait for five seconds and fail
        assert _claim(engine) is None


def test_two_workers_never_hold_one_row(engine: Engine) -> None:
    first, second = add_document(engine), add_document(engine)
    assert {_claim(engine, "anna"), _claim(engine, "bert")} == {first, second}
    assert _claim(engine, "cleo") is None


def test_an_expired_lease_comes_back_and_the_first_worker_cannot_finish_it(engine: Engine) -> None:
    row = add_document(engine)
    _claim(engine, "anna")
    assert _claim(engine, "bert", LEASE - timedelta(seconds=1)) is None
    assert _claim(engine, "bert", LEASE) == row
    assert not leasing.finish(engine, document, row, "anna", state="ready", sealed_bytes=b"stale")
    assert not leasing.renew(engine, document, row, "anna", NOW, LEASE)
    assert not leasing.fail(engine, document, row, "anna", NOW, "late", timedelta())
    assert leasing.finish(engine, document, row, "bert", state="ready", sealed_bytes=b"good")
    with reading(engine) as connection:
        kept = connection.execute(select(document)).one()
    assert (kept.state, kept.sealed_bytes, kept.owner, kept.tries) == ("ready", b"good", None, 2)


def test_a_renewed_lease_is_not_taken(engine: Engine) -> None:
    row = add_document(engine)
    _claim(engine, "anna")
    assert leasing.renew(engine, document, row, "anna", NOW + timedelta(minutes=4), LEASE)
    assert _claim(engine, "bert", timedelta(minutes=8)) is None
    assert _claim(engine, "bert", timedelta(minutes=9)) == row


def test_a_failed_row_waits_for_its_delay_and_keeps_the_reason(engine: Engine) -> None:
    row = add_document(engine)
    _claim(engine)
    assert leasing.fail(engine, document, row, "anna", NOW, "greylisted", timedelta(minutes=2))
    with reading(engine) as connection:
        assert connection.execute(select(document.c.error)).scalar_one() == "greylisted"
    assert _claim(engine, after=timedelta(minutes=1)) is None
    assert _claim(engine, after=timedelta(minutes=2)) == row


def test_released_at_start_are_ones_own_leases_only(engine: Engine) -> None:
    mine, theirs = add_document(engine), add_document(engine)
    assert (_claim(engine, "anna"), _claim(engine, "bert")) == (mine, theirs)
    assert leasing.release_own(engine, document, "anna", NOW) == 1
    assert states(engine) == ["queued", "leased"]
    assert _claim(engine, "anna") == mine


def test_a_delivery_whose_worker_vanished_counts_as_an_unsure_attempt(engine: Engine) -> None:
    row = add_delivery(engine, add_document(engine, "ready"))
    leasing.claim(engine, delivery, NOW, "anna", LEASE)
    assert leasing.release_own(engine, delivery, "anna", NOW) == 1
    leasing.claim(engine, delivery, NOW, "anna", LEASE)
    claimed = leasing.claim(engine, delivery, NOW + LEASE, "bert", LEASE)
    assert claimed is not None
    assert (claimed.id, claimed.attempts_unsure, claimed.tries) == (row, 2, 3)


def test_a_clock_set_back_an_hour_hides_no_new_row(engine: Engine) -> None:
    row = add_document(engine, at=NOW + timedelta(hours=1))
    assert _claim(engine) == row


def test_a_lease_from_a_clock_set_back_by_a_day_comes_back(engine: Engine) -> None:
    row = add_document(engine)
    _claim(engine, after=timedelta(days=1))
    assert _claim(engine, "bert") == row


def test_a_lease_from_a_clock_set_back_by_an_hour_comes_back(engine: Engine) -> None:
    row = add_document(engine)
    _claim(engine, after=timedelta(hours=1))
    assert _claim(engine, "bert") == row
    assert _claim(engine, "anna") is None


@pytest.mark.parametrize("tries", [1, 4, 7, 8, 20])
def test_what_was_put_off_by_a_clock_since_set_back_is_due_and_nothing_else_is(engine: Engine, tries: int) -> None:
    row, longest = add_document(engine), leasing.backoff(tries, 1)
    with writing(engine) as connection:
        connection.execute(update(document).values(tries=tries, next_at=NOW + longest))
    assert _claim(engine) is None
    assert _claim(engine, after=-timedelta(hours=1)) == row


@given(st.integers(1, 60), st.floats(0, 1, exclude_max=True))
def test_backoff_grows_to_an_hour_and_jitter_adds_at_most_half(tries: int, jitter: float) -> None:
    delay, least = leasing.backoff(tries, jitter), leasing.backoff(tries, 0)
    assert (
        timedelta(seconds=30) <= least <= delay <= 1.5 * least <= timedelta(minutes=90) == 1.5 * leasing.LONGEST_DELAY
    )
    assert leasing.backoff(tries + 1, 0) >= least


def test_the_tries_span_a_day_and_not_two() -> None:
    waited = sum((leasing.backoff(tries, 0) for tries in range(1, leasing.MOST_TRIES)), timedelta())
    assert timedelta(hours=24) <= waited < timedelta(hours=26)


def _work(url: str, owner: str, found: "multiprocessing.SimpleQueue[int]") -> None:
    engine = open_database(url)
    while (row := leasing.claim(engine, document, NOW, owner, LEASE)) is not None:
        found.put(row.id)
        assert leasing.finish(engine, document, row.id, owner, state="ready")
    engine.dispose()


def test_two_processes_share_forty_rows_without_a_double(engine: Engine) -> None:
    rows = [add_document(engine) for _ in range(40)]
    starting = multiprocessing.get_context("spawn")
    found = starting.SimpleQueue()
    both = [starting.Process(target=_work, args=(str(engine.url), owner, found)) for owner in ("anna", "bert")]
    for process in both:
        process.start()
    claimed = [found.get() for _ in rows]
    for process in both:
        process.join(30)
    assert [process.exitcode for process in both] == [0, 0]
    assert found.empty()
    assert sorted(claimed) == rows
    assert set(states(engine)) == {"ready"}


def _claim_and_hang(url: str, claimed: "multiprocessing.SimpleQueue[int]") -> None:
    row = leasing.claim(open_database(url), document, NOW, "anna", LEASE)
    assert row is not None
    claimed.put(row.id)
    time.sleep(60)


def test_a_worker_killed_in_mid_lease_loses_nothing(engine: Engine) -> None:
    row = add_document(engine)
    starting = multiprocessing.get_context("spawn")
    claimed = starting.SimpleQueue()
    worker = starting.Process(target=_claim_and_hang, args=(str(engine.url), claimed))
    worker.start()
    assert claimed.get() == row
    assert worker.pid is not None
    os.kill(worker.pid, signal.SIGKILL)
    worker.join(10)
    assert _claim(engine, "bert") is None
    assert leasing.release_own(engine, document, "anna", NOW) == 1
    assert _claim(engine, "bert") == row


def test_postgresql_skips_rows_that_another_session_is_claiming(postgres: Postgres) -> None:
    database = postgres.make_database()
    postgres.run(database, postgres.tables_script())
    postgres.run(
        database,
        "INSERT INTO definition VALUES ('v1', 'tiny', 1, '', now());"
        "INSERT INTO response (id, public_id, questionnaire, version, state, answers, revision, page, submission_key,"
        " epoch, started_at, updated_at) VALUES (1, 'r', 'tiny', 'v1', 'submitted', '{}', 1, 1, 'k', 1, now(), now());"
        "INSERT INTO scorecard VALUES (1, 's', 1, 'k', '{}', 1, now());"
        "INSERT INTO document (id, scorecard_id, state, next_at, tries, created_at)"
        " SELECT n, 1, 'queued', '2026-11-14', 0, now() FROM generate_series(1, 3) n;",
    )

    def statement(owner: str) -> str:
        claiming = leasing.claiming(document, NOW, owner, LEASE)
        return str(claiming.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True})) + ";\n"

    # Anna's claim stays open for two seconds; Bert neither waits for it nor meets her row.
    anna = postgres.start(database, "BEGIN;" + statement("anna") + "SELECT pg_sleep(2); COMMIT;")
    time.sleep(0.5)
    began = time.monotonic()
    bert = postgres.run(database, statement("bert"))
    waited = time.monotonic() - began
    out, error = anna.communicate(timeout=30)
    assert anna.returncode == 0, error
    assert (out.split("|")[0], bert.split("|")[0]) == ("1", "2")
    assert waited < 1.5
