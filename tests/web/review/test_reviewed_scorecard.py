"""Carl reviews Priya's scorecard in a browser; she reads it, he corrects it, and Mallory sees nothing."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from sqlalchemy import select, update

from assessment import clock
from assessment.actions import owning, review_bench
from assessment.actions.installation import Installation
from assessment.core.definition import Questionnaire
from assessment.installing import links_of
from assessment.store import people, submissions
from assessment.store.database import reading, writing
from assessment.store.review_tables import review
from assessment.store.review_tables import submission as submission_table
from assessment.store.tables import audit, delivery, document
from tests.conftest import sample_of
from tests.reviewing import COMMENT, at, form_of, press, send_review
from tests.walking import Walker, hidden

PRIYA = {"email": "priya@northfield.example", "name": "Priya Raman", "company": "Northfield Systems"}
OWN_TYPED = {
    "own_title": "Name one owner for every large renewal",
    "own_gap": "Nobody owns the largest renewals.",
    "own_first_action": "List the twenty largest contracts.",
    "own_measure": "Share of those with a named owner.",
    "own_within": "21",
    "own_effort": "low",
}


@pytest.fixture
def card(priya: Walker, renewal: Questionnaire) -> str:
    """Priya's submission, by its public id."""
    return priya.scorecard(renewal, sample_of(renewal).answers, PRIYA).rpartition("/")[2]


def button(walker: Walker, card: str, tail: str, **fields: str) -> Any:
    html = walker.client.get(at(card)).get_data(as_text=True)
    return walker.client.post(at(card, tail), data={"csrf_token": hidden(html, "csrf_token"), **fields})


def text_of(reply: Any) -> str:
    """The page without its token, which changes with the second it is made in."""
    return re.sub(r'name="csrf_token" value="[^"]*"', "", unescape(reply.get_data(as_text=True)))


def actions_of(house: Installation, card: str) -> list[str]:
    with reading(house.engine) as connection:
        query = select(audit.c.action).where(audit.c.subject == card, audit.c.action.like("review.%"))
        return list(connection.execute(query.order_by(audit.c.id)).scalars())


def test_a_review_from_draft_to_the_prospects_page(
    priya: Walker, staff: Callable[..., Walker], house: Installation, card: str
) -> None:
    carl = staff("consultant", "Carl Moreau")
    before = text_of(priya.client.get(f"/s/{card}"))
    fields = form_of(carl, card)
    first, second, *_ = fields["pick"]
    fields |= OWN_TYPED | {"comment": COMMENT, "pick": [first, second]}
    fields |= {f"place-{first}": "3", f"place-{second}": "1", "place-.own": "2"}
    assert press(carl, card, fields, "save").headers["Location"] == at(card, "?told=saved")
    assert text_of(priya.client.get(f"/s/{card}")) == before
    again = form_of(carl, card)
    assert (again["comment"], again["pick"], again["place-.own"]) == (COMMENT, [second, first], "2")

    assert press(carl, card, again | OWN_TYPED, "preview").headers["Location"] == at(card, "/preview")
    preview = carl.client.get(at(card, "/preview")).get_data(as_text=True)
    assert "Added by Carl Moreau" in preview
    assert text_of(priya.client.get(f"/s/{card}")) == before
    sent = carl.client.post(
        at(card, "/send"),
        data={name: hidden(preview, name) for name in ("csrf_token", "seen", "after")},
    )
    assert sent.headers["Location"] == at(card, "?told=sent")

    page = text_of(priya.client.get(f"/s/{card}"))
    assert re.search(r"Reviewed by Carl Moreau on \d+ \w+ \d{4}", page)
    assert '<p dir="auto">thank you for answering so openly.<br>Start with the second one.</p>' in page
    titles = {item.id: item.title for item in owning.find_kept(house, card).card.advice}  # type: ignore[union-attr]
    wanted = [titles[second], OWN_TYPED["own_title"], titles[first]]
    shown = page[page.index('id="reviewed"') : page.index("as computed")]
    assert re.findall(r"<h3>([^<]+)</h3>", shown)[-3:] == wanted
    assert f'href="/s/{card}/reviewed.pdf"' in page
    assert f'href="/s/{card}/pdf"' in page
    assert actions_of(house, card) == ["review.saved", "review.sent"]
    told = text_of(carl.client.get(at(card)))
    assert "Make a corrected issue" in told
    assert 'name="comment"' not in told


