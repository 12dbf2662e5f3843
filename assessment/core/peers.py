"""The peer comparison: what one voice says, what may be told of many, and where a value stands among them.

A voice is the newest scorecard of one company, and of one person. Values are whole thousandths of their unit, coarse
on purpose: scores and percentages are whole, everything else has two digits. Nothing is told of fewer than `ENOUGH`
voices, so that no quarter holds fewer than five; steps of 5 percent are told once they too hold five. What was told
stays on the scorecards it was told to, so a telling is held against the newest `REMEMBERED` ones of every cell of its
measure: whoever adds and subtracts those learns nothing about one to four voices (`core.protection`). Amounts of money
are not compared: their currencies differ.
"""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from pydantic import BaseModel

from assessment.core.definition import Computed, Question, Questionnaire
from assessment.core.numbers import half_up, half_up_whole
from assessment.core.protection import FLOOR, Group, exposes, rounded, safe
from assessment.core.scorecard import Measured, Scorecard
from assessment.core.statistics import quantile

ENOUGH = 4 * FLOOR
"""The fewest voices of a group of which anything is told: five in each quarter."""
FINE = 20 * FLOOR
"""From so many voices on percentiles are told in steps of 5, below it in quarters."""
REMEMBERED = 4
"""Tellings of one cell that a new one is held against, the newest."""
QUARTERS, TWENTIETHS = (25, 50, 75), tuple(range(5, 100, 5))
EVERYBODY = ""
"""The segment that holds all voices."""
LARGEST = 10**12
"""Values beyond it are nobody's real number and are not compared."""

Cell = tuple[str, str]
"""Measure ("overall", "area:<id>", "value:<id>") and segment ("" or "<question>=<option>")."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """One company in a pool: its number there, the month it submitted in, its segments and its values."""

    number: int
    month: date
    segments: Mapping[str, str]
    points: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """What is told of one cell: how many voices (rounded), since and until when, and the value of each percentile.

    `voices` are the numbers of those voices as bits; they are never shown.
    """

    number: int
    since: date
    until: date
    cuts: Mapping[int, int]
    voices: Group = 0


def points_of(card: Scorecard) -> dict[str, int]:
    """What a scorecard says in a comparison: measure -> thousandths of its unit; what is not known is left out."""
    found = {}
    if card.overall is not None:
        found["overall"] = card.overall.score * 1000
    for area in card.areas:
        if area.points is not None and area.weight:
            found[f"area:{area.id}"] = area.points.score * 1000
    for own in (own for row in card.comparisons for own in row.yours):
        value = thousandths(own)
        if value is not None:
            found[f"value:{own.id}"] = value
    return found


def thousandths(own: Measured) -> int | None:
    """A number of one's own as it is compared; None for an amount of money, an assumption, or nothing known."""
    if own.value is None or own.unit == "money" or own.flags or abs(own.value) > LARGEST:
        return None
    exact = Decimal(str(own.value))
    digits = 0 if own.unit == "percent" or not exact else 1 - exact.adjusted()
    if digits >= 0:
        return half_up_whole(half_up(Fraction(exact), digits) * 1000)
    step = int(10**-digits)
    return half_up_whole(Fraction(exact) / step) * step * 1000


def percentiles(values: Sequence[int]) -> dict[int, int]:
    """Percentile -> the smallest value that at least so many percent of the values do not exceed.

    Nearest rank, type 1 of R. J. Hyndman and Y. Fan, Sample Quantiles in Statistical Packages, The American
    Statistician 50 (1996) 361-365. Quarters for fewer than `FINE` values; raises `ValueError` for none.
    """
    steps, histogram = (TWENTIETHS if len(values) >= FINE else QUARTERS), Counter(values)
    return {step: quantile(histogram, Fraction(step, 100)) for step in steps}


def standing(cuts: Mapping[int, int], value: int) -> tuple[int, int]:
    """The percentiles that a value lies between (0 and 100 are the ends), or the lowest and highest that it equals."""
    same = [percentile for percentile, cut in cuts.items() if cut == value]
    if same:
        return min(same), max(same)
    below = [percentile for percentile, cut in cuts.items() if cut < value]
    above = [percentile for percentile, cut in cuts.items() if cut > value]
    return max(below, default=0), min(above, default=100)


