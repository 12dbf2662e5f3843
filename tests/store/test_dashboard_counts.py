"""What the dashboard counts, held against figures counted by hand on a handful of rows."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, Engine, event, insert, select

from assessment.core.statistics import Period, spread
from assessment.store import abandoning, dashboard, retention
from assessment.store.dashboard import Scope
from assessment.store.database import open_database, reading, writing
from assessment.store.review_tables import abandoned, area_score, submission
from assessment.store.tables import definition, delivery, document, response, scorecard
from tests.databases import fresh_database

BERLIN = ZoneInfo("Europe/Berlin")
PERIOD = Period(date(2026, 11, 2), date(2026, 11, 15), BERLIN)  # two weeks, Monday to Sunday; Berlin is one hour ahead
SCOPE = Scope(questionnaire="renewals", period=PERIOD)
MIDDLE = datetime(2026, 11, 10, 12, tzinfo=UTC)
_numbers = count(1)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = open_database(fresh_database(tmp_path))
    with writing(made) as connection:
        for version in ("v1", "v2"):
            values = {"questionnaire": "renewals", "format": 1, "body": b"{}", "stored_at": MIDDLE}
            connection.execute(insert(definition).values(version=version, **values))
    yield made
    made.dispose()


def respond(connection: Connection, state: str, at: datetime, **changes: Any) -> int:
    name = f"r{next(_numbers)}"
    values = {
        "public_id": name,
        "questionnaire": "renewals",
        "version": "v1",
        "state": state,
        "answers": "{}",
        "revision": 1,
        "page": 1,
        "submission_key": name,
        "epoch": 1,
        "started_at": at - timedelta(minutes=5),
        "updated_at": at,
    } | changes
    return int(connection.execute(insert(response).values(**values).returning(response.c.id)).scalar_one())


def submit(connection: Connection, at: datetime = MIDDLE, areas: dict[str, int] | None = None, **changes: Any) -> int:
    response_id = respond(connection, "submitted", at)
    name = f"s{response_id}"
    values = {"public_id": name, "submission_key": name, "snapshot": "{}", "epoch": 1, "created_at": at}
    card = insert(scorecard).values(response_id=response_id, **values).returning(scorecard.c.id)
    row = {
        "public_id": name,
        "reference": name,
        "response_id": response_id,
        "scorecard_id": connection.execute(card).scalar_one(),
        "questionnaire": "renewals",
        "version": "v1",
        "title": "Renewals",
        "stage_id": "developing",
        "overall": 40,
        "company_key": "~" + name,
        "may_contact": False,
        "status": "new",
        "origin": "web",
        "seconds": 300,
        "started_at": at,
        "submitted_at": at,
        "revision": 1,
    } | changes
    id_ = int(connection.execute(insert(submission).values(**row).returning(submission.c.id)).scalar_one())
    for area, score in (areas or {}).items():
        connection.execute(insert(area_score).values(submission_id=id_, area=area, title=area, score=score))
    return id_


def test_a_handful_is_counted_as_by_hand(engine: Engine) -> None:
    with writing(engine) as connection:
        submit(connection, MIDDLE, {"value": 20, "rate": 60}, seconds=120, may_contact=True)
        submit(connection, MIDDLE, {"value": 30}, seconds=240, stage_id="leader", overall=80)
        submit(connection, MIDDLE - timedelta(days=7), {"value": 70}, seconds=600, stage_id=None, overall=None)
        submit(connection, may_contact=True, do_not_contact=True)
        respond(connection, "draft", MIDDLE, page=3)
        respond(connection, "draft", MIDDLE, page=3)
        respond(connection, "draft", MIDDLE, page=1)
        abandoning.count(connection, [abandoning.Key("renewals", "v1", "web", 1, date(2026, 11, 3))] * 4)
    with reading(engine) as connection:
        counts = dashboard.count(connection, SCOPE)
    assert {(row.stage_id, row.number, row.may_contact) for row in counts.finished} == {
        ("developing", 2, 1),
        ("leader", 1, 0),
        (None, 1, 0),
    }
    assert counts.weeks == [1, 3]
    assert counts.seconds == {120: 1, 240: 1, 600: 1, 300: 1}
    assert counts.overall == {40: 2, 80: 1}
    assert counts.areas == {"value": {20: 1, 30: 1, 70: 1}, "rate": {60: 1}}
    lies = spread(counts.areas["value"])
    assert lies is not None
    assert (lies.shown, lies.low, lies.middle, lies.high) == (40, 20, 30, 70)
    assert counts.unfinished == {("v1", 3): 2, ("v1", 1): 5}
    assert counts.versions == ("v1",)


def test_marked_ones_are_left_out_and_erased_ones_counted(engine: Engine) -> None:
    with writing(engine) as connection:
        for mark in ("test", "spam", "competitor"):
            submit(connection, MIDDLE, {"value": 99}, mark=mark, seconds=9)
        submit(connection, MIDDLE, {"value": 50}, erased=True, seconds=60)
    with reading(engine) as connection:
        counts = dashboard.count(connection, SCOPE)
    assert [row.number for row in counts.finished] == [1]
    assert (counts.weeks, counts.seconds, counts.areas) == ([0, 1], {60: 1}, {"value": {50: 1}})


@pytest.mark.parametrize(
    ("at", "weeks"),
    [
        (datetime(2026, 11, 1, 22, 59, 59, tzinfo=UTC), [0, 0]),  # still 1 November in Berlin
        (datetime(2026, 11, 1, 23, 0, tzinfo=UTC), [1, 0]),
        (datetime(2026, 11, 8, 22, 59, 59, tzinfo=UTC), [1, 0]),
        (datetime(2026, 11, 8, 23, 0, tzinfo=UTC), [0, 1]),
        (datetime(2026, 11, 15, 22, 59, 59, tzinfo=UTC), [0, 1]),
        (datetime(2026, 11, 15, 23, 0, tzinfo=UTC), [0, 0]),
    ],
)
def test_weeks_begin_and_end_where_the_firm_is(engine: Engine, at: datetime, weeks: list[int]) -> None:
    with writing(engine) as connection:
        submit(connection, at)
        respond(connection, "draft", at)
    with reading(engine) as connection:
        counts = dashboard.count(connection, SCOPE)
    assert counts.weeks == weeks
    assert sum(counts.unfinished.values()) == sum(weeks)


def test_other_questionnaires_sources_and_versions_are_apart(engine: Engine) -> None:
    with writing(engine) as connection:
        submit(connection, questionnaire="support")
        submit(connection, version="v2", origin="demo")
        submit(connection, origin="interview")
        respond(connection, "draft", MIDDLE, source='{"from": "interview"}', version="v2")
        respond(connection, "draft", MIDDLE, source='{"utm_source": "mail"}')
        respond(connection, "draft", MIDDLE, questionnaire="support")
        abandoning.count(connection, [abandoning.Key("renewals", "v2", "invitation", 2, date(2026, 11, 3))])

    def counted(**narrowed: Any) -> tuple[int, int]:
        scope = Scope(questionnaire="renewals", period=PERIOD, **narrowed)
        with reading(engine) as connection:
            counts = dashboard.count(connection, scope)
        return sum(row.number for row in counts.finished), sum(counts.unfinished.values())

    assert counted() == (2, 3)
    assert counted(origins=("web", "demo")) == (1, 1)
    assert counted(origins=("interview",)) == (1, 1)
    assert counted(origins=("invitation",)) == (0, 1)
    assert counted(version="v2") == (1, 2)


def test_versions_stand_in_the_order_they_came(engine: Engine) -> None:
    with writing(engine) as connection:
        submit(connection, MIDDLE, version="v2")
        submit(connection, MIDDLE - timedelta(days=1), version="v1")
        submit(connection, MIDDLE - timedelta(days=3), version="v1")
    with reading(engine) as connection:
        found = dashboard.changes(dashboard.finished(connection, SCOPE))
        assert dashboard.newest_version(connection, "renewals") == "v2"
    assert found == [("v1", MIDDLE - timedelta(days=3)), ("v2", MIDDLE)]


def test_drafts_that_are_deleted_are_still_counted(engine: Engine) -> None:
    late = datetime(2026, 11, 3, 23, 30, tzinfo=UTC)  # 4 November in Berlin
    with writing(engine) as connection:
        respond(connection, "draft", late, page=2)
        respond(connection, "draft", late, page=2)
        respond(connection, "draft", late, page=5, source='{"from": "again"}')
        respond(connection, "draft", late, page=0, source='{"from": "correction"}')
        before = dashboard.unfinished(connection, SCOPE)
        assert before == {("v1", 2): 2, ("v1", 5): 1}
        assert retention.delete_drafts_before(connection, MIDDLE, BERLIN) == 4
        assert dashboard.unfinished(connection, SCOPE) == before
        days = set(connection.execute(select(abandoned.c.day, abandoned.c.origin)).all())
        assert days == {(date(2026, 11, 4), "web")}
        respond(connection, "draft", late, page=2)  # the same day and page once more: added, not lost
        retention.delete_drafts_before(connection, MIDDLE, BERLIN)
        assert dashboard.unfinished(connection, SCOPE) == {("v1", 2): 3, ("v1", 5): 1}


def test_drafts_that_go_with_an_erased_scorecard_are_still_counted(engine: Engine) -> None:
    with writing(engine) as connection:
        first = respond(connection, "submitted", MIDDLE)
        respond(connection, "draft", MIDDLE, page=4, previous_id=first, source='{"from": "again"}')
        assert retention.delete_drafts_after(connection, first, BERLIN) == 1
        assert dashboard.unfinished(connection, SCOPE) == {("v1", 4): 1}


def test_nothing_is_remembered_of_a_deletion_that_did_not_happen(engine: Engine) -> None:
    with writing(engine) as connection:
        respond(connection, "draft", MIDDLE)

    def broken_off() -> None:
        with writing(engine) as connection:
            retention.delete_drafts_before(connection, MIDDLE + timedelta(days=1), BERLIN)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        broken_off()
    with reading(engine) as connection:
        assert dashboard.unfinished(connection, SCOPE) == {("v1", 1): 1}
        assert not connection.execute(select(abandoned)).all()


def test_failed_mails_of_the_period_are_counted(engine: Engine) -> None:
    with writing(engine) as connection:
        id_ = submit(connection)
        card = connection.execute(select(submission.c.scorecard_id).where(submission.c.id == id_)).scalar_one()
        queue = {"next_at": MIDDLE, "tries": 1, "created_at": MIDDLE}
        paper = insert(document).values(scorecard_id=card, state="dropped", **queue).returning(document.c.id)
        document_id = connection.execute(paper).scalar_one()
        for state, at in (("failed", MIDDLE), ("sent", MIDDLE), ("failed", MIDDLE - timedelta(days=40))):
            mail = {
                **queue,
                "created_at": at,
                "state": state,
                "message_id": f"<{state}-{at}>",
                "document_id": document_id,
            }
            connection.execute(insert(delivery).values(questionnaire="renewals", attempts_unsure=0, **mail))
        assert dashboard.failed_mails(connection, SCOPE) == 1


@pytest.mark.sqlite("how SQLite's planner reads; PostgreSQL's own depends on how many rows there are")
def test_submissions_are_counted_from_indexes_alone(engine: Engine) -> None:
    asked: list[tuple[str, Any]] = []
    with reading(engine) as connection:
        event.listen(connection, "before_cursor_execute", lambda _c, _k, sql, values, *_: asked.append((sql, values)))
        dashboard.count(connection, SCOPE)
        asked_of = [(sql, values) for sql, values in asked if "FROM submission" in sql or "JOIN submission" in sql]
        steps = [
            row[3]
            for sql, values in asked_of
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values)
            if row[3].startswith(("SEARCH", "SCAN"))
        ]
    assert len(asked_of) == 5
    corrections = [step for step in steps if "later" in step or "response" in step.partition(" ")[2]]
    counting = [step for step in steps if "ix_submission_counted" in step or "area_score" in step]
    assert len(counting) == 6
    assert all("COVERING INDEX" in step for step in counting), steps
    assert all("INDEX" in step for step in corrections), steps  # few: they are found by what they follow
