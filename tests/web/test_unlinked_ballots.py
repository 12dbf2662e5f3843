"""No row, no file and no trace of the database leads from a ballot to who cast it, or to the time of it."""

import base64
import random
import re
import struct
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import select

from assessment import clock
from assessment.actions import counting
from assessment.actions.installation import Installation
from assessment.core.definition import Questionnaire
from assessment.core.survey import options
from assessment.store import audit
from assessment.store.all_tables import metadata
from assessment.store.audit import Wanted
from assessment.store.database import reading
from assessment.store.survey_tables import ballot, ballot_box
from assessment.store.tables import response
from tests.databases import raw_content
from tests.voting import MONDAY, TUESDAY, WEEK, at_random, count, vote, votes
from tests.walking import Walker
from tests.web.test_survey import answer_invited

THEN = datetime(2026, 11, 19, 10, 31, 47, 123456, tzinfo=UTC)
TYPED = re.compile(rb'"weight_staff":\s*"')
"""How an answer would stand in clear; a definition has it otherwise."""
PAGE = 8192
"""Bytes of a page of PostgreSQL."""


@pytest.fixture
def survey(house: Installation) -> Questionnaire:
    return next(entry.questionnaire for entry in house.catalogue.live("survey"))


@pytest.fixture
def ticking(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """A clock on which no time comes twice, and all the times that it told."""
    told: list[datetime] = []

    def tick() -> datetime:
        told.append(THEN + timedelta(seconds=61 * len(told)))
        return told[-1]

    monkeypatch.setattr(clock, "now", tick)
    return told


def _rows(house: Installation) -> dict[str, list[tuple[object, ...]]]:
    with reading(house.engine) as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(select(table))] for table in metadata.sorted_tables
        }


def test_no_row_links_a_ballot_to_a_person(
    house: Installation, priya: Walker, survey: Questionnaire, ticking: list[datetime]
) -> None:
    """Twelve people answer, one of them invited; every value of the ballots is looked for in every other row."""
    rng = random.Random(5)
    hers = answer_invited(house, priya, survey, at_random(survey, rng))
    for _ in range(11):
        vote(house, survey, at_random(survey, rng), clock.now())
    boxed = {row[0] for row in _rows(house)["ballot_box"]}
    count(house)
    rows = _rows(house)
    with reading(house.engine) as connection:
        ballots = connection.execute(select(ballot)).all()
        responses = connection.execute(select(response)).all()
    assert set(ballot.c.keys()) == {"id", "questionnaire", "answers", "released_in"}
    assert not ballot.foreign_keys
    assert (len(ballots), rows["ballot_box"]) == (12, [])
    assert not {str(number) for number in boxed} & {row.id for row in ballots}
    for row in ballots:
        for name, others in rows.items():
            told = "" if name == "ballot" else repr(others)
            assert row.id not in told, name
            assert row.answers not in told, name
    for row in responses:
        kept = (row.state, row.answers, row.sealed_answers, row.sealed_texts, row.sealed_contact)
        assert kept == ("answered", "{}", None, None, None)
        assert row.source is None or row.public_id == hers
    for option, _ in options(survey.questions["challenges"]):
        assert not [row for row in rows["audit"] if option in repr(row)]


