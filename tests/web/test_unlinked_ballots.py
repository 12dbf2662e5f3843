"""No row, no file and no trace of the database leads from a ballot to who cast it, or to the time of it."""

import base64
import json
import random
import re
import struct
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import Table, select

from assessment import clock
from assessment.actions import counting, responding, surveying
from assessment.actions.installation import Installation
from assessment.actions.resuming import mail_link
from assessment.catalogue.versions import version_of
from assessment.core.answers import parse_answers
from assessment.core.definition import Questionnaire
from assessment.core.survey import options
from assessment.store import audit, ballots
from assessment.store.all_tables import metadata
from assessment.store.audit import Wanted
from assessment.store.database import reading, writing
from assessment.store.review_tables import invitation
from assessment.store.survey_tables import ballot, ballot_box, survey_draft
from assessment.store.tables import notice, response
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
    assert (len(ballots), rows["ballot_box"], rows["survey_draft"]) == (12, [], [])
    assert not {str(number) for number in boxed} & {row.id for row in ballots}
    for row in ballots:
        for name, others in rows.items():
            told = "" if name == "ballot" else repr(others)
            assert row.id not in told, name
            assert row.answers not in told, name
    for row in responses:
        kept = (row.state, row.answers, row.sealed_texts, row.sealed_contact)
        assert kept == ("answered", "{}", None, None)
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
    ((_number, _survey, sealed, _since),) = _rows(house)["ballot_box"]
    beside = int.from_bytes(base64.urlsafe_b64decode(sealed)[1:9], "big")  # type: ignore[arg-type]
    assert beside == 0  # not even the day: whoever answered alone on one would be found by it
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
        raw += b"".join(_heap(house, name) for name in ("response", "survey_draft", "ballot_box"))
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
            if table.name in ("response", "survey_draft", "ballot_box")
            or not table.name.startswith(("audit", "ballot", "survey"))
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


@pytest.mark.postgresql("PostgreSQL leaves the bytes of rows that are gone in its pages")
def test_after_a_count_the_pages_hold_nothing_of_drafts_and_of_ballots_taken_out(
    house: Installation, priya: Walker, survey: Questionnaire
) -> None:
    priya.to_check(survey, survey.personas[1].answers)  # a draft that stays, and keeps its page
    stays = _sealed(house, survey_draft)
    check = priya.to_check(survey, survey.personas[0].answers)
    drafts = [sealed for sealed in _sealed(house, survey_draft) if sealed not in stays]
    assert priya.submit(check).status_code == 303
    votes(house, survey, 8)
    boxed = _sealed(house, ballot_box)
    with writing(house.engine) as connection:  # one that waits, and keeps its page
        waits = house.keyring.seal('{"version": "of another", "answers": {}}')
        ballots.drop_in(connection, clock.box_number(), survey.id, waits)
    assert (len(drafts), len(boxed)) == (1, 9)
    assert all(token in _heap(house, "ballot_box") for token in boxed)
    assert drafts[0] in _heap(house, "survey_draft")
    count(house)
    assert _sealed(house, survey_draft) == stays
    assert _sealed(house, ballot_box) == [waits]
    pages = b"".join(_heap(house, name) for name in ("response", "survey_draft", "ballot_box", "ballot"))
    assert not [token for token in (*drafts, *boxed) if token in pages]


def _sealed(house: Installation, table: Table) -> list[bytes]:
    with reading(house.engine) as connection:
        return [bytes(sealed) for sealed in connection.execute(select(table.c.sealed_answers)).scalars()]


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


def _with_another_question(survey: Questionnaire) -> Questionnaire:
    plain = survey.model_dump(mode="json")
    (*pages, last) = plain["pages"]
    added = {
        "id": "added", "type": "choice", "label": "Added", "text": "Were you asked this too?",
        "answers": [{"id": "yes", "text": "Yes"}, {"id": "no", "text": "No"}],
    }  # fmt: skip
    return Questionnaire.model_validate(plain | {"pages": [*pages, last | {"questions": [*last["questions"], added]}]})


