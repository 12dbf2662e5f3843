"""Headers on every reply: a strict content policy, no store for what is personal, nothing for third parties."""

from flask import Flask, Response, request

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
KEPT = "/static/"
A_YEAR = 31_536_000
A_DAY = 86_400


def install(app: Flask, *, secure: bool) -> None:
    """Set the headers after every request."""

    @app.after_request
    def set_headers(response: Response) -> Response:
        headers = response.headers
        headers["Content-Security-Policy"] = POLICY
        headers["X-Content-Type-Options"] = "nosniff"
        # Same-origin, not none: the CSRF check on https needs the referrer of our own pages.
        headers["Referrer-Policy"] = "same-origin"
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=(), browsing-topics=()"
        if secure:
            headers["Strict-Transport-Security"] = f"max-age={A_YEAR}"
        if response.status_code in {200, 304} and request.path.startswith(KEPT):
            age = f"{A_YEAR}, immutable" if request.args.get("v") else str(A_DAY)
            headers["Cache-Control"] = f"public, max-age={age}"
        elif response.status_code != 200 or not headers.get("Cache-Control", "").startswith("public"):
            headers["Cache-Control"] = "no-store"
        return response
