"""One file from disk to a checked questionnaire."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from assessment.catalogue.checks import check
from assessment.catalogue.faults import DefinitionFaults, Fault
from assessment.catalogue.library import Library
from assessment.catalogue.resolve import resolve
from assessment.catalogue.shape import shape
from assessment.catalogue.source import read
from assessment.core.definition import Questionnaire


@dataclass(frozen=True, slots=True)
class Loaded:
    """A file's questionnaire, or None where it has faults."""

    questionnaire: Questionnaire | None
    faults: tuple[Fault, ...]
    warnings: tuple[Fault, ...]


def load_file(path: Path, library: Library, today: date) -> Loaded:
    """Read, resolve and check one file; all faults at once, nothing raised. `today` dates the warnings."""
    try:
        root = read(path, library.label(path))
    except DefinitionFaults as problem:
        return Loaded(None, problem.faults, ())
    resolved = resolve(root, library)
    shaped = shape(resolved.root)
    faults, warnings = [*resolved.faults, *shaped.faults], [*resolved.warnings]
    if shaped.questionnaire is not None:
        sheet = check(shaped.questionnaire, shaped.root, shaped.ghosts | resolved.ghosts, today, sound=not faults)
        faults.extend(sheet.faults)
        warnings.extend(sheet.warnings)
    return Loaded(None if faults else shaped.questionnaire, _sorted(faults), _sorted(warnings))


def _sorted(faults: list[Fault]) -> tuple[Fault, ...]:
    return tuple(sorted(set(faults)))
