"""Writing the mails of leased rows: the scorecard's, and notices. What was erased meanwhile is not sent."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Connection, Engine, Row

from assessment.core.reviewed import Reviewed, apply
from assessment.core.scorecard import Scorecard
from assessment.delivery.message import MessageFault, plain_message, scorecard_message
from assessment.delivery.sending import Instead, Letter
from assessment.store import documents, leasing, notices, people, submissions
from assessment.store.database import reading, writing
from assessment.store.documents import Document, Source
from assessment.store.keys import KeyFault, Keyring
from assessment.store.notices import Notice
from assessment.store.scorecards import Kept


class MailWords(Protocol):
    """What writes the scorecard's mail (`assessment.rendering` does)."""

    def mail_subject(self, card: Scorecard) -> str:
        """The subject."""

    def mail_bodies(self, card: Scorecard, link: str, pages: int | None, not_me_link: str | None) -> tuple[str, str]:
        """The text and the HTML body."""

    def reviewed_mail(
        self, review: Reviewed, link: str, pages: int | None, not_me_link: str | None
    ) -> tuple[str, str, str]:
        """Subject, text and HTML of the mail of a scorecard that a consultant reviewed."""


@dataclass(frozen=True, kw_only=True)
class Letterhead:
    """Who our mails come from, and where their links lead: by scorecard and blind index of the address mailed."""

    sender: str
    sender_name: str
    owner_link: Callable[[Kept, str], str]
    not_me_link: Callable[[Kept, str], str | None]
    reply_to: str | None = None


Written = tuple[str, str, str | None]
"""Subject, text and HTML."""
NoticeWords = Callable[[Notice], Written | None]
"""Writes a notice, or gives None when there is nothing to say any more."""

_ERASED = Instead("erased")


@dataclass(frozen=True)
class Writer:
    """Builds messages from leased rows of deliveries and notices."""

    engine: Engine
    keyring: Keyring
    letterhead: Letterhead
    words: MailWords
    notice_words: NoticeWords
    clock: Callable[[], datetime]

    def scorecard(self, row: Row[*tuple[Any, ...]]) -> Letter | Instead:
        """The mail of a leased delivery."""
        try:
            return self._scorecard(row)
        except KeyFault as error:
            return Instead("queued", str(error), leasing.backoff(row.tries, 0))
        except MessageFault as error:
            return Instead("failed", str(error))

    def notice(self, row: Row[*tuple[Any, ...]]) -> Letter | Instead:
        """The mail of a leased notice."""
        try:
            return self._notice(row)
        except KeyFault as error:
            return Instead("queued", str(error), leasing.backoff(row.tries, 0))
        except MessageFault as error:
            return Instead("failed", str(error))

    def _scorecard(self, row: Row[*tuple[Any, ...]]) -> Letter | Instead:
        with reading(self.engine) as connection:
            document = documents.find(connection, row.document_id)
            source = documents.source(connection, self.keyring, row.document_id)
            email = source.person.email if source and source.person and row.person_id else None
            if document is None or document.state == "erased" or source is None or email is None:
                return _ERASED
            refused = self._refused(connection, email) or self._unwanted(connection, source)
            pdf = documents.content(connection, self.keyring, document.id)
        if refused is not None:
            return Instead("suppressed", refused)
        if document.state == "dropped":
            return self._made_again(document)
        return self._letter(row, email, source, document, pdf)

    def _made_again(self, document: Document) -> Instead:
        with writing(self.engine) as connection:
            documents.queue_again(connection, document.id, self.clock())
        return Instead("queued", "the document is made again first")

    def _refused(self, connection: Connection, email: str) -> str | None:
        return people.suppressed(connection, self.keyring.index(email))

    def _unwanted(self, connection: Connection, source: Source) -> str | None:
        """Why what a consultant sends does not go after all: the person refused while it waited."""
        if source.review is None:
            return None
        found = submissions.of_response(connection, source.scorecard.response_id)
        return "must not be contacted" if found is None or found.do_not_contact else None

    def _letter(
        self, row: Row[*tuple[Any, ...]], email: str, source: Source, document: Document, pdf: bytes | None
    ) -> Letter:
        card, kept, head = source.scorecard.card, source.scorecard, self.letterhead
        pages, index = document.pages if pdf is not None else None, self.keyring.index(email)
        subject, text, html = self._written(source, head.owner_link(kept, index), pages, head.not_me_link(kept, index))
        message = scorecard_message(
            sender=head.sender,
            sender_name=head.sender_name,
            reply_to=head.reply_to,
            recipient=email,
            subject=subject,
            text=text,
            html=html,
            pdf=pdf,
            filename=f"{card.origin.questionnaire}-scorecard{'-reviewed' if source.review else ''}.pdf",
            message_id=row.message_id,
            date=self.clock(),
        )
        return Letter(message, index)

    def _written(self, source: Source, link: str, pages: int | None, not_me_link: str | None) -> tuple[str, str, str]:
        card = source.scorecard.card
        if source.review is not None:
            return self.words.reviewed_mail(apply(card, source.review), link, pages, not_me_link)
        return self.words.mail_subject(card), *self.words.mail_bodies(card, link, pages, not_me_link)

    def _notice(self, row: Row[*tuple[Any, ...]]) -> Letter | Instead:
        with reading(self.engine) as connection:
            source = notices.source(connection, self.keyring, row.id)
            # The firm's own people: whoever typed a colleague's address as a prospect must not cut off their resets.
            theirs = None if source is None or source.account_id is not None else source.email
            refused = None if theirs is None else self._refused(connection, theirs)
        if refused is not None:
            return Instead("failed", refused)
        written = None if source is None else self.notice_words(source)
        if source is None or written is None:
            return _ERASED
        subject, text, html = written
        message = plain_message(
            sender=self.letterhead.sender,
            sender_name=self.letterhead.sender_name,
            reply_to=self.letterhead.reply_to,
            recipient=source.email,
            subject=subject,
            text=text,
            html=html,
            message_id=row.message_id,
            date=self.clock(),
        )
        return Letter(message, self.keyring.index(source.email))
