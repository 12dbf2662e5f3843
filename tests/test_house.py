"""The house rules that no linter knows."""

import re
from pathlib import Path

import pytest

from tests import choosing

ROOT = Path(__file__).parents[1]
MODULES = sorted((ROOT / "assessment").rglob("*.py"))
TEMPLATES = sorted(path for path in (ROOT / "templates").rglob("*") if path.suffix in {".html", ".txt", ".css"})
QUESTIONNAIRES = sorted((ROOT / "questionnaires").glob("*.yaml"))


@pytest.mark.parametrize("questionnaire", [path.stem for path in QUESTIONNAIRES])
def test_no_questionnaire_is_named_in_the_code(questionnaire: str) -> None:
    naming = [path.name for path in [*MODULES, *TEMPLATES] if questionnaire in path.read_text()]
    assert not naming, f"{questionnaire} is named in {naming}"


def test_what_is_walked_on_postgresql_is_there() -> None:
    """Under another name it would not be repeated, and nobody would be told."""
    for walk in choosing.WALKS:
        file, _, name = walk.partition("::")
        assert f"def {name.partition('[')[0]}(" in (ROOT / file).read_text()


def test_modules_stay_readable() -> None:
    ours = [path for path in MODULES if path.parent.name != "versions"]  # migrations are written by a machine
    long = {path.name: count for path in ours if (count := len(path.read_text().splitlines())) > 300}
    assert not long


def test_no_module_is_a_drawer() -> None:
    drawers = [path for path in MODULES if re.search(r"utils?|helpers?|manager|handlers?|misc|common", path.stem)]
    assert not drawers


def test_pages_carry_no_inline_style_or_script() -> None:
    pattern = re.compile(r'style="|\son\w+="|<script(?![^>]*\bsrc=)')
    pages = [path for path in TEMPLATES if path.parent.name not in {"email", "pdf"}]
    assert not [path.name for path in pages if pattern.search(path.read_text())]


def test_nothing_goes_out_unescaped() -> None:
    pattern = re.compile(r"\|\s*safe\b|Markup\(")
    assert not [path.name for path in [*MODULES, *TEMPLATES] if pattern.search(path.read_text())]


def test_nothing_points_at_a_third_party() -> None:
    pattern = re.compile(r'(?:src|href|action)="(?:https?:)?//')
    pages = [path for path in TEMPLATES if path.parent.name not in {"email", "pdf"}]
    assert not [path.name for path in pages if pattern.search(path.read_text())]
