"""Links that set passwords, one's own account, and the firm's people."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import func, select, update

from assessment import clock, staffing
from assessment.actions import owning, signing_in
from assessment.actions.installation import Installation
from assessment.actions.one_time import LASTS, OneTimeLinks
from assessment.actions.staffing import Refused
from assessment.cli import cli
from assessment.core.definition import Questionnaire
from assessment.store import accounts
from assessment.store.database import reading, writing
from assessment.store.review_tables import account, attempt, sign_in
from assessment.store.tables import notice
from tests.conftest import sample_of
from tests.walking import Walker, hidden
from tests.web.accounts.signing import (
    CARL,
    NEW,
    PASSWORD,
    add_account,
    code_of,
    fill,
    is_in,
    link_in,
    noted,
    send_mails,
    show_password,
    walk_in,
)

ANNA = "anna@meridian.example"


def _links(house: Installation) -> OneTimeLinks:
    return staffing.links_of(house)


def _set_up(walker: Walker, page: str = "/sign-in/second-factor") -> str:
    """Set up the app that a page shows, and give its key."""
    found = re.search(r'class="key">([A-Z2-7-]+)<', walker.client.get(page).get_data(as_text=True))
    assert found
    assert fill(walker, page, code=code_of(found[1])).status_code == 200
    return found[1]


def test_the_first_admin_sets_the_workplace_up_once(
    house: Installation, visitor: Callable[[], Walker], mallory: Walker
) -> None:
    link = staffing.set_up_link(house, clock.now())
    assert link
    path = link.removeprefix("http://localhost")
    anna = visitor()
    opened = anna.client.get(path)
    assert (opened.status_code, opened.headers["Location"]) == (303, "/set-up")
    mallory.client.get(path)
    late = hidden(mallory.client.get("/set-up").get_data(as_text=True), "csrf_token")
    fields = {"name": "Anna Berg", "email": ANNA, "password": NEW, "again": NEW}
    short = fill(anna, "/set-up", **{**fields, "password": "short", "again": "short"})
    page = short.get_data(as_text=True)
    assert short.status_code == 422
    assert 'value="Anna Berg"' in page
    assert "short" not in re.sub(r"<p.*?</p>", "", page.split("<form")[1])
    assert fill(anna, "/set-up", **{**fields, "again": "something else"}).status_code == 422
    done = fill(anna, "/set-up", **fields)
    assert (done.status_code, done.headers["Location"]) == (303, "/sign-in/second-factor")
    _set_up(anna)
    assert anna.client.get("/review/people").status_code == 200
    # The link is dead for everybody now, also where it was opened before.
    again = mallory.client.post("/set-up", data={**fields, "email": "mallory@evil.example", "csrf_token": late})
    assert again.status_code == 404
    assert visitor().client.get(path, follow_redirects=True).status_code == 404
    assert staffing.set_up_link(house, clock.now()) is None
    with reading(house.engine) as connection:
        assert [one.email for one in accounts.everybody(connection, house.keyring)] == [ANNA]


def test_of_two_who_set_the_workplace_up_at_once_one_becomes_its_admin(
    house: Installation, visitor: Callable[[], Walker]
) -> None:
    link = staffing.set_up_link(house, clock.now())
    walkers = [visitor(), visitor(), visitor()]
    tokens = []
    for walker in walkers:
        walker.client.get((link or "").removeprefix("http://localhost"))
        tokens.append(hidden(walker.client.get("/set-up").get_data(as_text=True), "csrf_token"))

    def begin(number: int) -> int:
        fields = {"name": "Who", "email": f"who{number}@meridian.example", "password": NEW, "again": NEW}
        data = {**fields, "csrf_token": tokens[number]}
        return int(walkers[number].client.post("/set-up", data=data).status_code)

    with ThreadPoolExecutor(3) as pool:
        statuses = sorted(pool.map(begin, range(3)))
    assert statuses == [303, 404, 404]


@pytest.mark.parametrize("kind", ["set-up", "welcome", "reset"])
def test_a_forged_an_old_and_anothers_link_open_nothing(
    app: Flask, house: Installation, visitor: Callable[[], Walker], kind: str
) -> None:
    links, now = _links(house), clock.now()
    if kind != "set-up":
        add_account(app, house)
    who = signing_in.find(house, account_id=1)
    named = (1, who.uniquifier) if who else (0, "")
    good = links.token(kind, now, *named)  # type: ignore[arg-type]
    old = links.token(kind, now - LASTS[kind] - timedelta(seconds=2), *named)  # type: ignore[arg-type]
    others = [links.token(other, now, *named) for other in LASTS if other != kind]
    page = "set-up" if kind == "set-up" else f"password/{kind}"
    for token in (old, good[:-3] + "abc", "x", *others):
        assert visitor().client.get(f"/{page}/{token}", follow_redirects=True).status_code == 404
    assert visitor().client.get(f"/{page}/{good}", follow_redirects=True).status_code == 200


def test_a_forgotten_password_is_reset_by_mail_once(
    app: Flask, house: Installation, visitor: Callable[[], Walker]
) -> None:
    id_, key, _ = add_account(app, house)
    elsewhere, carl = visitor(), visitor()
    walk_in(elsewhere, key)
    assert fill(carl, "/sign-in/forgotten", email=CARL.upper()).status_code == 200
    (mail,) = send_mails(house)
    assert mail.startswith(f"Set a new password\nTo: {CARL}\n")
    path = link_in(mail)
    assert path.startswith("/password/reset/")
    opened = carl.client.get(path)
    assert (opened.status_code, opened.headers["Location"]) == (303, "/password")
    assert fill(carl, "/password", password=PASSWORD[:8], again=PASSWORD[:8]).status_code == 422
    assert fill(carl, "/password", password="carl weber meridian", again="carl weber meridian").status_code == 422
    assert is_in(elsewhere)
    done = fill(carl, "/password", password=NEW, again=NEW)
    assert done.headers["Location"] == "/sign-in?told=password"
    assert not is_in(elsewhere)
    assert not is_in(carl)  # a reset alone signs nobody in
    again = visitor()
    assert again.client.get(path, follow_redirects=True).status_code == 404
    assert show_password(visitor()).status_code == 422
    walker = visitor()
    assert show_password(walker, password=NEW).status_code == 303
    assert fill(walker, "/sign-in/code", code=code_of(key, 1)).status_code == 303
    assert [mail.splitlines()[0] for mail in send_mails(house)][1:] == ["Your password was changed"]
    assert ("password.reset", f"account {id_}") in noted(house)


def test_who_typed_a_colleagues_address_as_a_prospect_cannot_cut_off_their_resets(
    app: Flask, house: Installation, visitor: Callable[[], Walker], priya: Walker, renewal: Questionnaire
) -> None:
    add_account(app, house)
    card = priya.scorecard(renewal, sample_of(renewal).answers, {"email": CARL}).rpartition("/")[2]
    owning.not_me(house, card, clock.now())
    fill(visitor(), "/sign-in/forgotten", email=CARL)
    assert "Set a new password" in [mail.splitlines()[0] for mail in send_mails(house)]


def test_links_in_mails_come_from_the_public_address_only(app: Flask, house: Installation, mallory: Walker) -> None:
    add_account(app, house)
    page = mallory.client.get("/sign-in/forgotten").get_data(as_text=True)
    fields = {"csrf_token": hidden(page, "csrf_token"), "email": CARL}
    headers = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    mallory.client.post("/sign-in/forgotten", data=fields, headers=headers, base_url="http://localhost")
    for mail in send_mails(house):
        assert "evil.example" not in mail
    with reading(house.engine) as connection:
        assert all(
            row.sealed_payload and b"evil" not in row.sealed_payload for row in connection.execute(select(notice))
        )


def test_resets_are_limited_and_nobody_unknown_is_mailed(
    app: Flask, house: Installation, visitor: Callable[[], Walker]
) -> None:
    add_account(app, house)
    for email in (CARL, "nobody@meridian.example"):
        statuses = [fill(visitor(), "/sign-in/forgotten", email=email).status_code for _ in range(6)]
        assert statuses == [200] * 5 + [429]
    assert len(send_mails(house)) == 5


def test_of_two_who_use_a_link_at_once_one_sets_the_password(
    app: Flask, house: Installation, visitor: Callable[[], Walker]
) -> None:
    add_account(app, house)
    who = signing_in.find(house, email=CARL)
    assert who
    token = _links(house).token("reset", clock.now(), who.id, who.uniquifier)
    walkers = [visitor(), visitor(), visitor()]
    tokens = []
    for walker in walkers:
        walker.client.get(f"/password/reset/{token}")
        tokens.append(hidden(walker.client.get("/password").get_data(as_text=True), "csrf_token"))

    def change(number: int) -> int:
        chosen = f"{NEW} number {number}"
        data = {"csrf_token": tokens[number], "password": chosen, "again": chosen}
        return int(walkers[number].client.post("/password", data=data).status_code)

    with ThreadPoolExecutor(3) as pool:
        assert sorted(pool.map(change, range(3))) == [303, 404, 404]


def test_the_command_line_adds_a_colleague_with_a_link_that_works_once(
    house: Installation, visitor: Callable[[], Walker], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assessment.cli._settings", lambda: house.settings)
    done = CliRunner().invoke(cli, ["consultant", "add", ANNA, "--name", "Anna Berg", "--role", "admin"])
    assert done.exit_code == 0, done.output
    path, anna = link_in(done.output), visitor()
    anna.client.get(path)
    page = anna.client.get("/password").get_data(as_text=True)
    assert "Welcome, Anna Berg" in page
    assert fill(anna, "/password", password=NEW, again=NEW).headers["Location"] == "/sign-in/second-factor"
    _set_up(anna)
    assert is_in(anna)
    assert visitor().client.get(path, follow_redirects=True).status_code == 404
    taken = CliRunner().invoke(cli, ["consultant", "add", ANNA.upper()])
    assert taken.exit_code == 2
    assert "already" in taken.output
    assert CliRunner().invoke(cli, ["consultant", "add", "not an address"]).exit_code == 2


def test_an_admin_invites_changes_and_ends(
    app: Flask, house: Installation, staff: Callable[..., Walker], visitor: Callable[[], Walker]
) -> None:
    admin, carl = staff("admin", "Anna Berg"), visitor()
    with writing(house.engine) as connection:
        accounts.change(connection, 1, {"password": "of Anna"})
    fields = {"name": "Carl Weber", "email": CARL, "role": "consultant"}
    assert fill(admin, "/review/people/invite", **{**fields, "email": "nothing"}).status_code == 422
    reply = fill(admin, "/review/people/invite", **fields)
    shown = re.search(r'value="(http://localhost/password/welcome/[^"]+)"', reply.get_data(as_text=True))
    assert shown
    (mail,) = send_mails(house)
    assert link_in(mail) == link_in(shown[1])
    assert fill(admin, "/review/people/invite", **fields).status_code == 422
    with reading(house.engine) as connection:
        who = accounts.by_email(connection, house.keyring, CARL)
    assert who
    one = f"/review/people/{who.id}"
    fresh = link_in(fill(admin, one, f"{one}/invite").get_data(as_text=True))
    assert carl.client.get(link_in(mail), follow_redirects=True).status_code == 404
    carl.client.get(fresh)
    fill(carl, "/password", password=NEW, again=NEW)
    _set_up(carl)
    assert carl.client.get("/review/people").status_code == 404
    assert fill(admin, one, f"{one}/role", role="admin").status_code == 303
    assert not is_in(carl)
    assert show_password(carl, password=NEW).headers["Location"] == "/sign-in/code"
    assert fill(admin, one, f"{one}/second-factor").status_code == 303
    assert carl.client.get("/sign-in/code").headers["Location"] == "/sign-in"
    assert show_password(carl, password=NEW).headers["Location"] == "/sign-in/second-factor"
    _set_up(carl)
    assert carl.client.get("/review/people").status_code == 200
    assert fill(admin, one, f"{one}/deactivate").status_code == 303
    assert not is_in(carl)
    assert show_password(visitor(), password=NEW).status_code == 422
    assert fill(admin, one, f"{one}/activate").status_code == 303
    assert show_password(visitor(), password=NEW).status_code == 303
    done = [action for action, subject in noted(house) if subject == f"account {who.id}"]
    for action in (
        "account.invited", "account.invited_again", "password.set", "two_factor.set", "role.changed",
        "two_factor.reset", "account.deactivated", "account.activated",
    ):  # fmt: skip
        assert action in done


def test_the_last_admin_keeps_role_and_access(app: Flask, house: Installation) -> None:
    first, _, _ = add_account(app, house, "admin")
    with writing(house.engine) as connection:
        second = accounts.add(
            connection, house.keyring, name="Invited", email=ANNA, role="admin", uniquifier="u", now=clock.now()
        )
        me = accounts.by_id(connection, house.keyring, second)
    assert me
    from assessment.actions import staffing as actions

    with pytest.raises(Refused):
        actions.change_role(house, me, first, "viewer", clock.now())
    with pytest.raises(Refused):
        actions.set_active(house, me, first, False, "v", clock.now())
    with writing(house.engine) as connection:
        accounts.change(connection, second, {"password": "x"})
    actions.change_role(house, me, first, "viewer", clock.now())


def test_nobody_changes_their_own_role_or_access(staff: Callable[..., Walker], house: Installation) -> None:
    admin = staff("admin", "Anna Berg")
    with reading(house.engine) as connection:
        (me,) = accounts.everybody(connection, house.keyring)
    page = f"/review/people/{me.id}"
    for what, fields in (("role", {"role": "viewer"}), ("deactivate", {}), ("second-factor", {})):
        assert fill(admin, page, f"{page}/{what}", **fields).status_code == 409
    assert is_in(admin)


def _age(house: Installation, by: timedelta) -> None:
    with writing(house.engine) as connection:
        for row in list(connection.execute(select(sign_in))):
            changed = update(sign_in).where(sign_in.c.id == row.id)
            connection.execute(changed.values(created_at=row.created_at - by))


def test_what_is_sensitive_asks_for_the_password_once_the_sign_in_is_old(
    app: Flask, house: Installation, priya: Walker
) -> None:
    _, key, codes = add_account(app, house, "admin")
    walk_in(priya, key)
    _age(house, timedelta(minutes=20))
    fields = {"name": "Anna Berg", "email": ANNA, "role": "viewer"}
    token = hidden(priya.client.get("/review/account").get_data(as_text=True), "csrf_token")
    asked = priya.client.post("/review/people/invite", data={**fields, "csrf_token": token})
    page = asked.get_data(as_text=True)
    assert "Is it still you?" in page
    assert hidden(page, "email") == ANNA
    for action in ("/review/account/recovery-codes", "/review/people/1/deactivate"):
        assert "Is it still you?" in priya.client.post(action, data={"csrf_token": token}).get_data(as_text=True)
    assert "Is it still you?" in priya.client.get("/review/account/second-factor").get_data(as_text=True)
    again = {**fields, "csrf_token": token}
    wrong = priya.client.post("/review/people/invite", data={**again, "current_password": "wrong horse battery"})
    assert wrong.status_code == 422
    assert hidden(wrong.get_data(as_text=True), "email") == ANNA
    right = priya.client.post("/review/people/invite", data={**again, "current_password": PASSWORD})
    assert "is invited" in right.get_data(as_text=True)
    made = priya.client.post("/review/account/recovery-codes", data={"csrf_token": token}).get_data(as_text=True)
    assert len(re.findall(r"<code>", made)) == 10
    assert codes[0] not in made


def test_the_password_cannot_be_guessed_from_inside(app: Flask, house: Installation, priya: Walker) -> None:
    _, key, _ = add_account(app, house)
    walk_in(priya, key)
    fields = {"current_password": "wrong horse battery", "password": NEW, "again": NEW}
    statuses = [fill(priya, "/review/account/password", **fields).status_code for _ in range(6)]
    assert statuses == [422] * 5 + [429]


def test_carl_changes_his_password_app_and_browsers(
    app: Flask, house: Installation, visitor: Callable[[], Walker]
) -> None:
    _, key, _ = add_account(app, house)
    here, elsewhere = visitor(), visitor()
    walk_in(here, key)
    walk_in(elsewhere, key, 1)
    page = here.client.get("/review/account").get_data(as_text=True)
    (other,) = re.findall(r"/review/account/browsers/(\d+)/end", page)
    assert fill(here, "/review/account", f"/review/account/browsers/{other}/end").status_code == 303
    assert (is_in(here), is_in(elsewhere)) == (True, False)
    changed = fill(here, "/review/account/password", current_password=PASSWORD, password=NEW, again=NEW)
    assert changed.status_code == 303
    assert is_in(here)
    with writing(house.engine) as connection:
        connection.execute(attempt.delete())
    new = _set_up(here, "/review/account/second-factor")
    assert new != key
    assert is_in(here)
    walker = visitor()
    show_password(walker, password=NEW)
    assert fill(walker, "/sign-in/code", code=code_of(key, 1)).status_code == 422
    assert fill(walker, "/sign-in/code", code=code_of(new, 1)).status_code == 303
    assert fill(here, "/review/account", "/review/account/browsers/end").status_code == 303
    assert (is_in(here), is_in(walker)) == (True, False)
    saved = fill(here, "/review/account", name="  Carl  W. ", notify="daily")
    assert saved.headers["Location"] == "/review/account?told=saved"
    text = here.client.get("/review/account").get_data(as_text=True)
    assert 'value="Carl W."' in text
    assert re.search(r'value="daily" checked', text)
    assert fill(here, "/review/account", name="", notify="often").status_code == 422
    subjects = [mail.splitlines()[0] for mail in send_mails(house)]
    assert sorted(subjects) == ["Your password was changed", "Your second factor was changed"]


def test_one_cannot_end_anothers_browser(
    app: Flask, house: Installation, visitor: Callable[[], Walker], staff: Callable[..., Walker]
) -> None:
    anna, mallory = staff("admin", "Anna Berg"), staff("viewer", "Mallory Inside")
    fill(mallory, "/review/account", "/review/account/browsers/1/end")
    assert is_in(anna)


def test_housekeeping_forgets_tries_and_sign_ins(
    app: Flask, house: Installation, priya: Walker, mallory: Walker
) -> None:
    _, key, _ = add_account(app, house)
    walk_in(priya, key)
    show_password(mallory, "nobody@meridian.example")
    with writing(house.engine) as connection:
        connection.execute(update(attempt).values(at=clock.now() - timedelta(days=1, minutes=1)))
        connection.execute(update(sign_in).values(created_at=clock.now() - timedelta(hours=13)))
    send_mails(house)
    with reading(house.engine) as connection:
        for table in (attempt, sign_in):
            assert connection.execute(select(func.count()).select_from(table)).scalar_one() == 0
        assert connection.execute(select(func.count()).select_from(account)).scalar_one() == 1


def test_secrets_of_an_older_installation_still_work(house: Installation) -> None:
    derived = house.keyring.derived
    assert derived("totp") == derived("totp")
    assert len({derived("totp"), derived("recovery"), derived("password"), house.keyring.signing_key}) == 4
