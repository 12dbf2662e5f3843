"""Every action that the code notes in the audit log has words that an administrator can read."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from assessment.core.audit_words import GROUPS, WORDS, actions_in, words

ROOT = Path(__file__).resolve().parents[2] / "assessment"


def noted_in(tree: ast.AST) -> Iterator[str]:
    """Actions of `audit.note(connection, now, actor, action, ...)` calls: every text its action may be."""
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "note"):
            continue
        if getattr(node.func.value, "id", "") == "audit" and len(node.args) > 3:
            yield from texts_of(node.args[3])


def texts_of(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.IfExp):
        yield from texts_of(node.body)
        yield from texts_of(node.orelse)
    elif isinstance(node, ast.Constant):
        yield str(node.value)


def all_noted() -> set[str]:
    files = ROOT.rglob("*.py")
    return {action for file in files for action in noted_in(ast.parse(file.read_text(encoding="utf-8")))}


def test_every_noted_action_has_words() -> None:
    noted = all_noted()
    assert {"response.submitted", "person.erased", "address.suppressed"} <= noted, "the scan must find what is there"
    assert noted - set(WORDS) == set()


def test_an_unknown_action_would_be_found() -> None:
    tree = ast.parse('audit.note(connection, now, "x", "a.b" if held else "c.d", "subject")')
    assert set(noted_in(tree)) == {"a.b", "c.d"}


def test_words_are_read_as_sentences_begin() -> None:
    assert all(phrase[0].isupper() and not phrase.endswith(".") and "_" not in phrase for phrase in WORDS.values())


@pytest.mark.parametrize(
    ("action", "detail", "expected"),
    [
        ("submission.viewed", None, "Opened the submission"),
        ("role.changed", "viewer to consultant", "Changed a role: viewer to consultant"),
        ("delivery.again", "held", "Had the scorecard mailed again: held back for now"),
        ("no.such", "x", "no.such: x"),
    ],
)
def test_detail_follows(action: str, detail: str | None, expected: str) -> None:
    assert words(action, detail) == expected


def test_every_action_is_in_a_group_and_no_group_is_empty() -> None:
    grouped = [set(actions_in(group)) for group in GROUPS]
    assert all(grouped)
    assert set(WORDS) - set().union(*grouped) == set()


def test_an_erasure_is_found_and_a_look_is_none() -> None:
    assert {"person.erased", "contacts.erased"} <= set(actions_in("erasure"))
    assert "person.exported" not in actions_in("looks")
    assert "person.viewed" in actions_in("looks")
