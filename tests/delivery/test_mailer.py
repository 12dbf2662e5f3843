"""Over a real SMTP conversation: what is accepted, what is tried again, what is given up, and what stays unsure."""

import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from aiosmtpd.smtp import AuthResult

from assessment.delivery.mailer import DeliveryError, OutboxMailer, SmtpMailer, file_name
from assessment.delivery.message import plain_message
from tests.delivery.mail_server import Postmaster, mail_server


def _message(text: str = "Your scorecard is ready.", number: int = 1) -> EmailMessage:
    return plain_message(
        sender="scorecards@meridian.example", sender_name="Meridian", reply_to=None,
        recipient="priya@northfield.example", subject="Your scorecard", text=text, html=None,
        message_id=f"<m{number}@meridian.example>", date=datetime(2026, 11, 14, tzinfo=UTC),
    )  # fmt: skip


@pytest.fixture
def server() -> Iterator[Postmaster]:
    with mail_server() as postmaster:
        yield postmaster


def _mailer(port: int, timeout: float = 5) -> SmtpMailer:
    return SmtpMailer(host="127.0.0.1", port=port, security="none", timeout=timeout)


def _refusal(server: Postmaster) -> DeliveryError:
    with pytest.raises(DeliveryError) as refused:
        _mailer(server.port).send(_message())
    return refused.value


def test_the_message_arrives_whole_also_lines_that_begin_with_a_dot(server: Postmaster) -> None:
    message = _message(".\n..two\n.end with ünïcode\n")
    _mailer(server.port).send(message)
    [envelope] = server.accepted
    assert (envelope.mail_from, envelope.rcpt_tos) == ("scorecards@meridian.example", ["priya@northfield.example"])
    assert isinstance(envelope.content, bytes)
    arrived = message_from_bytes(envelope.content, policy=policy.default)
    assert isinstance(arrived, EmailMessage)
    assert arrived.get_content().replace("\r\n", "\n") == ".\n..two\n.end with ünïcode\n"
    assert envelope.content == message.as_bytes()


def test_a_busy_address_is_tried_again(server: Postmaster) -> None:
    server.address_answers = ["450 greylisted"]
    error = _refusal(server)
    assert (error.permanent, error.unsure, error.address) == (False, False, False)
    assert "450 greylisted" in error.reason


def test_an_unknown_address_is_given_up_and_its_own_fault(server: Postmaster) -> None:
    server.address_answers = ["550 no such user"]
    error = _refusal(server)
    assert (error.permanent, error.unsure, error.address) == (True, False, True)


def test_what_the_server_said_is_kept_without_the_address(server: Postmaster) -> None:
    server.address_answers = ["550 5.1.1 <priya@northfield.example>: priya@northfield.example is unknown"]
    assert _refusal(server).reason == "the mail server refused the address: 550 5.1.1 (address) (address) is unknown"


def test_a_refused_message_is_given_up(server: Postmaster) -> None:
    server.message_answers = ["554 looks like spam"]
    error = _refusal(server)
    assert (error.permanent, error.unsure, error.address) == (True, False, True)


def test_a_temporary_refusal_after_data_was_not_an_acceptance(server: Postmaster) -> None:
    server.message_answers = ["451 try later"]
    error = _refusal(server)
    assert (error.permanent, error.unsure) == (False, False)


def test_a_refused_sender_is_the_firms_fault_not_priyas(server: Postmaster) -> None:
    server.sender_answers = ["550 sender not allowed"]
    error = _refusal(server)
    assert (error.permanent, error.address) == (True, False)


def test_a_connection_that_breaks_after_the_message_leaves_us_unsure(server: Postmaster) -> None:
    server.hang_up_after_data = 1
    error = _refusal(server)
    assert (error.permanent, error.unsure) == (False, True)
    assert len(server.accepted) == 1


def test_a_server_that_never_answers_times_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(DeliveryError) as error:
        _mailer(silent.getsockname()[1], timeout=0.3).send(_message())
    assert (error.value.permanent, error.value.unsure) == (False, False)


def test_a_server_that_hangs_after_the_message_leaves_us_unsure() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        answering = threading.Thread(target=_answer_until_data, args=(listening,))
        answering.start()
        with pytest.raises(DeliveryError) as error:
            _mailer(listening.getsockname()[1], timeout=0.5).send(_message())
        answering.join(10)
    assert (error.value.permanent, error.value.unsure) == (False, True)


def _answer_until_data(listening: socket.socket) -> None:
    connection = listening.accept()[0]
    with connection, connection.makefile("rb") as lines:
        connection.sendall(b"220 slow\r\n")
        for line in lines:
            if line == b".\r\n":
                continue  # no answer to the message
            if not line.upper().startswith((b"EHLO", b"MAIL", b"RCPT", b"DATA")):
                continue
            connection.sendall(b"354 go on\r\n" if line.startswith(b"DATA") else b"250 OK\r\n")


def test_no_server_at_all_is_temporary() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    with pytest.raises(DeliveryError) as error:
        _mailer(port).send(_message())
    assert not error.value.permanent


def test_a_server_without_starttls_gets_nothing(server: Postmaster) -> None:
    with pytest.raises(DeliveryError) as error:
        SmtpMailer(host="127.0.0.1", port=server.port, security="starttls", timeout=5).send(_message())
    assert not error.value.permanent
    assert server.accepted == []


def test_wrong_credentials_give_nobody_up() -> None:
    def refuse(*_arguments: object) -> object:
        return AuthResult(success=False, handled=False)

    with mail_server(authenticator=refuse, auth_require_tls=False) as server:
        mailer = SmtpMailer(
            host="127.0.0.1", port=server.port, security="none", user="firm", password="wrong", timeout=5
        )
        with pytest.raises(DeliveryError) as error:
            mailer.send(_message())
    assert (error.value.permanent, error.value.address) == (False, False)


def test_the_outbox_files_a_message_for_the_owner_only(tmp_path: Path) -> None:
    OutboxMailer(tmp_path / "outbox").send(_message())
    [path] = (tmp_path / "outbox").iterdir()
    assert path.name == "m1@meridian.example.eml"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert path.read_bytes() == _message().as_bytes()


def test_the_same_message_again_replaces_itself_in_the_outbox(tmp_path: Path) -> None:
    mailer = OutboxMailer(tmp_path)
    mailer.send(_message())
    mailer.send(_message("again"))
    mailer.send(_message(number=2))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["m1@meridian.example.eml", "m2@meridian.example.eml"]
    assert b"again" in (tmp_path / "m1@meridian.example.eml").read_bytes()


def test_an_outbox_that_cannot_be_written_is_tried_again(tmp_path: Path) -> None:
    (tmp_path / "outbox").write_text("a file where the folder should be")
    with pytest.raises(DeliveryError) as error:
        OutboxMailer(tmp_path / "outbox").send(_message())
    assert not error.value.permanent


def test_a_message_id_never_leads_out_of_the_outbox() -> None:
    assert file_name("<../../etc/passwd@x>") == "etcpasswd@x.eml"
