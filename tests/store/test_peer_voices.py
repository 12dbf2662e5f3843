"""Who speaks in the peer comparison, what is told of them and to whom, on the database that the tests run on."""

from datetime import UTC, datetime, timedelta
from random import Random
from unittest.mock import ANY

import pytest
from alembic import command
from sqlalchemy import Update, delete, func, select

from assessment import clock
from assessment.actions import owning, peering, working_on
from assessment.actions.erasing import erase_person
from assessment.actions.installation import Installation
from assessment.core.definition import Questionnaire
from assessment.core.months import months_before
from assessment.core.peers import ENOUGH
from assessment.store import peer_marks, people, retention, scorecards, submissions
from assessment.store.database import reading, writing
from assessment.store.demonstration import SOURCE
from assessment.store.migrate import configuration, migrate
from assessment.store.peer_tables import peer_cell, peer_due, peer_pool, peer_voice
from assessment.store.review_tables import submission
from assessment.store.tables import audit, consent, person, response
from assessment.working import build_worker
from tests.conftest import sample_of
from tests.databases import raw_content
from tests.delivery.desk import QuickPress
from tests.peering import Company, answer, answer_all, card_of, confirm, spoken, told
from tests.reviewing import colleague
from tests.walking import Walker

NOW = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)
NORTHFIELD = Company(name="Northfield Systems", email="priya@northfield.example")


def _listen(house: Installation) -> None:
    peering.listen(house, clock.now())


def _response(house: Installation, card: str) -> int:
    with reading(house.engine) as connection:
        kept = scorecards.find(connection, card)
    assert kept is not None
    return kept.response_id


def test_nobody_is_told_of_before_twenty_and_everybody_after(house: Installation, renewal: Questionnaire) -> None:
    answer_all(house, renewal, range(19))
    _listen(house)
    assert told(house) is None
    lonely = answer(house, renewal, Company(name="Alder 19"))
    assert card_of(house, lonely).peers == ()
    _listen(house)
    assert told(house) == (20, True)
    card = card_of(house, answer(house, renewal, NORTHFIELD))
    assert [group.segment for group in card.peers] == [""], "all are of one segment, so there is no other group"
    overall, rate = (
        next(one for one in card.peers[0].standings if one.measure == name)
        for name in ("overall", "value:renewal_rate")
    )
    assert card.overall is not None
    assert (overall.number, overall.middle, overall.value) == (20, card.overall.score, card.overall.score)
    assert overall.percentile == (25, 75), "all answered alike"
    assert rate.middle_text.endswith(" %")
    assert {one.measure for one in card.peers[0].standings} >= {f"area:{area.id}" for area in card.areas if area.points}
    assert not card.peers[0].invented


def test_a_segment_of_twenty_is_told_to_those_who_belong_to_it(house: Installation, renewal: Questionnaire) -> None:
    answer_all(house, renewal, range(20), model="contracts")
    answer_all(house, renewal, range(20, 29), model="both")
    _listen(house)
    assert told(house, segment="model=contracts") == (20, True)
    assert told(house, segment="model=both") is None
    contracts = card_of(house, answer(house, renewal, Company(name="A", changed={"model": "contracts"})))
    both = card_of(house, answer(house, renewal, Company(name="B", changed={"model": "both"})))
    assert [group.title for group in contracts.peers] == [
        "All companies that take part",
        "What customers renew: Support or maintenance contracts",
    ]
    assert [group.segment for group in both.peers] == [""]


def test_later_tellings_change_nothing_that_was_told(house: Installation, renewal: Questionnaire) -> None:
    answer_all(house, renewal, range(20))
    _listen(house)
    first = answer(house, renewal, Company(name="First"))
    before = card_of(house, first).peers
    answer_all(house, renewal, range(20, 24))
    _listen(house)
    assert told(house) == (25, True), "the first was the fifth to come"
    assert card_of(house, first).peers == before
    second = card_of(house, answer(house, renewal, Company(name="Second"))).peers
    assert (before[0].standings[0].number, second[0].standings[0].number) == (20, 25)


