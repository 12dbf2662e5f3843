"""Sending mails from a queue table: one lease at a time, marked sent at once, tried again or given up by the answer."""

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any

from sqlalchemy import ColumnElement, Engine, Row, Table

from assessment import metrics
from assessment.delivery.mailer import DeliveryError, Mailer
from assessment.store import audit, leasing, people
from assessment.store.database import UNAVAILABLE, writing

LEASE = leasing.LONGEST_LEASE
"""Outlasts a whole dialogue in which every one of about ten answers comes just before smtplib's time-out of 30 s."""

_MARKING_PAUSES = (0.2, 0.5, 1, 2, 4, 8, 15, 30)  # seconds

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Letter:
    """A message ready to go, and the blind index of its address."""

    message: EmailMessage
    email_index: str


@dataclass(frozen=True, slots=True)
class Instead:
    """A row that is not sent: the state it ends in and why, or `queued` and it waits for `delay`."""

    state: str
    reason: str | None = None
    delay: timedelta = timedelta()


Write = Callable[[Row[*tuple[Any, ...]]], Letter | Instead]
"""Builds the mail of a leased row."""


@dataclass(frozen=True)
class Queue:
    """A table of mails to send, how one is written, and which rows may go yet."""

    table: Table
    write: Write
    ready: ColumnElement[bool] | None = None


class Sender:
    """Sends one due mail at a time."""

    def __init__(
        self,
        engine: Engine,
        mailer: Mailer,
        clock: Callable[[], datetime],
        owner: str,
        jitter: Callable[[], float],
    ) -> None:
        self._engine, self._mailer, self._clock = engine, mailer, clock
        self._owner, self._jitter = owner, jitter
        self._unmarked: list[tuple[Table, Row[*tuple[Any, ...]]]] = []

    def step(self, queue: Queue) -> bool:
        """Send the mail that has been due longest; False when none is due."""
        self.mark_left()
        row = leasing.claim(self._engine, queue.table, self._clock(), self._owner, LEASE, queue.ready)
        if row is None:
            return False
        letter = queue.write(row)
        if isinstance(letter, Instead):
            self._set_aside(queue.table, row, letter)
        else:
            self._send(queue.table, row, letter)
        return True

    def _set_aside(self, table: Table, row: Row[*tuple[Any, ...]], instead: Instead) -> None:
        if instead.state == "queued" and row.tries < leasing.MOST_TRIES:
            self._later(table, row, instead.reason or "", instead.delay)
        else:
            state = "failed" if instead.state == "queued" else instead.state
            self._finish(table, row, state=state, error=instead.reason)

    def _send(self, table: Table, row: Row[*tuple[Any, ...]], letter: Letter) -> None:
        try:
            self._mailer.send(letter.message)
        except DeliveryError as error:
            self._failed(table, row, letter, error)
        else:
            self._mark_sent(table, row)

    def _mark_sent(self, table: Table, row: Row[*tuple[Any, ...]]) -> None:
        """Commit "sent" at once; the mail is out, so a busy or full database is asked again before the lease ends."""
        for pause in self._pauses():
            try:
                self._finish(table, row, state="sent", sent_at=self._clock())
                return
            except UNAVAILABLE:
                log.error("%s %s was sent but cannot be marked; trying again", table.name, row.id)
                time.sleep(pause)
        log.error("%s %s was sent but not marked: it may go out twice", table.name, row.id)
        self._unmarked.append((table, row))

    def mark_left(self) -> None:
        """Mark what was sent while the database was away; call it before any row is put back."""
        while self._unmarked:
            table, row = self._unmarked[-1]
            self._finish(table, row, state="sent", sent_at=self._clock())
            self._unmarked.pop()

    @staticmethod
    def _pauses() -> Iterator[float]:
        yield from _MARKING_PAUSES

    def _failed(self, table: Table, row: Row[*tuple[Any, ...]], letter: Letter, error: DeliveryError) -> None:
        unsure: dict[str, Any] = {}
        if error.unsure and "attempts_unsure" in table.c:
            unsure = {"attempts_unsure": row.attempts_unsure + 1}
        if error.permanent and error.address:
            with writing(self._engine) as connection:
                people.suppress(connection, letter.email_index, error.reason, self._clock())
                audit.note(connection, self._clock(), "worker", "address.suppressed", f"{table.name} {row.id}")
        if error.permanent or row.tries >= leasing.MOST_TRIES:
            log.error("%s %s given up: %s", table.name, row.id, error.logged)
            self._finish(table, row, state="failed", error=error.reason, **unsure)
        else:
            log.warning("%s %s: %s", table.name, row.id, error.logged)
            self._later(table, row, error.reason, leasing.backoff(row.tries, self._jitter()), **unsure)

    def _later(self, table: Table, row: Row[*tuple[Any, ...]], reason: str, delay: timedelta, **values: Any) -> None:
        log.warning("%s %s is tried again in %d s", table.name, row.id, delay.total_seconds())
        metrics.mails.labels(table.name, "retried").inc()
        leasing.fail(self._engine, table, row.id, self._owner, self._clock(), reason, delay, **values)

    def _finish(self, table: Table, row: Row[*tuple[Any, ...]], **values: Any) -> None:
        if "sealed_email" in table.c:
            # A notice's address is promised not to be kept once nothing more is to be sent there.
            values |= {"sealed_email": None, "sealed_payload": None}
        if not leasing.finish(self._engine, table, row.id, self._owner, **values):
            log.info("%s %s was changed or erased meanwhile", table.name, row.id)
        else:
            metrics.mails.labels(table.name, values["state"]).inc()
