"""Every kind of token at every door, and every way to bend one: each opens its own door, whole and in time, or none."""

import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from itsdangerous import URLSafeSerializer, URLSafeTimedSerializer
from itsdangerous.encoding import base64_decode, base64_encode

from assessment import clock, staffing
from assessment.actions import signing_in
from assessment.actions.installation import Installation
from assessment.actions.links import KINDS, Links
from assessment.actions.one_time import LASTS
from assessment.core.definition import Questionnaire
from assessment.installing import links_of
from assessment.store import accounts, invitations
from assessment.store.database import reading, writing
from tests.attacks.dump import changed, dump
from tests.conftest import sample_of
from tests.walking import Walker, hidden
from tests.web.accounts.signing import add_account

EMAIL = "priya@northfield.example"
DOORS = {
    "resume": "/open/resume/",
    "owner": "/open/owner/",
    "mailed": "/open/mailed/",
    "share": "/open/share/",
    "invitation": "/open/invitation/",
    "results": "/open/results/",
    "not-me": "/not-me/",
    "no-more": "/no-more/",
    "set-up": "/set-up/",
    "welcome": "/password/welcome/",
    "reset": "/password/reset/",
}
TIED = {"mailed", "not-me"}
"""What goes out by mail is tied to the address that it went to."""


@pytest.fixture
def invited(house: Installation, app: Flask, renewal: Questionnaire) -> str:
    """An invitation that Carl made for Priya."""
    id_, _, _ = add_account(app, house)
    public_id, now = clock.public_id(), clock.now()
    with writing(house.engine) as connection:
        invitations.add(
            connection, house.keyring, public_id=public_id, account_id=id_, questionnaire=renewal.id,
            contact={"email": EMAIL}, message="", now=now, expires_at=now + timedelta(days=60),
        )  # fmt: skip
    return public_id


@pytest.fixture
def ids(priya: Walker, renewal: Questionnaire, invited: str, house: Installation) -> dict[str, str]:
    """What each kind of link is about."""
    answers = sample_of(renewal).answers
    card = priya.scorecard(renewal, answers, {"email": EMAIL}).rpartition("/")[2]
    draft = priya.to_check(renewal, answers).split("/")[2]
    about = dict.fromkeys(("owner", "mailed", "share", "not-me"), card)
    survey = house.catalogue.live("survey")[0].questionnaire.id
    return about | {"resume": draft, "invitation": invited, "no-more": invited, "results": survey}


@pytest.fixture
def tokens(house: Installation, ids: dict[str, str]) -> dict[str, str]:
    """A good token of each kind; `set-up` is signed well, but somebody has an account already."""
    links, once, now = links_of(house), staffing.links_of(house), clock.now()
    tie = Links.tie_of(house.keyring.index(EMAIL))
    made = {kind: links.token(kind, ids[kind], 1, tie if kind in TIED else "") for kind in KINDS}
    who = signing_in.find(house, account_id=1)
    assert who is not None
    return made | {kind: once.token(kind, now, 1, who.uniquifier) for kind in LASTS}


def _opens(new: Callable[[], Walker], door: str, token: str) -> bool:
    """Whether a browser without any key gets anywhere with it; a link that ended leads to no page but 404."""
    walker = new()
    reply = walker.client.get(DOORS[door] + token)
    assert reply.status_code in {200, 303, 404}, (door, reply.status_code)
    if reply.status_code == 303:
        where = reply.headers["Location"]
        assert token not in where
        reply = walker.client.get(where)
        assert reply.status_code in {200, 303, 404}, (door, where, reply.status_code)
    return reply.status_code != 404


def test_every_door_that_takes_a_token_is_tried(app: Flask) -> None:
    rules = {rule.rule for rule in app.url_map.iter_rules() if "<token>" in rule.rule}
    known = {"/open/<any(owner, mailed, share):kind>/<token>", "/password/<any(welcome, reset):kind>/<token>"}
    known |= {f"{DOORS[kind]}<token>" for kind in ("resume", "invitation", "results", "not-me", "no-more", "set-up")}
    assert rules == known


def test_a_token_opens_its_own_door_and_no_other(visitor: Callable[[], Walker], tokens: dict[str, str]) -> None:
    opened = {(kind, door) for kind, token in tokens.items() for door in DOORS if _opens(visitor, door, token)}
    # The set-up link of a workplace that has people already leads to them; its own page is gone.
    assert opened == {(kind, kind) for kind in tokens} - {("set-up", "set-up")}


