"""The dashboard's numbers over a few hundred submissions, counted a second time from the raw rows in plain Python."""

import json
import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from assessment.actions.installation import Installation
from assessment.core.statistics import Period, spread
from assessment.demonstration import running
from assessment.store import dashboard, retention, scorecards
from assessment.store.dashboard import Scope
from assessment.store.database import reading, writing
from assessment.store.review_tables import abandoned, submission
from assessment.store.tables import response, scorecard

BERLIN, NOW = ZoneInfo("Europe/Berlin"), datetime(2026, 11, 20, 12, tzinfo=UTC)
EDGES = [  # moments beside midnights in Berlin, summer and winter, and on the days the clocks change
    datetime(2026, 10, 24, 22, 0, tzinfo=UTC),
    datetime(2026, 10, 24, 21, 59, 59, tzinfo=UTC),
    datetime(2026, 10, 25, 23, 0, tzinfo=UTC),
    datetime(2026, 10, 25, 22, 59, 59, tzinfo=UTC),
    datetime(2026, 11, 15, 22, 59, 59, tzinfo=UTC),
    datetime(2026, 11, 15, 23, 0, tzinfo=UTC),
]
PERIODS = [
    Period(date(2026, 9, 1), date(2026, 11, 20), BERLIN),
    Period(date(2026, 10, 25), date(2026, 11, 15), BERLIN),
    Period(date(2025, 6, 3), date(2026, 11, 20), BERLIN),
    Period(date(2026, 10, 25), date(2026, 10, 25), BERLIN),
]


@pytest.fixture
def unruly(house: Installation) -> Installation:
    """A demonstration whose rows were then marked, erased, corrected, deleted and moved to the edges of days."""
    running.make(house, 300, 7, NOW, lambda _missing: lambda _done: None)
    rng = random.Random("unruly")
    with writing(house.engine) as connection:
        rows = connection.execute(select(submission).order_by(submission.c.id)).all()
        for row in rows:
            values: dict[str, Any] = {"origin": rng.choice(("web", "web", "invitation", "interview", "demo"))}
            values |= {"mark": rng.choice(("test", "spam", "competitor", None)), "erased": rng.random() < 0.1}
            if rng.random() < 0.2:
                values["submitted_at"] = rng.choice(EDGES)
            if rng.random() < 0.8:
                values["mark"] = None
            connection.execute(update(submission).where(submission.c.id == row.id).values(**values))
            moved = {"submitted_at": values["submitted_at"]} if "submitted_at" in values else {}
            if moved:
                connection.execute(update(response).where(response.c.id == row.response_id).values(**moved))
        for old, new in zip(rows[0:60:3], rows[1:60:3], strict=True):
            source = {"from": rng.choice(("correction", "correction", "again"))}
            begun = {"source": json.dumps(source), "previous_id": old.response_id}
            connection.execute(update(response).where(response.c.id == new.response_id).values(**begun))
        drafts = connection.execute(select(response.c.id).where(response.c.state == "draft")).scalars().all()
        for id_ in drafts:
            moved = {"updated_at": rng.choice(EDGES)} if rng.random() < 0.5 else {}
            source = {"from": rng.choice(("correction", "interview", "demo", "again"))}
            connection.execute(update(response).where(response.c.id == id_).values(source=json.dumps(source), **moved))
        retention.delete_drafts(connection, [id_ for id_ in drafts if rng.random() < 0.4], BERLIN)
    return house


def _day(moment: datetime) -> date:
    return moment.astimezone(BERLIN).date()


def test_every_number_is_the_one_counted_by_hand(unruly: Installation) -> None:
    questionnaires = ("renewal-practices", "customer-success-maturity", "pricing-tier-placement")
    with reading(unruly.engine) as connection:
        cards = {one.response_id: scorecards.load(one.snapshot) for one in connection.execute(select(scorecard))}
    for period, questionnaire, origins in product(PERIODS, questionnaires, ((), ("web", "demo"), ("interview",))):
        scope = Scope(questionnaire=questionnaire, period=period, origins=origins)
        with reading(unruly.engine) as connection:
            counts = dashboard.count(connection, scope)
        _compare(unruly, counts, scope, cards)


def _compare(house: Installation, counts: dashboard.Counts, scope: Scope, cards: dict[int, Any]) -> None:
    rows = _counted(house, scope, cards)
    period = scope.period
    assert Counter({(row.version, row.stage_id): row.number for row in counts.finished}) == Counter(
        (row.version, card.stage_id) for row, card in rows
    )
    assert sum(row.may_contact for row in counts.finished) == sum(
        row.may_contact and not row.do_not_contact for row, _card in rows
    )
    mondays = [_day(row.submitted_at) - timedelta(days=_day(row.submitted_at).weekday()) for row, _card in rows]
    weeks = Counter(max(monday, period.first) for monday in mondays)
    assert counts.weeks == [weeks[week] for week in period.weeks]
    assert sum(counts.weeks) == len(rows)
    assert counts.seconds == Counter(row.seconds for row, _card in rows)
    assert counts.overall == Counter(card.overall.score for _row, card in rows if card.overall)
    areas: dict[str, list[int]] = {}
    for _row, card in rows:
        for area in card.areas:
            if area.weight > 0 and area.points is not None:
                areas.setdefault(area.id, []).append(area.points.score)
    assert {name: Counter(found) for name, found in counts.areas.items()} == {
        name: Counter(found) for name, found in areas.items()
    }
    for name, found in areas.items():
        lies, ordered = spread(counts.areas[name]), sorted(found)
        assert lies is not None
        assert lies.mean == Fraction(sum(found), len(found))
        ranks = [-(-len(found) * part // 4) - 1 for part in (1, 2, 3)]  # the nearest rank, rounded up
        assert [lies.low, lies.middle, lies.high] == [ordered[max(0, rank)] for rank in ranks]
    assert counts.unfinished == _left(house, scope)


def _counted(house: Installation, scope: Scope, cards: dict[int, Any]) -> list[Any]:
    """The submissions that count, each with its scorecard: by their responses, without those corrected since."""
    with reading(house.engine) as connection:
        answered = connection.execute(select(response)).all()
        rows = connection.execute(select(submission)).all()
    replaced = {
        one.previous_id
        for one in answered
        if one.state != "draft" and json.loads(one.source or "{}").get("from") == "correction"
    }
    return [
        (row, cards[row.response_id])
        for row in rows
        if row.questionnaire == scope.questionnaire
        and row.mark is None
        and row.response_id not in replaced
        and scope.period.first <= _day(row.submitted_at) <= scope.period.last
        and (not scope.origins or row.origin in scope.origins)
    ]


def _left(house: Installation, scope: Scope) -> Counter[tuple[str, int]]:
    found: Counter[tuple[str, int]] = Counter()
    with reading(house.engine) as connection:
        drafts = connection.execute(select(response).where(response.c.state == "draft")).all()
        gone = connection.execute(select(abandoned)).all()
    for row in drafts:
        began = json.loads(row.source or "{}").get("from")
        origin = began if began in ("invitation", "interview", "demo") else "web"
        if began != "correction" and _within(row.questionnaire, _day(row.updated_at), origin, scope):
            found[row.version, row.page] += 1
    for row in gone:
        if _within(row.questionnaire, row.day, row.origin, scope):
            found[row.version, row.page] += row.number
    return found


def _within(questionnaire: str, day: date, origin: str, scope: Scope) -> bool:
    in_time = scope.period.first <= day <= scope.period.last
    return questionnaire == scope.questionnaire and in_time and (not scope.origins or origin in scope.origins)
