"""Many at the same moment: what must happen once happens once, limits hold, nobody waits for ever; on either database.

Two consultants at one submission are in test_two_consultants; the last step of signing in is in tests/web/accounts.
"""

import random
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Table, func, select

from assessment import clock
from assessment.actions import (
    auditing,
    erasing,
    inviting,
    owning,
    responding,
    reviewing,
    signing_in,
    staffing,
    submitting,
    working_on,
)
from assessment.actions.installation import Gone, Installation
from assessment.actions.inviting import Wanted
from assessment.actions.submitting import MAILED_TODAY, Submission
from assessment.core.definition import Questionnaire
from assessment.core.scorecard import Scorecard
from assessment.store import accounts, leasing, retention
from assessment.store.accounts import Account
from assessment.store.database import UNAVAILABLE, reading, writing
from assessment.store.review_tables import area_score, invitation, note, search_word, submission
from assessment.store.tables import audit, delivery, document, notice, person, response, scorecard
from tests.conftest import sample_of
from tests.reviewing import colleague, edit_of, turned_round

PRIYA = {"email": "priya@northfield.example", "name": "Priya Raman", "company": "Northfield Systems"}
EXPECTED = (Gone, reviewing.Stale, reviewing.Refused, inviting.Refused, inviting.Used, responding.AlreadySubmitted)
"""What one of several may be told: somebody else was first."""


def _let_go(acts: Sequence[Callable[[], Any]]) -> list[Any]:
    """What each gives or raises when all are let go at the same moment, each in a thread of its own."""
    gate = threading.Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        gate.wait()
        try:
            return act()
        except Exception as error:
            return error

    with ThreadPoolExecutor(len(acts)) as crowd:
        return list(crowd.map(run, acts))


def _draft(house: Installation, renewal: Questionnaire, public_id: str = "") -> str:
    """Everything answered, nothing submitted; gives the public id."""
    public_id = public_id or clock.public_id()
    entry = house.catalogue.get(renewal.id)
    assert entry is not None
    answered = {**sample_of(renewal).answers}
    texts = {name: str(answered.pop(name)) for name in list(answered) if renewal.questions[name].type == "text"}
    responding.start(
        house, renewal, entry.version, answers=answered, texts=texts, source={}, now=clock.now(),
        public_id=public_id, key=clock.submission_key(),
    )  # fmt: skip
    return public_id


def _submit(house: Installation, draft: str, contact: dict[str, str]) -> str:
    """Press "Show my scorecard"; gives the scorecard's public id."""
    brought = Submission(
        contact=contact, consents=frozenset(("contact",)), now=clock.now(), public_id=clock.public_id(),
        message_id=f"<{clock.submission_key()}@meridian.example>",
    )  # fmt: skip
    return submitting.submit(house, draft, brought).public_id


def _count(house: Installation, table: Table, *which: Any) -> int:
    with reading(house.engine) as connection:
        return int(connection.execute(select(func.count()).select_from(table).where(*which)).scalar_one())


def _mails(house: Installation) -> Counter[tuple[str, str | None]]:
    with reading(house.engine) as connection:
        return Counter((row.state, row.error) for row in connection.execute(select(delivery.c.state, delivery.c.error)))


@pytest.fixture
def carl(house: Installation) -> Account:
    return colleague(house)


def test_twenty_submits_of_one_response_make_one_scorecard_and_one_mail(
    house: Installation, renewal: Questionnaire
) -> None:
    for round_ in range(1, 6):
        draft = _draft(house, renewal)
        contact = PRIYA | {"email": f"priya{round_}@northfield.example"}
        told = _let_go([lambda draft=draft, contact=contact: _submit(house, draft, contact)] * 20)
        assert len(set(told)) == 1, told
        assert isinstance(told[0], str), told
        counts = [_count(house, table) for table in (scorecard, document, person, submission)]
        assert counts == [round_] * 4
        assert _mails(house) == {("queued", None): round_}
        assert _count(house, audit, audit.c.action == "response.submitted") == round_


def test_twenty_responses_that_name_one_address_mail_it_once(house: Installation, renewal: Questionnaire) -> None:
    drafts = [_draft(house, renewal) for _ in range(20)]
    told = _let_go([lambda draft=draft: _submit(house, draft, PRIYA) for draft in drafts])
    assert len({one for one in told if isinstance(one, str)}) == 20, told
    assert _mails(house) == {("queued", None): 1, ("held", MAILED_TODAY): 19}


