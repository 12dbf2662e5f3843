"""The catalogue being served: edits come in by themselves, and a broken one never takes anything away."""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest

from assessment.catalogue.catalogue import Catalogue
from assessment.catalogue.faults import Fault

START = datetime(2026, 11, 21, 9, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    stat = path.stat()
    path.write_text(text.replace(old, new))
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns + 1_000_000))  # clocks of file systems are coarse


@pytest.fixture
def catalogue(folder: Path) -> Catalogue:
    return Catalogue(folder, START)


def test_live_questionnaires_stand_in_their_order(catalogue: Catalogue) -> None:
    shown = [entry.questionnaire.id for entry in catalogue.live()]
    assert shown == ["tiny", "every-type", "routing", "numbers", "gates", "placement"]
    assert catalogue.faults == ()


def test_an_edit_is_served_without_a_restart(folder: Path, catalogue: Catalogue) -> None:
    before = catalogue.get("tiny")
    edit(folder / "tiny.yaml", "title: Tiny", "title: Small")
    catalogue.refresh(after(2))
    now = catalogue.get("tiny")
    assert before is not None
    assert now is not None
    assert now.questionnaire.title == "Small"
    assert now.version != before.version
    assert before.questionnaire.title == "Tiny"


def test_it_looks_once_a_second_at_most(folder: Path, catalogue: Catalogue) -> None:
    catalogue.refresh(after(5))
    edit(folder / "tiny.yaml", "title: Tiny", "title: Small")
    catalogue.refresh(after(5.9))
    assert catalogue.live()[0].questionnaire.title == "Tiny"
    catalogue.refresh(after(6))
    assert catalogue.live()[0].questionnaire.title == "Small"


def test_a_broken_edit_keeps_the_last_good_version(folder: Path) -> None:
    told: list[tuple[Fault, ...]] = []
    catalogue = Catalogue(folder, START, told.append)
    good = catalogue.get("tiny")
    edit(folder / "tiny.yaml", "dont_know:", "dontknow:")
    catalogue.refresh(after(2))
    assert catalogue.get("tiny") is good
    wanted = 'questionnaires/tiny.yaml:17: question "plan": unknown key "dontknow"; did you mean "dont_know"?'
    assert [str(fault) for fault in catalogue.faults] == [wanted]
    edit(folder / "tiny.yaml", "dontknow:", "dont_know:")
    catalogue.refresh(after(4))
    assert catalogue.faults == ()
    assert [len(faults) for faults in told] == [1, 0]


def test_a_file_that_was_never_sound_is_not_served(folder: Path) -> None:
    (folder / "new.yaml").write_text("format: 1\nid: new\n")
    catalogue = Catalogue(folder, START)
    assert catalogue.find("new") is None
    assert len(catalogue.live()) == 6
    assert catalogue.faults


def test_an_edited_block_reaches_the_files_that_use_it(folder: Path, catalogue: Catalogue) -> None:
    before = {entry.questionnaire.id: entry.version for entry in catalogue.live()}
    edit(folder / "blocks" / "cases.yaml", "Solved at once", "Solved on the spot")
    catalogue.refresh(after(2))
    now = {entry.questionnaire.id: entry.version for entry in catalogue.live()}
    assert {name for name in before if before[name] != now[name]} == {"numbers"}


def test_an_edited_figure_reaches_the_files_that_use_it(folder: Path, catalogue: Catalogue) -> None:
    edit(folder / "benchmarks" / "figures.yaml", "value: 60", "value: 61")
    catalogue.refresh(after(2))
    entry = catalogue.get("numbers")
    # A persona was the same as the published figure, and is not any more: the last good version stays.
    assert entry is not None
    assert str(entry.questionnaire.figures["T01"].value) == "60"
    assert [fault.file for fault in catalogue.faults] == ["questionnaires/numbers.yaml"]


def test_drafts_are_for_authors_and_retired_ones_for_those_who_hold_a_link(folder: Path, catalogue: Catalogue) -> None:
    edit(folder / "tiny.yaml", "status: live", "status: draft")
    edit(folder / "gates.yaml", "status: live", "status: retired")
    catalogue.refresh(after(2))
    draft, retired = catalogue.find("tiny"), catalogue.get("gates")
    assert catalogue.get("tiny") is None
    assert draft is not None
    assert retired is not None
    assert retired.questionnaire.status == "retired"
    assert [entry.questionnaire.id for entry in catalogue.live()] == ["every-type", "routing", "numbers", "placement"]
    assert [entry.questionnaire.id for entry in catalogue.retired()] == ["gates"]


def test_a_removed_file_is_served_no_longer(folder: Path, catalogue: Catalogue) -> None:
    (folder / "tiny.yaml").unlink()
    catalogue.refresh(after(2))
    assert catalogue.get("tiny") is None
    assert catalogue.faults == ()


@pytest.mark.parametrize(
    "make", [lambda path: path.symlink_to("nowhere.yaml"), lambda path: path.symlink_to(path.name)]
)
def test_a_link_to_nowhere_keeps_the_last_good_version_and_its_removal_is_seen(
    folder: Path, catalogue: Catalogue, make: Callable[[Path], None]
) -> None:
    path = folder / "tiny.yaml"
    path.unlink()
    make(path)
    catalogue.refresh(after(2))
    assert catalogue.get("tiny") is not None
    assert [fault.line for fault in catalogue.faults] == [1]
    path.unlink()
    catalogue.refresh(after(4))
    assert catalogue.get("tiny") is None
    assert catalogue.faults == ()


def test_a_pipe_in_the_folder_keeps_nobody_waiting(folder: Path, catalogue: Catalogue) -> None:
    os.mkfifo(folder / "pipe.yaml")
    catalogue.refresh(after(2))
    assert [str(fault) for fault in catalogue.faults] == [f"{folder.name}/pipe.yaml:1: is empty"]
    assert catalogue.get("tiny") is not None


def test_two_files_with_one_id(folder: Path) -> None:
    (folder / "uncle.yaml").write_text((folder / "tiny.yaml").read_text().replace("title: Tiny", "title: Uncle"))
    catalogue = Catalogue(folder, START)
    entry = catalogue.get("tiny")
    assert entry is not None
    assert entry.questionnaire.title == "Tiny"
    wanted = 'questionnaires/uncle.yaml:1: questionnaire "tiny" stands twice; the first is tiny.yaml'
    assert [str(fault) for fault in catalogue.faults] == [wanted]


def test_folders_add_up(folder: Path, tmp_path: Path) -> None:
    more = tmp_path / "more"
    more.mkdir()
    (more / "own.yaml").write_text((folder / "tiny.yaml").read_text().replace("id: tiny", "id: own"))
    catalogue = Catalogue([folder, more], START)
    assert catalogue.get("own") is not None
    assert len(catalogue.live()) == 7


def test_an_empty_folder_serves_nothing(tmp_path: Path) -> None:
    assert Catalogue(tmp_path / "nowhere", START).live() == ()


def test_readers_never_see_half_an_edit(folder: Path, catalogue: Catalogue) -> None:
    seen: set[int] = set()

    def read(worker: int) -> None:
        for turn in range(60):
            catalogue.refresh(after(worker * 100 + turn * 2))
            seen.add(len(catalogue.live()))

    threads = [Thread(target=read, args=(worker,)) for worker in range(4)]
    for thread in threads:
        thread.start()
    for turn in range(10):
        edit(folder / "tiny.yaml", "title: Tiny", "title: Tiny") if turn % 2 else (folder / "tiny.yaml").touch()
    for thread in threads:
        thread.join()
    assert seen == {6}
