"""What the checks share: the questionnaire, its tree, and a place to write faults down."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from assessment.catalogue.faults import Fault
from assessment.catalogue.resolve import did_you_mean
from assessment.catalogue.shape import Path, node_at, title_of
from assessment.catalogue.source import Node
from assessment.core.definition import Computed, Question, Questionnaire


@dataclass
class Sheet:
    """Faults and warnings of one questionnaire; paths are those of its resolved tree.

    `ghosts` are the ids of parts that did not fit their model: what names them is not at fault itself.
    """

    questionnaire: Questionnaire
    root: Node
    ghosts: frozenset[str]
    today: date
    faults: list[Fault] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)

    def fault(self, path: Path, message: str) -> None:
        """Write a fault down at a path, led by what the place belongs to."""
        self.faults.append(self._at(path, message))

    def warn(self, path: Path, message: str) -> None:
        """Write a warning down: the questionnaire still works."""
        self.warnings.append(self._at(path, message))

    def _at(self, path: Path, message: str) -> Fault:
        owner = title_of(self.root, path if node_at(self.root, path) is not self.root else ())
        return node_at(self.root, path).fault(f"{owner}: {message}" if owner else message)

    def known(self, path: Path, what: str, name: str, names: Iterable[str]) -> bool:
        """Whether `name` is among `names`; if not (and it is no ghost), a fault says so."""
        known = list(names)
        if name in known:
            return True
        if name not in self.ghosts:
            self.fault(path, f'there is no {what} "{name}"{did_you_mean(name, known)}')
        return False

    def once(self, what: str, places: Iterable[tuple[Path, str]]) -> None:
        """Fault every id that stands a second time."""
        first: dict[str, Path] = {}
        for path, name in places:
            if name in first:
                node = node_at(self.root, first[name])
                told = title_of(self.root, path).endswith(f'"{name}"')
                thing = f'"{name}"' if told else f'{what} "{name}"'
                self.fault(path, f"{thing} stands twice; the first is at {node.file}:{node.line}")
            first.setdefault(name, path)

    @cached_property
    def placed(self) -> tuple[tuple[Path, int, Question], ...]:
        """Every question in the order asked, with its path and the number of its page."""
        return tuple(
            (("pages", number, "questions", place), number, question)
            for number, page in enumerate(self.questionnaire.pages)
            for place, question in enumerate(page.questions)
        )

    @cached_property
    def page_of(self) -> dict[str, int]:
        """Question id -> number of its page."""
        return {question.id: number for _, number, question in self.placed}

    @cached_property
    def path_of(self) -> dict[str, Path]:
        """Question id -> its path."""
        return {question.id: path for path, _, question in self.placed}

    @cached_property
    def numeric(self) -> tuple[str, ...]:
        """The ids of questions whose answer is a number."""
        return tuple(question.id for _, _, question in self.placed if question.is_numeric)

    @cached_property
    def single(self) -> dict[str, Computed]:
        """Computed values that are one value, not a row of them."""
        return {name: computed for name, computed in self.questionnaire.computed.items() if computed.over is None}

    @cached_property
    def rows(self) -> dict[str, Computed]:
        """Computed values with `over`: one value for each n."""
        return {name: computed for name, computed in self.questionnaire.computed.items() if computed.over is not None}

    @cached_property
    def scored(self) -> dict[str, Path]:
        """Everything that gives points, questions first, with its path."""
        questions = {question.id: path for path, _, question in self.placed if question.is_scored}
        computed = self.questionnaire.computed.items()
        return questions | {name: ("computed", name) for name, value in computed if value.score is not None}
