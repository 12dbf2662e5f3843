"""Nobody learns which addresses have accounts or submissions: the same work is done and the same is said for all."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from assessment import clock
from assessment.actions.installation import Installation
from assessment.core.definition import Questionnaire
from assessment.store import accounts
from assessment.store.database import writing
from tests.conftest import sample_of
from tests.walking import Walker, hidden
from tests.web.accounts.signing import CARL, PASSWORD, add_account, fill, safe_of

ENDED, INVITED, NOBODY = "ended@meridian.example", "invited@meridian.example", "nobody@meridian.example"
VARYING = {"Set-Cookie", "Content-Length", "Date", "X-Request-Id", "X-Request-ID", "Retry-After"}
ADDRESSES = (CARL, ENDED, INVITED, NOBODY)


@pytest.fixture
def known(app: Flask, house: Installation) -> None:
    """Carl has an account, Ended had one, Invited has no password yet."""
    add_account(app, house)
    ended, _, _ = add_account(app, house, email=ENDED)
    with writing(house.engine) as connection:
        accounts.change(connection, ended, {"active": False})
        accounts.add(
            connection, house.keyring, name="New", email=INVITED, role="viewer", uniquifier="x", now=clock.now()
        )


def _outside(reply: Any, email: str) -> tuple[Any, ...]:
    """All that a stranger sees of an answer, without what differs at every visit."""
    body = re.sub(r'(csrf_token" value=|data-options=|nonce=)"[^"]*"', "", reply.get_data(as_text=True))
    headers = {name: value for name, value in reply.headers if name not in VARYING}
    headers["Content-Security-Policy"] = re.sub(r"nonce-[\w-]+", "", headers["Content-Security-Policy"])
    cookies = sorted(cookie.partition("=")[0] for cookie in reply.headers.getlist("Set-Cookie"))
    return reply.status_code, body.replace(email, "-"), headers, cookies


@pytest.mark.usefixtures("as_shipped", "known")
def test_every_try_at_a_password_hashes_once(
    app: Flask, visitor: Callable[[], Walker], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Argon2 is what takes the time: it is run once for every address, with the same parameters."""
    import argon2.low_level as argon2

    safe_of(app)
    runs: list[str] = []
    really = argon2.verify_secret

    def counted(hash_: bytes, secret: bytes, kind: Any) -> bool:
        runs.append(hash_.decode().rsplit("$", 2)[0])
        return bool(really(hash_, secret, kind))

    for module in ("argon2.low_level", "argon2._password_hasher"):
        monkeypatch.setattr(f"{module}.verify_secret", counted, raising=False)
    counts, parameters = {}, set()
    for email in ADDRESSES:
        runs.clear()
        reply = fill(visitor(), "/sign-in", email=email, password="wrong horse battery staple")
        assert reply.status_code == 422
        counts[email] = len(runs)
        parameters |= set(runs)
    assert set(counts.values()) == {1}, counts
    assert len(parameters) == 1, parameters
    assert next(iter(parameters)).startswith("$argon2id$v=19$m=")


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("page", ["/sign-in", "/sign-in/forgotten"])
@pytest.mark.parametrize("case", [str.lower, str.upper], ids=["lower", "upper"])
def test_answers_are_the_same_to_the_letter(
    visitor: Callable[[], Walker], page: str, case: Callable[[str], str]
) -> None:
    seen = {}
    for email in map(case, ADDRESSES):
        seen[email] = _outside(fill(visitor(), page, email=email, password="wrong horse battery staple"), email)
    first = seen[case(CARL)]
    assert all(one == first for one in seen.values()), page
    lengths = {email: len(one[1]) for email, one in seen.items()}
    assert len(set(lengths.values())) == 1, lengths


@pytest.mark.usefixtures("known")
def test_the_right_password_of_an_account_that_ended_is_a_wrong_one(visitor: Callable[[], Walker]) -> None:
    ended, unknown = (
        _outside(fill(visitor(), "/sign-in", email=email, password=PASSWORD), email) for email in (ENDED, NOBODY)
    )
    assert ended == unknown


@pytest.mark.usefixtures("known")
def test_both_ask_the_database_as_often(
    house: Installation, visitor: Callable[[], Walker], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The work that is not hashing: as many statements for an address that has an account as for one that has none."""
    from sqlalchemy import event

    for page in ("/sign-in", "/sign-in/forgotten"):
        counts = {}
        for email in (CARL, NOBODY):
            walker, asked = visitor(), []
            token = hidden(walker.client.get(page).get_data(as_text=True), "csrf_token")

            def note(_c: Any, _k: Any, statement: str, *_rest: Any, asked: list[str] = asked) -> None:
                asked.append(statement.split()[0])

            event.listen(house.engine, "before_cursor_execute", note)
            fields = {"csrf_token": token, "email": email, "password": "wrong horse battery staple"}
            walker.client.post(page, data=fields)
            event.remove(house.engine, "before_cursor_execute", note)
            counts[email] = len([word for word in asked if word in {"SELECT", "INSERT", "UPDATE", "DELETE"}])
        assert abs(counts[CARL] - counts[NOBODY]) <= 2, (page, counts)


def test_a_prospect_learns_of_no_other_from_an_address(visitor: Callable[[], Walker], renewal: Questionnaire) -> None:
    """The address of somebody who submitted before, and one that nobody knows: the same scorecard, the same words."""
    visitor().scorecard(renewal, sample_of(renewal).answers, {"email": "priya@northfield.example", "name": "Priya"})
    told = []
    for email in ("priya@northfield.example", "fresh@northfield.example"):
        walker = visitor()
        base = walker.start(renewal, sample_of(renewal).answers).rpartition("/")[0]
        token = hidden(walker.client.get(f"{base}/later").get_data(as_text=True), "csrf_token")
        reply = walker.client.post(f"{base}/later", data={"csrf_token": token, "email": email})
        body = re.sub(r"[\w.-]{16,}", "", reply.get_data(as_text=True)).replace(email, "-")
        told.append((reply.status_code, body))
    assert told[0] == told[1]
    assert "Priya" not in told[0][1]
