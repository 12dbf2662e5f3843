"""What Mallory tries, and what must hold when the house is under stress: limits, links, races, a busy database."""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from html import unescape
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select, text
from sqlalchemy.exc import DBAPIError
from werkzeug.datastructures import MultiDict

from assessment.actions.installation import Installation
from assessment.actions.links import Links
from assessment.app import create_app
from assessment.core.definition import Questionnaire
from assessment.forms.pages import page_form
from assessment.installing import install, links_of, prepare
from assessment.settings import read_settings
from assessment.store import database
from assessment.store.database import reading, writing
from assessment.store.deliveries import forget_before
from assessment.store.retention import erase_contacts_before
from assessment.store.tables import audit, consent, delivery, document, notice, person, response, scorecard
from assessment.working import build_worker
from tests.conftest import sample_of
from tests.databases import POSTGRESQL, fresh_database, somebody_writes
from tests.walking import Fields, Walker, fields_of, hidden

VICTIM = "victim@northfield.example"
MALLORY = "mallory@evil.example"


def _rows(house: Installation, *columns: Any) -> list[Any]:
    with reading(house.engine) as connection:
        return list(connection.execute(select(*columns)))


def _press(walker: Walker, page: str, action: str, **fields: str) -> Any:
    html = walker.client.get(page).get_data(as_text=True)
    return walker.client.post(action, data={"csrf_token": hidden(html, "csrf_token"), **fields})


def _send_all(house: Installation) -> None:
    """The worker's mails, without making documents: they are settled as failed."""
    with writing(house.engine) as connection:
        connection.execute(document.update().values(state="failed"))
    worker = build_worker(house, None, "desk/1")  # type: ignore[arg-type]
    while worker.send_step():
        pass


def _mailed_link(house: Installation, card: str, email: str, kind: str = "mailed") -> str:
    links, tie = links_of(house), Links.tie_of(house.keyring.index(email))
    token = links.token(kind, card.rpartition("/")[2], 1, tie)  # type: ignore[arg-type]
    return f"/not-me/{token}" if kind == "not-me" else f"/open/{kind}/{token}"


# Going back and coming back.


def test_back_after_the_submit_leads_to_the_scorecard(priya: Walker, renewal: Questionnaire) -> None:
    check = priya.to_check(renewal, sample_of(renewal).answers)
    base = check.rpartition("/")[0]
    token = hidden(priya.client.get(f"{base}/1").get_data(as_text=True), "csrf_token")
    card = priya.submit(check).headers["Location"]
    for address in ("/0", "/1", "/check", "/later", "/later?at=2"):
        assert priya.client.get(base + address).headers["Location"] == card, address
    for address in ("/1", "/check", "/later"):
        reply = priya.client.post(base + address, data={"csrf_token": token, "email": VICTIM})
        assert (reply.status_code, reply.headers["Location"]) == (303, card), address
    assert priya.client.post(f"{base}/1/save", data={"csrf_token": token}).status_code == 409


@pytest.mark.parametrize("at", ["9" * 5000, "-1", "99", "١", "²", "", "1e3", "0x1", "\x00"])
def test_a_page_number_that_is_none_is_taken_for_where_one_stands(
    priya: Walker, renewal: Questionnaire, house: Installation, at: str
) -> None:
    address = priya.start(renewal, sample_of(renewal).answers)
    base = address.rpartition("/")[0]
    assert priya.client.get(f"{base}/later", query_string={"at": at}).status_code == 200
    link = links_of(house).address("resume", base.rpartition("/")[2], 1).removeprefix("http://localhost")
    opened = priya.client.get(link, query_string={"at": at}).headers["Location"]
    assert priya.client.get(opened).status_code == 200
    assert priya.client.get(f"{base}/{'9' * 5000}").status_code == 404


def _hidden_page(new: Callable[[], Walker], asked: Questionnaire) -> tuple[Walker, str, int]:
    """Somebody on a way that leaves a page out: their browser, the base address, the page's index."""
    for persona in asked.personas:
        walker = new()
        base = walker.to_check(asked, persona.answers).rpartition("/")[0]
        for index in range(len(asked.pages)):
            if walker.client.get(f"{base}/{index}").status_code == 303:
                return walker, base, index
    raise AssertionError("every way shows every page")


