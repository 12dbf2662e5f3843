"""Making exports: a leased row, its submissions in chunks with the progress noted, and the file sealed."""

import logging
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from urllib.parse import parse_qsl

from sqlalchemy import Engine

from assessment import metrics
from assessment.core.definition import Questionnaire
from assessment.core.export_rows import all_sheet, questionnaire_sheet
from assessment.delivery.spreadsheets import Book, CsvBook, JsonBook, XlsxBook
from assessment.store import accounts, audit, export_source, exports, leasing
from assessment.store.accounts import Account
from assessment.store.database import reading, writing
from assessment.store.export_source import QuestionnaireOf, Reader, Scope
from assessment.store.exports import Export
from assessment.store.filters import Filters, parse
from assessment.store.keys import Keyring
from assessment.store.review_tables import export

LEASE = timedelta(minutes=3)
"""Renewed with every chunk, which takes a second or so."""
CHUNK = 200
"""Submissions read at once."""
ABANDONED = timedelta(days=1)
"""How old the rows are that a worker which never came back left in files; an export takes minutes."""
MOST_TRIES = 5
"""Tries of which any may have been a killed worker's."""

log = logging.getLogger(__name__)


class NotOurs(Exception):
    """The export was deleted, or is to begin anew, or somebody else has it: what was made is thrown away."""


class Anew(Exception):
    """The export is put back, to begin anew: the worker is told to stop, or somebody was erased."""


class Refused(Exception):
    """Whoever asked for the export may not have it any more."""


