"""One fault by itself: `python -m tests.faults.busy`, in full, or quickly with `--small`."""

import logging
import sys
from collections.abc import Callable

from tests.faults.table import Row, Unable, table


def alone(run: Callable[[bool], Row | tuple[Row, ...]]) -> None:
    """Print what the fault did, and end with status 1 when a promise broke or it could not be tried."""
    logging.basicConfig(level=logging.CRITICAL)  # trouble in the log is what is wanted here
    try:
        rows = run("--small" in sys.argv[1:])
    except Unable as reason:
        print(f"NOT TRIED: {reason}")
        sys.exit(1)
    rows = (rows,) if isinstance(rows, Row) else rows
    print(table(rows))
    sys.exit(not all(row.met for row in rows))
