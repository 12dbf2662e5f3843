"""A file's tree with its blocks, answer sets and figures put in; every node keeps the place it came from."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from difflib import get_close_matches

from assessment.catalogue.faults import DefinitionFaults, Fault
from assessment.catalogue.shelf import Shelf
from assessment.catalogue.source import Node

MERGED_LISTS = ("checks", "exhibits", "contradictions")
MERGED_MAPS = ("computed", "groups", "answer_sets")

_FIGURE_NAME = re.compile(r"\b[A-Z][0-9]{2}[a-z]?\b")


@dataclass
class Resolved:
    """The resolved tree, what went wrong on the way, and the ids of parts left out because of it (`ghosts`)."""

    root: Node
    faults: list[Fault] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)
    ghosts: set[str] = field(default_factory=set)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean "..."?` when a known word is close to it, else nothing."""
    close = get_close_matches(word, list(known), 1, 0.6)
    return f'; did you mean "{close[0]}"?' if close else ""


def resolve(root: Node, shelf: Shelf) -> Resolved:
    """Put blocks, answer sets and figures into a questionnaire's tree; collects faults, raises nothing."""
    result = Resolved(root)
    if not isinstance(root.value, dict):
        result.faults.append(root.fault("a questionnaire is a mapping that starts with format: 1"))
        return result
    return _Resolver(result, shelf).run()


