"""Links from one questionnaire to another: each leads somewhere, and none of them ever stops anybody."""

import os
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from assessment.catalogue.catalogue import Catalogue
from assessment.catalogue.report import check, check_file
from assessment.catalogue.versions import dump, load, version_of

AREA = "areas: [{id: habit, title: Habit}]"
START = datetime(2026, 11, 21, 9, tzinfo=UTC)


def lead(folder: Path, *names: str, status: str = "live") -> Path:
    """Let the one area of the tiny questionnaire lead on to these."""
    path = folder / "tiny.yaml"
    text = path.read_text()
    assert AREA in text
    text = text.replace(AREA, f"areas: [{{id: habit, title: Habit, next: [{', '.join(names)}]}}]")
    path.write_text(text.replace("status: live", f"status: {status}"))
    return path


def told(folder: Path, today: date) -> tuple[list[str], list[str]]:
    """Faults and warnings about links, of the whole folder and of the one file: the same."""
    whole = check(folder, today, lambda at: at.name)
    alone = check_file(folder / "tiny.yaml", today, lambda at: at.name)
    faults, warnings = ([str(one) for one in found if "habit" in one.message] for found in whole)
    assert [faults, warnings] == [[str(one) for one in found] for found in alone]
    return faults, warnings


def test_a_link_to_what_is_live_is_in_order(folder: Path, today: date) -> None:
    lead(folder, "gates", "numbers")
    assert told(folder, today) == ([], [])


def test_a_link_to_nowhere_is_a_fault_with_a_guess(folder: Path, today: date) -> None:
    lead(folder, "gate")
    wanted = 'tiny.yaml:11: area "habit": there is no questionnaire "gate"; did you mean "gates"?'
    assert told(folder, today) == ([wanted], [])


@pytest.mark.parametrize("status", ["draft", "retired"])
def test_a_link_to_what_is_not_live_is_a_warning(folder: Path, today: date, status: str) -> None:
    lead(folder, "gates")
    other = folder / "gates.yaml"
    other.write_text(other.read_text().replace("status: live", f"status: {status}"))
    wanted = f'tiny.yaml:11: area "habit": "gates" is {status}, so it is not suggested to anybody'
    assert told(folder, today) == ([], [wanted])


def test_a_draft_may_name_drafts(folder: Path, today: date) -> None:
    lead(folder, "gates", status="draft")
    other = folder / "gates.yaml"
    other.write_text(other.read_text().replace("status: live", "status: draft"))
    assert told(folder, today) == ([], [])


def test_a_file_with_a_fault_of_its_own_does_not_put_those_at_fault_that_lead_to_it(folder: Path, today: date) -> None:
    lead(folder, "gates")
    other = folder / "gates.yaml"
    other.write_text(other.read_text().replace("order:", "ordre:"))
    faults, _warnings = check(folder, today, lambda at: at.name)
    assert {fault.file for fault in faults} == {"gates.yaml"}


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (("tiny",), 'area "habit": leads on to "tiny", which is this very questionnaire'),
        (("gates", "gates"), 'area "habit": questionnaire "gates" stands twice; the first is at tiny.yaml:11'),
    ],
)
def test_one_file_alone_shows_these(folder: Path, today: date, names: tuple[str, ...], message: str) -> None:
    path = lead(folder, *names)
    faults, _warnings = check_file(path, today, lambda at: at.name)
    assert [str(fault) for fault in faults] == [f"tiny.yaml:11: {message}"]


def test_an_area_that_is_never_scored_leads_nowhere(folder: Path, today: date) -> None:
    path = folder / "tiny.yaml"
    spectrum = "areas: [{id: habit, title: Habit}, {id: style, title: Style, weight: 0, next: [gates]}]"
    more = "  - area: style\n    questions: [{id: note, type: short_text, optional: true, label: Note, text: Why?}]\n"
    path.write_text(path.read_text().replace(AREA, spectrum).replace("stages:\n", more + "stages:\n"))
    faults, _warnings = check_file(path, today, lambda at: at.name)
    wanted = 'area "style": has no score, so it is never the weakest and never leads on: leave next out'
    assert [fault.message for fault in faults] == [wanted]


def test_a_name_that_can_be_no_questionnaire_is_a_fault(folder: Path, today: date) -> None:
    faults, _warnings = check_file(lead(folder, "Gates and caps"), today, lambda at: at.name)
    assert len(faults) == 1
    assert faults[0].line == 11


def test_serving_goes_on_when_a_link_comes_to_lead_nowhere(folder: Path) -> None:
    lead(folder, "gates")
    catalogue = Catalogue(folder, START)
    assert catalogue.warnings == ()
    (folder / "gates.yaml").unlink()
    catalogue.refresh(START + timedelta(seconds=2))
    served = catalogue.get("tiny")
    assert served is not None
    assert next(one.questionnaire.id for one in catalogue.live()) == "tiny"
    assert catalogue.faults == ()
    assert [one.message for one in catalogue.warnings] == ['area "habit": there is no questionnaire "gates"']


def test_an_author_hears_of_it_as_soon_as_the_other_file_is_retired(folder: Path) -> None:
    lead(folder, "gates")
    catalogue = Catalogue(folder, START)
    other = folder / "gates.yaml"
    stat = other.stat()
    other.write_text(other.read_text().replace("status: live", "status: retired"))
    os.utime(other, ns=(stat.st_atime_ns, stat.st_mtime_ns + 1_000_000))
    catalogue.refresh(START + timedelta(seconds=2))
    assert ["retired" in one.message for one in catalogue.warnings] == [True]


def test_a_link_changes_neither_the_version_nor_what_is_kept_of_it(edited: Callable[..., Any]) -> None:
    before = edited("tiny.yaml").questionnaire
    after = edited("tiny.yaml", (AREA, AREA.replace("title: Habit", "title: Habit, next: [gates]"))).questionnaire
    assert after.areas[0].next == ("gates",)
    assert version_of(after) == version_of(before)
    assert dump(after) == dump(before)
    assert load(dump(after)).areas[0].next == ()
