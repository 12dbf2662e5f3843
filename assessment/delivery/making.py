"""Making documents: a leased row, its snapshot into a PDF, sealed; a retry, then a plain report, then without."""

import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import Engine, Row

from assessment import metrics
from assessment.core.plain_name import looks_like_a_name
from assessment.core.reviewed import Reviewed, apply, softened
from assessment.core.scorecard import Scorecard
from assessment.core.typed_text import soften
from assessment.delivery.pdf import Made
from assessment.delivery.renderer import RenderError
from assessment.rendering import Reader
from assessment.store import documents, leasing
from assessment.store.database import reading
from assessment.store.documents import Source
from assessment.store.keys import KeyFault, Keyring
from assessment.store.people import Person
from assessment.store.tables import document

LEASE = timedelta(minutes=5)
"""Outlasts three tries of the renderer with their wall-clock limit."""

_RETRY_AFTER = timedelta(seconds=3)
_PATIENT_TRIES = 8  # killed workers count as tries too; only then is the document itself suspected

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Who a report is for (a `rendering.Reader`), as far as it may be printed: what looks like a name, softened."""

    name: str | None
    company: str | None
    role: str | None


class ReportWords(Protocol):
    """What turns a scorecard into a report's HTML and style (`assessment.rendering` does)."""

    def report_html(
        self,
        card: Scorecard,
        person: Reader | None,
        texts: Mapping[str, str] | None,
        unit: str | None,
        review: Reviewed | None = None,
    ) -> str:
        """The report."""

    def plain_report_html(
        self,
        card: Scorecard,
        person: Reader | None,
        texts: Mapping[str, str] | None,
        unit: str | None,
        review: Reviewed | None = None,
    ) -> str:
        """The same without charts, when the report could not be made."""

    def report_css(self) -> str:
        """The report's style."""


class Press(Protocol):
    """What makes a PDF in a place of its own (`renderer.Renderer` does)."""

    def make(self, html: str, css: str, made_at: datetime) -> Made:
        """The PDF; raises `RenderError`."""


def printable_person(person: Person | None) -> Named | None:
    """Name, company and role as a report prints them, or None when nothing may be printed."""
    if person is None:
        return None

    def shown(text: str | None) -> str | None:
        return soften(text) if text and looks_like_a_name(text) else None

    named = Named(name=shown(person.name), company=shown(person.company), role=shown(person.role))
    return named if named != Named(name=None, company=None, role=None) else None


UnitOf = Callable[[Source], str | None]
"""Which unit or product was answered for, as typed, or None."""


def printable_unit(person: Person | None, unit: str | None) -> str | None:
    """The unit answered for as a report prints it: like every typed answer, only once the address is confirmed.

    Its cover and its receipt say the same: what the one leaves out, the other cannot promise to keep.
    """
    confirmed = person is not None and person.confirmed_at is not None
    return soften(unit) if unit and confirmed else None


def as_printed(source: Source) -> Person | None:
    """The person with the confirmation that counts: for a review the one there was when it was signed, if it stands."""
    person, review = source.person, source.review
    return replace(person, confirmed_at=None) if person and review and not review.by.confirmed else person


def printable_texts(person: Person | None, texts: Mapping[str, str]) -> dict[str, str] | None:
    """Typed answers softened for print, or None until the person has confirmed their address."""
    if person is None or person.confirmed_at is None:
        return None
    return {question: soften(text) for question, text in texts.items()}


class DocumentMaker:
    """Makes one due document at a time."""

    def __init__(
        self,
        engine: Engine,
        keyring: Keyring,
        press: Press,
        words: ReportWords,
        clock: Callable[[], datetime],
        owner: str,
        unit_of: UnitOf,
    ) -> None:
        self._unit_of = unit_of
        self._engine, self._keyring, self._press = engine, keyring, press
        self._words, self._clock, self._owner = words, clock, owner

    def step(self) -> bool:
        """Make the document that has been due longest; False when none is due."""
        row = leasing.claim(self._engine, document, self._clock(), self._owner, LEASE)
        if row is None:
            return False
        try:
            with reading(self._engine) as connection:
                source = documents.source(connection, self._keyring, row.id)
        except KeyFault as error:
            self._later(row, str(error), leasing.backoff(row.tries, 0))
            return True
        if source is None:
            self._finish(row, state="erased")
        else:
            self._make(row, source)
        return True

    def _make(self, row: Row[*tuple[Any, ...]], source: Source) -> None:
        try:
            if row.tries > _PATIENT_TRIES:
                raise RenderError(f"no worker finished it in {row.tries - 1} tries", permanent=True)
            made = self._drawn(self._words.report_html, source)
        except RenderError as error:
            if error.permanent or row.error is not None:
                self._make_plain(row, source, error.reason)
            else:
                self._later(row, error.reason, _RETRY_AFTER)
        else:
            self._keep(row, made, plain=False, error=None)

    def _make_plain(self, row: Row[*tuple[Any, ...]], source: Source, reason: str) -> None:
        log.error("document %s: %s; making the plain report", row.id, reason)
        try:
            made = self._drawn(self._words.plain_report_html, source)
        except RenderError as error:
            log.error("document %s: %s; the mail goes without it", row.id, error.reason)
            self._finish(row, state="failed", error=f"{reason}; plain report: {error.reason}")
        else:
            self._keep(row, made, plain=True, error=reason)

    def _drawn(self, write: Callable[..., str], source: Source) -> Made:
        """The PDF of the words that `write` finds; whatever breaks there is a permanent `RenderError`."""
        person = as_printed(source)
        try:
            card = source.scorecard.card
            review = softened(apply(card, source.review)) if source.review else None
            unit = printable_unit(person, self._unit_of(source))
            texts = printable_texts(person, source.texts)
            html = write(review.card if review else card, printable_person(person), texts, unit, review)
            # Dated by what it says, not by when it was made: made again, it has the same bytes.
            made_at = datetime.fromisoformat(review.by.on if review else card.origin.made_at)
            css = self._words.report_css()
        except Exception as error:
            log.error("document: its words were not found", exc_info=error)
            raise RenderError(f"the report could not be written: {type(error).__name__}", permanent=True) from None
        with metrics.document_seconds.time():
            return self._press.make(html, css, made_at)

    def _keep(self, row: Row[*tuple[Any, ...]], made: Made, *, plain: bool, error: str | None) -> None:
        for warning in made.warnings:
            # Its first words say what it is; what follows may quote the document.
            log.warning("document %s: %s", row.id, re.split("[\"'`:“‘]", warning, maxsplit=1)[0].strip())
        sealed, now = self._keyring.seal_bytes(made.content), self._clock()
        self._finish(row, state="ready", sealed_bytes=sealed, pages=made.pages, plain=plain, made_at=now, error=error)

    def _finish(self, row: Row[*tuple[Any, ...]], **values: Any) -> None:
        if not leasing.finish(self._engine, document, row.id, self._owner, **values):
            log.info("document %s was changed or erased meanwhile; this result is dropped", row.id)
            values = {"state": "dropped"}
        metrics.documents.labels("plain" if values.get("plain") else values["state"]).inc()

    def _later(self, row: Row[*tuple[Any, ...]], reason: str, delay: timedelta) -> None:
        log.warning("document %s: %s; trying again", row.id, reason)
        leasing.fail(self._engine, document, row.id, self._owner, self._clock(), reason, delay)
        metrics.documents.labels("retried").inc()
