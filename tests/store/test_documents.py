"""Documents, deliveries and notices as rows: what is counted, listed, held, withdrawn and erased."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert, select, update
from sqlalchemy.exc import IntegrityError

from assessment.store import deliveries, documents, notices, retention
from assessment.store.database import reading, writing
from assessment.store.keys import KeyFault, Keyring
from assessment.store.tables import consent, delivery, document, notice, response
from tests.store.queue_rows import NOW, add_document, make_store

DAY = timedelta(days=1)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = make_store(tmp_path)
    yield engine
    engine.dispose()


def _add(
    engine: Engine, document_id: int, number: int, *, state: str = "queued", index: str = "priya", days: int = 0
) -> int:
    with writing(engine) as connection:
        return deliveries.add(
            connection, document_id=document_id, person_id=1, email_index=index, questionnaire=f"tiny-{number % 2}",
            message_id=f"<{number}@meridian.example>", now=NOW - days * DAY, state=state,
        )  # fmt: skip


def test_a_documents_bytes_are_read_only_with_the_keys_and_when_ready(engine: Engine, keyring: Keyring) -> None:
    row = add_document(engine)
    with writing(engine) as connection:
        assert documents.content(connection, keyring, row) is None
        connection.execute(update(document).values(state="ready", sealed_bytes=keyring.seal_bytes(b"%PDF")))
        assert documents.content(connection, keyring, row) == b"%PDF"
        connection.execute(update(document).values(sealed_bytes=b"not ours"))
        with pytest.raises(KeyFault):
            documents.content(connection, keyring, row)


def test_the_newest_document_of_a_scorecard_counts(engine: Engine) -> None:
    add_document(engine, "failed")
    newest = add_document(engine, "ready")
    with reading(engine) as connection:
        found = documents.of_scorecard(connection, 1)
        assert found is not None
        assert (found.id, found.state) == (newest, "ready")
        assert documents.of_scorecard(connection, 2) is None


def test_an_erased_document_is_never_made_again(engine: Engine) -> None:
    row = add_document(engine, "ready")
    with writing(engine) as connection:
        documents.erase_of_response(connection, 1)
        documents.queue_again(connection, row, NOW)
        found = documents.find(connection, row)
    assert found is not None
    assert found.state == "erased"


def test_only_old_ready_documents_are_dropped(engine: Engine) -> None:
    old, new, failed = (add_document(engine, state) for state in ("ready", "ready", "failed"))
    with writing(engine) as connection:
        for row, made in ((old, NOW - 31 * DAY), (new, NOW - 29 * DAY), (failed, NOW - 31 * DAY)):
            connection.execute(update(document).where(document.c.id == row).values(made_at=made))
        assert documents.drop_made_before(connection, NOW - 30 * DAY, 0) == 0
        assert documents.drop_made_before(connection, NOW - 30 * DAY, 5) == 1
        found = [documents.find(connection, row) for row in (old, new, failed)]
    assert [one.state for one in found if one] == ["dropped", "ready", "failed"]


def test_limits_count_what_went_out_or_will(engine: Engine) -> None:
    made = add_document(engine, "ready")
    for number, state in enumerate(("queued", "leased", "sent", "failed", "held", "suppressed", "erased")):
        _add(engine, made, number, state=state)
    _add(engine, made, 10, days=2)
    _add(engine, made, 11, index="carl")
    with reading(engine) as connection:
        assert deliveries.count_since(connection, "priya", NOW - DAY) == 4
        assert deliveries.count_since(connection, "priya", NOW - DAY, "tiny-0") == 2
        assert deliveries.count_since(connection, "priya", NOW - 3 * DAY) == 5


def test_the_listing_shows_the_newest_first_and_by_state(engine: Engine) -> None:
    made = add_document(engine, "ready")
    rows = [_add(engine, made, number, state=state) for number, state in enumerate(("sent", "failed", "held"))]
    with reading(engine) as connection:
        assert [one.id for one in deliveries.listing(connection)] == rows[::-1]
        assert [one.id for one in deliveries.listing(connection, limit=1)] == rows[-1:]
        [failed] = deliveries.listing(connection, states=["failed"])
    assert (failed.scorecard, failed.questionnaire, failed.state) == ("s1", "tiny-1", "failed")


def test_a_corrected_address_takes_back_what_has_not_gone_out(engine: Engine) -> None:
    made = add_document(engine, "ready")
    for number, state in enumerate(("queued", "leased", "held", "sent", "failed")):
        _add(engine, made, number, state=state)
    with writing(engine) as connection:
        assert deliveries.withdraw_open(connection, 1) == 3
        states = list(connection.execute(select(delivery.c.state).order_by(delivery.c.id)).scalars())
    assert states == ["erased", "erased", "erased", "sent", "failed"]


def test_erasing_forgets_whom_the_mails_went_to(engine: Engine, keyring: Keyring) -> None:
    _add(engine, add_document(engine, "ready"), 1, state="sent")
    with writing(engine) as connection:
        notices.add(
            connection, keyring, response_id=1, kind="resume", email="priya@northfield.example",
            message_id="<n@meridian.example>", now=NOW,
        )  # fmt: skip
        deliveries.erase_of_response(connection, 1)
        notices.erase_of_response(connection, 1)
        kept = connection.execute(select(delivery)).one()
        told = connection.execute(select(notice)).one()
        assert deliveries.newest_of_scorecard(connection, 1) is None
        assert notices.source(connection, keyring, told.id) is None
    assert (kept.state, kept.email_index) == ("erased", None)
    assert (told.state, told.sealed_email, told.email_index) == ("erased", None, "")


def test_a_message_id_is_used_once(engine: Engine) -> None:
    made = add_document(engine)
    _add(engine, made, 1)
    with pytest.raises(IntegrityError):
        _add(engine, made, 1)


def test_only_old_drafts_are_deleted_with_what_hangs_on_them(engine: Engine, keyring: Keyring) -> None:
    with writing(engine) as connection:
        for number, days in ((2, 31), (3, 29)):
            connection.execute(
                insert(response).values(
                    id=number, public_id=f"r{number}", questionnaire="tiny", version="v1", state="draft", answers="{}",
                    revision=1, page=1, submission_key=f"k{number}", epoch=1, started_at=NOW - days * DAY,
                    updated_at=NOW - days * DAY,
                )
            )  # fmt: skip
            connection.execute(insert(consent).values(response_id=number, purpose="contact", wording="w", given_at=NOW))
            notices.add(
                connection, keyring, response_id=number, kind="resume", email="priya@northfield.example",
                message_id=f"<n{number}@meridian.example>", now=NOW,
            )  # fmt: skip
    with writing(engine) as connection:
        assert retention.delete_drafts_before(connection, NOW - 30 * DAY) == 1
        assert list(connection.execute(select(response.c.id).order_by(response.c.id)).scalars()) == [1, 3]
        assert list(connection.execute(select(notice.c.response_id)).scalars()) == [3]
        assert list(connection.execute(select(consent.c.response_id)).scalars()) == [3]