def _bent(token: str) -> Iterator[tuple[str, str]]:
    """Ways to bend a token, each with its name."""
    payload, _, signature = token.rpartition(".")
    raw = base64_decode(signature)
    for bit in range(0, len(raw) * 8, 7):
        flipped = bytearray(raw)
        flipped[bit // 8] ^= 1 << bit % 8
        yield f"signature bit {bit}", f"{payload}.{base64_encode(bytes(flipped)).decode()}"
    for at in range(len(payload)):
        yield (
            f"payload letter {at}",
            payload[:at] + ("A" if payload[at] != "A" else "B") + payload[at + 1 :] + "." + signature,
        )
    yield "unsigned", payload
    yield "empty signature", f"{payload}."
    yield "no payload", f".{signature}"
    yield "short signature", f"{payload}.{signature[:-4]}"
    yield "signature twice", f"{payload}.{signature}.{signature}"
    yield "hash instead of a MAC", f"{payload}.{base64_encode(hashlib.sha1(payload.encode()).digest()).decode()}"
    none = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').decode().rstrip("=")
    yield "algorithm none", f"{none}.{payload}."
    yield "algorithm none, signed", f"{none}.{payload}.{signature}"
    yield "compressed", f".{payload}.{signature}"
    yield "upper case", token.upper()
    yield "padded", f"{token}=="
    yield "nul", f"{token}%00"
    yield "long", token * 40
    yield "other letters", "ｗ" + token[1:]
    yield "nothing", "x"


def test_a_bent_token_opens_nothing(visitor: Callable[[], Walker], tokens: dict[str, str], house: Installation) -> None:
    before, walker, number = dump(house), visitor(), 0
    for kind in ("owner", "mailed", "resume", "invitation", "reset", "not-me"):
        for name, bent in _bent(tokens[kind]):
            if bent == tokens[kind] + "==":
                continue  # the same bytes in another spelling
            number += 1  # each from a network of its own: what is tried too often is refused unread
            origin = {"REMOTE_ADDR": f"198.51.{number // 200}.{number % 200 + 1}"}
            status = walker.client.get(DOORS[kind] + bent, environ_overrides=origin).status_code
            assert status in {404, 308}, (kind, name, status)
    assert not changed(before, dump(house))


def _forged(house: Installation, kind: str, values: list[Any]) -> Iterator[tuple[str, str]]:
    """Tokens that somebody signs who has a key, but not this one or not for this."""
    salt = f"one-time.{kind}" if kind in LASTS else f"link.{kind}"
    key = house.keyring.signing_key
    yield "another site's key", str(URLSafeSerializer(b"k" * 32, salt=salt).dumps(values))
    yield "an empty key", str(URLSafeSerializer(b"", salt=salt).dumps(values))
    yield "the default salt", str(URLSafeSerializer(key).dumps(values))
    yield "the session's salt", str(URLSafeSerializer(key, salt="cookie-session").dumps(values))
    yield "the form's salt", str(URLSafeTimedSerializer(key, salt="wtf-csrf-token").dumps(values))
    yield "timed", str(URLSafeTimedSerializer(key, salt=salt).dumps(values))
    yield (
        "another digest",
        str(URLSafeSerializer(key, salt=salt, signer_kwargs={"digest_method": hashlib.sha512}).dumps(values)),
    )
    yield (
        "the key without derivation",
        str(URLSafeSerializer(key, salt=salt, signer_kwargs={"key_derivation": "none"}).dumps(values)),
    )
    yield "the index key", str(URLSafeSerializer(house.keyring.index_key, salt=salt).dumps(values))


def test_a_token_signed_with_another_key_or_for_something_else_opens_nothing(
    visitor: Callable[[], Walker], tokens: dict[str, str], house: Installation
) -> None:
    for kind in DOORS:
        values = json.loads(base64_decode(tokens[kind].partition(".")[0]))
        for name, token in _forged(house, kind, values):
            assert not _opens(visitor, kind, token), (kind, name)


def test_a_token_of_an_epoch_that_ended_or_of_another_thing_opens_nothing(
    visitor: Callable[[], Walker], ids: dict[str, str], house: Installation
) -> None:
    for kind in KINDS:
        _no_other_opens(visitor, ids, house, kind)


def _no_other_opens(visitor: Callable[[], Walker], ids: dict[str, str], house: Installation, kind: str) -> None:
    links, tie = links_of(house), Links.tie_of(house.keyring.index(EMAIL))
    others = Links.tie_of(house.keyring.index("mallory@evil.example"))
    for id_, epoch, tied in (
        (ids[kind], 0, tie), (ids[kind], 2, tie), (ids[kind], -1, ""), ("A" * 16, 1, tie),
        *([(ids[kind], 1, others)] if kind in TIED else []),
        ("../../" + ids[kind], 1, tie), ("", 1, tie), (ids[kind], 10**30, ""),
    ):  # fmt: skip
        assert not _opens(visitor, kind, links.token(kind, id_, epoch, tied)), (kind, id_, epoch, tied)  # type: ignore[arg-type]


def test_odd_contents_under_a_good_signature_open_nothing(visitor: Callable[[], Walker], house: Installation) -> None:
    """Nobody but us can sign; should we ever sign anything else, it is no key."""
    for kind in DOORS:
        salt = f"one-time.{kind}" if kind in LASTS else f"link.{kind}"
        sign = URLSafeSerializer(house.keyring.signing_key, salt=salt).dumps
        for values in ([], [1], {}, None, "text", [[], [], []], [None, None, None], ["a", "b", "c"], [1, 2, 3, 4, 5],
                       [{}, {}, {}], [1e308, 1, 1], [True, True, True], ["A" * 16, "1", ""]):  # fmt: skip
            assert not _opens(visitor, kind, str(sign(values))), (kind, values)


@pytest.mark.parametrize("kind", LASTS)
def test_a_link_that_works_once_ends_in_time(
    visitor: Callable[[], Walker], house: Installation, app: Flask, kind: str
) -> None:
    once, now, lasts = staffing.links_of(house), clock.now(), LASTS[kind]  # type: ignore[index]
    if kind != "set-up":
        add_account(app, house)
    with reading(house.engine) as connection:
        known = accounts.any_at_all(connection)
    who = signing_in.find(house, account_id=1) if known else None
    named = (1, who.uniquifier) if who else (0, "")
    young, old = (once.token(kind, now - lasts + by, *named) for by in (timedelta(minutes=1), timedelta(seconds=-1)))  # type: ignore[arg-type]
    assert _opens(visitor, kind, young)
    assert not _opens(visitor, kind, old)
    if who is not None:
        assert not _opens(visitor, kind, once.token(kind, now, who.id, "another state"))  # type: ignore[arg-type]


def _cookies(app: Flask, cookies: dict[str, str]) -> Any:
    client = app.test_client()
    for name, value in cookies.items():
        client.set_cookie(name, value)
    return client


def test_a_door_takes_only_its_own_kind_of_cookie(app: Flask, ids: dict[str, str], tokens: dict[str, str]) -> None:
    pages = {
        "r": (f"/r/{ids['resume']}/1", "resume"), "s": (f"/s/{ids['owner']}", "owner"),
        "m": (f"/s/{ids['owner']}", "mailed"), "v": (f"/v/{ids['owner']}", "share"),
        "i": (f"/i/{ids['invitation']}", "invitation"),
    }  # fmt: skip
    for door, (page, own) in pages.items():
        name = f"{door}-{page.split('/')[2]}"
        for kind, token in tokens.items():
            status = _cookies(app, {name: token}).get(page).status_code
            assert (status == 200) == (kind == own), (door, kind, status)
        for bent in (tokens[own][:-3] + "abc", tokens[own].rpartition(".")[0], "", '"' + tokens[own], "null"):
            assert _cookies(app, {name: bent}).get(page).status_code == 404, (door, bent)
        # The right token in the wrong cookie, and another's cookie renamed, open nothing.
        others = {f"{other}-{page.split('/')[2]}": tokens[own] for other in pages if other != door}
        assert _cookies(app, others).get(page).status_code == 404, door
        assert _cookies(app, {f"{door}-{'A' * 16}": tokens[own]}).get(page).status_code == 404, door


def test_no_token_is_a_session_and_no_session_a_token(
    app: Flask, staff: Callable[..., Walker], visitor: Callable[[], Walker], tokens: dict[str, str], house: Installation
) -> None:
    carl = staff("admin")
    cookie = carl.client.get_cookie("session")
    assert cookie is not None
    form_token = hidden(carl.client.get("/review/account").get_data(as_text=True), "csrf_token")
    for door in DOORS:
        for text in (cookie.value, form_token):
            assert not _opens(visitor, door, text), door
    forged = [*tokens.values(), form_token]
    values = {"sign_in": "x" * 43, "half": [1, "x", 9_999_999_999, "/review"]}
    ours = house.keyring
    signers = ((b"k" * 32, "cookie-session"), (ours.signing_key, "link.owner"), (ours.index_key, "cookie-session"))
    forged += [str(URLSafeTimedSerializer(key, salt=salt).dumps(values)) for key, salt in signers]
    for text in forged:
        reply = _cookies(app, {"session": text}).get("/review/account")
        assert (reply.status_code, reply.headers["Location"]) == (303, "/sign-in?next=/review/account")


def test_a_sign_in_lives_in_the_database_not_in_the_cookie(
    app: Flask, staff: Callable[..., Walker], house: Installation
) -> None:
    """A well signed session that names no sign-in of ours, or an account by its number, is nobody."""
    staff("admin")
    serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    for values in (
        {"sign_in": "guessed" * 6},
        {"sign_in": 1},
        {"account": 1},
        {"user_id": 1, "_user_id": "1"},
        {"role": "admin"},
    ):
        reply = _cookies(app, {"session": str(serializer.dumps(values))}).get("/review/people")
        assert reply.status_code == 303, values