def tellings(voices: Sequence[Voice], told: Mapping[Cell, Sequence[Group]]) -> dict[Cell, Telling]:
    """What may be told anew; `told` holds whom each cell was told about before, the newest telling first.

    A cell is told anew when it gained at least five voices, or none and lost at least five, and when nothing that was
    or will be told adds up to one to four voices. The others stay as they were told.
    """
    found = {}
    for measure in sorted({measure for voice in voices for measure in voice.points}):
        heard = [voice for voice in voices if measure in voice.points]
        before = {segment: groups for (of, segment), groups in told.items() if of == measure}
        for segment, group in _renewed(_groups(heard), before):
            found[measure, segment] = _telling(measure, [voice for voice in heard if group >> voice.number & 1], group)
    return found


def enough(voices: Sequence[Voice]) -> set[Cell]:
    """The cells that have voices enough now: any other is not shown, whatever was told of it."""
    counts = Counter(
        (measure, segment) for voice in voices for measure in voice.points for segment in segments_of(voice.segments)
    )
    return {cell for cell, number in counts.items() if number >= ENOUGH}


def segments_of(answers: Mapping[str, str]) -> Iterator[str]:
    """The segments that somebody belongs to, everybody's first."""
    yield EVERYBODY
    for question, option in answers.items():
        yield f"{question}={option}"


def _groups(heard: Sequence[Voice]) -> dict[str, Group]:
    groups: defaultdict[str, Group] = defaultdict(int)
    for voice in heard:
        for segment in segments_of(voice.segments):
            groups[segment] |= 1 << voice.number
    return dict(groups)


def _renewed(groups: Mapping[str, Group], told: Mapping[str, Sequence[Group]]) -> list[tuple[str, Group]]:
    whole, before = groups[EVERYBODY], [group for groups in told.values() for group in groups]
    if not _is_news(EVERYBODY, whole, told) or exposes([whole, *before]):
        return []
    parts = [name for name, group in groups.items() if group != whole and _is_news(name, group, told)]
    parts.sort(key=lambda name: (-groups[name].bit_count(), name))
    verdicts = safe([groups[name] for name in parts], whole, before=before)
    chosen = [name for name, good in zip(parts, verdicts, strict=True) if good]
    return [(name, groups[name]) for name in (EVERYBODY, *chosen)]


def _is_news(segment: str, group: Group, told: Mapping[str, Sequence[Group]]) -> bool:
    last = next(iter(told.get(segment, ())), 0)
    gained, lost = (group & ~last).bit_count(), (last & ~group).bit_count()
    return group.bit_count() >= ENOUGH and (gained >= FLOOR or (not gained and lost >= FLOOR))


def _telling(measure: str, voices: Sequence[Voice], group: Group) -> Telling:
    return Telling(
        number=rounded(len(voices)),
        since=min(voice.month for voice in voices),
        until=max(voice.month for voice in voices),
        cuts=percentiles([voice.points[measure] for voice in voices]),
        voices=group,
    )


def basis(questionnaire: Questionnaire) -> str:
    """A digest (64 hex digits) of what scores and computed values rest on: versions that share it may be compared.

    Words do not count: whoever changes what a question means gives it another id.
    """
    rests_on = {
        "coverage": questionnaire.min_coverage,
        "areas": [(area.id, area.weight) for area in questionnaire.areas],
        "questions": [(area, _scoring(question)) for area, question in questionnaire.scored],
        "computed": {name: _reckoning(value) for name, value in questionnaire.computed.items()},
    }
    said = json.dumps(rests_on, default=_plain, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(said.encode()).hexdigest()


def _scoring(question: Question) -> list[object]:
    options = [(option.id, option.points, option.exclusive) for option in question.answers]
    line = (question.points, question.min, question.max)
    return [question.id, question.type, question.weight, options, line, question.not_applicable, question.show_if]


def _reckoning(value: Computed) -> list[object]:
    assumed = {name: (assumption.value, assumption.figure) for name, assumption in value.assume.items()}
    score = value.score and (value.score.area, value.score.weight, value.score.points)
    return [value.unit, value.formula, [(case.when, case.formula) for case in value.cases], assumed, score]


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return format(value.normalize() if value else Decimal(0), "f")
    if isinstance(value, BaseModel):
        return value.model_dump(by_alias=True, exclude_defaults=True)
    raise TypeError(type(value).__name__)
