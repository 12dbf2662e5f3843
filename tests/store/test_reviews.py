"""Reviews as rows: revisions that notice one another, issues in order, and nothing left after an erasure."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert, select

from assessment.core.reviewed import OWN, Content, Own, Signature
from assessment.store import deliveries, documents, reviews, submissions
from assessment.store.database import reading, writing
from assessment.store.keys import Keyring
from assessment.store.review_tables import account, review, submission
from assessment.store.tables import delivery, document
from tests.store.queue_rows import NOW, make_store

BY = Signature(name="Carl Moreau", role="Consultant", firm="Meridian Advisory", on="2026-11-22T10:00:00+01:00")
WORDS = Content(comment="Dear Priya", picks=("plan", OWN), own=Own(title="Name an owner", within=21))


@pytest.fixture
def engine(tmp_path: Path, keyring: Keyring) -> Iterator[Engine]:
    """A store with a submission of scorecard 1, and Carl's account 1."""
    engine = make_store(tmp_path)
    with writing(engine) as connection:
        connection.execute(
            insert(account).values(
                id=1, uniquifier="u", email_index="c", sealed_email=keyring.seal("c@x.example"),
                sealed_name=keyring.seal("Carl Moreau"), role="consultant", created_at=NOW,
            )
        )  # fmt: skip
        connection.execute(
            insert(submission).values(
                id=1, public_id="s1", reference="SC-1", response_id=1, scorecard_id=1, questionnaire="tiny",
                version="v1", title="Tiny", company_key="~s1", may_contact=True, status="new",
                origin="web", seconds=60, started_at=NOW, submitted_at=NOW, revision=1,
            )
        )  # fmt: skip
    yield engine
    engine.dispose()


def _add(engine: Engine, keyring: Keyring, public_id: str = "v1") -> int:
    with writing(engine) as connection:
        return reviews.add(
            connection, keyring, public_id=public_id, submission_id=1, account_id=1, content=WORDS, by=BY, now=NOW
        )


def test_what_is_stored_comes_back_and_only_with_the_keys(engine: Engine, keyring: Keyring) -> None:
    id_ = _add(engine, keyring)
    with reading(engine) as connection:
        found = reviews.find(connection, keyring, id_)
        sealed = connection.execute(select(review.c.sealed_content)).scalar_one()
    assert found is not None
    assert (found.content, found.by, found.issue, found.state, found.revision) == (WORDS, BY, 1, "draft", 1)
    assert b"Priya" not in sealed


def test_a_stale_revision_changes_nothing(engine: Engine, keyring: Keyring) -> None:
    id_, later = _add(engine, keyring), NOW + timedelta(minutes=1)
    mine, theirs = Content(comment="Mine"), Content(comment="Theirs")
    with writing(engine) as connection:
        assert reviews.save(connection, keyring, id_, 1, account_id=1, content=theirs, by=BY, now=later)
        assert not reviews.save(connection, keyring, id_, 1, account_id=1, content=mine, by=BY, now=later)
        assert not reviews.send(connection, id_, 1, later)
        assert not reviews.discard(connection, id_, 1)
        found = reviews.find(connection, keyring, id_)
    assert found is not None
    assert (found.content, found.revision, found.updated_at) == (theirs, 2, later)


def test_what_was_sent_is_final_and_the_newest_sent_issue_counts(engine: Engine, keyring: Keyring) -> None:
    first = _add(engine, keyring)
    with writing(engine) as connection:
        assert reviews.newest_sent(connection, keyring, 1) is None
        assert reviews.send(connection, first, 1, NOW)
        assert not reviews.save(connection, keyring, first, 2, account_id=1, content=Content(), by=BY, now=NOW)
        assert not reviews.discard(connection, first, 2)
    second = _add(engine, keyring, "v2")
    with writing(engine) as connection:
        sent = reviews.newest_sent(connection, keyring, 1)
        assert sent is not None
        assert (sent.id, sent.issue, sent.sent_at) == (first, 1, NOW)
        assert reviews.send(connection, second, 1, NOW)
        newest = reviews.newest_sent(connection, keyring, 1)
        assert newest is not None
        assert newest.issue == 2
        assert [one.issue for one in reviews.of_submission(connection, keyring, 1)] == [2, 1]


def _documents(engine: Engine, review_id: int) -> tuple[int, int]:
    with writing(engine) as connection:
        return documents.add(connection, 1, NOW), documents.add(connection, 1, NOW, review_id)


def test_the_automatic_document_is_never_mistaken_for_a_reviewed_one(engine: Engine, keyring: Keyring) -> None:
    id_ = _add(engine, keyring)
    automatic, reviewed = _documents(engine, id_)
    with writing(engine) as connection:
        for number, document_id in enumerate((automatic, reviewed, reviewed)):
            deliveries.add(
                connection, document_id=document_id, person_id=1, email_index="priya", questionnaire="tiny",
                message_id=f"<{number}@meridian.example>", now=NOW,
            )  # fmt: skip
        found, other = documents.of_scorecard(connection, 1), documents.of_review(connection, id_)
        assert found is not None
        assert other is not None
        assert (found.id, other.id) == (automatic, reviewed)
        mail = deliveries.newest_of_scorecard(connection, 1)
        assert mail is not None
        assert mail.document_id == automatic
        assert len(deliveries.of_document(connection, reviewed)) == 2
        since = NOW - timedelta(days=1)
        assert deliveries.count_since(connection, "priya", since) == 1
        assert deliveries.count_since(connection, "priya", since, reviewed=True) == 2
        assert deliveries.count_of_scorecard_since(connection, 1, since) == 1
        assert deliveries.asked_for(connection, 1, "priya")
        assert not deliveries.asked_for(connection, 1, "mallory")
        assert deliveries.withdraw_of_document(connection, reviewed) == 2
        states = dict(connection.execute(select(delivery.c.id, delivery.c.state)).all())  # type: ignore[arg-type]
    assert states == {1: "queued", 2: "erased", 3: "erased"}


def test_forgetting_empties_reviews_and_their_documents_alone(engine: Engine, keyring: Keyring) -> None:
    id_ = _add(engine, keyring)
    automatic, reviewed = _documents(engine, id_)
    with writing(engine) as connection:
        connection.execute(document.update().values(state="ready", sealed_bytes=keyring.seal_bytes(b"%PDF")))
        submissions.forget(connection, 1, erased=False)
        states = dict(connection.execute(select(document.c.id, document.c.state)).all())  # type: ignore[arg-type]
        assert states == {automatic: "ready", reviewed: "erased"}
        assert documents.content(connection, keyring, reviewed) is None
        assert documents.source(connection, keyring, reviewed) is None
        assert reviews.of_submission(connection, keyring, 1) == []
        assert connection.execute(select(review.c.sealed_content, review.c.state)).one() == (None, "erased")
    assert _add(engine, keyring, "v2")
    with reading(engine) as connection:
        assert [one.issue for one in reviews.of_submission(connection, keyring, 1)] == [2]


def test_a_discarded_draft_takes_its_pdf_along(engine: Engine, keyring: Keyring) -> None:
    id_ = _add(engine, keyring)
    _documents(engine, id_)
    with writing(engine) as connection:
        assert reviews.discard(connection, id_, 1)
        assert connection.execute(select(review.c.id)).all() == []
        assert connection.execute(select(document.c.review_id)).scalars().all() == [None]