def test_a_share_link_shows_nothing_of_the_review(
    visitor: Callable[[], Walker], house: Installation, card: str
) -> None:
    send_review(house, card)
    reader = visitor()
    link = links_of(house).address("share", card, 1).removeprefix("http://localhost")
    assert reader.client.get(link).status_code == 303
    page = text_of(reader.client.get(f"/v/{card}"))
    assert "Carl" not in page
    assert "thank you" not in page
    assert 'id="reviewed"' not in page
    assert "reviewed.pdf" not in page
    assert "Name one owner" not in page
    assert reader.client.get(f"/s/{card}/reviewed.pdf").status_code == 404


def test_the_prospects_pdf_waits_until_it_is_made_and_is_nobody_elses(
    priya: Walker, mallory: Walker, house: Installation, card: str
) -> None:
    assert priya.client.get(f"/s/{card}/reviewed.pdf").status_code == 404
    send_review(house, card)
    waiting = priya.client.get(f"/s/{card}/reviewed.pdf")
    assert waiting.headers["Refresh"]
    assert "Making your PDF" in text_of(waiting)
    assert mallory.client.get(f"/s/{card}/reviewed.pdf").status_code == 404


def test_a_viewer_and_a_stranger_find_nothing(staff: Callable[..., Walker], card: str, house: Installation) -> None:
    send_review(house, card)
    viewer, carl = staff("viewer"), staff("consultant")
    for tail in ("", "/preview", "/pdf"):
        assert viewer.client.get(at(card, tail)).status_code == 404
    token = hidden(viewer.client.get("/review/more").get_data(as_text=True), "csrf_token")
    for tail in ("", "/send", "/correct", "/discard", "/mail"):
        assert viewer.client.post(at(card, tail), data={"csrf_token": token}).status_code == 404
    for unknown in ("A" * 16, "nothing"):
        assert carl.client.get(at(unknown)).status_code == 404


def test_faults_come_back_kindly_with_everything_typed(staff: Callable[..., Walker], card: str) -> None:
    carl = staff("consultant")
    fields = form_of(carl, card) | {
        "comment": "y" * 2_001,
        "own_title": "A title",
        "own_within": "soon",
        "place-.own": "2",
    }
    reply = press(carl, card, fields, "save")
    page = text_of(reply)
    assert reply.status_code == 422
    assert "Two things need a look" in page
    assert "Shorten the comment to 2,000 characters; it has 2,001" in page
    assert "y" * 2_001 in page
    assert 'value="soon"' in page
    assert 'value="A title"' in page
    open_parts = press(carl, card, form_of(carl, card) | {"own_title": "A title"}, "send")
    assert open_parts.status_code == 422
    assert "Name the first action" in text_of(open_parts)
    assert form_of(carl, card)["seen"] == "0"


def test_a_recommendation_of_another_scorecard_is_refused(
    staff: Callable[..., Walker], card: str, house: Installation
) -> None:
    carl = staff("consultant")
    reply = press(carl, card, form_of(carl, card) | {"pick": ["smuggled_in"]}, "save")
    assert reply.status_code == 422
    assert "not on this scorecard" in text_of(reply)
    assert press(carl, card, form_of(carl, card) | {"pick": []}, "send").status_code == 422
    with reading(house.engine) as connection:
        assert connection.execute(select(review.c.id)).all() == []


