"""Rows to lease: a submitted response of Priya's with its scorecard, documents and deliveries, written plainly."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, insert, select

from assessment.store.database import open_database, reading, writing
from assessment.store.tables import definition, delivery, document, person, response, scorecard
from tests.databases import fresh_database

NOW = datetime(2026, 11, 14, 9, 0, tzinfo=UTC)
LEASE = timedelta(minutes=5)


def make_store(folder: Path) -> Engine:
    """A migrated database with one scorecard of Priya's (response, person and scorecard 1)."""
    engine = open_database(fresh_database(folder))
    with writing(engine) as connection:
        connection.execute(
            insert(definition).values(version="v1", questionnaire="tiny", format=1, body=b"{}", stored_at=NOW)
        )
        connection.execute(
            insert(response).values(
                id=1, public_id="r1", questionnaire="tiny", version="v1", state="submitted", answers="{}", revision=1,
                page=1, submission_key="k1", epoch=1, started_at=NOW, updated_at=NOW, submitted_at=NOW,
            )
        )  # fmt: skip
        connection.execute(insert(person).values(id=1, response_id=1, created_at=NOW))
        connection.execute(
            insert(scorecard).values(
                id=1, public_id="s1", response_id=1, submission_key="k1", snapshot="{}", epoch=1, created_at=NOW
            )
        )
    return engine


def add_document(engine: Engine, state: str = "queued", at: datetime = NOW) -> int:
    """A document row of Priya's scorecard."""
    with writing(engine) as connection:
        values = {"scorecard_id": 1, "state": state, "next_at": at, "tries": 0, "created_at": at}
        return connection.execute(insert(document).values(**values).returning(document.c.id)).scalar_one()


def add_delivery(engine: Engine, document_id: int, at: datetime = NOW, number: int = 1) -> int:
    """A delivery row for a document."""
    values = {
        "document_id": document_id, "person_id": 1, "questionnaire": "tiny", "state": "queued", "next_at": at,
        "tries": 0, "message_id": f"<{document_id}-{number}@example.test>", "created_at": at,
    }  # fmt: skip
    with writing(engine) as connection:
        return connection.execute(insert(delivery).values(**values).returning(delivery.c.id)).scalar_one()


def states(engine: Engine) -> list[str]:
    """The documents' states in order."""
    with reading(engine) as connection:
        return list(connection.execute(select(document.c.state).order_by(document.c.id)).scalars())
