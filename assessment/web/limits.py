"""How often: requests from one network, requests in all, and less of what costs or mails.

Nothing is counted by a readable address: what stands in memory or in Redis is a keyed hash of the network. Style,
script and the health addresses are not counted. What is too much is answered with 429, the seconds to wait, and, for
a form, everything that was typed.

The numbers of `STRICTER` suit the default of `ASSESSMENT_LIMIT_PER_ADDRESS` and `ASSESSMENT_LIMIT_IN_ALL`, and move in
proportion with these. They leave room for an office: two hundred people behind one address who answer at once send
about 1,200 requests in their first minute (introduction, start, first page, three saves each).
"""

import hmac
import logging
import math
from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask, current_app, g, request
from flask_limiter import ApplicationLimit, Limiter, RouteLimit

from assessment import clock
from assessment.settings import Settings
from assessment.store.accounts import Account
from assessment.web.address import network
from assessment.web.counters import SCHEME
from assessment.web.desk import desk

PER_ADDRESS, IN_ALL = 3000, 60_000
"""The defaults of the two settings, to which `STRICTER` is proportioned."""
NOT_COUNTED = frozenset(("/health", "/ready", "/brand.css"))
"""Asked by machines, or as static as a stylesheet is."""
EXTENSION = "assessment-limits"


@dataclass(frozen=True)
class Stricter:
    """Fewer requests for some endpoints together: from one network (or one account), and in all."""

    name: str
    endpoints: tuple[str, ...]
    each: str
    in_all: str | None = None
    methods: tuple[str, ...] = ("POST",)
    by_account: bool = False
    fixed: bool = False


STRICTER = (
    # A response is a row kept for weeks. Two hundred at once, each of whom may err once.
    Stricter("start", ("front.begin", "invited.begin", "card.correct", "card.again"), "400/minute;4000/hour"),
    # Each makes a PDF: one or two seconds of a processor. Two hundred who finish together, and may err once.
    Stricter("submit", ("submit.submit", "calculate.keep"), "400/minute;2000/hour"),
    # Each is a mail. Two hundred who stop for lunch; beyond that our mail is somebody's cannon.
    Stricter(
        "mail",
        ("respond.later", "invited.link", "card.mail", "card.address"),
        "200/minute;600/hour",
        in_all="3000/hour",
    ),
    # Signed links cannot be guessed; opening one reads the database and sets a cookie. An office opens them together.
    Stricter(
        "links",
        ("opening.resume", "opening.scorecard", "invited.arrive", "invited.no_more", "card.not_me"),
        "600/minute",
        methods=("GET", "POST"),
    ),
    # Each try costs 50 ms of a processor and 48 MiB; few of one firm sign in within a minute. The tries at one account
    # are counted in the database, for days and by all processes.
    Stricter(
        "sign-in",
        (
            "entrance.try_sign_in",
            "entrance.try_code",
            "entrance.try_set_up",
            "passkey_entry.try_passkey",
            "keys.password",
            "keys.set_up",
            "keys.forgotten",
            "own.change_password",
        ),
        "60/minute",
        in_all="600/minute",
        fixed=True,
    ),
    Stricter("one-time", ("keys.opened",), "60/minute", methods=("GET",), fixed=True),
    # The worker reads all submissions for each; somebody who narrows a list makes a handful.
    Stricter("export", ("exports.ask",), "20/minute;200/hour", by_account=True, fixed=True),
    # Each may be a mail in the firm's name. A consultant types one in a quarter of a minute at best.
    Stricter(
        "invite",
        ("invitations.make", "invitations.mail", "people.invite", "people.invite_again", "submission.resend"),
        "60/minute;600/hour",
        by_account=True,
        fixed=True,
    ),
)


def install(app: Flask, settings: Settings) -> None:
    """Count every request before anything else looks at it; `tighten` once all views are there."""
    limiter = Limiter(
        _network,
        # The network first: what is refused to one client is not taken from everybody.
        application_limits=[
            ApplicationLimit(f"{settings.limit_per_address}/minute", scope="each"),
            ApplicationLimit(f"{settings.limit_in_all}/minute", scope="all", key_function=_all),
        ],
        # What is at no address is counted as well.
        request_identifier=lambda: request.endpoint or "nowhere",
        storage_uri=f"{SCHEME}://",
        storage_options={"store": settings.limit_store or "", "prefix": _prefix(app)},
        strategy="fixed-window",
    )
    limiter.request_filter(lambda: request.path in NOT_COUNTED)
    limiter.init_app(app)
    app.extensions[EXTENSION] = limiter
    # It would write a line for each request that is refused: a flood of requests must not become one of lines.
    logging.getLogger("flask-limiter").setLevel(logging.ERROR)


def _prefix(app: Flask) -> str:
    """Keeps counts apart from another installation's in the same Redis, where account 1 is somebody else."""
    return hmac.digest(str(app.secret_key).encode(), b"limits", "sha256").hex()[:16]


def tighten(app: Flask, settings: Settings) -> None:
    """Put the stricter limits around the views that they are for."""
    limiter: Limiter = app.extensions[EXTENSION]
    for group in STRICTER:
        scale = 1.0 if group.fixed else settings.limit_per_address / PER_ADDRESS
        in_all = 1.0 if group.fixed else settings.limit_in_all / IN_ALL
        key = _account if group.by_account else _network
        wraps = [_wrap(limiter, group, _scaled(group.each, scale), key)]
        if group.in_all:
            wraps.append(_wrap(limiter, group, _scaled(group.in_all, in_all), _all))
        for endpoint in group.endpoints:
            for wrap in wraps:
                app.view_functions[endpoint] = wrap(app.view_functions[endpoint])  # type: ignore[assignment]


def _wrap(limiter: Limiter, group: Stricter, amount: str, key: Callable[[], str]) -> RouteLimit:
    return limiter.shared_limit(
        amount,
        scope=group.name,
        key_func=key,
        # A HEAD runs the same view as a GET.
        exempt_when=lambda: request.method.replace("HEAD", "GET") not in group.methods,
        override_defaults=False,
    )


def _scaled(limits: str, by: float) -> str:
    """Such as "400/minute;4000/hour", each number times `by` and at least 1."""
    parts = (part.split("/") for part in limits.split(";"))
    return ";".join(f"{max(1, round(int(number) * by))}/{unit}" for number, unit in parts)


def _network() -> str:
    """The keyed hash of the client's network; made once a request."""
    if "network" not in g:
        g.network = desk().house.keyring.subject(network())[:32]
    return str(g.network)


def _account() -> str:
    account: Account | None = g.get("account")
    return f"account {account.id}" if account else _network()


def _all() -> str:
    return "everybody"


def seconds_to_wait() -> int:
    """Seconds until the limit that refused this request counts anew; at least 1."""
    limiter: Limiter = current_app.extensions[EXTENSION]
    reached = limiter.current_limit
    return max(1, math.ceil(reached.window.reset_time - clock.now().timestamp())) if reached else 60
