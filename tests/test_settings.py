"""Settings: read, refused in one line that names the setting, and the environment wins."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from assessment.cli import cli
from assessment.settings import SettingFault, read_settings


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


def test_a_password_is_never_printed(tmp_path: Path) -> None:
    settings = read_settings({"ASSESSMENT_SMTP_PASSWORD": "hunter2"}, tmp_path)
    assert settings.smtp_password == "hunter2"
