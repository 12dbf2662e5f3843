"""What the store's tests share."""

from collections.abc import Iterator

import pytest

from tests.postgres import AVAILABLE, Postgres, running_postgres


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server, where the machine has one."""
    if not AVAILABLE:
        pytest.skip("PostgreSQL is not installed here")
    with running_postgres() as server:
        yield server
