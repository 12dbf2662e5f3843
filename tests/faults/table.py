"""What a fault did to the promises: one row each, printed as one table."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Row:
    """One fault as it went. `lost`, `doubled` and `missing` count acknowledged submissions and their mails.

    `recovery` is the longest time in seconds from the fault's end to the next good answer, where that is meant.
    """

    fault: str
    tries: int
    goal: str
    met: bool
    lost: int = 0
    doubled: int = 0
    missing: int = 0
    recovery: float | None = None
    said: str = ""


class Unable(Exception):
    """A fault cannot be made on this machine; the message says why, and is printed in the row's place."""


HEADINGS = ("fault", "tries", "lost", "doubled", "missing", "recovery", "goal", "met")


def table(rows: Sequence[Row]) -> str:
    """The rows as a Markdown table, what else is to be said of one below it."""
    cells = [HEADINGS, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(HEADINGS))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in cells
    ]
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    said = [f"{row.fault}: {row.said}" for row in rows if row.said]
    return "\n".join([lines[0], rule, *lines[1:], *([""] if said else []), *said])


def _cells(row: Row) -> tuple[str, ...]:
    recovery = "" if row.recovery is None else f"{row.recovery:.1f} s"
    counts = (str(row.tries), str(row.lost), str(row.doubled), str(row.missing))
    return (row.fault, *counts, recovery, row.goal, "yes" if row.met else "NO")
