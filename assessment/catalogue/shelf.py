"""What the questionnaires of one folder share: `blocks/*.yaml` and the figures of `benchmarks/*.yaml`."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from assessment.catalogue.faults import DefinitionFaults, Fault
from assessment.catalogue.source import Node, read

BLOCKS = "blocks"
FIGURES = "benchmarks"
BLOCK_KEYS = frozenset(
    {
        "format",
        "block",
        "answer_sets",
        "questions",
        "computed",
        "groups",
        "checks",
        "benchmarks",
        "exhibits",
        "contradictions",
    }
)


@dataclass
class Shelf:
    """Reads the shared files of `folder` once; `label` turns a path into the name that faults print."""

    folder: Path
    label: Callable[[Path], str] = str
    _blocks: dict[str, "Node | DefinitionFaults"] = field(default_factory=dict)

    def block(self, name: str) -> Node:
        """The block file `name` (as `use` writes it); raises `DefinitionFaults`, also when there is no such file."""
        if name not in self._blocks:
            try:
                self._blocks[name] = self._read_block(name)
            except DefinitionFaults as problem:
                self._blocks[name] = problem
        found = self._blocks[name]
        if isinstance(found, DefinitionFaults):
            raise found
        return found

    def has_block(self, name: str) -> bool:
        """Whether `name` is a YAML file in the folder's blocks."""
        return (self.folder / name) in self.block_files

    @cached_property
    def block_files(self) -> tuple[Path, ...]:
        """Every block file, by name."""
        return tuple(sorted((self.folder / BLOCKS).glob("*.yaml")))

    def _read_block(self, name: str) -> Node:
        path = self.folder / name
        root = read(path, self.label(path))
        faults = [
            child.fault(f'unknown key "{key}" in a block; it may hold {", ".join(sorted(BLOCK_KEYS))}')
            for key, child in root.mapping.items()
            if key not in BLOCK_KEYS
        ]
        if not root.mapping or root.mapping.get("format", root).plain() != 1:
            faults.append(root.fault("a block starts with format: 1"))
        if faults:
            raise DefinitionFaults(faults)
        return root

    @cached_property
    def _figures(self) -> tuple[dict[str, Node], tuple[Fault, ...]]:
        figures: dict[str, Node] = {}
        faults: list[Fault] = []
        for path in sorted((self.folder / FIGURES).glob("*.yaml")):
            try:
                root = read(path, self.label(path))
            except DefinitionFaults as problem:
                faults.extend(problem.faults)
                continue
            faults.extend(_collect(root, figures))
        return figures, tuple(faults)

    @property
    def figures(self) -> dict[str, Node]:
        """Every published figure by id."""
        return self._figures[0]

    @property
    def figure_faults(self) -> tuple[Fault, ...]:
        """What is wrong with the figure files as files."""
        return self._figures[1]


def _collect(root: Node, figures: dict[str, Node]) -> list[Fault]:
    """Add a file's figures to `figures`; returns the faults of its frame and repeated ids."""
    faults = [
        child.fault(f'unknown key "{key}"; a file of figures holds format and figures')
        for key, child in root.mapping.items()
        if key not in ("format", "figures")
    ]
    if not root.mapping or root.mapping.get("format", root).plain() != 1:
        faults.append(root.fault("a file of figures starts with format: 1"))
    for item in root.mapping.get("figures", root).items:
        name = item.mapping["id"].text if "id" in item.mapping else None
        if name is None:
            faults.append(item.fault('this figure has no "id"'))
        elif name in figures:
            first = figures[name]
            faults.append(item.fault(f'figure "{name}" stands twice; the first is at {first.file}:{first.line}'))
        else:
            figures[name] = item
    return faults
