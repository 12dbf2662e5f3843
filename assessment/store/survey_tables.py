"""The tables of confidential surveys: what was answered, apart from who answered, and what was published of it.

A `ballot` refers to nothing and nothing refers to it: no number that counts up, no time, no version of the file, so
that neither its place nor its neighbours tell whose it is. The response stays as "has answered", without answers.

What a database keeps beside its rows would still join a ballot that was written together with the response: the number
of the transaction (PostgreSQL's xmin), rows that were replaced, backups, the write-ahead log. So a submit puts the
answers into the `ballot_box`, sealed; on a counting day the worker opens the ballots of at least five people at once,
and has PostgreSQL write the small tables that they went through anew: `survey_draft`, `ballot_box` and `ballot`.
"""

from sqlalchemy import Column, Date, ForeignKey, Index, Integer, LargeBinary, String, Table, Text

from assessment.store.review_tables import account
from assessment.store.tables import Instant, Key

metadata = account.metadata

survey_draft = Table(  # what a draft of a survey says so far: apart from `response`, whose old rows stay in its pages
    "survey_draft",
    metadata,
    Column("id", Key, ForeignKey("response.id"), primary_key=True, autoincrement=False),
    Column("sealed_answers", LargeBinary, nullable=False),  # JSON
)

ballot_box = Table(
    "ballot_box",
    metadata,
    Column("id", Key, primary_key=True, autoincrement=False),  # random, and never that of the ballot
    Column("questionnaire", String(60), nullable=False),
    Column("sealed_answers", LargeBinary, nullable=False),  # JSON: the answers, and the version they were given to
    Column("waits_since", Date),  # the quarter in which a count passed it over: for how long, and not of which week
    Index("ix_ballot_box_questionnaire", "questionnaire"),
)

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
    Column("questionnaire", String(60), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),  # 1, 2, ... of each questionnaire
    Column("counts", Text, nullable=False),  # JSON: exact counts of the cells shown; what the next is measured by
    Column("shown", Text, nullable=False),  # JSON: everything the page shows, rounded
    Column("released_at", Instant, nullable=False),
)

survey_count = Table(  # when the ballots of a survey were last counted, and what is said of them until the next time
    "survey_count",
    metadata,
    Column("questionnaire", String(60), primary_key=True),
    Column("day", Date, nullable=False),
    Column("number", Integer, nullable=False),  # of ballots on that day, also those still in the box
)
