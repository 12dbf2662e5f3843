"""What every view reaches for: the installation, the links, the clock, and a page rendered with the firm's brand."""

from dataclasses import dataclass

from flask import Response, current_app, make_response
from flask_wtf.csrf import generate_csrf

from assessment import clock, rendering
from assessment.actions.installation import Installation
from assessment.actions.links import Links
from assessment.web.headers import script_nonce

EXTENSION = "assessment"
RETRY_AFTER = "5"
"""Seconds after which a browser may try again when the database is busy."""
BUSY = "We are busy for the moment, and nothing was saved just now"
"""Heading of a page that comes back with everything typed because the database could not be written."""


@dataclass(frozen=True)
class Desk:
    """The parts a view works with; one an application."""

    house: Installation
    links: Links
    mail_domain: str

    def message_id(self) -> str:
        """A Message-ID of our own domain, stored before the first try."""
        return f"<{clock.submission_key()}@{self.mail_domain}>"


def desk() -> Desk:
    """The desk of the running application."""
    found: Desk = current_app.extensions[EXTENSION]
    return found


def page(template: str, status: int = 200, **values: object) -> Response:
    """A rendered page with the firm's brand and a CSRF token."""
    return plain_page(template, status, csrf=generate_csrf(), **values)


def busy_page(template: str, **values: object) -> Response:
    """The page again with everything typed, because the database could not be written just now."""
    response = page(template, 503, **values)
    response.headers["Retry-After"] = RETRY_AFTER
    return response


def plain_page(template: str, status: int = 200, **values: object) -> Response:
    """A rendered page without a form, so without a session."""
    brand = desk().house.settings.brand
    return make_response(rendering.render(template, brand=brand, nonce=script_nonce(), **values), status)