def test_two_consultants_at_one_draft_lose_nothing(
    staff: Callable[..., Walker], card: str, house: Installation
) -> None:
    carl, tilda = staff("consultant", "Carl Moreau"), staff("consultant", "Tilda Aydin")
    press(carl, card, form_of(carl, card) | OWN_TYPED | {"comment": "Dear Priya"}, "save")
    opened = form_of(tilda, card) | OWN_TYPED
    carls = form_of(carl, card) | OWN_TYPED | {"comment": "Dear Ms Raman", "own_measure": "Weekly share"}
    assert press(carl, card, carls, "save").status_code == 303
    late = press(tilda, card, opened | {"comment": "Hello Priya", "own_title": "Another title"}, "save")
    page = text_of(late)
    assert late.status_code == 409
    assert re.search(r"Carl Moreau changed this draft on \d+ \w+ \d{4}, \d\d:\d\d", page)
    assert "Comment: you both changed it" in page
    assert "measure: theirs was taken over" in page
    assert "Dear Ms Raman" in page
    assert re.search(r'name="comment"[^>]*>Hello Priya</textarea>', page)
    assert 'value="Another title"' in page
    assert "Weekly share" in page
    with reading(house.engine) as connection:
        assert connection.execute(select(review.c.revision)).scalar_one() == 2
    fresh = {name: hidden(late.get_data(as_text=True), name) for name in ("csrf_token", "seen", "after", "base")}
    merged = opened | fresh | {"comment": "Hello Priya", "own_title": "Another title", "own_measure": "Weekly share"}
    assert press(tilda, card, merged, "save").status_code == 303
    kept = review_bench.read(house, card)
    assert kept is not None
    assert kept.draft is not None
    assert kept.draft.content.comment == "Hello Priya"
    assert kept.draft.content.own is not None
    assert kept.draft.content.own.measure == "Weekly share"


def test_two_begin_at_once_and_the_second_sees_the_first(staff: Callable[..., Walker], card: str) -> None:
    carl, tilda = staff("consultant", "Carl Moreau"), staff("consultant", "Tilda Aydin")
    opened = form_of(tilda, card)
    press(carl, card, form_of(carl, card) | {"comment": "Carl was first"}, "save")
    late = press(tilda, card, opened | {"comment": "Tilda too"}, "send")
    assert late.status_code == 409
    assert "Carl was first" in text_of(late)
    assert "Tilda too" in text_of(late)


def test_what_a_colleague_sent_meanwhile_becomes_a_corrected_issue(
    staff: Callable[..., Walker], card: str, house: Installation
) -> None:
    carl, tilda = staff("consultant", "Carl Moreau"), staff("consultant", "Tilda Aydin")
    press(carl, card, form_of(carl, card) | {"comment": "Draft"}, "save")
    opened = form_of(tilda, card)
    assert press(carl, card, form_of(carl, card) | {"comment": "Sent"}, "send").status_code == 303
    late = press(tilda, card, opened | {"comment": "Tilda's"}, "save")
    page = text_of(late)
    assert late.status_code == 409
    assert "Carl Moreau sent this on" in page
    assert "Save as a corrected issue" in page
    fresh = {name: hidden(late.get_data(as_text=True), name) for name in ("csrf_token", "seen", "after", "base")}
    assert press(tilda, card, opened | fresh | {"comment": "Tilda's"}, "save").status_code == 303
    kept = review_bench.read(house, card)
    assert kept is not None
    assert [(one.review.issue, one.review.state) for one in kept.issues] == [(2, "draft"), (1, "sent")]


def test_a_preview_that_a_colleague_overtook_is_not_sent(
    staff: Callable[..., Walker], card: str, house: Installation
) -> None:
    carl, tilda = staff("consultant", "Carl Moreau"), staff("consultant", "Tilda Aydin")
    press(carl, card, form_of(carl, card) | {"comment": "Previewed"}, "preview")
    preview = carl.client.get(at(card, "/preview")).get_data(as_text=True)
    press(tilda, card, form_of(tilda, card) | {"comment": "Changed"}, "save")
    data = {name: hidden(preview, name) for name in ("csrf_token", "seen", "after")}
    late = carl.client.post(at(card, "/send"), data=data)
    assert late.status_code == 409
    assert "Tilda Aydin changed this draft" in text_of(late)
    with reading(house.engine) as connection:
        assert connection.execute(select(review.c.state)).scalar_one() == "draft"


