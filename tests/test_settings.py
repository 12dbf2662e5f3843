"""Settings: read, refused in one line that names the setting, and the environment wins."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy.engine import make_url

from assessment.cli import cli
from assessment.setting_kinds import optional
from assessment.settings import SETTINGS, Setting, SettingFault, read_settings


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ASSESSMENT_PORT", "eighty"),
        ("ASSESSMENT_PORT", "70000"),
        ("ASSESSMENT_PUBLIC_URL", "assess.example.com"),
        ("ASSESSMENT_PUBLIC_URL", "https://assess.example.com/path"),
        ("ASSESSMENT_TIME_ZONE", "Mars/Olympus"),
        ("ASSESSMENT_ACCENT", "#FFFF00"),
        ("ASSESSMENT_ACCENT", "blue"),
        ("ASSESSMENT_BAND", "#CCCCCC"),
        ("ASSESSMENT_BOOKING_URL", "javascript:alert(1)"),
        ("ASSESSMENT_CONTACT_EMAIL", "carl"),
        ("ASSESSMENT_SMTP_SECURITY", "ssl3"),
        ("ASSESSMENT_DRAFT_DAYS", "0"),
        ("DATABASE_URL", "mysql://x"),
    ],
)
def test_a_bad_setting_is_refused_by_name(name: str, value: str, tmp_path: Path) -> None:
    with pytest.raises(SettingFault, match=f"^{name} ") as caught:
        read_settings({name: value}, tmp_path)
    assert "\n" not in str(caught.value)


def test_a_bad_start_prints_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSESSMENT_PORT", "eighty")
    result = CliRunner().invoke(cli, ["serve"])
    assert result.exit_code == 2
    assert result.stderr.strip() == "assessment: ASSESSMENT_PORT must be a whole number from 1 to 65535, not 'eighty'"


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "assessment.toml").write_text('firm = "File & Co"\nport = 9000\n')
    settings = read_settings({"ASSESSMENT_FIRM": "Meridian"}, tmp_path)
    assert (settings.firm, settings.port) == ("Meridian", 9000)


def test_an_unknown_key_in_the_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "assessment.toml").write_text('frim = "Meridian"\n')
    with pytest.raises(SettingFault, match="frim"):
        read_settings({}, tmp_path)


def test_a_named_file_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(SettingFault, match="ASSESSMENT_CONFIG"):
        read_settings({"ASSESSMENT_CONFIG": "missing.toml"}, tmp_path)


def test_what_is_not_secret_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingFault, match=r"not 'eighty'$"):
        read_settings({"ASSESSMENT_PORT": "eighty"}, tmp_path)


SECRET = "s3cret-pw"
HOLDS_A_SECRET = {"DATABASE_URL", "ASSESSMENT_LIMIT_STORE", "ASSESSMENT_SMTP_PASSWORD"}
BAD = (
    *(f"{scheme}://assessment:{SECRET}@db.example/x" for scheme in ("mysql", "postgresql+psycopg2", "http", "sqlite")),
    *(
        f"postgresql+psycopg://assessment:{words}/x"
        for words in (f"{SECRET}@db:port", f"p@{SECRET}@db", f"p@{SECRET}:db")
    ),
    f"postgresql+psycopg://assess/ment:{SECRET}@db/x",
    f"postgresql+psycopg://assessment:{SECRET}@db:70000/x",
    f"redis://:{SECRET}@cache:port/0",
    f"redis://:{SECRET}/p@cache/0",
    f"redis://:{SECRET}@[cache/0",
    f"assessment:{SECRET}@db",
    SECRET,
)
"""What somebody may type where an address with a password belongs."""


def test_what_may_hold_a_password_is_a_secret() -> None:
    assert {setting.name for setting in SETTINGS if setting.secret} == HOLDS_A_SECRET
    named = {
        setting.name for setting in SETTINGS if re.search("PASSWORD|SECRET|TOKEN|KEY|STORE|DATABASE", setting.name)
    }
    assert named <= HOLDS_A_SECRET, "a new setting that may hold a secret is to be declared one"


@pytest.mark.parametrize("typed", BAD)
@pytest.mark.parametrize("setting", [one for one in SETTINGS if one.secret], ids=lambda one: one.name)
def test_a_secret_is_never_told(setting: Setting, typed: str, tmp_path: Path) -> None:
    (tmp_path / "assessment.toml").write_text(f'{setting.key} = "{typed}"\n')
    for environment in ({setting.name: typed}, {}):
        if setting.parse is optional:  # a password may be anything
            assert getattr(read_settings(environment, tmp_path), setting.key) == typed
            continue
        with pytest.raises(SettingFault, match=f"^({setting.name}|assessment.toml: {setting.key}) must ") as caught:
            read_settings(environment, tmp_path)
        assert SECRET not in str(caught.value)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
@pytest.mark.parametrize(
    "place",
    [
        "",
        "/assessment?host=/run/postgresql",
        "assessment@db/assessment",
        "assessment:p%40ss/w?o#r:d@db.example:5433/assessment?sslmode=require",
        "assessment:pw@[::1]:5432/assessment",
    ],
)
def test_every_way_to_write_a_postgresql_is_read(scheme: str, place: str, tmp_path: Path) -> None:
    read = read_settings({"DATABASE_URL": f"{scheme}://{place}"}, tmp_path).database_url
    assert read == f"postgresql+psycopg://{place}"
    url = make_url(read)
    assert url.render_as_string(hide_password=False).count("@") == place.count("@")
    assert url.password in {None, "pw", "p@ss/w?o#r:d"}
