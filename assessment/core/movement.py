"""Movement from one assessment to the next of the same questions; across a change of the questions there is none."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from assessment.core.scorecard import Scorecard


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """One assessment taken: `overall` in points 0-100, `rank` of its stage (0 = lowest); `counts` unless marked."""

    id: str
    questionnaire: str
    version: str
    at: datetime
    stage: str | None
    rank: int | None
    overall: int | None
    counts: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """What changed since the assessment before: points, and stages (both None where one of the two has none).

    `broken` says that the questions are not the same, so that nothing may be compared.
    """

    since: Taken
    broken: bool
    points: int | None = None
    stages: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaMove:
    """An area's score then and now (0-100, None without one) and what it moved by."""

    title: str
    before: int | None
    now: int | None
    change: int | None


def movements(taken: Sequence[Taken]) -> dict[str, Movement]:
    """By id: the movement since the assessment before, for each that has one of the same questionnaire before it."""
    in_time = sorted((one for one in taken if one.counts), key=lambda one: one.at)
    last: dict[str, Taken] = {}
    found: dict[str, Movement] = {}
    for one in in_time:
        before = last.get(one.questionnaire)
        if before is not None:
            found[one.id] = _between(before, one)
        last[one.questionnaire] = one
    return found


def _between(before: Taken, after: Taken) -> Movement:
    if before.version != after.version:
        return Movement(since=before, broken=True)
    return Movement(
        since=before,
        broken=False,
        points=_difference(after.overall, before.overall),
        stages=_difference(after.rank, before.rank),
    )


def _difference(now: int | None, before: int | None) -> int | None:
    return None if now is None or before is None else now - before


def area_moves(before: Scorecard, now: Scorecard) -> tuple[AreaMove, ...]:
    """Each weighted area of either scorecard, those of `now` first; nothing when questions or scoring changed."""
    if (before.origin.version, before.origin.engine) != (now.origin.version, now.origin.engine):
        return ()
    then, today = _scores(before), _scores(now)
    return tuple(
        AreaMove(
            title=title,
            before=then.get(id_, ("", None))[1],
            now=today.get(id_, ("", None))[1],
            change=_difference(today.get(id_, ("", None))[1], then.get(id_, ("", None))[1]),
        )
        for id_, (title, _score) in {**today, **{id_: one for id_, one in then.items() if id_ not in today}}.items()
    )


def _scores(card: Scorecard) -> dict[str, tuple[str, int | None]]:
    return {area.id: (area.title, area.points.score if area.points else None) for area in card.areas if area.weight}
