"""The tables behind the consultants' workplace: accounts and sign-ins, and what is kept beside a submission.

`submission` holds what the list shows, searches and counts, taken from the scorecard when it was submitted; the
scorecard stays the truth. What a consultant types is encrypted like what a prospect types.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    true,
)

from assessment.store.tables import Instant, Key, lease_columns, metadata

account = Table(
    "account",
    metadata,
    Column("id", Key, primary_key=True),
    Column("uniquifier", String(64), nullable=False, unique=True),  # changed to end every session at once
    Column("email_index", String(64), nullable=False, unique=True),
    Column("sealed_email", LargeBinary, nullable=False),
    Column("sealed_name", LargeBinary, nullable=False),
    Column("role", String(12), nullable=False),  # viewer | consultant | admin
    Column("active", Boolean, nullable=False, server_default=true()),
    Column("password", String(255)),  # argon2; none until the one who was invited sets it
    Column("two_factor", String(20)),  # the method in use
    Column("totp_secret", Text),
    Column("totp_counter", BigInteger().with_variant(Integer, "sqlite")),  # the last time step that was used
    Column("recovery_codes", Text),
    Column("passkey_handle", String(64), unique=True),
    Column("notify", String(12), nullable=False, server_default="at_once"),  # at_once | daily | never
    Column("digest_at", Instant),
    Column("created_at", Instant, nullable=False),
    Column("signed_in_at", Instant),
)

passkey = Table(
    "passkey",
    metadata,
    Column("id", Key, primary_key=True),
    Column("account_id", Key, ForeignKey("account.id"), nullable=False, index=True),
    Column("credential_id", LargeBinary(1024), nullable=False, unique=True),
    Column("public_key", LargeBinary, nullable=False),
    Column("sign_count", Integer, nullable=False),
    Column("transports", Text),
    Column("extensions", Text),
    Column("name", String(64)),  # of a key from before names were sealed, until the next start
    Column("usage", String(12), nullable=False),
    Column("backup_state", Boolean, nullable=False),
    Column("device_type", String(20), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("used_at", Instant),
    Column("sealed_name", LargeBinary),
)

sign_in = Table(  # one browser of one account, from signing in to the end of the session
    "sign_in",
    metadata,
    Column("id", Key, primary_key=True),
    Column("key_index", String(64), nullable=False, unique=True),
    Column("account_id", Key, ForeignKey("account.id"), nullable=False, index=True),
    Column("browser", String(60), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("ended_at", Instant),
)

attempt = Table(  # failed tries, to slow down who guesses; `subject` is a keyed hash of an address or a network
    "attempt",
    metadata,
    Column("id", Key, primary_key=True),
    Column("subject", String(64), nullable=False),
    Column("kind", String(12), nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_attempt_subject_kind_at", "subject", "kind", "at"),
)

submission = Table(
    "submission",
    metadata,
    Column("id", Key, primary_key=True),
    Column("public_id", String(24), nullable=False, unique=True),  # its scorecard's
    Column("reference", String(24), nullable=False, index=True),
    Column("response_id", Key, ForeignKey("response.id"), nullable=False, unique=True),
    Column("scorecard_id", Key, ForeignKey("scorecard.id"), nullable=False, unique=True),
    Column("questionnaire", String(60), nullable=False),
    Column("version", String(64), nullable=False),
    Column("title", Text, nullable=False),  # of the questionnaire, as it was
    Column("stage_id", String(60)),
    Column("stage", Text),
    Column("stage_rank", Integer),  # 0 = lowest
    Column("overall", Integer),
    Column("gap", Integer),  # of the area furthest below the mark: negative points
    Column("gap_text", Text),  # that area, or the stage that a gate closes
    Column("company", String(200)),
    Column("company_key", String(200), nullable=False),  # one spelling; a submission without company stands alone
    Column("email_index", String(64), index=True),
    Column("may_contact", Boolean, nullable=False),
    Column("do_not_contact", Boolean, nullable=False, server_default=false()),
    Column("status", String(12), nullable=False),  # new | in_review | contacted | closed
    Column("assignee_id", Key, ForeignKey("account.id"), index=True),
    Column("follow_up", Date),
    Column("mark", String(12)),  # test | spam | competitor: out of every statistic
    Column("origin", String(12), nullable=False),  # web | invitation | interview | demo
    Column("seconds", Integer, nullable=False),  # from the first page to the submit
    Column("started_at", Instant, nullable=False),
    Column("submitted_at", Instant, nullable=False),
    Column("erased", Boolean, nullable=False, server_default=false()),  # counted, never shown
    Column("revision", Integer, nullable=False),
    Index("ix_submission_company_key", "company_key"),
    Index("ix_submission_submitted_at", "submitted_at"),
    Index("ix_submission_questionnaire_stage_id", "questionnaire", "stage_id"),
    Index("ix_submission_questionnaire_submitted_at", "questionnaire", "submitted_at"),
    Index(  # everything that the dashboard counts, so that it reads the index alone
        "ix_submission_counted",
        *("questionnaire", "submitted_at", "mark", "origin", "version", "stage_id"),
        *("may_contact", "do_not_contact", "overall", "seconds"),
    ),
)

area_score = Table(
    "area_score",
    metadata,
    Column("submission_id", Key, ForeignKey("submission.id"), primary_key=True),
    Column("area", String(60), primary_key=True),
    Column("title", Text, nullable=False),
    Column("score", Integer, nullable=False),
    Index("ix_area_score_counted", "submission_id", "area", "score"),
)

search_word = Table(  # keyed hashes of the words of what is stored encrypted, so that it can be found
    "search_word",
    metadata,
    Column("word", String(16), primary_key=True),
    Column("submission_id", Key, ForeignKey("submission.id"), primary_key=True, index=True),
)

note = Table(
    "note",
    metadata,
    Column("id", Key, primary_key=True),
    Column("submission_id", Key, ForeignKey("submission.id"), nullable=False, index=True),
    Column("account_id", Key, ForeignKey("account.id"), nullable=False),
    Column("sealed_text", LargeBinary, nullable=False),
    Column("created_at", Instant, nullable=False),
)

saved_view = Table(
    "saved_view",
    metadata,
    Column("id", Key, primary_key=True),
    Column("account_id", Key, ForeignKey("account.id"), nullable=False, index=True),
    Column("name_index", String(64), nullable=False),  # a keyed hash: one name stands once an account
    Column("sealed_view", LargeBinary, nullable=False),  # JSON: name and query, which may be about a person
    Column("shared", Boolean, nullable=False, server_default=false()),
    Column("created_at", Instant, nullable=False),
)

review = Table(  # a scorecard as a consultant reviewed it; each correction is an issue of its own
    "review",
    metadata,
    Column("id", Key, primary_key=True),
    Column("public_id", String(24), nullable=False, unique=True),
    Column("submission_id", Key, ForeignKey("submission.id"), nullable=False),
    Column("issue", Integer, nullable=False),
    Column("state", String(12), nullable=False),  # draft | sent | erased
    Column("account_id", Key, ForeignKey("account.id"), nullable=False),
    Column("sealed_content", LargeBinary),  # JSON: comment, picks, own; once sent also the reviewer's name
    Column("revision", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("sent_at", Instant),
    UniqueConstraint("submission_id", "issue"),
)

export = Table(
    "export",
    metadata,
    Column("id", Key, primary_key=True),
    Column("public_id", String(24), nullable=False, unique=True),
    Column("account_id", Key, ForeignKey("account.id"), nullable=False, index=True),
    Column("form", String(6), nullable=False),  # csv | xlsx | json
    Column("contact", Boolean, nullable=False),
    *lease_columns(),  # queued | leased | ready | failed | dropped
    Column("done", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    Column("sealed_bytes", LargeBinary),
    Column("created_at", Instant, nullable=False),
    Column("made_at", Instant),
    Column("sealed_query", LargeBinary, nullable=False),  # the list's filters, as in its address
    Index("ix_export_state_next_at", "state", "next_at"),
)

invitation = Table(
    "invitation",
    metadata,
    Column("id", Key, primary_key=True),
    Column("public_id", String(24), nullable=False, unique=True),
    Column("account_id", Key, ForeignKey("account.id"), nullable=False, index=True),
    Column("questionnaire", String(60), nullable=False),
    Column("sealed_contact", LargeBinary),  # JSON: name, email, company, role
    Column("sealed_message", LargeBinary),
    Column("email_index", String(64), index=True),
    Column("epoch", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("mailed_at", Instant),
    Column("opened_at", Instant),
    Column("revoked_at", Instant),
    Column("response_id", Key, ForeignKey("response.id"), unique=True),
)

abandoned = Table(  # how many drafts ended on which page before they were deleted: what the drop-off counts
    "abandoned",
    metadata,
    Column("questionnaire", String(60), primary_key=True),
    Column("version", String(64), primary_key=True),
    Column("origin", String(12), primary_key=True),  # as a submission's
    Column("page", Integer, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("number", Integer, nullable=False),
)