class Exporter:
    """Makes one due export at a time; `folder` is for the worker's eyes only and empty between exports."""

    def __init__(
        self,
        engine: Engine,
        keyring: Keyring,
        clock: Callable[[], datetime],
        owner: str,
        *,
        questionnaire_of: QuestionnaireOf,
        zone: tzinfo,
        folder: Path,
    ) -> None:
        self._engine, self._keyring, self._clock, self._owner = engine, keyring, clock, owner
        self._questionnaire_of, self._zone = questionnaire_of, zone
        self._folder = folder / owner.replace("/", "-")

    def step(self, stop: threading.Event | None = None) -> bool:
        """Make the export that has been due longest, or put it back once `stop` is set; False when none is due."""
        row = leasing.claim(self._engine, export, self._clock(), self._owner, LEASE)
        if row is None:
            return False
        try:
            self._make(exports.read(self._keyring, row), stop or threading.Event())
        except NotOurs:
            log.info("export %s was changed or deleted meanwhile; this one is dropped", row.id)
            metrics.exports.labels("dropped").inc()
        except Anew:
            leasing.finish(self._engine, export, row.id, self._owner, state="queued", tries=0, done=0)
        except Exception as error:
            self._failed(row.id, row.public_id, row.tries, error)
        finally:
            self.tidy()
        return True

    def _failed(self, id_: int, public_id: str, tries: int, error: Exception) -> None:
        log.error("export %s broke", id_, exc_info=error)  # the log tells its frames, not its message
        if tries < MOST_TRIES and not isinstance(error, Refused):
            leasing.fail(
                self._engine, export, id_, self._owner, self._clock(), type(error).__name__, leasing.backoff(tries, 0)
            )
            metrics.exports.labels("retried").inc()
        elif leasing.finish(self._engine, export, id_, self._owner, state="failed", error=type(error).__name__):
            self._note("export.failed", public_id, type(error).__name__)
            metrics.exports.labels("failed").inc()

    def _note(self, action: str, public_id: str, detail: str) -> None:
        with writing(self._engine) as connection:
            audit.note(connection, self._clock(), "worker", action, public_id, detail)

    def _make(self, wanted: Export, stop: threading.Event) -> None:
        if wanted.tries > MOST_TRIES:
            raise RuntimeError(f"no worker finished it in {wanted.tries - 1} tries")
        now = self._clock()
        today = now.astimezone(self._zone).date()
        with reading(self._engine) as connection:
            by = accounts.by_id(connection, self._keyring, wanted.account_id)
            if by is None or not by.active or (wanted.contact and not by.may("consultant")):
                raise Refused
            scope = export_source.scope(connection, self._keyring, self._filters(wanted, by), today)
            owners = {one.id: one.name for one in accounts.everybody(connection, self._keyring)}
            definitions = {
                name: tuple(self._questionnaire_of(connection, version) for version in versions)
                for name, versions in scope.versions.items()
            }
        reader = Reader(self._keyring, self._questionnaire_of, owners, self._zone, wanted.contact)
        with closing(self._book(wanted, scope, definitions, now)) as book:
            number = self._fill(wanted, book, scope, reader, stop)
            self._keep(wanted, book.finish(), scope, number)

    def _filters(self, wanted: Export, by: Account) -> Filters:
        return parse(dict(parse_qsl(wanted.query)), by.id, people=by.may("consultant"), zone=self._zone)

    def _book(
        self, wanted: Export, scope: Scope, definitions: dict[str, tuple[Questionnaire, ...]], now: datetime
    ) -> Book:
        if wanted.form == "json":
            made_at = now.astimezone(self._zone).isoformat(timespec="seconds")
            return JsonBook(
                {"made_at": made_at, "filters": wanted.query, "contact": wanted.contact}, contact=wanted.contact
            )
        sheets = [
            questionnaire_sheet(versions, scope.areas[name], contact=wanted.contact)
            for name, versions in definitions.items()
        ]
        if wanted.form == "csv":
            return CsvBook(sheets or [all_sheet(contact=wanted.contact)])
        self.tidy()
        self._folder.mkdir(parents=True, mode=0o700)
        return XlsxBook(all_sheet(contact=wanted.contact), sheets, self._folder)

    def _fill(self, wanted: Export, book: Book, scope: Scope, reader: Reader, stop: threading.Event) -> int:
        """Write every submission, chunk by chunk; says how many were still there."""
        ids, written = list(scope.ids), 0
        if book.by_questionnaire:
            ids.sort(key=lambda id_: scope.questionnaire[id_])  # stable: inside, the list's order stays
        for done, chunk in _chunks(ids):
            if stop.is_set():
                raise Anew
            with reading(self._engine) as connection:
                entries = reader.entries(connection, chunk)
            for entry in entries:
                book.add(entry)
            written += len(entries)
            self._go_on(wanted, done, len(ids))
        return written

    def _go_on(self, wanted: Export, done: int, total: int) -> None:
        with writing(self._engine) as connection:
            until = self._clock() + LEASE
            if not exports.go_on(connection, wanted.id, self._owner, until, done=done, total=total):
                raise NotOurs

    def _keep(self, wanted: Export, content: bytes, scope: Scope, number: int) -> None:
        """Seal the file, unless somebody was erased since its submissions were looked up: then it begins anew."""
        sealed = self._keyring.seal_bytes(content)
        # An erasure that is not committed by now puts the row back itself (`exports.drop_all`).
        with reading(self._engine) as connection:
            erased = export_source.erased(connection)
        if erased != scope.erased:
            raise Anew
        ready = {"state": "ready", "sealed_bytes": sealed, "made_at": self._clock(), "done": number, "total": number}
        if not leasing.finish(self._engine, export, wanted.id, self._owner, **ready):
            raise NotOurs
        self._note("export.made", wanted.public_id, f"{wanted.form}, {number} submissions")
        metrics.exports.labels("ready").inc()

    def tidy(self) -> None:
        """Leave no row in a file, also not of an earlier life that was killed."""
        shutil.rmtree(self._folder, ignore_errors=True)


def forget_abandoned(folder: Path, before: datetime) -> int:
    """Delete what workers that never came back left in `folder` before a time; says how many had left something.

    A worker tidies up after its own name alone, and a host that is called otherwise now, or a worker fewer, leaves a
    name to nobody.
    """
    gone = 0
    for left in folder.glob("*"):
        with suppress(OSError):  # its own worker, or another's housekeeping, was first
            if max(path.stat().st_mtime for path in (left, *left.rglob("*"))) < before.timestamp():
                shutil.rmtree(left)
                gone += 1
    return gone


def _chunks(ids: list[int]) -> Iterator[tuple[int, list[int]]]:
    """Each chunk with how many are done after it."""
    for start in range(0, len(ids), CHUNK):
        chunk = ids[start : start + CHUNK]
        yield start + len(chunk), chunk
