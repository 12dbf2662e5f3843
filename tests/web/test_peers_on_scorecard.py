"""What a prospect reads about peers: on the page, in the PDF and in its plain form, and how one leaves."""

import re
from collections.abc import Callable
from html import unescape

import pytest

from assessment import clock, rendering
from assessment.actions import owning, peering
from assessment.actions.installation import Installation
from assessment.core.definition import Questionnaire
from assessment.core.peer_telling import LEAVING
from assessment.core.peers import ENOUGH
from assessment.core.scorecard import Scorecard
from assessment.delivery import pdf
from tests.conftest import sample_of
from tests.peering import Company, answer, answer_all, card_of, confirm, spoken
from tests.peering import told as told_of
from tests.walking import Walker, hidden

HEADING = "Where you stand among peers"


def _words(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())


@pytest.fixture
def crowd(house: Installation, renewal: Questionnaire) -> None:
    """Twenty-four companies, all of which renew contracts, and four of which begin late."""
    answer_all(house, renewal, range(20), model="contracts")
    answer_all(house, renewal, range(20, 24), renewal_start="after", model="contracts")
    peering.listen(house, clock.now())


@pytest.fixture
def told(crowd: None, house: Installation, renewal: Questionnaire) -> Scorecard:
    card = card_of(house, answer(house, renewal, Company(name="Northfield", changed={"model": "contracts"})))
    assert card.peers
    return card


def test_without_enough_companies_nothing_is_said(house: Installation, renewal: Questionnaire, priya: Walker) -> None:
    answer_all(house, renewal, range(19))
    peering.listen(house, clock.now())
    page = _words(priya.client.get(priya.scorecard(renewal, sample_of(renewal).answers)).get_data(as_text=True))
    assert "peers" not in page.lower().replace("not a peer figure", "").replace("peer comparison", "")


def test_the_page_says_where_one_stands_of_how_many_and_when(
    crowd: None, house: Installation, renewal: Questionnaire, priya: Walker
) -> None:
    address = priya.scorecard(renewal, {**sample_of(renewal).answers, "model": "contracts"})
    html = priya.client.get(address).get_data(as_text=True)
    words, card = _words(html), card_of(house, address.rpartition("/")[2])
    assert HEADING in words
    overall = next(one for one in card.peers[0].standings if one.measure == "overall")
    assert f"{overall.title} {overall.place}" in words
    assert "Their middle half Their median" in words
    assert f"{overall.half} {overall.middle_text}" in words, "the three quartiles as numbers"
    assert f"About 25 companies, {overall.period}." in words
    rate = next(one for one in card.peers[0].standings if one.measure == "value:renewal_rate")
    assert f"Peers: {rate.place} of about 25 companies, {rate.period}." in words
    assert f"Middle half {rate.half}" in words
    assert "Published 82.4 %" in words, "beside the published figure"
    assert "nearest rank" in words
    assert words.count(f"of about 25 companies, {rate.period}") == len(
        [one for one in card.peers[0].standings if one.measure.startswith("value:")]
    ), "each number once"


def test_the_report_and_its_plain_form_say_the_same(told: Scorecard) -> None:
    drawn, plain = (make(told, None, {}, None) for make in (rendering.report_html, rendering.plain_report_html))
    for standing in told.peers[0].standings:
        assert standing.title in _words(drawn)
        for html in (drawn, plain):
            assert standing.place in _words(html) or standing.place[0].lower() + standing.place[1:] in _words(html)
            assert standing.half in _words(html)
    made = pdf.draw(drawn, rendering.report_css(), clock.now())
    assert made.warnings == ()


def test_invented_companies_are_called_so_wherever_they_are_told_of(
    house: Installation, renewal: Questionnaire, priya: Walker
) -> None:
    for number in range(20):
        answer(house, renewal, Company(name=f"Alder {number}", source={"from": "demo"}))
    peering.listen(house, clock.now())
    address = priya.scorecard(renewal, sample_of(renewal).answers)
    words = _words(priya.client.get(address).get_data(as_text=True))
    assert "These companies are invented, for demonstration." in words
    assert "Invented peers:" in words
    assert " Peers:" not in words


def test_one_leaves_the_comparison_by_a_button_and_only_who_takes_part_has_it(
    house: Installation, renewal: Questionnaire, visitor: Callable[[], Walker]
) -> None:
    priya, omar = visitor(), visitor()
    check = priya.to_check(renewal, sample_of(renewal).answers)
    contact = {"company": "Northfield", "email": "priya@northfield.example"}
    hers = priya.submit(check, contact, ("comparison",)).headers["Location"]
    confirm(house, hers.rpartition("/")[2])
    his = omar.scorecard(renewal, sample_of(renewal).answers)
    assert "Leave the peer comparison" not in omar.client.get(his).get_data(as_text=True)
    peering.listen(house, clock.now())
    assert len(spoken(house)) == 1
    page = priya.client.get(hers).get_data(as_text=True)
    assert "Leave the peer comparison" in page
    token = hidden(page, "csrf_token")
    assert omar.client.post(f"{hers}/uncount", data={"csrf_token": token}).status_code == 404
    assert len(spoken(house)) == 1
    for _ in range(2):  # pressed twice it is left once
        after = priya.client.post(f"{hers}/uncount", data={"csrf_token": token}).get_data(as_text=True)
        assert "You have left the peer comparison" in after
        assert "Leave the peer comparison" not in after
    assert spoken(house) == []
    assert priya.client.get(hers).status_code == 200


def test_what_is_said_of_leaving_is_what_happens(
    house: Installation, renewal: Questionnaire, visitor: Callable[[], Walker]
) -> None:
    """Page, promise and behaviour: out of what is counted at once, out of what is published with the next release."""
    priya, cards = visitor(), answer_all(house, renewal, range(28))
    check = priya.to_check(renewal, sample_of(renewal).answers)
    hers = priya.submit(check, {"email": "priya@northfield.example"}, ("comparison",)).headers["Location"]
    confirm(house, hers.rpartition("/")[2])
    peering.listen(house, clock.now())
    assert told_of(house) == (29, True)

    page = priya.client.get(hers).get_data(as_text=True)
    data = {"csrf_token": hidden(page, "csrf_token")}
    after = priya.client.post(f"{hers}/uncount", data=data).get_data(as_text=True)
    promised = _words(priya.client.get("/privacy").get_data(as_text=True))
    assert [LEAVING in words for words in (_words(page), _words(after), promised)] == [True] * 3
    assert "taken out of what is counted at once" in LEAVING
    assert len(spoken(house)) == 28

    five = re.search(r"at least (\d+) companies must have come or left", LEAVING)
    assert five
    for number in range(int(five[1])):
        peering.listen(house, clock.now())
        assert told_of(house) == (29, True), "what is published stays until its next release"
        if number:
            owning.leave_comparison(house, cards.pop(), clock.now())
    peering.listen(house, clock.now())
    assert told_of(house) == (24, True), "hers is not in it any more"


def test_the_privacy_page_says_how_few_are_never_told_of(priya: Walker) -> None:
    words = _words(priya.client.get("/privacy").get_data(as_text=True))
    assert f"nothing is told of fewer than {ENOUGH} companies" in words
    assert "you can leave by a button on your scorecard" in words
    assert "once you have confirmed that address for them or if a consultant invited or asked you for them" in words