def test_a_corrected_issue_begins_from_the_last_and_replaces_it_when_sent(
    priya: Walker, staff: Callable[..., Walker], card: str, house: Installation
) -> None:
    send_review(house, card)
    carl = staff("consultant", "Carl Moreau")
    assert button(carl, card, "/correct").headers["Location"] == at(card, "?told=begun")
    draft = form_of(carl, card)
    assert draft["comment"] == COMMENT
    assert "issue 2" in text_of(carl.client.get(at(card)))
    assert "thank you for answering" in text_of(priya.client.get(f"/s/{card}"))
    assert press(carl, card, draft | OWN_TYPED | {"comment": "A slip is mended."}, "send").status_code == 303
    page = text_of(priya.client.get(f"/s/{card}"))
    assert "A slip is mended." in page
    assert "thank you for answering" not in page
    assert re.search(r"Second issue, replaces the one of \d+ \w+ \d{4}", page)
    with reading(house.engine) as connection:
        states = connection.execute(select(delivery.c.state).join(document).where(document.c.review_id.is_not(None)))
        assert sorted(states.scalars()) == ["erased", "queued"]  # what waited of the first is withdrawn


def test_a_draft_can_be_thrown_away_and_what_was_sent_stays(
    priya: Walker, staff: Callable[..., Walker], card: str, house: Installation
) -> None:
    send_review(house, card)
    carl = staff("consultant", "Carl Moreau")
    button(carl, card, "/correct")
    seen = form_of(carl, card)["seen"]
    assert button(carl, card, "/discard", seen="7").status_code == 409
    assert button(carl, card, "/discard", seen=seen).headers["Location"] == at(card, "?told=discarded")
    assert "Make a corrected issue" in text_of(carl.client.get(at(card)))
    assert "thank you for answering" in text_of(priya.client.get(f"/s/{card}"))


def _refuse(house: Installation, card: str) -> None:
    with writing(house.engine) as connection:
        found = submissions.find(connection, card)
        assert found is not None
        submissions.refuse_contact(connection, found, refused=True)


def _suppress(house: Installation, _card: str) -> None:
    with writing(house.engine) as connection:
        people.suppress(connection, house.keyring.index(PRIYA["email"]), "550 no such user", clock.now())


def _never_asked(house: Installation, _card: str) -> None:
    with writing(house.engine) as connection:
        connection.execute(update(delivery).values(email_index=None))


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (_refuse, "must not be contacted"),
        (_suppress, "asked for none"),
        (_never_asked, "neither asked to be contacted"),
    ],
)
def test_nothing_is_sent_to_somebody_who_must_not_be_mailed(
    staff: Callable[..., Walker],
    card: str,
    house: Installation,
    spoil: Callable[[Installation, str], None],
    words: str,
) -> None:
    carl = staff("consultant")
    fields = form_of(carl, card) | {"comment": "Typed for nothing"}
    spoil(house, card)
    reply = press(carl, card, fields, "send")
    assert reply.status_code == 422
    assert words in text_of(reply)
    assert "Typed for nothing" in text_of(reply)
    assert 'value="send"' not in text_of(carl.client.get(at(card)))
    with reading(house.engine) as connection:
        assert connection.execute(select(review.c.id)).all() == []
        assert connection.execute(select(document.c.id).where(document.c.review_id.is_not(None))).all() == []


def test_who_asked_to_be_contacted_may_be_mailed_though_the_scorecard_was_not(
    priya: Walker, renewal: Questionnaire, house: Installation
) -> None:
    reply = priya.submit(priya.to_check(renewal, sample_of(renewal).answers), PRIYA, ("contact",))
    card = str(reply.headers["Location"]).rpartition("/")[2]
    _never_asked(house, card)
    assert send_review(house, card) is None


