"""A firm's database with Priya's submitted response, and a worker whose parts a test may swap."""

import json
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Row, Table, insert, select, update

from assessment.core.scorecard import Scorecard
from assessment.delivery.letters import Letterhead
from assessment.delivery.mailer import DeliveryError, Mailer, OutboxMailer
from assessment.delivery.making import Press
from assessment.delivery.pdf import Made
from assessment.delivery.slot import worker_slot
from assessment.delivery.worker import Retention, Worker
from assessment.store import deliveries, documents, notices, people, scorecards, secrets_file
from assessment.store.database import open_database, reading, writing
from assessment.store.keys import Keyring, read_keyring
from assessment.store.notices import Notice
from assessment.store.tables import definition, delivery, document, person, response
from tests.databases import fresh_database
from tests.samples import RENEWAL

NOW = datetime(2026, 11, 14, 9, 0, tzinfo=UTC)
PRIYA = {
    "name": "Željko Łódź",
    "email": "priya@northfield.example",
    "role": "Head of Support",
    "company": "visit evil.com",
}


@dataclass
class Clock:
    """A clock that a test moves."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def later(self, **delta: float) -> None:
        self.now += timedelta(**delta)


@dataclass
class Post:
    """A mailer that keeps what it is given, after raising what it was told to raise."""

    sent: list[EmailMessage] = field(default_factory=list)
    errors: list[DeliveryError] = field(default_factory=list)

    def send(self, message: EmailMessage) -> None:
        if self.errors:
            error = self.errors.pop(0)
            if error.unsure:
                self.sent.append(message)
            raise error
        self.sent.append(message)


@dataclass
class QuickPress:
    """A press that raises what it was told to, else gives bytes that show what it was asked to print."""

    errors: list[Exception] = field(default_factory=list)
    printed: list[str] = field(default_factory=list)

    def make(self, html: str, css: str, made_at: datetime) -> Made:
        self.printed.append(html)
        if self.errors:
            raise self.errors.pop(0)
        return Made(b"%PDF-" + made_at.isoformat().encode(), 6)


def resume_words(notice: Notice) -> tuple[str, str, str | None] | None:
    """The words of a notice, as the application would write them."""
    return (
        "Your answers so far",
        f"Go on at https://meridian.example/{notice.about.public_id if notice.about else ''}",
        None,
    )


class Desk:
    """Everything the worker works on."""

    def __init__(self, folder: Path, url: str = "") -> None:
        """The desk of a database that is there (`url`), or a fresh one."""
        fresh = not url
        self.url = url or fresh_database(folder)
        self.engine: Engine = open_database(self.url)
        self.secrets = folder / "secrets.json"
        if fresh:
            self.secrets.write_text(secrets_file.make().dump())
        self.keyring: Keyring = read_keyring(self.secrets)
        self.clock = Clock()
        self.post = Post()
        self.press = QuickPress()
        if fresh:
            self._begin()

    def _begin(self) -> None:
        with writing(self.engine) as connection:
            values = {"version": "v1", "questionnaire": "tiny", "format": 1, "body": b"{}", "stored_at": NOW}
            connection.execute(insert(definition).values(**values))

    def worker(self, mailer: Mailer | None = None, press: Press | None = None, **more: Any) -> Worker:
        letterhead = Letterhead(
            sender="scorecards@meridian.example",
            sender_name="Meridian Advisory",
            owner_link=lambda kept, _index: f"https://meridian.example/open/mailed/{kept.public_id}.{kept.epoch}",
            not_me_link=lambda kept, _index: f"https://meridian.example/open/not-me/{kept.public_id}",
            reply_to="carl@meridian.example",
        )
        usual: dict[str, Any] = {"owner": "desk/1", "retention": Retention(), "jitter": lambda: 0.0}
        return Worker(
            self.engine, self.keyring, mailer or self.post, press or self.press, self.clock,
            letterhead=letterhead, notice_words=resume_words, **{**usual, **more},
        )  # fmt: skip

    def submit(
        self, number: int = 1, card: Scorecard = RENEWAL, contact: dict[str, str] = PRIYA, texts: Any = None
    ) -> None:
        """What a submission commits: response, scorecard, person, document and delivery `number`."""
        with writing(self.engine) as connection:
            sealed = self.keyring.seal(json.dumps(texts or {"wish": "fewer renewals by phone"}))
            connection.execute(
                insert(response).values(
                    id=number, public_id=f"r{number}", questionnaire="tiny", version="v1", state="submitted",
                    answers="{}", sealed_texts=sealed, revision=1, page=1, submission_key=f"k{number}", epoch=1,
                    started_at=self.clock(), updated_at=self.clock(), submitted_at=self.clock(),
                )
            )  # fmt: skip
            scorecard = scorecards.add_once(
                connection, public_id=f"s{number}", response_id=number, key=f"k{number}",
                snapshot=scorecards.dump(card), now=self.clock(),
            )  # fmt: skip
            assert scorecard is not None
            who = people.add(connection, self.keyring, number, contact, self.clock())
            made = documents.add(connection, scorecard, self.clock())
            deliveries.add(
                connection, document_id=made, person_id=who, email_index=self.keyring.index(contact["email"]),
                questionnaire="tiny", message_id=f"<m{number}@meridian.example>", now=self.clock(),
            )  # fmt: skip

    def ask_to_resume(self) -> None:
        """Priya leaves a draft and asks for its link."""
        with writing(self.engine) as connection:
            connection.execute(
                insert(response).values(
                    id=50, public_id="r50", questionnaire="tiny", version="v1", state="draft", answers="{}",
                    revision=1, page=1, submission_key="k50", epoch=1, started_at=NOW, updated_at=NOW,
                )
            )  # fmt: skip
            notices.add(
                connection, self.keyring, response_id=50, kind="resume", email=PRIYA["email"],
                message_id="<n50@meridian.example>", now=self.clock(),
            )  # fmt: skip

    def row(self, table: Table, number: int = 1) -> Row[Any]:
        with reading(self.engine) as connection:
            return connection.execute(select(table).where(table.c.id == number)).one()

    def states(self) -> tuple[str, str]:
        """Where the document and the delivery stand."""
        return self.row(document).state, self.row(delivery).state

    def confirm(self) -> None:
        """Priya confirms her address; the document is made anew."""
        with writing(self.engine) as connection:
            connection.execute(update(person).values(confirmed_at=self.clock()))
            documents.queue_again(connection, 1, self.clock())

    def drain(self, worker: Worker) -> None:
        """Step until there is nothing to do."""
        while worker.step():
            pass


class _SteadyPress(QuickPress):
    """A press that takes its time, so that kills fall in the middle."""

    def make(self, html: str, css: str, made_at: datetime) -> Made:
        time.sleep(0.05)
        return super().make(html, css, made_at)


def run_worker(folder: str, url: str, outbox: str) -> None:
    """A worker as it runs for real, in a process that a test kills."""
    desk = Desk(Path(folder), url)
    with worker_slot(Path(folder)) as owner:
        desk.worker(OutboxMailer(Path(outbox)), _SteadyPress(), owner=owner).run(threading.Event())
