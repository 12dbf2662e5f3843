"""Carl signs in with both factors; Mallory learns nothing and gets nowhere."""

import json
import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from assessment import clock
from assessment.actions import signing_in
from assessment.actions.installation import Gone, Installation
from assessment.store import accounts, credentials
from assessment.store.database import writing
from assessment.store.review_tables import attempt, sign_in
from assessment.web.accounts.halfway import links
from assessment.web.address import network
from assessment.web.review.door import KEY
from tests.databases import raw_content
from tests.walking import Walker, hidden
from tests.web.accounts.signing import (
    CARL,
    PASSWORD,
    add_account,
    code_of,
    fill,
    is_in,
    noted,
    safe_of,
    show_password,
    walk_in,
)


def test_password_alone_opens_nothing_and_the_code_opens_the_workplace(
    app: Flask, house: Installation, priya: Walker
) -> None:
    id_, key, _ = add_account(app, house)
    reply = show_password(priya)
    assert (reply.status_code, reply.headers["Location"]) == (303, "/sign-in/code")
    assert not is_in(priya)
    reply = fill(priya, "/sign-in/code", code=code_of(key))
    assert (reply.status_code, reply.headers["Location"]) == (303, "/review/submissions")
    assert is_in(priya)
    assert ("signed.in", f"account {id_}") in noted(house)


def test_a_first_sign_in_sets_the_second_factor_up_and_shows_recovery_codes_once(
    app: Flask, house: Installation, priya: Walker
) -> None:
    add_account(app, house, factor=False)
    reply = show_password(priya, next="/review/dashboard?period=90")
    assert reply.headers["Location"] == "/sign-in/second-factor"
    page = priya.client.get("/sign-in/second-factor").get_data(as_text=True)
    assert 'src="data:image/svg+xml;base64,' in page
    key = re.search(r'class="key">([A-Z2-7-]+)<', page)
    assert key
    assert not is_in(priya)
    wrong = fill(priya, "/sign-in/second-factor", code="000000")
    assert wrong.status_code == 422
    assert key[1] in wrong.get_data(as_text=True)
    done = fill(priya, "/sign-in/second-factor", code=code_of(key[1]))
    assert done.status_code == 200
    codes = re.findall(r"<code>([0-9a-f-]{14})</code>", done.get_data(as_text=True))
    assert len(set(codes)) == 10
    assert 'href="/review/dashboard?period=90"' in done.get_data(as_text=True)
    assert is_in(priya)
    assert codes[0] not in priya.client.get("/review/account").get_data(as_text=True)


def test_a_code_works_once(app: Flask, house: Installation, priya: Walker, mallory: Walker) -> None:
    _, key, _ = add_account(app, house)
    seen = code_of(key)
    show_password(priya)
    assert fill(priya, "/sign-in/code", code=seen).status_code == 303
    show_password(mallory)
    assert fill(mallory, "/sign-in/code", code=seen).status_code == 422
    assert not is_in(mallory)


def test_of_two_who_show_the_same_code_at_once_one_gets_in(
    app: Flask, house: Installation, visitor: Callable[[], Walker]
) -> None:
    _, key, codes = add_account(app, house)
    for address, given in (("/sign-in/code", code_of(key)), ("/sign-in/recovery-code", codes[3])):
        walkers, barrier = [visitor() for _ in range(4)], Barrier(4)
        tokens = []
        for walker in walkers:
            show_password(walker)
            tokens.append(hidden(walker.client.get(address).get_data(as_text=True), "csrf_token"))

        def try_it(number: int, walkers=walkers, tokens=tokens, address=address, given=given, barrier=barrier) -> int:  # type: ignore[no-untyped-def]
            barrier.wait()
            fields = {"csrf_token": tokens[number], "code": given}
            return int(walkers[number].client.post(address, data=fields).status_code)

        with ThreadPoolExecutor(4) as pool:
            statuses = sorted(pool.map(try_it, range(4)))
        assert statuses == [303, 422, 422, 422], address
        with writing(house.engine) as connection:
            connection.execute(attempt.delete())


def test_a_recovery_code_works_once_and_however_it_is_typed(
    app: Flask, house: Installation, visitor: Callable[[], Walker]
) -> None:
    id_, _, codes = add_account(app, house)
    first, second = visitor(), visitor()
    show_password(first)
    assert fill(first, "/sign-in/recovery-code", code=f" {codes[0].upper().replace('-', ' ')}").status_code == 303
    assert is_in(first)
    show_password(second)
    assert fill(second, "/sign-in/recovery-code", code=codes[0]).status_code == 422
    assert fill(second, "/sign-in/recovery-code", code="").status_code == 422
    assert ("recovery.used", f"account {id_}") in noted(house)
    assert "9 codes left" in first.client.get("/review/account").get_data(as_text=True)


