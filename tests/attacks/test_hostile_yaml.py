"""Hostile questionnaires: refused within a second of a processor and a hundred megabytes, in a process of their own."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

MOST_SECONDS, MOST_MIB = 1.0, 100
"""Processor time and memory beyond what the idle process had."""

READER = """
import json, resource, sys
from pathlib import Path
from assessment.catalogue.loading import load_file
from assessment.catalogue.shelf import Shelf
from datetime import date
from assessment.catalogue.source import MAX_BYTES

def used():
    mine = resource.getrusage(resource.RUSAGE_SELF)
    return mine.ru_utime + mine.ru_stime, mine.ru_maxrss / 1024

folder = Path(sys.argv[1])
load_file(folder / "warm.yaml", Shelf(folder), date(2026, 11, 22))
hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
resource.setrlimit(resource.RLIMIT_CPU, (20, hard))
for line in sys.stdin:
    path = folder / line.strip()
    seconds, mib = used()
    loaded = load_file(path, Shelf(folder), date(2026, 11, 22))
    after = used()
    told = [str(fault) for fault in loaded.faults][:500]
    print(json.dumps([after[0] - seconds, after[1] - mib, loaded.questionnaire is None, told]), flush=True)
"""

HEAD = "format: 1\nid: bomb\nstatus: live\ntitle: Bomb\n"


def _laughs(width: int, depth: int) -> str:
    text = "a0: &a0 [lol, lol]\n"
    for level in range(1, depth):
        text += f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * width)}]\n"
    return HEAD + text


BOMBS: dict[str, tuple[bytes, str]] = {
    "python-object": (
        f"{HEAD}lead: !!python/object/apply:os.system ['touch canary']\n".encode(),
        "tags are not allowed",
    ),
    "python-name": (f"{HEAD}lead: !!python/name:os.system\n".encode(), "tags are not allowed"),
    "own-tag": (f"{HEAD}lead: !include /etc/passwd\n".encode(), "tags are not allowed"),
    "plain-tag": (f"{HEAD}lead: !!str No\n".encode(), "tags are not allowed"),
    "binary-tag": (f"{HEAD}lead: !!binary aGk=\n".encode(), "tags are not allowed"),
    "billion-laughs": (_laughs(9, 9).encode(), "anchors and aliases are not allowed"),
    "wide-laughs": (_laughs(2_000, 20).encode(), "anchors and aliases are not allowed"),
    "alias-of-itself": (f"{HEAD}lead: &a [*a]\n".encode(), "anchors and aliases are not allowed"),
    "merge-key": (f"{HEAD}base: &b {{x: 1}}\nlead:\n  <<: *b\n".encode(), "anchors and aliases are not allowed"),
    "depth-lists": (f"{HEAD}lead: {'[' * 1_000}{']' * 1_000}\n".encode(), "nested deeper than 40"),
    "depth-open": (f"{HEAD}lead: {'[' * 100_000}\n".encode(), "nested deeper than 40"),
    "depth-mappings": (f"{HEAD}lead: {'{a: ' * 1_000}1{'}' * 1_000}\n".encode(), "nested deeper than 40"),
    "depth-blocks": (
        (HEAD + "lead:\n" + "".join(f"{' ' * level}- \n" for level in range(1, 1_000))).encode(),
        "nested deeper than 40",
    ),
    "depth-keys": (f"{HEAD}lead:\n  {'? ' * 1_000}x\n".encode(), "nested deeper than 40"),
    "ten-megabytes": (HEAD.encode() + b"lead: " + b"x" * 10_000_000, "larger than 1 MB"),
    "a-million-keys": (HEAD.encode() + b"".join(b"k%d: 1\n" % n for n in range(1_000_000)), "larger than 1 MB"),
    "duplicate-keys": (f"{HEAD}title: Other\n".encode(), '"title" stands twice'),
    "duplicate-deep": (f"{HEAD}areas: [{{id: a, id: b}}]\n".encode(), '"id" stands twice'),
    "no-is-text": (f"{HEAD}no: No\n".encode(), ""),
    "two-documents": (f"{HEAD}---\n{HEAD}".encode(), "second document"),
    "long-number": (f"{HEAD}order: {'9' * 5_000}\n".encode(), "more than 15 digits"),
    "float-bomb": (f"{HEAD}order: 1e999999999\n".encode(), ""),
    "utf-16": (HEAD.encode("utf-16"), "is not UTF-8 text"),
    "nul": (f"{HEAD}lead: a\x00b\n".encode(), "a character that YAML does not allow"),
    "a-thousand-faults": (HEAD.encode() + b"".join(b"k%d: &a%d 1\n" % (n, n) for n in range(20_000)), "anchors"),
    "many-keys": (HEAD.encode() + b"".join(b"k%d: 1\n" % n for n in range(40_000)), "more than 1000 faults"),
    "many-questions": (
        (HEAD + "pages:\n- questions:\n" + "".join(f"  - {{id: q{n}, type: choice}}\n" for n in range(3_000))).encode(),
        "",
    ),
    "a-path": (f"{HEAD}lead: {{file: ../../../../etc/passwd}}\n".encode(), ""),
    "blocks-outside": (f"{HEAD}areas: {{block: ../../../../etc/passwd}}\n".encode(), ""),
}
"""Content, and what the first faults say (nothing: any fault)."""


class Reader:
    """A process that reads one file after the other and says what each cost."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "warm.yaml").write_text(HEAD)
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path)}
        self.process = subprocess.Popen(
            [sys.executable, "-c", READER, str(folder)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment, cwd=folder,
        )  # fmt: skip

    def read(self, name: str, content: bytes) -> tuple[float, float, bool, list[str]]:
        (self.folder / f"{name}.yaml").write_bytes(content)
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{name}.yaml\n")
        self.process.stdin.flush()
        seconds, mib, refused, told = json.loads(self.process.stdout.readline())
        return seconds, mib, refused, told

    def end(self) -> None:
        self.process.communicate(timeout=20)


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    made = Reader(tmp_path_factory.mktemp("yaml"))
    yield made
    made.end()


@pytest.mark.parametrize("name", BOMBS)
def test_a_hostile_file_is_refused_and_costs_little(reader: Reader, name: str) -> None:
    content, words = BOMBS[name]
    seconds, mib, refused, told = reader.read(name, content)
    assert refused
    assert told
    assert any(words in fault for fault in told), told
    assert seconds < MOST_SECONDS, seconds
    assert mib < MOST_MIB, mib
    assert not (reader.folder / "canary").exists()
    assert not any("root:" in fault for fault in told)
