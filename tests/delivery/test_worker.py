"""Priya's scorecard is made and mailed once, whatever fails on the way; what she erased is not sent."""

import logging
import multiprocessing
import os
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader
from sqlalchemy import Table, func, select, update
from sqlalchemy.exc import OperationalError

from assessment import rendering
from assessment.core.scorecard import Scorecard
from assessment.delivery import sending
from assessment.delivery.mailer import DeliveryError, OutboxMailer, SmtpMailer
from assessment.delivery.renderer import Renderer, RenderError
from assessment.delivery.slot import worker_slot
from assessment.store import database, deliveries, documents, leasing, people, secrets_file
from assessment.store.database import reading, writing
from assessment.store.keys import read_keyring
from assessment.store.tables import audit, delivery, document, notice, person, response
from tests.databases import somebody_writes
from tests.delivery.desk import NOW, PRIYA, Desk, run_worker
from tests.delivery.mail_server import mail_server
from tests.samples import NO_STAGE, PLACEMENT, RENEWAL

GREYLISTED = DeliveryError("450 greylisted", permanent=False)
UNKNOWN = DeliveryError("550 no such user", permanent=True, address=True)
BROKEN_OFF = DeliveryError("the connection broke", permanent=False, unsure=True)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.engine.dispose()


def _attachment(message: EmailMessage) -> bytes | None:
    found = next(message.iter_attachments(), None)
    return None if found is None else bytes(found.get_content())


def _bodies(message: EmailMessage) -> str:
    parts = [message.get_body((kind,)) for kind in ("plain", "html")]
    return "".join(part.get_content() for part in parts if part is not None)


def test_from_submission_to_the_mail_server_with_a_real_pdf(
    desk: Desk, renderer: Renderer, caplog: pytest.LogCaptureFixture
) -> None:
    cards = [PLACEMENT, NO_STAGE]  # and the other kind below; test_rendering_pdf draws all three
    for number, card in enumerate(cards, 1):
        desk.submit(number, card)
    with mail_server() as server:
        mailer = SmtpMailer(host="127.0.0.1", port=server.port, security="none", timeout=5)
        desk.drain(desk.worker(mailer, renderer))
    assert [record.message for record in caplog.records if record.levelno >= logging.WARNING] == []
    assert len(server.accepted) == len(cards)
    for number, (card, envelope) in enumerate(zip(cards, server.accepted, strict=True), 1):
        assert envelope.rcpt_tos == ["priya@northfield.example"]
        assert isinstance(envelope.content, bytes)
        arrived = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(arrived, EmailMessage)
        assert arrived["Subject"] == rendering.mail_subject(card)
        assert f"https://meridian.example/open/mailed/s{number}.1" in _bodies(arrived)
        _check_pdf(_attachment(arrived) or b"", card)
        sent = desk.row(delivery, number)
        assert (sent.state, sent.sent_at, sent.owner, sent.error) == ("sent", NOW, None, None)
        assert (desk.row(document, number).state, desk.row(document, number).plain) == ("ready", False)


def _check_pdf(content: bytes, card: Scorecard) -> None:
    reader = PdfReader(BytesIO(content))
    text = "".join(page.extract_text() for page in reader.pages)
    assert "Željko Łódź" in text
    assert card.origin.title in text
    assert "evil.com" not in text
    assert len(reader.pages) >= 4


def test_a_stored_document_is_sealed_and_made_again_with_equal_bytes(desk: Desk, renderer: Renderer) -> None:
    desk.submit(1, RENEWAL)
    worker = desk.worker(press=renderer)
    desk.drain(worker)
    first = _content(desk)
    assert b"%PDF" not in desk.row(document).sealed_bytes
    desk.clock.later(days=31)
    worker.keep_house()
    assert (desk.row(document).state, desk.row(document).sealed_bytes) == ("dropped", None)
    with writing(desk.engine) as connection:
        documents.queue_again(connection, 1, desk.clock())
    desk.drain(worker)
    assert _content(desk) == first