def test_a_page_that_asks_nothing_leads_on(tmp_path: Path) -> None:
    whole = (Path(__file__).parents[1] / "questionnaires" / "routing.yaml").read_text()
    parted = whole.replace("      - {id: hours,", "  - area: sold\n    questions:\n      - {id: hours,", 1)
    (tmp_path / "parted").mkdir()
    (tmp_path / "parted" / "routing.yaml").write_text(parted)
    environment = {
        "ASSESSMENT_HOME": "other",
        "ASSESSMENT_QUESTIONNAIRES": "parted",
        "DATABASE_URL": fresh_database(tmp_path / "other"),
    }
    settings = read_settings(environment, tmp_path)
    prepare(settings)
    with closing_house(settings) as other:
        entry, app = other.catalogue.get("routing"), create_app(other)
        assert entry is not None
        walker, base, index = _hidden_page(lambda: Walker(app.test_client()), entry.questionnaire)
        led = walker.client.get(f"{base}/{index}").headers["Location"]
        assert walker.client.get(led).status_code == 200
        token = hidden(walker.client.get(led).get_data(as_text=True), "csrf_token")
        assert walker.client.post(f"{base}/{index}", data={"csrf_token": token}).headers["Location"] == led
        link = links_of(other).address("resume", base.rpartition("/")[2], 1, tail=f"?at={index}")
        assert walker.client.get(link.removeprefix(settings.public_url)).headers["Location"] == led


@contextmanager
def closing_house(settings: Any) -> Iterator[Installation]:
    made = install(settings)
    yield made
    made.engine.dispose()


# Many mails.


def test_deleting_the_scorecard_does_not_lift_the_limit_on_its_address(
    visitor: Callable[[], Walker], renewal: Questionnaire, house: Installation
) -> None:
    for _ in range(3):
        mallory = visitor()
        card = mallory.scorecard(renewal, sample_of(renewal).answers, {"email": VICTIM})
        _send_all(house)
        assert _press(mallory, f"{card}/delete", f"{card}/delete").status_code == 200
    assert len(list(house.settings.outbox.glob("*.eml"))) == 1
    with writing(house.engine) as connection:
        forget_before(connection, _rows(house, delivery.c.created_at)[-1].created_at.replace(year=2999))
    assert {row.email_index for row in _rows(house, delivery.c.email_index)} == {None}


@pytest.mark.parametrize(
    "spelling",
    [
        "VICTIM@Northfield.example",
        "victim+x@northfield.example",
        "victim@ｎorthfield.example",
        "victim@northfield。example.example",
    ],
)
def test_another_spelling_is_the_same_mailbox(house: Installation, spelling: str) -> None:
    same = house.keyring.index(spelling) == house.keyring.index(VICTIM)
    assert same == ("。" not in spelling)


def test_one_scorecard_reaches_few_people(priya: Walker, renewal: Questionnaire, house: Installation) -> None:
    card = priya.scorecard(renewal, sample_of(renewal).answers, {"email": "p0@northfield.example"})
    for number in range(1, 12):
        _send_all(house)
        _press(priya, f"{card}/address", f"{card}/address", email=f"p{number}@northfield.example")
    _send_all(house)
    assert len(list(house.settings.outbox.glob("*.eml"))) == 5


def test_one_draft_mails_its_link_to_few_people(priya: Walker, renewal: Questionnaire, house: Installation) -> None:
    base = priya.start(renewal, sample_of(renewal).answers).rpartition("/")[0]
    said = [_press(priya, f"{base}/later", f"{base}/later", email=f"p{n}@x.example").status_code for n in range(8)]
    assert said == [200] * 5 + [422] * 3
    assert len(_rows(house, notice.c.id)) == 5


def test_pressing_mail_again_and_again_leaves_few_rows(
    priya: Walker, renewal: Questionnaire, house: Installation
) -> None:
    card = priya.scorecard(renewal, sample_of(renewal).answers, {"email": VICTIM})
    for _ in range(10):
        assert "mailed today already" in _press(priya, card, f"{card}/mail").get_data(as_text=True)
    assert len(_rows(house, delivery.c.id)) == 2
    assert len(_rows(house, document.c.id)) == 1


