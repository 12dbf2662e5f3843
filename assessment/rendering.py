"""Turns values into pages, reports and mails: one Jinja2 environment, and how figures and dates are written."""

import hashlib
import html
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path
from pickle import UnpicklingError
from typing import Protocol

import css_inline
from jinja2 import Environment, FileSystemBytecodeCache, FileSystemLoader, StrictUndefined, select_autoescape
from jinja2.bccache import Bucket

from assessment.core import colour, peer_telling
from assessment.core.reviewed import Reviewed
from assessment.core.scorecard import Brand, Comparison, Hold, Scorecard
from assessment.paths import static_dir, templates_dir

_LINE_ENDS = re.compile(r">\s*\n\s*<")
MINUS = "\N{MINUS SIGN}"
_SMALL = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


class _Compiled(FileSystemBytecodeCache):
    """What templates compile to, beside them: written at the installation, as a module's is, and then only read.

    A server's first pages need not wait for it. It depends on the environment below as well, and so on this file; our
    filters compute nothing while a template is compiled.
    """

    def __init__(self, *, writes: bool = False) -> None:
        super().__init__(str(templates_dir() / "__pycache__"))
        self._writes, self._code = writes, Path(__file__).read_text(encoding="utf-8")

    def get_cache_key(self, name: str, filename: str | None = None) -> str:
        return super().get_cache_key(name)  # wherever the folder stands, and by whichever name it is reached

    def get_source_checksum(self, source: str) -> str:
        return super().get_source_checksum(source + self._code)

    def load_bytecode(self, bucket: Bucket) -> None:
        try:
            super().load_bytecode(bucket)
        except (UnpicklingError, EOFError):  # an installation that was cut off
            bucket.reset()

    def dump_bytecode(self, bucket: Bucket) -> None:
        if self._writes:
            super().dump_bytecode(bucket)


@cache
def environment() -> Environment:
    """The one environment: escapes everything, and a name that a template does not get is an error, not a blank."""
    return _environment(_Compiled())