def _begin(
    house: Installation, survey: Questionnaire, answers: dict[str, object], version: str, now: datetime = TUESDAY
) -> str:
    public_id = clock.public_id()
    responding.start(
        house, survey, version, answers=parse_answers(survey, answers), texts={}, source={}, now=now,
        public_id=public_id, key=clock.submission_key(),
    )  # fmt: skip
    return public_id


def _cast(house: Installation, public_id: str, now: datetime = TUESDAY) -> None:
    surveying.cast(house, public_id, box_number=clock.box_number(), now=now)


def test_who_began_before_the_file_was_changed_is_not_found_by_what_was_asked(
    house: Installation, survey: Questionnaire
) -> None:
    """One begins, a question is added, eight answer all, and the one ends on what it began with."""
    rng = random.Random(3)
    entry = house.catalogue.get(survey.id)
    assert entry is not None
    alone = _begin(house, survey, at_random(survey, rng), entry.version, MONDAY)
    later = _with_another_question(survey)
    for _ in range(8):
        _cast(house, _begin(house, later, at_random(later, rng), version_of(later)))
    _cast(house, alone)
    with reading(house.engine) as connection:
        versions = set(connection.execute(select(response.c.version)).scalars())
    assert versions == {entry.version}  # the same of everybody, whichever it was
    count(house)
    answered = [json.loads(str(row[2])) for row in _rows(house)["ballot"]]
    assert [("added" in answers) for answers in answered] == [True] * 8
    assert len(_rows(house)["ballot_box"]) == 1  # it waits for four more like it
    for _ in range(4):
        _cast(house, _begin(house, survey, at_random(survey, rng), entry.version))
    count(house, MONDAY + WEEK)
    answered = [json.loads(str(row[2])) for row in _rows(house)["ballot"]]
    assert sorted("added" in answers for answers in answered) == [False] * 5 + [True] * 8


def test_everything_left_of_a_response_is_the_same_for_all_of_a_day(
    house: Installation, priya: Walker, survey: Questionnaire
) -> None:
    """Two persons, the one over all pages, changing an answer, with a link mailed on the way; the other at once."""
    check = priya.to_check(survey, survey.personas[0].answers)
    public_id = check.split("/")[2]
    assert mail_link(house, public_id, "priya@example.com", "<m@example.com>", clock.now()) is None
    assert priya.submit(check).status_code == 303
    vote(house, survey, survey.personas[1].answers, clock.now())
    apart = {"id", "public_id", "submission_key"}
    with reading(house.engine) as connection:
        kept = [
            {name: value for name, value in row._mapping.items() if name not in apart}
            for row in connection.execute(select(response))
        ]
    assert len(kept) == 2
    assert kept[0] == kept[1]


def test_neither_a_mailed_link_nor_an_invitation_keeps_more_than_the_day(
    house: Installation, priya: Walker, survey: Questionnaire, ticking: list[datetime]
) -> None:
    rng = random.Random(5)
    hers = answer_invited(house, priya, survey, at_random(survey, rng))
    check = priya.to_check(survey, survey.personas[0].answers)
    public_id = check.split("/")[2]
    assert mail_link(house, public_id, "priya@example.com", "<m@example.com>", clock.now()) is None
    assert priya.submit(check).status_code == 303
    rows = _rows(house)
    with reading(house.engine) as connection:
        (mail,) = connection.execute(select(notice).where(notice.c.kind == "resume")).all()
        opened = connection.execute(select(invitation.c.opened_at)).scalar_one()
        log = audit.listing(connection, Wanted(), 99)
    assert (mail.response_id, mail.sealed_email, mail.state) == (None, None, "erased")
    for at in (mail.created_at, mail.next_at, opened):
        assert (at.hour, at.minute, at.second, at.microsecond) == (0, 0, 0, 0)
    assert not [entry for entry in log if entry.subject in (hers, public_id)]
    about = {entry.action: entry.subject for entry in log}
    assert about["link.mailed"] == about["invitation.opened"] == survey.id
    for name in set(rows) - {"response"}:
        assert public_id not in repr(rows[name]), name


