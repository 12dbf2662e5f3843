"""Exact elimination over the fractions, for tests that look for what published groups give away."""

from collections.abc import Iterable
from fractions import Fraction

Row = list[Fraction]


def pivots_of(rows: Iterable[Row]) -> dict[int, Row]:
    """Rows that span the same, each 1 in its leading column and nothing before it, by that column."""
    pivots: dict[int, Row] = {}
    for row in rows:
        left = reduced(row, pivots)
        lead = next((column for column, value in enumerate(left) if value), None)
        if lead is not None:
            pivots[lead] = [value / left[lead] for value in left]
    return pivots


def reduced(row: Row, pivots: dict[int, Row]) -> Row:
    """What is left of a row after the pivots are taken out: nothing when they span it."""
    for lead in sorted(pivots):
        if row[lead]:
            row = [value - row[lead] * other for value, other in zip(row, pivots[lead], strict=True)]
    return row