def test_who_knows_only_the_password_cannot_replace_a_second_factor_that_was_just_set_up(
    app: Flask, house: Installation, priya: Walker, mallory: Walker
) -> None:
    add_account(app, house, factor=False)
    keys = []
    for walker in (priya, mallory):
        show_password(walker)
        page = walker.client.get("/sign-in/second-factor").get_data(as_text=True)
        keys.append(re.findall(r'class="key">([A-Z2-7-]+)<', page)[0])
    stale = signing_in.find(house, email=CARL)
    assert stale
    assert fill(priya, "/sign-in/second-factor", code=code_of(keys[0])).status_code == 200
    reply = mallory.client.post("/sign-in/second-factor", data={"code": code_of(keys[1])})
    assert reply.headers["Location"] == "/sign-in/code"
    with pytest.raises(Gone):
        signing_in.set_second_factor(
            house, stale, secret="x", counter=1, codes=[], message_id="<x@meridian.example>", now=clock.now()
        )
    assert not is_in(mallory)


def test_secrets_are_not_readable_in_the_database(app: Flask, house: Installation) -> None:
    _, key, codes = add_account(app, house)
    raw = raw_content(house.engine)
    for secret in (PASSWORD, key.replace("-", ""), CARL, "Carl Weber", *codes, codes[0].replace("-", "")):
        assert secret.encode() not in raw
    assert b"$argon2id$" in raw


@pytest.mark.usefixtures("as_shipped")
def test_secrets_are_sealed_at_the_price_that_is_shipped(app: Flask, house: Installation) -> None:
    """At least what OWASP asks of argon2id, 19 MiB and two passes; tests about something else pay less."""
    add_account(app, house)
    who = signing_in.find(house, email=CARL)
    assert who is not None
    assert who.totp_secret is not None
    parameters = re.match(r"\$argon2id\$v=19\$m=(\d+),t=(\d+),p=1\$", who.password or "")
    assert parameters, who.password
    assert int(parameters[1]) >= 19 * 1024
    assert int(parameters[2]) >= 2
    assert json.loads(who.totp_secret)["enckey"]["c"] >= 14


def _answer(reply: Any) -> tuple[Any, ...]:
    # What differs from visit to visit for everybody: the form's token, a passkey's challenge, the scripts' nonce.
    body = re.sub(r'(name="csrf_token" value=|data-options=|nonce=)"[^"]*"', "", reply.get_data(as_text=True))
    names = sorted(cookie.partition("=")[0] for cookie in reply.headers.getlist("Set-Cookie"))
    return reply.status_code, body, names, reply.headers.get("Location")


@pytest.mark.parametrize("page", ["/sign-in", "/sign-in/forgotten"])
def test_nobody_learns_which_addresses_have_accounts(
    app: Flask, house: Installation, visitor: Callable[[], Walker], page: str
) -> None:
    add_account(app, house)
    ended, _, _ = add_account(app, house, email="ended@meridian.example")
    with writing(house.engine) as connection:
        accounts.change(connection, ended, {"active": False})
        accounts.add(
            connection, house.keyring, name="New", email="invited@meridian.example", role="viewer",
            uniquifier="x", now=clock.now(),
        )  # fmt: skip
    answers = []
    for email in (CARL, "nobody@meridian.example", "ended@meridian.example", "invited@meridian.example"):
        reply = fill(visitor(), page, email=email, password="wrong horse battery staple")
        answers.append(tuple(str(part).replace(email, "-") for part in _answer(reply)))
    assert len(set(answers)) == 1
    right = fill(visitor(), "/sign-in", email="ended@meridian.example", password=PASSWORD)
    assert right.status_code == 422


@pytest.mark.usefixtures("as_shipped")
def test_an_unknown_address_takes_as_long(app: Flask, house: Installation) -> None:
    """Every answer hashes once: the cheapest of up to fifteen tries, taken in turns, come to lie near one another.

    That it is one hash of the same parameters, tests/attacks/test_enumeration.py counts.
    """
    add_account(app, house)
    safe = safe_of(app)

    def seconds(email: str) -> float:
        begun = time.process_time()  # not what other tests do meanwhile
        assert not safe.is_password(signing_in.find(house, email=email), "wrong horse battery staple")
        return time.process_time() - begun

    taken: list[tuple[float, float]] = []
    for _ in range(15):
        taken.append((seconds(CARL), seconds("nobody@meridian.example")))
        known, unknown = min(one for one, _ in taken), min(other for _, other in taken)
        if len(taken) >= 4 and abs(known - unknown) < max(known, unknown) * 0.2:
            break
    assert abs(known - unknown) < max(known, unknown) * 0.4