def test_a_page_saved_and_submitted_in_one_moment_is_in_the_scorecard_or_refused(
    house: Installation, renewal: Questionnaire
) -> None:
    page = renewal.pages[-2]
    for _ in range(5):
        public_id = _draft(house, renewal)
        known = responding.find(house, public_id)
        assert known is not None
        here = {question.id for question in page.questions}
        answers = {name: value for name, value in known.answers.items() if name in here}
        saved, card = _let_go(
            [
                lambda known=known, answers=answers: responding.save_page(
                    house, known, page, answers=answers, texts={}, seen=known.seen(page), now=clock.now(), at=3
                ),
                lambda public_id=public_id: _submit(house, public_id, {}),
            ]
        )
        assert isinstance(card, str), card
        assert isinstance(saved, responding.Draft | responding.AlreadySubmitted), saved


@pytest.mark.parametrize("email", ["carl@meridian.example", "nobody@meridian.example"])
def test_no_limit_is_passed_by_trying_at_the_same_moment(house: Installation, email: str) -> None:
    limits, now = signing_in.sign_in_limits(house, email, "192.0.2.7"), clock.now()
    told = _let_go([lambda: signing_in.take_try(house, limits, now)] * 40)
    assert sum(isinstance(one, tuple) for one in told) == signing_in.TRIES_ADDRESS, told
    assert sum(one is None for one in told) == 40 - signing_in.TRIES_ADDRESS


def _admin(house: Installation, name: str) -> Account:
    with writing(house.engine) as connection:
        id_ = accounts.add(
            connection, house.keyring, name=name, email=f"{name}@meridian.example", role="admin",
            uniquifier=clock.submission_key(), now=clock.now(),
        )  # fmt: skip
        accounts.change(connection, id_, {"password": "a hash"})
        made = accounts.by_id(connection, house.keyring, id_)
    assert made is not None
    return made


def test_two_admins_who_demote_each_other_leave_one(house: Installation) -> None:
    ada, bea = _admin(house, "ada"), _admin(house, "bea")
    for _ in range(8):
        now = clock.now()
        told = _let_go(
            [
                lambda now=now: staffing.change_role(house, ada, bea.id, "consultant", now),
                lambda now=now: staffing.set_active(house, bea, ada.id, False, clock.submission_key(), now),
            ]
        )
        assert [type(one) for one in told].count(staffing.Refused) == 1, told
        with reading(house.engine) as connection:
            able = [one for one in accounts.everybody(connection, house.keyring) if one.role == "admin" and one.active]
        assert len(able) == 1
        for who in (ada, bea):
            staffing.set_active(house, ada, who.id, True, clock.submission_key(), clock.now())
            staffing.change_role(house, ada, who.id, "admin", clock.now())


def test_one_set_up_of_the_house(house: Installation) -> None:
    def begin() -> int:
        return staffing.begin_house(
            house, name="Ada", email=f"{clock.public_id()}@meridian.example", password="a hash",
            uniquifier=clock.submission_key(), now=clock.now(),
        )  # fmt: skip

    told = _let_go([begin] * 10)
    assert sorted(type(one).__name__ for one in told) == ["Gone"] * 9 + ["int"]


def test_presses_at_the_same_moment_do_a_thing_once(house: Installation, renewal: Questionnaire, carl: Account) -> None:
    card, now = _submit(house, _draft(house, renewal), PRIYA), clock.now()
    owning.confirm(house, card, now)

    def message() -> str:
        return f"<{clock.submission_key()}@meridian.example>"

    wanted = Wanted(questionnaire=renewal.id, contact=PRIYA, message="Dear Priya", mail=True)
    acts: list[Callable[[], Any]] = [
        lambda: owning.mail_again(house, card, message(), now),
        lambda: working_on.add_note(house, card, "She called", carl, now),
        lambda: inviting.invite(house, carl, wanted, public_id=clock.public_id(), message_id=message(), now=now),
    ]
    told = _let_go(acts * 6)
    assert not [one for one in told if isinstance(one, Exception)]
    assert _mails(house)[("queued", None)] == 2
    counts = [_count(house, table) for table in (note, invitation)]
    assert counts == [1, 1]
    assert _count(house, notice, notice.c.kind == "invitation") == 1


