"""Mallory tries many passwords at the same moment: on PostgreSQL too, one is counted before the next is looked at."""

import pytest

from assessment import clock
from assessment.actions.installation import Installation
from assessment.store import attempts
from assessment.store.attempts import Limit
from assessment.store.database import writing
from tests.postgres import AVAILABLE, running_postgres


def test_a_limit_is_looked_at_behind_the_lock(house: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    limit = Limit(subject="mallory", kind="sign-in", most=1, within=attempts.KEPT)
    said: list[str] = []
    monkeypatch.setattr(attempts, "lock", lambda _connection: said.append("locked"))
    monkeypatch.setattr(attempts, "_count", lambda *_: len(said) - 1 if said else 9)  # too many, had it not locked
    with writing(house.engine) as connection:
        assert attempts.take(connection, (limit,), clock.now()) is not None
    assert said == ["locked"]


@pytest.mark.skipif(not AVAILABLE, reason="no PostgreSQL here")
def test_the_lock_lets_one_at_a_time_count_and_hinders_no_reader() -> None:
    with running_postgres() as server:
        database = server.make_database()
        server.run(database, server.tables_script())
        first = server.start(database, f"BEGIN; {attempts.LOCK}; SELECT pg_sleep(2); COMMIT;")
        server.run(database, "SELECT pg_sleep(0.5); SELECT count(*) FROM attempt;")
        script = f"SET lock_timeout = '200ms'; BEGIN; {attempts.LOCK}; COMMIT;"
        _out, error = server.start(database, script).communicate(timeout=30)
        assert "lock timeout" in error
        first.communicate(timeout=30)
        assert first.returncode == 0
        server.run(database, script)