def test_a_link_that_was_mailed_leaves_no_address(priya: Walker, renewal: Questionnaire, house: Installation) -> None:
    base = priya.start(renewal, sample_of(renewal).answers).rpartition("/")[0]
    assert _press(priya, f"{base}/later", f"{base}/later", email=VICTIM).status_code == 200
    assert _rows(house, notice.c.sealed_email)[0].sealed_email is not None
    _send_all(house)
    [row] = _rows(house, notice)
    assert (row.state, row.sealed_email) == ("sent", None)
    assert row.email_index == house.keyring.index(VICTIM)  # for the limit of the day


def test_a_download_says_so_when_the_worker_is_away(priya: Walker, renewal: Questionnaire, house: Installation) -> None:
    card = priya.scorecard(renewal, sample_of(renewal).answers)
    soon = priya.client.get(f"{card}/pdf")
    assert (soon.headers["Refresh"], "a few seconds" in soon.get_data(as_text=True)) == ("2", True)
    with writing(house.engine) as connection:
        long_ago = connection.execute(select(document.c.next_at)).scalar_one() - timedelta(hours=3)
        connection.execute(document.update().values(next_at=long_ago))
    late = priya.client.get(f"{card}/pdf")
    assert (late.headers["Refresh"], "longer than usual" in late.get_data(as_text=True)) == ("20", True)


def test_a_pdf_erased_by_age_is_made_again_without_a_name(
    priya: Walker, renewal: Questionnaire, house: Installation
) -> None:
    card = priya.scorecard(renewal, sample_of(renewal).answers, {"email": VICTIM, "name": "Priya Raman"})
    link = _mailed_link(house, card, VICTIM)
    with writing(house.engine) as connection:
        later = connection.execute(select(response.c.submitted_at)).scalar_one() + timedelta(days=1)
        assert erase_contacts_before(connection, later) == 1
    for _ in range(3):
        assert priya.client.get(f"{card}/pdf").status_code == 200
    assert [row.state for row in _rows(house, document.c.state)] == ["erased", "queued"]
    assert priya.client.get(link).status_code == 303  # nothing personal is left: what was mailed still opens it


# Links in the wrong hands.


@pytest.fixture
def corrected(priya: Walker, renewal: Questionnaire) -> str:
    """Priya's scorecard, first sent to Mallory by mistake, then corrected."""
    return priya.scorecard(renewal, sample_of(renewal).answers, {"email": MALLORY, "name": "Priya Raman"})


def test_whoever_got_it_by_mistake_loses_it_with_the_correction(
    priya: Walker, mallory: Walker, corrected: str, house: Installation
) -> None:
    early = mallory.client.get(_mailed_link(house, corrected, MALLORY))
    assert early.status_code == 303
    assert mallory.client.get(corrected).status_code == 200
    assert _press(priya, f"{corrected}/address", f"{corrected}/address", email=VICTIM).status_code == 200
    assert mallory.client.get(corrected).status_code == 404
    assert mallory.client.get(_mailed_link(house, corrected, MALLORY)).status_code == 404
    assert mallory.client.get(_mailed_link(house, corrected, MALLORY, "not-me")).status_code == 404
    assert mallory.client.get(_mailed_link(house, corrected, VICTIM)).status_code == 303
    assert _rows(house, person.c.email_index)[0].email_index == house.keyring.index(VICTIM)


def test_the_key_to_one_address_confirms_no_other(mallory: Walker, renewal: Questionnaire, house: Installation) -> None:
    card = mallory.scorecard(renewal, sample_of(renewal).answers, {"email": MALLORY})
    mallory.client.get(_mailed_link(house, card, MALLORY))
    assert _press(mallory, f"{card}/address", f"{card}/address", email=VICTIM).status_code == 200
    assert _press(mallory, card, f"{card}/confirm").status_code == 404
    assert _rows(house, person.c.confirmed_at)[0].confirmed_at is None


