"""The settings: every one documented here, read from the environment and one TOML file, refused when bad.

The environment wins over the file. `SETTINGS` is the single list that the reader, the README's table and its test use.
"""

import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from assessment.core.colour import dark_accent
from assessment.core.scorecard import Brand
from assessment.setting_kinds import (
    colour,
    database,
    email,
    link,
    one_of,
    optional,
    origins,
    public,
    redis,
    text,
    whole,
    zone,
)


class SettingFault(Exception):
    """A setting is missing or bad; the message names it and says what to do."""


@dataclass(frozen=True)
class Setting:
    """One setting: its name in the environment, its TOML key, its default as text, what it does.

    What a `secret` one holds is never told, as a password may be in it.
    """

    name: str
    key: str
    default: str
    parse: Callable[[str], Any]
    help: str
    secret: bool = False


SETTINGS = (
    Setting("ASSESSMENT_HOME", "home", "var", text, "Folder for the database, the secrets and the mail outbox."),
    Setting(
        "DATABASE_URL", "database_url", "", database, "Database; empty means SQLite in the home folder.", secret=True
    ),
    Setting("ASSESSMENT_HOST", "host", "127.0.0.1", text, "Address the web server listens on."),
    Setting("ASSESSMENT_PORT", "port", "8000", whole(1, 65535), "Port the web server listens on."),
    Setting("ASSESSMENT_THREADS", "threads", "8", whole(1, 64), "Threads that answer requests."),
    Setting("ASSESSMENT_PUBLIC_URL", "public_url", "", public, "Its address in links; empty: localhost and the port."),
    Setting("ASSESSMENT_PROXIES", "proxies", "0", whole(0, 5), "Trusted proxies in front of the web server."),
    Setting(
        "ASSESSMENT_FRAME_ANCESTORS", "frame_ancestors", "", origins, "Sites that may show it in a frame; empty: none."
    ),
    Setting(
        "ASSESSMENT_LIMIT_PER_ADDRESS",
        "limit_per_address",
        "3000",
        whole(1, 1_000_000),
        "Requests a minute from one network address.",
    ),
    Setting(
        "ASSESSMENT_LIMIT_IN_ALL", "limit_in_all", "60000", whole(1, 100_000_000), "Requests a minute from everybody."
    ),
    Setting(
        "ASSESSMENT_LIMIT_STORE",
        "limit_store",
        "",
        redis,
        "Redis that counts for all processes; empty: each counts for itself.",
        secret=True,
    ),
    Setting("ASSESSMENT_LOG", "log", "text", one_of("text", "json"), "How the log is written, for people or machines."),
    Setting(
        "ASSESSMENT_METRICS_PORT",
        "metrics_port",
        "0",
        whole(0, 65535),
        "Port on 127.0.0.1 for Prometheus to read the web server's metrics; 0: none.",
    ),
    Setting(
        "ASSESSMENT_WORKER_METRICS_PORT",
        "worker_metrics_port",
        "0",
        whole(0, 65535),
        "The same for the worker.",
    ),
    Setting("ASSESSMENT_QUESTIONNAIRES", "questionnaires", "", text, "Folder of definitions; empty: those shipped."),
    Setting("ASSESSMENT_TIME_ZONE", "time_zone", "UTC", zone, "Zone of the dates people read."),
    Setting("ASSESSMENT_DRAFT_DAYS", "draft_days", "30", whole(1, 365), "Days until an unfinished response goes."),
    Setting("ASSESSMENT_CONTACT_MONTHS", "contact_months", "24", whole(1, 120), "Months contact details are kept."),
    Setting("ASSESSMENT_FIRM", "firm", "Your firm", text, "The firm's name on every page, PDF and mail."),
    Setting(
        "ASSESSMENT_TAGLINE", "tagline", "Self-assessments for service leaders", text, "What stands beside its name."
    ),
    Setting("ASSESSMENT_ACCENT", "accent", "#1559A6", colour, "The firm's accent colour, at least 4.5:1 on white."),
    Setting("ASSESSMENT_BAND", "band", "#0B2545", colour, "The colour of covers, at least 4.5:1 on white."),
    Setting("ASSESSMENT_BOOKING_URL", "booking_url", "", link, "Where a prospect books a call."),
    Setting(
        "ASSESSMENT_BOOKING_TEXT",
        "booking_text",
        "Thirty minutes with a consultant on what holds you and the first two moves.",
        optional,
        "One sentence that says what the call is.",
    ),
    Setting("ASSESSMENT_CONTACT_EMAIL", "contact_email", "", email, "Where a prospect writes to the firm."),
    Setting("ASSESSMENT_TEAM_EMAIL", "team_email", "", email, "Where new submissions nobody owns are announced."),
    Setting("ASSESSMENT_PRIVACY_URL", "privacy_url", "", link, "The firm's privacy notice; empty: the built-in page."),
    Setting("ASSESSMENT_IMPRINT_URL", "imprint_url", "", link, "The firm's imprint; empty: the built-in page."),
    Setting("ASSESSMENT_SMTP_HOST", "smtp_host", "", text, "Mail server; empty: messages become files in the outbox."),
    Setting("ASSESSMENT_SMTP_PORT", "smtp_port", "587", whole(1, 65535), "The mail server's port."),
    Setting(
        "ASSESSMENT_SMTP_SECURITY", "smtp_security", "starttls", one_of("none", "starttls", "tls"), "Its security."
    ),
    Setting("ASSESSMENT_SMTP_USER", "smtp_user", "", optional, "User at the mail server."),
    Setting("ASSESSMENT_SMTP_PASSWORD", "smtp_password", "", optional, "Password at the mail server.", secret=True),
    Setting(
        "ASSESSMENT_MAIL_FROM", "mail_from", "scorecards@localhost.localdomain", email, "Address the mails come from."
    ),
)

