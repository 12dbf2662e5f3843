"""Erasing a person: nothing of theirs is left in plain, sealed or in the file, whoever erases; the counting stays."""

import sqlite3
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Table, func, insert, select, update

from assessment import clock
from assessment.actions import erasing, inviting, owning, working_on
from assessment.actions.installation import Gone, Installation
from assessment.core.definition import Questionnaire
from assessment.store import invitations, notices, people, responses, retention, saved_views
from assessment.store.accounts import Account
from assessment.store.database import BUSY_TIMEOUT_MS, reading, settle, writing
from assessment.store.review_tables import export, invitation, note, review, search_word, submission
from assessment.store.tables import audit, consent, delivery, document, metadata, notice, person, response
from assessment.working import build_worker
from tests.conftest import sample_of
from tests.databases import POSTGRESQL, raw_content
from tests.reviewing import COMMENT, colleague, send_review
from tests.walking import Walker

PRIYA = {
    "email": "priya@northfield.example",
    "name": "Priya Raman",
    "company": "Northfield Systems",
    "role": "Director of renewals",
}
OMAR = {"email": "omar@eastbridge.example", "name": "Omar Haddad", "company": "Eastbridge", "role": "Buyer"}
UNIT = "Storage in the Nordics"
NOTE = "Prefers to be called on Tuesdays"
HERS = (*PRIYA.values(), UNIT, NOTE, COMMENT.splitlines()[-1], "openly")


@pytest.fixture
def carl(house: Installation) -> Account:
    return colleague(house)


def _submit(walker: Walker, asked: Questionnaire, contact: dict[str, str], typed: str = UNIT) -> str:
    unit = next(q.id for page in asked.pages if page.start for q in page.questions if q.type == "short_text")
    check = walker.to_check(asked, {**sample_of(asked).answers, unit: typed})
    return str(walker.submit(check, contact, ("contact", "comparison")).headers["Location"]).rpartition("/")[2]


@pytest.fixture
def hers(house: Installation, visitor: Callable[[], Walker], renewal: Questionnaire, carl: Account) -> tuple[str, str]:
    """Two submissions of Priya's with everything that can stand beside them."""
    first, second = _submit(visitor(), renewal, PRIYA), _submit(visitor(), renewal, PRIYA)
    for card in (first, second):
        working_on.add_note(house, card, NOTE, carl, clock.now())
    send_review(house, first)
    _fill_documents(house)
    return first, second


@pytest.fixture
def his(visitor: Callable[[], Walker], renewal: Questionnaire, house: Installation, carl: Account) -> str:
    """Omar's submission, which nobody may touch."""
    card = _submit(visitor(), renewal, OMAR, "Eastern depots")
    working_on.add_note(house, card, "Omar is in a hurry", carl, clock.now())
    return card


def _fill_documents(house: Installation) -> None:
    """As after the worker: every PDF is there and every mail went out."""
    with writing(house.engine) as connection:
        sealed = house.keyring.seal_bytes(b"%PDF of Priya Raman")
        connection.execute(update(document).values(state="ready", sealed_bytes=sealed, made_at=clock.now()))
        connection.execute(update(delivery).values(state="sent", tries=1, error="250 priya@northfield.example"))
        connection.execute(update(notice).values(state="sent", tries=1))


def _invite(
    house: Installation, carl: Account, contact: dict[str, str], questionnaire: str, message: str = "Dear Priya Raman"
) -> int:
    now = clock.now()
    with writing(house.engine) as connection:
        id_ = invitations.add(
            connection,
            house.keyring,
            public_id=clock.public_id(),
            account_id=carl.id,
            questionnaire=questionnaire,
            contact=contact,
            message=message,
            now=now,
            expires_at=now + inviting.LASTS,
        )
        notices.add(
            connection, house.keyring, kind="invitation", email=contact["email"], message_id=f"<{id_}@x>", now=now,
            invitation_id=id_,
        )  # fmt: skip
    return id_


