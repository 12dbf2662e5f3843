"""Links between questionnaires: every name that one file gives of another, held against what stands beside it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from assessment.catalogue.faults import Fault
from assessment.catalogue.resolve import did_you_mean
from assessment.catalogue.shape import node_at
from assessment.catalogue.source import Node, read_through
from assessment.core.definition import Questionnaire


@dataclass(frozen=True, slots=True)
class Link:
    """A questionnaire that another one names; `place` is where, and says which part of it does."""

    to: str
    place: Fault
    live: bool


def links_of(questionnaire: Questionnaire, root: Node) -> tuple[Link, ...]:
    """Every link of a questionnaire, with its line in the resolved tree; `live`: its own file is."""
    onward = tuple(
        Link(name, node_at(root, ("areas", number, "next", place)).fault(f'area "{area.id}"'), _live(questionnaire))
        for number, area in enumerate(questionnaire.areas)
        for place, name in enumerate(area.next)
    )
    return onward + _fits(questionnaire, root)


def _fits(questionnaire: Questionnaire, root: Node) -> tuple[Link, ...]:
    """The assessments that a survey's answers lead to."""
    return tuple(
        Link(
            option.fits,
            node_at(root, ("pages", number, "questions", place, "answers", nth, "fits")).fault(f'answer "{option.id}"'),
            _live(questionnaire),
        )
        for number, page in enumerate(questionnaire.pages)
        for place, question in enumerate(page.questions)
        for nth, option in enumerate(question.answers)
        if option.fits is not None
    )


def _live(questionnaire: Questionnaire) -> bool:
    return questionnaire.status == "live"


def amiss(links: Iterable[Link], statuses: Mapping[str, str]) -> tuple[list[Fault], list[Fault]]:
    """Links that lead nowhere (faults), and those of live files to what is not live (warnings).

    `statuses` are those of all questionnaires of the folder, by id.
    """
    faults: list[Fault] = []
    warnings: list[Fault] = []
    for link in links:
        at = link.place
        if link.to not in statuses:
            told = f'{at.message}: there is no questionnaire "{link.to}"{did_you_mean(link.to, statuses)}'
            faults.append(Fault(at.file, at.line, told))
        elif link.live and statuses[link.to] != "live":
            told = f'{at.message}: "{link.to}" is {statuses[link.to]}, so it is not suggested to anybody'
            warnings.append(Fault(at.file, at.line, told))
    return faults, warnings


def statuses_beside(path: Path) -> dict[str, str]:
    """Ids and statuses of all questionnaires in a file's folder, read no further than that."""
    roots = (read_through(other, other.name).root for other in sorted(path.parent.glob("*.yaml")))
    parts = [root.mapping for root in roots if root is not None]
    return {each["id"].text or "": (each["status"].text or "") if "status" in each else "draft"
            for each in parts if "id" in each}  # fmt: skip
