"""Checks that every scored thing spans exactly 0 to 1 (format decision 1)."""

from decimal import Decimal
from itertools import pairwise

from assessment.catalogue.checks.sheet import Sheet
from assessment.catalogue.shape import Path
from assessment.core.definition import Question

Corners = tuple[tuple[Decimal, Decimal], ...]


def check_points(sheet: Sheet, path: Path, question: Question) -> None:
    """The points of a question's options or corners."""
    if question.points is not None:
        check_corners(sheet, (*path, "points"), question.points, question.min, question.max)
    given = [option.points for option in question.answers if option.points is not None]
    if not given:
        return
    if len(given) < len(question.answers):
        sheet.fault((*path, "answers"), "some answers have points and some have none")
    elif question.type == "choice":
        _span(sheet, path, given)
    elif question.type == "multiple":
        _sum(sheet, path, question)
    else:
        sheet.fault((*path, "answers"), f"a {question.type} question is never scored: take its points out")


def _span(sheet: Sheet, path: Path, points: list[Decimal]) -> None:
    if min(points) != 0 or max(points) != 1:
        sheet.fault(path, f"points must span exactly 0 to 1, not {min(points)} to {max(points)}")


def _sum(sheet: Sheet, path: Path, question: Question) -> None:
    total = sum((option.points or Decimal(0) for option in question.answers if not option.exclusive), Decimal(0))
    if total != 1:
        sheet.fault(path, f"the points of a multiple question's answers sum to 1, not to {total}")
    for place, option in enumerate(question.answers):
        if option.exclusive and option.points:
            sheet.fault((*path, "answers", place), "an exclusive answer of a multiple question gives 0 points")


def check_corners(
    sheet: Sheet, path: Path, corners: Corners, low: Decimal | None = None, high: Decimal | None = None
) -> None:
    """A line of `[value, points]` corners: values rising, points never turning, from 0 to 1 or from 1 to 0."""
    values = [value for value, _ in corners]
    points = [point for _, point in corners]
    if len(corners) < 2:
        sheet.fault(path, "a line of points needs at least 2 corners")
        return
    if any(left >= right for left, right in pairwise(values)):
        sheet.fault(path, "the corners' values must rise")
    if points not in (sorted(points), sorted(points, reverse=True)):
        sheet.fault(path, "the corners' points must only rise or only fall")
    if {points[0], points[-1]} != {Decimal(0), Decimal(1)}:
        sheet.fault(path, f"points must span exactly 0 to 1, not {min(points)} to {max(points)}")
    outside = [value for value in values if (low is not None and value < low) or (high is not None and value > high)]
    if outside:
        sheet.fault(path, f"the corner at {outside[0]} lies outside min and max: its points can never be reached")
