"""Where a request comes from: the client's network, told by the trusted proxies and by nobody else.

`ASSESSMENT_PROXIES` says how many proxies stand in front; each adds the address it was asked from at the end of
`X-Forwarded-For`, so only that many entries from the end are believed. With 0 the header counts for nothing.
"""

import ipaddress
import re
from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask, request
from werkzeug.middleware.proxy_fix import ProxyFix

_BRACKETED = re.compile(r"\[([^\[\]]*)\](:\d{1,5})?")
_WITH_PORT = re.compile(r"([^:]*):\d{1,5}")
_LISTS = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO")
UNKNOWN = "unknown"
"""The network of everybody whose address cannot be read; they are counted together."""
Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]


def install(app: Flask, proxies: int) -> None:
    """Believe the last `proxies` entries of `X-Forwarded-For` and `-Proto`, and no other forwarded header."""
    if proxies:
        fixed = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=0, x_port=0, x_prefix=0)
        app.wsgi_app = _unquoted(fixed)  # type: ignore[assignment,method-assign]


def _unquoted(app: Wsgi) -> Wsgi:
    """Entries end at commas and nowhere else.

    ProxyFix reads quoted strings too: a client that opens a quote would swallow what the proxies added behind it, and
    choose its own address.
    """

    def answer(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        for name in _LISTS:
            if name in environ:
                environ[name] = environ[name].replace('"', "").replace("\\", "")
        return app(environ, start)

    return answer


def network() -> str:
    """The client's network: its IPv4 address, or the /64 of its IPv6 address."""
    return network_of(request.remote_addr or "")


def network_of(text: str) -> str:
    """The network of an address as proxies write it: plain, with a port, in brackets, with a zone."""
    found = _BRACKETED.fullmatch(text.strip()) or _WITH_PORT.fullmatch(text.strip())
    try:
        address = ipaddress.ip_address((found[1] if found else text.strip()).partition("%")[0])
    except ValueError:
        return UNKNOWN
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is None:
        return str(ipaddress.ip_network((address, 64), strict=False))
    # A server that listens on both kinds sees IPv4 clients as ::ffff:..., all of them in one /64.
    return str(getattr(address, "ipv4_mapped", None) or address)
