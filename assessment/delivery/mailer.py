"""Where mails go: a mail server, or files in a folder when none is set. A failure says if another try makes sense."""

import os
import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Protocol

from assessment.delivery.message import POLICY

SECONDS_AN_OPERATION = 30.0
"""smtplib waits so long for each answer; a dialogue has about ten, and a delivery's lease outlasts them all."""


_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+")
"""Mail servers repeat the address they refuse; what they said is stored in clear."""


class DeliveryError(Exception):
    """A mail was not delivered, as far as we know.

    `permanent`: refused for good. `unsure`: it broke after the message was handed over, so it may have arrived.
    `address`: the refusal is about this address or message, not about our way to the mail server. `logged`: the reason
    without what a mail server said, which may name somebody.
    """

    def __init__(
        self, reason: str, *, permanent: bool, unsure: bool = False, address: bool = False, logged: str | None = None
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.logged = logged or reason
        self.permanent = permanent
        self.unsure = unsure
        self.address = address


class Mailer(Protocol):
    """Sends one message."""

    def send(self, message: EmailMessage) -> None:
        """Send it to its one recipient; raises `DeliveryError`."""


@dataclass(frozen=True, kw_only=True)
class SmtpMailer:
    """Hands messages to a mail server, one fresh connection each."""

    host: str
    port: int
    user: str | None = None
    password: str | None = None
    security: str = "starttls"  # none, starttls or tls
    timeout: float = SECONDS_AN_OPERATION
    context: ssl.SSLContext | None = None

    def send(self, message: EmailMessage) -> None:
        """Send it to its one recipient; raises `DeliveryError`."""
        sender, recipient = _addresses(message)
        with _connection_faults(), self._connected() as smtp:
            _accepted(*smtp.mail(sender), "the sender")
            _accepted(*smtp.rcpt(recipient), "the address", address=True)
            _accepted(*smtp.docmd("DATA"), "the message", expected=354, address=True)
            code, answer = _hand_over(smtp, message)
            _accepted(code, answer, "the message", address=True)
            with suppress(OSError, smtplib.SMTPException):
                smtp.quit()

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        smtp = self._connect()
        try:
            smtp.ehlo_or_helo_if_needed()
            if self.security == "starttls":
                smtp.starttls(context=self._tls())
            if self.user:
                # Wrong credentials are the firm's to mend; nobody's mail is given up for them.
                smtp.login(self.user, self.password or "")
            yield smtp
        finally:
            smtp.close()

    def _connect(self) -> smtplib.SMTP:
        if self.security == "tls":
            return smtplib.SMTP_SSL(self.host, self.port, timeout=self.timeout, context=self._tls())
        return smtplib.SMTP(self.host, self.port, timeout=self.timeout)

    def _tls(self) -> ssl.SSLContext:
        return self.context or ssl.create_default_context()


def _addresses(message: EmailMessage) -> tuple[str, str]:
    return message["From"].addresses[0].addr_spec, message["To"].addresses[0].addr_spec


@contextmanager
def _connection_faults() -> Iterator[None]:
    try:
        yield
    except smtplib.SMTPResponseException as error:
        said = _said(error.smtp_code, error.smtp_error)
        refused = "the mail server refused the connection: "
        raise DeliveryError(refused + said, permanent=False, logged=f"{refused}{error.smtp_code}") from None
    except (OSError, smtplib.SMTPException) as error:  # a time-out is an OSError, bad certificates too
        reason, known = f"no mail server: {type(error).__name__}", getattr(error, "strerror", None)
        logged = f"{reason}: {known}" if isinstance(known, str) else reason
        raise DeliveryError(f"{reason}: {error}"[:300], permanent=False, logged=logged) from None


def _accepted(code: int, answer: bytes, what: str, *, expected: int = 250, address: bool = False) -> None:
    if code == expected or (expected == 250 and code == 251):
        return
    permanent = 500 <= code < 600
    refused = f"the mail server refused {what}: "
    raise DeliveryError(
        refused + _said(code, answer), permanent=permanent, address=address and permanent, logged=f"{refused}{code}"
    )


def _said(code: int, answer: bytes | str) -> str:
    text = answer.decode("ascii", "replace") if isinstance(answer, bytes) else answer
    return f"{code} {' '.join(_ADDRESS.sub('(address)', text).split())}"[:200]


def _hand_over(smtp: smtplib.SMTP, message: EmailMessage) -> tuple[int, bytes]:
    """Send the body and wait for the verdict; from here on a break leaves us unsure."""
    body = re.sub(rb"(?m)^\.", b"..", message.as_bytes(policy=POLICY))
    try:
        smtp.send(body + (b"" if body.endswith(b"\r\n") else b"\r\n") + b".\r\n")
        return smtp.getreply()
    except (OSError, smtplib.SMTPException) as error:
        reason = f"the connection broke after the message was handed over: {type(error).__name__}"
        raise DeliveryError(reason, permanent=False, unsure=True) from None


@dataclass(frozen=True)
class OutboxMailer:
    """Files messages as `.eml`, for the owner's eyes only; one with the same Message-ID replaces itself."""

    folder: Path

    def send(self, message: EmailMessage) -> None:
        """File it; raises `DeliveryError` (never permanent) when the disk refuses."""
        path = self.folder / file_name(message["Message-ID"])
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write_whole(path, message.as_bytes(policy=POLICY))
        except OSError as error:
            raise DeliveryError(f"the outbox cannot be written: {error.strerror}", permanent=False) from None

    def forget_before(self, before: datetime) -> int:
        """Delete what was filed before a time; says how many. A folder that is not there holds nothing."""
        gone = 0
        for path in self.folder.glob("*.eml"):
            with suppress(FileNotFoundError):  # another worker was first
                if path.stat().st_mtime < before.timestamp():
                    path.unlink()
                    gone += 1
        return gone


def file_name(message_id: str) -> str:
    """The outbox's file name of a Message-ID."""
    return re.sub(r"[^A-Za-z0-9._=+@-]", "", message_id).lstrip(".") + ".eml"


def _write_whole(path: Path, content: bytes) -> None:
    """Write a file so that its name never shows half of it, also after a crash."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise
