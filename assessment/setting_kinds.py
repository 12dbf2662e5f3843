"""What a setting may hold: each takes the text given and gives its value, or raises `ValueError` saying why."""

import re
from collections.abc import Callable
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from assessment.core.colour import check_firm_colour


def text(value: str) -> str:
    """Anything."""
    return value


def optional(value: str) -> str | None:
    """Anything; None when empty."""
    return value or None


def whole(low: int, high: int) -> Callable[[str], int]:
    """Whole numbers of a range, both ends included."""

    def parse(value: str) -> int:
        if not value.isdecimal() or not low <= int(value) <= high:
            raise ValueError(f"must be a whole number from {low} to {high}")
        return int(value)

    return parse


def link(value: str) -> str | None:
    """The address of a page, without a slash at its end; None when empty."""
    parts = urlsplit(value)
    if value and (parts.scheme not in {"http", "https"} or not parts.hostname):
        raise ValueError("must be an address that starts with http:// or https://")
    return value.rstrip("/") or None


def public(value: str) -> str:
    """The address of a site, without a path."""
    site = link(value)
    if value and (not site or urlsplit(site).path or urlsplit(site).query):
        raise ValueError("must be the site's address without a path, such as https://assess.example.com")
    return site or ""


def one_of(*choices: str) -> Callable[[str], str]:
    """One of these words."""

    def parse(value: str) -> str:
        if value not in choices:
            raise ValueError(f"must be one of: {', '.join(choices)}")
        return value

    return parse


def email(value: str) -> str | None:
    """An e-mail address; None when empty."""
    if value and (value.count("@") != 1 or any(character.isspace() for character in value)):
        raise ValueError("must be an e-mail address")
    return value or None


def colour(value: str) -> str:
    """A colour that white text can be read on."""
    check_firm_colour(value)
    return value


def zone(value: str) -> str:
    """A time zone."""
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError("must be a time zone such as Europe/Berlin") from None
    return value


_POSTGRESQL = re.compile(r"postgres(?:ql)?(?:\+psycopg)?://(?P<rest>.*)", re.DOTALL)
# With a second @, or a / in the user's name, a part of the password would count as the host, and be told with it.
_PLACE = re.compile(
    r"(?:[^:/@]*(?::[^@]*)?@)?"  # who
    r"(?:\[[^\]/?@]+\]|[^:/?@\[\]\s]*)(?::(?P<port>[0-9]{1,5}))?"  # where
    r"(?:/[^?@]*)?(?:\?[^@]*)?"  # which database, and options
)


def database(value: str) -> str:
    """The address of a database, a PostgreSQL's with its driver; empty stands for SQLite at home."""
    if not value or value.startswith("sqlite:///"):
        return value
    found = _POSTGRESQL.fullmatch(value)
    if found is None:
        raise ValueError("must start with sqlite:/// or postgresql+psycopg://")
    place = _PLACE.fullmatch(found["rest"])
    if place is None or not 1 <= int(place["port"] or 5432) <= 65535:
        raise ValueError(
            "must be like postgresql+psycopg://user:password@host:5432/name, with @ in the password as %40, % as %25"
        )
    return f"postgresql+psycopg://{found['rest']}"


def origins(value: str) -> tuple[str, ...]:
    """The addresses of sites, with spaces between them."""
    origins = tuple(value.split())
    for origin in origins:
        parts = urlsplit(origin)
        if parts.scheme not in {"http", "https"} or not parts.hostname or origin != f"{parts.scheme}://{parts.netloc}":
            raise ValueError("must be addresses of sites, such as https://www.example.com, with spaces between them")
    return origins


def redis(value: str) -> str | None:
    """The address of a Redis; None when empty."""
    if value and not value.startswith(("redis://", "rediss://", "redis+unix://")):
        raise ValueError("must start with redis://, rediss:// or redis+unix://")
    try:
        urlsplit(value).port  # noqa: B018 - it is read when it is looked at
    except ValueError:
        raise ValueError(
            "must be like redis://user:password@host:6379/0, with / in the password as %2F, % as %25"
        ) from None
    return value or None