def test_who_came_by_mail_and_corrects_the_address_stays_the_owner(
    mallory: Walker, corrected: str, house: Installation
) -> None:
    mallory.client.get(_mailed_link(house, corrected, MALLORY))
    changed = _press(mallory, f"{corrected}/address", f"{corrected}/address", email="m2@evil.example")
    assert changed.status_code == 200
    assert mallory.client.get(corrected).status_code == 200


def test_not_me_takes_the_consents_along(
    priya: Walker, mallory: Walker, renewal: Questionnaire, house: Installation
) -> None:
    check = priya.to_check(renewal, sample_of(renewal).answers)
    card = priya.submit(check, {"email": VICTIM}, consents=("contact", "comparison")).headers["Location"]
    address = _mailed_link(house, card, VICTIM, "not-me")
    assert _press(mallory, address, address).status_code == 200
    assert all(row.withdrawn_at is not None for row in _rows(house, consent.c.withdrawn_at))
    assert mallory.client.get(address).status_code in {200, 404}


def test_deleting_takes_begun_corrections_along(priya: Walker, renewal: Questionnaire, house: Installation) -> None:
    card = priya.scorecard(renewal, sample_of(renewal).answers, {"email": VICTIM, "name": "Priya Raman"})
    check = _press(priya, card, f"{card}/correct").headers["Location"]
    assert _press(priya, f"{card}/delete", f"{card}/delete").status_code == 200
    assert priya.client.get(check).status_code == 404
    assert [row.sealed_contact for row in _rows(house, response.c.sealed_contact)] == [None]