def _nothing_of_her(house: Installation) -> None:
    """No person, address, company, word, typed text or half-filled form of Priya's is left."""
    with reading(house.engine) as connection:
        people = [row for row in connection.execute(select(person)) if row.sealed_email or row.sealed_name]
        lines = [row for row in connection.execute(select(submission)) if row.company or row.email_index]
        words = connection.execute(select(search_word)).all()
        kept = [row for row in connection.execute(select(response)) if row.sealed_contact or row.sealed_texts]
        open_ = connection.execute(select(delivery).where(delivery.c.state == "queued")).all()
    assert (people, lines, words, kept, open_) == ([], [], [], [], [])


def test_a_submit_and_an_erasure_of_the_same_person(house: Installation, renewal: Questionnaire, carl: Account) -> None:
    for _ in range(8):
        card, draft = _submit(house, _draft(house, renewal), PRIYA), _draft(house, renewal)
        responding.keep_contact(house, draft, PRIYA, clock.now())
        submitted, erased = _let_go(
            [
                lambda draft=draft: _submit(house, draft, PRIYA),
                lambda card=card: erasing.erase_person(house, card, "asked", everything=True, by=carl, now=clock.now()),
            ]
        )
        assert isinstance(submitted, str | Gone), submitted
        assert erased in (1, 2), erased
        if erased == 1 and isinstance(submitted, str):  # it came after the erasure, as anybody's may
            erasing.erase_person(house, submitted, "asked", everything=True, by=carl, now=clock.now())
        _nothing_of_her(house)


def test_a_correction_begun_while_it_is_erased_keeps_nothing(house: Installation, renewal: Questionnaire) -> None:
    for _ in range(8):
        card = _submit(house, _draft(house, renewal), PRIYA)

        def reopen(card: str = card) -> None:
            owning.reopen(
                house, card, blank=False, now=clock.now(), new_id=clock.public_id(), key=clock.submission_key()
            )

        told = _let_go([reopen, reopen, lambda card=card: owning.erase(house, card, clock.now()), reopen])
        assert not [one for one in told if isinstance(one, Exception) and not isinstance(one, Gone)], told
        assert told[2] is None
        _nothing_of_her(house)


def test_what_is_erased_between_the_look_and_the_new_draft_is_not_copied_into_it(
    house: Installation, renewal: Questionnaire, monkeypatch: pytest.MonkeyPatch
) -> None:
    card, start = _submit(house, _draft(house, renewal), PRIYA), responding.start

    def late(*args: Any, **values: Any) -> None:
        owning.erase(house, card, clock.now())
        start(*args, **values)

    monkeypatch.setattr(owning, "start", late)
    with pytest.raises(Gone):
        owning.reopen(house, card, blank=False, now=clock.now(), new_id="new", key=clock.submission_key())
    _nothing_of_her(house)
    assert _count(house, response, response.c.public_id == "new") == 0