def test_who_did_not_agree_is_not_counted_and_is_told_all_the_same(house: Installation, renewal: Questionnaire) -> None:
    answer_all(house, renewal, range(20))
    silent = answer(house, renewal, Company(name="Silent", consents=("contact",)))
    _listen(house)
    assert len(spoken(house)) == 20
    assert _response(house, silent) not in spoken(house)
    assert card_of(house, answer(house, renewal, Company(name="Late", consents=()))).peers


def test_a_company_speaks_once_with_its_newest_submission(house: Installation, renewal: Questionnaire) -> None:
    now = clock.now()
    for days, name in ((30, "Northfield Systems"), (2, "NORTHFIELD SYSTEMS, Inc."), (9, "northfield systems")):
        answer(house, renewal, Company(name=name), now=now - timedelta(days=days))
    newest = answer(house, renewal, Company(name="Northfield  Systems", consents=()), now=now)
    _listen(house)
    with reading(house.engine) as connection:
        speaking = connection.execute(
            select(submission.c.company).where(submission.c.response_id.in_(spoken(house)))
        ).scalars()
        assert list(speaking) == ["NORTHFIELD SYSTEMS, Inc."], "the newest that agreed"
    assert _response(house, newest) not in spoken(house)


def test_without_a_company_the_address_speaks_and_without_both_nobody(
    house: Installation, renewal: Questionnaire
) -> None:
    for _ in range(2):
        answer(house, renewal, Company(email="priya@northfield.example"))
    answer(house, renewal, Company(email="omar@eastbridge.example"))
    for _ in range(2):
        answer(house, renewal, Company())
        answer(house, renewal, Company(source={"from": "interview"}))
    _listen(house)
    assert len(spoken(house)) == 2, "several links without a name may all be one client's"


def test_a_voice_needs_a_confirmed_address_an_invitation_or_an_interview(
    house: Installation, renewal: Questionnaire
) -> None:
    by_us = [
        answer(house, renewal, Company(name=f"By {origin}", source={"from": origin}))
        for origin in ("invitation", "interview")
    ]
    hers = answer(house, renewal, Company(name="Northfield", email="priya@northfield.example", source={}))
    _listen(house)
    assert spoken(house) == [_response(house, card) for card in by_us]
    confirm(house, hers)
    assert len(_marked(house)) == 1, "not left to the next round"
    _listen(house)
    assert spoken(house) == [_response(house, card) for card in (*by_us, hers)]
    owning.correct_address(house, hers, "priya@southfield.example", "<x@meridian.example>", clock.now())
    _listen(house)
    assert _response(house, hers) not in spoken(house), "nobody said yet that the new address is theirs"


def test_made_up_submissions_are_no_peers_however_many(house: Installation, renewal: Questionnaire) -> None:
    for number in range(3):
        answer(house, renewal, Company(name=f"Invented {number}", source={"utm_source": "invitation"}))
        answer(house, renewal, Company(name=f"Made up {number}", email=f"x{number}@made-up.example", source={}))
    answer_all(house, renewal, range(ENOUGH - 1))
    _listen(house)
    assert len(spoken(house)) == ENOUGH - 1
    assert told(house) is None


def test_a_person_speaks_once_with_and_without_a_company(house: Installation, renewal: Questionnaire) -> None:
    priya, now = "priya@northfield.example", clock.now()
    answer(house, renewal, Company(name="Northfield", email=priya), now=now - timedelta(days=3))
    alone = answer(house, renewal, Company(email=priya.upper()), now=now - timedelta(days=2))
    _listen(house)
    assert spoken(house) == [_response(house, alone)]
    omar = Company(name="NORTHFIELD, Inc.", email="omar@northfield.example")
    colleague_ = answer(house, renewal, omar, now=now - timedelta(days=1))
    _listen(house)
    assert spoken(house) == [_response(house, card) for card in (alone, colleague_)], "he speaks for the company"
    last = answer(house, renewal, Company(name="Northfield", email=priya), now=now)
    _listen(house)
    assert spoken(house) == [_response(house, last)]


