"""One company on one page: the newest result of each assessment, what moved, what is open, and for whose eyes."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from html import unescape

import pytest
from sqlalchemy import select, update

from assessment import rendering
from assessment.actions import owning
from assessment.actions.installation import Installation
from assessment.core.definition import Questionnaire
from assessment.store.database import reading, writing
from assessment.store.review_tables import submission
from assessment.store.tables import audit
from tests.conftest import sample_of
from tests.walking import Walker, hidden

PRIYA = {"email": "priya@northfield.example", "name": "Priya Raman", "company": "Northfield Systems, Inc."}
BEN = {"email": "ben@northfield.example", "name": "Ben Okoro", "company": "NORTHFIELD SYSTEMS"}
ELSE = {"email": "else@other.example", "name": "Else Berg", "company": "Other Works"}

Staff = Callable[..., Walker]
Send = Callable[..., str]


@pytest.fixture
def send(visitor: Callable[[], Walker], house: Installation) -> Send:
    """Submit a persona's answers (the sample's without a name) and give the submission's public id."""

    def submit(slug: str, contact: dict[str, str], persona: str | None = None) -> str:
        entry = house.catalogue.get(slug)
        assert entry is not None
        asked = entry.questionnaire
        known = {one.name: one for one in asked.personas}
        answers = known[persona].answers if persona else sample_of(asked).answers
        return visitor().scorecard(asked, answers, contact).rpartition("/")[2]

    return submit


def _address(public_id: str) -> str:
    return f"/review/submissions/{public_id}/company"


def _html(walker: Walker, public_id: str) -> str:
    reply = walker.client.get(_address(public_id))
    assert reply.status_code == 200
    return unescape(reply.get_data(as_text=True))


def _panels(html: str) -> dict[str, str]:
    """Each result's part of the page, by questionnaire, in the page's order."""
    return dict(re.findall(r'<section class="panel result" id="([^"]+)">(.*?)</section>', html, re.S))


def _words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def _open(html: str) -> str:
    found = re.search(r'<section class="panel" id="open">.*?</section>', html, re.S)
    assert found
    return found[0]


def test_results_of_several_assessments_stand_on_one_page_each_on_its_spectrum(
    staff: Staff, send: Send, house: Installation, renewal: Questionnaire
) -> None:
    first = send(renewal.id, PRIYA)
    second = send("support-scaling", BEN)
    other = send("service-automation", ELSE)
    html = _html(staff("consultant"), first)
    panels = _panels(html)
    assert list(panels) == [renewal.id, "support-scaling"]
    for public_id, panel in zip((first, second), panels.values(), strict=True):
        owned = owning.read(house, public_id)
        assert owned is not None
        card = owned.card
        assert card.overall is not None
        assert card.weakest is not None
        words = _words(panel)
        for said in (card.origin.title, str(card.overall.score), card.stage, card.weakest.title):
            assert str(said) in words
        assert 'class="spectrum' in panel
        assert f'href="/review/submissions/{public_id}"' in panel
        assert f'href="/review/submissions/{public_id}/scorecard"' in panel
        assert "answered once" in words
    assert "Two assessments answered" in _words(html)
    assert other not in html
    assert "Other Works" not in html
    assert _panels(_html(staff("consultant"), second)).keys() == panels.keys()


def test_only_the_newest_counts_with_what_moved_and_the_earlier_ones_a_click_away(
    staff: Staff, send: Send, house: Installation, renewal: Questionnaire
) -> None:
    before = send(renewal.id, PRIYA, "Lars: quotes after the fact")
    now = send(renewal.id, BEN, "Lena: a leader")
    panels = _panels(_html(staff("consultant"), before))
    assert list(panels) == [renewal.id]
    old, new = owning.read(house, before), owning.read(house, now)
    assert old is not None
    assert new is not None
    assert old.card.overall is not None
    assert new.card.overall is not None
    assert 'id="glance"' not in _html(staff("consultant"), before), "one result is no comparison"
    words = _words(panels[renewal.id])
    assert f"+{new.card.overall.score - old.card.overall.score} points since" in words
    assert str(new.card.stage) in words
    assert "1 earlier result" in words
    assert f'href="/review/submissions/{before}"' in panels[renewal.id]


