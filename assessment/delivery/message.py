"""Building the mails: a scorecard with its PDF, or a notice with a link. Nothing typed gets into a header unchecked."""

import re
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

POLICY = SMTP
"""CRLF line ends, as mail servers want them."""

_LONGEST_ADDRESS = 254
_LONGEST_HEADER = 200
# Controls, the line and paragraph separators, and lone surrogates: each can end a header somewhere on the way.
_BREAKING = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOMAIN = re.compile(r"(?=.{1,253}$)([A-Za-z0-9](-*[A-Za-z0-9])*\.)*[A-Za-z0-9](-*[A-Za-z0-9])*")
_MESSAGE_ID = re.compile(r"<[A-Za-z0-9._=+-]{1,80}@[A-Za-z0-9.-]{1,80}>")
_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")


class MessageFault(ValueError):
    """A header's value cannot be sent safely; trying again would not help."""


def address(text: str, name: str = "") -> Address:
    """One plain address, its domain in ASCII; raises `MessageFault` for anything that is not exactly one."""
    if _BREAKING.search(text) or _BREAKING.search(name) or len(text) > _LONGEST_ADDRESS or text.count("@") != 1:
        raise MessageFault("the e-mail address is not one plain address")
    local, domain = text.split("@")
    try:
        ascii_domain = domain.encode("idna").decode()
    except UnicodeError:
        raise MessageFault("the e-mail address has an impossible domain") from None
    if not _LOCAL.fullmatch(local) or not _DOMAIN.fullmatch(ascii_domain):
        raise MessageFault("the e-mail address is not one plain address")
    return Address(name, local, ascii_domain)


def _line(text: str) -> str:
    if _BREAKING.search(text) or len(text) > _LONGEST_HEADER:
        raise MessageFault("a header would not be one short line")
    return text


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
