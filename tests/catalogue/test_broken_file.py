"""One file with every kind of fault: each is named at its own line, all at once, and nothing else is."""

from datetime import date
from pathlib import Path

from assessment.catalogue.loading import load_file
from assessment.catalogue.report import check
from assessment.catalogue.shelf import Shelf

MARK = "# ! "


def expected(file: Path, folder: Path) -> set[str]:
    """What the file's own comments say must be found."""
    name = file.relative_to(folder).as_posix()
    return {
        f"{name}:{number}: {message.strip()}"
        for number, line in enumerate(file.read_text().splitlines(), start=1)
        if not line.startswith("#")
        for message in line.split(MARK)[1:]
    }


def test_all_faults_at_once_each_at_its_line(features: Path, today: date) -> None:
    folder = features / "broken"
    loaded = load_file(folder / "broken.yaml", Shelf(folder, lambda at: at.relative_to(folder).as_posix()), today)
    wanted = expected(folder / "broken.yaml", folder) | expected(folder / "blocks" / "faulty.yaml", folder)
    found = {str(fault) for fault in loaded.faults}
    assert found - wanted == set(), "found and not expected"
    assert wanted - found == set(), "expected and not found"
    assert len(found) == 84
    assert loaded.questionnaire is None


def test_the_folder_reports_the_same(features: Path, today: date) -> None:
    folder = features / "broken"
    faults, _ = check(folder, today, lambda at: at.relative_to(folder).as_posix())
    assert len(faults) == 84


def test_faults_are_sorted_and_told_once(features: Path, today: date) -> None:
    loaded = load_file(features / "broken" / "broken.yaml", Shelf(features / "broken"), today)
    assert list(loaded.faults) == sorted(set(loaded.faults))
