"""Reading YAML: nothing is guessed, every line is known, nothing hostile gets far."""

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessment.catalogue.faults import DefinitionFaults, Fault
from assessment.catalogue.source import MAX_BYTES, read, read_text, walk


def faults_of(text: str) -> list[str]:
    return [str(fault) for fault in walk(text, "a.yaml").faults]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("No", "No"), ("yes", "yes"), ("on", "on"), ("True", "True"), ("2026-11-21", "2026-11-21"), ("1e3", "1e3"),
        ("007", "007"), ("0x1F", "0x1F"), ("1_000", "1_000"), (".5", ".5"), ("+5", "+5"), ("12:30", "12:30"),
        ("'true'", "true"), ('"12"', "12"), ("true", True), ("false", False), ("12", Decimal(12)),
        ("-0.125", Decimal("-0.125")), ("82.40", Decimal("82.40")), ("<<", "<<"), (".inf", ".inf"), (".nan", ".nan"),
    ],
)  # fmt: skip
def test_a_value_is_what_is_written(written: str, value: object) -> None:
    found = read_text(f"key: {written}\n", "a.yaml").mapping["key"].value
    assert found == value
    assert type(found) is type(value)


def test_every_node_knows_its_line() -> None:
    root = read_text("a: 1\nb:\n  - x\n  - {c: 2,\n     d: 3}\ne: >\n  long\n  text\nf: 4\n", "a.yaml")
    below = root.mapping["b"]
    assert [below.line, *(item.line for item in below.items)] == [2, 3, 4]
    assert [child.line for child in below.items[1].mapping.values()] == [4, 5]
    assert (root.mapping["e"].line, root.mapping["f"].line) == (6, 9)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("a: 1\nb: 2\na: 3\n", 'a.yaml:3: "a" stands twice; the first is at line 1'),
        ("a: &x 1\n", 'a.yaml:1: anchors and aliases are not allowed ("x")'),
        ("a: *x\n", 'a.yaml:1: anchors and aliases are not allowed ("x")'),
        ("a: !secret 1\n", 'a.yaml:1: tags are not allowed ("!secret")'),
        ("a: !!str No\n", 'a.yaml:1: tags are not allowed ("tag:yaml.org,2002:str")'),
        ("a:\n", "a.yaml:1: has no value; leave the key out or give it one"),
        ("a: [1, ~]\n", "a.yaml:1: has no value; leave the key out or give it one"),
        ("a: null\n", "a.yaml:1: has no value; leave the key out or give it one"),
        ("? [a, b]\n: 1\n", "a.yaml:1: a key must be plain text"),
        ("a: 1\n---\nb: 2\n", "a.yaml:2: holds a second document; one file is one document"),
        ("a: [1,\nb: 2\n", "a.yaml:3: is not valid YAML: did not find expected ',' or ']'"),
        ("a: 1\n  b: 2\n", "a.yaml:2: is not valid YAML: mapping values are not allowed in this context"),
        ("a: 1\nb: \x07\n", "a.yaml:2: holds a character that YAML does not allow"),
        ("", "a.yaml:1: is empty"),
        ("# only words\n", "a.yaml:1: is empty"),
        ("a: 1234567890123456\n", "a.yaml:1: has more than 15 digits"),
    ],
)
def test_what_is_refused_is_named_at_its_line(text: str, fault: str) -> None:
    assert faults_of(text) == [fault]


def test_a_text_fault_does_not_hide_the_next_one() -> None:
    assert len(faults_of("a: 1\na: 2\nb: !x 3\nc: &y 4\n")) == 3


@pytest.mark.parametrize("opening", ["[", "{a: ", "- "])
def test_mallory_nests_deeply(opening: str) -> None:
    assert any("nested deeper than 40" in fault for fault in faults_of(opening * 5000))


def test_mallory_laughs_a_billion_times() -> None:
    text = "a: &a [x, x]\n" + "".join(
        f"{b}: &{b} [*{a}, *{a}, *{a}]\n" for a, b in zip("abcdefg", "bcdefgh", strict=True)
    )
    tree = walk(text, "a.yaml")
    assert len(tree.faults) == 1 + 7 * 4
    assert len(str(tree.root)) < 10_000


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(DefinitionFaults) as problem:
        read(tmp_path / "gone.yaml", "gone.yaml")
    assert problem.value.faults == (Fault("gone.yaml", 1, "cannot be read: No such file or directory"),)


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"a: 1\nb: \xff\n", ":2: is not UTF-8 text"), (b"a" * (MAX_BYTES + 1), ":1: is larger than 1 MB")],
)
def test_a_file_that_is_no_text(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "a.yaml").write_bytes(content)
    with pytest.raises(DefinitionFaults) as problem:
        read(tmp_path / "a.yaml", "a.yaml")
    assert str(problem.value) == f"a.yaml{message}"


def test_a_byte_order_mark_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"\xef\xbb\xbfa: 1\n")
    assert list(read(tmp_path / "a.yaml", "a.yaml").mapping) == ["a"]


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(text: str) -> None:
    tree = walk(text, "a.yaml")
    assert tree.root is not None or tree.faults
    assert all(fault.line >= 1 for fault in tree.faults)