def test_a_retired_assessment_is_not_taken_again(
    priya: Walker, renewal: Questionnaire, house: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = priya.scorecard(renewal, sample_of(renewal).answers)
    entry = house.catalogue.get(renewal.id)
    assert entry is not None
    retired = type(entry)(entry.questionnaire.model_copy(update={"status": "retired"}), entry.version)
    monkeypatch.setattr(house.catalogue, "get", lambda _slug: retired)
    assert "no longer open" in _press(priya, card, f"{card}/again").get_data(as_text=True)
    assert len(_rows(house, response.c.id)) == 1
    assert _press(priya, card, f"{card}/correct").status_code == 303


def test_everything_an_owner_does_is_noted_and_nothing_they_typed(
    priya: Walker, mallory: Walker, renewal: Questionnaire, house: Installation
) -> None:
    base = priya.start(renewal, sample_of(renewal).answers).rpartition("/")[0]
    _press(priya, f"{base}/later", f"{base}/later", email=VICTIM)
    card = priya.scorecard(renewal, sample_of(renewal).answers, {"email": VICTIM, "name": "Priya Raman"})
    mallory.client.get(_mailed_link(house, card, VICTIM))
    _press(mallory, card, f"{card}/confirm")
    for action in ("share", "mail", "correct", "again"):
        _press(priya, card, f"{card}/{action}")
    _press(priya, f"{card}/address", f"{card}/address", email="p2@northfield.example")
    other = _mailed_link(house, card, "p2@northfield.example", "not-me")
    _press(mallory, other, other)
    _press(priya, f"{card}/delete", f"{card}/delete")
    noted = _rows(house, audit.c.action, audit.c.actor, audit.c.subject, audit.c.detail)
    assert [row.action for row in noted] == [
        "response.started", "link.mailed", "response.started", "response.submitted", "address.confirmed", "link.shared",
        "delivery.again", "response.started", "response.started", "address.corrected", "address.removed",
        "person.erased",
    ]  # fmt: skip
    assert not any("@" in str(tuple(row)) or "Priya" in str(tuple(row)) for row in noted)


# Answers that do not fit together.


def test_half_a_page_saved_does_not_get_round_a_check(
    priya: Walker, renewal: Questionnaire, house: Installation
) -> None:
    answers = sample_of(renewal).answers
    base = priya.to_check(renewal, answers).rpartition("/")[0]
    check = next(c for c in renewal.checks if c.require.split(" <= ")[0] in answers and c.on in answers)
    index, page = next((i, p) for i, p in enumerate(renewal.pages) if check.on in {q.id for q in p.questions})
    low = check.require.split("<=")[0].strip()
    html = priya.client.get(f"{base}/{index}").get_data(as_text=True)
    tokens = {name: hidden(html, name) for name in ("csrf_token", "seen")}
    forged = {**fields_of(page, answers), low: "99999", **tokens}
    assert priya.client.post(f"{base}/{index}", data=forged).status_code == 422
    assert priya.client.post(f"{base}/{index}/save", data=forged).status_code == 200
    reply = priya.submit(f"{base}/check", {"email": VICTIM})
    assert reply.status_code == 422
    assert unescape(reply.get_data(as_text=True)).count(check.tell) >= 1
    assert f"/{index}?back=check#q-{check.on}" in reply.get_data(as_text=True)
    assert not _rows(house, scorecard.c.id)


def test_a_question_may_bear_the_name_of_anything_in_a_form(
    house: Installation, app: Flask, renewal: Questionnaire
) -> None:
    choice = next(q for q in renewal.questions.values() if q.type == "choice")
    for name in ("data", "errors", "read", "check", "messages", "sent", "process", "validate", "meta"):
        question = choice.model_copy(update={"id": name})
        page = renewal.pages[-2].model_copy(update={"questions": (question,)})
        asked = renewal.model_copy(update={"pages": (page,)})
        form = page_form(asked, f"version-{name}", 0)(MultiDict({name: choice.answers[0].id}))
        assert form.read((question,))
        assert form.answers == {name: choice.answers[0].id}


# Many at once.


def test_twenty_submits_at_once_make_one_scorecard_and_one_mail(
    priya: Walker, app: Flask, renewal: Questionnaire, house: Installation
) -> None:
    check = priya.to_check(renewal, sample_of(renewal).answers)
    html = priya.client.get(check).get_data(as_text=True)
    fields = {"csrf_token": hidden(html, "csrf_token"), "email": VICTIM}
    cookies = [(cookie.key, cookie.value) for cookie in priya.client._cookies.values()]
    barrier = Barrier(20)

    def submit(_number: int) -> tuple[int, str]:
        client = app.test_client()
        for key, value in cookies:
            client.set_cookie(key, value)
        barrier.wait()
        reply = client.post(check, data=fields)
        return reply.status_code, str(reply.headers.get("Location"))

    with ThreadPoolExecutor(20) as crowd:
        replies = set(crowd.map(submit, range(20)))
    assert len(replies) == 1
    assert next(iter(replies))[0] == 303
    counts = [len(_rows(house, table.c.id)) for table in (scorecard, document, delivery, person)]
    assert counts == [1, 1, 1, 1]
    assert sum(row.action == "response.submitted" for row in _rows(house, audit.c.action)) == 1


# A database that is busy, or full.


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[Installation]:
    """The installation, but a writer waits a moment only."""
    monkeypatch.setattr(database, "BUSY_TIMEOUT_MS", 30)
    prepare(settings)
    with closing_house(settings) as made:
        yield made


@contextmanager
def _locked(house: Installation) -> Iterator[None]:
    with somebody_writes(house.engine):
        yield


@contextmanager
def _tables_held(house: Installation) -> Iterator[None]:
    """Somebody keeps others from writing into the tables, say to make an index; PostgreSQL only."""
    names = ", ".join(table.name for table in (response, scorecard, person, consent, notice))
    with house.engine.connect() as other:
        other.exec_driver_sql(f"LOCK TABLE {names} IN EXCLUSIVE MODE")
        yield
        other.rollback()


@contextmanager
def _read_only(house: Installation) -> Iterator[None]:
    """The disk takes no writing, or the database has become a standby."""

    def refuse(connection: Any, _record: Any, _proxy: Any) -> None:
        if POSTGRESQL:
            connection.read_only = True
        else:
            connection.execute("PRAGMA query_only=ON")

    event.listen(house.engine, "checkout", refuse)
    yield
    event.remove(house.engine, "checkout", refuse)
    house.engine.dispose()


@pytest.mark.parametrize("trouble", [_locked, _read_only, *([_tables_held] if POSTGRESQL else [])])
def test_nothing_typed_is_lost_while_the_database_cannot_be_written(
    impatient: Installation, renewal: Questionnaire, trouble: Callable[[Installation], Any]
) -> None:
    priya, answers = Walker(create_app(impatient).test_client()), sample_of(renewal).answers
    client = priya.client
    intro = f"/a/{renewal.id}"
    start: Fields = {"csrf_token": hidden(client.get(intro).get_data(as_text=True), "csrf_token")}
    for page in renewal.pages:
        start |= fields_of(page, answers) if page.start else {}
    with trouble(impatient):
        _comes_back(client.post(intro, data=start), start)
    address = client.post(intro, data=start).headers["Location"]
    fields = _filled(priya, address, renewal, answers)
    with trouble(impatient):
        _comes_back(client.post(address, data=fields), fields)
        assert client.post(f"{address}/save", data=fields).status_code == 503
        assert client.get(address).status_code == 200
    while not address.endswith("/check"):
        address = priya.answer(address, renewal, answers).headers["Location"]
    contact: Fields = {"csrf_token": start["csrf_token"], "name": "Priya Raman", "email": "wrong"}
    right: Fields = {**contact, "email": VICTIM, "consent": "contact"}
    later = address.replace("/check", "/later")
    with trouble(impatient):
        _comes_back(client.post(address, data=contact), contact)
        _comes_back(client.post(address, data=right), right)
        _comes_back(client.post(later, data={"csrf_token": start["csrf_token"], "email": VICTIM}), {"email": VICTIM})
    card = client.post(address, data=right).headers["Location"]
    with trouble(impatient):
        corrected = {"csrf_token": start["csrf_token"], "email": "p2@northfield.example"}
        _comes_back(client.post(f"{card}/address", data=corrected), corrected)
        assert client.post(f"{card}/delete", data=corrected).status_code == 503
        assert client.get(card).status_code == 200
    assert len(_rows(impatient, scorecard.c.id)) == 1


def _filled(walker: Walker, address: str, asked: Questionnaire, answers: Any) -> Fields:
    html = walker.client.get(address).get_data(as_text=True)
    tokens: Fields = {name: hidden(html, name) for name in ("csrf_token", "seen")}
    return fields_of(asked.pages[int(address.rpartition("/")[2])], answers) | tokens


def _comes_back(reply: Any, fields: Fields) -> None:
    html = reply.get_data(as_text=True)
    assert reply.status_code == 503
    assert reply.headers["Retry-After"] == "5"
    assert "busy" in html
    for name, values in fields.items():
        if name == "csrf_token":
            continue
        for value in [values] if isinstance(values, str) else values:
            assert f'value="{value}"' in html, name
            field = re.search(rf'<input[^>]*value="{re.escape(value)}"[^>]*>', html)
            assert field, name
            if name not in {"seen"} and 'type="radio"' in field[0]:
                assert re.search(rf'name="{name}" value="{re.escape(value)}"[^>]* checked', html), name


def test_an_error_says_nothing_of_what_was_stored(house: Installation) -> None:
    with pytest.raises(DBAPIError) as caught, writing(house.engine) as connection:
        connection.execute(text("SELECT nothing FROM nowhere WHERE a = :a"), {"a": VICTIM})
    assert "nowhere" in str(caught.value)
    assert VICTIM not in str(caught.value)


# A browser that lost its keys, and addresses that are not ours.


def test_a_browser_that_lost_its_key_gets_its_contact_details_back(
    priya: Walker, mallory: Walker, renewal: Questionnaire, house: Installation
) -> None:
    check = priya.to_check(renewal, sample_of(renewal).answers)
    reply = mallory.client.post(check, data={"name": "Priya Raman", "email": VICTIM, "company": "Northfield"})
    html = reply.get_data(as_text=True)
    assert reply.status_code == 403
    assert "no longer has the key" in html
    for typed in ("Priya Raman", VICTIM, "Northfield"):
        assert f'value="{typed}"' in html
    assert "rows__act" not in html  # no answer is shown
    assert not _rows(house, scorecard.c.id)
    priya.submit(check)
    assert mallory.client.post(check, data={"name": "Priya"}).status_code == 404


@pytest.mark.parametrize("path", ["later", "check"])
def test_an_expired_token_loses_nothing_typed(priya: Walker, renewal: Questionnaire, path: str) -> None:
    base = priya.to_check(renewal, sample_of(renewal).answers).rpartition("/")[0]
    reply = priya.client.post(f"{base}/{path}", data={"email": VICTIM, "csrf_token": "stale"})
    html = reply.get_data(as_text=True)
    assert reply.status_code == 422
    assert f'value="{VICTIM}"' in html
    assert "open for a long time" in html
    again = priya.client.post(f"{base}/{path}", data={"email": VICTIM, "csrf_token": hidden(html, "csrf_token")})
    assert again.status_code in {200, 303}


SPOOFED = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example", "X-Forwarded-For": "10.0.0.1"}


@pytest.mark.parametrize("headers", [{}, SPOOFED, {"Host": "evil.example"}, {"Host": "a b"}, {"Host": "x" * 300}])
def test_links_never_come_from_the_request(priya: Walker, renewal: Questionnaire, headers: dict[str, str]) -> None:
    base = priya.start(renewal, sample_of(renewal).answers).rpartition("/")[0]
    reply = priya.client.get(f"{base}/later", headers=headers)
    assert reply.status_code in {200, 400, 404}
    assert "evil.example" not in reply.get_data(as_text=True)
    assert "evil.example" not in str(reply.headers)
    doubled = priya.client.get(f"/{base}/later", headers=headers)
    assert "evil.example" not in str(doubled.headers)


@pytest.mark.parametrize("proxies", ["0", "1"])
def test_on_https_cookies_are_the_hosts_own(tmp_path: Path, proxies: str) -> None:
    settings = read_settings(
        {
            "ASSESSMENT_HOME": str(tmp_path / "safe"),
            "DATABASE_URL": fresh_database(tmp_path / "safe"),
            "ASSESSMENT_PUBLIC_URL": "https://assess.example",
            "ASSESSMENT_PROXIES": proxies,
        },
        tmp_path,
    )
    prepare(settings)
    with closing_house(settings) as house:
        entry = house.catalogue.live()[0]
        client = create_app(house).test_client()
        client.environ_base |= {"HTTP_X_FORWARDED_PROTO": "https", "HTTP_HOST": "assess.example"}
        base = "https://assess.example" if proxies == "1" else "http://assess.example"
        intro = client.get(f"/a/{entry.questionnaire.id}", base_url="https://assess.example")
        assert intro.headers["Strict-Transport-Security"] == "max-age=31536000"
        fields: Fields = {"csrf_token": hidden(intro.get_data(as_text=True), "csrf_token")}
        for page in entry.questionnaire.pages:
            fields |= fields_of(page, sample_of(entry.questionnaire).answers) if page.start else {}
        begun = client.post(
            f"/a/{entry.questionnaire.id}",
            data=fields,
            base_url="https://assess.example",
            headers={"Referer": f"{base.replace('http:', 'https:')}/a/{entry.questionnaire.id}"},
        )
        assert begun.status_code == 303
        for cookie in [*intro.headers.getlist("Set-Cookie"), *begun.headers.getlist("Set-Cookie")]:
            assert cookie.startswith("__Host-")
            for part in ("Secure", "HttpOnly", "Path=/", "SameSite=Lax"):
                assert part in cookie
            assert "Domain" not in cookie


@pytest.mark.parametrize(
    "cookie", ["session=\xff\xfe", "session=" + "a" * 40_000, "=;;=", "session", "s-AAAAAAAAAAAAAAAA=.."]
)
def test_bad_cookies_are_no_cookies(app: Flask, renewal: Questionnaire, cookie: str) -> None:
    client = app.test_client(use_cookies=False)  # a jar of its own would send its cookies in place of these
    assert client.get(f"/a/{renewal.id}", headers={"Cookie": cookie}).status_code == 200
    assert client.get("/s/AAAAAAAAAAAAAAAA", headers={"Cookie": cookie}).status_code == 404
