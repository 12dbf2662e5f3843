"""Mallory at the workplace's doors: what a reviewer tried, kept so that it stays shut."""

from collections.abc import Callable
from typing import Any

import pytest

from assessment.core.definition import Questionnaire
from tests.conftest import sample_of
from tests.walking import Walker, hidden

LIST = "/review/submissions"
PRIYA = {"email": "priya@northfield.example", "name": "Priya Raman", "company": "Northfield", "role": "COO"}


def _post(walker: Walker, action: str, page: str, **fields: str) -> Any:
    html = walker.client.get(page).get_data(as_text=True)
    return walker.client.post(action, data={"csrf_token": hidden(html, "csrf_token"), **fields})


@pytest.fixture
def carl(staff: Callable[..., Walker]) -> Walker:
    return staff("consultant", "Carl Consultant")


@pytest.fixture
def card(priya: Walker, renewal: Questionnaire) -> str:
    """Priya's submission."""
    return priya.scorecard(renewal, sample_of(renewal).answers, PRIYA).rpartition("/")[2]


@pytest.mark.parametrize("address", ["/review/people/invite", "/sign-in", "/review/account", "/review/sign-out"])
@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_form_of_another_site_is_neither_taken_nor_handed_back(
    staff: Callable[..., Walker], visitor: Callable[[], Walker], address: str, site: str
) -> None:
    for walker in (staff("admin"), visitor()):
        typed = {"role": "admin", "email": "mallory@evil.example", "name": "Mallory"}
        reply = walker.client.post(address, data=typed, headers={"Sec-Fetch-Site": site})
        assert reply.status_code == 403
        assert "mallory@evil.example" not in reply.get_data(as_text=True)
        assert "Set-Cookie" not in reply.headers  # it would take the place of the one that was not sent along


def test_a_viewer_learns_nobodys_name_from_a_view_that_colleagues_share(
    staff: Callable[..., Walker], carl: Walker, card: str
) -> None:
    saved = _post(carl, "/review/views", LIST, query="search=Priya+Raman", name="Ask Priya Raman again", shared="1")
    assert saved.status_code == 303
    vera = staff("viewer").client.get(LIST).get_data(as_text=True)
    assert "Priya" not in vera
    assert card in vera
