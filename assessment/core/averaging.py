"""Points, items and exact weighted means: from single answers to areas and the overall (decisions 3 and 4)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from assessment.core.answers import Answers, AnswerValue, Special
from assessment.core.computing import Value, inputs_of
from assessment.core.definition import ComputedScore, Question, Questionnaire
from assessment.core.numbers import exact, half_up_whole
from assessment.core.scorecard import Points

BEST = 1000
"""The points of a best answer: points are whole thousandths (decision 3)."""


@dataclass(frozen=True, slots=True)
class Item:
    """One scored question or computed value: its weight in the area; its points in thousandths, None: not known."""

    id: str
    weight: int
    points: int | None


@dataclass(frozen=True, slots=True)
class AreaScore:
    """An area's items that apply, and its exact mean over the known ones with what don't-knows leave open (0..1).

    `mean` is None when nothing is known; `known` is the known share of its weight, `enough_at` the percentage of it
    that a score needs. `points` are the rounded score and range, None when not enough is known.
    """

    id: str
    weight: int
    items: tuple[Item, ...]
    mean: Fraction | None
    low: Fraction
    high: Fraction
    known: Fraction
    enough_at: int
    points: Points | None


def rounded(mean: Fraction, low: Fraction, high: Fraction) -> Points:
    """Exact shares (0..1) as whole points, each rounded half up."""
    return Points(score=hundredths(mean), low=hundredths(low), high=hundredths(high))


def hundredths(share: Fraction) -> int:
    """An exact share (0..1) in whole points, rounded half up."""
    return (200 * share.numerator + share.denominator) // (2 * share.denominator)


def points_on(corners: tuple[tuple[Decimal, Decimal], ...], value: Fraction) -> int:
    """The points of a value on a line of corners, in thousandths, rounded half up; flat beyond the ends."""
    line = [(exact(x), int(y * BEST)) for x, y in corners]
    if value <= line[0][0]:
        return line[0][1]
    for (left, low), (right, high) in pairwise(line):
        if value <= right:
            return half_up_whole(low + (high - low) * (value - left) / (right - left))
    return line[-1][1]


def points_of(question: Question, answer: AnswerValue | None) -> int | None:
    """A scored question's points for an answer in thousandths, or None when it is not known."""
    if answer is None or isinstance(answer, Special):
        return None
    if isinstance(answer, Decimal):
        return points_on(question.points or _scale(question), exact(answer))
    chosen = (answer,) if isinstance(answer, str) else answer
    options = [option for name in chosen if (option := question.option(name))]
    return sum(int((option.points or 0) * BEST) for option in options) if options else None


def _scale(question: Question) -> tuple[tuple[Decimal, Decimal], ...]:
    """A scale's line: nothing at its low end, everything at its high end, 1 to 5 unless the file says otherwise."""
    low = Decimal(1) if question.min is None else question.min
    high = Decimal(5) if question.max is None else question.max
    return (low, Decimal(0)), (high, Decimal(1))


@dataclass(frozen=True, slots=True)
class Asked:
    """What is scored in one area: the items that apply, and the weight shown, not-applicable items included."""

    items: tuple[Item, ...]
    shown: int

    @property
    def applicable(self) -> int:
        """The weight of the items that apply."""
        return sum(item.weight for item in self.items)


def asked_in_areas(
    questionnaire: Questionnaire, answers: Answers, shown: frozenset[str], computed: Mapping[str, Value]
) -> dict[str, Asked]:
    """The scored items shown, by area; hidden ones are as if never written, not-applicable ones only add to `shown`."""
    found: dict[str, list[tuple[int, Item | None]]] = {area.id: [] for area in questionnaire.areas if area.weight}
    for area, question in questionnaire.scored:
        if area in found and question.id in shown:
            answer = answers.get(question.id)
            item = Item(question.id, question.weight, points_of(question, answer))
            found[area].append((question.weight, None if answer is Special.NOT_APPLICABLE else item))
    for name, definition in questionnaire.computed.items():
        score, value = definition.score, computed[name]
        if score is None or score.area not in found:
            continue
        if value.applies:
            found[score.area].append((score.weight, Item(name, score.weight, _points_computed(score, value))))
        elif not inputs_of(questionnaire, name).isdisjoint(shown):
            found[score.area].append((score.weight, None))
    return {area: _asked(parts) for area, parts in found.items()}


