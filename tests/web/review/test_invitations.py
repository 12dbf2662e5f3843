"""Carl invites Priya: a link with her details filled in, hers alone, and the submission is his."""

import re
from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from html import unescape
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, text, update

from assessment import clock
from assessment.actions import inviting
from assessment.actions.installation import Installation
from assessment.actions.links import KINDS
from assessment.core.definition import Questionnaire
from assessment.delivery.pdf import Made
from assessment.installing import links_of
from assessment.store import accounts, invitations, people, retention
from assessment.store.database import reading, writing
from assessment.store.invitations import Invitation
from assessment.store.review_tables import invitation, submission
from assessment.store.tables import metadata, notice, response
from assessment.working import build_worker
from tests.conftest import sample_of
from tests.walking import Fields, Walker, fields_of, hidden

HERE = "/review/invitations"
PRIYA = {"name": "Priya Raman", "email": "priya@northfield.example", "company": "Northfield Systems", "role": "COO"}
EMPTY = {"name": "", "email": "", "company": "", "role": "", "message": "", "mail": "copy"}


class _Press:
    def make(self, html: str, _css: str, _made_at: Any) -> Made:
        return Made(b"%PDF-1.7", 6)


def _work(house: Installation) -> list[EmailMessage]:
    """Everything due sent by the real worker; what lies in the outbox."""
    worker = build_worker(house, _Press(), "desk/1")  # type: ignore[arg-type]
    while worker.step():
        pass
    return [
        message_from_bytes(path.read_bytes(), policy=policy.default)  # type: ignore[misc]
        for path in house.settings.outbox.glob("*.eml")
    ]


def _post(walker: Walker, action: str, page: str = HERE, **fields: str) -> Any:
    html = walker.client.get(page).get_data(as_text=True)
    return walker.client.post(action, data={"csrf_token": hidden(html, "csrf_token"), **fields})


def _invite(carl: Walker, asked: Questionnaire, **fields: str) -> str:
    """Make an invitation; gives its public id."""
    reply = _post(carl, HERE, questionnaire=asked.id, **{**EMPTY, **fields})
    assert reply.status_code == 303, reply.get_data(as_text=True)
    return str(reply.headers["Location"].rpartition("=")[2])


def _link(carl: Walker, public_id: str) -> str:
    """The link as the consultant copies it."""
    html = carl.client.get(f"{HERE}?made={public_id}").get_data(as_text=True)
    found = re.search(rf'id="link-{public_id}" value="http://localhost([^"]+)"', html)
    assert found, html
    return unescape(found[1])


def _row(house: Installation, public_id: str) -> Invitation:
    with reading(house.engine) as connection:
        found = invitations.find(connection, house.keyring, public_id)
    assert found is not None
    return found


def _state(house: Installation, public_id: str) -> str:
    return _row(house, public_id).state(clock.now())


def _begin(walker: Walker, address: str, asked: Questionnaire) -> Any:
    html = walker.client.get(address).get_data(as_text=True)
    fields: Fields = {"csrf_token": hidden(html, "csrf_token")}
    for page in asked.pages:
        if page.start:
            fields.update(fields_of(page, sample_of(asked).answers))
    return walker.client.post(address, data=fields)


def _to_check(walker: Walker, asked: Questionnaire, address: str) -> str:
    while not address.endswith("/check"):
        address = walker.answer(address, asked, sample_of(asked).answers).headers["Location"]
    return address


def _everything(engine: Engine) -> dict[str, list[Any]]:
    with reading(engine) as connection:
        return {name: list(connection.execute(select(table))) for name, table in metadata.tables.items()}


@pytest.fixture
def carl(staff: Callable[..., Walker]) -> Walker:
    return staff("consultant", "Carl Consultant")


