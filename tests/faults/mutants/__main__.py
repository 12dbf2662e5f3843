"""Whether the kills catch every wrong design, each in a copy of the tree: `make faults-mutants`."""

import argparse
import json
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.faults.mutants.designs import DESIGNS, Design

TREE = Path(__file__).parents[3]
PARTS = ("assessment", "questionnaires", "static", "templates", "tests", "pyproject.toml")
KILLS = ("--database", "sqlite", "--submissions", "60", "--kills", "24", "--seeds", "1", "--aimed", "--patient")
LONGEST = 1200
"""Seconds for one."""


def main() -> int:
    """Try the tree as it is and every design; the status is 1 unless the one is green and all the others red."""
    reader = argparse.ArgumentParser(prog="python -m tests.faults.mutants", description=__doc__)
    reader.add_argument("--only", action="append", help="this design, by a part of its name")
    wanted = reader.parse_args().only
    chosen = [design for design in DESIGNS if not wanted or any(word in design.name for word in wanted)]
    lines, good = [], True
    for design in (None, *chosen):
        name = design.name if design else "the product as it is"
        print(f"{name} ...", flush=True)
        met, said = _tried(design)
        good = good and met is (design is None)
        lines.append(f"| {name:26} | {'no' if met else 'yes':3} | {said}")
        print(lines[-1], flush=True)
    print("\n".join(["", f"| {'mutant':26} | red | what the books say", f"|{'-' * 28}|-----|{'-' * 40}", *lines]))
    return int(not good)


def copy_tree(to: Path) -> None:
    """What it takes to run the product and its faults."""
    for part in PARTS:
        if (TREE / part).is_dir():
            shutil.copytree(TREE / part, to / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(TREE / part, to / part)


def _tried(design: Design | None) -> tuple[bool, str]:
    """Whether all goals were met, and what the round found; raises when the copy could not even run."""
    with tempfile.TemporaryDirectory(prefix="mutant") as folder:
        tree = Path(folder)
        copy_tree(tree)
        if design is not None:
            design.apply(tree)
        rows = tree / "rows.json"
        command = [sys.executable, "-m", "tests.faults", "--only", "kills", "--rows", str(rows)]
        said = _run([*command, *KILLS], tree)
        if not rows.exists():
            raise RuntimeError(f"the kills did not run:\n{said}")
        [row] = json.loads(rows.read_text())
        return bool(row["met"]), next(line.strip() for line in said.splitlines() if "acknowledged" in line)


def _run(command: list[str], tree: Path) -> str:
    with subprocess.Popen(command, cwd=tree, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            return process.communicate(timeout=LONGEST)[0]
        except BaseException:
            process.send_signal(signal.SIGINT)  # it ends what it started
            process.communicate()
            raise


if __name__ == "__main__":
    sys.exit(main())
