"""No figure without its source, and none that nobody looks at again: what `assessment check` says on which day."""

from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from assessment import paths
from assessment.catalogue.report import check, check_file
from assessment.cli import cli

SOURCE = "    source: {title: A test"


def figures(folder: Path, old: str, new: str) -> None:
    path = folder / "benchmarks" / "figures.yaml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (SOURCE, "    note: {title: A test", '"source" is missing'),
        (SOURCE, '    source: {title: ""', "source"),
        (SOURCE, "    source: {titel: A test", "title"),
        ("year:", "yaer:", "year"),
        ("population:", "poplation:", "population"),
        ("sure: P", "sure: Q", "sure"),
    ],
)
@pytest.mark.parametrize("whole", [True, False])
def test_an_unsourced_figure_is_a_fault_also_of_the_file_that_uses_it(
    folder: Path, today: date, old: str, new: str, message: str, whole: bool
) -> None:
    figures(folder, old, new)
    found = check(folder, today) if whole else check_file(folder / "numbers.yaml", today)
    faults = [str(fault) for fault in found[0]]
    assert any("figures.yaml" in fault and message in fault for fault in faults), faults


@pytest.mark.parametrize(("day", "due"), [("2027-06-30", False), ("2027-07-01", True)])
@pytest.mark.parametrize("name", ["", "numbers.yaml", "benchmarks/figures.yaml"])
def test_a_review_is_due_from_the_day_after(folder: Path, day: str, due: bool, name: str) -> None:
    result = CliRunner().invoke(cli, ["check", "--today", day, str(folder / name)])
    assert result.exit_code == 0
    lines = [line for line in result.output.splitlines() if "was to be reviewed by 2027-06-30" in line]
    assert len(lines) == due
    assert all("figures.yaml:13: warning: " in line for line in lines)


def test_an_unsourced_figure_fails_the_command(folder: Path) -> None:
    figures(folder, SOURCE, "    note: {title: A test")
    result = CliRunner().invoke(cli, ["check", "--today", "2026-11-21", str(folder)])
    assert result.exit_code == 1
    assert '"source" is missing' in result.output


def test_every_figure_that_ships_has_a_source_and_a_day_to_be_looked_at_again() -> None:
    faults, warnings = check(paths.questionnaires_dir(), date(2026, 11, 21))
    assert not [fault for fault in faults if "/benchmarks/" in fault.file]
    assert not [warning for warning in warnings if "was to be reviewed" in warning.message]
    _faults, later = check(paths.questionnaires_dir(), date(2036, 1, 1))
    due = [warning for warning in later if "was to be reviewed" in warning.message]
    files = (paths.questionnaires_dir() / "benchmarks").glob("*.yaml")
    assert len(due) == sum(path.read_text().count("review_by:") for path in files)
