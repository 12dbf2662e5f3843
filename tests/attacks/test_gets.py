"""Looking changes nothing: every address by GET and by HEAD, as a mail scanner does, by everybody."""

import re
from collections.abc import Callable
from typing import Any

from flask import Flask
from werkzeug.routing import Rule

from assessment.actions.installation import Installation
from assessment.core.definition import Questionnaire
from tests.attacks.dump import changed, dump
from tests.attacks.people import Crowd, gather
from tests.walking import Walker

SCANNER = {"User-Agent": "Mozilla/5.0 (compatible; MailScanner; link check)", "Sec-Fetch-Site": "none"}

LOOKED = {
    # Who of the firm looked at whose answers is what the audit log is for.
    "submission.viewed", "company.viewed", "scorecard.viewed", "pdf.taken", "person.viewed", "invitations.listed",
    "deliveries.listed", "audit.viewed", "submissions.listed", "submissions.searched", "export.taken",
}  # fmt: skip


def test_a_get_changes_nothing_whoever_asks(
    house: Installation, app: Flask, visitor: Callable[[], Walker], renewal: Questionnaire
) -> None:
    crowd = gather(house, app, visitor, renewal)
    rules = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())]
    assert len(rules) > 60
    before, asked = dump(house), 0
    for who, walker in crowd.people.items():
        for rule in rules:
            for address in _addresses(crowd, rule):
                for _ in range(2):  # the second time with what the first one set
                    reply = walker.client.get(address, headers=SCANNER)
                    assert reply.status_code < 500, (who, address, reply.status_code)
                    reply.close()
                    asked += 1
    assert asked > 1_000
    unexpected = [one for one in changed(before, dump(house)) if not _may(one)]
    assert not unexpected, [(table, column, str(value)[:200]) for table, column, value in unexpected]


def _addresses(crowd: Crowd, rule: Rule) -> list[str]:
    draft, card = crowd.drafts["priya"], crowd.cards["priya"]
    if "<token>" not in rule.rule:
        return [crowd.address(rule, draft=draft, card=card)]
    fits = [door + token for door, token in crowd.tokens.items() if re.match(_pattern(rule), door)]
    assert fits, rule.rule
    return fits


def _pattern(rule: Rule) -> str:
    kinds = re.sub(r"<any\(([^)]*)\):\w+>", lambda found: f"({found[1].replace(', ', '|')})", rule.rule)
    return kinds.replace("<token>", "") + "$"


def _may(one: tuple[str, str, Any]) -> bool:
    """What may change by looking, each for its reason."""
    table, column, value = one
    if (table, column) == ("sign_in", "seen_at"):
        return True  # an idle session ends: that it was used must be known
    return (table, column) == ("audit", "new") and value["action"] in LOOKED


def test_a_head_with_a_forms_fields_is_no_form(
    house: Installation, app: Flask, visitor: Callable[[], Walker], renewal: Questionnaire
) -> None:
    """HEAD carries no token of a form: whatever it brings, it changes nothing, whoever asks."""
    crowd = gather(house, app, visitor, renewal)
    both = [rule for rule in app.url_map.iter_rules() if {"HEAD", "POST"} <= (rule.methods or set())]
    rules = [rule for rule in app.url_map.iter_rules() if "HEAD" in (rule.methods or set())]
    assert len(both) >= 8
    before = dump(house)
    fields = {
        "email": "omar@eastfield.example",
        "name": "Mallory",
        "role": "admin",
        "password": "seven lamps drift south",
    }
    fields |= {"again": fields["password"], "current_password": "x", "code": "000000", "text": "x", "reason": "asked"}
    for who, walker in crowd.people.items():
        for rule in rules:
            for address in _addresses(crowd, rule):
                reply = walker.client.open(address, method="HEAD", data=fields)
                assert reply.status_code < 500, (who, address)
                reply.close()
    unexpected = [one for one in changed(before, dump(house)) if not _may(one)]
    assert not unexpected, [(table, column, str(value)[:200]) for table, column, value in unexpected]


def test_a_mail_scanner_uses_up_no_link(
    house: Installation, app: Flask, visitor: Callable[[], Walker], renewal: Questionnaire
) -> None:
    """Each link still works for its reader after a scanner opened it ten times and followed where it led."""
    crowd = gather(house, app, visitor, renewal)
    for door, token in crowd.tokens.items():
        scanner, first = visitor(), visitor()
        for _ in range(10):
            reply = scanner.client.get(door + token, headers=SCANNER)
            if reply.status_code == 303:
                scanner.client.get(reply.headers["Location"], headers=SCANNER)
        last = first.client.get(door + token)
        assert last.status_code == (404 if door == "/set-up/" else last.status_code) != 500
        assert (last.status_code in {200, 303}) == (door != "/set-up/"), door
