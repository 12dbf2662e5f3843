"""Omar, a respondent with keys of his own, at everything of Priya's: every address, every method, every trick."""

from collections.abc import Callable

import pytest
from flask import Flask

from assessment.actions.installation import Installation
from assessment.core.definition import Questionnaire
from tests.attacks.dump import changed, dump
from tests.attacks.people import PRIYA, Crowd, gather
from tests.walking import Walker, hidden

HERS = (PRIYA, "Priya Raman", "Priya Works")
PERSONAL = ("/r/", "/s/", "/v/", "/i/")
METHODS = ("GET", "HEAD", "POST")


@pytest.fixture
def crowd(house: Installation, app: Flask, visitor: Callable[[], Walker], renewal: Questionnaire) -> Crowd:
    return gather(house, app, visitor, renewal)


def _hers(crowd: Crowd) -> list[tuple[str, str]]:
    rules = [rule for rule in crowd.app.url_map.iter_rules() if rule.rule.startswith(PERSONAL)]
    found = {
        (method, crowd.address(rule, draft=crowd.drafts["priya"], card=crowd.cards["priya"]))
        for rule in rules
        for method in METHODS
        if method in (rule.methods or ())
    }
    assert len(found) > 30
    return sorted(found)


def test_nobody_else_reads_or_changes_hers(crowd: Crowd) -> None:
    for who in ("nobody", "omar", "viewer", "consultant", "admin"):
        client, before = crowd.people[who].client, dump(crowd.house)
        token = hidden(client.get(f"/a/{crowd.asked.id}").get_data(as_text=True), "csrf_token")
        for method, address in _hers(crowd):
            typed = {"csrf_token": token, "email": "omar@eastfield.example", "name": "Omar"}
            reply = client.open(address, method=method, data=typed if method == "POST" else None)
            body = reply.get_data(as_text=True)
            assert reply.status_code in {404, 403}, (who, method, address, reply.status_code)
            assert not any(word in body for word in HERS), (who, method, address)
        assert not [one for one in changed(before, dump(crowd.house)) if one[:2] != ("sign_in", "seen_at")], who


TRICKS = (
    {"X-Original-URL": "/s/{own}"}, {"X-Rewrite-URL": "/s/{own}"}, {"X-Forwarded-Prefix": "/s/{own}"},
    {"X-HTTP-Method-Override": "GET"}, {"X-Forwarded-For": "127.0.0.1"}, {"X-Real-IP": "127.0.0.1"},
    {"X-User-Id": "1"}, {"Authorization": "Bearer {token}"}, {"Referer": "http://localhost/s/{hers}"},
    {"Origin": "http://localhost"}, {"X-Requested-With": "XMLHttpRequest"}, {"Accept": "application/json"},
)  # fmt: skip


def test_no_header_opens_hers(crowd: Crowd) -> None:
    hers, own = crowd.cards["priya"], crowd.cards["omar"]
    words = {"own": own, "hers": hers, "token": crowd.tokens["/open/share/"]}
    for trick in TRICKS:
        headers = {name: value.format(**words) for name, value in trick.items()}
        for address in (f"/s/{hers}", f"/v/{hers}", f"/s/{hers}/pdf", f"/r/{crowd.drafts['priya']}/1"):
            reply = crowd.people["omar"].client.get(address, headers=headers)
            assert reply.status_code == 404, (trick, address)


SHAPES = (
    "{0}%00", "{0}/", "{0}%2f..%2f{1}", "{1}/../{0}", "{0};{1}", "%{2}", "{0}?id={1}", "{0}#{1}", "{3}", "./{0}",
    "{0}%20", "{0}.json", "{0}%0a", "//{0}",
)  # fmt: skip


def test_no_spelling_of_an_address_opens_hers(crowd: Crowd) -> None:
    hers, own = crowd.cards["priya"], crowd.cards["omar"]
    client = crowd.people["omar"].client
    for shape in SHAPES:
        spelt = shape.format(hers, own, "".join(f"{byte:02x}%" for byte in hers.encode())[:-1], hers.swapcase())
        for door in ("/s/", "/v/"):
            reply = client.get(door + spelt, follow_redirects=True)
            assert reply.status_code in {400, 404}, (door, spelt, reply.status_code)
            assert "Priya" not in reply.get_data(as_text=True)


def test_her_answers_do_not_come_with_his_cookies_under_her_names(crowd: Crowd) -> None:
    """His keys, sent under the names of hers."""
    client = crowd.app.test_client()
    jar = {cookie.key: cookie.value for cookie in crowd.people["omar"].client._cookies.values()}
    swaps = {crowd.cards["omar"]: crowd.cards["priya"], crowd.drafts["omar"]: crowd.drafts["priya"]}
    for name, value in jar.items():
        for his, hers in swaps.items():
            if his in name:
                client.set_cookie(name.replace(his, hers), value)
    for method, address in _hers(crowd):
        if method == "GET":
            assert client.get(address).status_code == 404, address


def test_the_reader_of_a_shared_link_gets_no_further(crowd: Crowd) -> None:
    reader = crowd.people["reader"].client
    opened = {address for method, address in _hers(crowd) if method == "GET" and reader.get(address).status_code != 404}
    assert opened == {f"/v/{crowd.cards['priya']}"}
    body = reader.get(f"/v/{crowd.cards['priya']}").get_data(as_text=True)
    assert not any(word in body for word in (PRIYA, "Priya Raman"))