def test_every_assessment_at_once_stands_in_the_catalogues_order(staff: Staff, send: Send, house: Installation) -> None:
    slugs = [entry.questionnaire.id for entry in house.catalogue.live("assessment")]
    sent = [send(slug, PRIYA) for slug in reversed(slugs)]
    html = _html(staff("consultant"), sent[0])
    assert list(_panels(html)) == slugs
    words = _words(html)
    assert f"{rendering.words(len(slugs)).capitalize()} assessments answered." in words
    glance = html[html.index('id="glance"') : html.index("</table>", html.index('id="glance"'))]
    assert re.findall(r'<th role="rowheader"[^>]*><a class="tap" href="#([^"]+)"', glance) == slugs
    assert "Every open assessment is answered" in words
    kept = [owning.read(house, public_id) for public_id in sent]
    weakest = [one.card.weakest for one in kept if one is not None and one.card.weakest is not None]
    overall = [one.card.overall.score for one in kept if one is not None and one.card.overall is not None]
    assert sorted(map(int, re.findall(r'bars__score">(\d+)<', glance))) == sorted(overall)
    # The lines differ, so the lowest score need not be the farthest below its own.
    far = min(weakest, key=lambda area: area.gap or 0)
    assert far.points is not None
    assert far.gap is not None
    assert f"Farthest below its line is {rendering.lower_first(far.title)} in " in words
    assert f": {far.points.score}, {-far.gap} below." in words


def test_two_scores_past_the_line_are_both_and_what_holds_them_is_told_at_once(
    staff: Staff, send: Send, renewal: Questionnaire
) -> None:
    past = [send(slug, PRIYA) for slug in (renewal.id, "metrics-readiness")]
    heading = _words(_html(staff("consultant"), past[0]).split('id="glance"')[1].split("</h2>")[0])
    assert "Both scores are past the line of the next stage, and both are held below it" in heading


def test_nothing_is_compared_across_a_change_of_the_questions(
    staff: Staff, send: Send, house: Installation, renewal: Questionnaire
) -> None:
    before = send(renewal.id, PRIYA, "Lars: quotes after the fact")
    now = send(renewal.id, PRIYA, "Lena: a leader")
    with writing(house.engine) as connection:
        connection.execute(update(submission).where(submission.c.public_id == before).values(version="0" * 64))
    words = _words(_panels(_html(staff("consultant"), now))[renewal.id])
    assert "The questions changed" in words
    assert "points since" not in words


def test_a_correction_stands_in_the_place_of_what_it_corrects(
    staff: Staff, priya: Walker, renewal: Questionnaire
) -> None:
    card = priya.scorecard(renewal, sample_of(renewal).answers, PRIYA)
    token = hidden(priya.client.get(card).get_data(as_text=True), "csrf_token")
    again = priya.client.post(f"{card}/correct", data={"csrf_token": token}).headers["Location"]
    corrected = priya.submit(again, PRIYA).headers["Location"].rpartition("/")[2]
    html = _html(staff("consultant"), card.rpartition("/")[2])
    words = _words(_panels(html)[renewal.id])
    assert f'href="/review/submissions/{corrected}"' in html
    assert "answered once" in words
    assert "earlier result" not in words


def test_what_was_marked_or_erased_is_left_out(
    staff: Staff, send: Send, house: Installation, renewal: Questionnaire
) -> None:
    first = send(renewal.id, PRIYA)
    spam, erased = send("support-scaling", BEN), send("service-automation", BEN)
    carl = staff("consultant")
    assert len(_panels(_html(carl, first))) == 3
    with writing(house.engine) as connection:
        connection.execute(update(submission).where(submission.c.public_id == spam).values(mark="spam"))
    owning.erase(house, erased, _later(house, first))
    html = _html(carl, first)
    assert list(_panels(html)) == [renewal.id]
    assert spam not in html
    assert erased not in html
    assert carl.client.get(_address(erased)).status_code == 404
    marked = _html(carl, spam)
    assert list(_panels(marked)) == [renewal.id]


def _later(house: Installation, public_id: str) -> datetime:
    with reading(house.engine) as connection:
        query = select(submission.c.submitted_at).where(submission.c.public_id == public_id)
        found: datetime = connection.execute(query).scalar_one()
    return found + timedelta(minutes=1)


def test_a_marked_one_alone_says_that_nothing_counts(staff: Staff, send: Send, house: Installation) -> None:
    only = send("support-scaling", PRIYA)
    with writing(house.engine) as connection:
        connection.execute(update(submission).where(submission.c.public_id == only).values(mark="test"))
    html = _html(staff("consultant"), only)
    assert not _panels(html)
    assert "Nothing that counts was submitted" in html


def test_without_a_company_it_is_one_person_and_without_an_address_one_submission(staff: Staff, send: Send) -> None:
    alone = {"email": "lone@wolf.example", "name": "Lone"}
    first, second = send("support-scaling", alone), send("service-automation", alone)
    nobody, also = send("support-scaling", {}), send("service-automation", {})
    carl = staff("consultant")
    html = _html(carl, first)
    assert set(_panels(html)) == {"support-scaling", "service-automation"}
    assert "the results of one person" in html
    assert second in html
    html = _html(carl, nobody)
    assert list(_panels(html)) == ["support-scaling"]
    assert also not in html


