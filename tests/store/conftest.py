"""What the store's tests share."""

from collections.abc import Iterator

import pytest

from assessment.store import secrets_file
from assessment.store.keys import Keyring, read_keyring
from tests.postgres import AVAILABLE, Postgres, running_postgres


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server."""
    if not AVAILABLE:
        raise RuntimeError("PostgreSQL is not installed here: requirements/setup.sh dev does it")
    with running_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def keyring(tmp_path_factory: pytest.TempPathFactory) -> Keyring:
    """Keys of an installation."""
    path = tmp_path_factory.mktemp("keys") / "secrets.json"
    secrets_file.create(path, secrets_file.make())
    return read_keyring(path)
