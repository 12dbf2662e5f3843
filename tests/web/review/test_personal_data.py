"""A person's rights: an administrator hands over everything stored about Priya, and only that; and erases her."""

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, update

from assessment import clock
from assessment.actions import inviting, working_on
from assessment.actions.installation import Installation
from assessment.core.definition import Questionnaire
from assessment.store import invitations, notices, responses, submissions
from assessment.store.database import reading, writing
from assessment.store.review_tables import submission
from assessment.store.tables import audit, document
from tests.conftest import sample_of
from tests.reviewing import COMMENT, colleague, send_review
from tests.walking import Walker, hidden

Staff = Callable[..., Walker]
PRIYA = {
    "email": "priya@northfield.example",
    "name": "Priya <b>canary</b>",
    "company": "Northfield & Sons {{7*7}}",
    "role": "Director of renewals",
}
OMAR = {"email": "omar@eastbridge.example", "name": "Omar Haddad", "company": "Eastbridge", "role": "Buyer"}
UNIT = "Storage in the Nordics"
NOTE = "Prefers to be called on Tuesdays"
PDF = b"%PDF-1.7 hers"


def _submit(walker: Walker, asked: Questionnaire, contact: dict[str, str], typed: str) -> str:
    unit = next(q.id for page in asked.pages if page.start for q in page.questions if q.type == "short_text")
    check = walker.to_check(asked, {**sample_of(asked).answers, unit: typed})
    return str(walker.submit(check, contact, ("contact", "comparison")).headers["Location"]).rpartition("/")[2]


@pytest.fixture
def hers(visitor: Callable[[], Walker], renewal: Questionnaire, house: Installation) -> tuple[str, str]:
    """Two submissions of Priya's; the first with a note and a reviewed scorecard."""
    first, second = (_submit(visitor(), renewal, PRIYA, f"{UNIT} {number}") for number in (1, 2))
    working_on.add_note(house, first, NOTE, colleague(house), clock.now())
    send_review(house, first)
    return first, second


@pytest.fixture
def his(visitor: Callable[[], Walker], renewal: Questionnaire, house: Installation) -> str:
    """Omar's submission, which is none of Priya's business."""
    card = _submit(visitor(), renewal, OMAR, "Eastern depots")
    working_on.add_note(house, card, "Omar is in a hurry", colleague(house), clock.now())
    return card


@pytest.fixture
def ada(staff: Staff) -> Walker:
    """An administrator."""
    return staff("admin", "Ada Lind")


def _at(card: str, tail: str) -> str:
    return f"/review/submissions/{card}/{tail}"


def _post(walker: Walker, card: str, tail: str, **fields: str) -> Any:
    page = walker.client.get(_at(card, tail))
    assert page.status_code == 200
    return walker.client.post(
        _at(card, tail), data={"csrf_token": hidden(page.get_data(as_text=True), "csrf_token"), **fields}
    )


def _file(reply: Any) -> dict[str, Any]:
    assert reply.status_code == 200
    told: dict[str, Any] = json.loads(reply.get_data())
    return told


def _actions(house: Installation, card: str) -> list[str]:
    with reading(house.engine) as connection:
        rows = connection.execute(select(audit.c.action).where(audit.c.subject == card).order_by(audit.c.id))
        return list(rows.scalars())


def test_only_administrators_find_these_pages(staff: Staff, hers: tuple[str, str]) -> None:
    for role in ("viewer", "consultant"):
        walker = staff(role)
        token = hidden(walker.client.get("/review/account").get_data(as_text=True), "csrf_token")
        for tail in ("person", "erase"):
            assert walker.client.get(_at(hers[0], tail)).status_code == 404
            data = {"csrf_token": token, "reason": "asked", "of": "all"}
            assert walker.client.post(_at(hers[0], tail), data=data).status_code == 404
        assert walker.client.get("/review/audit").status_code == 404