def _content(desk: Desk) -> bytes:
    with writing(desk.engine) as connection:
        content = documents.content(connection, desk.keyring, 1)
    assert content is not None
    return content


def test_typed_answers_are_printed_only_once_the_address_is_confirmed(desk: Desk) -> None:
    line = RENEWAL.other_answers + tuple(line for area in RENEWAL.areas for line in area.lines)
    typed = next(line.id for line in line if line.typed)
    desk.submit(texts={typed: "Mallory writes: " + "x" * 70})
    worker = desk.worker()
    desk.drain(worker)
    assert "Mallory writes" not in desk.press.printed[-1]
    desk.confirm()
    desk.drain(worker)
    assert "Mallory writes: " + "x" * 30 + "\u200b" + "x" * 30 + "\u200b" in desk.press.printed[-1]


def test_mails_repeat_nothing_that_was_typed(desk: Desk) -> None:
    desk.submit(contact={**PRIYA, "name": "Canary Name", "company": "Canary Company"}, texts={"wish": "canary wish"})
    desk.drain(desk.worker())
    [message] = desk.post.sent
    assert "canary" not in (_bodies(message) + str(message["Subject"])).lower()


def test_a_failed_render_is_tried_once_more(desk: Desk) -> None:
    desk.submit()
    desk.press.errors = [RenderError("killed", permanent=False)]
    worker = desk.worker()
    desk.drain(worker)
    assert desk.states() == ("queued", "queued")
    desk.clock.later(seconds=3)
    desk.drain(worker)
    assert desk.states() == ("ready", "sent")
    assert (desk.row(document).plain, desk.row(document).error) == (False, None)


def test_after_the_second_failure_the_plain_report_goes(desk: Desk) -> None:
    desk.submit()
    desk.press.errors = [RenderError("killed", permanent=False), RenderError("killed again", permanent=False)]
    worker = desk.worker()
    desk.drain(worker)
    desk.clock.later(seconds=3)
    desk.drain(worker)
    assert desk.states() == ("ready", "sent")
    assert (desk.row(document).plain, desk.row(document).error) == (True, "killed again")
    assert "<svg" in desk.press.printed[0]
    assert "<svg" not in desk.press.printed[-1]
    assert _attachment(desk.post.sent[0]) is not None


def test_a_report_that_can_never_be_made_is_made_plain_at_once(desk: Desk) -> None:
    desk.submit()
    desk.press.errors = [RenderError("more than 10 s of CPU", permanent=True)]
    desk.drain(desk.worker())
    assert desk.states() == ("ready", "sent")
    assert desk.row(document).plain


def test_without_any_report_the_mail_goes_with_its_link_alone(desk: Desk) -> None:
    desk.submit()
    desk.press.errors = [RenderError("no Pango", permanent=True), RenderError("no Pango", permanent=True)]
    desk.drain(desk.worker())
    assert desk.states() == ("failed", "sent")
    assert desk.row(document).error == "no Pango; plain report: no Pango"
    [message] = desk.post.sent
    assert _attachment(message) is None
    assert "https://meridian.example/open/mailed/s1.1" in _bodies(message)


class _BrokenWords:
    """Templates that fail for the drawn report."""

    def report_html(self, *_values: Any) -> str:
        raise KeyError("undefined")

    plain_report_html = staticmethod(rendering.plain_report_html)
    report_css = staticmethod(rendering.report_css)
    mail_subject = staticmethod(rendering.mail_subject)
    mail_bodies = staticmethod(rendering.mail_bodies)


def test_a_broken_template_costs_the_charts_and_not_the_mail(desk: Desk) -> None:
    desk.submit()
    desk.drain(desk.worker(words=_BrokenWords()))
    assert desk.states() == ("ready", "sent")
    assert (desk.row(document).plain, desk.row(document).error) == (True, "the report could not be written: KeyError")


