"""What the store's tests share."""

from collections.abc import Iterator

import pytest

from assessment.store.keys import Keyring, make_secrets, read_keyring
from tests.postgres import AVAILABLE, Postgres, running_postgres


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server, where the machine has one."""
    if not AVAILABLE:
        pytest.skip("PostgreSQL is not installed here")
    with running_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def keyring(tmp_path_factory: pytest.TempPathFactory) -> Keyring:
    """Keys of an installation."""
    path = tmp_path_factory.mktemp("keys") / "secrets.json"
    path.write_text(make_secrets())
    return read_keyring(path)
