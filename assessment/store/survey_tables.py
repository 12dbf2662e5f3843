"""The tables of confidential surveys: what was answered, apart from who answered, and what was published of it.

A `ballot` refers to nothing and nothing refers to it: no number that counts up, no time, no version of the file, so
that neither its place nor its neighbours tell whose it is. The response stays as "has answered", without answers.
"""

from sqlalchemy import Column, Index, Integer, String, Table, Text, UniqueConstraint

from assessment.store.review_tables import account
from assessment.store.tables import Instant, Key

metadata = account.metadata

ballot = Table(
    "ballot",
    metadata,
    Column("id", String(32), primary_key=True),  # random; rows stand in its order, not in the order they came
    Column("questionnaire", String(60), nullable=False),
    Column("answers", Text, nullable=False),  # JSON
    Column("released_in", Integer),  # the first one that counted it; none yet: it waits for others
    Index("ix_ballot_questionnaire", "questionnaire"),
    sqlite_with_rowid=False,
)

survey_release = Table(
    "survey_release",
    metadata,
    Column("id", Key, primary_key=True),
    Column("questionnaire", String(60), nullable=False),
    Column("number", Integer, nullable=False),  # 1, 2, ... of each questionnaire
    Column("counts", Text, nullable=False),  # JSON: exact counts of the cells shown; what the next is measured by
    Column("shown", Text, nullable=False),  # JSON: everything the page shows, rounded
    Column("released_at", Instant, nullable=False),
    UniqueConstraint("questionnaire", "number"),
)
