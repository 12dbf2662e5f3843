"""Whether database and secrets belong together: asked at a start and by every /ready, so it must be cheap."""

import logging
from pathlib import Path

import pytest
from sqlalchemy import event, select, update

from assessment.actions import readiness
from assessment.actions.installation import Installation
from assessment.installing import install
from assessment.settings import SettingFault
from assessment.store import sealed_values, secrets_file
from assessment.store.database import reading, writing
from assessment.store.keys import Keyring, read_keyring
from assessment.store.sealed_values import FILE, Look
from assessment.store.tables import person
from tests.safeguarding.values import fill


@pytest.fixture
def full(house: Installation) -> Installation:
    fill(house)
    return house


@pytest.fixture
def others(tmp_path: Path) -> Keyring:
    """Keys of another installation."""
    secrets_file.create(tmp_path / "other.json", secrets_file.make())
    return read_keyring(tmp_path / "other.json")


def _look(house: Installation) -> Look:
    with reading(house.engine) as connection:
        return sealed_values.look(connection, house.keyring)


def _empty_people(house: Installation, number: int) -> None:
    """As after so many of the newest people were erased."""
    newest = select(person.c.id).order_by(person.c.id.desc()).limit(number)
    with writing(house.engine) as connection:
        ids = connection.execute(newest).scalars().all()
        blank = dict.fromkeys(("sealed_name", "sealed_email", "sealed_role"))
        connection.execute(update(person).where(person.c.id.in_(ids)).values(blank))


def test_no_file_is_read_to_find_out(full: Installation) -> None:
    asked: list[str] = []
    event.listen(full.engine, "before_cursor_execute", lambda _c, _cursor, said, *_: asked.append(said))
    assert readiness.missing(full) == []
    assert any("sealed_email" in said for said in asked)
    assert not any(FILE in said for said in asked)


def test_it_goes_through_no_more_than_a_few_rows_without_values(
    full: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealed_values, "LAST", 5)
    before = _look(full)
    _empty_people(full, 4)
    assert _look(full).values == before.values > 10
    _empty_people(full, 5)
    assert _look(full).values == before.values - 3  # no name, address and role among the last


def test_one_value_that_does_not_open_is_told_at_the_start_and_stops_nothing(
    full: Installation, others: Keyring, caplog: pytest.LogCaptureFixture
) -> None:
    with writing(full.engine) as connection:
        connection.execute(update(person).values(sealed_name=others.seal("Priya Raman")))
    assert _look(full).strange == ("person.sealed_name",)
    assert readiness.missing(full) == []
    caplog.set_level(logging.WARNING)
    install(full.settings).engine.dispose()
    [line] = [record.getMessage() for record in caplog.records]
    assert line.startswith("the newest person.sealed_name opens with none of the keys in ")


def test_when_none_opens_it_neither_starts_nor_is_ready(full: Installation) -> None:
    secrets = full.settings.secrets_path
    secrets.unlink()
    secrets_file.create(secrets, secrets_file.make())
    assert readiness.missing(full) == ["secrets"]
    with pytest.raises(SettingFault, match="sealed with other keys"):
        install(full.settings)
    secrets.unlink()
    assert readiness.missing(full) == ["secrets"]
