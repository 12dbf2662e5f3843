"""Fields that no form has change nothing: two houses do the same, one of them with thirty fields too many a form."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask

from assessment.actions.installation import Installation
from assessment.app import create_app
from assessment.installing import install, prepare
from assessment.settings import Settings, read_settings
from tests.attacks.dump import Dump, changed, dump
from tests.conftest import sample_of, sign_in
from tests.databases import fresh_database
from tests.walking import Fields, Walker, fields_of, hidden

LIST = "/review/submissions"
EXTRA: Fields = {
    "id": "1", "public_id": "AAAAAAAAAAAAAAAA", "response_id": "1", "person_id": "1", "account_id": "1",
    "submission_id": "1", "scorecard_id": "1", "score": "100", "overall": "100", "points": "1000", "stage": "5",
    "stage_id": "leading", "stage_rank": "9", "gap": "0", "areas": "100", "state": "submitted", "revision": "99",
    "epoch": "99", "submission_key": "x" * 32, "version": "x", "questionnaire_id": "x", "source": "interview",
    "origin": "interview", "previous_id": "1", "assignee_id": "1", "assignee": "1", "may_contact": "1",
    "do_not_contact": "1", "erased": "1", "confirmed_at": "2026-01-01", "submitted_at": "2020-01-01",
    "started_at": "2020-01-01", "created_at": "2020-01-01", "company_key": "x", "email_index": "x", "is_admin": "1",
    "admin": "1", "active": "1", "permissions": "admin", "uniquifier": "x", "two_factor": "", "totp_secret": "x",
    "password_hash": "x", "snapshot": "{}", "sealed_name": "x", "__class__": "x", "csrf": "x", "_method": "DELETE",
}  # fmt: skip
"""Columns of our tables, and what other frameworks listen to."""

ROLES: Fields = {"role": "admin", "owner": "1", "status": "closed", "mark": "spam"}
"""Real fields of some forms: tried where they are none."""


def _all(**more: Any) -> Fields:
    return {**EXTRA, **more}


def _prospect(walker: Walker, asked: Any, extra: Fields) -> str:
    """From the introduction to the corrected address, with `extra` in every body and every query."""
    client, answers, query = (
        walker.client,
        sample_of(asked).answers,
        {name: str(value) for name, value in extra.items()},
    )
    page = f"/a/{asked.id}"
    token = hidden(client.get(page, query_string=query).get_data(as_text=True), "csrf_token")
    start: Fields = {"csrf_token": token}
    for part in asked.pages:
        start |= fields_of(part, answers) if part.start else {}
    address = client.post(page, data={**extra, **start}, query_string=query).headers["Location"]
    while not address.endswith("/check"):
        html = client.get(address, query_string=query).get_data(as_text=True)
        fields = fields_of(asked.pages[int(address.rpartition("/")[2])], answers)
        fields |= {name: hidden(html, name) for name in ("csrf_token", "seen")}
        saved = client.post(f"{address}/save", data={**extra, **fields}, query_string=query)
        assert saved.status_code == 200, saved.get_data(as_text=True)
        fields["seen"] = hidden(client.get(address).get_data(as_text=True), "seen")
        reply = client.post(address, data={**extra, **fields}, query_string=query)
        assert reply.status_code == 303, reply.get_data(as_text=True)
        address = reply.headers["Location"]
    contact = {"csrf_token": token, "email": "priya@northfield.example", "name": "Priya Raman", "company": "Northfield"}
    card = str(client.post(address, data={**extra, **contact}, query_string=query).headers["Location"])
    for action, fields in (("address", {"email": "priya2@northfield.example"}), ("share", {}), ("mail", {})):
        sent = client.post(f"{card}/{action}", data={**extra, "csrf_token": token, **fields}, query_string=query)
        assert sent.status_code in {200, 303}, (action, sent.status_code)
    return card.rpartition("/")[2]


def _firm(carl: Walker, admin: Walker, card: str, asked: Any, extra: Fields) -> None:
    def post(walker: Walker, address: str, fields: Fields, *statuses: int) -> None:
        token = hidden(walker.client.get("/review/account").get_data(as_text=True), "csrf_token")
        reply = walker.client.post(address, data={**extra, "csrf_token": token, **fields})
        assert reply.status_code in (statuses or (303,)), (address, reply.get_data(as_text=True))

    post(carl, f"{LIST}/{card}/note", {"text": "Call on Tuesday"})
    post(carl, f"{LIST}/{card}/mark", {"mark": "test"})
    post(carl, f"{LIST}/{card}/contact", {"refused": "yes", "reason": "Asked us not to"})
    post(
        carl, "/review/account", {"name": "Carl", "notify": "never", **{k: v for k, v in ROLES.items() if k == "role"}}
    )
    invited = {"questionnaire": asked.id, "email": "omar@eastfield.example", "name": "Omar", "mail": ""}
    post(carl, "/review/invitations", invited)
    post(carl, "/review/views", {"name": "Mine", "query": "status=new"})
    post(carl, "/review/exports", {"query": "", "form": "json"})
    colleague = {"name": "Vera", "email": "vera@meridian.example", "role": "viewer"}
    post(admin, "/review/people/invite", colleague, 200)
    post(carl, "/review/people/invite", {"name": "Me", "email": "me@evil.example", "role": "admin"}, 404)


WAYWARD = re.compile(
    r"(_at$|^sealed_|public_id|_key$|epoch_key|message_id|uniquifier|reference|email_index|^word$|index)"
)
"""What differs from one run to the next anyway: times, ids, keys and what is encrypted."""


def _settled(found: Dump) -> dict[str, list[dict[str, Any]]]:
    """Every table's rows without what differs from run to run, in an order of their own."""
    kept: dict[str, list[dict[str, Any]]] = {}
    for table, rows in found.items():
        plain = [{name: value for name, value in row.items() if not WAYWARD.search(name)} for row in rows.values()]
        if table in {"audit", "search_word", "definition", "attempt", "audit_seal"}:
            plain = [{"rows": len(plain)}] if table != "audit" else [{"action": row["action"]} for row in plain]
        for row in plain:
            if "snapshot" in row:
                card = json.loads(row["snapshot"])
                card.pop("origin", None)
                row["snapshot"] = card
            row.pop("seconds", None)
        kept[table] = sorted(plain, key=repr)
    return kept


