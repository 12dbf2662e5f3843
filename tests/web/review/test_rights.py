"""Every route of the workplace against every role: what a view declares is what happens, and nothing else opens it."""

from collections.abc import Callable

import pytest
from flask import Flask
from werkzeug.routing import AnyConverter, BaseConverter, IntegerConverter, Rule

from assessment.actions.installation import Installation
from assessment.core.definition import Questionnaire
from assessment.store import accounts
from assessment.store.accounts import ROLES, Role
from assessment.store.database import reading, writing
from assessment.store.review_tables import submission
from assessment.web.review.door import role_needed
from tests.conftest import sample_of
from tests.walking import Walker, hidden

METHODS = ("GET", "POST")
PRIYA = {"email": "priya@northfield.example", "name": "Priya Raman", "company": "Northfield"}
PERSONAL = ("priya@northfield.example", "Priya Raman")


def _rules(app: Flask) -> list[Rule]:
    return sorted(
        (rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/review")), key=lambda rule: rule.rule
    )


def test_every_view_of_the_workplace_declares_its_role(app: Flask) -> None:
    undeclared = [rule.rule for rule in _rules(app) if role_needed(app.view_functions[rule.endpoint]) is None]
    assert not undeclared


def _address(app: Flask, rule: Rule, card: str) -> str:
    """An address that fits the rule: the submission where it names a public id, and something plausible elsewhere."""
    values = {name: _plausible(converter, card) for name, converter in rule._converters.items()}
    with app.test_request_context():
        return str(app.url_map.bind("localhost").build(rule.endpoint, values))


def _plausible(converter: BaseConverter, card: str) -> object:
    if isinstance(converter, AnyConverter):
        return min(converter.items)
    return 1 if isinstance(converter, IntegerConverter) else card


@pytest.fixture
def card(priya: Walker, renewal: Questionnaire) -> str:
    """Priya's submission."""
    return priya.scorecard(renewal, sample_of(renewal).answers, PRIYA).rpartition("/")[2]


def _ask(walker: Walker, method: str, address: str) -> tuple[int, str]:
    if method == "GET":
        reply = walker.client.get(address)
    else:
        page = walker.client.get("/review/more").get_data(as_text=True)
        token = hidden(page, "csrf_token") if "csrf_token" in page else "none"
        reply = walker.client.post(address, data={"csrf_token": token})
    body = reply.get_data(as_text=True) if "text/" in reply.headers.get("Content-Type", "") else ""
    reply.close()
    return reply.status_code, body


def _danger(rule: Rule) -> int:
    return 2 if rule.rule.endswith("/sign-out") else int(rule.rule.endswith("/erase"))


def _methods(app: Flask) -> list[tuple[str, Rule]]:
    """Every method and rule; what erases or signs out comes last, so that the rest is still there to be tried."""
    pairs = [(method, rule) for rule in _rules(app) for method in METHODS if method in (rule.methods or ())]
    return sorted(pairs, key=lambda pair: (pair[0] == "POST" and _danger(pair[1]), pair[1].rule))


@pytest.mark.parametrize("role", ROLES)
def test_each_role_opens_what_is_declared_for_it_and_nothing_else(
    app: Flask, staff: Callable[..., Walker], card: str, role: Role
) -> None:
    walker, rank = staff(role), ROLES.index(role)
    for method, rule in _methods(app):
        needed = role_needed(app.view_functions[rule.endpoint])
        assert needed is not None
        status, body = _ask(walker, method, _address(app, rule, card))
        if ROLES.index(needed) > rank:
            assert status == 404, (role, method, rule.rule, status)
        else:
            assert status < 500, (role, method, rule.rule, status)
        if role == "viewer":
            assert not [word for word in PERSONAL if word in body], (method, rule.rule)


def test_who_is_not_signed_in_is_sent_to_sign_in_whatever_the_address(
    app: Flask, visitor: Callable[[], Walker], card: str
) -> None:
    mallory = visitor()
    for method, rule in _methods(app):
        reply = mallory.client.open(_address(app, rule, card), method=method)
        if method == "GET":
            assert reply.status_code == 303, rule.rule
            assert reply.headers["Location"].startswith("/sign-in?next=/review"), rule.rule
        else:
            assert reply.status_code == 403, rule.rule
            assert "Northfield" not in reply.get_data(as_text=True)


def test_a_respondents_keys_open_nothing_of_the_workplace(app: Flask, priya: Walker, card: str) -> None:
    for method, rule in _methods(app):
        status, _ = _ask(priya, method, _address(app, rule, card))
        assert status == (303 if method == "GET" else 403), rule.rule


def test_a_consultants_sign_in_opens_no_respondents_pages(staff: Callable[..., Walker], card: str) -> None:
    carl = staff("admin")
    for address in (f"/s/{card}", f"/s/{card}/pdf", f"/v/{card}", f"/s/{card}/delete"):
        assert carl.client.get(address).status_code == 404, address


def test_an_account_that_was_closed_opens_nothing(staff: Callable[..., Walker], house: Installation) -> None:
    carl = staff("admin", "Carl Closed")
    assert carl.client.get("/review/more").status_code == 200
    with writing(house.engine) as connection:
        found = accounts.by_email(connection, house.keyring, "carl.closed@meridian.example")
        assert found is not None
        accounts.change(connection, found.id, {"active": False})
    assert carl.client.get("/review/more").status_code == 303


def test_what_was_typed_survives_a_lost_sign_in_and_a_lost_token(
    visitor: Callable[[], Walker], staff: Callable[..., Walker], card: str
) -> None:
    address, text = f"/review/submissions/{card}/note", "Call <Priya> on Tuesday about the renewal of three contracts"
    out = visitor().client.post(address, data={"text": text})
    assert out.status_code == 403
    assert "Call &lt;Priya&gt; on Tuesday" in out.get_data(as_text=True)
    stale = staff("consultant").client.post(address, data={"text": text, "csrf_token": "old"})
    assert stale.status_code == 422
    assert "Call &lt;Priya&gt; on Tuesday" in stale.get_data(as_text=True)


def test_the_submission_row_is_there_once_whatever_was_pressed(house: Installation, card: str) -> None:
    with reading(house.engine) as connection:
        assert [row.public_id for row in connection.execute(submission.select())] == [card]