def test_what_is_open_says_who_suggests_it_and_leads_to_an_invitation(
    staff: Staff, send: Send, house: Installation, renewal: Questionnaire
) -> None:
    first = send(renewal.id, PRIYA)
    owned = owning.read(house, first)
    assert owned is not None
    told = owned.card.suggestion
    assert told is not None
    part = _open(_html(staff("consultant"), first))
    titles = re.findall(r'href="/review/invitations\?questionnaire=([^"]+)"', part)
    live = [entry.questionnaire.id for entry in house.catalogue.live("assessment")]
    assert titles[0] == told.questionnaire
    assert sorted(titles) == sorted(set(live) - {renewal.id})
    assert f"Suggested by {renewal.title}: {told.because}" in _words(part)
    send(told.questionnaire, BEN)
    assert f"questionnaire={told.questionnaire}" not in _open(_html(staff("consultant"), first))


def test_a_viewer_reads_the_results_and_nothing_personal(staff: Staff, send: Send, renewal: Questionnaire) -> None:
    first = send(renewal.id, PRIYA)
    send("support-scaling", BEN)
    for role in ("viewer", "consultant"):
        html = _html(staff(role), first)
        assert len(_panels(html)) == 2
        for secret in ("Priya", "Ben Okoro", "@northfield.example"):
            assert secret not in html
    assert "/review/invitations" not in _open(_html(staff("viewer"), first))


def test_nobody_else_sees_it(mallory: Walker, send: Send, renewal: Questionnaire) -> None:
    first = send(renewal.id, PRIYA)
    reply = mallory.client.get(_address(first))
    assert (reply.status_code, reply.headers["Location"].partition("?")[0]) == (303, "/sign-in")
    assert mallory.client.get(_address("A" * 16)).status_code == 303


def test_what_is_no_submission_is_not_found(staff: Staff) -> None:
    for public_id in ("A" * 16, "nobody", "..%2f..%2fetc"):
        assert staff("consultant").client.get(_address(public_id)).status_code == 404


def test_looking_is_recorded_for_every_result_that_was_shown(
    staff: Staff, send: Send, house: Installation, renewal: Questionnaire
) -> None:
    first, second, other = send(renewal.id, PRIYA), send("support-scaling", BEN), send("service-automation", ELSE)
    _html(staff("viewer", "Vera"), first)
    with reading(house.engine) as connection:
        query = select(audit.c.actor, audit.c.subject).where(audit.c.action == "company.viewed")
        rows = connection.execute(query).all()
    assert {row.subject for row in rows} == {first, second}
    assert other not in {row.subject for row in rows}
    assert all(row.actor.startswith("account ") for row in rows)
    carl = staff("consultant")
    told = carl.client.get(f"/review/submissions/{second}?history=all").get_data(as_text=True)
    assert "results on one page" in told
    assert "Looked at the company" not in carl.client.get(f"/review/submissions/{second}").get_data(as_text=True)


def test_the_submission_and_the_list_lead_there(staff: Staff, send: Send, renewal: Questionnaire) -> None:
    first, second = send(renewal.id, PRIYA), send("support-scaling", BEN)
    carl = staff("consultant")
    assert f'href="{_address(first)}"' in carl.client.get(f"/review/submissions/{first}").get_data(as_text=True)
    whole = carl.client.get("/review/submissions").get_data(as_text=True)
    narrowed = carl.client.get("/review/submissions?company=northfield+systems").get_data(as_text=True)
    for html in (whole, narrowed):
        led = set(re.findall(r'href="(/review/submissions/[\w-]+/company)"', html))
        assert len(led & {_address(first), _address(second)}) == 1


def test_what_a_company_is_called_cannot_break_the_page(staff: Staff, send: Send) -> None:
    name = "<script>alert(1)</script>{{7*7}}"
    first = send("support-scaling", PRIYA | {"company": name})
    raw = staff("consultant").client.get(_address(first)).get_data(as_text=True)
    assert "<script>alert" not in raw
    assert "&lt;script&gt;alert(1)&lt;/script&gt;{{7*7}}" in raw


def test_a_placement_has_no_score_and_none_is_invented_for_it(staff: Staff, send: Send, house: Installation) -> None:
    placed = send("pricing-tier-placement", PRIYA)
    owned = owning.read(house, placed)
    assert owned is not None
    assert owned.card.overall is None
    words = _words(_panels(_html(staff("consultant"), placed))["pricing-tier-placement"])
    assert str(owned.card.stage) in words
    assert "without a score" in words
    assert "no area has a score" in words