@pytest.mark.parametrize("seed", range(4))
def test_who_speaks_is_newest_of_its_company_and_of_its_address_by_brute_force(
    house: Installation, renewal: Questionnaire, seed: int
) -> None:
    rng, at = Random(seed), NOW - timedelta(days=90)
    known: dict[int, tuple[str, str, str]] = {}  # in the order they came; response -> card, company, address
    for _ in range(14):
        at += timedelta(days=1)
        company, address = rng.choice(("", "Alder", "Birch")), rng.choice(("", "p@x.example", "o@x.example"))
        card = answer(house, renewal, Company(name=company, email=address), now=at)
        known[_response(house, card)] = card, company, address
        if rng.random() < 0.4:
            _listen(house)
        if rng.random() < 0.4:
            gone = rng.choice(list(known))
            _go(house, rng, known.pop(gone)[0], at)
            assert gone not in spoken(house)
    _listen(house)
    expected, companies, addresses = list[int](), {""}, {""}
    for one, (_card, company, address) in reversed(known.items()):
        if (company or address) and company not in companies - {""} and address not in addresses - {""}:
            expected.append(one)
        companies.add(company)
        addresses.add(address)
    assert sorted(spoken(house)) == sorted(expected)


def _go(house: Installation, rng: Random, card: str, at: datetime) -> None:
    how = rng.choice(("erased", "left", "marked"))
    if how == "erased":
        owning.erase(house, card, at)
    elif how == "left":
        owning.leave_comparison(house, card, at)
    else:
        working_on.mark(house, card, "spam", colleague(house), at)


@pytest.mark.parametrize("mark", submissions.MARKS)
def test_who_is_marked_speaks_no_more_until_the_mark_is_off(
    house: Installation, renewal: Questionnaire, mark: str
) -> None:
    carl, card = colleague(house), answer(house, renewal, NORTHFIELD)
    _listen(house)
    assert len(spoken(house)) == 1
    working_on.mark(house, card, mark, carl, clock.now())
    assert spoken(house) == [], "at once, not when the worker looks"
    _listen(house)
    assert spoken(house) == []
    working_on.mark(house, card, None, carl, clock.now())
    _listen(house)
    assert spoken(house) == [_response(house, card)]


def test_whose_answers_are_erased_speaks_no_more_and_an_earlier_submission_does(
    house: Installation, renewal: Questionnaire
) -> None:
    now = clock.now()
    before = answer(house, renewal, NORTHFIELD, now=now - timedelta(days=3))
    card = answer(house, renewal, NORTHFIELD, now=now)
    _listen(house)
    assert spoken(house) == [_response(house, card)]
    response_id = _response(house, card)
    owning.erase(house, card, now)
    assert response_id not in spoken(house)
    _listen(house)
    assert spoken(house) == [_response(house, before)]
    erase_person(house, before, "asked", everything=True, by=colleague(house), now=now)
    _listen(house)
    assert spoken(house) == []


def test_nothing_of_whom_was_erased_is_left_in_the_database(house: Installation, renewal: Questionnaire) -> None:
    card = answer(house, renewal, NORTHFIELD)
    _listen(house)
    index = house.keyring.subject("voice: company northfield systems")
    assert index.encode() in raw_content(house.engine)
    assert b"northfield systems" not in _peer_rows(house)
    owning.erase(house, card, clock.now())
    assert index.encode() not in raw_content(house.engine)
    assert b"orthfield" not in raw_content(house.engine)


def _peer_rows(house: Installation) -> bytes:
    with reading(house.engine) as connection:
        rows = [connection.execute(select(table)).all() for table in (peer_pool, peer_voice, peer_due, peer_cell)]
    return str(rows).lower().encode()


def test_who_says_that_the_address_is_not_theirs_withdraws(house: Installation, renewal: Questionnaire) -> None:
    card = answer(house, renewal, NORTHFIELD)
    _listen(house)
    assert owning.not_me(house, card, clock.now())
    assert spoken(house) == []
    _listen(house)
    assert spoken(house) == []


def test_who_leaves_the_comparison_keeps_the_scorecard(house: Installation, renewal: Questionnaire) -> None:
    card = answer(house, renewal, Company(name="Northfield", consents=("contact", "comparison")))
    _listen(house)
    owning.leave_comparison(house, card, clock.now())
    assert spoken(house) == []
    _listen(house)
    assert spoken(house) == []
    owned = owning.read(house, card)
    assert owned is not None
    assert not owned.compared
    with reading(house.engine) as connection:
        assert set(people.consents(connection, owned.kept.response_id)) == {"contact"}
        actions = connection.execute(select(audit.c.action).where(audit.c.subject == card)).scalars()
        assert list(actions) == ["comparison.left"]