def _asked(parts: list[tuple[int, Item | None]]) -> Asked:
    return Asked(tuple(item for _weight, item in parts if item is not None), sum(weight for weight, _item in parts))


def _points_computed(score: ComputedScore, value: Value) -> int | None:
    # What rests on an assumption is shown with its flag, but an assumed number earns no points.
    return None if value.number is None or value.flags else points_on(score.points, value.printed)


def _averaged(area_id: str, weight: int, items: tuple[Item, ...], enough_at: int) -> AreaScore:
    total = sum(item.weight for item in items)
    known = sum(item.weight for item in items if item.points is not None)
    reached = sum(item.weight * item.points for item in items if item.points is not None)
    mean = Fraction(reached, known * BEST) if known else None
    low, high = Fraction(reached, total * BEST), Fraction(reached + (total - known) * BEST, total * BEST)
    return AreaScore(
        id=area_id,
        weight=weight,
        items=items,
        mean=mean,
        low=low,
        high=high,
        known=Fraction(known, total),
        enough_at=enough_at,
        points=None if mean is None or known * 100 < enough_at * total else rounded(mean, low, high),
    )


def area_scores(questionnaire: Questionnaire, asked: Mapping[str, Asked]) -> dict[str, AreaScore]:
    """Every scored area in which something applies."""
    return {
        name: _averaged(name, questionnaire.area[name].weight, each.items, questionnaire.min_coverage)
        for name, each in asked.items()
        if each.applicable
    }


def applicable_share(questionnaire: Questionnaire, asked: Mapping[str, Asked]) -> Fraction | None:
    """The share of the weight shown that applies, areas by their weights; None when nothing scored is shown."""
    parts = [(questionnaire.area[name].weight, each) for name, each in asked.items() if each.shown]
    weight = sum(own for own, _each in parts)
    applicable = sum((Fraction(own * each.applicable, each.shown) for own, each in parts), Fraction(0))
    return applicable / weight if weight else None


def overall_mean(areas: Mapping[str, AreaScore]) -> Fraction | None:
    """The weighted mean of the areas in which something is known, exact."""
    known = [area for area in areas.values() if area.mean is not None]
    weight = sum(area.weight for area in known)
    return (
        sum((area.weight * area.mean for area in known if area.mean is not None), Fraction(0)) / weight
        if weight
        else None
    )


def overall_range(areas: Mapping[str, AreaScore]) -> tuple[Fraction, Fraction]:
    """The lowest and highest exact overall that don't-knows leave open."""
    weight = sum(area.weight for area in areas.values())
    low = sum((area.weight * area.low for area in areas.values()), Fraction(0)) / weight
    high = sum((area.weight * area.high for area in areas.values()), Fraction(0)) / weight
    return low, high


def coverage(areas: Mapping[str, AreaScore]) -> Fraction | None:
    """The share of the applicable weight that is known, or None when nothing applies."""
    weight = sum(area.weight for area in areas.values())
    return sum((area.weight * area.known for area in areas.values()), Fraction(0)) / weight if weight else None


def at_best(areas: Mapping[str, AreaScore], items: frozenset[str]) -> dict[str, AreaScore]:
    """The areas as they would be if these items earned all their points, known or not today."""
    return {name: _at_best(area, items) for name, area in areas.items()}


def _at_best(area: AreaScore, improved: frozenset[str]) -> AreaScore:
    if not any(item.id in improved for item in area.items):
        return area
    items = tuple(replace(item, points=BEST) if item.id in improved else item for item in area.items)
    return _averaged(area.id, area.weight, items, area.enough_at)