def test_from_the_mail_to_the_submission(
    carl: Walker, priya: Walker, house: Installation, renewal: Questionnaire
) -> None:
    line = "We spoke on Tuesday: this shows where to begin."
    public_id = _invite(carl, renewal, **{**PRIYA, "message": line, "mail": "now"})
    assert _state(house, public_id) == "mailing"
    (mail,) = _work(house)
    assert _state(house, public_id) == "mailed"
    assert mail["To"] == PRIYA["email"]
    assert mail["Subject"] == f"An invitation: {renewal.title}"
    body = str(mail.get_body(("plain",)).get_content())  # type: ignore[union-attr]
    assert line in body
    assert "Carl Consultant invites you" in body
    assert "minutes" in body
    assert "consultants" in body
    found = re.search(r"http://localhost(/open/invitation/\S+)", body)
    assert found
    arrived = priya.client.get(found[1])
    assert arrived.status_code == 303
    assert arrived.headers["Location"] == f"/i/{public_id}"
    intro = priya.client.get(f"/i/{public_id}").get_data(as_text=True)
    assert "Carl Consultant invited you" in intro
    assert line in intro
    begun = _begin(priya, f"/i/{public_id}", renewal)
    assert begun.status_code == 303
    assert _state(house, public_id) == "started"
    check = _to_check(priya, renewal, begun.headers["Location"])
    html = priya.client.get(check).get_data(as_text=True)
    for typed in PRIYA.values():
        assert f'value="{typed}"' in html
    assert " checked>" not in html
    reply = priya.submit(check, {**PRIYA, "name": "Priya R."})
    card = reply.headers["Location"].rpartition("/")[2]
    with reading(house.engine) as connection:
        row = connection.execute(select(submission)).one()
        by = accounts.by_email(connection, house.keyring, "carl.consultant@meridian.example")
    assert by is not None
    assert (row.public_id, row.origin, row.assignee_id) == (card, "invitation", by.id)
    assert not row.may_contact
    page = carl.client.get(HERE).get_data(as_text=True)
    assert f'href="/review/submissions/{card}">Submitted' in page
    told = [mail for mail in _work(house) if mail["To"] == "carl.consultant@meridian.example"]
    assert len(told) == 1
    assert "You are its owner." in told[0].get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "Priya" not in told[0].as_string()


def test_following_the_link_changes_nothing(
    carl: Walker, visitor: Callable[[], Walker], house: Installation, renewal: Questionnaire
) -> None:
    public_id = _invite(carl, renewal, **PRIYA)
    link = _link(carl, public_id)
    no_more = f"/no-more/{links_of(house).token('no-more', public_id, 1)}"
    before = _everything(house.engine)
    scanner = visitor()
    for _ in range(2):
        assert scanner.client.get(link).status_code == 303
        assert scanner.client.get(f"/i/{public_id}").status_code == 200
        assert scanner.client.get(no_more).status_code == 200
    assert _everything(house.engine) == before


def test_it_begins_one_response_and_shows_nobody_else_anything_of_it(
    carl: Walker, priya: Walker, mallory: Walker, house: Installation, renewal: Questionnaire
) -> None:
    public_id = _invite(carl, renewal, **PRIYA)
    link = _link(carl, public_id)
    priya.client.get(link)
    mallory.client.get(link)  # Priya's colleague, to whom she forwarded it
    first = _begin(priya, f"/i/{public_id}", renewal).headers["Location"]
    again = mallory.client.get(f"/i/{public_id}")
    body = again.get_data(as_text=True)
    assert "already begun" in body
    assert PRIYA["email"] not in body
    assert mallory.client.get(first).status_code == 404
    token = hidden(body, "csrf_token")
    late = mallory.client.post(f"/i/{public_id}", data={"csrf_token": token})
    assert late.headers["Location"] == f"/i/{public_id}"
    with reading(house.engine) as connection:
        assert connection.execute(select(func.count()).select_from(response)).scalar_one() == 1
    assert priya.client.get(f"/i/{public_id}").headers["Location"] == first
    assert mallory.client.post(f"/i/{public_id}/link", data={"csrf_token": token}).status_code == 200
    (mail,) = _work(house)
    assert mail["To"] == PRIYA["email"]
    assert "/open/resume/" in mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    priya.submit(_to_check(priya, renewal, first))
    assert "already submitted" in mallory.client.get(f"/i/{public_id}").get_data(as_text=True)
    assert priya.client.get(f"/i/{public_id}").headers["Location"].startswith("/s/")


