"""Priya owns her scorecard; whoever she shares it with reads it; Mallory gets nothing."""

import re
from collections.abc import Callable
from html import unescape

import pytest
from sqlalchemy import select

from assessment.actions.installation import Installation
from assessment.actions.links import Links
from assessment.core.definition import Questionnaire
from assessment.installing import links_of
from assessment.store.database import reading
from assessment.store.tables import delivery, document, person, response, scorecard
from tests.conftest import sample_of
from tests.walking import Walker, hidden

CONTACT = {"name": "Priya Raman", "email": "priya@northfield.example", "company": "Northfield Systems"}


@pytest.fixture
def links(house: Installation) -> Links:
    return links_of(house)


@pytest.fixture
def card(priya: Walker, renewal: Questionnaire) -> str:
    return priya.scorecard(renewal, sample_of(renewal).answers, CONTACT)


@pytest.fixture
def tie(house: Installation) -> str:
    """What links mailed to Priya are tied to."""
    return Links.tie_of(house.keyring.index(CONTACT["email"]))


def _post(walker: Walker, page: str, action: str, **fields: str) -> object:
    html = walker.client.get(page).get_data(as_text=True)
    return walker.client.post(action, data={"csrf_token": hidden(html, "csrf_token"), **fields})


def test_nobody_else_opens_it(mallory: Walker, card: str, house: Installation) -> None:
    for tail in ("", "/pdf", "/address", "/delete"):
        assert mallory.client.get(card + tail).status_code == 404
    for tail in ("/mail", "/share", "/correct", "/again", "/uncount", "/confirm", "/delete", "/address"):
        assert mallory.client.post(card + tail).status_code == 404
    assert mallory.client.get(card.replace("/s/", "/v/")).status_code == 404


def test_every_button_needs_a_token(priya: Walker, card: str, house: Installation) -> None:
    for tail in ("/mail", "/share", "/correct", "/again", "/uncount", "/delete"):
        assert priya.client.post(card + tail).status_code == 400
    with reading(house.engine) as connection:
        assert len(connection.execute(select(response)).all()) == 1
        assert connection.execute(select(response.c.state)).scalar_one() == "submitted"


def test_a_share_link_shows_no_contact_and_offers_nothing(
    priya: Walker, mallory: Walker, visitor: Callable[[], Walker], card: str
) -> None:
    body = _post(priya, card, f"{card}/share").get_data(as_text=True)  # type: ignore[attr-defined]
    link = unescape(re.search(r"http://localhost(/open/share/[^\"<]+)", body)[1])  # type: ignore[index]
    reader = visitor()
    opened = reader.client.get(link)
    assert opened.status_code == 303
    assert opened.headers["Location"] == card.replace("/s/", "/v/")
    page = reader.client.get(opened.headers["Location"]).get_data(as_text=True)
    assert "Northfield" not in page
    assert "Priya" not in page
    assert "/pdf" not in page
    assert reader.client.get(card).status_code == 404
    assert reader.client.get(f"{card}/pdf").status_code == 404


def test_a_token_opens_only_its_own_door(links: Links, card: str, mallory: Walker, tie: str) -> None:
    public_id = card.rpartition("/")[2]
    kinds = ("resume", "owner", "share", "mailed", "not-me")
    for kind in kinds:
        token = links.token(kind, public_id, 1, tie)
        for door in kinds:
            if door == kind or (kind, door) == ("not-me", "not-me"):
                continue
            address = f"/not-me/{token}" if door == "not-me" else f"/open/{door}/{token}"
            assert mallory.client.get(address).status_code == 404, (kind, door)
        # Not the last character: its lowest bits carry nothing.
        flipped = token[:-2] + ("A" if token[-2] != "A" else "B") + token[-1]
        assert links.read(kind, flipped) is None


def test_the_mailed_link_confirms_by_a_button_only(
    links: Links, visitor: Callable[[], Walker], card: str, house: Installation, tie: str
) -> None:
    reader = visitor()
    link = links.address("mailed", card.rpartition("/")[2], 1, tie=tie).removeprefix("http://localhost")
    assert reader.client.get(link).status_code == 303
    with reading(house.engine) as connection:
        assert connection.execute(select(person.c.confirmed_at)).scalar_one() is None
    assert "Is this your address?" in reader.client.get(card).get_data(as_text=True)
    assert _post(reader, card, f"{card}/confirm").status_code == 303  # type: ignore[attr-defined]
    with reading(house.engine) as connection:
        assert connection.execute(select(person.c.confirmed_at)).scalar_one() is not None
        assert len(connection.execute(select(document)).all()) == 2


def test_the_owner_who_did_not_come_by_mail_cannot_confirm(priya: Walker, card: str) -> None:
    assert _post(priya, card, f"{card}/confirm").status_code == 404  # type: ignore[attr-defined]


def test_mailing_again_is_limited_until_the_address_is_confirmed(priya: Walker, card: str, house: Installation) -> None:
    body = _post(priya, card, f"{card}/mail").get_data(as_text=True)  # type: ignore[attr-defined]
    assert "mailed today already" in body
    with reading(house.engine) as connection:
        states = sorted(row.state for row in connection.execute(select(delivery.c.state)))
    assert states == ["held", "queued"]


