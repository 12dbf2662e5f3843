"""Who submits what and when: the same seed gives the same plan, and a longer plan begins like a shorter one."""

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count, islice
from random import Random

from assessment.demonstration.people import Somebody, staff_of

PERIOD = timedelta(days=548)
"""Eighteen months."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One submission to be made: its number in the plan, of which questionnaire (by place), and by whom."""

    seed: int
    number: int
    questionnaire: int
    person: Somebody
    maturity: float
    at: datetime
    shy: bool

    def id(self, kind: str, size: int = 12) -> str:
        """An id of `size` bytes as an address holds it; the same for the same plan."""
        digest = hashlib.sha256(f"{self.seed}:{self.number}:{kind}".encode()).digest()
        return base64.urlsafe_b64encode(digest[:size]).decode().rstrip("=")

    def rng(self, purpose: str) -> Random:
        """Chance of its own for one purpose."""
        return Random(f"{self.seed}:{self.number}:{purpose}")


def plan(seed: int, questionnaires: int, end: datetime) -> Iterator[Visit]:
    """Visits without end, company by company, in the eighteen months before `end`."""
    numbers = count()
    for company in count():
        rng = Random(f"{seed}:company:{company}")
        people, maturity = staff_of(company, rng), min(0.95, max(0.05, rng.gauss(0.47, 0.2)))
        shy = rng.random() < 0.03  # asked not to be contacted
        for _ in range(rng.choices(range(1, 9), (22, 20, 18, 14, 10, 7, 5, 4))[0]):
            at = moment(rng, end)
            yield Visit(
                seed,
                next(numbers),
                rng.choices(range(questionnaires), [1 / (place + 1.2) for place in range(questionnaires)])[0],
                rng.choice(people),
                maturity + 0.06 * ((at - end) / PERIOD + 0.5),  # a little more mature every year
                at,
                shy,
            )


def first(seed: int, questionnaires: int, end: datetime, number: int) -> list[Visit]:
    """The first `number` visits of a plan."""
    return list(islice(plan(seed, questionnaires, end), number))


def moment(rng: Random, end: datetime) -> datetime:
    """A time in the period before `end`: the nearer the likelier, mostly on weekdays and by day."""
    days = PERIOD.days * (1 - rng.random() ** 0.6)
    at = (end - timedelta(days=days)).replace(hour=0, minute=0, second=0, microsecond=0)
    if at.weekday() >= 5 and rng.random() < 0.85:
        at -= timedelta(days=2)
    at += timedelta(seconds=min(86_000, max(600, round(rng.gauss(13, 3) * 3600))))
    return at if at < end else at - timedelta(days=1)
