"""A PDF to download, and the page that waits while the worker makes it."""

from datetime import timedelta

from flask import Response, make_response

from assessment import clock
from assessment.core.scorecard import Scorecard
from assessment.store.documents import Document
from assessment.web.desk import page

WAIT_SECONDS, WAIT_SECONDS_SLOW = 2, 20
"""How often the waiting page looks again, and how often once the worker seems to be away."""
SLOW_AFTER = timedelta(minutes=1)
"""How long a document may be due before the page says that it takes longer."""


def pdf_file(content: bytes, name: str) -> Response:
    """A PDF to keep; `name` is plain ASCII."""
    response = make_response(content)
    response.headers["Content-Type"] = "application/pdf"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def waiting(card: Scorecard, document: Document | None, back: str) -> Response:
    """The page that looks again by itself until the document is there, or says that there will be none."""
    failed = document is not None and document.state == "failed"
    slow = document is not None and document.state == "queued" and document.next_at < clock.now() - SLOW_AFTER
    response = page("scorecard/waiting.html", 200, card=card, failed=failed, slow=slow, back=back)
    if not failed:
        response.headers["Refresh"] = str(WAIT_SECONDS_SLOW if slow else WAIT_SECONDS)
    return response