def test_a_correction_speaks_in_place_of_what_it_corrects(house: Installation, renewal: Questionnaire) -> None:
    for consents, speaking in (((), 0), (("comparison",), 1)):
        first = answer(house, renewal, NORTHFIELD)
        _listen(house)
        assert spoken(house) == [_response(house, first)]
        corrected = Company(
            name="Elsewhere", email="priya@northfield.example", consents=consents, source={"from": "correction"}
        )
        second = answer(house, renewal, corrected, previous_id=_response(house, first))
        assert spoken(house) == [], "what was corrected is out at once"
        confirm(house, second)
        _listen(house)
        assert spoken(house) == [_response(house, second)][:speaking], "whoever corrects agrees anew"


def test_one_invitation_that_is_corrected_again_and_again_makes_no_crowd(
    house: Installation, renewal: Questionnaire
) -> None:
    first = answer(house, renewal, NORTHFIELD)
    mallory, cards = "mallory@mallory.example", []
    for number in range(3):
        made_up = Company(name=f"Made up {number}", email=mallory, source={"from": "correction"})
        cards.append(answer(house, renewal, made_up, previous_id=_response(house, first)))
    _listen(house)
    assert spoken(house) == []
    for card in cards:
        confirm(house, card)
    _listen(house)
    assert spoken(house) == [_response(house, cards[-1])], "one for the one address"


def test_another_address_is_another_voice_where_no_company_is_named(
    house: Installation, renewal: Questionnaire
) -> None:
    answer(house, renewal, Company(email="omar@eastbridge.example"))
    card = answer(house, renewal, Company(email="priya@northfield.example"))
    _listen(house)
    assert len(spoken(house)) == 2
    owning.correct_address(house, card, "omar@eastbridge.example", "<x@meridian.example>", clock.now())
    _listen(house)
    assert spoken(house) == [_response(house, card)], "both are Omar's now"


def test_whose_contact_details_are_forgotten_by_age_speaks_no_more(house: Installation, renewal: Questionnaire) -> None:
    long_ago = datetime(2024, 3, 5, tzinfo=UTC)
    answer(house, renewal, NORTHFIELD, now=long_ago)
    _listen(house)
    assert len(spoken(house)) == 1
    with writing(house.engine) as connection:
        assert retention.erase_contacts_before(connection, months_before(clock.now(), 24)) == 1
    _listen(house)
    assert spoken(house) == [], "nobody knows any more whose it was"


def test_a_cell_with_too_few_voices_left_is_shown_no_more(house: Installation, renewal: Questionnaire) -> None:
    cards = answer_all(house, renewal, range(21))
    _listen(house)
    assert told(house) == (21, True)
    for card in cards[:2]:
        owning.erase(house, card, clock.now())
    _listen(house)
    assert told(house) == (21, False)
    assert card_of(house, answer(house, renewal, NORTHFIELD)).peers == ()


def test_only_assessments_speak(house: Installation, renewal: Questionnaire) -> None:
    card = answer(house, renewal, NORTHFIELD)
    with reading(house.engine) as connection:
        found = submissions.find(connection, card)
        version = connection.execute(select(submission.c.version)).scalar_one()
        assert found is not None
    house._pinned[version] = renewal.model_copy(update={"kind": "survey"})
    _listen(house)
    assert spoken(house) == []


def test_what_a_demonstration_invents_never_stands_among_others(house: Installation, renewal: Questionnaire) -> None:
    for number in range(20):
        _invent(house, renewal, number)
    _listen(house)
    assert (len(spoken(house)), len(spoken(house, invented=True))) == (0, 20)
    shown = card_of(house, answer(house, renewal, NORTHFIELD)).peers
    assert shown
    assert all(group.invented for group in shown)
    answer_all(house, renewal, range(19))
    _listen(house)
    shown = card_of(house, answer(house, renewal, Company(name="Eastbridge"))).peers
    assert [group.invented for group in shown] == [False], "the others speak once they are twenty"


