"""The product in one process, for faults of mail and time: its web, and a worker with a clock that can be moved."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import Row, select, update

from assessment import clock
from assessment.actions.installation import Installation
from assessment.app import create_app
from assessment.delivery.mailer import Mailer, SmtpMailer
from assessment.delivery.renderer import Renderer
from assessment.delivery.worker import Worker
from assessment.installing import install, prepare
from assessment.settings import read_settings
from assessment.store.database import reading, writing
from assessment.store.tables import delivery, document, person
from assessment.working import build_worker
from tests.conftest import sample_of
from tests.databases import drop_made, fresh_database
from tests.faults.backends import Backend
from tests.faults.site import DEFINITIONS
from tests.walking import Walker


@dataclass
class Clock:
    """The time, moved by so much."""

    moved: timedelta = timedelta()

    def __call__(self) -> datetime:
        return clock.now() + self.moved

    def later(self, **by: float) -> None:
        self.moved += timedelta(**by)


@dataclass
class Indoors:
    """An installation with its web, its renderer process and a clock for its worker."""

    house: Installation
    app: Flask
    renderer: Renderer
    clock: Clock = field(default_factory=Clock)

    def worker(self, port: int, *, timeout: float = 5, owner: str = "faults/1") -> Worker:
        """A worker that mails through a server on this local port."""
        mailer: Mailer = SmtpMailer(host="127.0.0.1", port=port, security="none", timeout=timeout)
        return build_worker(self.house, self.renderer, owner, now=self.clock, mailer=mailer)

    def submit(self, emails: Sequence[str]) -> list[str]:
        """Everybody answers and gives an address; their scorecards' addresses."""
        entry = self.house.catalogue.get("tiny")
        assert entry is not None
        asked = entry.questionnaire
        answers = sample_of(asked).answers
        return [Walker(self.app.test_client()).scorecard(asked, answers, {"email": email}) for email in emails]

    def deliveries(self) -> list[Row[Any]]:
        """All of them, oldest first."""
        with reading(self.house.engine) as connection:
            return list(connection.execute(select(delivery).order_by(delivery.c.id)))

    def documents(self) -> list[Row[Any]]:
        """All of them, oldest first."""
        with reading(self.house.engine) as connection:
            return list(connection.execute(select(document).order_by(document.c.id)))

    def confirm_all(self) -> None:
        """Everybody confirmed their address: the limit of one mail a day is not what is tried here."""
        with writing(self.house.engine) as connection:
            connection.execute(update(person).values(confirmed_at=clock.now()))

    def states(self) -> list[str]:
        """Where the deliveries stand, oldest first."""
        return [row.state for row in self.deliveries()]


@contextmanager
def indoors(renderer: Renderer | None = None, backend: Backend | None = None) -> Iterator[Indoors]:
    """A fresh installation, gone afterwards; with a renderer process of its own unless one is lent.

    Its database is of this kind; of that which the tests run on where none is given.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="indoors")))
        home = folder / "home"
        url = stack.enter_context(backend.database(home)) if backend else fresh_database(home)
        environment = {
            "ASSESSMENT_HOME": str(home),
            "ASSESSMENT_PUBLIC_URL": "http://localhost",
            "ASSESSMENT_QUESTIONNAIRES": str(DEFINITIONS),
            "ASSESSMENT_LIMIT_PER_ADDRESS": "1000000",
            "ASSESSMENT_LIMIT_IN_ALL": "100000000",
            "DATABASE_URL": url,
        }
        stack.callback(drop_made)
        settings = read_settings(environment, folder)
        prepare(settings)
        house = install(settings)
        stack.callback(house.engine.dispose)
        yield Indoors(house, create_app(house), renderer or stack.enter_context(Renderer()))


def drain(worker: Worker) -> int:
    """Step until there is nothing to do; gives the number of steps."""
    steps = 0
    while worker.step():
        steps += 1
    return steps