def test_the_page_lists_what_is_there_and_is_recorded(
    ada: Walker, house: Installation, hers: tuple[str, str], his: str
) -> None:
    for tail, why in (("person", "person"), ("erase", "erase")):
        html = ada.client.get(_at(hers[0], tail)).get_data(as_text=True)
        assert html.count("priya@northfield.example") == 2
        assert "Priya &lt;b&gt;canary&lt;/b&gt;" in html
        assert "<b>canary" not in html
        assert "{{7*7}}" in html
        assert OMAR["name"] not in html
        assert ("Nobody confirmed that this address is theirs" in html) == (tail == "person")
        with reading(house.engine) as connection:
            last = connection.execute(select(audit.c.action, audit.c.detail).order_by(audit.c.id.desc())).first()
        assert last is not None
        assert tuple(last) == ("person.viewed", why)


def test_the_file_holds_everything_about_her_and_nothing_about_him(
    ada: Walker, house: Installation, hers: tuple[str, str], his: str
) -> None:
    reply = _post(ada, hers[0], "person", of="all")
    assert reply.headers["Cache-Control"] == "no-store"
    assert reply.headers["Content-Disposition"] == 'attachment; filename="personal-data.json"'
    text = reply.get_data(as_text=True)
    told = json.loads(text)
    assert [one["id"] for one in told["submissions"]] == list(hers)
    first, second = told["submissions"]
    assert {part: first["contact"][part] for part in PRIYA} == PRIYA
    assert {one["purpose"] for one in first["consents"]} == {"contact", "comparison"}
    assert all(one["wording"] and one["given_at"] and one["withdrawn_at"] is None for one in first["consents"])
    assert [one["text"] for one in first["notes_about_them"]] == [NOTE]
    assert second["notes_about_them"] == []
    assert first["reviewed_scorecards"][0]["comment"] == COMMENT
    assert first["scorecard"]["origin"]["reference"] == first["reference"]
    assert first["mails_with_the_scorecard"]
    assert {"submission.viewed", "response.submitted"} & {row["action"] for row in first["what_happened"]}
    for his_words in (*OMAR.values(), "Eastern depots", "Omar is in a hurry"):
        assert his_words not in text
    assert [action for action in _actions(house, hers[1]) if action == "person.exported"] == ["person.exported"]
    assert "person.exported" not in _actions(house, his)


def test_answers_stand_in_words_and_as_stored(
    ada: Walker, hers: tuple[str, str], renewal: Questionnaire, house: Installation
) -> None:
    answers = _file(_post(ada, hers[0], "person", of="one"))["submissions"][0]["answers"]
    sample, by_id = sample_of(renewal).answers, {row["question_id"]: row for row in answers}
    asked = {question.id: question for page in renewal.pages for question in page.questions}
    assert len(answers) == len(by_id) >= 20
    choices = 0
    for name, row in by_id.items():
        assert row["question"] == asked[name].text
        if asked[name].type == "choice" and (option := asked[name].option(str(sample[name]))):
            assert (row["answer"], row["stored_as"]) == (option.text, option.id)
            choices += 1
    assert choices > 3
    assert [row["answer"] for row in answers if row.get("in_their_own_words")] == [f"{UNIT} 1"]


def test_one_submission_alone_leaves_the_other_out(ada: Walker, hers: tuple[str, str], house: Installation) -> None:
    told = _file(_post(ada, hers[1], "person", of="one"))
    assert [one["id"] for one in told["submissions"]] == [hers[1]]
    assert "unfinished_answers" not in told
    assert "person.exported" not in _actions(house, hers[0])


def test_without_an_address_the_file_is_about_this_submission(
    ada: Walker, visitor: Callable[[], Walker], renewal: Questionnaire, hers: tuple[str, str]
) -> None:
    bare = _submit(visitor(), renewal, {}, "Alone")
    told = _file(_post(ada, bare, "person", of="all"))
    assert [one["id"] for one in told["submissions"]] == [bare]


