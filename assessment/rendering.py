"""Turns values into pages, reports and mails: one Jinja2 environment, and the few words templates need to say figures."""

import hashlib
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from assessment.core import colour
from assessment.core.scorecard import Advice, Brand, Points, Rung, Scorecard
from assessment.paths import static_dir, templates_dir

MINUS = "\N{MINUS SIGN}"
_SMALL = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


@cache
def environment() -> Environment:
    """The one environment: escapes everything, and a name that a template does not get is an error, not a blank."""
    made = Environment(
        loader=FileSystemLoader(templates_dir()),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(asset=asset)
    made.filters.update(date=day, signed=signed, plural=plural, words=words, sentence=sentence)
    return made


def render(name: str, **values: object) -> str:
    """The template `name` filled with `values`; raises `jinja2.UndefinedError` when one is missing."""
    return environment().get_template(name).render(**values)


@cache
def asset(path: str) -> str:
    """The address of a static file, with its content's hash so that it can be kept for ever; raises `OSError`."""
    digest = hashlib.sha256((static_dir() / path).read_bytes()).hexdigest()[:12]
    return f"/static/{path}?v={digest}"


def day(moment: str | date) -> str:
    """A day as "14 November 2026", from a date, a time or ISO 8601 text (in that text's own zone)."""
    given = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return f"{given.day} {given:%B %Y}"


def signed(number: int) -> str:
    """A whole number with its sign: +3, a true minus for −13, and plain 0."""
    return f"+{number}" if number > 0 else str(number).replace("-", MINUS)


def words(number: int) -> str:
    """A whole number in words up to twelve, in figures beyond."""
    return _SMALL[number] if 0 <= number < len(_SMALL) else str(number)


def plural(number: int, one: str, many: str | None = None) -> str:
    """A count with its noun: "1 point", "4 points"."""
    return f"{signed(number).lstrip('+')} {one if abs(number) == 1 else many or one + 's'}"


def sentence(text: str) -> str:
    """The text with its first letter in capitals and the rest untouched."""
    return text[:1].upper() + text[1:]


def brand_css(brand: Brand) -> str:
    """The stylesheet that lays the firm's colours over the page's own; raises `ValueError` for what is no colour."""
    light = {"accent": brand.accent, "accent-press": colour.pressed(brand.accent), "band": brand.band}
    dark = {
        "accent": brand.accent_dark,
        "accent-press": colour.dark_pressed(brand.accent_dark),
        "band": colour.dark_band(brand.band),
    }
    return f":root{{{_properties(light)}}}@media (prefers-color-scheme:dark){{:root{{{_properties(dark)}}}}}"


def _properties(colours: Mapping[str, str]) -> str:
    for value in colours.values():
        colour.rgb(value)  # only a colour may reach the stylesheet
    return ";".join(f"--{name}:{value}" for name, value in colours.items())