def test_a_mail_waits_for_its_document(desk: Desk) -> None:
    desk.submit()
    worker = desk.worker()
    assert not worker.send_step()
    assert desk.post.sent == []
    desk.drain(worker)
    assert len(desk.post.sent) == 1


def test_a_busy_server_is_asked_again_for_a_day_and_then_it_is_given_up(desk: Desk) -> None:
    desk.submit()
    desk.post.errors = [GREYLISTED] * 100
    worker, began = desk.worker(), desk.clock()
    desk.drain(worker)
    while (waits := desk.row(delivery)).state == "queued":
        assert waits.error == "450 greylisted"
        desk.clock.now = waits.next_at - timedelta(seconds=1)
        desk.drain(worker)
        assert desk.row(delivery).tries == waits.tries
        desk.clock.now = waits.next_at
        desk.drain(worker)
        assert desk.row(delivery).tries == waits.tries + 1
    assert timedelta(hours=24) <= desk.clock() - began <= timedelta(hours=27)
    assert (*desk.states(), desk.row(delivery).tries) == ("ready", "failed", leasing.MOST_TRIES)
    with writing(desk.engine) as connection:
        assert people.suppressed(connection, desk.keyring.index(PRIYA["email"])) is None


def test_thirty_in_a_hundred_refusals_and_all_mails_arrive_once(desk: Desk) -> None:
    for number in range(1, 21):
        desk.submit(number)
    desk.post.errors = [GREYLISTED] * 6
    worker = desk.worker()
    desk.drain(worker)
    desk.clock.later(minutes=2)
    desk.drain(worker)
    assert sorted(message["Message-ID"] for message in desk.post.sent) == sorted(
        f"<m{number}@meridian.example>" for number in range(1, 21)
    )


def test_an_unknown_address_is_given_up_and_never_mailed_again(desk: Desk) -> None:
    desk.submit(1)
    desk.submit(2)
    desk.post.errors = [UNKNOWN]
    desk.drain(desk.worker())
    assert [desk.row(delivery, number).state for number in (1, 2)] == ["failed", "suppressed"]
    assert desk.row(delivery, 2).error == "550 no such user"
    assert desk.post.sent == []


def test_an_unsure_attempt_is_counted_and_copies_stay_within_it(desk: Desk) -> None:
    desk.submit()
    desk.post.errors = [BROKEN_OFF]
    worker = desk.worker()
    desk.drain(worker)
    desk.clock.later(minutes=1)
    desk.drain(worker)
    assert (desk.row(delivery).state, desk.row(delivery).attempts_unsure) == ("sent", 1)
    assert {message["Message-ID"] for message in desk.post.sent} == {"<m1@meridian.example>"}
    assert len(desk.post.sent) <= 1 + desk.row(delivery).attempts_unsure


def test_what_was_erased_is_neither_made_nor_sent(desk: Desk) -> None:
    desk.submit()
    with writing(desk.engine) as connection:
        connection.execute(update(response).values(state="erased"))
        people.erase(connection, 1)
    desk.drain(desk.worker())
    assert desk.states() == ("erased", "erased")
    assert (desk.press.printed, desk.post.sent) == ([], [])


def test_erased_while_the_pdf_was_made_nothing_is_kept(desk: Desk) -> None:
    desk.submit()

    class Erasing:
        def make(self, *arguments: Any) -> Any:
            with writing(desk.engine) as connection:
                documents.erase_of_response(connection, 1)
                deliveries.erase_of_response(connection, 1)
            return desk.press.make(*arguments)

    desk.drain(desk.worker(press=Erasing()))
    assert desk.states() == ("erased", "erased")
    assert desk.row(document).sealed_bytes is None
    assert desk.post.sent == []


def test_an_address_taken_out_meanwhile_gets_nothing(desk: Desk) -> None:
    desk.submit()
    with writing(desk.engine) as connection:
        people.erase(connection, 1)
    desk.drain(desk.worker())
    assert desk.states() == ("ready", "erased")
    assert desk.post.sent == []


