"""Companies that answer without a browser, for tests about what is told of many of them."""

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select

from assessment import clock
from assessment.actions import owning, responding, submitting
from assessment.actions.installation import Installation
from assessment.actions.submitting import Submission
from assessment.core.answers import parse_answers
from assessment.core.definition import Questionnaire
from assessment.core.scorecard import Scorecard
from assessment.store import scorecards
from assessment.store.database import reading
from assessment.store.peer_tables import peer_cell, peer_pool, peer_voice
from tests.conftest import sample_of

_number = itertools.count(1)


@dataclass(frozen=True, kw_only=True)
class Company:
    """Who answers, and how it came about: somebody of the firm invited them, unless something else is said."""

    name: str = ""
    email: str = ""
    consents: tuple[str, ...] = ("comparison",)
    source: Mapping[str, str] = field(default_factory=lambda: {"from": "invitation"})
    changed: Mapping[str, object] = field(default_factory=dict)


def answer(house: Installation, asked: Questionnaire, who: Company, *, now: datetime | None = None, **more: int) -> str:
    """Answer and submit as the sample did, but for what `who` changed; gives the scorecard's public id."""
    entry, at = house.catalogue.get(asked.id), now or clock.now()
    assert entry is not None
    draft, card = clock.public_id(), clock.public_id()
    answers = parse_answers(asked, {**sample_of(asked).answers, **who.changed})
    chosen = {name: value for name, value in answers.items() if asked.questions[name].type != "short_text"}
    responding.start(
        house, entry.questionnaire, entry.version, answers=chosen, texts={}, source=who.source, now=at,
        public_id=draft, key=clock.submission_key(), previous_id=more.get("previous_id"),
    )  # fmt: skip
    contact = {"company": who.name, "email": who.email}
    message = f"<peer{next(_number)}@meridian.example>"
    sent = Submission(
        contact={key: text for key, text in contact.items() if text},
        consents=frozenset(who.consents),
        now=at,
        public_id=card,
        message_id=message,
    )
    return submitting.submit(house, draft, sent).public_id


def answer_all(house: Installation, asked: Questionnaire, names: Iterable[object], **changed: object) -> list[str]:
    """One submission for each company."""
    return [answer(house, asked, Company(name=f"Alder {name}", changed=changed)) for name in names]


def card_of(house: Installation, public_id: str) -> Scorecard:
    """What somebody was told."""
    with reading(house.engine) as connection:
        kept = scorecards.find(connection, public_id)
    assert kept is not None
    return kept.card


def confirm(house: Installation, card: str) -> None:
    """They follow the mailed link and say that the address is theirs."""
    owning.confirm(house, card, clock.now())


def spoken(house: Installation, *, invented: bool = False) -> list[int]:
    """The responses that speak now."""
    query = select(peer_voice.c.response_id).join(peer_pool, peer_pool.c.id == peer_voice.c.pool_id)
    with reading(house.engine) as connection:
        found = connection.execute(query.where(peer_pool.c.invented == invented).order_by(peer_voice.c.number))
        return list(found.scalars())


def told(house: Installation, measure: str = "overall", segment: str = "") -> tuple[int, bool] | None:
    """How many voices a cell was last told of, exactly, and whether it is shown."""
    query = select(peer_cell.c.told_of, peer_cell.c.shown)
    which = (peer_cell.c.measure == measure) & (peer_cell.c.segment == segment)
    with reading(house.engine) as connection:
        row = connection.execute(query.where(which)).first()
    if row is None:
        return None
    newest = row.told_of.split('"')[1]
    return int(newest, 16).bit_count(), row.shown
