"""The tables. Times are UTC; `sealed_*` columns are encrypted; `*_index` columns are keyed hashes for look-up.

Contact details and typed texts stand apart from answers and snapshots, so that erasing a person keeps the aggregate.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    false,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Key = BigInteger().with_variant(Integer, "sqlite")


class Instant(TypeDecorator[datetime]):
    """An aware UTC time, stored without its zone so that both databases keep it alike."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive time; store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("times are stored with their zone")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Give the zone back."""
        return None if value is None else value.replace(tzinfo=UTC)


definition = Table(
    "definition",
    metadata,
    Column("version", String(64), primary_key=True),
    Column("questionnaire", String(60), nullable=False),
    Column("format", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("stored_at", Instant, nullable=False),
)

response = Table(
    "response",
    metadata,
    Column("id", Key, primary_key=True),
    Column("public_id", String(24), nullable=False, unique=True),
    Column("questionnaire", String(60), nullable=False),
    Column("version", String(64), ForeignKey("definition.version"), nullable=False),
    Column("state", String(12), nullable=False),  # draft | submitted | answered (a survey) | erased
    Column("answers", Text, nullable=False),
    Column("sealed_texts", LargeBinary),
    Column("sealed_contact", LargeBinary),  # contact typed on a draft, before there is a person
    Column("revision", Integer, nullable=False),
    Column("page", Integer, nullable=False),
    Column("submission_key", String(32), nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("source", Text),
    Column("previous_id", Key, ForeignKey("response.id"), index=True),
    Column("started_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("submitted_at", Instant),
    Index("ix_response_state_updated", "state", "updated_at"),
)

person = Table(
    "person",
    metadata,
    Column("id", Key, primary_key=True),
    Column("response_id", Key, ForeignKey("response.id"), nullable=False, unique=True),
    Column("sealed_name", LargeBinary),
    Column("sealed_email", LargeBinary),
    Column("sealed_role", LargeBinary),
    Column("email_index", String(64), index=True),
    Column("company", String(200)),
    Column("confirmed_at", Instant),
    Column("created_at", Instant, nullable=False),
)

consent = Table(
    "consent",
    metadata,
    Column("id", Key, primary_key=True),
    Column("response_id", Key, ForeignKey("response.id"), nullable=False, index=True),
    Column("purpose", String(24), nullable=False),  # contact | comparison
    Column("wording", Text, nullable=False),
    Column("given_at", Instant, nullable=False),
    Column("withdrawn_at", Instant),
)

scorecard = Table(
    "scorecard",
    metadata,
    Column("id", Key, primary_key=True),
    Column("public_id", String(24), nullable=False, unique=True),
    Column("response_id", Key, ForeignKey("response.id"), nullable=False, index=True),
    Column("submission_key", String(32), nullable=False, unique=True),
    Column("snapshot", Text, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
)


def lease_columns() -> list[Column[Any]]:
    """The columns that `store.leasing` works with."""
    return [
        Column("state", String(12), nullable=False),
        Column("owner", String(40)),
        Column("next_at", Instant, nullable=False),
        Column("tries", Integer, nullable=False, default=0),
        Column("error", Text),
    ]


document = Table(
    "document",
    metadata,
    Column("id", Key, primary_key=True),
    Column("scorecard_id", Key, ForeignKey("scorecard.id"), nullable=False, index=True),
    *lease_columns(),  # queued | leased | ready | failed | dropped | erased
    Column("sealed_bytes", LargeBinary),
    Column("pages", Integer),
    Column("plain", Boolean, nullable=False, server_default=false()),
    Column("created_at", Instant, nullable=False),
    Column("made_at", Instant),
    Column("review_id", Key, ForeignKey("review.id"), index=True),  # none: the automatic scorecard
    Index("ix_document_state_next_at", "state", "next_at"),
)

delivery = Table(
    "delivery",
    metadata,
    Column("id", Key, primary_key=True),
    Column("document_id", Key, ForeignKey("document.id"), nullable=False, index=True),
    Column("person_id", Key, ForeignKey("person.id"), index=True),
    Column("email_index", String(64), index=True),
    Column("questionnaire", String(60), nullable=False),
    *lease_columns(),  # queued | leased | sent | failed | held | suppressed | erased
    Column("message_id", String(120), nullable=False, unique=True),
    Column("attempts_unsure", Integer, nullable=False, default=0),
    Column("created_at", Instant, nullable=False),
    Column("sent_at", Instant),
    Index("ix_delivery_state_next_at", "state", "next_at"),
    Index("ix_delivery_created_at", "created_at", "id"),
)

notice = Table(  # a mail without a document: to a respondent about a response, or to somebody of the firm
    "notice",
    metadata,
    Column("id", Key, primary_key=True),
    Column("response_id", Key, ForeignKey("response.id"), index=True),
    Column("kind", String(16), nullable=False),
    Column("sealed_email", LargeBinary),
    Column("email_index", String(64), nullable=False, index=True),
    *lease_columns(),  # queued | leased | sent | failed | erased
    Column("message_id", String(120), nullable=False, unique=True),
    Column("created_at", Instant, nullable=False),
    Column("sent_at", Instant),
    Column("account_id", Key, ForeignKey("account.id"), index=True),
    Column("sealed_payload", LargeBinary),  # JSON: what its words need beyond the response, such as a link
    Column("invitation_id", Key, ForeignKey("invitation.id"), index=True),
    Index("ix_notice_state_next_at", "state", "next_at"),
)

suppression = Table(
    "suppression",
    metadata,
    Column("email_index", String(64), primary_key=True),
    Column("reason", Text, nullable=False),
    Column("at", Instant, nullable=False),
)

audit = Table(  # only ever added to: `store.append_only` has the database refuse anything else
    "audit",
    metadata,
    Column("id", Key, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("actor", String(40), nullable=False),
    Column("action", String(40), nullable=False),
    Column("subject", String(60), nullable=False, index=True),
    Column("detail", Text),
    Column("digest", String(64), nullable=False),  # of this row and of the digest before it
    Index("ix_audit_at", "at", "id"),
)

audit_seal = Table(  # how the log stood at a time, with what only the secrets can make; only ever added to
    "audit_seal",
    metadata,
    Column("id", Key, primary_key=True),
    Column("audit_id", Key, nullable=False, unique=True),  # the last row that is sealed
    Column("number", BigInteger, nullable=False),  # rows up to it
    Column("digest", String(64), nullable=False),  # its digest
    Column("at", Instant, nullable=False),
    Column("mac", String(64), nullable=False),
)

audit_check = Table(  # one row: what the last check of the whole log found
    "audit_check",
    metadata,
    Column("id", Key, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("number", BigInteger, nullable=False),  # rows that fit
    Column("last_at", Instant),  # when the last of them happened
    Column("fault", Text),
)