def test_a_mail_of_a_dropped_document_has_it_made_again_first(desk: Desk) -> None:
    desk.submit()
    with writing(desk.engine) as connection:
        connection.execute(update(document).values(state="dropped"))
    desk.drain(desk.worker())
    assert desk.states() == ("ready", "sent")
    assert _attachment(desk.post.sent[0]) is not None


def test_a_header_that_cannot_be_sent_fails_visibly(desk: Desk) -> None:
    desk.submit(contact={**PRIYA, "email": "priya@northfield.example\r\nBcc: all@evil.example"})
    desk.drain(desk.worker())
    assert desk.row(delivery).state == "failed"
    assert desk.row(delivery).error == "the e-mail address is not one plain address"
    assert desk.post.sent == []


def test_wrong_keys_wait_for_the_right_ones(desk: Desk) -> None:
    desk.submit()
    right, other = desk.keyring, desk.secrets.with_name("other.json")
    other.write_text(secrets_file.make().dump())
    desk.keyring = read_keyring(other)
    desk.drain(desk.worker())
    assert desk.states() == ("queued", "queued")
    assert "not in the secrets file" in desk.row(document).error
    desk.keyring = right
    desk.clock.later(hours=2)
    desk.drain(desk.worker())
    assert desk.states() == ("ready", "sent")


def test_a_busy_database_after_the_mail_is_asked_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.submit()
    finish, busy = leasing.finish, iter([True, True])

    def sometimes(*arguments: Any, **values: Any) -> bool:
        if values.get("state") == "sent" and next(busy, False):
            raise OperationalError("UPDATE", {}, Exception("database is locked"))
        return finish(*arguments, **values)

    monkeypatch.setattr(leasing, "finish", sometimes)
    monkeypatch.setattr(sending, "_MARKING_PAUSES", (0, 0, 0))
    desk.drain(desk.worker())
    assert desk.states() == ("ready", "sent")
    assert len(desk.post.sent) == 1


def test_the_link_to_an_unfinished_response_is_mailed(desk: Desk) -> None:
    desk.ask_to_resume()
    desk.drain(desk.worker())
    [message] = desk.post.sent
    assert (message["To"], message["Subject"]) == ("priya@northfield.example", "Your answers so far")
    assert "https://meridian.example/r50" in message.get_content()
    assert desk.row(notice).state == "sent"


def test_old_drafts_and_contacts_go_and_the_scorecard_stays(desk: Desk) -> None:
    desk.submit()
    desk.ask_to_resume()
    worker = desk.worker()
    desk.drain(worker)
    desk.clock.later(days=30, hours=1, minutes=1)
    worker.step()
    with writing(desk.engine) as connection:
        assert connection.execute(response.select()).one().public_id == "r1"
        assert people.of_response(connection, desk.keyring, 1) is not None
    desk.clock.later(days=730)
    worker.step()
    with writing(desk.engine) as connection:
        kept = people.of_response(connection, desk.keyring, 1)
    assert kept is not None
    assert (kept.name, kept.email, kept.company) == (None, None, None)
    assert desk.row(response).sealed_texts is None
    assert desk.states() == ("erased", "erased")


def test_who_got_a_link_is_forgotten_after_a_day_and_retention_is_noted(desk: Desk) -> None:
    desk.submit()
    desk.ask_to_resume()
    worker = desk.worker()
    desk.drain(worker)
    with reading(desk.engine) as connection:
        told = connection.execute(select(notice)).one()
    assert (told.state, told.sealed_email) == ("sent", None)
    assert told.email_index
    desk.clock.later(hours=25)
    worker.keep_house()
    with reading(desk.engine) as connection:
        assert connection.execute(select(notice.c.email_index)).scalar_one() == ""
        assert connection.execute(select(delivery.c.email_index)).scalar_one() is not None
    desk.clock.later(days=31)
    worker.keep_house()
    desk.clock.later(days=730)
    worker.keep_house()
    with reading(desk.engine) as connection:
        noted = [tuple(row) for row in connection.execute(select(audit.c.actor, audit.c.action, audit.c.detail))]
    assert noted == [("retention", "drafts.deleted", "1"), ("retention", "contacts.erased", "1")]


