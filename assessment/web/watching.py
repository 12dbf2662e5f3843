"""Every request has an id, one line in the log and its place in the counts: by its route's pattern, never its path."""

import logging
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import structlog
from flask import Flask, Response, g, request

from assessment import clock, metrics

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = logging.getLogger(__name__)
ID = "X-Request-ID"
METHODS = frozenset(("GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"))
NOWHERE = "none"
"""The route of an address that has none."""
_ROUTE, _ACCOUNT = "assessment.route", "assessment.account"


def install(app: Flask) -> None:
    """Watch every request; the last thing done to an application, so that nothing is answered outside of it."""

    @app.url_value_preprocessor
    def note_route(_endpoint: str | None, _values: dict[str, Any] | None) -> None:
        request.environ[_ROUTE] = request.url_rule.rule if request.url_rule else NOWHERE

    @app.after_request
    def note_account(response: Response) -> Response:
        account = g.get("account")
        request.environ[_ACCOUNT] = account.id if account is not None else None
        return response

    app.wsgi_app = _Watch(app.wsgi_app)  # type: ignore[method-assign]


class _Watch:
    def __init__(self, inner: "WSGIApplication") -> None:
        self._inner = inner

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        began, told = time.perf_counter(), _Told(start_response, clock.public_id())
        with structlog.contextvars.bound_contextvars(request_id=told.id), metrics.in_flight.track_inprogress():
            try:
                return self._inner(environ, told)
            finally:
                _note(environ, told, time.perf_counter() - began)


class _Told:
    """The server's `start_response`, with our id among the headers and the status kept."""

    def __init__(self, start_response: "StartResponse", id_: str) -> None:
        self.id, self.status, self._start = id_, 500, start_response

    def __call__(self, status: str, headers: list[tuple[str, str]], *more: Any) -> Callable[[bytes], object]:
        self.status = int(status[:3])
        return self._start(status, [*headers, (ID, self.id)], *more)


def _note(environ: "WSGIEnvironment", told: _Told, seconds: float) -> None:
    route, method = environ.get(_ROUTE, NOWHERE), environ["REQUEST_METHOD"]
    method = method if method in METHODS else "other"
    metrics.requests.labels(route, method, f"{told.status // 100}xx").inc()
    metrics.request_seconds.labels(route, method).observe(seconds)
    if told.status == 503:
        metrics.busy.inc()
    elif told.status == 429:
        metrics.limited.labels(route).inc()
    line = {"method": method, "route": route, "status": told.status, "ms": round(seconds * 1000, 1)}
    log.info("request", extra={**line, "account": environ.get(_ACCOUNT)})