CONFIG_VARIABLE = "ASSESSMENT_CONFIG"
"""Names the TOML file; without it `assessment.toml` in the current folder is read when it exists."""


@dataclass(frozen=True)
class Settings:
    """All settings, checked. Paths are absolute."""

    home: Path
    database_url: str
    host: str
    port: int
    threads: int
    public_url: str
    proxies: int
    frame_ancestors: tuple[str, ...]
    limit_per_address: int
    limit_in_all: int
    limit_store: str | None
    log: str
    metrics_port: int
    worker_metrics_port: int
    questionnaires: Path | None
    time_zone: str
    draft_days: int
    contact_months: int
    firm: str
    tagline: str
    accent: str
    band: str
    booking_url: str | None
    booking_text: str | None
    contact_email: str | None
    team_email: str | None
    privacy_url: str | None
    imprint_url: str | None
    smtp_host: str
    smtp_port: int
    smtp_security: str
    smtp_user: str | None
    smtp_password: str | None
    mail_from: str

    @property
    def secrets_path(self) -> Path:
        """The secrets file, mode 600."""
        return self.home / "secrets.json"

    @property
    def outbox(self) -> Path:
        """Where messages are filed when no mail server is set."""
        return self.home / "outbox"

    @property
    def secure(self) -> bool:
        """Whether the public address is https, so that cookies may be Secure and `__Host-`."""
        return self.public_url.startswith("https://")

    @cached_property
    def brand(self) -> Brand:
        """The firm as pages, PDF and mail show it."""
        return Brand(
            name=self.firm,
            tagline=self.tagline,
            accent=self.accent,
            accent_dark=dark_accent(self.accent),
            band=self.band,
            booking_url=self.booking_url,
            booking_text=self.booking_text,
            contact_email=self.contact_email,
            privacy_url=self.privacy_url or f"{self.public_url}/privacy",
            imprint_url=self.imprint_url or f"{self.public_url}/imprint",
        )


def read_settings(environment: Mapping[str, str] | None = None, folder: Path | None = None) -> Settings:
    """The settings from environment and TOML file; raises `SettingFault` naming the first bad one, without a secret."""
    given = os.environ if environment is None else environment
    base = Path.cwd() if folder is None else folder
    kept = _read_file(given.get(CONFIG_VARIABLE), base)
    values = {setting.key: _value(setting, given, kept) for setting in SETTINGS}
    home = (base / values["home"]).resolve()
    chosen = values["questionnaires"]
    values |= {"home": home, "questionnaires": (base / chosen).resolve() if chosen else None}
    values["public_url"] = values["public_url"] or f"http://localhost:{values['port']}"
    values["database_url"] = values["database_url"] or f"sqlite:///{home / 'assessment.sqlite3'}"
    return Settings(**values)


def _read_file(named: str | None, folder: Path) -> dict[str, Any]:
    path = folder / (named or "assessment.toml")
    if named is None and not path.exists():
        return {}
    try:
        kept = tomllib.loads(path.read_text())
    except OSError as error:
        raise SettingFault(f"{CONFIG_VARIABLE}: cannot read {path} ({error.strerror})") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingFault(f"{path.name}: {error}") from None
    unknown = sorted(set(kept) - {setting.key for setting in SETTINGS})
    if unknown:
        raise SettingFault(f"{path.name}: unknown setting {unknown[0]!r}; the README lists all of them")
    return kept


def _value(setting: Setting, given: Mapping[str, str], kept: Mapping[str, Any]) -> Any:
    name, typed = setting.name, setting.default
    if setting.name in given:
        typed = given[setting.name].strip()
    elif setting.key in kept:
        name, typed = f"assessment.toml: {setting.key}", str(kept[setting.key]).strip()
    try:
        return setting.parse(typed)
    except ValueError as error:
        shown = "" if setting.secret else f", not {typed!r}"
        raise SettingFault(f"{name} {error}{shown}") from None