def _everything(house: Installation) -> str:
    """Every stored value as text, the sealed ones opened."""
    kept: list[str] = []
    with reading(house.engine) as connection:
        for table in metadata.sorted_tables:
            if table.name in ("definition", "account"):
                continue
            for row in connection.execute(select(table)):
                for value in row:
                    kept.append(_opened(house, value) if isinstance(value, bytes) else str(value))
    return "\n".join(kept)


def _opened(house: Installation, value: bytes) -> str:
    return house.keyring.open_bytes(value).decode()


def _count(house: Installation, table: Table) -> int:
    with reading(house.engine) as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def _erase(house: Installation, card: str, carl: Account, *, everything: bool = True) -> int:
    return erasing.erase_person(house, card, "asked", everything=everything, by=carl, now=clock.now())


def test_nothing_of_her_is_left_in_any_table_or_in_the_file(
    house: Installation, carl: Account, hers: tuple[str, str], his: str, renewal: Questionnaire
) -> None:
    _invite(house, carl, PRIYA, renewal.id)
    assert all(word in _everything(house) for word in HERS), "the search must find what is there"
    assert b"Northfield Systems" in raw_content(house.engine)
    assert _erase(house, hers[0], carl) == 2
    left = _everything(house)
    assert not [word for word in HERS if word in left]
    assert "northfield systems" not in left
    raw = raw_content(house.engine)
    assert not [word for word in (*HERS, "northfield systems") if word.encode() in raw]
    assert all(word in left for word in OMAR.values())
    assert "Omar is in a hurry" in left


def test_every_sealed_column_of_hers_is_empty(
    house: Installation, carl: Account, hers: tuple[str, str], renewal: Questionnaire
) -> None:
    _invite(house, carl, PRIYA, renewal.id)
    _erase(house, hers[0], carl)
    with reading(house.engine) as connection:
        for table in (person, response, document, notice, invitation, review, note, export):
            for column in table.c:
                if column.name.startswith("sealed_"):
                    values = connection.execute(select(column)).scalars().all()
                    assert [value for value in values if value is not None] == [], (table.name, column.name)
        assert connection.execute(select(search_word)).all() == []
        assert set(connection.execute(select(submission.c.company)).scalars()) == {None}
        assert set(connection.execute(select(submission.c.email_index)).scalars()) == {None}
        assert None not in connection.execute(select(consent.c.withdrawn_at)).scalars().all()


def test_what_is_erased_still_counts_and_says_who_erased_it_and_why(
    house: Installation, carl: Account, hers: tuple[str, str]
) -> None:
    _erase(house, hers[1], carl)
    with reading(house.engine) as connection:
        rows = connection.execute(select(submission.c.erased, submission.c.overall, response.c.answers).join(response))
        kept = [(row.erased, row.overall is not None, len(row.answers) > 20) for row in rows]
        told = connection.execute(
            select(audit.c.actor, audit.c.subject, audit.c.detail).where(audit.c.action == "person.erased")
        )
        assert kept == [(True, True, True)] * 2
        assert {tuple(row) for row in told} == {(carl.actor, card, "asked") for card in hers}


def test_one_submission_alone_goes_without_the_other(
    house: Installation, carl: Account, hers: tuple[str, str], renewal: Questionnaire
) -> None:
    invited = _invite(house, carl, PRIYA, renewal.id)
    assert _erase(house, hers[0], carl, everything=False) == 1
    assert owning.read(house, hers[0]) is None
    other = owning.read(house, hers[1])
    assert other is not None
    assert other.person is not None
    assert other.person.email == PRIYA["email"]
    with reading(house.engine) as connection:
        kept = invitations.by_id(connection, house.keyring, invited)
    assert kept is not None
    assert kept.contact == PRIYA