def test_without_an_address_nothing_can_be_sent(
    priya: Walker, staff: Callable[..., Walker], renewal: Questionnaire
) -> None:
    card = priya.scorecard(renewal, sample_of(renewal).answers).rpartition("/")[2]
    carl = staff("consultant")
    assert "There is no e-mail address" in text_of(carl.client.get(at(card)))
    assert press(carl, card, form_of(carl, card) | {"comment": "Kept as a draft"}, "save").status_code == 303
    assert press(carl, card, form_of(carl, card), "send").status_code == 422


def test_reviewed_scorecards_have_their_own_measure(
    house: Installation, card: str, staff: Callable[..., Walker]
) -> None:
    for _ in range(2):
        assert send_review(house, card) is None
        with writing(house.engine) as connection:
            connection.execute(update(delivery).where(delivery.c.state == "queued").values(state="sent"))
    held = send_review(house, card)
    assert held is not None
    assert "2 reviewed scorecards today" in held
    carl = staff("consultant")
    assert f"Held back: {held}" in text_of(carl.client.get(at(card)))
    assert button(carl, card, "/mail").headers["Location"] == at(card, "?told=held")
    with writing(house.engine) as connection:
        found = owning.read(house, card)
        assert found is not None
        assert found.person is not None
        people.confirm(connection, found.person.id, clock.now())
    assert button(carl, card, "/mail").headers["Location"] == at(card, "?told=mailed")
    # The respondent's own allowance is another one: ten a day, of which the submit used one.
    message_id = "<again@meridian.example>"
    assert owning.mail_again(house, card, message_id, clock.now()) is None


def test_the_automatic_documents_and_mails_are_told_apart(house: Installation, card: str) -> None:
    before = owning.read(house, card)
    send_review(house, card)
    after = owning.read(house, card)
    assert before is not None
    assert after is not None
    assert (after.document, after.delivery) == (before.document, before.delivery)
    assert after.kept.snapshot == before.kept.snapshot


def test_what_is_erased_is_gone_everywhere(
    priya: Walker, staff: Callable[..., Walker], house: Installation, card: str
) -> None:
    send_review(house, card)
    carl = staff("consultant")
    assert carl.client.get(at(card)).status_code == 200
    owning.erase(house, card, clock.now())
    assert carl.client.get(at(card)).status_code == 404
    assert priya.client.get(f"/s/{card}/reviewed.pdf").status_code == 404
    with reading(house.engine) as connection:
        assert connection.execute(select(review.c.sealed_content, review.c.state)).one() == (None, "erased")
        assert set(connection.execute(select(document.c.state)).scalars()) == {"erased"}
        assert set(connection.execute(select(delivery.c.state)).scalars()) == {"erased"}
        assert connection.execute(select(submission_table.c.erased)).scalar_one()


def test_whose_address_was_not_theirs_gets_nothing_of_it_and_the_automatic_document_stays(
    priya: Walker, house: Installation, card: str
) -> None:
    send_review(house, card)
    assert owning.not_me(house, card, clock.now())
    assert "thank you for answering" not in text_of(priya.client.get(f"/s/{card}"))
    with reading(house.engine) as connection:
        states = connection.execute(select(document.c.review_id.is_not(None), document.c.state))
        assert dict(states.all()) == {False: "queued", True: "erased"}  # type: ignore[arg-type]


def test_the_words_are_stored_encrypted(house: Installation, card: str) -> None:
    send_review(house, card)
    with reading(house.engine) as connection:
        sealed = connection.execute(select(review.c.sealed_content)).scalar_one()
        noted = connection.execute(select(audit.c.detail).where(audit.c.action == "review.sent")).scalar_one()
    assert b"Priya" not in sealed
    assert b"Carl" not in sealed
    assert noted == "issue 1"
