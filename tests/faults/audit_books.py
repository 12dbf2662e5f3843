"""The books after a round: what people were told, what the database holds, what the mail server got, one by one."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, func, select

from assessment.store import scorecards, submissions
from assessment.store.database import open_database, reading
from assessment.store.deliveries import OPEN
from assessment.store.keys import read_keyring
from assessment.store.tables import delivery, document, response, scorecard
from tests.faults.insisting import Told


@dataclass(frozen=True)
class Books:
    """How the sides agree; everything but `copies` and `unsure` should be nothing."""

    lost: int
    """Acknowledged, and not stored."""
    broken: int
    """Stored, and not whole: the response not submitted, the snapshot not what the answers say, no row in the list."""
    phantom: int
    """Stored beside what was acknowledged: a submission nobody asked for, or one twice."""
    without_delivery: int
    """Acknowledged without exactly one delivery."""
    missing: int
    """People without mail."""
    unasked_copies: int
    """Mails beyond the first and the unsure attempts of their own delivery."""
    copies: int
    """Mails beyond the first."""
    unsure: int
    """Attempts after which nobody can know whether the mail went out."""

    @property
    def sound(self) -> bool:
        return not (
            self.lost or self.broken or self.phantom or self.without_delivery or self.missing or self.unasked_copies
        )

    def __str__(self) -> str:
        return (
            f"lost {self.lost}, broken {self.broken}, phantom {self.phantom}, "
            f"without delivery {self.without_delivery}, without mail {self.missing}, copies {self.copies} "
            f"(beyond unsure attempts {self.unasked_copies}), unsure attempts {self.unsure}"
        )


def books(url: str, home: Path, told: Told, received: Mapping[str, int]) -> Books:
    """Read the whole database, once everything has ended."""
    engine = open_database(url)
    try:
        with reading(engine) as connection:
            return _books(connection, home, told, received)
    finally:
        engine.dispose()


def _books(connection: Connection, home: Path, told: Told, received: Mapping[str, int]) -> Books:
    keyring = read_keyring(home / "secrets.json")
    kept = {
        row.public_id: row.response_id
        for row in connection.execute(select(scorecard.c.public_id, scorecard.c.response_id))
    }
    states = {row.id: row.state for row in connection.execute(select(response.c.id, response.c.state))}
    mails = _mails(connection)
    unsure = {email: mails.get((card, keyring.index(email)), []) for email, card in told.cards.items()}
    copies = {email: count - 1 for email, count in received.items() if count > 1}
    return Books(
        lost=sum(card not in kept for card in told.cards.values()),
        broken=sum(
            states[kept[card]] != "submitted" or not _whole(connection, card)
            for card in told.cards.values()
            if card in kept
        ),
        phantom=len(kept.keys() - told.cards.values()) + len(set(told.more) - kept.keys()) + _untold(states, kept),
        without_delivery=sum(len(rows) != 1 for rows in unsure.values()),
        missing=sum(not received.get(email) for email in told.cards),
        unasked_copies=sum(max(0, count - sum(unsure.get(email, []))) for email, count in copies.items()),
        copies=sum(copies.values()),
        unsure=sum(sum(rows) for rows in unsure.values()),
    )


def _untold(states: Mapping[int, str], kept: Mapping[str, int]) -> int:
    """Responses that are submitted without a scorecard."""
    return len({id_ for id_, state in states.items() if state == "submitted"} - set(kept.values()))


def _mails(connection: Connection) -> dict[tuple[str, str], list[int]]:
    """The unsure attempts of each delivery, by scorecard and address."""
    query = (
        select(scorecard.c.public_id, delivery.c.email_index, delivery.c.attempts_unsure)
        .join(document, document.c.id == delivery.c.document_id)
        .join(scorecard, scorecard.c.id == document.c.scorecard_id)
    )
    found: dict[tuple[str, str], list[int]] = {}
    for card, index, unsure in connection.execute(query):
        found.setdefault((card, index), []).append(unsure)
    return found


def _whole(connection: Connection, public_id: str) -> bool:
    """Whether the snapshot says what the tiny questionnaire says to these answers, and the list shows the same."""
    kept = scorecards.find(connection, public_id)
    listed = submissions.find(connection, public_id)
    if kept is None or listed is None:
        return False
    card = kept.card
    scores = [area.points.score for area in card.areas if area.points]
    overall = card.overall.score if card.overall else None
    return (scores, overall, card.stage_id, listed.overall) == ([50, 50], 50, "high", 50)


def queue_is_empty(url: str) -> bool:
    """Whether no document and no mail is still to come."""
    engine = open_database(url)
    try:
        with reading(engine) as connection:
            return not any(_waiting(connection).values())
    finally:
        engine.dispose()


def _waiting(connection: Connection) -> Counter[str]:
    counts = Counter[str]()
    for table in (document, delivery):
        counts[table.name] = connection.execute(
            select(func.count()).select_from(table).where(table.c.state.in_(OPEN))
        ).scalar_one()
    return counts
