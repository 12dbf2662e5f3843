"""Who may open what: a cookie per response or scorecard, holding a signed token of one kind."""

import re
from typing import Literal

from flask import Response, abort, make_response, redirect, request

from assessment.actions import calculating, owning, responding
from assessment.actions.links import Kind, Opened
from assessment.actions.owning import Owned
from assessment.actions.responding import Draft
from assessment.store.responses import ANSWERED
from assessment.store.scorecards import Kept
from assessment.web.desk import desk

_PUBLIC_ID = re.compile(r"[A-Za-z0-9_-]{16}")
COOKIE_DAYS = 30
STRANGER = "This browser no longer has the key to these answers"
"""Heading of the page that gives back what was typed after the cookie was lost."""
Door = Literal["r", "s", "m", "v", "i", "p", "k"]
"""r: a response one answers; s: one's own scorecard; m: the same, by the mailed link; v: shared; i: an invitation;
p: the results of a survey that has them by link; k: a calculator's result kept as a PDF."""
_KIND: dict[Door, Kind] = {
    "r": "resume", "s": "owner", "m": "mailed", "v": "share", "i": "invitation", "p": "results",
    "k": "kept",
}  # fmt: skip


def _cookie(door: Door, public_id: str) -> str:
    # Browsers drop Secure cookies on plain http, so the prefix that demands it is used on https only.
    return ("__Host-" if desk().house.settings.secure else "") + f"{door}-{public_id}"


def admit(response: Response, door: Door, public_id: str, epoch: int, tie: str = "") -> Response:
    """Give the browser the cookie that opens this door; by the mailed link one `tie`d to the address mailed."""
    response.set_cookie(
        _cookie(door, public_id),
        desk().links.token(_KIND[door], public_id, epoch, tie),
        max_age=COOKIE_DAYS * 86_400,
        secure=desk().house.settings.secure,
        httponly=True,
        samesite="Lax",
        path="/",
    )
    return response


def _opened(door: Door, public_id: str) -> Opened | None:
    return desk().links.read(_KIND[door], request.cookies.get(_cookie(door, public_id), ""))


def admitted(door: Door, public_id: str, epoch: int) -> bool:
    """Whether the browser holds a good cookie for this door."""
    return _opened(door, public_id) == (public_id, epoch, "")


def checked(public_id: str) -> str:
    """The id, if it can be one; 404 otherwise."""
    if not _PUBLIC_ID.fullmatch(public_id):
        abort(404)
    return public_id


def own_draft(public_id: str) -> Draft:
    """The response this browser may answer; 404 for any other."""
    draft = responding.find(desk().house, checked(public_id))
    if draft is None or not admitted("r", public_id, draft.response.epoch):
        abort(404)
    return draft


def to_scorecard(draft: Draft) -> Response:
    """A submitted response leads to its scorecard, and its browser owns that; a survey's has none, but thanks."""
    if draft.response.state == ANSWERED:
        return go(f"/r/{draft.response.public_id}/thanks")
    kept = owning.of_response(desk().house, draft.response.id)
    return admit(go(f"/s/{kept.public_id}"), "s", kept.public_id, kept.epoch)


def own_scorecard(public_id: str) -> Owned:
    """The scorecard this browser owns; 404 for any other."""
    owned = owning.read(desk().house, checked(public_id))
    if owned is None or not (came_by_mail(owned) or admitted("s", public_id, owned.kept.epoch)):
        abort(404)
    return owned


def came_by_mail(owned: Owned) -> bool:
    """Whether this browser opened the link that was mailed to the address as it stands now."""
    return owning.opened_by_mail(desk().house, owned, _opened("m", owned.kept.public_id))


def shared_scorecard(public_id: str) -> Kept:
    """The scorecard this browser was given a read-only link to; 404 for any other."""
    kept = owning.find_kept(desk().house, checked(public_id))
    if kept is None or not admitted("v", public_id, kept.epoch):
        abort(404)
    return kept


def kept_calculation(public_id: str) -> Kept:
    """The calculation that this browser had kept; 404 for any other."""
    kept = calculating.find(desk().house, checked(public_id))
    if kept is None or not admitted("k", public_id, kept.epoch):
        abort(404)
    return kept


def go(address: str) -> Response:
    """See other: after a POST, or where something moved to; addresses are our own paths only."""
    return make_response(redirect(address, 303))
