"""The page of one submission: what a consultant reads and does, what a viewer never sees, what two lose: nothing."""

import re
from collections.abc import Callable
from html import unescape

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

from assessment import clock
from assessment.actions import owning, working_on
from assessment.actions.installation import Installation
from assessment.core.brief import brief_of
from assessment.core.definition import Questionnaire
from assessment.store import accounts, documents, submissions
from assessment.store.database import reading, writing
from assessment.store.review_tables import submission
from assessment.store.submissions import Submission
from assessment.store.tables import audit, delivery
from assessment.web.review import submission_page
from assessment.web.review.submission_words import lasted
from tests.conftest import sample_of
from tests.walking import Walker, hidden

PRIYA = {
    "email": "priya@northfield.example",
    "name": "Priya Raman",
    "company": "Northfield Systems",
    "role": "Director of renewals",
}
UNIT = "Storage in the Nordics"
CANARY = "<b>canary</b>\"'&{{7*7}}"
PERSONAL = (*(PRIYA[part] for part in ("email", "name", "role")), UNIT, "priya")

Staff = Callable[..., Walker]


def _unit(renewal: Questionnaire) -> str:
    return next(q.id for page in renewal.pages if page.start for q in page.questions if q.type == "short_text")


@pytest.fixture
def send(priya: Walker, renewal: Questionnaire) -> Callable[..., str]:
    """Submit the sample's answers with these contact details; gives the address of the submission."""

    def submit(unit: str = UNIT, **contact: str) -> str:
        answers = {**sample_of(renewal).answers, _unit(renewal): unit}
        reply = priya.submit(priya.to_check(renewal, answers), PRIYA | contact, ("contact",))
        return "/review/submissions/" + str(reply.headers["Location"]).rpartition("/")[2]

    return submit


@pytest.fixture
def card(send: Callable[..., str]) -> str:
    """The address of Priya's submission."""
    return send()


def _html(walker: Walker, address: str) -> str:
    reply = walker.client.get(address)
    assert reply.status_code == 200, reply.status_code
    return str(reply.get_data(as_text=True))


def _fields(html: str) -> dict[str, str]:
    """The work form as a browser would send it back untouched."""
    form = re.search(r'<form class="inline work".*?</form>', html, re.S)
    assert form
    fields = {
        name: hidden(form[0], name) for name in ("csrf_token", "seen", "was_status", "was_owner", "was_follow_up")
    }
    for name in ("status", "owner"):
        chosen = re.search(rf'name="{name}".*?</select>', form[0], re.S)
        assert chosen
        marked = re.search(r'value="([^"]*)" selected', chosen[0])
        fields[name] = marked[1] if marked else ""
    follow_up = re.search(r'name="follow_up" type="\w+" value="([^"]*)"', form[0])
    assert follow_up
    return fields | {"follow_up": unescape(follow_up[1])}


def _row(house: Installation, address: str) -> Submission:
    with reading(house.engine) as connection:
        found = submissions.find(connection, address.rpartition("/")[2])
    assert found is not None
    return found


def _post(walker: Walker, address: str, what: str, **fields: str) -> tuple[int, str]:
    token = hidden(_html(walker, address), "csrf_token")
    reply = walker.client.post(f"{address}/{what}", data={"csrf_token": token, **fields})
    if reply.status_code == 303:
        return 303, _html(walker, reply.headers["Location"])
    return reply.status_code, reply.get_data(as_text=True)


def _text(html: str) -> str:
    """What is read: without tags, blanks as one."""
    main = html[html.index("<main") :].replace("<wbr>", "")
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", main)).split())


def test_the_consultant_reads_who_they_are_and_what_to_open_with(house: Installation, staff: Staff, card: str) -> None:
    text = _text(_html(staff("consultant"), card))
    for part in (
        *PERSONAL[:4],
        "Northfield Systems",
        "Not confirmed by its owner",
        "may contact me about these results",
    ):
        assert part in text, part
    kept = owning.find_kept(house, card.rpartition("/")[2])
    assert kept is not None
    brief = brief_of(kept.card)
    assert f"Open with: “{brief.opening}”" in text
    for gap in brief.gaps:
        assert all(part in text for part in (gap.title, gap.gap, gap.evidence, gap.answers[0].answer))
    assert all(service in text for service in brief.services)
    assert all(pull.tell in text and pull.ask in text for pull in kept.card.pulls)
    assert all(line.label in text for area in kept.card.areas for line in area.lines)
    assert kept.card.held[0].because in text