def test_a_count_that_breaks_leaves_everything_as_it_was(
    house: Installation, survey: Questionnaire, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    votes(house, survey, 40)
    before = _rows(house)

    def full(*_given: object) -> None:
        raise OSError("no space left")

    with monkeypatch.context() as broken:
        broken.setattr(ballots, "release", full)
        assert count(house) == 0
    after = _rows(house)
    for name in ("ballot_box", "ballot", "survey_count", "survey_release", "audit"):
        assert after[name] == before[name], name
    assert "could not be counted" in caplog.text
    assert count(house) == 1  # the next time


def test_a_ballot_that_does_not_open_stays_and_keeps_no_other_waiting(
    house: Installation, survey: Questionnaire, caplog: pytest.LogCaptureFixture
) -> None:
    votes(house, survey, 40)
    with writing(house.engine) as connection:
        ballots.drop_in(connection, 1, survey.id, b"nothing that opens")
        ballots.drop_in(connection, 2, survey.id, house.keyring.seal('{"version": "of none", "answers": {}}'))
    assert count(house) == 1
    assert len(_rows(house)["ballot"]) == 40
    assert {row[0] for row in _rows(house)["ballot_box"]} == {1, 2}
    assert "2 ballots" in caplog.text


def test_ballots_of_a_survey_that_is_served_no_more_are_opened_and_nothing_is_told(
    house: Installation, survey: Questionnaire
) -> None:
    votes(house, survey, 40)
    with writing(house.engine) as connection:
        connection.execute(ballot_box.update().values(questionnaire="gone"))
    assert count(house) == 0
    rows = _rows(house)
    assert (rows["ballot_box"], rows["survey_release"]) == ([], [])
    assert {row[1] for row in rows["ballot"]} == {"gone"}


def test_ballots_that_wait_for_a_fifth_too_long_are_deleted_unopened(
    house: Installation, survey: Questionnaire
) -> None:
    votes(house, survey, 3)
    count(house)
    assert [row[3] for row in _rows(house)["ballot_box"]] == [date(2026, 10, 1)] * 3  # no more than the quarter
    count(house, MONDAY + 31 * WEEK)
    assert len(_rows(house)["ballot_box"]) == 3
    count(house, MONDAY + 33 * WEEK)
    assert (_rows(house)["ballot_box"], _rows(house)["ballot"]) == ([], [])


def test_a_worker_that_was_off_on_monday_counts_on_the_day_after(house: Installation, survey: Questionnaire) -> None:
    votes(house, survey, 40)
    assert count(house, TUESDAY) == 0  # seen for the first time: next Monday, or then
    assert count(house, TUESDAY + timedelta(days=5)) == 0
    assert count(house, TUESDAY + WEEK) == 1
    assert len(_rows(house)["ballot"]) == 40


def test_monday_begins_where_the_installation_is(house: Installation, survey: Questionnaire) -> None:
    """In Auckland it is Monday from Sunday 11:00 UTC on."""
    there = replace(house, settings=replace(house.settings, time_zone="Pacific/Auckland"))
    votes(there, survey, 40)
    noon = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    assert count(there, noon - timedelta(hours=2)) == 0
    assert count(there, noon) == 1
    assert count(there, noon + timedelta(days=1)) == 0


def test_a_server_that_dies_right_after_the_ballot_was_cast_has_cast_it_once(
    house: Installation, survey: Questionnaire, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the transaction and the emptying of the write-ahead log."""
    rng = random.Random(3)
    entry = house.catalogue.get(survey.id)
    assert entry is not None
    public_id = _begin(house, survey, at_random(survey, rng), entry.version)

    def die(_engine: object) -> None:
        raise SystemExit

    with monkeypatch.context() as dying:
        dying.setattr(surveying, "settle", die)
        with pytest.raises(SystemExit):
            _cast(house, public_id)
    _cast(house, public_id)  # sent again, as nothing was answered
    rows = _rows(house)
    assert (len(rows["ballot_box"]), rows["survey_draft"]) == (1, [])
    votes(house, survey, 4)
    count(house)
    assert len(_rows(house)["ballot"]) == 5