def test_her_drafts_and_invitations_go_along_and_nobody_elses(
    house: Installation, visitor: Callable[[], Walker], carl: Account, hers: tuple[str, str], renewal: Questionnaire
) -> None:
    values = {"now": clock.now(), "key": clock.submission_key()}
    owning.reopen(house, hers[0], blank=False, new_id=clock.public_id(), **values)  # type: ignore[arg-type]
    visitor().to_check(renewal, sample_of(renewal).answers)  # somebody else's
    mailed = visitor().to_check(renewal, sample_of(renewal).answers).split("/")[2]
    with writing(house.engine) as connection:
        draft = responses.find(connection, mailed)
        assert draft is not None
        notices.add(
            connection, house.keyring, kind="resume", email="Priya@northfield.example", message_id="<r@x>",
            now=clock.now(), response_id=draft.id,
        )  # fmt: skip
    typed = visitor().to_check(renewal, sample_of(renewal).answers).split("/")[2]
    with writing(house.engine) as connection:
        sealed = house.keyring.seal('{"email": "priya@northfield.example"}')
        connection.execute(update(response).where(response.c.public_id == typed).values(sealed_contact=sealed))
    hers_too, omars = _invite(house, carl, PRIYA, renewal.id), _invite(house, carl, OMAR, renewal.id)
    _erase(house, hers[0], carl)
    with reading(house.engine) as connection:
        drafts = connection.execute(select(func.count()).where(response.c.state == "draft")).scalar_one()
        gone = invitations.by_id(connection, house.keyring, hers_too)
        kept = invitations.by_id(connection, house.keyring, omars)
    assert drafts == 1
    assert gone is not None
    assert kept is not None
    assert (gone.contact, gone.message, gone.email_index) == ({}, None, None)
    assert kept.contact == OMAR


def test_views_that_search_for_her_go_and_those_of_her_company_while_it_has_others_stay(
    house: Installation, visitor: Callable[[], Walker], carl: Account, hers: tuple[str, str], renewal: Questionnaire
) -> None:
    colleague_of_hers = _submit(visitor(), renewal, OMAR | {"company": "Northfield Systems, Inc."})
    views = {
        "Her": "search=raman",
        "Priya Raman again": "status=new",
        "Address": "search=priya%40northfield.example",
        "Company": "company=northfield+systems",
        "Systems": "search=systems",
        "Everything": "",
    }
    with writing(house.engine) as connection:
        for name, query in views.items():
            saved_views.put(connection, house.keyring, carl.id, name, query, shared=False, now=clock.now())
    _erase(house, hers[0], carl)
    assert _names(house) == {"Company", "Systems", "Everything"}
    _erase(house, colleague_of_hers, carl)
    assert _names(house) == {"Everything"}


def _names(house: Installation) -> set[str]:
    with reading(house.engine) as connection:
        return {view.name for view in saved_views.everybodys(connection, house.keyring)}


def test_the_prospects_own_button_erases_the_same(house: Installation, hers: tuple[str, str]) -> None:
    for card in hers:
        owning.erase(house, card, clock.now())
    left = _everything(house)
    assert not [word for word in HERS if word in left]
    assert not [word for word in HERS if word.encode() in raw_content(house.engine)]


def test_an_export_that_holds_her_is_gone(house: Installation, carl: Account, hers: tuple[str, str]) -> None:
    now = clock.now()
    values = {"account_id": carl.id, "form": "csv", "contact": True, "tries": 1, "done": 2, "total": 2}
    with writing(house.engine) as connection:
        sealed = {"sealed_query": house.keyring.seal(""), "sealed_bytes": house.keyring.seal_bytes(b"Priya Raman")}
        times = {"created_at": now, "made_at": now, "next_at": now}
        connection.execute(insert(export).values(public_id="e1", state="ready", **values, **sealed, **times))
    _erase(house, hers[0], carl)
    with reading(house.engine) as connection:
        assert connection.execute(select(export.c.sealed_bytes)).scalar_one() is None


def test_nobody_is_erased_twice_or_for_no_reason(house: Installation, carl: Account, hers: tuple[str, str]) -> None:
    with pytest.raises(ValueError, match="boredom"):
        erasing.erase_person(house, hers[0], "boredom", everything=True, by=carl, now=clock.now())
    assert _erase(house, hers[0], carl) == 2
    with pytest.raises(Gone):
        _erase(house, hers[0], carl)


