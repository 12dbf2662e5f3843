"""Nobody waits for ever for who writes: not a thread of this process, not who left in the middle."""

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from assessment.store import database
from assessment.store.database import UNAVAILABLE, open_database, reading, writing
from tests.databases import somebody_writes
from tests.store.queue_rows import make_store


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = make_store(tmp_path)
    yield engine
    engine.dispose()


def _write(engine: Engine, inside: threading.Event, leave: threading.Event) -> None:
    with writing(engine):
        inside.set()
        assert leave.wait(10)


@pytest.mark.sqlite("PostgreSQL makes its own queue")
def test_a_turn_that_does_not_come_is_a_busy_database_and_the_next_one_comes(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_TIMEOUT_MS", 50)
    inside, leave = threading.Event(), threading.Event()
    first = threading.Thread(target=_write, args=(engine, inside, leave))
    first.start()
    assert inside.wait(10)
    with pytest.raises(OperationalError), writing(engine):
        raise AssertionError("two write at once")
    leave.set()
    first.join()
    with pytest.raises(KeyError), writing(engine):
        raise KeyError("a transaction that breaks gives its turn back")
    with writing(engine) as connection:
        assert connection.in_transaction()


@pytest.mark.postgresql("SQLite's lock goes with the process that held it")
def test_who_vanishes_in_the_middle_of_writing_does_not_hold_everybody_up(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "IDLE_TIMEOUT_MS", 500)
    after = []
    # The other's connection stays open, and nothing comes from it until it is ended.
    with pytest.raises(UNAVAILABLE), somebody_writes(engine), writing(engine) as connection:
        after.append(connection.in_transaction())
    assert after == [True]


def test_a_database_that_says_nothing_is_away_within_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(database._NETWORK, "connect_timeout", 2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        engine = open_database(f"postgresql+psycopg://assessment@127.0.0.1:{silent.getsockname()[1]}/assessment")
        began = time.monotonic()
        with pytest.raises(UNAVAILABLE), reading(engine):
            raise AssertionError("a connection to nobody")
        assert time.monotonic() - began < 30
        engine.dispose()
