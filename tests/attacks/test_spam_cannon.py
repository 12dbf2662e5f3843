"""Our mail against somebody who never asked for it: a thousand submissions name one mailbox in every spelling."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from assessment import clock
from assessment.actions.installation import Installation
from assessment.core.definition import Questionnaire
from assessment.installing import links_of
from assessment.store.database import reading, writing
from assessment.store.tables import delivery, document, notice, response, suppression
from assessment.working import build_worker
from tests.conftest import sample_of
from tests.databases import POSTGRESQL
from tests.walking import Walker, hidden

QUESTIONNAIRES = Path(__file__).parents[1] / "questionnaires"
VICTIM = "victim@northfield.example"
SPELLINGS = (
    VICTIM, "VICTIM@NORTHFIELD.EXAMPLE", "Victim@Northfield.Example", "victim+1@northfield.example",
    "victim+anything.else@northfield.example", "VICTIM+X@northfield.example", " victim@northfield.example ",
    "victim@ｎorthfield.example", "victim@NORTHFIELD．example", "vIcTiM+++@northfield.example",
)  # fmt: skip
SUBMISSIONS = 100 if POSTGRESQL else 1_000
"""On PostgreSQL a tenth, which is every spelling ten times: that our words to it say the same is all that differs."""


def _send_all(house: Installation) -> list[str]:
    with writing(house.engine) as connection:
        connection.execute(document.update().values(state="failed"))
    worker = build_worker(house, None, "desk/1")  # type: ignore[arg-type]
    while worker.send_step():
        pass
    sent = [path.read_text() for path in house.settings.outbox.glob("*.eml")]
    for path in house.settings.outbox.glob("*.eml"):
        path.unlink()
    return sent


@pytest.fixture
def settings(settings: Any) -> Any:
    """Mallory has a thousand networks: what one of them may do in a minute does not stop her here."""
    return replace(settings, limit_per_address=10_000_000, limit_in_all=10_000_000, questionnaires=QUESTIONNAIRES)


@pytest.fixture
def asked(house: Installation) -> Questionnaire:
    """The shortest questionnaire."""
    entry = house.catalogue.get("tiny")
    assert entry is not None
    return entry.questionnaire


def _submit(app: Flask, asked: Questionnaire, check: str, jar: dict[str, str], token: str, email: str) -> int:
    client = app.test_client()
    for name, value in jar.items():
        client.set_cookie(name, value)
    return int(client.post(check, data={"csrf_token": token, "email": email, "name": "Buy cheap pills"}).status_code)


def test_a_thousand_submissions_that_name_one_mailbox_mail_it_once(
    app: Flask, house: Installation, visitor: Callable[[], Walker], asked: Questionnaire
) -> None:
    first = visitor()
    base = first.to_check(asked, sample_of(asked).answers).rpartition("/")[0]
    with reading(house.engine) as connection:
        template = dict(connection.execute(select(response)).mappings().one())
    token = hidden(first.client.get(f"{base}/check").get_data(as_text=True), "csrf_token")
    session = first.client.get_cookie("session")
    assert session is not None
    links, statuses = links_of(house), set()
    with writing(house.engine) as connection:
        # A thousand finished drafts, as a thousand walks of the same pages leave them.
        for number in range(SUBMISSIONS):
            row = template | {"public_id": f"mallory{number:09d}", "submission_key": f"key{number:029d}"}
            row.pop("id")
            connection.execute(response.insert().values(row))
    for number in range(SUBMISSIONS):
        id_ = f"mallory{number:09d}"
        jar = {"session": session.value, f"r-{id_}": links.token("resume", id_, 1)}
        statuses.add(_submit(app, asked, f"/r/{id_}/check", jar, token, SPELLINGS[number % len(SPELLINGS)]))
    assert statuses == {303}
    mails = _send_all(house)
    assert len(mails) == 1
    assert "pills" not in mails[0]
    with reading(house.engine) as connection:
        states = list(connection.execute(select(delivery.c.state, delivery.c.email_index)))
    assert len(states) == SUBMISSIONS
    assert [row.state for row in states].count("sent") == 1
    assert {row.email_index for row in states} == {house.keyring.index(VICTIM)}


def test_all_ways_together_mail_a_stranger_three_times_a_day(
    app: Flask, house: Installation, visitor: Callable[[], Walker]
) -> None:
    """Scorecards of every questionnaire, links to unfinished answers, corrected addresses, and the button "mail"."""
    for entry in house.catalogue.live("assessment") * 3:
        asked, walker = entry.questionnaire, visitor()
        base = walker.start(asked, sample_of(asked).answers).rpartition("/")[0]
        token = hidden(walker.client.get(f"{base}/later").get_data(as_text=True), "csrf_token")
        walker.client.post(f"{base}/later", data={"csrf_token": token, "email": VICTIM})
        card = walker.scorecard(asked, sample_of(asked).answers, {"email": VICTIM})
        for action in ("mail", "address", "mail", "mail"):
            walker.client.post(f"{card}/{action}", data={"csrf_token": token, "email": SPELLINGS[3]})
    assert len(_send_all(house)) == 3
    tomorrow = timedelta(days=1, minutes=5)
    with writing(house.engine) as connection:
        for table in (delivery, notice):
            for row in list(connection.execute(select(table.c.id, table.c.created_at))):
                connection.execute(
                    table.update().where(table.c.id == row.id).values(created_at=row.created_at - tomorrow)
                )
    walker = visitor()
    walker.scorecard(asked, sample_of(asked).answers, {"email": VICTIM})
    assert len(_send_all(house)) == 1  # the day after, one may ask again


def test_who_said_it_was_not_them_is_never_mailed_again(
    app: Flask, house: Installation, visitor: Callable[[], Walker], asked: Questionnaire
) -> None:
    with writing(house.engine) as connection:
        connection.execute(
            suppression.insert().values(email_index=house.keyring.index(VICTIM), reason="not me", at=clock.now())
        )
    for spelling in SPELLINGS:
        visitor().scorecard(asked, sample_of(asked).answers, {"email": spelling})
    assert not _send_all(house)