def _environment(compiled: _Compiled) -> Environment:
    made = Environment(
        loader=FileSystemLoader(templates_dir()),
        autoescape=select_autoescape(disabled_extensions=("txt",), default=True),
        undefined=StrictUndefined,
        bytecode_cache=compiled,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(asset=asset, leaving=peer_telling.LEAVING)
    made.filters.update(
        date=day, signed=signed, plural=plural, words=words, sentence=sentence, lower_first=lower_first, plain=plain,
        together=together, with_own=with_own, without_own=without_own, listed=listed,
        with_scores=peer_telling.with_scores, peer_scores=peer_telling.scores, peer_notes=peer_telling.notes,
        peers_beside=peer_telling.beside, peer_where=peer_telling.where, peer_told=peer_telling.told,
    )  # fmt: skip
    return made


def load_pages() -> Iterator[None]:
    """Compile the templates of all pages, one a step, which is otherwise done when each is first asked for."""
    for name in environment().list_templates(extensions=("html",)):
        yield
        environment().get_template(name)


def keep_compiled() -> None:
    """Compile every template and keep it beside them; raises `OSError` where that cannot be written."""
    compiled = _Compiled(writes=True)
    Path(compiled.directory).mkdir(exist_ok=True)
    compiled.clear()
    made = _environment(compiled)
    for name in made.list_templates(extensions=("html", "txt")):
        made.get_template(name)


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


def lower_first(text: str) -> str:
    """The text with its first letter small, unless it starts with capitals or a lone letter."""
    return text if text[:2].upper() == text[:2] else text[:1].lower() + text[1:]


def listed(texts: Iterable[str]) -> str:
    """Texts as a sentence lists them: "A", "A and B", "A, B and C"."""
    *first, last = texts
    return f"{', '.join(first)} and {last}" if first else last


def together(holds: Iterable[Hold]) -> list[tuple[Hold, list[str]]]:
    """What holds one stage in the same way said once: its first hold, then every reason in order."""
    found: dict[tuple[str, str, bool], tuple[Hold, list[str]]] = {}
    for hold in holds:
        found.setdefault((hold.stage, hold.kind, hold.unknown), (hold, []))[1].append(sentence(hold.because))
    return list(found.values())


def with_own(rows: Iterable[Comparison]) -> list[Comparison]:
    """The rows that have at least one number of the respondent's."""
    return [row for row in rows if any(own.value is not None for own in row.yours)]


def without_own(rows: Iterable[Comparison]) -> list[Comparison]:
    """The rows without any: they are named in one sentence instead of standing empty."""
    return [row for row in rows if all(own.value is None for own in row.yours)]


def plain(markup: str) -> str:
    """Escaped words as plain text again, for the parts of mails that are no HTML."""
    return html.unescape(str(markup))


def brand_css(brand: Brand) -> str:
    """The stylesheet that lays the firm's colours over the page's own; raises `ValueError` for what is no colour."""
    light = {"accent": brand.accent, "accent-press": colour.pressed(brand.accent), "band": brand.band}
    dark = {
        "accent": brand.accent_dark,
        "accent-press": colour.dark_pressed(brand.accent_dark),
        "band": colour.dark_band(brand.band),
    }
    return f":root{{{_properties(light)}}}@media screen and (prefers-color-scheme:dark){{:root{{{_properties(dark)}}}}}"


def _properties(colours: Mapping[str, str]) -> str:
    for value in colours.values():
        colour.rgb(value)  # only a colour may reach the stylesheet
    return ";".join(f"--{name}:{value}" for name, value in colours.items())


class Reader(Protocol):
    """Who a report is for; each is None unless it looks like a name."""

    @property
    def name(self) -> str | None:
        """The person's name."""

    @property
    def company(self) -> str | None:
        """Where the person works."""

    @property
    def role(self) -> str | None:
        """What the person does there."""


def report_html(
    card: Scorecard,
    person: Reader | None,
    texts: Mapping[str, str] | None,
    unit: str | None,
    review: Reviewed | None = None,
) -> str:
    """The PDF's HTML; `texts` is None until the address is confirmed, then the typed answers by question id.

    With a `review`, `card` is the review's own.
    """
    template = "pdf/calculator.html" if card.origin.kind == "calculator" else "pdf/report.html"
    return _report(template, card, person, texts, unit, review)


def plain_report_html(
    card: Scorecard,
    person: Reader | None,
    texts: Mapping[str, str] | None,
    unit: str | None,
    review: Reviewed | None = None,
) -> str:
    """The same in words alone, for when the drawn report could not be made."""
    return _report("pdf/plain.html", card, person, texts, unit, review)


def _report(
    name: str,
    card: Scorecard,
    person: Reader | None,
    texts: Mapping[str, str] | None,
    unit: str | None,
    review: Reviewed | None,
) -> str:
    colours = _properties({"accent": card.brand.accent, "band": card.brand.band})
    made = render(name, card=card, person=person, texts=texts, unit=unit, colours=colours, review=review)
    # Every blank between blocks would be an empty, tagged run of text in the PDF.
    return _LINE_ENDS.sub("><", made)


@cache
def report_css() -> str:
    """The style of both reports; its fonts are addressed relative to the static folder."""
    return (templates_dir() / "pdf" / "report.css").read_text(encoding="utf-8")


def mail_subject(card: Scorecard) -> str:
    """The subject of the scorecard's mail: the assessment and where it placed the reader, nothing that was typed."""
    place = [card.stage] if card.stage else []
    place += [f"{card.overall.score} of 100"] if card.overall else []
    return f"Your scorecard: {card.origin.title}" + (f" ({', '.join(place)})" if place else "")


def mail_bodies(card: Scorecard, link: str, pages: int | None, not_me_link: str | None) -> tuple[str, str]:
    """Text and HTML of the scorecard's mail; `pages` is None when no PDF is attached."""
    values = {"card": card, "link": link, "pages": pages, "not_me_link": not_me_link}
    text = render("email/scorecard.txt", **values)
    page = render("email/scorecard.html", subject=mail_subject(card), **values)
    return text, _inliner().inline(page)


def reviewed_mail(review: Reviewed, link: str, pages: int | None, not_me_link: str | None) -> tuple[str, str, str]:
    """Subject, text and HTML of a reviewed scorecard's mail; nothing a prospect typed, and not the comment."""
    card = review.card
    values = {"brand": card.brand, "card": card, "review": review}
    return mail(
        "reviewed",
        f"Your scorecard, reviewed by {review.by.firm}",
        link=link,
        pages=pages,
        not_me_link=not_me_link,
        **values,
    )


def resume_mail(brand: Brand, link: str, days: int) -> tuple[str, str, str]:
    """Subject, text and HTML of the mail with the link to unfinished answers, kept for `days` more days."""
    values = {"brand": brand, "link": link, "days": days}
    page = _inliner().inline(render("email/resume.html", **values))
    return "Your link to finish later", render("email/resume.txt", **values), page


def mail(name: str, subject: str, **values: object) -> tuple[str, str, str]:
    """Subject, text and HTML of the mail whose templates are `email/<name>.txt` and `.html`."""
    text = render(f"email/{name}.txt", subject=subject, **values)
    return subject, text, _inliner().inline(render(f"email/{name}.html", subject=subject, **values))


@cache
def _inliner() -> css_inline.CSSInliner:
    return css_inline.CSSInliner(load_remote_stylesheets=False, keep_style_tags=False)
