"""One file from disk to a checked questionnaire."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from assessment.catalogue.checks import check
from assessment.catalogue.faults import Fault
from assessment.catalogue.links import Link, links_of
from assessment.catalogue.resolve import resolve
from assessment.catalogue.shape import shape
from assessment.catalogue.shelf import Shelf
from assessment.catalogue.source import read_through
from assessment.core.definition import Questionnaire


@dataclass(frozen=True, slots=True)
class Loaded:
    """A file's questionnaire, or None where it has faults; and the questionnaires of other files that it names."""

    questionnaire: Questionnaire | None
    faults: tuple[Fault, ...]
    warnings: tuple[Fault, ...]
    links: tuple[Link, ...] = ()


def load_file(path: Path, shelf: Shelf, today: date) -> Loaded:
    """Read, resolve and check one file; all faults at once, nothing raised. `today` dates the warnings."""
    tree = read_through(path, shelf.label(path))
    if tree.root is None:
        return Loaded(None, _sorted(tree.faults), ())
    resolved = resolve(tree.root, shelf)
    shaped = shape(resolved.root)
    faults, warnings, links = [*resolved.faults, *shaped.faults], [*resolved.warnings], tuple[Link, ...]()
    if shaped.questionnaire is not None:
        ghosts, sound = shaped.ghosts | resolved.ghosts, not (faults or tree.faults)
        sheet = check(shaped.questionnaire, shaped.root, ghosts, today, sound=sound)
        links = links_of(shaped.questionnaire, shaped.root)
        faults.extend(sheet.faults)
        warnings.extend(sheet.warnings)
    # A line that was misread as text is reported as that alone: what follows from it would only puzzle.
    misread = {(fault.file, fault.line) for fault in tree.faults}
    faults = [*tree.faults, *(fault for fault in faults if (fault.file, fault.line) not in misread)]
    return Loaded(None if faults else shaped.questionnaire, _sorted(faults), _sorted(warnings), links)


def _sorted(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    return tuple(sorted(set(faults)))