class _Resolver:
    def __init__(self, result: Resolved, shelf: Shelf) -> None:
        self.result = result
        self.shelf = shelf
        self.top: dict[str, Node] = dict(result.root.mapping)
        self.questions: dict[str, Node] = {}
        self.rows: dict[str, Node] = {}
        self.sets: dict[str, Node] = {}
        self.sets_used: set[str] = set()

    def run(self) -> Resolved:
        if "figures" in self.top:
            self.fault(self.top.pop("figures"), "figures stand in benchmarks/*.yaml, not in a questionnaire")
        for block in self.blocks():
            self.merge(block)
        sets = self.top.pop("answer_sets", None)
        self.sets = dict(sets.mapping) if sets else {}
        if "pages" in self.top:
            self.top["pages"] = self.pages(self.top["pages"])
        if "benchmarks" in self.top:
            self.top["benchmarks"] = self.benchmarks(self.top["benchmarks"])
        self.unused()
        self.figures()
        self.result.root = self.result.root.but(self.top)
        return self.result

    def fault(self, node: Node, message: str) -> None:
        self.result.faults.append(node.fault(message))

    def blocks(self) -> list[Node]:
        use = self.top.pop("use", None)
        if use is None:
            return []
        if not isinstance(use.value, list):
            self.fault(use, '"use" is a list of block files, such as [blocks/deflection.yaml]')
            return []
        found = []
        for item in use.items:
            name = item.text or ""
            if not self.shelf.has_block(name):
                known = [f"blocks/{path.name}" for path in self.shelf.block_files]
                self.fault(item, f'there is no block "{name or item.plain()}"{did_you_mean(name, known)}')
                continue
            try:
                found.append(self.shelf.block(name))
            except DefinitionFaults as problem:
                self.result.faults.extend(problem.faults)
        return found

    def merge(self, block: Node) -> None:
        parts = block.mapping
        for key, known, what in (("questions", self.questions, "question"), ("benchmarks", self.rows, "benchmark")):
            for name, part in parts.get(key, block.but({})).mapping.items():
                if name in known:
                    self.fault(part, self.twice(f'block {what} "{name}"', known[name]))
                    continue
                if "id" in part.mapping:
                    told = f'a block names its {what}s by their key: remove "id" in "{name}"'
                    self.fault(part.mapping["id"], told)
                known[name] = part.but({"id": part.but(name)} | part.mapping)
        for key in MERGED_LISTS:
            if key in parts:
                own = self.top.get(key, parts[key].but([]))
                self.top[key] = own.but([*parts[key].items, *own.items])
        for key in MERGED_MAPS:
            if key in parts:
                self.merge_map(key, parts[key])

    def merge_map(self, key: str, shared: Node) -> None:
        own = self.top.get(key, shared.but({}))
        merged = shared.mapping | own.mapping
        for name in shared.mapping.keys() & own.mapping.keys():
            parts, added = shared.mapping[name].mapping, own.mapping[name].mapping
            if key == "computed" and set(added) == {"score"} and "score" not in parts:
                # A block computes; what a value is worth in a file's areas is the file's own to say.
                merged[name] = shared.mapping[name].but(parts | added)
            else:
                self.fault(own.mapping[name], self.twice(f'"{name}"', shared.mapping[name]))
        self.top[key] = own.but(merged)

    @staticmethod
    def twice(what: str, first: Node) -> str:
        return f"{what} stands twice; the first is at {first.file}:{first.line}"

    def pages(self, pages: Node) -> Node:
        return pages.but([self.page(page) for page in pages.items]) if pages.items else pages

    def page(self, page: Node) -> Node:
        questions = page.mapping.get("questions")
        if questions is None or not questions.items:
            return page
        ready = [question for item in questions.items if (question := self.question(item)) is not None]
        return page.but(page.mapping | {"questions": questions.but(ready)})

    def benchmarks(self, rows: Node) -> Node:
        if not rows.items:
            return rows
        placed = [self.placed(item, self.rows, "benchmark") if "use" in item.mapping else item for item in rows.items]
        return rows.but([row for row in placed if row is not None])

    def question(self, item: Node) -> Node | None:
        if "use" in item.mapping:
            placed = self.placed(item, self.questions, "question")
            if placed is None:
                return None
            item = self.always(placed)
        answers = item.mapping.get("answers")
        if answers is None or answers.text is None:
            return item
        name = answers.text
        self.sets_used.add(name)
        if name in self.sets:
            return item.but(item.mapping | {"answers": replace(self.sets[name], shared=True)})
        self.fault(answers, f'there is no answer set "{name}"{did_you_mean(name, self.sets)}')
        self.ghost(item.mapping.get("id"))
        return None

    def always(self, question: Node) -> Node:
        """A calculator asks all its questions on one page, so there a shared question stands without its `show_if`."""
        kind = self.top.get("kind")
        if kind is None or kind.text != "calculator":
            return question
        return question.but({key: node for key, node in question.mapping.items() if key != "show_if"})

    def placed(self, item: Node, known: dict[str, Node], what: str) -> Node | None:
        name = item.mapping["use"].text or ""
        if len(item.mapping) > 1:
            self.fault(item, f'"use: {name}" stands alone: the {what} is written in its block')
        if name not in known:
            self.fault(item, f'no block in "use" has a {what} "{name}"{did_you_mean(name, known)}')
            self.ghost(item.mapping["use"])
            return None
        return known[name]

    def ghost(self, node: Node | None) -> None:
        if node is not None and node.text:
            self.result.ghosts.add(node.text)

    def unused(self) -> None:
        for name, node in self.sets.items():
            if name not in self.sets_used and node.file == self.result.root.file:
                self.result.warnings.append(node.fault(f'answer set "{name}" is not used'))

    def figures(self) -> None:
        """Attach the figures that are named; unknown ones are left to the checks, which know the place better."""
        named = sorted(self.named_figures() & self.shelf.figures.keys())
        if named:
            self.top["figures"] = self.result.root.but({name: self.shelf.figures[name] for name in named})

    def named_figures(self) -> set[str]:
        names: set[str] = set()
        for part in (*self.top.get("benchmarks", _NONE).items, *self.top.get("exhibits", _NONE).items):
            names.add(part.mapping.get("figure", _NONE).text or "")
        for part in self.top.get("computed", _NONE).mapping.values():
            formulas = [part, *part.mapping.get("cases", _NONE).items]
            names.update(*(_FIGURE_NAME.findall(f.mapping.get("formula", _NONE).text or "") for f in formulas))
            for assumption in part.mapping.get("assume", _NONE).mapping.values():
                names.add(assumption.mapping.get("figure", _NONE).text or "")
        return names


_NONE = Node("", 0, [])