def test_that_she_asked_for_no_mail_outlives_her(house: Installation, carl: Account, hers: tuple[str, str]) -> None:
    index = house.keyring.index(PRIYA["email"])
    with writing(house.engine) as connection:
        people.suppress(connection, index, people.ASKED_FOR_NONE, clock.now())
    _erase(house, hers[0], carl)
    with reading(house.engine) as connection:
        assert people.suppressed(connection, index) == people.ASKED_FOR_NONE


def test_contacts_of_two_years_ago_go_with_notes_and_the_invitation(
    house: Installation, visitor: Callable[[], Walker], carl: Account, renewal: Questionnaire
) -> None:
    bare = visitor().scorecard(renewal, sample_of(renewal).answers).rpartition("/")[2]
    working_on.add_note(house, bare, NOTE, carl, clock.now())
    invited = _invite(house, carl, PRIYA, renewal.id)
    with writing(house.engine) as connection:
        found = connection.execute(select(submission.c.response_id)).scalar_one()
        assert invitations.use(connection, invited, found, clock.now())
        connection.execute(update(response).values(sealed_texts=None))
        early = retention.erase_contacts_before(connection, clock.now() - timedelta(days=1))
        late = retention.erase_contacts_before(connection, clock.now() + timedelta(days=1))
        again = retention.erase_contacts_before(connection, clock.now() + timedelta(days=1))
    assert (early, late, again) == (0, 1, 0)
    assert _count(house, note) == 0
    left = _everything(house)
    assert NOTE not in left
    assert PRIYA["name"] not in left


def test_invitations_nobody_used_are_forgotten_a_month_after_they_ended(
    house: Installation, carl: Account, renewal: Questionnaire
) -> None:
    _first, withdrawn, _third = (_invite(house, carl, PRIYA, renewal.id) for _ in range(3))
    now = clock.now()
    with writing(house.engine) as connection:
        invitations.revoke(connection, withdrawn, now)
    assert inviting.forget_old(house, now + inviting.KEPT - timedelta(hours=1)) == 0
    assert inviting.forget_old(house, now + inviting.KEPT + timedelta(hours=1)) == 1
    with reading(house.engine) as connection:
        emptied = invitations.by_id(connection, house.keyring, withdrawn)
    assert emptied is not None
    assert (emptied.contact, emptied.message, emptied.email_index) == ({}, None, None)
    assert inviting.forget_old(house, now + inviting.LASTS + inviting.KEPT + timedelta(hours=1)) == 2


def test_the_workers_housekeeping_forgets_invitations_and_empties_the_log(
    house: Installation, carl: Account, renewal: Questionnaire, monkeypatch: pytest.MonkeyPatch
) -> None:
    invited = _invite(house, carl, PRIYA, renewal.id)
    later = clock.now() + inviting.LASTS + inviting.KEPT + timedelta(hours=1)
    with monkeypatch.context() as patched:
        patched.setattr(clock, "now", lambda: later)
        build_worker(house, None, "desk/1").keep_house()  # type: ignore[arg-type]
    with reading(house.engine) as connection:
        found = invitations.by_id(connection, house.keyring, invited)
    assert found is not None
    assert (found.contact, found.message) == ({}, None)
    assert b"Dear Priya Raman" not in raw_content(house.engine)
    if not POSTGRESQL:
        assert Path(f"{house.engine.url.database}-wal").stat().st_size == 0


