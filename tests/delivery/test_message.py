"""Priya's mail has the parts mail programs expect, and nothing Mallory types adds a header or a recipient."""

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest

from assessment.delivery.message import MessageFault, plain_message, scorecard_message

NOW = datetime(2026, 11, 14, 9, 30, tzinfo=UTC)


def _message(**changed: Any) -> EmailMessage:
    usual = {
        "sender": "scorecards@meridian.example", "sender_name": "Meridian Advisory",
        "reply_to": "carl@meridian.example", "recipient": "priya@northfield.example", "subject": "Your scorecard",
        "text": "Grüße\n" + "x" * 2000,
        "html": "<p>Grüße</p>", "pdf": b"%PDF-1.7 \x00\xff", "filename": "renewal-practices-scorecard.pdf",
        "message_id": "<abc.1@meridian.example>", "date": NOW,
    }  # fmt: skip
    return scorecard_message(**{**usual, **changed})


def _parsed(message: EmailMessage) -> EmailMessage:
    parsed = message_from_bytes(message.as_bytes(), policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    return parsed


def _shape(part: EmailMessage) -> Any:
    if part.is_multipart():
        return {part.get_content_type(): [_shape(inner) for inner in part.iter_parts()]}
    return part.get_content_type()


def test_the_scorecards_mail_is_mixed_of_alternatives_and_the_pdf() -> None:
    parsed = _parsed(_message())
    alternatives = {"multipart/alternative": ["text/plain", "text/html"]}
    assert _shape(parsed) == {"multipart/mixed": [alternatives, "application/pdf"]}
    attached = next(parsed.iter_attachments())
    assert (attached.get_filename(), attached.get_content()) == (
        "renewal-practices-scorecard.pdf",
        b"%PDF-1.7 \x00\xff",
    )
    body = parsed.get_body(("plain",))
    assert body is not None
    assert body["Content-Transfer-Encoding"] == "quoted-printable"
    assert body.get_content().replace("\r\n", "\n") == "Grüße\n" + "x" * 2000 + "\n"


def test_its_headers_are_exactly_ours_and_every_line_is_short_and_ends_in_crlf() -> None:
    message = _message(subject="Überblick " * 15)
    assert message.keys() == [
        "From", "To", "Reply-To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type",
    ]  # fmt: skip
    parsed = _parsed(message)
    assert parsed["Subject"] == ("Überblick " * 15)
    assert parsed["From"] == "Meridian Advisory <scorecards@meridian.example>"
    assert (parsed["Reply-To"], parsed["Auto-Submitted"]) == ("carl@meridian.example", "auto-generated")
    assert parsed["Date"] == "Sat, 14 Nov 2026 09:30:00 +0000"
    assert parsed["Message-ID"] == "<abc.1@meridian.example>"
    assert all(len(line) <= 998 and b"\n" not in line for line in message.as_bytes().split(b"\r\n"))


def test_without_a_pdf_the_bodies_go_alone() -> None:
    assert _shape(_parsed(_message(pdf=None))) == {"multipart/alternative": ["text/plain", "text/html"]}


def test_a_notice_may_be_plain_text() -> None:
    message = plain_message(
        sender="s@meridian.example", sender_name="Meridian", reply_to=None, recipient="priya@northfield.example",
        subject="Your answers so far", text="link", html=None, message_id="<n1@meridian.example>", date=NOW,
    )  # fmt: skip
    assert _shape(_parsed(message)) == "text/plain"
    assert "Reply-To" not in message


@pytest.mark.parametrize(
    "breaking", ["\r\nBcc: all@evil.example", "\n", "\r", "\0", "\u2028", "\u2029", "\x85", "\ud800"]
)
@pytest.mark.parametrize(
    "field", ["recipient", "subject", "sender", "sender_name", "reply_to", "message_id", "filename"]
)
def test_a_line_break_in_any_field_is_refused(field: str, breaking: str) -> None:
    usual = str({"recipient": "mallory@evil.example", "message_id": "<a@b.example>"}.get(field, "mallory@evil.example"))
    with pytest.raises(MessageFault):
        _message(**{field: usual[:4] + breaking + usual[4:]})


@pytest.mark.parametrize(
    "recipient",
    ["a@b.example, c@d.example", "a@b.example;c@d.example", "A <a@b.example>", "a@b@c.example", "@b.example", "a@", "a",
     "a@b..example", "a@-b.example", '"a b"@c.example', "a b@c.example", "ä@b.example", "a@" + "b" * 64 + ".example",
     "a.@b.example", "a@[127.0.0.1]", "group:a@b.example;", "a" * 260 + "@b.example"],
)  # fmt: skip
def test_anything_but_one_plain_address_is_refused(recipient: str) -> None:
    with pytest.raises(MessageFault):
        _message(recipient=recipient)


def test_a_domain_with_umlauts_goes_out_in_ascii() -> None:
    assert _message(recipient="priya@müller.example")["To"] == "priya@xn--mller-kva.example"


def test_a_long_subject_is_cut_at_a_word() -> None:
    assert len(str(_message(subject="x" * 200)["Subject"])) == 200
    assert _message(subject="Your scorecard: " + "renewal " * 40)["Subject"] == f"Your scorecard:{' renewal' * 22} …"
