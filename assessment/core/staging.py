"""Scores and gates to stages: floors, gates, caps and what holds one back (decision 5)."""

from dataclasses import dataclass
from typing import Literal

from assessment.core.conditions import State, Truth, holds
from assessment.core.definition import Area, Cap, Gate, Questionnaire
from assessment.core.scorecard import Points


@dataclass(frozen=True, slots=True)
class Held:
    """A gate not met or a cap that holds. `stage` is the index of the stage it closes; `unknown`: by a don't-know."""

    kind: Literal["gate", "cap"]
    stage: int
    part: Gate | Cap
    unknown: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """The stage reached (index), the lowest and highest it could be, and what closes the next one.

    `held` speaks only once the score reaches the next stage's floor; `next_gates` are all its unmet gates.
    """

    stage: int
    lowest: int
    highest: int
    held: tuple[Held, ...]
    next_gates: tuple[Held, ...]


def climb(questionnaire: Questionnaire, state: State, ranged: State, overall: Points | None) -> Standing:
    """The highest stage whose floor and gates hold together with those of every stage below."""
    low, score, high = (0, 0, 0) if overall is None else (overall.low, overall.score, overall.high)
    stage = _reached(questionnaire, score, state, hopeful=False)
    lowest = _reached(questionnaire, low, ranged, hopeful=False)
    highest = _reached(questionnaire, high, ranged, hopeful=True)
    following = stage + 1
    if following == len(questionnaire.stages):
        return Standing(stage, min(lowest, stage), stage, (), ())
    gates = _unmet(questionnaire, following, state)
    caps = tuple(held for held in _caps(questionnaire, questionnaire.overall.caps, state) if held.stage <= following)
    past = score >= questionnaire.stages[following].from_
    return Standing(stage, min(lowest, stage), max(highest, stage), gates + caps if past else (), gates)


def _reached(questionnaire: Questionnaire, score: int, state: State, *, hopeful: bool) -> int:
    reached = 0
    for index, stage in enumerate(questionnaire.stages[1:], start=1):
        if score < stage.from_ or not all(_met(gate, state, hopeful=hopeful) for gate in stage.requires):
            break
        reached = index
    return min(reached, _ceiling(questionnaire, questionnaire.overall.caps, state, hopeful=hopeful))


def _met(gate: Gate, state: State, *, hopeful: bool) -> bool:
    truth = holds(gate.when, state)
    return truth in {Truth.TRUE, Truth.DROPPED} or (hopeful and truth is Truth.UNKNOWN)


def _ceiling(questionnaire: Questionnaire, caps: tuple[Cap, ...], state: State, *, hopeful: bool) -> int:
    ceiling = len(questionnaire.stages) - 1
    for cap in caps:
        truth = holds(cap.when, state)
        if truth is Truth.TRUE or (truth is Truth.UNKNOWN and not hopeful):
            ceiling = min(ceiling, _index(questionnaire, cap.at_most))
    return ceiling


def _index(questionnaire: Questionnaire, stage_id: str) -> int:
    return next(index for index, stage in enumerate(questionnaire.stages) if stage.id == stage_id)


def _unmet(questionnaire: Questionnaire, index: int, state: State) -> tuple[Held, ...]:
    found = ((gate, holds(gate.when, state)) for gate in questionnaire.stages[index].requires)
    closed = {Truth.FALSE, Truth.UNKNOWN}
    return tuple(Held("gate", index, gate, truth is Truth.UNKNOWN) for gate, truth in found if truth in closed)


def _caps(questionnaire: Questionnaire, caps: tuple[Cap, ...], state: State) -> tuple[Held, ...]:
    found = ((cap, holds(cap.when, state)) for cap in caps)
    return tuple(
        Held("cap", _index(questionnaire, cap.at_most) + 1, cap, truth is Truth.UNKNOWN)
        for cap, truth in found
        if truth in {Truth.TRUE, Truth.UNKNOWN}
    )


def area_stage(questionnaire: Questionnaire, area: Area, score: int, state: State) -> tuple[int, tuple[Held, ...]]:
    """An area's stage on the same ladder by floors alone, held down by its own caps; and the caps that bite."""
    by_floor = max(index for index, stage in enumerate(questionnaire.stages) if score >= stage.from_ or index == 0)
    stage = min(by_floor, _ceiling(questionnaire, area.caps, state, hopeful=False))
    biting = tuple(held for held in _caps(questionnaire, area.caps, state) if held.stage <= by_floor)
    return stage, biting
