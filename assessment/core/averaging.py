"""Points, items and exact weighted means: from single answers to areas and the overall (decisions 3 and 4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from assessment.core.answers import Answers, AnswerValue, Special
from assessment.core.computing import Value
from assessment.core.definition import Question, Questionnaire
from assessment.core.numbers import exact, half_up, half_up_whole
from assessment.core.scorecard import Points


@dataclass(frozen=True, slots=True)
class Item:
    """One scored question or computed value: its weight in the area, and its points (0..1) or None: not known."""

    id: str
    weight: int
    points: Fraction | None


@dataclass(frozen=True, slots=True)
class AreaScore:
    """An area's items that apply, and its exact mean over the known ones with what don't-knows leave open (0..1).

    `mean` is None when nothing is known; `enough` says whether the known share reaches `min_coverage`.
    """

    id: str
    weight: int
    items: tuple[Item, ...]
    mean: Fraction | None
    low: Fraction
    high: Fraction
    known: Fraction
    enough: bool
    applicable: Fraction

    @property
    def points(self) -> Points | None:
        """The rounded score and range, or None when not enough is known."""
        if self.mean is None or not self.enough:
            return None
        return rounded(self.mean, self.low, self.high)


def rounded(mean: Fraction, low: Fraction, high: Fraction) -> Points:
    """Exact shares (0..1) as whole points, each rounded half up."""
    return Points(score=half_up_whole(mean * 100), low=half_up_whole(low * 100), high=half_up_whole(high * 100))


def points_on(corners: tuple[tuple[Decimal, Decimal], ...], value: Fraction) -> Fraction:
    """The points of a value on a line of corners, to the thousandth; flat beyond the ends."""
    line = [(exact(x), exact(y)) for x, y in corners]
    if value <= line[0][0]:
        return line[0][1]
    for (left, low), (right, high) in pairwise(line):
        if value <= right:
            return half_up(low + (high - low) * (value - left) / (right - left), 3)
    return line[-1][1]


def points_of(question: Question, answer: AnswerValue | None) -> Fraction | None:
    """A scored question's points for an answer (0..1), or None when it is not known."""
    if answer is None or isinstance(answer, Special):
        return None
    if question.type == "multiple" and isinstance(answer, tuple):
        return sum((Fraction(o.points or 0) for o in question.answers if o.id in answer), Fraction(0))
    if isinstance(answer, str):
        option = question.option(answer)
        return Fraction(option.points or 0) if option else None
    if isinstance(answer, tuple):
        return None
    value = Fraction(answer)
    if question.type == "scale":
        low = Fraction(1 if question.min is None else question.min)
        high = Fraction(5 if question.max is None else question.max)
        return min(max((value - low) / (high - low), Fraction(0)), Fraction(1))
    return points_on(question.points or (), value)


def area_items(
    questionnaire: Questionnaire, answers: Answers, shown: frozenset[str], computed: Mapping[str, Value]
) -> dict[str, list[Item]]:
    """The scored items that apply, by area; not-applicable ones leave the denominator."""
    items: dict[str, list[Item]] = {area.id: [] for area in questionnaire.areas}
    for name, question in questionnaire.questions.items():
        area = questionnaire.area_of[name]
        answer = answers.get(name)
        if area is None or not question.is_scored or name not in shown or answer is Special.NOT_APPLICABLE:
            continue
        items[area].append(Item(name, question.weight, points_of(question, answer)))
    for name, definition in questionnaire.computed.items():
        value = computed[name]
        if definition.score is None or not value.applies:
            continue
        points = None if value.number is None else points_on(definition.score.points, value.printed)
        items[definition.score.area].append(Item(name, definition.score.weight, points))
    return items


def _area_score(area_id: str, weight: int, items: list[Item], asked: int, enough_at: int) -> AreaScore | None:
    total = sum(item.weight for item in items)
    if not total:
        return None
    known = [item for item in items if item.points is not None]
    known_weight = sum(item.weight for item in known)
    reached = sum((item.weight * item.points for item in known if item.points is not None), Fraction(0))
    share = Fraction(known_weight, total)
    return AreaScore(
        id=area_id,
        weight=weight,
        items=tuple(items),
        mean=reached / known_weight if known_weight else None,
        low=reached / total,
        high=(reached + total - known_weight) / total,
        known=share,
        enough=bool(known_weight) and share * 100 >= enough_at,
        applicable=Fraction(total, asked),
    )


def area_scores(questionnaire: Questionnaire, items: Mapping[str, list[Item]]) -> dict[str, AreaScore]:
    """Every scored area in which something applies."""
    asked = _asked_weights(questionnaire)
    made = (
        _area_score(area.id, area.weight, items[area.id], asked[area.id], questionnaire.min_coverage)
        for area in questionnaire.areas
        if area.weight and asked[area.id]
    )
    return {score.id: score for score in made if score is not None}


def _asked_weights(questionnaire: Questionnaire) -> dict[str, int]:
    weights = dict.fromkeys(questionnaire.area, 0)
    for name, question in questionnaire.questions.items():
        area = questionnaire.area_of[name]
        if area is not None and question.is_scored:
            weights[area] += question.weight
    for computed in questionnaire.computed.values():
        if computed.score is not None:
            weights[computed.score.area] += computed.score.weight
    return weights


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