def test_nothing_tells_more_than_the_day_on_which_somebody_sent_their_answers(
    house: Installation, priya: Walker, survey: Questionnaire, ticking: list[datetime],
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    caplog.set_level("DEBUG")
    check = priya.to_check(survey, survey.personas[0].answers)
    public_id = check.split("/")[2]
    begun = len(ticking)
    assert priya.submit(check).status_code == 303
    assert len(ticking) > begun
    sent = set(ticking[begun:])
    for name, rows in _rows(house).items():
        for row in rows:
            assert not sent & {value for value in row if isinstance(value, datetime)}, name
            if public_id in row:
                times = [value for value in row if isinstance(value, datetime)]
                assert all((at.hour, at.minute, at.second, at.microsecond) == (0, 0, 0, 0) for at in times), (
                    name,
                    times,
                )
    assert public_id not in caplog.text
    ((_number, _survey, sealed),) = _rows(house)["ballot_box"]
    beside = int.from_bytes(base64.urlsafe_b64decode(sealed)[1:9], "big")  # type: ignore[arg-type]
    assert datetime.fromtimestamp(beside, UTC) == THEN.replace(hour=0, minute=0, second=0, microsecond=0)
    with reading(house.engine) as connection:
        log = audit.listing(connection, Wanted(), 99)
    assert [(row.action, row.subject) for row in log] == [("response.started", survey.id)]


def test_until_they_are_counted_answers_stand_nowhere_in_clear(
    house: Installation, priya: Walker, survey: Questionnaire
) -> None:
    """Neither in the rows of a draft and of the box nor in what the database replaced."""
    check = priya.to_check(survey, survey.personas[0].answers)
    assert not TYPED.search(_stored(house))
    words = priya.client.get(check).get_data(as_text=True)
    assert "Hiring, training and keeping service staff" in words  # she sees her own
    assert priya.submit(check).status_code == 303
    assert not TYPED.search(_stored(house))
    votes(house, survey, 4)
    count(house)
    assert TYPED.search(_stored(house))  # and now that is how they would be found


def _stored(house: Installation) -> bytes:
    """What a thief of the database reads, and on PostgreSQL what was replaced in the pages before it is counted."""
    raw = raw_content(house.engine)
    if house.engine.dialect.name == "postgresql":
        raw += b"".join(_heap(house, name) for name in ("response", "ballot_box"))
    return raw


def test_four_wait_in_the_box_for_a_fifth(house: Installation, survey: Questionnaire) -> None:
    votes(house, survey, 4)
    count(house)
    assert (len(_rows(house)["ballot"]), len(_rows(house)["ballot_box"])) == (0, 4)
    votes(house, survey, 1)
    count(house, TUESDAY + timedelta(days=3))  # not on a Friday
    assert len(_rows(house)["ballot_box"]) == 5
    count(house, MONDAY + WEEK)
    assert (len(_rows(house)["ballot"]), len(_rows(house)["ballot_box"])) == (5, 0)


def test_whoever_answers_while_it_is_counted_neither_waits_nor_is_counted(
    house: Installation, survey: Questionnaire, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What may be released is thought about without keeping anybody from writing, not even the same survey."""
    votes(house, survey, 40)
    think = counting.next_release

    def think_while_somebody_votes(*given: object) -> dict[str, int] | None:
        votes(house, survey, 1, 77)
        return think(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(counting, "next_release", think_while_somebody_votes)
    assert count(house) == 1
    assert (len(_rows(house)["ballot"]), len(_rows(house)["ballot_box"])) == (40, 1)


def test_of_two_workers_that_count_at_once_one_does(
    house: Installation, survey: Questionnaire, monkeypatch: pytest.MonkeyPatch
) -> None:
    votes(house, survey, 40)
    think, others = counting.next_release, []

    def think_while_the_other_counts(*given: object) -> dict[str, int] | None:
        monkeypatch.setattr(counting, "next_release", think)
        others.append(count(house))
        return think(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(counting, "next_release", think_while_the_other_counts)
    assert (count(house), others) == (0, [1])
    assert len(_rows(house)["ballot"]) == 40
    assert len(_rows(house)["survey_release"]) == 1


@pytest.mark.sqlite("the order of cells in SQLite's own file; PostgreSQL's rows are read beside it")
def test_in_the_file_ballots_lie_in_the_order_of_their_random_ids(house: Installation, survey: Questionnaire) -> None:
    cast = votes(house, survey, 6)
    sealed = [bytes(row[2]) for row in _rows(house)["ballot_box"]]  # type: ignore[call-overload]
    count(house)
    raw = Path(str(house.engine.url.database)).read_bytes()
    ballots = sorted(_rows(house)["ballot"])
    places = [raw.index(str(row[2]).encode()) for row in ballots]
    assert [raw.count(str(row[2]).encode()) for row in ballots] == [1] * 6
    assert all(before > after for before, after in pairwise(places))  # a page fills from its end
    assert all(public_id.encode() in raw for public_id in cast)
    assert not [each for each in sealed if each in raw]  # what was taken out of the box is overwritten


@pytest.fixture
def counted(house: Installation, survey: Questionnaire) -> Installation:
    """Three Mondays, after each of which people answered, the last few of them still in the box."""
    for week in range(3):
        votes(house, survey, 6, week)
        count(house, MONDAY + week * WEEK)
    return house


@pytest.mark.postgresql("PostgreSQL keeps the place of a row and the transaction that wrote it")
def test_place_and_transaction_of_a_row_tell_nothing(counted: Installation) -> None:
    with reading(counted.engine) as connection:
        ballots = connection.exec_driver_sql("SELECT id, xmin::text FROM ballot ORDER BY ctid").all()
        others = {
            row[0]
            for table in metadata.sorted_tables
            if table.name in ("response", "ballot_box") or not table.name.startswith(("audit", "ballot", "survey"))
            for row in connection.exec_driver_sql(f'SELECT xmin::text FROM "{table.name}"')
        }
    assert len(ballots) == 18
    assert [row[0] for row in ballots] == sorted(row[0] for row in ballots)
    assert len({row[1] for row in ballots}) == 1  # in whichever week they were cast
    assert ballots[0][1] not in others


@pytest.mark.postgresql("PostgreSQL keeps the rows that were replaced, until it is had to clean up")
def test_no_replaced_rows_are_left_in_the_pages(counted: Installation) -> None:
    rows = _rows(counted)
    for table in (ballot, ballot_box, response):
        assert _kept(_heap(counted, table.name)) == len(rows[table.name]), table.name


def _heap(house: Installation, table: str) -> bytes:
    """A table's pages as they lie on the disk."""
    with house.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("CHECKPOINT")
        asked = f"SELECT pg_read_binary_file(pg_relation_filepath('{table}'))"
        return bytes(connection.exec_driver_sql(asked).scalar_one())


def _kept(heap: bytes) -> int:
    """How many rows the pages hold, also replaced ones: line pointers that lead to one (flag 1)."""
    found = 0
    for start in range(0, len(heap), PAGE):
        (lower,) = struct.unpack_from("<H", heap, start + 12)
        pointers = struct.unpack_from(f"<{max(0, lower - 24) // 4}I", heap, start + 24)
        found += sum(pointer >> 15 & 3 == 1 for pointer in pointers)
    return found


def test_nothing_stored_says_what_fits_her_first_place(
    house: Installation, priya: Walker, survey: Questionnaire
) -> None:
    assert priya.submit(priya.to_check(survey, survey.personas[0].answers)).status_code == 303
    told = {name: rows for name, rows in _rows(house).items() if name != "definition"}
    assert str(survey.personas[0].expect.fits) not in repr(told)
