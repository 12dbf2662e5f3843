"""Every mail to respondents on one page: why it did not arrive, and what may be done about it by whom."""

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from sqlalchemy import func, select, update

from assessment import clock
from assessment.actions import owning
from assessment.actions.installation import Installation
from assessment.core.definition import Questionnaire
from assessment.store import people
from assessment.store.database import reading, writing
from assessment.store.review_tables import submission
from assessment.store.tables import audit, delivery, notice
from assessment.web.review.deliveries import masked, plain_reason
from tests.conftest import sample_of
from tests.walking import Walker, hidden

HERE = "/review/deliveries"
PRIYA = {"name": "Priya Raman", "email": "priya@northfield.example", "company": "Northfield Systems"}
BOUNCED = "the mail server refused the address: 550 5.1.1 no such user"


def _body(walker: Walker, address: str = HERE) -> str:
    return str(walker.client.get(address).get_data(as_text=True))


def _post(walker: Walker, action: str) -> Any:
    return walker.client.post(action, data={"csrf_token": hidden(_body(walker), "csrf_token")})


def _set(house: Installation, **values: Any) -> None:
    with writing(house.engine) as connection:
        connection.execute(update(delivery).values(**values))


def _bounce(house: Installation, reason: str = BOUNCED) -> None:
    _set(house, state="failed", error=BOUNCED, tries=1)
    with writing(house.engine) as connection:
        people.suppress(connection, house.keyring.index(PRIYA["email"]), reason, clock.now())


def _states(house: Installation) -> list[str]:
    with reading(house.engine) as connection:
        return list(connection.execute(select(delivery.c.state).order_by(delivery.c.id)).scalars())


@pytest.fixture
def carl(staff: Callable[..., Walker]) -> Walker:
    return staff("consultant")


@pytest.fixture
def card(priya: Walker, renewal: Questionnaire) -> str:
    """Priya's scorecard, whose mail waits."""
    return priya.scorecard(renewal, sample_of(renewal).answers, PRIYA).rpartition("/")[2]


def test_the_page_says_what_happened_and_shows_no_whole_address(
    carl: Walker, card: str, house: Installation, renewal: Questionnaire
) -> None:
    _set(house, state="queued", tries=3, error="no mail server: ConnectionRefusedError: [Errno 111]")
    body = _body(carl)
    for words in (renewal.title, "The mail server could not be reached.", "3 tries", "Next try", "outbox folder"):
        assert words in body
    assert f'href="/review/submissions/{card}"' in body
    assert PRIYA["email"] not in body
    assert masked(PRIYA["email"]) in body
    assert str(house.settings.home) not in body


@pytest.mark.parametrize(
    ("state", "shown"),
    [("failed", "failed"), ("suppressed", "failed"), ("held", "held"), ("leased", "queued"), ("sent", "sent")],
)
def test_each_state_is_found_under_its_name(
    carl: Walker, card: str, house: Installation, state: str, shown: str
) -> None:
    _set(house, state=state)
    for name in ("failed", "held", "queued", "sent"):
        body = _body(carl, f"{HERE}?state={name}")
        assert (f"/review/submissions/{card}" in body) is (name == shown), name


def test_a_failed_mail_is_tried_again_as_a_new_one(carl: Walker, card: str, house: Installation) -> None:
    _set(house, state="failed", error="no mail server: TimeoutError", created_at=clock.now() - timedelta(days=2))
    assert f'action="{HERE}/1/again"' in _body(carl)
    assert _post(carl, f"{HERE}/1/again").status_code == 303
    assert "on its way once more" in _body(carl)
    assert _states(house) == ["failed", "queued"]
    with reading(house.engine) as connection:
        actor = connection.execute(select(audit.c.actor).where(audit.c.action == "delivery.again")).scalar_one()
    assert actor.startswith("account ")


def test_the_limits_hold_for_trying_again_too(carl: Walker, card: str, house: Installation) -> None:
    _set(house, state="failed", error="no mail server: TimeoutError")
    _post(carl, f"{HERE}/1/again")
    assert "Not tried again" in _body(carl)
    assert _states(house) == ["failed", "held"]


def test_do_not_contact_outranks_trying_again(carl: Walker, card: str, house: Installation) -> None:
    _set(house, state="failed", error="no mail server: TimeoutError", created_at=clock.now() - timedelta(days=2))
    with writing(house.engine) as connection:
        connection.execute(update(submission).values(do_not_contact=True))
    body = _body(carl)
    assert "Do not contact" in body
    assert "/again" not in body
    _post(carl, f"{HERE}/1/again")
    assert "Not tried again" in _body(carl)
    assert _states(house) == ["failed"]