@pytest.mark.sqlite("only SQLite has a log of ours to empty")
def test_the_log_is_emptied_unless_somebody_reads(house: Installation, carl: Account) -> None:
    reader = sqlite3.connect(str(house.engine.url.database), isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM response").fetchone()
    with writing(house.engine) as connection:
        saved_views.put(connection, house.keyring, carl.id, "Mine", "", shared=False, now=clock.now())
    assert not settle(house.engine)
    reader.close()
    assert settle(house.engine)
    log = Path(f"{house.engine.url.database}-wal")
    assert log.stat().st_size == 0
    with house.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar_one() == BUSY_TIMEOUT_MS


def _public_id(house: Installation, id_: int) -> str:
    with reading(house.engine) as connection:
        return str(connection.execute(select(invitation.c.public_id).where(invitation.c.id == id_)).scalar_one())


def test_who_is_known_by_an_invitation_alone_is_erased_by_it(
    house: Installation, carl: Account, his: str, renewal: Questionnaire
) -> None:
    survey = house.catalogue.live("survey")[0].questionnaire.id
    asked, again = _invite(house, carl, PRIYA, survey), _invite(house, carl, PRIYA, renewal.id)
    other = _invite(house, carl, OMAR, survey, "Dear Omar")
    name = _public_id(house, asked)
    found = erasing.invited(house, name)
    assert (found.found.contact, found.submissions, found.invitations) == (PRIYA, (), 2)
    with pytest.raises(ValueError, match="because"):
        erasing.erase_invited(house, name, "because", by=carl, now=clock.now())
    assert erasing.erase_invited(house, name, "asked", by=carl, now=clock.now()) == 0
    left = _everything(house)
    assert not [word for word in PRIYA.values() if word in left]
    raw = raw_content(house.engine)
    assert house.keyring.index(PRIYA["email"]).encode() not in raw
    assert all(word in left for word in OMAR.values())
    with reading(house.engine) as connection:
        states = {row.id: row.state for row in connection.execute(select(notice.c.id, notice.c.state, notice.c.kind))}
        noted = connection.execute(select(audit.c.actor, audit.c.detail).where(audit.c.subject == name)).all()
        rows = connection.execute(select(invitation.c.id, invitation.c.sealed_contact, invitation.c.revoked_at)).all()
    assert (carl.actor, "asked") in [tuple(row) for row in noted]
    assert {row.id for row in rows if row.sealed_contact is None} == {asked, again}
    assert next(row.revoked_at for row in rows if row.id == asked) is not None
    assert list(states.values()).count("erased") == 2
    assert other not in {row.id for row in rows if row.revoked_at is not None}
    for ask in (erasing.invited, lambda *of: erasing.erase_invited(*of, "asked", by=carl, now=clock.now())):
        with pytest.raises(Gone):
            ask(house, name)


def test_erasing_whom_an_invitation_is_for_takes_what_they_submitted_and_began(
    house: Installation, carl: Account, hers: tuple[str, str], his: str, renewal: Questionnaire
) -> None:
    name = _public_id(house, _invite(house, carl, PRIYA, renewal.id))
    key, draft = clock.submission_key(), clock.public_id()
    entry = house.catalogue.get(renewal.id)
    assert entry is not None
    inviting.begin(house, name, entry, answers={}, texts={}, now=clock.now(), new_id=draft, key=key)
    assert len(erasing.invited(house, name).drafts) == 1
    assert erasing.erase_invited(house, name, "stranger", by=carl, now=clock.now()) == 2
    left = _everything(house)
    assert not [word for word in HERS if word in left]
    assert all(word in left for word in OMAR.values())
    with reading(house.engine) as connection:
        assert responses.find(connection, draft) is None
        gone = connection.execute(select(audit.c.subject).where(audit.c.action == "person.erased")).scalars().all()
    assert sorted(gone) == sorted((*hers, name))


def test_an_invitation_without_an_address_is_erased_alone(
    house: Installation, carl: Account, renewal: Questionnaire
) -> None:
    with writing(house.engine) as connection:
        public_id, now = clock.public_id(), clock.now()
        invitations.add(
            connection, house.keyring, public_id=public_id, account_id=carl.id, questionnaire=renewal.id,
            contact={"name": "Priya Raman"}, message="", now=now, expires_at=now + inviting.LASTS,
        )  # fmt: skip
    assert erasing.erase_invited(house, public_id, "needless", by=carl, now=clock.now()) == 0
    assert "Priya Raman" not in _everything(house)