def test_two_who_begin_at_once_do_not_both(carl: Walker, house: Installation, renewal: Questionnaire) -> None:
    public_id = _invite(carl, renewal, **PRIYA)
    entry = house.catalogue.get(renewal.id)
    assert entry is not None

    def begin() -> None:
        inviting.begin(
            house, public_id, entry, answers={}, texts={}, now=clock.now(), new_id=clock.public_id(),
            key=clock.submission_key(),
        )  # fmt: skip

    begin()
    with pytest.raises(inviting.Used):
        begin()
    with reading(house.engine) as connection:
        assert connection.execute(select(func.count()).select_from(response)).scalar_one() == 1


def test_withdrawn_and_ended_links_say_so_kindly(
    carl: Walker, priya: Walker, house: Installation, renewal: Questionnaire
) -> None:
    gone, over = _invite(carl, renewal, **PRIYA), _invite(carl, renewal, name="Jonas")
    links = [_link(carl, one) for one in (gone, over)]
    assert _post(carl, f"{HERE}/{gone}/withdraw").status_code == 303
    with writing(house.engine) as connection:
        late = update(invitation).where(invitation.c.public_id == over)
        connection.execute(late.values(expires_at=clock.now() - timedelta(seconds=1)))
    assert [_state(house, one) for one in (gone, over)] == ["withdrawn", "expired"]
    for link, one, words in zip(links, (gone, over), ("was withdrawn", "has ended"), strict=True):
        assert priya.client.get(link).status_code == 303
        reply = priya.client.get(f"/i/{one}")
        body = reply.get_data(as_text=True)
        assert reply.status_code == 410
        assert words in body
        assert f'href="/a/{renewal.id}"' in body
        assert priya.client.post(f"/i/{one}").headers["Location"] == f"/i/{one}"
    with reading(house.engine) as connection:
        assert connection.execute(select(func.count()).select_from(response)).scalar_one() == 0
    assert _post(carl, f"{HERE}/{gone}/withdraw").status_code == 303  # once is enough
    assert "Not withdrawn" in carl.client.get(HERE).get_data(as_text=True)


def test_a_withdrawn_invitation_that_waits_in_the_queue_is_not_mailed(
    carl: Walker, house: Installation, renewal: Questionnaire
) -> None:
    public_id = _invite(carl, renewal, **{**PRIYA, "mail": "now"})
    _post(carl, f"{HERE}/{public_id}/withdraw")
    assert not _work(house)


def test_a_token_of_another_kind_opens_nothing(
    carl: Walker, priya: Walker, house: Installation, renewal: Questionnaire
) -> None:
    public_id = _invite(carl, renewal, **PRIYA)
    links = links_of(house)
    for kind in KINDS:
        token = links.token(kind, public_id, 1)
        for address, own in (("/open/invitation", "invitation"), ("/no-more", "no-more")):
            status = priya.client.get(f"{address}/{token}").status_code
            assert (status == 404) is (kind != own), (kind, address)
        for address in ("/open/resume", "/open/owner", "/open/share", "/open/mailed", "/not-me"):
            assert priya.client.get(f"{address}/{token}").status_code == 404, (kind, address)
    assert priya.client.get(f"/open/invitation/{links.token('invitation', public_id, 2)}").status_code == 404
    assert priya.client.get(f"/open/invitation/{links.token('invitation', public_id, 1, 'tie')}").status_code == 404
    assert priya.client.get(f"/open/invitation/{links.token('invitation', 'x' * 16, 1)}").status_code == 404


def test_nobody_is_mailed_who_must_not_be(carl: Walker, house: Installation, renewal: Questionnaire) -> None:
    with writing(house.engine) as connection:
        index = house.keyring.index(PRIYA["email"])
        people.suppress(connection, index, people.ASKED_FOR_NONE, clock.now())
    for mail in ("now", "copy"):
        reply = _post(carl, HERE, questionnaire=renewal.id, **{**EMPTY, **PRIYA, "mail": mail, "message": "Hello"})
        body = reply.get_data(as_text=True)
        assert reply.status_code == 422
        assert "must not be contacted" in body
        assert 'value="Priya Raman"' in body  # nothing typed is lost
        assert ">Hello</textarea>" in body
    with reading(house.engine) as connection:
        assert not connection.execute(select(invitation)).all()
        assert not connection.execute(select(notice)).all()


