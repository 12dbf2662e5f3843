"""Building the mails: a scorecard with its PDF, or a notice with a link. Nothing typed gets into a header unchecked."""

import re
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from textwrap import shorten

from assessment.core.mail_address import BREAKING, AddressFault, parts

POLICY = SMTP
"""CRLF line ends, as mail servers want them."""

_LONGEST_HEADER = 200
"""Characters of a subject; a questionnaire may have a long title."""
_MESSAGE_ID = re.compile(r"<[A-Za-z0-9._=+-]{1,80}@[A-Za-z0-9.-]{1,80}>")
_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")


class MessageFault(ValueError):
    """A header's value cannot be sent safely; trying again would not help."""


def address(text: str, name: str = "") -> Address:
    """One plain address, its domain in ASCII; raises `MessageFault` for anything that is not exactly one."""
    if BREAKING.search(name):
        raise MessageFault("the name beside an e-mail address would break the header")
    try:
        local, domain = parts(text)
    except AddressFault as fault:
        raise MessageFault(str(fault)) from None
    return Address(name, local, domain)


def _line(text: str) -> str:
    if BREAKING.search(text):
        raise MessageFault("a header would not be one line")
    return shorten(text, _LONGEST_HEADER, placeholder=" …") if len(text) > _LONGEST_HEADER else text


def _matching(pattern: re.Pattern[str], text: str, what: str) -> str:
    if not pattern.fullmatch(text):
        raise MessageFault(f"not a {what}: {text[:80]!r}")
    return text


def plain_message(
    *,
    sender: str,
    sender_name: str,
    reply_to: str | None,
    recipient: str,
    subject: str,
    text: str,
    html: str | None,
    message_id: str,
    date: datetime,
) -> EmailMessage:
    """A mail with a text and, if given, an HTML body; exactly one recipient. Raises `MessageFault`."""
    message = EmailMessage(policy=POLICY)
    message["From"] = address(sender, sender_name)
    message["To"] = address(recipient)
    if reply_to:
        message["Reply-To"] = address(reply_to)
    message["Subject"] = _line(subject)
    message["Date"] = format_datetime(date)
    message["Message-ID"] = _matching(_MESSAGE_ID, message_id, "message id")
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text, cte="quoted-printable")
    if html is not None:
        message.add_alternative(html, subtype="html", cte="quoted-printable")
    return message


def scorecard_message(
    *,
    sender: str,
    sender_name: str,
    reply_to: str | None,
    recipient: str,
    subject: str,
    text: str,
    html: str,
    pdf: bytes | None,
    filename: str,
    message_id: str,
    date: datetime,
) -> EmailMessage:
    """The scorecard's mail: mixed(alternative(text, html), pdf), or without a PDF just the bodies and their link.

    `filename` is plain ASCII; raises `MessageFault`.
    """
    message = plain_message(
        sender=sender,
        sender_name=sender_name,
        reply_to=reply_to,
        recipient=recipient,
        subject=subject,
        text=text,
        html=html,
        message_id=message_id,
        date=date,
    )
    if pdf is not None:
        name = _matching(_FILE_NAME, filename, "file name")
        message.add_attachment(pdf, maintype="application", subtype="pdf", filename=name)
    return message