def test_too_many_tries_are_slowed_down_alike_for_known_and_unknown_addresses(
    app: Flask, house: Installation, visitor: Callable[[], Walker]
) -> None:
    _, key, _ = add_account(app, house)
    for email in (CARL, "nobody@meridian.example"):
        mallory = visitor()
        statuses = [show_password(mallory, email, "wrong horse battery").status_code for _ in range(11)]
        assert statuses == [422] * 10 + [429], email
    # The right password does not get through either, nor under another spelling of the mailbox; later it does.
    assert show_password(visitor()).status_code == 429
    assert show_password(visitor(), "CARL.weber+x@Meridian.example").status_code == 429
    _move(house, attempt, attempt.c.at, timedelta(minutes=16))
    assert walk_in(visitor(), key).status_code == 303


def test_one_network_cannot_try_many_addresses(app: Flask, house: Installation, mallory: Walker) -> None:
    network = house.keyring.subject("127.0.0.1")
    with writing(house.engine) as connection:
        for _ in range(50):
            connection.execute(attempt.insert().values(subject=network, kind="sign-in", at=clock.now()))
    reply = show_password(mallory, "new@meridian.example", "wrong horse battery")
    assert reply.status_code == 429
    assert reply.headers["Retry-After"]


def test_codes_cannot_be_guessed(app: Flask, house: Installation, mallory: Walker) -> None:
    _, key, codes = add_account(app, house)
    show_password(mallory)
    statuses = [fill(mallory, "/sign-in/code", code=f"00000{number}").status_code for number in range(6)]
    assert statuses == [422] * 5 + [429]
    assert fill(mallory, "/sign-in/code", code=code_of(key)).status_code == 404 or not is_in(mallory)
    show_password(mallory)
    fields = {"csrf_token": hidden(mallory.client.get("/sign-in/code").get_data(as_text=True), "csrf_token")}
    assert mallory.client.post("/sign-in/recovery-code", data={**fields, "code": codes[0]}).status_code == 429
    assert not is_in(mallory)


def test_limits_hold_for_tries_at_the_same_time(app: Flask, house: Installation, visitor: Callable[[], Walker]) -> None:
    walkers = [visitor() for _ in range(16)]
    tokens = [hidden(walker.client.get("/sign-in").get_data(as_text=True), "csrf_token") for walker in walkers]

    def try_it(number: int) -> int:
        fields = {"csrf_token": tokens[number], "email": CARL, "password": "wrong horse battery"}
        return int(walkers[number].client.post("/sign-in", data=fields).status_code)

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(try_it, range(16)))
    assert sorted(statuses) == [422] * 10 + [429] * 6


def _move(house: Installation, table: Any, column: Any, by: timedelta) -> None:
    with writing(house.engine) as connection:
        rows = list(connection.execute(table.select()))
        for row in rows:
            changed = update(table).where(table.c.id == row.id)
            connection.execute(changed.values({column: row._mapping[column] - by}))


@pytest.mark.parametrize(("column", "by"), [("seen_at", timedelta(minutes=31)), ("created_at", timedelta(hours=12.1))])
def test_a_sign_in_ends_when_idle_and_after_twelve_hours(
    app: Flask, house: Installation, priya: Walker, column: str, by: timedelta
) -> None:
    _, key, _ = add_account(app, house)
    walk_in(priya, key)
    assert is_in(priya)
    _move(house, sign_in, sign_in.c[column], by)
    assert not is_in(priya)


def test_the_step_between_the_factors_lasts_ten_minutes_and_ends_with_a_new_password(
    app: Flask, house: Installation, priya: Walker, monkeypatch: pytest.MonkeyPatch
) -> None:
    id_, key, _ = add_account(app, house)
    show_password(priya)
    now = clock.now()
    with monkeypatch.context() as patch:
        patch.setattr(clock, "now", lambda: now + timedelta(minutes=11))
        assert priya.client.get("/sign-in/code").headers["Location"] == "/sign-in"
    assert priya.client.get("/sign-in/code").status_code == 200
    with writing(house.engine) as connection:
        credentials.store(connection, id_, {"uniquifier": "another"})
    page = priya.client.get("/sign-in/code")
    assert page.status_code == 303
    assert code_of(key)


