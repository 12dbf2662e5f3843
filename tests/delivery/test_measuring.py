"""What Prometheus is told of the worker: the queues as they stand, and what became of each row."""

from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from assessment import metrics
from assessment.delivery.mailer import DeliveryError
from assessment.delivery.measuring import QueueCollector
from assessment.delivery.renderer import RenderError
from assessment.store import audit_seals
from assessment.store.audit_seals import Check
from assessment.store.database import open_database, writing
from tests.delivery.desk import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def _told(desk: Desk) -> str:
    registry = CollectorRegistry()
    registry.register(QueueCollector(desk.engine, desk.clock))
    return generate_latest(registry).decode()


def _count(name: str, **labels: str) -> float:
    return metrics.REGISTRY.get_sample_value(name, labels) or 0


def test_queues_are_told_as_they_stand(desk: Desk) -> None:
    desk.submit(1)
    desk.submit(2)
    desk.clock.later(minutes=5)
    told = _told(desk)
    assert "assessment_database_up 1.0" in told
    assert 'assessment_queue_rows{state="queued",table="document"} 2.0' in told
    assert 'assessment_queue_due_seconds{table="delivery"} 300.0' in told
    assert 'assessment_queue_rows{state="queued",table="export"} 0.0' in told
    desk.drain(desk.worker())
    told = _told(desk)
    assert 'assessment_queue_rows{state="queued",table="document"} 0.0' in told
    assert 'assessment_queue_due_seconds{table="delivery"} 0.0' in told
    assert "sent" not in told


def test_an_audit_log_that_does_not_fit_is_told(desk: Desk) -> None:
    assert "assessment_audit_log_fits 1.0" in _told(desk)
    for fault, said in ((None, "1.0"), ("row 7 (id 7): changed or inserted", "0.0")):
        with writing(desk.engine) as connection:
            audit_seals.remember_check(connection, Check(at=desk.clock(), number=7, last_at=None, fault=fault))
        assert f"assessment_audit_log_fits {said}" in _told(desk)


def test_a_database_that_is_away_is_told(tmp_path: Path, desk: Desk) -> None:
    desk.engine = open_database(f"sqlite:///{tmp_path / 'nowhere' / 'x.sqlite3'}")
    assert "assessment_database_up 0.0" in _told(desk)
    assert "queue_rows" not in _told(desk)


def test_what_became_of_each_row_is_counted(desk: Desk) -> None:
    def counts() -> list[float]:
        documents = [_count("assessment_documents_total", result=result) for result in ("retried", "plain", "ready")]
        mails = [_count("assessment_mails_total", table="delivery", result=r) for r in ("retried", "sent", "failed")]
        return [*documents, *mails, _count("assessment_document_seconds_count")]

    before = counts()
    for number in (1, 2):
        desk.submit(number)
    worker = desk.worker()
    desk.press.errors = [RenderError("it ended", permanent=False)]
    desk.post.errors = [DeliveryError("450", permanent=False), DeliveryError("550", permanent=True)]
    desk.drain(worker)
    desk.clock.later(minutes=1)
    desk.press.errors = [RenderError("it ended again", permanent=False)]
    desk.drain(worker)
    assert [after - was for after, was in zip(counts(), before, strict=True)] == [1, 1, 1, 1, 1, 1, 4]
    assert _count("assessment_housekeeping_timestamp_seconds") == pytest.approx(desk.clock().timestamp(), abs=120)
