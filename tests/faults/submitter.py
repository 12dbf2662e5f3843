"""Somebody who insists: submits one response over HTTP and tries again whenever the server is gone."""

import http.cookiejar
import time
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

from tests.walking import hidden

PATIENCE_SECONDS = 60


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_arguments: Any) -> None:
        return None


class Submitter:
    """One browser; every request is repeated until it is answered."""

    timeout = 10.0
    """Seconds until a request counts as not answered."""

    def __init__(self, url: str) -> None:
        self.url = url
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._opener = urllib.request.build_opener(jar, _Stay)

    def submit(self, email: str) -> str:
        """Answer the tiny questionnaire; gives the scorecard's address, once the server has acknowledged it."""
        return self.finish(self.begin(), email)

    def begin(self) -> str:
        """Start; gives the address of the first page."""
        return self._post("/a/tiny", "/a/tiny", {"model": "goods"})

    def finish(self, address: str, email: str) -> str:
        """Answer the rest and submit; gives the scorecard's address."""
        for question in ("plan", "review"):
            address = self._post(address, address, {question: "some"})
        return self._post(address, address, {"email": email})

    def read(self, address: str) -> str:
        """A page as this browser sees it."""
        return self._open(address, None)[2]

    def _post(self, form_at: str, action: str, fields: dict[str, str]) -> str:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            try:
                return self._once(form_at, action, fields)
            except (OSError, http.client.HTTPException):
                time.sleep(0.1)
        raise AssertionError(f"{action}: no answer within {PATIENCE_SECONDS} s")

    def _once(self, form_at: str, action: str, fields: dict[str, str]) -> str:
        status, headers, html = self._open(form_at, None)
        if status == 303:  # an earlier try was stored, only its answer got lost
            return str(headers["Location"])
        tokens = {name: hidden(html, name) for name in ("csrf_token", "seen") if f'name="{name}"' in html}
        status, headers, html = self._open(action, urllib.parse.urlencode(tokens | fields).encode())
        if status >= 500:
            raise OSError(f"answered {status}")
        assert status == 303, (status, html[:2000])
        return str(headers["Location"])

    def _open(self, address: str, body: bytes | None) -> tuple[int, Any, str]:
        request = urllib.request.Request(self.url + address, body)
        try:
            with self._opener.open(request, timeout=self.timeout) as reply:
                return reply.status, reply.headers, reply.read().decode()
        except urllib.error.HTTPError as reply:
            return reply.code, reply.headers, reply.read().decode()