def test_what_was_sent_while_the_database_was_away_is_marked_before_anything_is_put_back(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.submit()
    worker, finish = desk.worker(), leasing.finish

    def away(*given: Any, **values: Any) -> bool:
        if values.get("state") == "sent":
            raise OperationalError("UPDATE", None, TimeoutError("away"))
        return finish(*given, **values)

    with monkeypatch.context() as patched:
        patched.setattr(sending, "_MARKING_PAUSES", (0, 0))
        patched.setattr(leasing, "finish", away)
        with pytest.raises(OperationalError):
            worker.step()
    assert worker._put_back((delivery, notice)) == 0
    desk.clock.later(minutes=15)
    desk.drain(worker)
    assert len(desk.post.sent) == 1
    assert desk.row(delivery).state == "sent"


def test_what_is_too_old_goes_in_pieces_between_which_others_write(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assessment.delivery.worker._FORGOTTEN_AT_A_TIME", 2)
    for number in range(1, 6):
        desk.submit(number)
    worker = desk.worker()
    desk.drain(worker)
    desk.clock.later(days=800)
    assert [worker.keep_house() for _ in range(4)] == [True, True, False, False]
    with reading(desk.engine) as connection:
        noted = connection.execute(select(audit.c.detail).where(audit.c.action == "contacts.erased")).scalars().all()
        assert noted == ["2", "2", "1"]
        assert connection.execute(select(func.count()).where(person.c.sealed_name.is_not(None))).scalar_one() == 0


def test_a_chore_that_breaks_keeps_none_of_the_others_from_being_done(desk: Desk) -> None:
    done: list[datetime] = []

    def broken(_now: datetime) -> None:
        raise KeyError("the digest of somebody who left")

    desk.worker(chores=(broken, done.append)).keep_house()
    assert done == [desk.clock()]


def test_house_is_kept_once_an_hour_also_when_the_clock_jumps_back(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[Any] = []
    monkeypatch.setattr(documents, "drop_made_before", lambda _connection, before, most: kept.append(before))
    worker = desk.worker()
    for hours in (0, 0.5, 0.6, -3, 0.5):
        desk.clock.later(hours=hours)
        worker.keep_house()
    times = [before + timedelta(days=30) - NOW for before in kept]
    assert times == [timedelta(hours=hours) for hours in (0, 1.1, -1.9)]


def test_stopping_finishes_what_was_begun(desk: Desk) -> None:
    desk.submit(1)
    desk.submit(2)
    stop, began = threading.Event(), threading.Event()

    class Slow:
        def make(self, *arguments: Any) -> Any:
            began.set()
            assert stop.wait(10)
            return desk.press.make(*arguments)

    running = threading.Thread(target=desk.worker(press=Slow()).run, args=(stop,))
    running.start()
    assert began.wait(10)
    stop.set()
    running.join(10)
    assert not running.is_alive()
    assert [desk.row(document, number).state for number in (1, 2)] == ["ready", "queued"]


def test_trouble_with_the_database_does_not_end_the_worker(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.submit()
    monkeypatch.setattr("assessment.delivery.worker._TROUBLE_SECONDS", 0.01)
    claim, troubles = leasing.claim, iter([True] * 4)

    def sometimes(*arguments: Any) -> Any:
        if next(troubles, False):
            raise OperationalError("SELECT", {}, Exception("disk full"))
        return claim(*arguments)

    monkeypatch.setattr(leasing, "claim", sometimes)
    stop = threading.Event()
    running = threading.Thread(target=desk.worker().run, args=(stop,))
    running.start()
    end = time.monotonic() + 10
    while desk.row(delivery).state != "sent" and time.monotonic() < end:
        time.sleep(0.02)
    stop.set()
    running.join(10)
    assert desk.states() == ("ready", "sent")


def test_what_trouble_left_leased_is_put_back_long_before_the_lease_runs_out(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.submit()
    monkeypatch.setattr("assessment.delivery.worker._TROUBLE_SECONDS", 0.01)
    monkeypatch.setattr(database, "BUSY_TIMEOUT_MS", 20)
    desk.engine.dispose()  # connections are made anew, with less patience
    with ExitStack() as others:
        held: list[None] = []

        class Locking:
            def make(self, *arguments: Any) -> Any:
                if not held:
                    held.append(others.enter_context(somebody_writes(desk.engine)))
                return desk.press.make(*arguments)

        stop = threading.Event()
        running = threading.Thread(target=desk.worker(press=Locking()).run, args=(stop,))
        running.start()
        _wait_for(lambda: bool(desk.press.printed))
        time.sleep(0.3)
        assert desk.row(document).state == "leased"
        others.close()
        _wait_for(lambda: desk.row(document).state == "queued")
        stop.set()
        running.join(10)
    assert desk.row(document).next_at <= desk.clock() + leasing.FIRST_DELAY


def _wait_for(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


def _numbers_in(desk: Desk, table: Table, state: str) -> list[int]:
    with writing(desk.engine) as connection:
        return list(connection.execute(select(table.c.id).where(table.c.state == state).order_by(table.c.id)).scalars())


def _kill_in_the_middle(desk: Desk, outbox: Path, after: float) -> None:
    before = len(_numbers_in(desk, document, "ready"))
    starting = multiprocessing.get_context("forkserver")
    starting.set_forkserver_preload(["tests.delivery.desk"])
    worker = starting.Process(target=run_worker, args=(str(outbox.parent), desk.url, str(outbox)))
    worker.start()
    end = time.monotonic() + 10
    while len(_numbers_in(desk, document, "ready")) == before and time.monotonic() < end:
        time.sleep(0.01)
    time.sleep(after)
    assert worker.pid is not None
    os.kill(worker.pid, signal.SIGKILL)
    worker.join(10)


def test_six_kills_lose_no_mail_and_double_none(desk: Desk, tmp_path: Path) -> None:
    everyone = list(range(1, 51))
    for number in everyone:
        desk.submit(number)
    outbox, left = tmp_path / "outbox", 0
    for kill in range(6):
        _kill_in_the_middle(desk, outbox, after=0.02 * kill)
        left += len(_numbers_in(desk, document, "leased") + _numbers_in(desk, delivery, "leased"))
    assert left > 0, "no kill fell into any work"
    assert len(_numbers_in(desk, delivery, "sent")) < len(everyone), "there was nothing left to kill"
    with worker_slot(tmp_path) as owner:
        last = desk.worker(OutboxMailer(outbox), owner=owner)
        last.release_own()
        desk.drain(last)
    assert _numbers_in(desk, delivery, "sent") == everyone
    assert len([path for path in outbox.iterdir() if path.suffix == ".eml"]) == len(everyone)


def test_a_workers_name_is_its_own_and_comes_back(tmp_path: Path) -> None:
    with worker_slot(tmp_path) as first, worker_slot(tmp_path) as second:
        assert first != second
        assert len(first) <= 40
    with worker_slot(tmp_path) as again:
        assert again == first


def test_workers_of_other_home_folders_and_hosts_have_other_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with worker_slot(tmp_path / "home") as here, worker_slot(tmp_path / "other") as there:
        assert here != there, "one would take back what the other is at"
    shutil.copytree(tmp_path / "home", tmp_path / "copied")  # a machine cloned with its home folder
    monkeypatch.setattr("socket.gethostname", lambda: "a-host-with-quite-a-long-name.northfield.example")
    with worker_slot(tmp_path / "copied") as cloned:
        assert cloned != here
        assert len(cloned) <= 40