def _live(folder: Path, name: str, extra: Fields) -> dict[str, list[dict[str, Any]]]:
    """A house where everything is done once, with `extra` fields."""
    home = folder / name
    environment = {
        "ASSESSMENT_HOME": str(home), "ASSESSMENT_PUBLIC_URL": "http://localhost",
        "DATABASE_URL": fresh_database(home),
    }  # fmt: skip
    settings: Settings = read_settings(environment, folder)
    prepare(settings)
    house = install(settings)
    app = create_app(house)
    carl, admin = sign_in(app, house, "consultant", "Carl One"), sign_in(app, house, "admin", "Ada One")
    entry = house.catalogue.get("renewal-practices")
    assert entry is not None
    card = _prospect(Walker(app.test_client()), entry.questionnaire, extra)
    _firm(carl, admin, card, entry.questionnaire, extra)
    found = _settled(dump(house))
    house.engine.dispose()
    return found


def test_fields_that_no_form_has_change_nothing(tmp_path: Path) -> None:
    plain, assigned = _live(tmp_path, "plain", {}), _live(tmp_path, "assigned", EXTRA)
    assert plain.keys() == assigned.keys()
    for table, rows in plain.items():
        assert rows == assigned[table], table
    assert len(plain["submission"]) == 1
    assert {row["role"] for row in plain["account"]} == {"consultant", "admin", "viewer"}


def test_what_is_a_field_elsewhere_is_none_of_a_prospects(
    app: Flask, house: Installation, priya: Walker, renewal: Any
) -> None:
    card = _prospect(priya, renewal, {name: value for name, value in ROLES.items() if name != "role"})
    with_rows = dump(house)["submission"]
    (row,) = with_rows.values()
    assert (row["public_id"], row["status"], row["assignee_id"], row["mark"]) == (card, "new", None, None)


def test_a_form_takes_each_field_once(
    house: Installation, priya: Walker, renewal: Any, staff: Callable[..., Walker]
) -> None:
    """Of a field sent twice, or in the address and the body, one value counts, and it is the body's."""
    card = _prospect(priya, renewal, {})
    carl = staff("consultant", "Carl One")
    token = hidden(carl.client.get("/review/account").get_data(as_text=True), "csrf_token")
    before = dump(house)
    sent = {"csrf_token": token, "mark": ["nonsense", "spam"]}
    assert carl.client.post(f"{LIST}/{card}/mark?mark=spam", data=sent).status_code == 422
    assert carl.client.post(
        f"{LIST}/{card}/mark?mark=spam&csrf_token={token}", data={"csrf_token": token}
    ).status_code in {303, 422}
    touched = [one for one in changed(before, dump(house)) if one[0] == "submission"]
    assert not touched