def test_a_viewer_sees_scores_and_answers_and_nobody(staff: Staff, card: str) -> None:
    carl, viewer = staff("consultant"), staff("viewer")
    _post(carl, card, "note", text="Priya asked about the Nordics")
    _post(carl, card, "contact", refused="yes", reason="Asked by Priya herself")
    for address in (card, f"{card}?history=all", f"{card}/scorecard"):
        html = _html(viewer, address)
        assert not [word for word in (*PERSONAL, "asked about", "herself") if word.casefold() in html.casefold()], (
            address
        )
    html = _html(viewer, card)
    assert "Contact details are shown to consultants" in html
    assert "Northfield Systems" in html
    assert re.findall(r'<form method="post" action="([^"]*)"', html[html.index("<main") :]) == []
    assert viewer.client.get(f"{card}/pdf").status_code == 404


def test_mallory_sees_nothing(mallory: Walker, card: str) -> None:
    for address in (card, f"{card}/scorecard", f"{card}/pdf"):
        reply = mallory.client.get(address)
        assert reply.status_code == 303
        assert not [word for word in (*PERSONAL, "Northfield") if word in reply.get_data(as_text=True)]


def test_what_was_typed_is_never_markup(staff: Staff, send: Callable[..., str]) -> None:
    carl = staff("consultant", "Carl")
    card = send(unit=CANARY, name=CANARY, company=CANARY, role=CANARY)
    _post(carl, card, "note", text=CANARY)
    _post(carl, card, "contact", refused="yes", reason=CANARY)
    for html in (_html(carl, card), _html(carl, f"{card}/scorecard")):
        assert "<b>canary" not in html
        assert "&lt;b&gt;canary&lt;/b&gt;" in html
        assert "{{7*7}}" in html


def test_status_owner_and_day_are_kept_and_a_bad_day_loses_nothing(
    house: Installation, staff: Staff, card: str
) -> None:
    carl = staff("consultant", "Carl")
    owner = re.search(r'<option value="(\d+)">Carl<', _html(carl, card))
    assert owner
    typed = _fields(_html(carl, card)) | {"status": "contacted", "owner": owner[1], "follow_up": "18 Novembre"}
    wrong = carl.client.post(f"{card}/work", data=typed)
    html = wrong.get_data(as_text=True)
    assert wrong.status_code == 422
    assert "Enter a day such as 18 November 2026" in html
    again = _fields(html)
    assert (again["status"], again["owner"], again["follow_up"]) == ("contacted", owner[1], "18 Novembre")
    assert _row(house, card).status == "new"
    for day, status in (("1999-01-01", 422), ("0026-11-18", 422), ("18 November 2099", 303)):
        assert carl.client.post(f"{card}/work", data=again | {"follow_up": day}).status_code == status, day
    row = _row(house, card)
    assert (row.status, row.assignee_id, str(row.follow_up)) == ("contacted", int(owner[1]), "2099-11-18")
    text = _text(_html(carl, card))
    assert "Set the status: new to contacted Carl" in text
    assert "Set the follow-up date: 18 November 2099" in text
    assert "Set who looks after the submission: Carl" in text


def test_an_owner_or_status_of_ones_own_making_is_refused(house: Installation, staff: Staff, card: str) -> None:
    carl, viewer = staff("consultant"), staff("viewer", "Vera")
    assert viewer.client.get(card).status_code == 200
    fields = _fields(_html(carl, card))
    for bad in ({"owner": "999"}, {"owner": "x"}, {"status": "won"}, {"status": ""}):
        assert carl.client.post(f"{card}/work", data=fields | bad).status_code == 422, bad
    assert "Vera" not in _html(carl, card), "who only reads looks after nothing"
    assert _row(house, card).revision == 1