def test_an_address_that_bounced_gets_no_mail_but_may_get_a_link(
    carl: Walker, house: Installation, renewal: Questionnaire
) -> None:
    with writing(house.engine) as connection:
        people.suppress(connection, house.keyring.index(PRIYA["email"]), "the mail server refused it", clock.now())
    refused = _post(carl, HERE, questionnaire=renewal.id, **{**EMPTY, **PRIYA, "mail": "now"})
    assert refused.status_code == 422
    public_id = _invite(carl, renewal, **PRIYA)
    _post(carl, f"{HERE}/{public_id}/mail")
    assert "Not mailed" in carl.client.get(HERE).get_data(as_text=True)
    assert not _work(house)


def test_one_mail_a_day_and_the_limits_of_the_address(
    carl: Walker, house: Installation, renewal: Questionnaire
) -> None:
    public_id = _invite(carl, renewal, **{**PRIYA, "mail": "now"})
    _post(carl, f"{HERE}/{public_id}/mail")
    assert "in the last 24 hours" in carl.client.get(HERE).get_data(as_text=True)
    for role in ("CEO", "CFO"):
        _invite(carl, renewal, **{**PRIYA, "role": role, "mail": "now"})
    fourth = _post(carl, HERE, questionnaire=renewal.id, **{**EMPTY, **PRIYA, "role": "CTO", "mail": "now"})
    assert fourth.status_code == 422
    assert len(_work(house)) == 3


