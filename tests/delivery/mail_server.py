"""A real SMTP server for tests, which can be told to refuse, to hang, or to hang up at the worst moment."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP as Server
from aiosmtpd.smtp import Envelope, Session


class Postmaster:
    """Keeps what it accepted; `answers` are given to RCPT or DATA in turn, then everything is accepted."""

    def __init__(self) -> None:
        self.accepted: list[Envelope] = []
        self.sender_answers: list[str] = []
        self.address_answers: list[str] = []
        self.message_answers: list[str] = []
        self.hang_up_after_data = 0
        self.port = 0

    async def handle_MAIL(
        self, server: Server, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.sender_answers:
            return self.sender_answers.pop(0)
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(
        self, server: Server, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.address_answers:
            return self.address_answers.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Server, session: Session, envelope: Envelope) -> Any:
        if self.message_answers:
            return self.message_answers.pop(0)
        self.accepted.append(envelope)
        if self.hang_up_after_data:
            self.hang_up_after_data -= 1
            assert server.transport is not None
            server.transport.close()
        return "250 Message accepted"


class _OnAnyPort(Controller):
    """Bound to a free port, which is known only once it listens."""

    def _trigger_server(self) -> None:
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def mail_server(**options: Any) -> Iterator[Postmaster]:
    """A server on a free local port."""
    postmaster = Postmaster()
    controller = _OnAnyPort(postmaster, hostname="127.0.0.1", port=0, **options)
    controller.start()
    try:
        postmaster.port = controller.port
        yield postmaster
    finally:
        controller.stop()