def test_signing_in_renews_the_session_and_signing_out_ends_it(
    app: Flask, house: Installation, priya: Walker, mallory: Walker
) -> None:
    _, key, _ = add_account(app, house)
    with priya.client.session_transaction() as session:
        session["planted"] = "by Mallory"
        session[KEY] = "a key that Mallory knows"
    walk_in(priya, key)
    with priya.client.session_transaction() as session:
        assert "planted" not in session
        assert session[KEY] != "a key that Mallory knows"
        kept = dict(session)
    with mallory.client.session_transaction() as session:
        session.update(kept)
    assert is_in(mallory)  # who copied the cookie is in, as long as it lasts
    assert priya.client.get("/review/sign-out").status_code == 405 or is_in(priya)
    assert is_in(priya)
    out = fill(priya, "/review/account", "/review/sign-out")
    assert (out.status_code, out.headers["Location"]) == (303, "/sign-in?told=out")
    assert not is_in(priya)
    assert not is_in(mallory)


@pytest.mark.parametrize(
    "asked",
    [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "\\\\evil.example/review",
        "javascript:alert(1)",
        "/review@evil.example",
        "/review/..//evil.example",
        "/review/%0d%0aSet-Cookie:x=1\r\nX: y",
        "/reviewer",
        "/s/abc",
        " /review/account",
        "/review//evil.example",
    ],
)
def test_next_leads_nowhere_but_into_the_workplace(app: Flask, house: Installation, priya: Walker, asked: str) -> None:
    _, key, _ = add_account(app, house)
    reply = walk_in(priya, key, next=asked)
    assert reply.headers["Location"] == "/review/submissions"
    again = priya.client.get("/sign-in", query_string={"next": asked})
    assert again.headers["Location"] == "/review/submissions"


def test_who_was_sent_to_sign_in_comes_back(app: Flask, house: Installation, priya: Walker) -> None:
    _, key, _ = add_account(app, house)
    asked = priya.client.get("/review/account?told=saved")
    page = priya.client.get(asked.headers["Location"]).get_data(as_text=True)
    assert walk_in(priya, key, next=hidden(page, "next")).headers["Location"] == "/review/account?told=saved"


def test_forms_without_a_good_token_change_nothing_and_keep_the_address(app: Flask, priya: Walker) -> None:
    reply = priya.client.post("/sign-in", data={"email": CARL, "password": PASSWORD, "csrf_token": "forged"})
    page = reply.get_data(as_text=True)
    assert reply.status_code == 422
    assert CARL in page
    assert PASSWORD not in page


def test_a_lost_sign_in_never_shows_passwords_again(priya: Walker) -> None:
    fields = {"current_password": PASSWORD, "password": "another secret phrase", "again": "another secret phrase"}
    page = priya.client.post("/review/account/password", data=fields).get_data(as_text=True)
    assert PASSWORD not in page
    assert "another secret phrase" not in page


def test_nothing_of_flask_security_is_reachable(app: Flask) -> None:
    ours = {rule.endpoint for rule in app.url_map.iter_rules()}
    assert not [endpoint for endpoint in ours if endpoint.startswith("security")]
    assert not hasattr(app, "login_manager")
    for address in ("/login", "/logout", "/register", "/reset", "/change", "/tf-setup", "/mf-recovery", "/wan-signin"):
        assert app.test_client().get(address).status_code == 404


def test_a_respondents_page_asks_nothing_of_the_accounts(priya: Walker, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_args: object, **_kwargs: object) -> None:
        raise AssertionError("looked who is signed in")

    monkeypatch.setattr("assessment.store.sign_ins.find", never)
    monkeypatch.setattr("assessment.store.credentials.by_id", never)
    assert priya.client.get("/").status_code == 200
    assert "Cookie" not in priya.client.get("/brand.css").headers.get("Vary", "")


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("nonsense", "unknown"),
    ],
)
def test_a_network_is_counted_by_what_one_client_has(app: Flask, address: str, counted: str) -> None:
    with app.test_request_context(environ_base={"REMOTE_ADDR": address}):
        assert network() == counted


def test_asking_for_a_reset_is_written_down_for_an_unknown_address_too(app: Flask, house: Installation) -> None:
    add_account(app, house)
    for email in (CARL, "nobody@meridian.example"):
        before = len(noted(house))
        with app.app_context():
            signing_in.ask_reset(house, email, links(), f"<{clock.submission_key()}@meridian.example>", clock.now())
        assert len(noted(house)) == before + 1, email