def test_two_at_once_the_second_sees_what_changed_and_keeps_what_they_typed(
    house: Installation, staff: Staff, card: str
) -> None:
    carl, carla = staff("consultant", "Carl"), staff("consultant", "Carla")
    mine, theirs = _fields(_html(carl, card)), _fields(_html(carla, card))
    owner = re.search(r'<option value="(\d+)">Carla<', _html(carla, card))
    assert owner
    assert (
        carla.client.post(f"{card}/work", data=theirs | {"owner": owner[1], "status": "in_review"}).status_code == 303
    )
    stale = carl.client.post(f"{card}/work", data=mine | {"status": "contacted", "follow_up": "2099-11-18"})
    html = stale.get_data(as_text=True)
    text = _text(html)
    assert stale.status_code == 409
    assert "Carla changed this while you had it open" in text
    assert "Status : New, now In review (Carla," in text
    assert "You had chosen Contacted , which is not saved" in text
    assert "Owner : Nobody, now Carla (Carla," in text
    assert (_row(house, card).status, _row(house, card).follow_up) == ("in_review", None)
    again = _fields(html)
    assert (again["status"], again["owner"], again["follow_up"]) == ("contacted", owner[1], "2099-11-18")
    assert carl.client.post(f"{card}/work", data=again).status_code == 303
    row = _row(house, card)
    assert (row.status, row.assignee_id, str(row.follow_up)) == ("contacted", int(owner[1]), "2099-11-18")


def test_notes_are_kept_shown_and_deleted_by_their_author_only(staff: Staff, card: str) -> None:
    carl, carla = staff("consultant", "Carl"), staff("consultant", "Carla")
    status, html = _post(carl, card, "note", text="One call\nfor both")
    assert status == 303
    assert "One call\nfor both" in html
    button = re.search(r'action="[^"]*/(note/\d+/delete)"', html)
    assert button
    assert "/delete" not in _html(carla, card)
    assert _post(carla, card, button[1])[0] == 404
    assert "One call" in _html(carl, card)
    assert "One call" not in _post(carl, card, button[1])[1]
    long = "é" * 2_001
    status, html = _post(carl, card, "note", text=long)
    assert (status, long in html, "2,000 characters" in html) == (422, True, True)
    assert _post(carl, card, "note", text=" \n ")[0] == 422


