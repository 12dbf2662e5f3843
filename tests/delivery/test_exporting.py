"""Carl's export is made whole or not at all: through kills, stops, erasures and faults; nothing is left lying about."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import select, update

from assessment import clock
from assessment.actions import exporting as asking
from assessment.actions import owning
from assessment.actions.exporting import Form, TooMany
from assessment.actions.installation import Gone, Installation
from assessment.core.definition import Questionnaire
from assessment.delivery import exporting
from assessment.delivery.exporting import Exporter
from assessment.delivery.spreadsheets import CsvBook, XlsxBook
from assessment.installing import install
from assessment.settings import Settings, read_settings
from assessment.store import accounts, exports
from assessment.store.accounts import Account
from assessment.store.database import reading, writing
from assessment.store.filters import parse
from assessment.store.review_tables import account, export, submission
from assessment.store.tables import audit
from assessment.working import build_worker
from tests.conftest import sample_of
from tests.databases import fresh_database
from tests.delivery.export_entries import FOLDER
from tests.walking import Walker

ID = "an-export-of-mine"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    environment = {
        "ASSESSMENT_HOME": str(tmp_path / "home"),
        "ASSESSMENT_QUESTIONNAIRES": str(FOLDER),
        "DATABASE_URL": fresh_database(tmp_path / "home"),
    }
    return read_settings(environment, tmp_path)


def _asked(house: Installation, name: str) -> Questionnaire:
    entry = house.catalogue.get(name)
    assert entry is not None
    return entry.questionnaire


@pytest.fixture
def cards(house: Installation, priya: Walker) -> list[str]:
    """Five submissions of two questionnaires, as public ids."""
    people = [
        {"name": f"Priya {number}", "email": f"p{number}@n.example", "company": f"C{number}"} for number in range(5)
    ]
    asked = [_asked(house, name) for name in ("tiny", "every-type", "tiny", "tiny", "tiny")]
    found = [priya.scorecard(one, sample_of(one).answers, person) for one, person in zip(asked, people, strict=True)]
    return [address.rpartition("/")[2] for address in found]


@pytest.fixture
def carl(house: Installation) -> Account:
    with writing(house.engine) as connection:
        id_ = accounts.add(
            connection, house.keyring, name="Carl", email="carl@m.example", role="consultant", uniquifier="carl",
            now=clock.now(),
        )  # fmt: skip
        found = accounts.by_id(connection, house.keyring, id_)
    assert found is not None
    return found


def _ask(
    house: Installation, by: Account, form: Form = "xlsx", public_id: str = ID, *, contact: bool = True, **query: str
) -> None:
    filters, now = parse(query, by.id, people=by.may("consultant")), clock.now()
    asking.ask(house, filters, form, by, contact=contact, new_id=public_id, today=now.date(), now=now)


def _exporter(house: Installation, now: Callable[[], Any] = clock.now, owner: str = "desk/1") -> Exporter:
    worker = build_worker(house, None, owner)  # type: ignore[arg-type]
    made = worker._exporter
    assert made is not None
    made._clock = now
    return made


def _row(house: Installation) -> Any:
    with reading(house.engine) as connection:
        return connection.execute(select(export)).one()


def _names(house: Installation, by: Account, tmp_path: Path) -> list[str]:
    """Companies in the file, of the sheet of all submissions."""
    _found, content = asking.take(house, ID, by, clock.now())
    (tmp_path / "taken.xlsx").write_bytes(b"".join(exports.unpacked(content)))
    page = openpyxl.load_workbook(tmp_path / "taken.xlsx").worksheets[0]
    header, *rows = page.iter_rows(values_only=True)
    return [str(row[header.index("Company")]) for row in rows]


def test_the_worker_makes_it_and_keeps_it_sealed(
    house: Installation, carl: Account, cards: list[str], tmp_path: Path
) -> None:
    _ask(house, carl, sort="newest")
    assert build_worker(house, None, "desk/1").export_step()  # type: ignore[arg-type]
    row = _row(house)
    assert (row.state, row.done, row.total, row.owner) == ("ready", 5, 5, None)
    assert b"PK" not in row.sealed_bytes[:2]
    assert b"newest" not in row.sealed_query
    assert _names(house, carl, tmp_path) == ["C4", "C3", "C2", "C1", "C0"]
    assert not list((house.settings.home / "exporting").rglob("*"))
    with reading(house.engine) as connection:
        noted = connection.execute(select(audit.c.action, audit.c.detail).where(audit.c.subject == ID)).all()
    assert [tuple(one) for one in noted] == [
        ("export.asked", "xlsx, 5 submissions, with contact details"),
        ("export.made", "xlsx, 5 submissions"),
        ("export.taken", "xlsx, with contact details"),
    ]


def test_progress_is_noted_and_the_lease_extended(
    house: Installation, carl: Account, cards: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[int, int, bool]] = []
    go_on = exports.go_on

    def watched(*args: Any, **values: Any) -> bool:
        kept = go_on(*args, **values)
        row = args[0].execute(select(export)).one()
        seen.append((row.done, row.total, row.next_at == args[3]))
        return kept

    monkeypatch.setattr(exporting, "CHUNK", 2)
    monkeypatch.setattr(exports, "go_on", watched)
    _ask(house, carl)
    _exporter(house).step()
    assert seen == [(2, 5, True), (4, 5, True), (5, 5, True)]


def killed_half_way(home: str, folder: str, database: str) -> None:
    """A worker that ends itself by SIGKILL while rows wait in its files."""
    environment = {"ASSESSMENT_HOME": home, "ASSESSMENT_QUESTIONNAIRES": folder, "DATABASE_URL": database}
    house = install(read_settings(environment, Path(home)))
    exporting.CHUNK = 2
    go_on, calls = exports.go_on, []

    def dying(*args: Any, **values: Any) -> bool:
        calls.append(1)
        if len(calls) == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        return go_on(*args, **values)

    exports.go_on = dying  # type: ignore[assignment]
    _exporter(house).step()


def test_a_killed_workers_export_begins_anew(
    house: Installation, carl: Account, cards: list[str], tmp_path: Path
) -> None:
    _ask(house, carl)
    child = multiprocessing.get_context("spawn").Process(
        target=killed_half_way, args=(str(house.settings.home), str(FOLDER), house.settings.database_url)
    )
    child.start()
    child.join(60)
    assert child.exitcode == -signal.SIGKILL
    row = _row(house)
    assert (row.state, row.done, row.owner) == ("leased", 2, "desk/1")
    assert list((house.settings.home / "exporting" / "desk-1").iterdir()), "rows wait in files"
    with pytest.raises(Gone):
        asking.take(house, ID, carl, clock.now())
    assert not _exporter(house, owner="other/1").step(), "its lease still holds"
    worker = build_worker(house, None, "desk/1")  # type: ignore[arg-type]
    assert worker.release_own() == 1
    assert not list((house.settings.home / "exporting").iterdir()), "the next life tidies up first"
    assert worker.export_step()
    assert sorted(_names(house, carl, tmp_path)) == ["C0", "C1", "C2", "C3", "C4"]


def test_what_a_worker_left_that_never_came_back_goes_after_a_day(house: Installation) -> None:
    folder = house.settings.home / "exporting"
    (folder / "desk-1").mkdir(parents=True)
    (folder / "desk-1" / "1.rows").write_text("Priya")  # as the kill above leaves it
    now, left = clock.now(), list((folder / "desk-1").iterdir())

    def keep_house(at: datetime) -> None:
        worker = build_worker(house, None, "another-host/1", now=lambda: at)  # type: ignore[arg-type]
        worker.release_own()
        worker.keep_house()

    keep_house(now + exporting.ABANDONED - timedelta(hours=1))
    assert list((folder / "desk-1").iterdir()) == left, "its worker may be at it"
    hours_ago = (now - timedelta(hours=20)).timestamp()
    os.utime(folder / "desk-1", (hours_ago, hours_ago))
    keep_house(now + exporting.ABANDONED - timedelta(hours=1))
    assert list((folder / "desk-1").iterdir()) == left, "a file in it is of today"
    keep_house(now + exporting.ABANDONED + timedelta(hours=1))
    assert not list(folder.iterdir())


def test_another_worker_takes_over_when_the_lease_ends(house: Installation, carl: Account, cards: list[str]) -> None:
    _ask(house, carl)
    with writing(house.engine) as connection:
        connection.execute(update(export).values(state="leased", owner="gone/1", tries=1, done=4, next_at=clock.now()))
    assert _exporter(house, owner="other/1").step()
    assert _row(house).state == "ready"


@pytest.mark.parametrize("form", ["xlsx", "csv", "json"])
@pytest.mark.parametrize("after", [1, 2, 3])
def test_who_is_erased_while_it_is_made_is_not_in_it(
    form: Form, after: int, house: Installation, carl: Account, cards: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on, calls = Exporter._go_on, []

    def erasing(self: Exporter, wanted: Any, done: int, total: int) -> None:
        go_on(self, wanted, done, total)
        calls.append(done)
        if len(calls) == after:
            owning.erase(house, cards[0], clock.now())

    monkeypatch.setattr(exporting, "CHUNK", 2)
    monkeypatch.setattr(Exporter, "_go_on", erasing)
    _ask(house, carl, form, sort="oldest")
    exporter = _exporter(house)
    assert exporter.step()
    assert _row(house).state == "queued", "it begins anew"
    assert exporter.step()
    row = _row(house)
    assert (row.state, row.done, row.total) == ("ready", 4, 4)
    content = b"".join(exports.unpacked(asking.take(house, ID, carl, clock.now())[1]))
    assert b"Priya 0" not in content


def test_an_erasure_that_nobody_announced_is_noticed_at_the_end(
    house: Installation, carl: Account, cards: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _ask(house, carl)
    finish = XlsxBook.finish

    def late(self: XlsxBook) -> bytes:
        with writing(house.engine) as connection:
            connection.execute(update(submission).where(submission.c.public_id == cards[0]).values(erased=True))
        return finish(self)

    monkeypatch.setattr(XlsxBook, "finish", late)
    exporter = _exporter(house)
    exporter.step()
    assert _row(house).state == "queued"
    exporter.step()
    assert (_row(house).state, _row(house).total) == ("ready", 4)


def test_any_erasure_drops_what_is_ready(house: Installation, carl: Account, cards: list[str]) -> None:
    _ask(house, carl)
    _exporter(house).step()
    owning.erase(house, cards[3], clock.now())
    row = _row(house)
    assert (row.state, row.sealed_bytes) == ("dropped", None)
    with pytest.raises(Gone):
        asking.take(house, ID, carl, clock.now())


def test_a_worker_told_to_stop_puts_it_back(house: Installation, carl: Account, cards: list[str]) -> None:
    stop = threading.Event()
    stop.set()
    _ask(house, carl)
    assert _exporter(house).step(stop)
    assert (_row(house).state, _row(house).tries, _row(house).owner) == ("queued", 0, None)


def test_a_deleted_one_is_not_finished(
    house: Installation, carl: Account, cards: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    finish = CsvBook.finish

    def late(self: CsvBook) -> bytes:
        asking.delete(house, ID, carl, clock.now())
        return finish(self)

    monkeypatch.setattr(CsvBook, "finish", late)
    _ask(house, carl, "csv")
    assert _exporter(house).step()
    with reading(house.engine) as connection:
        assert connection.execute(select(export)).all() == []


def test_one_that_cannot_be_made_is_given_up_at_last(
    house: Installation, carl: Account, cards: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_self: CsvBook, _entry: Any) -> None:
        raise ValueError("Priya 1")

    monkeypatch.setattr(CsvBook, "add", broken)
    _ask(house, carl, "csv")
    later = [clock.now()]
    exporter = _exporter(house, lambda: later[0])
    for _try in range(exporting.MOST_TRIES):
        assert exporter.step()
        later[0] += timedelta(hours=1)
    assert not exporter.step()
    assert (_row(house).state, _row(house).error) == ("failed", "ValueError")


def test_who_lost_the_role_or_the_account_gets_nothing(house: Installation, carl: Account, cards: list[str]) -> None:
    _ask(house, carl)
    with writing(house.engine) as connection:
        connection.execute(update(account).values(role="viewer"))
    assert _exporter(house).step()
    assert _row(house).state == "failed"


def test_a_viewers_export_has_no_contact_details_whatever_was_asked(
    house: Installation, carl: Account, cards: list[str]
) -> None:
    with writing(house.engine) as connection:
        connection.execute(update(account).values(role="viewer"))
    with reading(house.engine) as connection:
        viewer = accounts.by_id(connection, house.keyring, carl.id)
    assert viewer is not None
    _ask(house, viewer, "json", contact=True)
    _exporter(house).step()
    content = b"".join(exports.unpacked(asking.take(house, ID, viewer, clock.now())[1]))
    assert b"C3" in content
    assert b"Priya" not in content
    assert b"n.example" not in content


def test_no_more_than_three_are_open(house: Installation, carl: Account, cards: list[str]) -> None:
    for number in range(exports.MOST_OPEN):
        _ask(house, carl, "csv", f"{ID}{number}")
    with pytest.raises(TooMany):
        _ask(house, carl)
    _exporter(house).step()
    _ask(house, carl)


def test_it_is_dropped_after_a_day_and_forgotten_after_a_week(
    house: Installation, carl: Account, cards: list[str]
) -> None:
    _ask(house, carl, "json")
    worker = build_worker(house, None, "desk/1")  # type: ignore[arg-type]
    worker.export_step()
    worker.keep_house()
    assert _row(house).state == "ready"
    for since, state in ((timedelta(hours=25), "dropped"), (timedelta(days=8), None)):
        with pytest.raises(Gone):
            asking.take(house, ID, carl, clock.now() + since)
        worker._clock = lambda since=since: clock.now() + since  # type: ignore[misc]
        worker.keep_house()
        with reading(house.engine) as connection:
            assert connection.execute(select(export.c.state, export.c.sealed_bytes)).all() == (
                [(state, None)] if state else []
            )


def test_an_export_of_nothing_is_a_file_with_headers(house: Installation, carl: Account, tmp_path: Path) -> None:
    _ask(house, carl)
    _exporter(house).step()
    assert _names(house, carl, tmp_path) == []
