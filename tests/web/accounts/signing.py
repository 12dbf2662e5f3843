"""Carl at the door: what the tests of signing in share."""

import html
import re
import time
from typing import Any

from flask import Flask
from passlib.totp import TOTP
from sqlalchemy import select

from assessment import clock
from assessment.actions import signing_in
from assessment.actions.installation import Installation
from assessment.store import accounts
from assessment.store.accounts import Role
from assessment.store.database import reading, writing
from assessment.store.tables import audit
from assessment.web.accounts.keeper import safe
from assessment.web.accounts.safe import Safe
from assessment.working import build_worker
from tests.walking import Walker, hidden

CARL, PASSWORD = "carl.weber@meridian.example", "seven lamps drift south"
NEW = "quiet river stones sleep"


def safe_of(app: Flask) -> Safe:
    with app.app_context():
        return safe()


def add_account(
    app: Flask, house: Installation, role: Role = "consultant", email: str = CARL, *, factor: bool = True
) -> tuple[int, str, list[str]]:
    """Somebody with a password, and with an authenticator app if asked for: id, the app's key, recovery codes."""
    safe, now = safe_of(app), clock.now()
    with writing(house.engine) as connection:
        id_ = accounts.add(
            connection, house.keyring, name="Carl Weber", email=email, role=role,
            uniquifier=clock.submission_key(), now=now,
        )  # fmt: skip
        accounts.change(connection, id_, {"password": safe.hash(PASSWORD)})
    if not factor:
        return id_, "", []
    who = signing_in.find(house, account_id=id_)
    assert who is not None
    secret = safe.new_secret()
    codes, sealed = safe.new_codes()
    # As if it had been set up a while ago: no step of now is used up.
    signing_in.set_second_factor(
        house, who, secret=secret, counter=1, codes=sealed, message_id=f"<{id_}@meridian.example>", now=now
    )
    return id_, safe._totp.get_totp_pretty_key(secret), codes


def code_of(key: str, ahead: int = 0) -> str:
    """What the app shows now, or `ahead` half minutes later."""
    return str(TOTP(key=key.replace("-", "")).generate(time=int(time.time()) + 30 * ahead).token)


def fill(walker: Walker, page: str, action: str = "", **fields: str) -> Any:
    """Open a page and send its form."""
    text = walker.client.get(page).get_data(as_text=True)
    return walker.client.post(action or page, data={"csrf_token": hidden(text, "csrf_token"), **fields})


def show_password(walker: Walker, email: str = CARL, password: str = PASSWORD, **more: str) -> Any:
    return fill(walker, "/sign-in", email=email, password=password, **more)


def walk_in(walker: Walker, key: str, ahead: int = 0, **more: str) -> Any:
    """Password and code."""
    reply = show_password(walker, **more)
    assert reply.status_code == 303, reply.get_data(as_text=True)
    return fill(walker, reply.headers["Location"], code=code_of(key, ahead))


def is_in(walker: Walker) -> bool:
    return bool(walker.client.get("/review/account").status_code == 200)


def send_mails(house: Installation) -> list[str]:
    """The worker sends; the texts of all mails in the outbox, oldest first."""
    worker = build_worker(house, None, "desk/1")  # type: ignore[arg-type]
    while worker.send_step():
        pass
    import email
    from email.policy import default

    files = sorted(house.settings.outbox.rglob("*.eml"), key=lambda path: path.stat().st_mtime_ns)
    texts = []
    for path in files:
        message = email.message_from_bytes(path.read_bytes(), policy=default)
        body = message.get_body(("plain",))
        assert body is not None
        texts.append(f"{message['Subject']}\nTo: {message['To']}\n{body.get_content()}")
    return texts


def link_in(text: str) -> str:
    """The path of the first link of a text."""
    found = re.search(r"http://localhost(/\S+)", text)
    assert found, text
    return html.unescape(found[1].split('"')[0])


def noted(house: Installation) -> list[tuple[str, str]]:
    """Action and subject of the audit log's rows, oldest first."""
    with reading(house.engine) as connection:
        return [(row.action, row.subject) for row in connection.execute(select(audit).order_by(audit.c.id))]
