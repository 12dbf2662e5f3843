"""How far the audit log was sealed, kept outside the database: who can write that must not make the seals unsaid."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from assessment.store.audit_chain import BEGINNING
from assessment.store.audit_walk import Misfit

FILE = "audit-head.json"


@dataclass(frozen=True, slots=True)
class Kept:
    """The newest row that was sealed: its id, how many rows the log had with it, and its digest."""

    audit_id: int = 0
    number: int = 0
    digest: str = BEGINNING


def read(home: Path) -> Kept | None:
    """What is kept in a home folder, None where nothing is; raises `Misfit` when it cannot be read."""
    path = home / FILE
    try:
        kept = json.loads(path.read_text())
        return Kept(int(kept["audit_id"]), int(kept["number"]), str(kept["digest"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Misfit(f"the head of the log that is kept in {path} cannot be read ({type(error).__name__})") from None


def write(home: Path, kept: Kept) -> None:
    """Keep this instead: replaced whole, durable, mode 600, of the folder's owner; raises `OSError`."""
    draft = home / f".{FILE}.{os.getpid()}"
    owner = home.stat()
    try:
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), "w") as file:
            if os.geteuid() == 0:  # root runs `init`; the service still has to write it
                os.fchown(file.fileno(), owner.st_uid, owner.st_gid)
            file.write(json.dumps({"audit_id": kept.audit_id, "number": kept.number, "digest": kept.digest}))
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, home / FILE)
    finally:
        draft.unlink(missing_ok=True)
    folder = os.open(home, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def begin(home: Path, kept: Kept) -> None:
    """Keep this where nothing is kept yet."""
    if not (home / FILE).exists():
        write(home, kept)


def forget(home: Path) -> None:
    """Keep nothing: another log is put in the place of the one that it was the head of."""
    (home / FILE).unlink(missing_ok=True)
