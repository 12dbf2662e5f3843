"""YAML text into a tree of nodes that remember their lines; only a small, unsurprising part of YAML is let in.

Refused: duplicate keys, anchors and aliases (they can expand without bound), tags, several documents, empty values,
deep nesting, big files. Nothing is guessed: `No`, `on` and `2024-01-01` stay text, only `true` and `false` are
booleans, and only plain decimal numbers are numbers.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from assessment.catalogue.faults import DefinitionFaults, Fault

MAX_BYTES = 1_000_000
MAX_DEPTH = 40
MAX_DIGITS = 15  # more digits than this could not pass through JSON unchanged

_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?")
_EMPTY = frozenset({"", "~", "null", "Null", "NULL"})

Scalar = str | Decimal | bool
Plain = str | int | float | bool | list["Plain"] | dict[str, "Plain"]


@dataclass(frozen=True, slots=True)
class Node:
    """A value and where it stands: the line of its key (in a mapping) or its own first line (in a list).

    `shared` marks answers that were written once, as an answer set, and stand in several questions.
    """

    file: str
    line: int
    value: "Scalar | dict[str, Node] | list[Node]"
    shared: bool = False

    @property
    def mapping(self) -> "dict[str, Node]":
        """Its entries, or none if it is not a mapping."""
        return self.value if isinstance(self.value, dict) else {}

    @property
    def items(self) -> "list[Node]":
        """Its items, or none if it is not a list."""
        return self.value if isinstance(self.value, list) else []

    @property
    def text(self) -> str | None:
        """Its text, or None if it is not text."""
        return self.value if isinstance(self.value, str) else None

    def but(self, value: "Scalar | dict[str, Node] | list[Node]") -> "Node":
        """The same place with another value."""
        return Node(self.file, self.line, value, self.shared)

    def fault(self, message: str) -> Fault:
        """A fault that stands here."""
        return Fault(self.file, self.line, message)

    def plain(self) -> Plain:
        """The value as JSON knows it."""
        if isinstance(self.value, dict):
            return {key: child.plain() for key, child in self.value.items()}
        if isinstance(self.value, list):
            return [child.plain() for child in self.value]
        if isinstance(self.value, Decimal):
            return int(self.value) if self.value == self.value.to_integral_value() else float(self.value)
        return self.value


def read(path: Path, name: str) -> Node:
    """Read one file, which faults call `name`; raises `DefinitionFaults` for any fault of the text."""
    return sound(read_through(path, name))


def read_text(text: str, name: str) -> Node:
    """Read YAML text; raises `DefinitionFaults` for any fault of the text."""
    return sound(walk(text, name))


@dataclass(frozen=True, slots=True)
class Tree:
    """What could be read (None if nothing could), and every fault of the text itself."""

    root: Node | None
    faults: tuple[Fault, ...] = ()


def sound(tree: Tree) -> Node:
    """The root of a tree without faults; raises `DefinitionFaults` otherwise."""
    if tree.faults or tree.root is None:
        raise DefinitionFaults(tree.faults)
    return tree.root


def _open_at_once(name: str, flags: int) -> int:
    # A pipe that lies in the folder would keep the reader waiting for ever.
    return os.open(name, flags | os.O_NONBLOCK)


def read_through(path: Path, name: str) -> Tree:
    """Read one file as far as it can be read."""
    try:
        with open(path, "rb", opener=_open_at_once) as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        return Tree(None, (Fault(name, 1, f"cannot be read: {error.strerror or error}"),))
    if len(raw) > MAX_BYTES:
        return Tree(None, (Fault(name, 1, f"is larger than {MAX_BYTES // 1_000_000} MB"),))
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        return Tree(None, (Fault(name, line, "is not UTF-8 text"),))
    return walk(text, name)


def walk(text: str, name: str) -> Tree:
    """Read YAML text as far as it can be read."""
    walker = _Walker(name, text)
    root = None
    try:
        root = walker.document()
    except yaml.MarkedYAMLError as error:
        walker.add(_line(error), f"is not valid YAML: {error.problem or error.context}")
    except yaml.reader.ReaderError as error:
        walker.add(text.count("\n", 0, error.position) + 1, "holds a character that YAML does not allow")
    if root is None and not walker.faults:
        walker.add(1, "is empty")
    return Tree(root, tuple(walker.faults))


def _line(error: yaml.MarkedYAMLError) -> int:
    mark: Any = error.problem_mark or error.context_mark
    return mark.line + 1 if mark is not None else 1


class _TooDeep(yaml.MarkedYAMLError):
    """Nesting beyond `MAX_DEPTH`: stops the walk before the interpreter's own stack would."""


class _Walker:
    """Walks the parser's events once; collects faults instead of stopping where it can go on."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.faults: list[Fault] = []
        self.events: Iterator[Any] = yaml.parse(text, Loader=yaml.CSafeLoader)

    def add(self, line: int, message: str) -> None:
        self.faults.append(Fault(self.name, line, message))

    def document(self) -> Node | None:
        root: Node | None = None
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                if root is not None:
                    mark: Any = event.start_mark
                    self.add(mark.line + 1, "holds a second document; one file is one document")
                    return root
                root = self.node(next(self.events), None, 1)
        return root

    def node(self, event: Any, line: int | None, depth: int) -> Node:
        line = event.start_mark.line + 1 if line is None else line
        if depth > MAX_DEPTH:
            raise _TooDeep(problem=f"nested deeper than {MAX_DEPTH}", problem_mark=event.start_mark)
        if getattr(event, "anchor", None):
            self.add(line, f'anchors and aliases are not allowed ("{event.anchor}")')
        if getattr(event, "tag", None):
            self.add(line, f'tags are not allowed ("{event.tag}")')
        if isinstance(event, yaml.MappingStartEvent):
            return Node(self.name, line, self.entries(depth))
        if isinstance(event, yaml.SequenceStartEvent):
            return Node(self.name, line, self.sequence(depth))
        if isinstance(event, yaml.ScalarEvent):
            return Node(self.name, line, self.scalar(event, line))
        return Node(self.name, line, "")  # an alias, already refused

    def sequence(self, depth: int) -> list[Node]:
        items = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            items.append(self.node(event, None, depth + 1))
        return items

    def entries(self, depth: int) -> dict[str, Node]:
        entries: dict[str, Node] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            line = event.start_mark.line + 1
            key = self.key(event, line, depth)
            child = self.node(next(self.events), line, depth + 1)
            if key in entries:
                self.add(line, f'"{key}" stands twice; the first is at line {entries[key].line}')
            else:
                entries[key] = child
        return entries

    def key(self, event: Any, line: int, depth: int) -> str:
        if isinstance(event, yaml.ScalarEvent):
            return str(event.value)
        self.node(event, None, depth + 1)
        self.add(line, "a key must be plain text")
        return f"line {line}"

    def scalar(self, event: Any, line: int) -> Scalar:
        text = str(event.value)
        if event.style not in (None, ""):
            return text
        if text in _EMPTY:
            self.add(line, "has no value; leave the key out or give it one")
        if text in ("true", "false"):
            return text == "true"
        if not _NUMBER.fullmatch(text):
            return text
        if sum(char.isdigit() for char in text) > MAX_DIGITS:
            self.add(line, f"has more than {MAX_DIGITS} digits")
            return text  # Python itself refuses to write numbers of thousands of digits
        return Decimal(text)