def test_drafts_invitations_and_other_mails_of_the_address_are_in_it(
    ada: Walker, house: Installation, hers: tuple[str, str], renewal: Questionnaire, visitor: Callable[[], Walker]
) -> None:
    now, carl = clock.now(), colleague(house)
    draft = visitor().to_check(renewal, sample_of(renewal).answers).split("/")[2]
    with writing(house.engine) as connection:
        found = responses.find(connection, draft)
        assert found is not None
        contact = {"email": PRIYA["email"], "name": PRIYA["name"]}
        times = {"now": now, "expires_at": now + inviting.LASTS}
        kept = {"public_id": clock.public_id(), "account_id": carl.id, "questionnaire": renewal.id}
        invitations.add(connection, house.keyring, contact=contact, message="Dear Priya", **kept, **times)  # type: ignore[arg-type]
        mail = {"kind": "resume", "email": PRIYA["email"], "message_id": "<resume@x>", "now": now}
        notices.add(connection, house.keyring, response_id=found.id, **mail)  # type: ignore[arg-type]
    told = _file(_post(ada, hers[0], "person", of="all"))
    assert [one["message"] for one in told["invitations"]] == ["Dear Priya"]
    assert [one["id"] for one in told["unfinished_answers"]] == [draft]
    assert len(told["unfinished_answers"][0]["answers"]) >= 20
    assert [one["to"] for one in told["other_mails_to_the_address"]] == [PRIYA["email"]]


def test_pdfs_that_are_ready_come_along(ada: Walker, house: Installation, hers: tuple[str, str], his: str) -> None:
    with writing(house.engine) as connection:
        ready = {"state": "ready", "made_at": clock.now()}
        mine = submissions.find(connection, hers[1])
        assert mine is not None
        for id_, content in ((mine.scorecard_id, PDF), (None, b"%PDF his")):
            which = document.c.scorecard_id == id_ if id_ else document.c.scorecard_id != mine.scorecard_id
            sealed = house.keyring.seal_bytes(content)
            if id_ or his:
                connection.execute(update(document).where(which).values(sealed_bytes=sealed, **ready))
    reply = _post(ada, hers[1], "person", of="one")
    assert reply.headers["Content-Type"] == "application/zip"
    assert reply.headers["Cache-Control"] == "no-store"
    bundle = zipfile.ZipFile(io.BytesIO(reply.get_data()))
    told = json.loads(bundle.read("personal-data.json"))
    names = [row["file"] for row in told["submissions"][0]["documents"]]
    assert sorted(bundle.namelist()) == sorted(["personal-data.json", *names])
    assert [bundle.read(name) for name in names] == [PDF]


def test_erasing_asks_why_and_keeps_the_choice(ada: Walker, house: Installation, hers: tuple[str, str]) -> None:
    reply = _post(ada, hers[0], "erase", of="one")
    html = reply.get_data(as_text=True)
    assert reply.status_code == 422
    assert "Choose why it is erased" in html
    assert 'value="one" checked' in html
    assert "person.erased" not in _actions(house, hers[0])
    assert _post(ada, hers[0], "erase", of="some", reason="asked").status_code == 400


def test_after_erasing_she_is_gone_from_every_page(
    ada: Walker, house: Installation, hers: tuple[str, str], his: str
) -> None:
    reply = _post(ada, hers[0], "erase", of="all", reason="asked")
    assert reply.status_code == 303
    home = ada.client.get(reply.headers["Location"]).get_data(as_text=True)
    assert "Erased: 2 submissions" in home
    assert "Eastbridge" in home
    for search in ("canary", "priya@northfield.example", "Northfield", "Tuesdays"):
        found = ada.client.get("/review/submissions", query_string={"search": search}).get_data(as_text=True)
        assert not [card for card in hers if card in found]
    for card in hers:
        for tail in ("person", "erase", "scorecard", "pdf", "reviewed"):
            assert ada.client.get(_at(card, tail)).status_code == 404
        assert ada.client.get(f"/review/submissions/{card}").status_code == 404
    assert ada.client.get(f"/review/submissions/{his}").status_code == 200
    log = ada.client.get("/review/audit").get_data(as_text=True)
    assert "Erased the person: the person asked for it" in log
    assert "Priya" not in log
    assert "Northfield" not in log


def test_a_form_without_the_choice_erases_this_submission_only(
    ada: Walker, house: Installation, hers: tuple[str, str]
) -> None:
    _post(ada, hers[0], "erase", reason="needless")
    with reading(house.engine) as connection:
        rows = connection.execute(select(submission.c.public_id, submission.c.erased)).all()
    assert {row.public_id: row.erased for row in rows} == {hers[0]: True, hers[1]: False}


