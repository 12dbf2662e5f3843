"""The README is true: its settings, its commands and its picture."""

import re
from pathlib import Path

from assessment.cli import cli
from assessment.settings import SETTINGS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def _row(setting: object) -> str:
    name, key, default, help_ = (getattr(setting, part) for part in ("name", "key", "default", "help"))
    return f"| `{name}` | `{key}` | {f'`{default}`' if default else 'empty'} | {help_} |"


def test_every_setting_stands_in_the_readme() -> None:
    missing = [_row(setting) for setting in SETTINGS if _row(setting) not in README]
    assert not missing, "\n".join(["put these rows into the README's table:", *missing])


def test_the_readme_names_no_setting_that_is_not_one() -> None:
    known = {setting.name for setting in SETTINGS} | {"ASSESSMENT_CONFIG"}
    assert set(re.findall(r"\bASSESSMENT_[A-Z_]+\b", README)) <= known


def test_every_command_stands_in_the_readme() -> None:
    missing = [name for name in cli.commands if not re.search(rf"assessment {name}\b", README)]
    assert missing in ([], ["run"])  # `run` is what `make run` starts


def test_both_make_commands_stand_in_the_readme() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for target in ("run", "test", "check"):
        assert f"make {target}" in README
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)


def test_what_the_readme_points_at_exists() -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#]+)\)", README)
    assert targets
    assert not [target for target in targets if not (ROOT / target).exists()]
