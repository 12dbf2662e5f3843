"""The tables of the peer comparison: one voice a company and a person, what changed since, what is published.

A voice holds no name: its company and address stand as keyed hashes, and its row goes at once when the response behind
it is erased. A `peer_cell` is what is told about one group of voices, and which voices it was told about before, so
that no two tellings can be subtracted from one another.
"""

from sqlalchemy import Boolean, Column, Date, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint, false

from assessment.store.review_tables import account
from assessment.store.tables import Instant, Key

metadata = account.metadata

peer_pool = Table(  # voices that may be compared: one questionnaire, scored in one way
    "peer_pool",
    metadata,
    Column("id", Key, primary_key=True),
    Column("questionnaire", String(60), nullable=False),
    Column("basis", String(64), nullable=False),  # a digest of what scores rest on
    Column("invented", Boolean, nullable=False),  # voices of a demonstration, never among others
    Column("numbers", Integer, nullable=False),  # how many numbers its voices were given
    Column("stale", Boolean, nullable=False, server_default=false()),  # voices came or went since it was looked at
    UniqueConstraint("questionnaire", "basis", "invented"),
)

peer_voice = Table(
    "peer_voice",
    metadata,
    Column("pool_id", Key, ForeignKey("peer_pool.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),  # within its pool, never given twice
    Column("company_index", String(64)),  # a keyed hash of the company; none was named: nothing
    Column("address_index", String(64)),  # a keyed hash of the e-mail address, as far as there is one
    Column("response_id", Key, ForeignKey("response.id"), nullable=False, index=True),
    Column("month", Date, nullable=False),  # the first day of the month it was submitted in
    Column("segments", Text, nullable=False),  # JSON: profile question -> option
    Column("points", Text, nullable=False),  # JSON: measure -> thousandths of its unit
    UniqueConstraint("pool_id", "company_index", name="uq_peer_voice_company"),
    UniqueConstraint("pool_id", "address_index", name="uq_peer_voice_address"),
)

peer_due = Table(  # submissions whose voice may have changed; each change is a row of its own
    "peer_due",
    metadata,
    Column("id", Key, primary_key=True),
    Column("submission_id", Key, ForeignKey("submission.id"), nullable=False, index=True),
)

peer_round = Table(  # one row: how far down the worker's round through all submissions has come
    "peer_round",
    metadata,
    Column("id", Key, primary_key=True),
    Column("below", Key, nullable=False),  # the submissions that it looks at next have ids below it
)

peer_cell = Table(
    "peer_cell",
    metadata,
    Column("pool_id", Key, ForeignKey("peer_pool.id"), primary_key=True),
    Column("measure", String(90), primary_key=True),
    Column("segment", String(90), primary_key=True),  # "": everybody
    Column("number", Integer, nullable=False),  # rounded, as it is told
    Column("since", Date, nullable=False),
    Column("until", Date, nullable=False),
    Column("cuts", Text, nullable=False),  # JSON: percentile -> thousandths of the measure's unit
    Column("told_of", Text, nullable=False),  # JSON: numbers of voices as bits in hexadecimal, newest telling first
    Column("shown", Boolean, nullable=False),
    Column("released_at", Instant, nullable=False),
    Index("ix_peer_cell_pool_id_shown", "pool_id", "shown"),
)
