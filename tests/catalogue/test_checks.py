"""What one edit to a sound questionnaire gives away, and nothing besides."""

from pathlib import Path
from typing import Any, NamedTuple

import pytest

TINY = ["tiny.yaml", "every-type.yaml", "routing.yaml", "numbers.yaml", "gates.yaml", "placement.yaml"]


class Case(NamedTuple):
    """One paragraph of edits.txt."""

    file: str
    old: str
    new: str
    faults: list[str]
    warnings: list[str]


def _cases() -> list[Case]:
    text = (Path(__file__).parent / "edits.txt").read_text()
    return [_case(paragraph.splitlines()) for paragraph in text.split("\n\n")[1:]]


def _case(lines: list[str]) -> Case:
    old, new = (line[2:].strip("|").replace("\\n", "\n") for line in lines[1:3])
    said = {mark: [line[2:] for line in lines[3:] if line.startswith(mark)] for mark in "!?"}
    return Case(lines[0], old, new, said["!"], said["?"])


CASES = _cases()


@pytest.mark.parametrize("name", TINY)
def test_the_tiny_questionnaires_are_sound(edited: Any, name: str) -> None:
    loaded = edited(name)
    assert (loaded.faults, loaded.warnings) == ((), ())
    assert loaded.questionnaire is not None


@pytest.mark.parametrize("case", CASES, ids=[f"{case.file}: {case.new.strip()[:50]}" for case in CASES])
def test_an_edit_is_told_with_its_line(edited: Any, case: Case) -> None:
    loaded = edited(case.file, (case.old, case.new))
    assert [str(fault) for fault in loaded.faults] == case.faults
    assert [str(warning) for warning in loaded.warnings] == case.warnings
    assert case.faults or case.warnings
    assert (loaded.questionnaire is None) == bool(case.faults)


def test_amounts_that_are_only_asked_need_no_currency(edited: Any) -> None:
    unasked = ("{id: money_in, type: choice, role: currency", "{id: money_in, type: choice, role: route")
    assert edited("every-type.yaml", unasked).faults == ()


def test_a_fault_in_an_answer_set_is_told_once_however_often_it_is_used(edited: Any) -> None:
    loaded = edited("routing.yaml", ("{id: yes, text: Yes, points: 1}", "{id: yes, points: 1}"))
    assert [str(fault) for fault in loaded.faults] == ['routing.yaml:21: answer "yes": "text" is missing']
