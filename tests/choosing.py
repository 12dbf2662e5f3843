"""Which tests run on which database: everything on SQLite, and what opens a database on PostgreSQL as well."""

import sqlite3
import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, event

from tests.databases import POSTGRESQL

PURE = (
    "tests/attacks/test_hostile_yaml.py",
    "tests/attacks/test_sources.py",
    "tests/catalogue/",
    "tests/core/",
    "tests/delivery/test_mailer.py",
    "tests/delivery/test_message.py",
    "tests/delivery/test_pdf.py",
    "tests/delivery/test_renderer.py",
    "tests/delivery/test_spreadsheets.py",
    "tests/faults/test_verdicts.py",
    "tests/test_asvs.py",
    "tests/test_docs.py",
    "tests/test_house.py",
    "tests/test_logs.py",
    "tests/test_rendering",
    "tests/test_settings.py",
)
"""Tests that open no database, held to it below: they are not repeated on PostgreSQL."""

VIEWS = (
    "tests/browser/",
    "tests/attacks/test_browser_canaries.py",
    "tests/web/test_canaries.py",
    "tests/web/review/test_workplace_canaries.py",
    "tests/web/test_headers.py",
    "tests/web/test_packing.py",
    "tests/web/test_sizes.py",
)
"""Tests that look at pages, and at what is said with them."""

WALKS = (
    "tests/browser/test_consultant_in_browser.py::test_a_consultants_first_day[no-script]",
    "tests/browser/test_signing_in_in_browser.py::test_set_up_add_a_passkey_and_sign_in_with_it",
)
"""Of those, what is repeated on PostgreSQL all the same: from an answer to the reviewed mail, and signing in."""

REPEAT_ALL = "--repeat-all"
_MARKS = ("sqlite", "postgresql")
_opened: list[str] = []


def register(config: pytest.Config) -> None:
    """Declare the marks of tests that are about one database only; each gives its reason."""
    for name in _MARKS:
        config.addinivalue_line("markers", f"{name}(reason): runs on this database only")


def choose(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip what is about the other database, with its reason; on PostgreSQL leave out what opens no database."""
    for item in items:
        for name in _MARKS:
            mark = item.get_closest_marker(name)
            if mark and (name == "postgresql") != POSTGRESQL:
                item.add_marker(pytest.mark.skip(reason=f"about {name} only: {mark.args[0]}"))
    if not POSTGRESQL or config.getoption(REPEAT_ALL):
        return
    left_out = [item for item in items if _is_pure(item) or _is_view(item)]
    items[:] = [item for item in items if item not in set(left_out)]
    config.hook.pytest_deselected(items=left_out)


def _is_pure(item: pytest.Item) -> bool:
    return item.nodeid.startswith(PURE)


def _is_view(item: pytest.Item) -> bool:
    return item.nodeid.startswith(VIEWS) and item.nodeid not in WALKS


def said() -> str:
    """What the header says of the database."""
    if not POSTGRESQL:
        return "database: SQLite"
    return (
        f"database: PostgreSQL; not repeated on it: {', '.join(PURE)} (they open none), {', '.join(VIEWS)} (they look "
        f"at pages) but {len(WALKS)} walks; {REPEAT_ALL} repeats them"
    )


@event.listens_for(Engine, "connect")
def _note(connection: object, _record: object) -> None:
    if threading.current_thread() is not threading.main_thread():
        return  # of an earlier test, perhaps, which is only now coming to its end
    _opened.append("sqlite" if isinstance(connection, sqlite3.Connection) else "postgresql")


def hold_to_its_database(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that opened a database although it is among the pure ones, or SQLite where PostgreSQL is tested."""
    _opened.clear()
    yield
    if _is_pure(request.node):
        assert not _opened, "a test that opens a database does not belong among choosing.PURE"
    elif POSTGRESQL and request.node.get_closest_marker("sqlite") is None:
        assert "sqlite" not in _opened, "this test opened SQLite: give it databases.fresh_database, or mark it"
