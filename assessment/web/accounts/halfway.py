"""Between the password and the second factor: who got that far, and the step into the workplace.

The session is emptied before each step, so that nothing planted in it earlier lasts; it names its sign-in only once
both factors were shown.
"""

import re
from typing import NamedTuple

from flask import Response, request, session

from assessment import clock
from assessment.actions import signing_in
from assessment.actions.one_time import OneTimeLinks, state_of
from assessment.store.credentials import Credentials
from assessment.web.desk import desk, page
from assessment.web.review.door import HOME, KEY, key_index

HALF = "half"
HALF_LASTS = 600
"""Seconds from the password to the second factor."""
_OURS = re.compile(r"/review(/[A-Za-z0-9_.~%+-]+)*/?(\?[A-Za-z0-9_.~%+&=:,;@/-]*)?")
_BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrom", "Chrome"), ("Safari", "Safari"))
_SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS", "macOS"),
    ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip


class Halfway(NamedTuple):
    """Who showed their password, and where they want to go."""

    who: Credentials
    then: str


def links() -> OneTimeLinks:
    """The installation's links that work once."""
    house = desk().house
    return OneTimeLinks(house.keyring.signing_key, house.settings.public_url)


def destination(asked: str | None) -> str:
    """Where signing in leads: an address of the workplace, or its home for anything else."""
    good = asked and len(asked) <= 1000 and _OURS.fullmatch(asked) and "/.." not in asked
    return asked if good and asked else HOME


def set_out(who: Credentials, then: str) -> None:
    """The password was right: an empty session that remembers this, and nothing else."""
    session.clear()
    session[HALF] = [who.id, state_of(who.uniquifier), int(clock.now().timestamp()), then]


def halfway() -> Halfway | None:
    """Who showed their password in this browser a moment ago, unless the account changed since."""
    try:
        account_id, state, since, then = session[HALF]
        young = clock.now().timestamp() - since < HALF_LASTS
    except (KeyError, ValueError, TypeError):
        return None
    who = signing_in.find(desk().house, account_id=account_id) if young else None
    good = who is not None and who.active and state_of(who.uniquifier) == state
    return Halfway(who, destination(then)) if good and who else None


def arrive(who: Credentials) -> None:
    """Both factors were right: a new session with a sign-in of its own. Raises `Gone` if the account just ended."""
    key = clock.submission_key()
    signing_in.begin(desk().house, who, key_index=key_index(key), browser=browser_name(), now=clock.now())
    session.clear()
    session[KEY] = key


def browser_name() -> str:
    """What the list of signed-in browsers calls this one, such as "Firefox on Linux"."""
    agent = request.headers.get("User-Agent", "")
    name = next((name for mark, name in _BROWSERS if mark in agent), "A browser")
    system = next((name for mark, name in _SYSTEMS if mark in agent), "")
    return f"{name} on {system}" if system else name


def slow_down() -> Response:
    """Too many tries: the same words whether or not there is such an account."""
    response = page("account/slow.html", 429)
    response.headers["Retry-After"] = "900"
    return response
