"""Every fault in its short form, on the database that the tests run on; the whole is `make faults`."""

import importlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import POSTGRESQL
from tests.faults import kills, restarts
from tests.faults.__main__ import FAULTS
from tests.faults.backends import POSTGRESQL as ON_POSTGRESQL
from tests.faults.backends import SQLITE
from tests.faults.mutants.__main__ import TREE
from tests.faults.mutants.designs import DESIGNS, Design
from tests.faults.site import DEFINITIONS, KillableSite
from tests.faults.table import Row, Unable, table
from tests.web.test_generated_bodies import QUESTIONNAIRES

ON_ONE_SITE = ("double", "busy", "slow", "edited", "bodies")
"""Faults that harm none of the others in this order: after "edited" nobody can begin; "bodies" tells nobody."""
ALONE = tuple(name for name in FAULTS if name not in {"kills", "restarts", *ON_ONE_SITE})
NO_PART = "no database has a part in it"
SQLITE_ONLY = {"disk": "PostgreSQL's own disk is not ours to fill", "redis": NO_PART, "bombs": NO_PART}


def _judge(*rows: Row) -> None:
    assert rows
    print(table(rows))
    assert all(row.met for row in rows), table(rows)


def test_kills_of_web_and_worker_lose_nothing() -> None:
    backend = ON_POSTGRESQL if POSTGRESQL else SQLITE
    [done] = kills.rounds_on(backend, kills.SMALL)
    assert done.told >= kills.SMALL.submissions
    assert done.kills == {"keeper": 1, "web": 2, "worker": 2}
    _judge(kills.row_of(backend.name, kills.SMALL, [done]))


@pytest.mark.postgresql("it is PostgreSQL that restarts")
def test_restarts_of_postgresql_lose_nothing() -> None:
    row = restarts.run_with(*restarts.SMALL, patient=True)
    assert row.recovery, "nobody submitted after a restart"
    _judge(row)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.sqlite(SQLITE_ONLY[name])] if name in SQLITE_ONLY else [])
        for name in ALONE
    ],
)
def test_a_fault_in_its_short_form(name: str) -> None:
    try:
        found = importlib.import_module(f"tests.faults.{FAULTS[name]}").run(True)
    except Unable as reason:
        pytest.skip(str(reason))
    _judge(*((found,) if isinstance(found, Row) else found))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KillableSite]:
    """One that goes on through several faults: what it told anybody is in its books to the end."""
    folder, home = tmp_path_factory.mktemp("definitions"), tmp_path_factory.mktemp("home")
    for questionnaire in (QUESTIONNAIRES / "every-type.yaml", *DEFINITIONS.glob("*.yaml")):
        shutil.copy(questionnaire, folder)
    with KillableSite(home, folder) as made:
        yield made


@pytest.mark.parametrize("name", ON_ONE_SITE)
def test_a_fault_in_its_short_form_on_a_site_that_goes_on(name: str, site: KillableSite) -> None:
    _judge(importlib.import_module(f"tests.faults.{FAULTS[name]}").tried_on(site, True))


@pytest.mark.parametrize("design", DESIGNS, ids=lambda design: design.name)
def test_every_wrong_design_can_still_be_made_and_is_python(design: Design, tmp_path: Path) -> None:
    shutil.copytree(TREE / "assessment", tmp_path / "assessment", ignore=shutil.ignore_patterns("__pycache__"))
    design.apply(tmp_path)
    for change in design.changes:
        compile((tmp_path / change.file).read_text(), change.file, "exec")