def test_a_corrected_address_gets_the_mail_instead(priya: Walker, card: str, house: Installation) -> None:
    wrong = _post(priya, card, f"{card}/address", email="not an address")
    assert wrong.status_code == 422  # type: ignore[attr-defined]
    assert 'value="not an address"' in wrong.get_data(as_text=True)  # type: ignore[attr-defined]
    right = _post(priya, card, f"{card}/address", email="priya.raman@northfield.example")
    assert right.status_code == 200  # type: ignore[attr-defined]
    with reading(house.engine) as connection:
        states = sorted(row.state for row in connection.execute(select(delivery.c.state)))
        index = connection.execute(select(person.c.email_index)).scalar_one()
    assert states == ["erased", "queued"]
    assert index == house.keyring.index("priya.raman@northfield.example")


def test_correcting_an_answer_makes_a_new_scorecard_and_keeps_the_old(
    priya: Walker, card: str, house: Installation, renewal: Questionnaire
) -> None:
    before = priya.client.get(card).get_data(as_text=True)
    reply = _post(priya, card, f"{card}/correct")
    check = reply.headers["Location"]  # type: ignore[attr-defined]
    assert check.endswith("/check")
    assert 'value="priya@northfield.example"' in priya.client.get(check).get_data(as_text=True)
    new = priya.submit(check, CONTACT).headers["Location"]
    assert new != card
    assert priya.client.get(card).status_code == 200
    assert re.search(r'<p class="score">(\d+)', before)[1] in priya.client.get(new).get_data(as_text=True)  # type: ignore[index]
    with reading(house.engine) as connection:
        assert len(connection.execute(select(scorecard)).all()) == 2


def test_deleting_takes_everything_personal_and_every_link(
    priya: Walker, visitor: Callable[[], Walker], card: str, links: Links, house: Installation, tie: str
) -> None:
    reply = _post(priya, f"{card}/delete", f"{card}/delete")
    assert "Your data is deleted" in reply.get_data(as_text=True)  # type: ignore[attr-defined]
    assert priya.client.get(card).status_code == 404
    link = links.address("mailed", card.rpartition("/")[2], 1, tie=tie).removeprefix("http://localhost")
    assert visitor().client.get(link).status_code == 404
    with reading(house.engine) as connection:
        row = connection.execute(select(person)).one()
        assert (row.sealed_name, row.sealed_email, row.email_index, row.company) == (None, None, None, None)
        assert connection.execute(select(response.c.sealed_texts)).scalar_one() is None
        assert connection.execute(select(delivery.c.state)).scalar_one() == "erased"
        assert connection.execute(select(document.c.state)).scalar_one() == "erased"


def test_whoever_did_not_ask_takes_their_address_out(
    links: Links, visitor: Callable[[], Walker], card: str, house: Installation, tie: str
) -> None:
    stranger = visitor()
    address = f"/not-me/{links.token('not-me', card.rpartition('/')[2], 1, tie)}"
    assert stranger.client.get(address).status_code == 200
    with reading(house.engine) as connection:
        assert connection.execute(select(person.c.email_index)).scalar_one() is not None
    assert _post(stranger, address, address).status_code == 200  # type: ignore[attr-defined]
    with reading(house.engine) as connection:
        assert connection.execute(select(person.c.email_index)).scalar_one() is None


def test_coming_back_by_the_resume_link(
    priya: Walker, visitor: Callable[[], Walker], renewal: Questionnaire, house: Installation
) -> None:
    answers = sample_of(renewal).answers
    address = priya.start(renewal, answers)
    second = priya.answer(address, renewal, answers).headers["Location"]
    later = priya.client.get(second.rpartition("/")[0] + "/later").get_data(as_text=True)
    link = unescape(re.search(r"http://localhost(/open/resume/[^\"<]+)", later)[1])  # type: ignore[index]
    colleague = visitor()
    opened = colleague.client.get(link)
    assert opened.status_code == 303
    assert "/open/" not in opened.headers["Location"]
    assert colleague.client.get(opened.headers["Location"]).status_code == 200


@pytest.mark.parametrize("address", ["own", "check", "later"])
def test_personal_pages_are_never_stored(priya: Walker, card: str, renewal: Questionnaire, address: str) -> None:
    if address == "own":
        reply = priya.client.get(card)
    else:
        base = priya.to_check(renewal, sample_of(renewal).answers).rpartition("/")[0]
        reply = priya.client.get(f"{base}/{address}")
    assert reply.headers["Cache-Control"] == "no-store"
    assert "script-src 'n" in reply.headers["Content-Security-Policy"]  # a nonce, or none at all
    assert "unsafe" not in reply.headers["Content-Security-Policy"]


def test_reading_changes_nothing(priya: Walker, card: str, house: Installation, links: Links, tie: str) -> None:
    def rows() -> list[object]:
        tables = (response, scorecard, document, delivery, person)
        with reading(house.engine) as connection:
            return [tuple(row) for table in tables for row in connection.execute(select(table))]

    public_id = card.rpartition("/")[2]
    before = rows()
    scanner = {"User-Agent": "mail-scanner"}
    tied = {"owner": "", "mailed": tie, "share": ""}
    tokens = [f"/open/{kind}/{links.token(kind, public_id, 1, tied[kind])}" for kind in ("owner", "mailed", "share")]
    for address in (
        card,
        f"{card}/pdf",
        f"{card}/address",
        f"{card}/delete",
        *tokens,
        f"/not-me/{links.token('not-me', public_id, 1, tie)}",
    ):
        for _ in range(2):
            priya.client.get(address, headers=scanner)
    assert rows() == before