def test_without_a_token_nothing_is_erased(ada: Walker, house: Installation, hers: tuple[str, str]) -> None:
    reply = ada.client.post(_at(hers[0], "erase"), data={"reason": "asked", "of": "all"})
    assert reply.status_code == 422
    assert "person.erased" not in _actions(house, hers[0])


def _invited(house: Installation, asked: str, contact: dict[str, str] = OMAR) -> str:
    public_id = inviting.invite(
        house,
        colleague(house),
        inviting.Wanted(questionnaire=asked, contact=contact, message="Dear Omar", mail=False),
        public_id=clock.public_id(),
        message_id="<omar@meridian.example>",
        now=clock.now(),
    )
    return f"/review/invitations/{public_id}/erase"


def test_who_never_answered_is_found_by_the_invitation_and_erased(
    ada: Walker, staff: Staff, house: Installation
) -> None:
    survey = house.catalogue.live("survey")[0].questionnaire
    address = _invited(house, survey.id)
    consultant = staff("consultant")
    token = hidden(consultant.client.get("/review/account").get_data(as_text=True), "csrf_token")
    assert address not in consultant.client.get("/review/invitations").get_data(as_text=True)
    assert consultant.client.get(address).status_code == 404
    assert consultant.client.post(address, data={"csrf_token": token, "reason": "asked"}).status_code == 404

    assert address in ada.client.get("/review/invitations").get_data(as_text=True)
    html = ada.client.get(address).get_data(as_text=True)
    assert OMAR["email"] in html
    assert survey.title in html
    data = {"csrf_token": hidden(html, "csrf_token")}
    unsaid = ada.client.post(address, data=data)
    assert unsaid.status_code == 422
    assert "Choose why it is erased" in unsaid.get_data(as_text=True)
    assert ada.client.post(address, data={"reason": "asked"}).status_code == 422, "without a token nothing goes"
    assert OMAR["name"] in ada.client.get("/review/invitations").get_data(as_text=True)

    reply = ada.client.post(address, data=data | {"reason": "asked"})
    assert (reply.status_code, reply.headers["Location"]) == (303, "/review/invitations")
    after = ada.client.get("/review/invitations").get_data(as_text=True)
    assert "Erased: whoever was invited." in after
    assert OMAR["name"] not in after
    assert address not in after
    assert ada.client.get(address).status_code == 404
    log = ada.client.get("/review/audit").get_data(as_text=True)
    assert "Erased the person: the person asked for it" in log
    assert OMAR["name"] not in log
    actions = _actions(house, address.split("/")[3])
    assert actions[-1] == "person.erased"
    assert actions.count("person.viewed") == 1


def test_of_a_survey_that_was_begun_it_says_that_alone(
    ada: Walker, house: Installation, hers: tuple[str, str], visitor: Callable[[], Walker]
) -> None:
    survey = house.catalogue.live("survey")[0].questionnaire
    begun = visitor().to_check(survey, survey.personas[0].answers).split("/")[2]
    with writing(house.engine) as connection:
        found = responses.find(connection, begun)
        assert found is not None
        mail = {"kind": "resume", "email": PRIYA["email"], "message_id": "<resume@x>", "now": clock.now()}
        notices.add(connection, house.keyring, response_id=found.id, **mail)  # type: ignore[arg-type]
    told = _file(_post(ada, hers[0], "person", of="all"))
    (only,) = told["unfinished_answers"]
    assert only == {"survey": survey.title, "answers": only["answers"]}
    assert only["answers"].startswith("Begun and not sent.")
    text = json.dumps(told["unfinished_answers"])
    chosen = [option.text for question in survey.questions.values() for option in question.answers]
    assert not [words for words in chosen if words in text]


@pytest.mark.parametrize("known", ["name", "company", "role", "email"])
def test_an_invitation_that_knows_little_is_erased_too(ada: Walker, house: Installation, known: str) -> None:
    address = _invited(house, house.catalogue.live("survey")[0].questionnaire.id, {known: OMAR[known]})
    html = ada.client.get(address).get_data(as_text=True)
    assert OMAR[known] in html
    data = {"csrf_token": hidden(html, "csrf_token"), "reason": "asked"}
    assert ada.client.post(address, data=data).status_code == 303
    assert OMAR[known] not in ada.client.get("/review/invitations").get_data(as_text=True)