def test_only_an_admin_allows_an_address_again_that_bounced(
    carl: Walker, staff: Callable[..., Walker], card: str, house: Installation
) -> None:
    _bounce(house)
    assert "/release" not in _body(carl)
    assert _post(carl, f"{HERE}/1/release").status_code == 404
    ada = staff("admin")
    assert f'action="{HERE}/1/release"' in _body(ada)
    _post(ada, f"{HERE}/1/release")
    with reading(house.engine) as connection:
        assert people.suppressed(connection, house.keyring.index(PRIYA["email"])) is None
        noted = connection.execute(select(audit.c.subject).where(audit.c.action == "address.released")).scalar_one()
    assert noted == card
    assert f'action="{HERE}/1/again"' in _body(carl)


def test_nobody_lifts_what_the_owner_of_the_address_asked_for(
    staff: Callable[..., Walker], card: str, house: Installation
) -> None:
    _bounce(house, people.ASKED_FOR_NONE)
    ada = staff("admin")
    assert "/release" not in _body(ada)
    assert "asked for no mail" in _body(ada)
    _post(ada, f"{HERE}/1/release")
    assert "Not allowed" in _body(ada)
    with reading(house.engine) as connection:
        assert people.suppressed(connection, house.keyring.index(PRIYA["email"])) == people.ASKED_FOR_NONE


def test_that_somebody_asked_for_none_outranks_a_bounce(card: str, house: Installation) -> None:
    _bounce(house)
    with writing(house.engine) as connection:
        index = house.keyring.index(PRIYA["email"])
        people.suppress(connection, index, people.ASKED_FOR_NONE, clock.now())
        people.suppress(connection, index, "bounced again", clock.now())
        assert people.suppressed(connection, index) == people.ASKED_FOR_NONE


def test_links_to_unfinished_answers_stand_there_and_mails_to_accounts_do_not(
    carl: Walker, priya: Walker, house: Installation, renewal: Questionnaire
) -> None:
    address = priya.start(renewal, sample_of(renewal).answers)
    later = f"{address.rpartition('/')[0]}/later"
    html = _body(priya, later)
    fields = {"csrf_token": hidden(html, "csrf_token"), "email": PRIYA["email"]}
    priya.client.post(later, data=fields)
    assert "Link to unfinished answers" in _body(carl)
    with writing(house.engine) as connection:
        connection.execute(update(notice).values(account_id=1))
    assert "Link to unfinished answers" not in _body(carl)


def test_what_was_erased_vanishes_at_once(carl: Walker, card: str, house: Installation) -> None:
    assert card in _body(carl)
    owning.erase(house, card, clock.now())
    body = _body(carl)
    assert card not in body
    assert "No mail was asked for yet" in body


def test_an_address_that_was_corrected_is_not_shown_for_the_earlier_mail(
    carl: Walker, card: str, house: Installation
) -> None:
    _set(house, state="sent", tries=1)
    owning.correct_address(house, card, "amara@northfield.example", "<new@meridian.example>", clock.now())
    body = _body(carl)
    assert masked("amara@northfield.example") in body
    assert masked(PRIYA["email"]) not in body
    assert "Address not kept" in body


def test_the_list_goes_on_without_a_gap(
    carl: Walker, priya: Walker, house: Installation, renewal: Questionnaire
) -> None:
    card = priya.scorecard(renewal, sample_of(renewal).answers, PRIYA).rpartition("/")[2]
    with writing(house.engine) as connection:
        row = dict(connection.execute(select(delivery)).one()._mapping)
        del row["id"]
        note = {"kind": "resume", "state": "sent", "next_at": row["next_at"], "tries": 1, "email_index": ""}
        for number in range(40):  # all at one moment, as a busy clock may have it
            same = {**row, "message_id": f"<{number}@x.example>", "email_index": f"{number}"}
            connection.execute(delivery.insert().values(**same))
            at = {"created_at": row["created_at"], "message_id": f"<n{number}@x.example>"}
            connection.execute(notice.insert().values(**note, **at))
    address: str | None = HERE
    found = []
    while address:
        body = _body(carl, address)
        found.append((body.count("<b>Scorecard</b>"), body.count("<b>Link to unfinished answers</b>")))
        older = re.search(r'href="([^"]*before=[^"]+)"', body)
        address = unescape(older[1]) if older else None
    assert found == [(41, 9), (0, 31)]
    assert card
    assert carl.client.get(f"{HERE}?before=nonsense&state=odd").status_code == 200


def test_reasons_are_plain_words() -> None:
    assert plain_reason(BOUNCED) == ("The mail server refused the address.", "550 5.1.1 no such user")
    assert plain_reason("something else: odd") == ("Something else: odd.", None)
    assert plain_reason(None) == (None, None)
    assert masked(None) == "Address not kept"


def test_looking_is_recorded_and_viewers_do_not(
    carl: Walker, staff: Callable[..., Walker], house: Installation, card: str
) -> None:
    _body(carl)
    assert staff("viewer").client.get(HERE).status_code == 404
    with reading(house.engine) as connection:
        seen = select(func.count()).select_from(audit).where(audit.c.action == "deliveries.listed")
        assert connection.execute(seen).scalar_one() == 1
