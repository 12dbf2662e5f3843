"""Versions: a hash that changes with what is asked and told, and bytes that are read for ever."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from assessment.catalogue.catalogue import Catalogue
from assessment.catalogue.versions import StoredDefinitionError, dump, load, upgraded, version_of
from assessment.core.definition import Questionnaire

NOW = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.fixture
def all_of_them(folder: Path) -> list[Questionnaire]:
    return [entry.questionnaire for entry in Catalogue(folder, NOW).live()]


def test_what_is_stored_is_what_is_read(all_of_them: list[Questionnaire]) -> None:
    for questionnaire in all_of_them:
        again = load(dump(questionnaire))
        assert again == questionnaire.model_copy(update={"personas": ()})
        assert dump(again) == dump(questionnaire)
        assert version_of(again) == version_of(questionnaire)


def test_the_order_of_computed_values_is_kept(all_of_them: list[Questionnaire]) -> None:
    numbers = next(one for one in all_of_them if one.id == "numbers")
    assert list(load(dump(numbers)).computed) == ["rate", "after"]


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("points: 0.5", "points: 0.50", True),
        ("# text, not a boolean", "# a comment", True),
        ("expect: {stage: early, overall: 0}", "expect: {stage: early}", True),
        ("dont_know: true\n", "dont_know: true\n        weight: 1\n", True),
        ("points: 0.5", "points: 0.51", False),
        ("text: Partly", "text: In part", False),
        ("gap: There is no whole plan.", "gap: No whole plan is there.", False),
    ],
)
def test_a_version_changes_with_its_meaning(edited: Any, old: str, new: str, same: bool) -> None:
    before = version_of(edited("tiny.yaml").questionnaire)
    after = version_of(edited("tiny.yaml", (old, new), ("overall: 50, ", "")).questionnaire)
    assert (before == after) is same
    assert len(before) == 64


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b"{}", b"\xff", b'{"format": 1}', b'{"format": 2}', b'{"format": 0}']
)
def test_what_is_no_definition_is_refused(body: bytes) -> None:
    with pytest.raises(StoredDefinitionError):
        load(body)


def test_an_old_format_is_brought_up_step_by_step() -> None:
    steps = {
        1: lambda plain: plain | {"title": plain["name"]},
        2: lambda plain: plain | {"title": plain["title"].upper()},
    }
    assert upgraded({"format": 1, "name": "tiny"}, steps, 3) == {"format": 3, "name": "tiny", "title": "TINY"}


def test_the_stored_form_is_plain_json(all_of_them: list[Questionnaire]) -> None:
    plain = json.loads(dump(all_of_them[0]))
    assert plain["format"] == 1
    assert "personas" not in plain
    assert plain["pages"][0]["questions"][0]["answers"][1]["points"] == "0.5"
