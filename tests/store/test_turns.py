"""The threads of one process wait in line for SQLite's single writer."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from assessment.store import database
from assessment.store.database import writing
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
