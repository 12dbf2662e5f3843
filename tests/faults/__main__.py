"""Every fault of the promises, one after the other, and one table at the end: `make faults`."""

import argparse
import importlib
import json
import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from tests.faults.table import Row, Unable, table

if TYPE_CHECKING:
    from tests.faults.backends import Backend

FAULTS = {
    "kills": "kills",
    "restarts": "restarts",
    "disk": "disk_full",
    "busy": "busy",
    "redis": "redis_lost",
    "mail": "mail_trouble",
    "clock": "clock_jumps",
    "double": "double_posts",
    "edited": "edited",
    "bodies": "bodies",
    "bombs": "bombs",
    "slow": "slow_sockets",
}
"""What `--only` takes, and the module whose `run(small)` gives the row, or several."""
ON_BOTH = ("busy", "mail", "double")
"""Of those whose `run(small, backend)` is called for each kind of database, as the kills are."""
DATABASES = (
    f"both: kills, {', '.join(ON_BOTH)} on each, restarts on PostgreSQL, the others on SQLite; or everything on one"
)


def main() -> int:
    """Run what was asked for; the status is 1 when a goal was missed, or a fault could not be tried."""
    asked = _asked()
    logging.basicConfig(level=logging.CRITICAL)  # trouble in the log is what is wanted here
    # Only now are the modules imported that choose their database by it.
    os.environ["ASSESSMENT_TEST_DATABASE"] = "postgresql" if asked.database == "postgresql" else "sqlite"
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # what was started is ended in order
    rows: list[Row] = []
    unable: list[str] = []
    for name in asked.only or FAULTS:
        began = time.monotonic()
        print(f"{name} ...", flush=True)
        try:
            for row in _rows(name, asked):
                rows.append(row)
                print(f"{row.fault}: {'met' if row.met else 'MISSED'}, {time.monotonic() - began:.0f} s", flush=True)
        except Unable as reason:
            unable.append(f"{name} NOT TRIED: {reason}")
    print("\n".join(["", table(rows), *unable]))
    if asked.rows:
        asked.rows.write_text(json.dumps([asdict(row) for row in rows]))
    return int(bool(unable) or not all(row.met for row in rows))


def _asked() -> argparse.Namespace:
    reader = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    reader.add_argument("--only", action="append", choices=FAULTS, help="this fault; may be given several times")
    reader.add_argument("--small", action="store_true", help="the short form of each")
    reader.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both", help=DATABASES)
    reader.add_argument("--seeds", type=int, help="of the kills; 5, with --small 1")
    reader.add_argument("--kills", type=int, help="a seed; 50, with --small 5; also the restarts, 20 or 2")
    reader.add_argument("--submissions", type=int, help="a seed; 1000, with --small 20 (restarts 10)")
    reader.add_argument("--aimed", action="store_true", help="kill at the worst moments only")
    reader.add_argument(
        "--patient", action="store_true", help="do not judge how soon the web is back after a kill or a restart"
    )
    reader.add_argument("--rows", type=Path, help="write the rows there as JSON")
    return reader.parse_args()


def _rows(name: str, asked: argparse.Namespace) -> Iterator[Row]:
    module = importlib.import_module(f"tests.faults.{FAULTS[name]}")
    if name == "kills":
        yield from _kills(module, asked)
    elif name == "restarts":
        yield _restarts(module, asked)
    elif name in ON_BOTH:
        for backend in _backends(asked):
            found = module.run(asked.small, backend)
            rows: tuple[Row, ...] = (found,) if isinstance(found, Row) else found
            yield from (replace(row, fault=f"{row.fault}, {backend.name}") for row in rows)
    else:
        run: Callable[[bool], Row | tuple[Row, ...]] = module.run
        found = run(asked.small)
        yield from (found,) if isinstance(found, Row) else found


def _backends(asked: argparse.Namespace) -> tuple["Backend", ...]:
    from tests.faults.backends import BACKENDS

    return BACKENDS[asked.database]


def _kills(module: ModuleType, asked: argparse.Namespace) -> Iterator[Row]:
    usual = module.SMALL if asked.small else module.Plan()
    plan = replace(
        usual,
        submissions=asked.submissions or usual.submissions,
        kills=asked.kills or usual.kills,
        seeds=asked.seeds or usual.seeds,
        aimed=asked.aimed,
        patient=asked.patient or usual.patient,
    )
    for backend in _backends(asked):
        yield module.run_on(backend, plan)


def _restarts(module: ModuleType, asked: argparse.Namespace) -> Row:
    usual = module.SMALL if asked.small else module.FULL
    row: Row = module.run_with(
        asked.submissions or usual[0], asked.kills or usual[1], patient=asked.patient or asked.small
    )
    return row


if __name__ == "__main__":
    sys.exit(main())
