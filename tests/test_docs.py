"""The README is true: its settings, its commands and its picture."""

import configparser
import os
import re
import textwrap
from pathlib import Path

import pytest
from click.testing import CliRunner

from assessment.cli import cli
from assessment.settings import SETTINGS, read_settings
from assessment.web import headers
from tests import asvs

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
BLOCKS = [textwrap.dedent(block) for block in re.findall(r"(?m)(?:^    .*\n(?:\n(?=    ))?)+", README)]
"""What stands there to be copied."""


def _block(beginning: str) -> str:
    """The one block to copy that begins so."""
    [block] = [block for block in BLOCKS if block.startswith(beginning)]
    return block


def _unit() -> configparser.SectionProxy:
    """The service of the web server's unit."""
    unit = configparser.ConfigParser(interpolation=None)
    unit.read_string(_block("[Unit]"))
    return unit["Service"]


def _sample() -> dict[str, str]:
    """The settings as they stand in the sample of the environment's file."""
    return dict(line.split("=", 1) for line in _block("ASSESSMENT_HOME=").splitlines())


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


def test_the_next_version_finds_what_this_one_kept(tmp_path: Path) -> None:
    """Each version has a folder of its own, and is started in it."""
    settings, unit = read_settings(_sample(), tmp_path / "1"), _unit()
    assert settings == read_settings(_sample(), tmp_path / "2"), "a path is sought in the version's folder"
    assert not settings.home.is_relative_to(unit["WorkingDirectory"])
    assert unit["ReadWritePaths"] == str(settings.home)
    assert settings.secure
    assert settings.proxies == 1


def test_the_settings_are_those_of_every_command(tmp_path: Path) -> None:
    unit, form, install = _unit(), _block("assess() {"), _block("useradd")
    file, user = unit["EnvironmentFile"], unit["User"]
    assert f"-p EnvironmentFile={file} {unit['ExecStart'].split()[0]} " in form
    assert f"--uid={user} -p WorkingDirectory={unit['WorkingDirectory']} -p UMask={unit['UMask']} " in form
    assert f"install -m 600 /dev/null {file}\n" in install
    assert re.search(rf"^useradd .* {user}$", install, re.MULTILINE)
    assert f"install -d -m 700 -o {user} -g {user} {read_settings(_sample(), tmp_path).home} " in install
    ran = re.findall(r"(?m)^assess (\w+)", "".join(BLOCKS))
    assert {"init", "consultant", "backup"} <= set(ran) <= set(cli.commands)
    assert f"install -d -m 700 -o {user}" in install
    [setup] = {line.split()[0] for line in install.splitlines() if "setup.sh" in line}
    assert os.access(ROOT / Path(setup).relative_to("/srv/assessment-1"), os.X_OK)


def test_a_bad_setting_is_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSESSMENT_PORT", "eighty")
    unit = _unit()
    assert unit["Restart"] == "always"
    assert CliRunner().invoke(cli, unit["ExecStart"].split()[1:]).exit_code == int(unit["RestartPreventExitStatus"])


def test_nginx_sends_with_style_and_script_what_we_do() -> None:
    [static] = re.findall(r"location /static/ \{(.*?)\}", _block("upstream"), re.DOTALL)
    assert f"alias {_unit()['WorkingDirectory']}/static/;" in static
    for name in ("X-Content-Type-Options", "Cross-Origin-Resource-Policy"):
        assert f"add_header {name} {headers._ALWAYS[name]} always;" in static
    assert f"add_header Strict-Transport-Security max-age={headers.A_YEAR} always;" in static
    kinds = "text/css text/javascript application/javascript;"
    assert f"charset utf-8;\n        charset_types {kinds}" in static


def test_the_rows_of_the_asvs_are_counted() -> None:
    counts = re.match(r"(\d+) rows of OWASP ASVS 5\.0\.0: (\d+) met, (\d+) partly;", asvs.summary())
    assert counts is not None
    every, met, partly = counts.groups()
    said = f"which of the {every} rows of OWASP ASVS 5.0.0 that apply are met ({met}), met in part ({partly}),"
    assert said in " ".join(README.split())
