"""The dashboard as somebody of the firm sees it: findings that the numbers bear out, whatever its address says."""

import re
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import select, update

from assessment import clock
from assessment.actions.installation import Installation
from assessment.catalogue.versions import dump
from assessment.core.definition import Questionnaire
from assessment.store import definitions
from assessment.store.database import writing
from assessment.store.review_tables import submission
from assessment.store.tables import delivery
from tests.conftest import sample_of
from tests.walking import Walker

PRIYA = {"name": "Priya Raman", "email": "priya@northfield.example", "company": "Northfield Systems"}


def page_of(walker: Walker, query: str = "") -> str:
    reply = walker.client.get(f"/review/dashboard{query}")
    assert reply.status_code == 200
    return str(reply.get_data(as_text=True))


def amounts(html: str) -> dict[str, tuple[str, str]]:
    found = re.findall(r'<dt>(.*?)</dt><dd>(.*?) <span class="small">(.*?)</span>', html)
    return {name: (figure, under) for name, figure, under in found}


def headings(html: str) -> list[str]:
    return re.findall(r"<h2>(.*?)</h2>", html)


def rows(html: str, caption: str) -> list[list[str]]:
    """The cells of the table with this caption, as text, without those that hold a picture."""
    table = html.partition(caption)[2].partition("</table>")[0].partition("<tbody")[2]
    cells = re.compile(r"<t[hd][^>]*>(.*?)</t[hd]>", re.S)
    return [[c for c in cells.findall(row) if "<svg" not in c] for row in re.findall(r"<tr.*?</tr>", table, re.S)]


@pytest.fixture
def seven(house: Installation, priya: Walker, visitor: Callable[[], Walker], renewal: Questionnaire) -> None:
    """Six submissions like Priya's, one of them a test and one erased, and two who left."""
    sample = sample_of(renewal).answers
    for _ in range(6):
        visitor().scorecard(renewal, sample)
    erased = visitor()
    address = erased.scorecard(renewal, sample, PRIYA)
    with writing(house.engine) as connection:
        ids = list(connection.execute(select(submission.c.id).order_by(submission.c.id)).scalars())
        connection.execute(update(submission).where(submission.c.id == ids[0]).values(mark="test"))
        public_id = address.rpartition("/")[2]
        connection.execute(update(submission).where(submission.c.public_id == public_id).values(erased=True))
    priya.start(renewal, sample)
    priya.answer(priya.start(renewal, sample), renewal, sample)


@pytest.mark.usefixtures("seven")
def test_counts_what_was_started_and_finished(staff: Callable[..., Walker]) -> None:
    html = page_of(staff("viewer"))
    shown = amounts(html)
    assert shown["Started"][0] == "8"
    assert shown["Completed"] == ("6", "75 % of those who started")
    assert shown["Time to finish"][0] == "under 1 min"
    assert shown["May be contacted"] == ("0", "0 % of completed")
    assert headings(html)[:2] == ["Six completed this week, the most so far", "All stand at Performer"]


@pytest.mark.usefixtures("seven")
def test_shows_where_they_left(staff: Callable[..., Walker]) -> None:
    html = page_of(staff("viewer"))
    assert "Renewal practices and service onboarding lose the most, 1 each".lower() in headings(html)[2].lower()
    cells = rows(html, "Who reached each page")
    assert cells[0] == ["Renewal practices", "8", "−1"]
    assert cells[1] == ["Service onboarding", "7", "−1"]
    assert cells[2] == ["Success practices", "6", "0"]
    assert cells[-1] == ["Scorecard", "6", ""]


@pytest.mark.usefixtures("seven")
def test_shows_each_areas_mean_and_middle_half(staff: Callable[..., Walker], renewal: Questionnaire) -> None:
    html = page_of(staff("viewer"))
    expected = sample_of(renewal).expect.areas
    titles = {area.title: expected[area.id] for area in renewal.areas}
    cells = rows(html, "Mean and middle half")
    assert {row[0]: int(row[1]) for row in cells} == titles
    assert all(row[2] == f"{row[1]} to {row[1]}" for row in cells)
    assert headings(html)[3] == "Renewal practices is the weakest area"
    leader = next(stage for stage in renewal.stages if stage.id == "leader")
    assert f"Marked: {leader.from_}, the floor of Leader on our own scale" in html


