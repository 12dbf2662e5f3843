"""What Prometheus may read of a process: counts and times, no person, and labels of few values only."""

from importlib.metadata import PackageNotFoundError, version
from platform import python_version

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
    start_http_server,
)

REGISTRY = CollectorRegistry()
"""Everything of this process; a test or a second application in it counts on."""

_WEB_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_PDF_SECONDS = (0.25, 0.5, 1, 2, 3, 5, 8, 13, 20, 40)

disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series for each, which nobody reads
ProcessCollector(registry=REGISTRY)
PlatformCollector(registry=REGISTRY)

build = Info("assessment_build", "Version of the product and of Python.", registry=REGISTRY)
requests = Counter("assessment_requests", "Requests answered.", ("route", "method", "status"), registry=REGISTRY)
request_seconds = Histogram(
    "assessment_request_seconds", "Time to an answer.", ("route", "method"), registry=REGISTRY, buckets=_WEB_SECONDS
)
in_flight = Gauge("assessment_requests_in_flight", "Requests being answered.", registry=REGISTRY)
busy = Counter("assessment_busy", "Requests answered 503: the database was busy, full or away.", registry=REGISTRY)
limited = Counter("assessment_limited", "Requests answered 429: a limit was reached.", ("route",), registry=REGISTRY)
sign_in_failures = Counter("assessment_sign_in_failures", "Sign-ins that failed.", registry=REGISTRY)

documents = Counter(
    "assessment_documents", "PDFs by result: ready, plain, failed, retried, erased or dropped.", ("result",),
    registry=REGISTRY,
)  # fmt: skip
document_seconds = Histogram(
    "assessment_document_seconds", "Time that a PDF took, made or not.", registry=REGISTRY, buckets=_PDF_SECONDS
)
renderer_restarts = Counter(
    "assessment_renderer_restarts", "Renderer processes that died, hung or broke.", registry=REGISTRY
)
mails = Counter(
    "assessment_mails", "Mails by result: sent, failed, held, suppressed, erased or retried.", ("table", "result"),
    registry=REGISTRY,
)  # fmt: skip
exports = Counter(
    "assessment_exports", "Exports by result: ready, failed, retried or dropped.", ("result",), registry=REGISTRY
)
kept_house_at = Gauge(
    "assessment_housekeeping_timestamp_seconds", "When this worker last did its housekeeping.", registry=REGISTRY
)


def expose(port: int) -> int:
    """Answer Prometheus on 127.0.0.1 at `port` from a thread of its own; raises `OSError` when it is taken."""
    try:
        known = version("assessment")
    except PackageNotFoundError:  # run from its folder
        known = "unknown"
    build.info({"version": known, "python": python_version()})
    server, _thread = start_http_server(port, addr="127.0.0.1", registry=REGISTRY)
    return int(server.server_address[1])
