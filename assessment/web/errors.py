"""Errors as pages: kind words, what to do, never a trace."""

import logging
from urllib.parse import urlsplit, urlunsplit

from flask import Flask, Response, request
from flask_limiter import RateLimitExceeded
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from assessment.actions.installation import Gone
from assessment.store.database import UNAVAILABLE
from assessment.web.desk import RETRY_AFTER, page, plain_page
from assessment.web.forgery import is_foreign
from assessment.web.limits import seconds_to_wait

log = logging.getLogger(__name__)
NEVER_SHOWN = frozenset(("csrf_token", "current_password", "password", "again", "code"))
"""Fields that no page gives back."""
MAX_FIELDS = 300
"""More than any page has."""
NOTHING_LOST = "Nothing you saved is lost."

_WORDS: dict[int, tuple[str, str]] = {
    400: ("That did not arrive as it should", "Go back, reload the page and send it again. Nothing you saved is lost."),
    404: (
        "There is nothing at this address",
        "The link may be incomplete, or what it opened was deleted. If it came in a mail, copy the whole link.",
    ),
    405: ("That does not work here", "Use the buttons on the page before."),
    413: ("That was too much at once", "Shorten the text and send it again. Nothing you saved is lost."),
    414: (
        "This address is too long",
        "Copy the link once more, or begin with a shorter one. Nothing you saved is lost.",
    ),
    429: (
        "A little slower, please",
        "Much came from your network within a short time. Wait a minute and try again. Nothing you saved is lost.",
    ),
    431: (
        "Your browser sent too much beside the page",
        "Delete the cookies of this site and open your link again. Nothing you saved is lost.",
    ),
    500: ("Something went wrong on our side", "It has been noted. Everything you saved is kept; please try again."),
    503: ("Just a moment", "We are busy for the moment and nothing was saved just now. Please try again."),
}


def message_page(status: int) -> Response:
    """The page for a status."""
    heading, advice = _WORDS.get(status, _WORDS[400])
    links = (("/review/submissions", "Go to the submissions") if _in_workplace() else ("/", "All assessments"),)
    return plain_page("respond/message.html", status, heading=heading, paragraphs=(advice,), links=links)


def once_more_page(status: int) -> Response:
    """What was typed comes back with a fresh token, to be sent again; a plain message where nothing can come back.

    Nothing stored is shown, no password, and nothing that another site's page sent.
    """
    typed = _typed()
    if not typed:
        return message_page(status)
    heading, advice = _WORDS[status]
    return page(
        "respond/once_more.html",
        status,
        heading=heading,
        advice=advice.removesuffix(NOTHING_LOST).strip(),
        action=request.full_path.rstrip("?"),
        shown=tuple((name, value) for name, value in typed if was_typed(value)),
        hidden=tuple((name, value) for name, value in typed if not was_typed(value)),
        back="/review/submissions" if _in_workplace() else "/",
    )


def _typed() -> list[tuple[str, str]]:
    """The fields of a form that its own page sent to an address of ours."""
    ours = request.endpoint is not None and not request.path.startswith("//")
    if request.method != "POST" or not ours or is_foreign() or request.headers.get("X-Requested-With"):
        return []
    try:
        fields = [] if has_too_many_fields() else list(request.form.items(multi=True))
    except HTTPException:
        return []
    return [(name, value) for name, value in fields if name not in NEVER_SHOWN]


def has_too_many_fields() -> bool:
    """Whether a form has more fields than any page; counted before it costs to take them apart.

    Raises `RequestEntityTooLarge` for a body that is not read at all.
    """
    typed = request.mimetype == "application/x-www-form-urlencoded"
    return typed and request.get_data().count(b"&") >= MAX_FIELDS


def was_typed(value: str) -> bool:
    """Whether a value is somebody's own words, to be shown; choices, dates and numbers have no spaces."""
    return len(value) > 40 or any(character.isspace() for character in value)


def refusal(app: Flask, status: int) -> Response:
    """The page for a request that no view can be asked about, with the headers of every page."""
    with app.test_request_context():
        return app.process_response(message_page(status))


def _in_workplace() -> bool:
    """Whether the address is one of the workplace's, whoever asked for it."""
    return request.path.startswith("/review/")


def _stay_here(response: Response) -> Response:
    """Doubled slashes and a missing one at the end are mended at the same address, not at the host a browser named."""
    if isinstance(request.routing_exception, RequestRedirect):
        parts = urlsplit(request.routing_exception.new_url)
        response.headers["Location"] = urlunsplit(("", "", "/" + parts.path.lstrip("/"), parts.query, ""))
        response.set_data(b"")
    return response


def install(app: Flask) -> None:
    """Turn every error into a page."""
    app.after_request(_stay_here)

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

    @app.errorhandler(RateLimitExceeded)
    def too_often(_error: RateLimitExceeded) -> Response:
        response = once_more_page(429)
        response.headers["Retry-After"] = str(seconds_to_wait())
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