@pytest.mark.usefixtures("seven")
def test_a_source_and_other_days_narrow_it(staff: Callable[..., Walker]) -> None:
    walker = staff("viewer")
    assert amounts(page_of(walker, "?source=web"))["Started"][0] == "8"
    none = page_of(walker, "?source=interview")
    assert amounts(none)["Started"][0] == "0"
    assert "Nobody started in this period" in none
    assert amounts(page_of(walker, "?since=2024-01-01&until=2024-02-01"))["Completed"][0] == "0"


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("?questionnaire=nope", "There is no such assessment"),
        ("?since=2026-02-31", "That was no day"),
        ("?period=soon", "That was no day"),
        ("?since=2026-03-02&until=2026-03-01", "The first day comes after"),
        ("?since=2019-01-01&until=2026-03-01", "At most two years"),
        ("?until=0001-01-01", "That was no day"),
        ("?period=2000-01-01..2999-12-31&source=%00&version=x", "At most two years"),
    ],
)
def test_what_is_not_valid_is_said_and_something_is_shown(staff: Callable[..., Walker], query: str, told: str) -> None:
    html = page_of(staff("viewer"), query)
    assert told in html
    assert "<h1>Dashboard</h1>" in html


def test_an_empty_workplace_says_so(staff: Callable[..., Walker]) -> None:
    html = page_of(staff("viewer"))
    assert amounts(html)["Time to finish"] == ("–", "nobody has finished")
    assert "Nobody started in this period" in html
    assert "<svg" not in html.partition("<main")[2]


def test_few_are_numbers_and_no_finding(staff: Callable[..., Walker], priya: Walker, renewal: Questionnaire) -> None:
    priya.scorecard(renewal, sample_of(renewal).answers)
    html = page_of(staff("viewer"))
    assert headings(html) == [
        "By week: too few to say, one completed",
        "Stages: too few to say, one completed",
        "Where people leave: too few to say, one started",
        "Areas: too few to say, one completed with a score",
    ]
    assert amounts(html)["Time to finish"][1] == "median"


def test_a_placement_has_no_area_scores(staff: Callable[..., Walker], priya: Walker, house: Installation) -> None:
    placement = next(e.questionnaire for e in house.catalogue.live() if e.questionnaire.result == "placement")
    priya.scorecard(placement, sample_of(placement).answers)
    html = page_of(staff("viewer"), f"?questionnaire={placement.id}")
    assert len(headings(html)) == 3


def test_a_change_of_the_questions_is_a_visible_break(
    staff: Callable[..., Walker],
    house: Installation,
    priya: Walker,
    visitor: Callable[[], Walker],
    renewal: Questionnaire,
) -> None:
    sample, now = sample_of(renewal).answers, clock.now()
    priya.scorecard(renewal, sample)
    earlier = renewal.model_copy(update={"lead": "As it was.", "pages": renewal.pages[:-1], "checks": ()})
    with writing(house.engine) as connection:
        definitions.keep(connection, "old", renewal.id, 1, partial(dump, earlier), now)
        connection.execute(update(submission).values(version="old", submitted_at=now - timedelta(days=15)))
    visitor().scorecard(renewal, sample)
    walker = staff("viewer")
    html = page_of(walker)
    assert "The questions changed on" in html
    assert "Questions changed</text>" in html
    assert "1 answered versions with other pages and are not among them" in html
    assert amounts(html)["Completed"][0] == "2"
    current = page_of(walker, "?version=current")
    assert "questions changed" not in current.lower()
    assert amounts(current)["Completed"][0] == "1"


def test_mails_that_failed_lead_to_the_deliveries(
    staff: Callable[..., Walker], house: Installation, priya: Walker, renewal: Questionnaire
) -> None:
    priya.scorecard(renewal, sample_of(renewal).answers, PRIYA)
    with writing(house.engine) as connection:
        connection.execute(update(delivery).values(state="failed"))
    consultant, viewer = page_of(staff("consultant")), page_of(staff("viewer"))
    assert "1 scorecard of this period could not be delivered." in consultant
    assert 'href="/review/deliveries"' in consultant
    assert "could not be delivered" in viewer
    assert 'href="/review/deliveries"' not in viewer.partition("<main")[2]


def test_who_is_not_signed_in_sees_nothing(mallory: Walker) -> None:
    assert mallory.client.get("/review/dashboard").status_code == 303