def test_a_busy_database_gives_back_what_was_typed(
    house: Installation, staff: Staff, card: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    carl = staff("consultant")
    token = hidden(_html(carl, card), "csrf_token")

    def busy(*_given: object) -> None:
        raise OperationalError("insert", None, Exception("database is locked"))

    with monkeypatch.context() as patched:
        patched.setattr(working_on, "add_note", busy)
        reply = carl.client.post(f"{card}/note", data={"csrf_token": token, "text": "One call\nfor <both>"})
    html = reply.get_data(as_text=True)
    assert (reply.status_code, reply.headers["Retry-After"]) == (503, "5")
    assert "One call\nfor &lt;both&gt;</textarea>" in html
    again = carl.client.post(f"{card}/note", data={"csrf_token": hidden(html, "csrf_token"), "text": "One call"})
    assert again.status_code == 303


def test_do_not_contact_is_said_everywhere_and_stops_the_mail(house: Installation, staff: Staff, card: str) -> None:
    carl = staff("consultant")
    assert "mailto:priya%40northfield.example" in _html(carl, card)
    assert _post(carl, card, "contact", refused="yes", reason="")[0] == 422
    status, html = _post(carl, card, "contact", refused="yes", reason="Asked by phone")
    assert status == 303
    assert "Do not contact this person." in html
    assert "Do not contact: Asked by phone" in html
    assert "mailto:priya" not in html
    assert "Send again" not in html
    status, html = _post(carl, card, "resend")
    assert (status, "must not be contacted, so no mail was started" in html) == (409, True)
    with reading(house.engine) as connection:
        assert len(connection.execute(select(delivery.c.id)).all()) == 1


def test_a_mail_that_is_held_or_failed_says_why(house: Installation, staff: Staff, card: str) -> None:
    carl = staff("consultant")
    status, html = _post(carl, card, "resend")
    assert status == 303
    assert "Held back: the address had a mail today" in html
    with writing(house.engine) as connection:
        reason = "the mail server refused the address: 550 no priya@northfield.example here"
        connection.execute(update(delivery).values(state="failed", tries=2, error=reason))
    assert "Could not be delivered, tried 2 times: the mail server refused" in _html(carl, card)
    viewer = _html(staff("viewer"), card)
    assert "Could not be delivered, tried 2 times" in viewer
    assert "priya" not in viewer


def test_marking_takes_it_out_of_the_statistics_and_back(house: Installation, staff: Staff, card: str) -> None:
    carl = staff("consultant")
    assert _post(carl, card, "mark", mark="nonsense")[0] == 422
    assert "Out of every statistic" in _post(carl, card, "mark", mark="spam")[1]
    assert _row(house, card).mark == "spam"
    assert "Out of every statistic" not in _post(carl, card, "mark", mark="")[1]
    assert _row(house, card).mark is None


def test_earlier_assessments_show_the_movement_and_break_where_the_questions_changed(
    house: Installation, staff: Staff, send: Callable[..., str]
) -> None:
    first, second = send(), send(email="noor@northfield.example", company="NORTHFIELD SYSTEMS Inc.")
    carl = staff("consultant")
    text = _text(_html(carl, second))
    assert "Same company, another person" in text
    assert "No change since" in text
    assert "Movement area by area" in text
    with writing(house.engine) as connection:
        older = update(submission).where(submission.c.public_id == first.rpartition("/")[2])
        connection.execute(older.values(version="before"))
    text = _text(_html(carl, second))
    assert re.search(r"The questions changed on \d+ \w+ \d{4}: no movement is shown across it\.", text)
    assert "since" not in text[text.index("One other assessment belongs with this one") :].partition("Contact")[0]
    assert "Movement area by area" not in text


def test_the_break_stands_between_the_two_versions(house: Installation, staff: Staff, send: Callable[..., str]) -> None:
    first, trial, third = send(), send(), send()
    carl = staff("consultant")
    _post(carl, trial, "mark", mark="test")
    with writing(house.engine) as connection:
        older = update(submission).where(submission.c.public_id == first.rpartition("/")[2])
        connection.execute(older.values(version="before"))
    html = _html(carl, third)
    table = html[html.index('id="together"') :]
    places = [table.index(part) for part in ("This one", "marked as test", "no movement is shown", f'href="{first}"')]
    assert places == sorted(places)


def test_every_look_is_recorded_and_the_history_says_who_looked(house: Installation, staff: Staff, card: str) -> None:
    carl, public_id = staff("consultant", "Carl"), card.rpartition("/")[2]
    for address in (card, f"{card}/scorecard", f"{card}/pdf", card):
        carl.client.get(address)
    with reading(house.engine) as connection:
        looks = select(audit.c.action).where(audit.c.subject == public_id, audit.c.actor.startswith("account"))
        found = list(connection.execute(looks.order_by(audit.c.id)).scalars())
    assert found == ["submission.viewed", "scorecard.viewed", "submission.viewed"], (
        "a PDF that is not made is not taken"
    )
    short, whole = _text(_html(carl, card)), _text(_html(carl, f"{card}?history=all"))
    assert "Submitted the answers The respondent," in short
    assert "Opened the submission" not in short
    assert "Opened the submission Carl," in whole


def test_the_pdf_is_handed_out_once_it_is_made(house: Installation, staff: Staff, card: str) -> None:
    carl = staff("consultant")
    waits = carl.client.get(f"{card}/pdf")
    assert (waits.status_code, "Refresh" in waits.headers) == (200, True)
    with reading(house.engine) as connection:
        paper = documents.of_scorecard(connection, _row(house, card).scorecard_id)
    assert paper is not None
    with writing(house.engine) as connection:
        made = {"state": "ready", "sealed_bytes": house.keyring.seal_bytes(b"%PDF-1.7 made"), "pages": 9}
        connection.execute(update(documents.document).where(documents.document.c.id == paper.id).values(**made))
    reply = carl.client.get(f"{card}/pdf")
    assert reply.get_data() == b"%PDF-1.7 made"
    assert "SC-" in reply.headers["Content-Disposition"]


def test_the_scorecard_is_what_they_see_with_nothing_to_press(staff: Staff, card: str) -> None:
    html = _html(staff("consultant"), f"{card}/scorecard")
    assert UNIT in html
    assert "<form" not in html
    assert "Delete my data" not in html
    assert f'href="{card}"' in html


def test_what_was_erased_is_gone_from_every_address(house: Installation, staff: Staff, card: str) -> None:
    admin = staff("admin")
    token = hidden(_html(admin, card), "csrf_token")
    owning.erase(house, card.rpartition("/")[2], clock.now())
    for address in (card, f"{card}/scorecard", f"{card}/pdf", "/review/submissions/nothing-like-it"):
        assert admin.client.get(address).status_code == 404, address
    for what in ("work", "note", "note/1/delete", "mark", "contact", "resend"):
        reply = admin.client.post(f"{card}/{what}", data={"csrf_token": token, "text": "x", "reason": "x"})
        assert reply.status_code == 404, what


def test_moving_on_follows_the_list_one_came_from(staff: Staff, send: Callable[..., str]) -> None:
    first, second, third = (send(company=name, email=f"{name}@x.example") for name in ("Aa", "Bb", "Cc"))
    carl = staff("consultant")
    html = _html(carl, f"{second}?list=sort%3Dcompany")
    assert f'rel="prev" href="{first}?list=sort%3Dcompany"' in html
    assert f'rel="next" href="{third}?list=sort%3Dcompany"' in html
    assert 'href="/review/submissions?sort=company"' in html
    plain = _html(carl, second)
    assert 'rel="next"' not in plain
    evil = _html(carl, f"{second}?list=sort%3Dcompany%26x%3D%22%3E%3Cscript%3E")
    assert "<script>" not in evil.replace("<script src=", "")
    token = hidden(html, "csrf_token")
    reply = carl.client.post(f"{second}/mark", data={"csrf_token": token, "mark": "test", "list": "sort=company"})
    assert reply.headers["Location"].endswith("?told=marked&list=sort%3Dcompany")


def test_when_it_left_the_list_the_next_one_is_the_lists_first(staff: Staff, send: Callable[..., str]) -> None:
    first, second = (send(company=name, email=f"{name}@x.example") for name in ("Aa", "Bb"))
    carl = staff("consultant")
    query = "?list=status%3Dnew%26sort%3Dcompany"
    assert carl.client.post(f"{first}/work", data=_fields(_html(carl, first)) | {"status": "closed"}).status_code == 303
    html = _html(carl, first + query)
    assert 'rel="prev"' not in html
    assert f'rel="next" href="{second}?' in html


def test_a_correction_is_no_movement_and_says_what_it_is(
    house: Installation, staff: Staff, priya: Walker, send: Callable[..., str]
) -> None:
    earlier, card = (send().rpartition("/")[2] for _ in range(2))
    html = priya.client.get(f"/s/{card}").get_data(as_text=True)
    again = priya.client.post(f"/s/{card}/correct", data={"csrf_token": hidden(html, "csrf_token")})
    corrected = priya.submit(again.headers["Location"], PRIYA).headers["Location"].rpartition("/")[2]
    carl = staff("consultant")
    assert "Before it was corrected" in _text(_html(carl, f"/review/submissions/{corrected}"))
    assert "As corrected by the same person" in _text(_html(carl, f"/review/submissions/{card}"))
    with reading(house.engine) as connection:
        account = accounts.everybody(connection, house.keyring)[0]
    shown = submission_page.load(house, corrected, account, everything=False)
    assert shown is not None
    assert {row.found.public_id: row.moved for row in shown.together} == {
        earlier: None,
        card: None,
        corrected: "no change",
    }
    assert shown.areas_since is not None


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "1 minute"), (89, "1 minute"), (90, "2 minutes"), (150, "3 minutes"), (7169, "119 minutes"),
     (7170, "2 hours"), (9000, "3 hours"), (171_000, "2 days"), (216_000, "3 days")],
)  # fmt: skip
def test_how_long_it_took_is_rounded_half_up_as_on_the_dashboard(seconds: int, said: str) -> None:
    assert lasted(seconds) == said
