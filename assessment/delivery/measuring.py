"""The queues as Prometheus sees them: looked up when it asks, so that any worker tells of all of them."""

from collections.abc import Callable, Iterator
from datetime import datetime

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import Engine

from assessment.store import audit_seals, queues
from assessment.store.database import UNAVAILABLE, reading


class QueueCollector(Collector):
    """Depth and age of every queue, and whether the audit log fits; without a database only that it is away."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._engine, self._clock = engine, clock

    def describe(self) -> list[GaugeMetricFamily]:
        """Nothing beforehand: registering must not need the database."""
        return []

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """What stands in the database now."""
        up = GaugeMetricFamily("assessment_database_up", "Whether the database answered, 1 or 0.")
        try:
            with reading(self._engine) as connection:
                depths, ages = queues.depths(connection), queues.oldest_due(connection, self._clock())
                check = audit_seals.last_check(connection)
        except UNAVAILABLE:
            up.add_metric((), 0)
            yield up
            return
        up.add_metric((), 1)
        depth = GaugeMetricFamily("assessment_queue_rows", "Rows by table and state.", labels=("table", "state"))
        for (table, state), number in depths.items():
            depth.add_metric((table, state), number)
        age = GaugeMetricFamily("assessment_queue_due_seconds", "Age of the oldest due row.", labels=("table",))
        for table, waited in ages.items():
            age.add_metric((table,), waited.total_seconds())
        fits = GaugeMetricFamily("assessment_audit_log_fits", "Whether the audit log is what was written, 1 or 0.")
        fits.add_metric((), not (check and check.fault))
        yield from (up, depth, age, fits)