def _invent(house: Installation, renewal: Questionnaire, number: int) -> None:
    assert SOURCE == '{"from": "demo"}'
    answer(house, renewal, Company(name=f"Invented {number}", source={"from": "demo"}))


def test_the_worker_looks_at_the_companies_that_changed_alone(
    house: Installation, renewal: Questionnaire, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer_all(house, renewal, range(6))
    _listen(house)
    looked_at: list[str] = []
    listen_to = peering._listen_to
    monkeypatch.setattr(
        peering,
        "_listen_to",
        lambda house, connection, one: (looked_at.append(one.company_key), listen_to(house, connection, one)),
    )
    _listen(house)
    assert looked_at == []
    answer(house, renewal, Company(name="Alder 3"))
    answer(house, renewal, Company(name="Alder 3"))
    _listen(house)
    assert looked_at == ["alder 3"]
    assert len(spoken(house)) == 6


@pytest.mark.parametrize(
    "change",
    [
        submission.update().values(erased=True),
        submission.update().values(mark="spam"),
        response.update().values(state="erased"),
        consent.update().values(withdrawn_at=NOW),
    ],
    ids=["erased", "marked", "response erased", "withdrawn"],
)
def test_what_was_changed_without_a_mark_is_found_all_the_same(
    house: Installation, renewal: Questionnaire, change: Update
) -> None:
    answer(house, renewal, NORTHFIELD)
    _listen(house)
    with writing(house.engine) as connection:
        connection.execute(change)
    _listen(house)
    assert spoken(house) == []


def test_what_an_older_release_took_in_is_found_by_a_round_a_few_at_a_time(
    house: Installation, renewal: Questionnaire
) -> None:
    answer_all(house, renewal, range(5))
    answer(house, renewal, Company(name="Silent", consents=()))
    hers = answer(house, renewal, Company(email="priya@northfield.example", source={}))
    _listen(house)
    _lose_marks(house, [*answer_all(house, renewal, range(5, 9)), hers])
    with writing(house.engine) as connection:
        connection.execute(person.update().where(person.c.sealed_email.is_not(None)).values(confirmed_at=NOW))
    found: list[set[int]] = []
    for _ in range(4):  # eleven submissions, three at a time
        peering.go_round(house, 3)
        found.append(_marked(house))
        assert len(found[-1] - set().union(*found[:-1])) <= 3
    _listen(house)
    assert len(found[0]) == 3, "the newest first"
    assert len(spoken(house)) == 10
    peering.go_round(house, 3)
    assert _marked(house) == set()


def test_who_leaves_has_those_looked_at_who_may_speak_now(house: Installation, renewal: Questionnaire) -> None:
    now, priya, omar = clock.now(), "priya@northfield.example", "omar@northfield.example"
    for days, company, email in ((4, "Elsewhere", ""), (3, "Eastbridge", priya), (2, "Northfield", omar)):
        answer(house, renewal, Company(name=company, email=email), now=now - timedelta(days=days))
    last = answer(house, renewal, Company(name="Northfield", email=priya), now=now)
    _listen(house)
    assert len(spoken(house)) == 2
    owning.erase(house, last, now)
    assert len(_marked(house)) == 3, "hers, her other one and her company's other one"
    _listen(house)
    assert len(spoken(house)) == 3


def _lose_marks(house: Installation, cards: list[str]) -> None:
    """As an older release leaves a change: without a mark."""
    with writing(house.engine) as connection:
        theirs = select(submission.c.id).where(submission.c.public_id.in_(cards))
        connection.execute(delete(peer_due).where(peer_due.c.submission_id.in_(theirs)))


def _marked(house: Installation) -> set[int]:
    with reading(house.engine) as connection:
        return set(connection.execute(select(peer_due.c.submission_id)).scalars())


def test_marks_of_what_changed_are_made_in_the_same_transaction(house: Installation, renewal: Questionnaire) -> None:
    card = answer(house, renewal, NORTHFIELD)
    with reading(house.engine) as connection:
        assert connection.execute(select(func.count()).select_from(peer_due)).scalar_one() == 1
    with pytest.raises(RuntimeError, match="the power went"):
        _leave_without_end(house, _response(house, card))
    _listen(house)
    assert len(spoken(house)) == 1
    with reading(house.engine) as connection:
        assert connection.execute(select(func.count()).select_from(peer_due)).scalar_one() == 0


def _leave_without_end(house: Installation, response_id: int) -> None:
    with writing(house.engine) as connection:
        peer_marks.leave(connection, response_id)
        raise RuntimeError("the power went")


def test_many_changes_are_looked_at_a_few_at_a_time_and_left_for_the_next_time(
    house: Installation, renewal: Questionnaire
) -> None:
    answer_all(house, renewal, range(60))
    assert peering.listen(house, clock.now(), most=30) == 50
    assert len(spoken(house)) == 50
    assert peering.listen(house, clock.now(), most=30) == 10
    assert len(spoken(house)) == 60


def test_what_changes_while_it_is_thought_about_is_looked_at_the_next_time(
    house: Installation, renewal: Questionnaire, monkeypatch: pytest.MonkeyPatch
) -> None:
    cards = answer_all(house, renewal, range(21))
    think = peering.tellings

    def slowly(voices: object, before: object) -> object:
        owning.erase(house, cards.pop(), clock.now())
        return think(voices, before)  # type: ignore[arg-type]

    monkeypatch.setattr(peering, "tellings", slowly)
    _listen(house)
    assert told(house) == (21, True)
    _listen(house)
    monkeypatch.undo()
    _listen(house)
    assert told(house) == (21, False), "two have left, and nineteen are too few"


def test_of_two_workers_one_tells(house: Installation, renewal: Questionnaire, monkeypatch: pytest.MonkeyPatch) -> None:
    answer_all(house, renewal, range(20))
    think, others = peering.tellings, iter([True])

    def beside_another(voices: object, before: object) -> object:
        if next(others, False):
            answer_all(house, renewal, range(20, 25))
            _listen(house)
        return think(voices, before)  # type: ignore[arg-type]

    monkeypatch.setattr(peering, "tellings", beside_another)
    _listen(house)
    assert told(house) == (25, True), "what the other told is not taken back"


def test_it_is_one_of_the_workers_chores_and_the_audit_log_says_so(house: Installation, renewal: Questionnaire) -> None:
    answer_all(house, renewal, range(20))
    build_worker(house, QuickPress(), "a/1").keep_house()
    assert told(house) == (20, True)
    with reading(house.engine) as connection:
        noted = connection.execute(
            select(audit.c.actor, audit.c.subject, audit.c.detail).where(audit.c.action == "peers.released")
        ).all()
    assert noted == [("worker", renewal.id, ANY)]
    assert noted[0].detail.endswith("told anew, 0 hidden")


def test_who_agreed_before_there_was_a_comparison_is_counted(house: Installation, renewal: Questionnaire) -> None:
    before = answer(house, renewal, NORTHFIELD)
    answer(house, renewal, Company(name="Silent", consents=()))
    gone = answer(house, renewal, Company(name="Eastbridge"))
    owning.erase(house, gone, clock.now())
    with writing(house.engine) as connection:
        command.downgrade(configuration(connection), "0004")
    migrate(house.engine)
    with reading(house.engine) as connection:
        assert connection.execute(select(func.count()).select_from(peer_due)).scalar_one() == 1
    _listen(house)
    assert spoken(house) == [_response(house, before)]


def test_versions_whose_scores_rest_on_something_else_are_not_mixed(
    house: Installation, renewal: Questionnaire
) -> None:
    answer_all(house, renewal, range(20))
    _listen(house)
    with writing(house.engine) as connection:
        connection.execute(peer_pool.update().values(basis="of another version"))
    assert card_of(house, answer(house, renewal, NORTHFIELD)).peers == ()
    _listen(house)
    with reading(house.engine) as connection:
        assert len(set(connection.execute(select(peer_voice.c.pool_id)).scalars())) == 2


def test_an_old_snapshot_without_peers_is_read_and_shown(
    house: Installation, renewal: Questionnaire, priya: Walker
) -> None:
    address = priya.scorecard(renewal, sample_of(renewal).answers)
    card = card_of(house, address.rpartition("/")[2])
    old = scorecards.dump(card).replace(',"peers":[]', "")
    assert old != scorecards.dump(card)
    assert scorecards.load(old) == card
