"""Headers on every reply: a strict content policy, no store for what is personal, nothing for third parties.

Script runs only with the nonce that is drawn anew for each reply; style comes from our own files; nothing stands
inline. `ASSESSMENT_FRAME_ANCESTORS` lets sites show the respondents' pages in a frame, never the workplace or signing
in. Only a site of the same registrable domain can do that in earnest (www.example.com may frame
assess.example.com): cookies are SameSite=Lax, so that in a frame of any other site a browser sends none and every form
comes back as expired.
"""

import secrets

from flask import Flask, Response, g, request

_SOURCES = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; object-src 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
KEPT = "/static/"
A_YEAR = 31_536_000
A_DAY = 86_400
FRAMED = frozenset(("front", "calculate", "library", "invited", "respond", "submit", "survey", "card", "opening"))
"""The blueprints whose pages other sites may show in a frame, where the settings name some."""
_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    # Same-origin, not none: the CSRF check on https needs the referrer of our own pages.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), browsing-topics=()",
}


def script_nonce() -> str:
    """What a script element of this reply must carry to run: 128 random bits, the same within one reply."""
    if "script_nonce" not in g:
        g.script_nonce = secrets.token_urlsafe(16)
    return str(g.script_nonce)


def policy(nonce: str | None, ancestors: tuple[str, ...]) -> str:
    """The content policy of a page whose scripts carry `nonce`, shown in frames of `ancestors` only."""
    script = f"'nonce-{nonce}'" if nonce else "'none'"
    frames = " ".join(ancestors) if ancestors else "'none'"
    return f"{_SOURCES}; script-src {script}; frame-ancestors {frames}"


def install(app: Flask, *, secure: bool, ancestors: tuple[str, ...] = ()) -> None:
    """Set the headers after every request."""

    @app.after_request
    def set_headers(response: Response) -> Response:
        headers = response.headers
        framed_by = ancestors if request.blueprint in FRAMED else ()
        headers["Content-Security-Policy"] = policy(g.get("script_nonce"), framed_by)
        silent = headers.get("Referrer-Policy") == "no-referrer"  # a view may have the browser tell less
        headers.update(_ALWAYS | ({"Referrer-Policy": "no-referrer"} if silent else {}))
        if not framed_by:
            headers["X-Frame-Options"] = "DENY"
        if secure:
            headers["Strict-Transport-Security"] = f"max-age={A_YEAR}"
        headers["Cache-Control"] = _kept_for(response)
        return response


def _kept_for(response: Response) -> str:
    """How long a reply is kept: style and script long, everything else not at all."""
    if response.status_code in {200, 304} and request.path.startswith(KEPT):
        return f"public, max-age={A_YEAR}, immutable" if request.args.get("v") else f"public, max-age={A_DAY}"
    given = response.headers.get("Cache-Control", "")
    return given if response.status_code == 200 and given.startswith("public") else "no-store"
