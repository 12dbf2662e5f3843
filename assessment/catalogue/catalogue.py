"""The questionnaires being served: loaded from folders, kept fresh, never worse than the last good edit."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock

from assessment.catalogue.faults import Fault
from assessment.catalogue.links import amiss
from assessment.catalogue.loading import Loaded, load_file
from assessment.catalogue.shelf import BLOCKS, FIGURES, Shelf
from assessment.catalogue.versions import version_of
from assessment.core.definition import Questionnaire

LOOK_EVERY = timedelta(seconds=1)

Print = tuple[tuple[str, int, int], ...]
"""Name, time of change (ns) and size of each file: what tells an edit."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One questionnaire of the catalogue and the name of its version."""

    questionnaire: Questionnaire
    version: str


@dataclass(frozen=True, slots=True)
class Standing:
    """How one file stands: what is served from it (None: nothing), whether that is its latest edit, what was found.

    `file` is its name as faults give it.
    """

    file: str
    served: Entry | None
    current: bool
    faults: tuple[Fault, ...]
    warnings: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class _Served:
    """What all readers see at one moment; replaced as a whole, so that no reader needs a lock."""

    entries: Mapping[str, Entry] = field(default_factory=dict)
    live: tuple[Entry, ...] = ()
    retired: tuple[Entry, ...] = ()
    faults: tuple[Fault, ...] = ()
    warnings: tuple[Fault, ...] = ()
    files: tuple[Standing, ...] = ()


@dataclass(slots=True)
class _File:
    label: str
    print: Print
    loaded: Loaded
    good: Entry | None


class Catalogue:
    """Questionnaires of one or more folders; `refresh` takes in edits. Safe to share between threads.

    A file with faults keeps its last good version serving; a file that is removed is served no longer. `on_fault` is
    told all faults whenever they change (also when the last one is gone).
    """

    def __init__(
        self, folders: Path | Iterable[Path], now: datetime, on_fault: Callable[[tuple[Fault, ...]], None] | None = None
    ) -> None:
        self._folders = (folders,) if isinstance(folders, Path) else tuple(folders)
        self.on_fault = on_fault
        self._lock = Lock()
        self._files: dict[Path, _File] = {}
        self._shared: dict[Path, Print] = {}
        self._seen: tuple[Print, ...] | None = None
        self._served = _Served()
        self._next_look = now
        self.refresh(now)

    def live(self, *kinds: str) -> tuple[Entry, ...]:
        """What the public catalogue shows, in its order; only these kinds where any are named."""
        shown = self._served.live
        return tuple(entry for entry in shown if entry.questionnaire.kind in kinds) if kinds else shown

    def retired(self) -> tuple[Entry, ...]:
        """What takes no new answers and whose results live on, in the catalogue's order."""
        return self._served.retired

    def get(self, slug: str) -> Entry | None:
        """The live or retired questionnaire of that id (its `status` says which); None for drafts and unknown ids."""
        entry = self._served.entries.get(slug)
        return None if entry is None or entry.questionnaire.status == "draft" else entry

    def find(self, slug: str) -> Entry | None:
        """The questionnaire of that id whatever its status: for its authors, never for the public site."""
        return self._served.entries.get(slug)

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What is wrong with the files as they stand now, served or not."""
        return self._served.faults

    @property
    def warnings(self) -> tuple[Fault, ...]:
        """What is doubtful in the files as they stand now."""
        return self._served.warnings

    @property
    def files(self) -> tuple[Standing, ...]:
        """Every file as it stands, for those who write them."""
        return self._served.files

    def refresh(self, now: datetime) -> None:
        """Look for edits, at most once a second; while one thread looks, the others go on with what they have."""
        if now < self._next_look or not self._lock.acquire(blocking=False):
            return
        try:
            self._next_look = now + LOOK_EVERY
            self._look(now)
        finally:
            self._lock.release()

    def _look(self, now: datetime) -> None:
        seen = tuple(_prints(folder.rglob("*.yaml")) for folder in self._folders)
        if seen == self._seen:
            return
        before = self._served.faults
        files = {path: file for folder in self._folders for path, file in self._load(folder, now).items()}
        self._files, self._seen = files, seen
        self._served = _serve(files)
        if self.on_fault is not None and self._served.faults != before:
            self.on_fault(self._served.faults)

    def _load(self, folder: Path, now: datetime) -> dict[Path, _File]:
        """The folder's files; only what changed (or rests on what changed) is read again."""
        shared = _prints([*(folder / BLOCKS).glob("*.yaml"), *(folder / FIGURES).glob("*.yaml")])
        same = self._shared.get(folder) == shared
        self._shared[folder] = shared
        shelf = Shelf(folder, _label(folder))
        files: dict[Path, _File] = {}
        for path in sorted(folder.glob("*.yaml")):
            known, print_ = self._files.get(path), _prints([path])
            if known is not None and same and known.print == print_:
                files[path] = known
                continue
            loaded = load_file(path, shelf, now.date())
            files[path] = _File(shelf.label(path), print_, loaded, _entry(loaded) or (known.good if known else None))
        return files


def _label(folder: Path) -> Callable[[Path], str]:
    return lambda path: path.relative_to(folder.parent).as_posix()


def _entry(loaded: Loaded) -> Entry | None:
    whole = loaded.questionnaire
    return None if whole is None else Entry(whole, version_of(whole))


def _prints(paths: Iterable[Path]) -> Print:
    found = []
    for path in sorted(paths):
        try:
            stat = path.stat()
        except OSError:  # removed between the listing and the look, or a link that leads nowhere: that too is news
            found.append((str(path), 0, -1))
            continue
        found.append((str(path), stat.st_mtime_ns, stat.st_size))
    return tuple(found)


def _serve(files: Mapping[Path, _File]) -> _Served:
    entries: dict[str, Entry] = {}
    standing: list[Standing] = []
    owners: dict[str, Path] = {}
    faults: set[Fault] = set()
    warnings: set[Fault] = set()
    for path, file in files.items():
        faults.update(file.loaded.faults)
        warnings.update(file.loaded.warnings)
        if file.good is None:
            standing.append(_standing(file, None))
            continue
        name = file.good.questionnaire.id
        if name in entries:
            where = f"{path.parent.name}/{path.name}"
            twice = Fault(where, 1, f'questionnaire "{name}" stands twice; the first is {owners[name].name}')
            faults.add(twice)
            standing.append(_standing(file, None, twice))
            continue
        entries[name], owners[name] = file.good, path
        standing.append(_standing(file, file.good))
    statuses = {name: entry.questionnaire.status for name, entry in entries.items()}
    for found in amiss((link for file in files.values() for link in file.loaded.links), statuses):
        warnings.update(found)  # a link that leads nowhere suggests nothing and keeps nobody from answering
    ordered = sorted(entries.values(), key=lambda entry: (entry.questionnaire.order, entry.questionnaire.title))
    live, retired = (
        tuple(entry for entry in ordered if entry.questionnaire.status == status) for status in ("live", "retired")
    )
    return _Served(entries, live, retired, tuple(sorted(faults)), tuple(sorted(warnings)), tuple(standing))


def _standing(file: _File, served: Entry | None, *more: Fault) -> Standing:
    current = file.loaded.questionnaire is not None
    return Standing(file.label, served, current, (*file.loaded.faults, *more), file.loaded.warnings)
