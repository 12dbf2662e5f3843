"""The worker: documents, exports and mails each in a thread, and once an hour what is not kept for ever."""

import logging
import random
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial
from typing import Protocol, TypeVar

from sqlalchemy import Engine, Table

from assessment import metrics, rendering
from assessment.core.months import months_before
from assessment.delivery.exporting import Exporter
from assessment.delivery.letters import Letterhead, MailWords, NoticeWords, Writer
from assessment.delivery.mailer import Mailer
from assessment.delivery.making import DocumentMaker, Press, ReportWords, UnitOf
from assessment.delivery.sending import Queue, Sender
from assessment.store import attempts, audit, deliveries, documents, exports, leasing, notices, retention, sign_ins
from assessment.store.database import writing
from assessment.store.keys import Keyring
from assessment.store.review_tables import export
from assessment.store.tables import delivery, document, notice

_IDLE_SECONDS = 0.3
_TROUBLE_SECONDS = 2.0
_HOUSEKEEPING_EVERY = timedelta(hours=1)
_AHEAD = timedelta(hours=1)
"""How far ahead the clock may be: what must not be lost is kept for so much longer, and never goes before its time."""
_FORGOTTEN_AT_A_TIME = 100
"""Documents, and responses' contact details, that go in one transaction: everybody who writes waits for it."""
_A_DAY = timedelta(days=1)  # what the limits on one address look back

_Done = TypeVar("_Done")

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Retention:
    """How long things are kept; contacts for ever only where a firm says so with None."""

    documents: timedelta = timedelta(days=30)
    drafts: timedelta = timedelta(days=30)
    contact_months: int | None = 24
    zone: tzinfo = UTC  # of the days on which drafts are counted


class Words(ReportWords, MailWords, Protocol):
    """Everything a scorecard is put into words with."""


class Worker:
    """Takes due documents, exports and mails until told to stop; several may run beside one another."""

    def __init__(
        self,
        engine: Engine,
        keyring: Keyring,
        mailer: Mailer,
        renderer: Press,
        clock: Callable[[], datetime],
        *,
        owner: str,
        letterhead: Letterhead,
        notice_words: NoticeWords,
        unit_of: UnitOf = lambda _source: None,
        words: Words = rendering,
        retention: Retention | None = None,
        jitter: Callable[[], float] = random.random,
        chores: Sequence[Callable[[datetime], object]] = (),
        exporter: Exporter | None = None,
    ) -> None:
        self._engine, self._clock, self._owner = engine, clock, owner
        self._retention = retention or Retention()
        self._maker = DocumentMaker(engine, keyring, renderer, words, clock, owner, unit_of)
        self._sender = Sender(engine, mailer, clock, owner, jitter)
        writer = Writer(engine, keyring, letterhead, words, notice_words, clock)
        self._scorecards = Queue(delivery, writer.scorecard, deliveries.document_settled())
        self._notices = Queue(notice, writer.notice)
        self._chores, self._exporter = chores, exporter
        self._kept_house_at: datetime | None = None

    def release_own(self) -> int:
        """Put back what an earlier life of this worker left leased; call it before any step."""
        if self._exporter is not None:
            self._exporter.tidy()
        now, tables = self._clock(), (document, export, delivery, notice)
        return sum(leasing.release_own(self._engine, table, self._owner, now) for table in tables)

    def step(self) -> bool:
        """One document, one export, then one mail of each kind; False when there was nothing to do."""
        made = self._maker.step()
        exported = self.export_step()
        return self.send_step() or made or exported

    def export_step(self, stop: threading.Event | None = None) -> bool:
        """One export, which is put back once `stop` is set; False when there was none to make."""
        return self._exporter is not None and self._exporter.step(stop)

    def send_step(self) -> bool:
        """One mail of each kind, and the housekeeping when it is time."""
        more = self.keep_house()
        sent = self._sender.step(self._scorecards)
        return self._sender.step(self._notices) or sent or more

    def keep_house(self) -> bool:
        """Once an hour, forget what is not kept for ever, and do the installation's own chores.

        True when there is more to forget at once; in between others write, and mails are sent.
        """
        now, before = self._clock(), self._kept_house_at
        if before is not None and before <= now < before + _HOUSEKEEPING_EVERY:
            return False
        self._kept_house_at = now
        kept = self._retention
        with writing(self._engine) as connection:
            dropped = documents.drop_made_before(connection, now - kept.documents, _FORGOTTEN_AT_A_TIME)
            deliveries.forget_before(connection, now - _A_DAY)
            notices.forget_before(connection, now - _A_DAY)
            attempts.forget_before(connection, now - attempts.KEPT)
            sign_ins.forget_before(connection, now - sign_ins.ABSOLUTE)
            exports.drop_made_before(connection, now - exports.KEPT)
            exports.forget_before(connection, now - exports.LISTED)
            gone = retention.delete_drafts_before(connection, now - kept.drafts - _AHEAD, kept.zone)
            if gone:
                audit.note(connection, now, "retention", "drafts.deleted", "response", str(gone))
            too_old = months_before(now - _AHEAD, kept.contact_months) if kept.contact_months else None
            erased = retention.erase_contacts_before(connection, too_old, _FORGOTTEN_AT_A_TIME) if too_old else 0
            if erased:
                audit.note(connection, now, "retention", "contacts.erased", "person", str(erased))
        for chore in self._chores:  # one that breaks keeps none of the others from being done
            _tried(partial(chore, now))
        metrics.kept_house_at.set(now.timestamp())
        more = _FORGOTTEN_AT_A_TIME in (dropped, erased)
        if more:
            self._kept_house_at = None
        return more

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set; what was begun is finished first."""
        while not stop.is_set() and _tried(self.release_own) is None:
            stop.wait(_TROUBLE_SECONDS)
        # Neither a mail server that lets us wait nor a large export may hold up a prospect who waits for the download.
        beside = (
            threading.Thread(target=self._repeat, args=(self._maker.step, (document,), stop), name="documents"),
            threading.Thread(
                target=self._repeat, args=(lambda: self.export_step(stop), (export,), stop), name="exports"
            ),
        )
        for thread in beside:
            thread.start()
        self._repeat(self.send_step, (delivery, notice), stop)
        for thread in beside:
            thread.join()

    def _repeat(self, step: Callable[[], bool], tables: tuple[Table, ...], stop: threading.Event) -> None:
        """Step until `stop` is set; `tables` are those that only this thread leases from."""
        while not stop.is_set():
            done = _tried(step)
            if done is False:
                stop.wait(_IDLE_SECONDS)
            while done is None and not stop.wait(_TROUBLE_SECONDS):
                if _tried(lambda: self._put_back(tables)) is not None:
                    break

    def _put_back(self, tables: tuple[Table, ...]) -> int:
        """Give back what a step that broke left leased: nobody waits for a lease of minutes to run out."""
        if delivery in tables:
            self._sender.mark_left()
        later = self._clock() + leasing.FIRST_DELAY
        return sum(leasing.release_own(self._engine, table, self._owner, later) for table in tables)


def _tried(action: Callable[[], _Done]) -> _Done | None:
    """What an action gives, or None when it broke: a database that is away or full must not end the worker."""
    try:
        return action()
    except Exception as error:
        log.error("a step broke; trying again", exc_info=error)  # the log tells its frames, not its message
        return None
