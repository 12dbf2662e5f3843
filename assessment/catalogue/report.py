"""Checking files for their authors: every fault and warning as a line of its own."""

import os
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from pathlib import Path

from assessment import paths
from assessment.catalogue.faults import DefinitionFaults, Fault
from assessment.catalogue.figures import check_figures
from assessment.catalogue.links import amiss, statuses_beside
from assessment.catalogue.loading import Loaded, load_file
from assessment.catalogue.shelf import BLOCKS, FIGURES, Shelf

Findings = tuple[tuple[Fault, ...], tuple[Fault, ...]]


def check(folder: Path, today: date, label: Callable[[Path], str] = str) -> Findings:
    """All faults and all warnings of a folder: its questionnaires, blocks and figures."""
    shelf = Shelf(folder, label)
    files = sorted(folder.glob("*.yaml"))
    loaded = {path: load_file(path, shelf, today) for path in files}
    faults = {fault for one in loaded.values() for fault in one.faults}
    warnings = {warning for one in loaded.values() for warning in one.warnings}
    faults.update(_repeated_ids(loaded, label), _broken_blocks(shelf))
    lost, asleep = amiss((link for one in loaded.values() for link in one.links), _statuses(loaded))
    figure_faults, figure_warnings = check_figures(shelf, today)
    if not folder.is_dir():
        faults.add(Fault(label(folder), 1, "is not a folder"))
    return tuple(sorted(faults.union(figure_faults, lost))), tuple(sorted(warnings.union(figure_warnings, asleep)))


def check_file(path: Path, today: date, label: Callable[[Path], str] = str) -> Findings:
    """All faults and warnings of one questionnaire, one block file or one file of figures."""
    if path.parent.name in (BLOCKS, FIGURES) and not (path.parent / BLOCKS).is_dir():
        faults, warnings = check(path.parent.parent, today, label)
        name = label(path)
        return tuple(f for f in faults if f.file == name), tuple(w for w in warnings if w.file == name)
    loaded = load_file(path, Shelf(path.parent, label), today)
    lost, asleep = amiss(loaded.links, statuses_beside(path)) if loaded.links else ([], [])
    return tuple(sorted((*loaded.faults, *lost))), tuple(sorted((*loaded.warnings, *asleep)))


def check_command(files: Sequence[str | Path], today: date) -> tuple[list[str], int]:
    """The lines that `assessment check` prints, and its exit code: 1 if there is any fault; warnings pass."""
    targets = [Path(file) for file in files] or [paths.questionnaires_dir()]
    faults: set[Fault] = set()
    warnings: set[Fault] = set()
    for target in targets:
        found = (check if target.is_dir() else check_file)(target, today, _from_here)
        faults.update(found[0])
        warnings.update(found[1])
    lines = [str(fault) for fault in sorted(faults)]
    lines += [f"{warning.file}:{warning.line}: warning: {warning.message}" for warning in sorted(warnings)]
    return [*lines, _sum(len(faults), "fault") + ", " + _sum(len(warnings), "warning")], 1 if faults else 0


def _sum(count: int, what: str) -> str:
    return f"{count or 'no'} {what}{'' if count == 1 else 's'}"


def _from_here(path: Path) -> str:
    """The path as an editor opens it from the present folder, if it lies below that."""
    absolute = path.resolve()
    here = Path.cwd()
    return os.path.relpath(absolute, here) if absolute.is_relative_to(here) else str(path)


def _statuses(loaded: dict[Path, Loaded]) -> dict[str, str]:
    """By id; a file with faults counts as live by its name, or all that lead to it would seem at fault too."""
    sound = {one.questionnaire.id: one.questionnaire.status for one in loaded.values() if one.questionnaire}
    return {path.stem: "live" for path, one in loaded.items() if one.questionnaire is None} | sound


def _repeated_ids(loaded: dict[Path, Loaded], label: Callable[[Path], str]) -> Iterable[Fault]:
    seen: dict[str, Path] = {}
    for path, one in loaded.items():
        if one.questionnaire is None:
            continue
        name = one.questionnaire.id
        if name in seen:
            yield Fault(label(path), 1, f'questionnaire "{name}" stands twice; the first is {label(seen[name])}')
        seen.setdefault(name, path)


def _broken_blocks(shelf: Shelf) -> Iterable[Fault]:
    """Faults of block files, used or not; those of their parts show where they are used."""
    for path in shelf.block_files:
        try:
            shelf.block(f"{BLOCKS}/{path.name}")
        except DefinitionFaults as problem:
            yield from problem.faults


__all__ = ["Findings", "check", "check_command", "check_file"]