def test_whoever_wants_no_more_mail_gets_none(
    carl: Walker, priya: Walker, house: Installation, renewal: Questionnaire
) -> None:
    public_id = _invite(carl, renewal, **{**PRIYA, "mail": "now"})
    (mail,) = _work(house)
    found = re.search(r"http://localhost(/no-more/\S+)", mail.get_body(("plain",)).get_content())  # type: ignore[union-attr]
    assert found
    html = priya.client.get(found[1]).get_data(as_text=True)
    assert priya.client.post(found[1]).status_code == 400  # not without a token
    done = priya.client.post(found[1], data={"csrf_token": hidden(html, "csrf_token")})
    assert "removed" in done.get_data(as_text=True)
    row = _row(house, public_id)
    assert (row.contact, row.email_index, row.revoked_at is None) == ({}, None, False)
    again = _post(carl, HERE, questionnaire=renewal.id, **{**EMPTY, **PRIYA})
    assert "must not be contacted" in again.get_data(as_text=True)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"questionnaire": "no-such"}, "Choose the assessment"),
        ({"mail": "now"}, "Enter the address"),
        ({"email": "priya"}, "e-mail"),
        ({"message": "x" * 501}, "Shorten this to 500"),
        ({"company": "x" * 121}, "Shorten this to 120"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(
    carl: Walker, house: Installation, renewal: Questionnaire, wrong: dict[str, str], words: str
) -> None:
    reply = _post(carl, HERE, **{"questionnaire": renewal.id, **EMPTY, "name": "Priya Raman", **wrong})
    body = reply.get_data(as_text=True)
    assert reply.status_code == 422
    assert words in body
    assert 'value="Priya Raman"' in body
    with reading(house.engine) as connection:
        assert not connection.execute(select(invitation)).all()


def test_names_and_lines_are_stored_encrypted(carl: Walker, house: Installation, renewal: Questionnaire) -> None:
    _invite(carl, renewal, **{**PRIYA, "message": "Between us two"})
    with reading(house.engine) as connection:
        row = connection.execute(text("SELECT * FROM invitation")).one()
    stored = repr(tuple(row))
    assert not [word for word in (*PRIYA.values(), "Between us") if word in stored]


def test_nothing_hostile_gets_through(carl: Walker, priya: Walker, house: Installation, renewal: Questionnaire) -> None:
    bad = '<script>alert(1)</script>"><img src=x onerror=y>{{ 7*7 }}'
    typed = {"name": f"Priya\r\nBcc: eve@evil.example {bad}", "company": bad, "role": bad, "message": f"{bad}\r\nX: y"}
    public_id = _invite(carl, renewal, **{**typed, "email": PRIYA["email"], "mail": "now"})
    (mail,) = _work(house)
    assert mail["Subject"] == f"An invitation: {renewal.title}"
    assert (mail["To"], mail["Bcc"], mail["X"]) == (PRIYA["email"], None, None)
    html = str(mail.get_body(("html",)).get_content())  # type: ignore[union-attr]
    priya.client.get(_link(carl, public_id))
    for page in (html, _html(priya, f"/i/{public_id}"), _html(carl, HERE)):
        assert "<script>alert" not in page
        assert "<img" not in page
        assert "{{ 7*7 }}" in page
        assert "49" not in re.sub(r'"[^"]*"', "", page[page.index("{{ 7*7 }}") :][:200])


def _html(walker: Walker, address: str) -> str:
    return str(walker.client.get(address).get_data(as_text=True))


def test_erasing_the_person_takes_the_invitation_along(
    carl: Walker, priya: Walker, house: Installation, renewal: Questionnaire
) -> None:
    public_id = _invite(carl, renewal, **PRIYA)
    priya.client.get(_link(carl, public_id))
    first = _begin(priya, f"/i/{public_id}", renewal).headers["Location"]
    card = priya.submit(_to_check(priya, renewal, first), PRIYA).headers["Location"]
    html = priya.client.get(f"{card}/delete").get_data(as_text=True)
    priya.client.post(f"{card}/delete", data={"csrf_token": hidden(html, "csrf_token")})
    row = _row(house, public_id)
    assert (row.contact, row.message, row.email_index) == ({}, None, None)
    assert "Priya" not in carl.client.get(HERE).get_data(as_text=True)
    assert priya.client.get(f"/i/{public_id}").status_code == 404


def test_a_draft_that_was_deleted_leaves_the_invitation_usable(
    carl: Walker, priya: Walker, house: Installation, renewal: Questionnaire
) -> None:
    public_id = _invite(carl, renewal, **PRIYA)
    priya.client.get(_link(carl, public_id))
    _begin(priya, f"/i/{public_id}", renewal)
    with writing(house.engine) as connection:
        assert retention.delete_drafts_before(connection, clock.now() + timedelta(days=1)) == 1
    assert _state(house, public_id) == "made"
    assert _begin(priya, f"/i/{public_id}", renewal).status_code == 303


def test_who_never_came_is_forgotten_after_a_while(carl: Walker, house: Installation, renewal: Questionnaire) -> None:
    public_id = _invite(carl, renewal, **PRIYA)
    end = clock.now() + inviting.LASTS
    assert inviting.forget_old(house, end + inviting.KEPT - timedelta(days=1)) == 0
    assert inviting.forget_old(house, end + inviting.KEPT + timedelta(days=1)) == 1
    assert _row(house, public_id).contact == {}


def test_the_list_goes_on_on_a_second_page(carl: Walker, house: Installation, renewal: Questionnaire) -> None:
    with writing(house.engine) as connection:
        by = accounts.by_email(connection, house.keyring, "carl.consultant@meridian.example")
        assert by is not None
        now = clock.now()
        for number in range(53):
            invitations.add(
                connection, house.keyring, public_id=f"{number:016}", account_id=by.id, questionnaire=renewal.id,
                contact={"name": f"Client {number:02}"}, message="", now=now, expires_at=now + timedelta(days=60),
            )  # fmt: skip
    first = carl.client.get(HERE).get_data(as_text=True)
    older = re.search(r'href="([^"]*before=[^"]+)"', first)
    assert older
    second = carl.client.get(unescape(older[1])).get_data(as_text=True)
    seen = [re.findall(r"<b>(Client \d\d)</b>", page) for page in (first, second)]
    assert [len(names) for names in seen] == [50, 3]
    assert sorted(seen[0] + seen[1]) == [f"Client {number:02}" for number in range(53)]
    assert carl.client.get(f"{HERE}?before=nonsense").status_code == 200


def test_a_viewer_and_mallory_see_no_invitations(staff: Callable[..., Walker], mallory: Walker) -> None:
    assert staff("viewer").client.get(HERE).status_code == 404
    assert mallory.client.get(HERE).status_code == 303
