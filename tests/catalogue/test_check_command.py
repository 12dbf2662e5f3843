"""What an author sees: every line opens in an editor, and the exit code tells a script."""

from datetime import date
from pathlib import Path

import pytest

from assessment import paths
from assessment.catalogue.report import check, check_command, check_file


def test_a_sound_folder(folder: Path, today: date) -> None:
    assert check_command([folder], today) == (["no faults, no warnings"], 0)


def test_warnings_pass(folder: Path, today: date, monkeypatch: pytest.MonkeyPatch) -> None:
    path = folder / "tiny.yaml"
    path.write_text(path.read_text().replace("label: Written plan", "label: A plan that is written for this year"))
    monkeypatch.chdir(folder)
    lines, code = check_command(["tiny.yaml"], today)
    assert lines == [
        'tiny.yaml:18: warning: question "plan": the label has more than 6 words',
        "no faults, 1 warning",
    ]
    assert code == 0


def test_faults_fail_and_name_the_file_from_here(folder: Path, today: date, monkeypatch: pytest.MonkeyPatch) -> None:
    path = folder / "tiny.yaml"
    path.write_text(path.read_text().replace("order: 10", "ordre: 10"))
    monkeypatch.chdir(folder.parent)
    lines, code = check_command([str(path)], today)
    assert lines == [
        'questionnaires/tiny.yaml:2: "order" is missing',
        'questionnaires/tiny.yaml:5: unknown key "ordre"; did you mean "order"?',
        "2 faults, no warnings",
    ]
    assert code == 1


def test_a_figure_past_its_review_is_a_warning(folder: Path) -> None:
    figures = (folder / "benchmarks" / "figures.yaml").as_posix()
    faults, warnings = check(folder, date(2028, 1, 1))
    assert faults == ()
    assert [str(one) for one in warnings] == [f'{figures}:13: figure "T01" was to be reviewed by 2027-06-30']


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("    value: 60\n", "", '3: figure "T01" needs exactly one of value, above, range, rows, order, not 0'),
        (
            "value: 60",
            "value: 60\n    above: 50",
            '3: figure "T01" needs exactly one of value, above, range, rows, order, not 2',
        ),
        ("value: 60", "range: [9, 2]", '6: figure "T01": a range goes from low to high'),
        ('"2027-06-30"', '"2027-02-30"', '13: figure "T01": there is no day 2027-02-30'),
        (
            "sure: P",
            "sure: P\n    basis_only: true",
            '11: figure "T01": only an ambiguous figure (A) can be basis_only',
        ),
        ("    source: {title: A test", "    sourced: {title: A test", '3: figure "T01": "source" is missing'),
        ("id: T01", "id: one", '3: figure "one": "id": "one" must be a figure\'s id, such as X01'),
        ("format: 1\n", "", "1: a file of figures starts with format: 1"),
    ],
)
def test_a_figure_at_fault(folder: Path, today: date, old: str, new: str, message: str) -> None:
    path = folder / "benchmarks" / "figures.yaml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    faults, _ = check_file(path, today, lambda at: at.name)
    assert f"figures.yaml:{message}" in [str(fault) for fault in faults]


def test_a_figure_stands_once(folder: Path, today: date) -> None:
    text = (folder / "benchmarks" / "figures.yaml").read_text()
    (folder / "benchmarks" / "more.yaml").write_text(text)
    faults, _ = check(folder, today, lambda at: at.name)
    assert [str(fault) for fault in faults] == [
        'more.yaml:3: figure "T01" stands twice; the first is at figures.yaml:3'
    ]


def test_a_block_at_fault_is_told_even_when_nobody_uses_it(folder: Path, today: date) -> None:
    (folder / "blocks" / "spare.yaml").write_text("format: 1\nblok: spare\n")
    faults, _ = check(folder, today, lambda at: at.name)
    assert [fault.file for fault in faults] == ["spare.yaml"]
    assert 'unknown key "blok" in a block' in faults[0].message


@pytest.mark.parametrize("name", ["../secrets.yaml", "/etc/hostname", "blocks/../../x.yaml", "benchmarks/figures.yaml"])
def test_mallory_uses_a_file_that_is_no_block(folder: Path, today: date, name: str) -> None:
    path = folder / "numbers.yaml"
    path.write_text(path.read_text().replace("blocks/cases.yaml", name))
    faults, _ = check_file(path, today)
    assert any(f'there is no block "{name}"' in fault.message for fault in faults)


def test_a_missing_file_and_a_missing_folder(tmp_path: Path, today: date) -> None:
    lines, code = check_command([tmp_path / "gone.yaml", tmp_path / "gone"], today)
    assert code == 1
    assert sum("cannot be read" in line for line in lines) == 2


def test_what_ships_is_sound(today: date) -> None:
    faults, _ = check(paths.questionnaires_dir(), today)
    assert [str(fault) for fault in faults] == []
