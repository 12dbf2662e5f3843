"""Errors as pages: kind words, what to do, never a trace."""

import logging

from flask import Flask, Response, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from assessment.actions.installation import Gone
from assessment.store.database import UNAVAILABLE
from assessment.web.desk import RETRY_AFTER, plain_page

log = logging.getLogger(__name__)

_WORDS: dict[int, tuple[str, str]] = {
    400: ("That did not arrive as it should", "Go back, reload the page and send it again. Nothing you saved is lost."),
    404: (
        "There is nothing at this address",
        "The link may be incomplete, or what it opened was deleted. If it came in a mail, copy the whole link.",
    ),
    405: ("That does not work here", "Use the buttons on the page before."),
    413: ("That was too much at once", "Shorten the text and send it again. Nothing you saved is lost."),
    429: ("A little slower, please", "Wait a minute and try again."),
    500: ("Something went wrong on our side", "It has been noted. Everything you saved is kept; please try again."),
    503: ("Just a moment", "We are busy for the moment and nothing was saved just now. Please try again."),
}


def message_page(status: int) -> Response:
    """The page for a status."""
    heading, advice = _WORDS.get(status, _WORDS[400])
    links = (("/review/submissions", "Go to the submissions") if _in_workplace() else ("/", "All assessments"),)
    return plain_page("respond/message.html", status, heading=heading, paragraphs=(advice,), links=links)


def _in_workplace() -> bool:
    """Whether the address is one of the workplace's, whoever asked for it."""
    return request.path.startswith("/review/")


def install(app: Flask) -> None:
    """Turn every error into a page."""

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> Response:
        status = error.code or 500
        if status < 400:
            return Response(error.get_response().get_data(), status, dict(error.get_headers()))
        response = message_page(status)
        allowed = getattr(error, "valid_methods", None)
        if allowed:
            response.headers["Allow"] = ", ".join(sorted(allowed))
        return response

    @app.errorhandler(Gone)
    def gone(_error: Gone) -> Response:
        return message_page(404)

    @app.errorhandler(CSRFError)
    def forged(_error: CSRFError) -> Response:
        return message_page(400)

    def busy(error: Exception) -> Response:
        log.warning("database unavailable: %s", type(error).__name__)
        response = message_page(503)
        response.headers["Retry-After"] = RETRY_AFTER
        return response

    for kind in UNAVAILABLE:
        app.register_error_handler(kind, busy)

    @app.errorhandler(Exception)
    def unexpected(error: Exception) -> Response:
        log.error("unexpected error", exc_info=error)
        return message_page(500)
