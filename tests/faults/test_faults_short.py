"""Every fault in its short form, on the database that the tests run on; the whole is `make faults`."""

import importlib
import shutil
from pathlib import Path

import pytest

from tests.databases import POSTGRESQL
from tests.faults import kills, restarts
from tests.faults.__main__ import FAULTS
from tests.faults.backends import POSTGRESQL as ON_POSTGRESQL
from tests.faults.backends import SQLITE
from tests.faults.mutants.__main__ import TREE
from tests.faults.mutants.designs import DESIGNS, Design
from tests.faults.table import Row, Unable, table

OTHERS = {name: module for name, module in FAULTS.items() if name not in {"kills", "restarts"}}


def _judge(*rows: Row) -> None:
    assert rows
    print(table(rows))
    assert all(row.met for row in rows), table(rows)


def test_kills_of_web_and_worker_lose_nothing() -> None:
    row = kills.run_on(ON_POSTGRESQL if POSTGRESQL else SQLITE, kills.SMALL)
    assert row.tries == kills.SMALL.submissions
    _judge(row)


@pytest.mark.postgresql("it is PostgreSQL that restarts")
def test_restarts_of_postgresql_lose_nothing() -> None:
    _judge(restarts.run_with(*restarts.SMALL, patient=True))


@pytest.mark.sqlite("the short forms run once; `python -m tests.faults --database postgresql` has them in full")
@pytest.mark.parametrize("name", OTHERS)
def test_a_fault_in_its_short_form(name: str) -> None:
    try:
        found = importlib.import_module(f"tests.faults.{OTHERS[name]}").run(True)
    except Unable as reason:
        pytest.skip(str(reason))
    _judge(*((found,) if isinstance(found, Row) else found))


@pytest.mark.parametrize("design", DESIGNS, ids=lambda design: design.name)
def test_every_wrong_design_can_still_be_made_and_is_python(design: Design, tmp_path: Path) -> None:
    shutil.copytree(TREE / "assessment", tmp_path / "assessment", ignore=shutil.ignore_patterns("__pycache__"))
    design.apply(tmp_path)
    for change in design.changes:
        compile((tmp_path / change.file).read_text(), change.file, "exec")