class _Storm:
    """Everything that people and workers do, at random, on the same few submissions and addresses."""

    def __init__(self, house: Installation, renewal: Questionnaire, carl: Account) -> None:
        self.house, self.renewal, self.carl = house, renewal, carl
        self.rng = random.Random(4)
        self.drafts = [_draft(house, renewal) for _ in range(20)]
        self.cards = [_submit(house, _draft(house, renewal), self._contact(n)) for n in range(8)]
        self.erased = self.cards[:3]

    def _contact(self, number: int) -> dict[str, str]:
        return PRIYA | {"email": f"p{number % 4}@northfield.example"}

    def acts(self) -> list[Callable[[], Any]]:
        """Two hundred, in a random order that is always the same."""
        kinds = [
            *[self.submit] * 60, *[self.begin] * 15, *[self.keep] * 15, *[self.save] * 15, *[self.mail_again] * 10,
            *[self.correct] * 10, *[self.note] * 10, *[self.review] * 10, *[self.invite] * 5, *[self.sign_in] * 10,
            *[self.lease] * 25, *[self.tidy] * 5, *[self.erase] * 5, *[self.look] * 5,
        ]  # fmt: skip
        assert len(kinds) == 200
        self.rng.shuffle(kinds)
        numbers = [self.rng.randrange(1_000) for _ in kinds]
        return [lambda kind=kind, number=number: kind(number) for kind, number in zip(kinds, numbers, strict=True)]

    def submit(self, number: int) -> None:
        _submit(self.house, self.drafts[number % len(self.drafts)], self._contact(number))

    def begin(self, _number: int) -> None:
        _draft(self.house, self.renewal)

    def keep(self, number: int) -> None:
        draft = self.drafts[number % len(self.drafts)]
        responding.keep_contact(self.house, draft, self._contact(number), clock.now())

    def save(self, number: int) -> None:
        known, page = responding.find(self.house, self.drafts[number % len(self.drafts)]), self.renewal.pages[-2]
        assert known is not None
        answers = {q.id: known.answers[q.id] for q in page.questions if q.id in known.answers}
        responding.save_page(
            self.house, known, page, answers=answers, texts={}, seen=known.seen(page), now=clock.now(), at=number % 3
        )

    def mail_again(self, number: int) -> None:
        owning.mail_again(self.house, self._card(number), self._message(), clock.now())

    def correct(self, number: int) -> None:
        email = self._contact(number)["email"]
        owning.correct_address(self.house, self._card(number), email, self._message(), clock.now())

    def note(self, number: int) -> None:
        working_on.add_note(self.house, self._card(number), f"Note {number}", self.carl, clock.now())

    def review(self, number: int) -> None:
        card = self._card(number)
        if card not in self.erased:
            reviewing.send(self.house, card, edit_of(self.house, card, turned_round(self.house, card)), self._message())

    def invite(self, number: int) -> None:
        wanted = Wanted(questionnaire=self.renewal.id, contact=self._contact(number), message="", mail=True)
        inviting.invite(
            self.house, self.carl, wanted, public_id=clock.public_id(), message_id=self._message(), now=clock.now()
        )

    def sign_in(self, _number: int) -> None:
        limits = signing_in.sign_in_limits(self.house, "carl@meridian.example", "192.0.2.7")
        signing_in.take_try(self.house, limits, clock.now())

    def lease(self, number: int) -> None:
        for table, done in ((document, "ready"), (delivery, "sent")):
            owner, now = f"desk/{number}", clock.now()
            row = leasing.claim(self.house.engine, table, now, owner, timedelta(minutes=5))
            if row is not None:
                leasing.renew(self.house.engine, table, row.id, owner, now, timedelta(minutes=5))
                leasing.finish(self.house.engine, table, row.id, owner, state=done)

    def tidy(self, _number: int) -> None:
        with writing(self.house.engine) as connection:
            retention.delete_drafts_before(connection, clock.now() - timedelta(days=30))
            retention.erase_contacts_before(connection, clock.now() - timedelta(days=700))

    def erase(self, number: int) -> None:
        owning.erase(self.house, self.erased[number % len(self.erased)], clock.now())

    def look(self, number: int) -> None:
        found = owning.read(self.house, self._card(number))
        assert isinstance(found.card, Scorecard) if found else self._card(number) in self.erased

    def _card(self, number: int) -> str:
        return self.cards[number % len(self.cards)]

    def _message(self) -> str:
        return f"<{clock.submission_key()}@meridian.example>"


def test_a_storm_of_two_hundred_ends_without_a_deadlock(
    house: Installation, renewal: Questionnaire, carl: Account
) -> None:
    storm = _Storm(house, renewal, carl)

    def run(act: Callable[[], Any]) -> Any:
        for _ in range(5):
            try:
                return act()
            except EXPECTED as told:
                return told
            except UNAVAILABLE as error:  # it waited too long on a slow machine, and presses again
                if "deadlock" in str(error):
                    raise
        raise AssertionError("told that it was busy five times")

    with ThreadPoolExecutor(16) as crowd:
        list(crowd.map(run, storm.acts()))  # raises what nobody expected
    auditing.verify(house, lambda _rows: lambda _done: None, clock.now())
    with reading(house.engine) as connection:
        states = dict(connection.execute(select(response.c.public_id, response.c.state)).all())  # type: ignore[arg-type]
        cards = Counter(connection.execute(select(scorecard.c.response_id)).scalars())
        areas = connection.execute(select(func.count(func.distinct(area_score.c.submission_id)))).scalar_one()
    submitted = [draft for draft in storm.drafts if states[draft] == "submitted"]
    assert len(submitted) > 12
    assert set(cards.values()) == {1}
    assert len(cards) == len(submitted) + len(storm.cards)
    assert areas == _count(house, submission)
