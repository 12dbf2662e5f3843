"""A demonstration: the engine's own scorecards, no mail for a worker to send, and nothing left when it is removed."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import Table, func, select

from assessment import clock
from assessment.actions import peering
from assessment.actions.installation import Installation
from assessment.cli import cli
from assessment.core.answers import parse_answers
from assessment.core.building import make_scorecard
from assessment.core.definition import Questionnaire
from assessment.demonstration import running
from assessment.store import accounts, people, scorecards
from assessment.store import demonstration as store
from assessment.store.database import reading, writing
from assessment.store.peer_tables import peer_cell, peer_due, peer_pool, peer_voice
from assessment.store.review_tables import abandoned, note, review, submission
from assessment.store.tables import audit, delivery, document, metadata, response, scorecard
from tests.conftest import sample_of
from tests.databases import fresh_database
from tests.walking import Walker

NOW = datetime(2026, 11, 21, 9, 14, tzinfo=UTC)
KEPT = {"definition", "audit"}
"""What stays when a demonstration is removed: definitions are kept for ever, and what happened is what happened."""


def quiet(_length: int) -> Callable[[int], object]:
    return lambda _done: None


def rows_of(house: Installation) -> dict[str, int]:
    with reading(house.engine) as connection:
        return {
            name: connection.execute(select(func.count()).select_from(t)).scalar_one() for name, t in TABLES.items()
        }


TABLES: dict[str, Table] = {name: table for name, table in metadata.tables.items() if name not in KEPT}


def all_of(house: Installation, *columns: Any) -> list[tuple[Any, ...]]:
    with reading(house.engine) as connection:
        return sorted(tuple(row) for row in connection.execute(select(*columns)))


def test_every_scorecard_is_the_engines_own(house: Installation) -> None:
    assert running.make(house, 30, 1, NOW, quiet) == 30
    with reading(house.engine) as connection:
        query = (
            select(response.c.answers, scorecard.c.snapshot, submission)
            .select_from(submission)
            .join(response, response.c.id == submission.c.response_id)
            .join(scorecard, scorecard.c.id == submission.c.scorecard_id)
        )
        rows = connection.execute(query).all()
    assert len(rows) == 30
    for row in rows:
        card = scorecards.load(row.snapshot)
        entry = house.catalogue.get(row.questionnaire)
        assert entry is not None
        again = make_scorecard(
            entry.questionnaire,
            parse_answers(entry.questionnaire, json.loads(row.answers)),
            version=row.version,
            brand=house.settings.brand,
            made_at=datetime.fromisoformat(card.origin.made_at),
            zone=card.origin.zone,
            reference=card.origin.reference,
        )
        assert (card.overall, card.stage_id, [a.points for a in card.areas]) == (
            again.overall, again.stage_id, [a.points for a in again.areas],
        )  # fmt: skip
        assert (row.overall, row.stage_id) == (card.overall.score if card.overall else None, card.stage_id)
        assert row.started_at < row.submitted_at < NOW
        assert row.submitted_at > NOW - timedelta(days=560)


def test_no_mail_and_no_document_waits_for_a_worker(house: Installation) -> None:
    running.make(house, 60, 1, NOW, quiet)
    with reading(house.engine) as connection:
        assert set(connection.execute(select(document.c.state)).scalars()) == {"dropped"}
        states = set(connection.execute(select(delivery.c.state)).scalars())
    assert states
    assert states <= {"sent", "failed", "held"}


def test_people_are_found_and_live_at_addresses_that_no_mail_reaches(house: Installation) -> None:
    running.make(house, 30, 1, NOW, quiet)
    with reading(house.engine) as connection:
        ids = list(connection.execute(select(submission.c.response_id)).scalars())
        found = [people.of_response(connection, house.keyring, id_) for id_ in ids]
    emails = [person.email for person in found if person and person.email]
    assert len(emails) > 15
    assert all(email.endswith(".example") for email in emails)


def test_the_same_seed_gives_the_same_and_goes_on_where_it_stopped(house: Installation) -> None:
    columns = (submission.c.public_id, submission.c.company_key, submission.c.overall, submission.c.submitted_at)
    running.make(house, 8, 1, NOW, quiet)
    first = all_of(house, *columns)
    assert running.make(house, 8, 1, NOW, quiet) == 0
    assert all_of(house, *columns) == first

    lengths: list[int] = []
    assert running.make(house, 14, 1, NOW, lambda length: lengths.append(length) or (lambda _done: None)) == 6
    assert lengths == [6]
    longer = all_of(house, *columns)
    assert set(first) < set(longer)

    running.remove(house, NOW, quiet)
    running.make(house, 14, 1, NOW, quiet)
    assert all_of(house, *columns) == longer
    assert running.make(house, 4, 2, NOW, quiet) == 4


def test_a_stop_leaves_whole_submissions(house: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "AT_A_TIME", 10)

    def impatient(_length: int) -> Callable[[int], object]:
        def stop(_done: int) -> None:
            raise KeyboardInterrupt

        return stop

    with pytest.raises(KeyboardInterrupt):
        running.make(house, 30, 1, NOW, impatient)
    counts = rows_of(house)
    assert counts["submission"] == counts["scorecard"] == counts["document"] == 10
    assert running.make(house, 30, 1, NOW, quiet) == 20


def test_companies_come_again(house: Installation) -> None:
    running.make(house, 40, 1, NOW, quiet)
    assert len({key for (key,) in all_of(house, submission.c.company_key)}) < 30


def test_removing_takes_everything_made_and_nothing_else(
    house: Installation, priya: Walker, renewal: Questionnaire
) -> None:
    sample = sample_of(renewal).answers
    priya.scorecard(renewal, sample, {"email": "priya@northfield.example", "company": "Northfield Systems"})
    priya.start(renewal, sample)
    peering.listen(house, clock.now())  # she is not marked any more
    before = rows_of(house)
    running.make(house, 15, 1, clock.now(), quiet)
    with writing(house.engine) as connection:  # what consultants did with it meanwhile goes too
        carl = accounts.add(
            connection, house.keyring, name="Carl", email="carl@meridian.example", role="consultant",
            uniquifier="u", now=NOW,
        )  # fmt: skip
        made = connection.execute(select(submission.c.id).where(submission.c.origin == "demo").limit(1)).scalar_one()
        values = {"submission_id": made, "account_id": carl, "created_at": NOW}
        connection.execute(note.insert().values(sealed_text=house.keyring.seal("Called"), **values))
        connection.execute(
            review.insert().values(public_id="r1", issue=1, state="draft", revision=1, updated_at=NOW, **values)
        )
    assert rows_of(house)["submission"] == before["submission"] + 15

    running.remove(house, NOW, quiet)
    assert rows_of(house) == before | {"account": 1}
    told = all_of(house, audit.c.actor, audit.c.action)
    theirs = [action for actor, action in told if actor == store.ACTOR and action != "response.submitted"]
    assert theirs == ["demo.made", "demo.removed"]
    assert told.count((store.ACTOR, "response.submitted")) == 15  # nothing is ever taken out of the log
    assert running.remove(house, NOW, quiet) == 0


def test_invented_companies_are_peers_of_one_another_until_they_are_removed(house: Installation) -> None:
    running.make(house, 250, 1, NOW, quiet)
    told = all_of(house, peer_cell.c.measure, peer_cell.c.segment, peer_cell.c.number)
    assert {measure for measure, segment, _number in told if not segment} >= {"overall"}
    assert min(number for _measure, _segment, number in told) >= 20
    assert all_of(house, peer_pool.c.invented) == [(True,)] * len(all_of(house, peer_pool.c.id))
    assert all_of(house, peer_due.c.id) == [], "the command looks at them itself"
    voices = all_of(house, peer_voice.c.pool_id, func.coalesce(peer_voice.c.company_index, ""))
    named = [voice for voice in voices if voice[1]]
    assert len(named) == len(set(named)) > len(voices) / 2
    assert len(voices) < 250 * 0.64
    running.remove(house, NOW, quiet)
    assert [all_of(house, *table.primary_key) for table in (peer_pool, peer_voice, peer_due, peer_cell)] == [[]] * 4


def test_those_who_left_are_drafts_while_young_and_counts_when_old(house: Installation) -> None:
    running.make(house, 100, 1, NOW, quiet)
    with reading(house.engine) as connection:
        drafts = connection.execute(
            select(response.c.updated_at, response.c.page).where(response.c.state == "draft")
        ).all()
        gone = connection.execute(select(abandoned)).all()
    young = NOW - timedelta(days=house.settings.draft_days + 1)
    assert drafts
    assert all(row.updated_at > young for row in drafts)
    assert all(row.day <= (young + timedelta(days=1)).date() for row in gone)
    assert 30 < len(drafts) + sum(row.number for row in gone) < 70
    assert {row.origin for row in gone} == {"demo"}


def test_the_command_says_what_it_did(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSESSMENT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DATABASE_URL", fresh_database(tmp_path / "home", migrated=False))
    monkeypatch.chdir(tmp_path)
    made = CliRunner().invoke(cli, ["demo", "--submissions", "12", "--seed", "5"])
    assert (made.exit_code, made.output.splitlines()[-1]) == (0, "Added 12")
    gone = CliRunner().invoke(cli, ["demo", "--remove"])
    assert gone.exit_code == 0
    assert gone.output.splitlines()[-1].startswith("Removed ")
