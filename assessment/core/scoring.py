"""Answers to scores: exact weighted means, ranges from don't-knows, coverage, stages (decisions 3, 4 and 5).

Points, weights and means are exact fractions; scores are rounded half up once, to whole points.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from assessment.core.answers import Answers, AnswerValue, Special
from assessment.core.averaging import (
    AreaScore,
    applicable_share,
    area_scores,
    asked_in_areas,
    coverage,
    hundredths,
    overall_mean,
    overall_range,
    rounded,
)
from assessment.core.computing import Value, compute
from assessment.core.conditions import Interval, State, is_true
from assessment.core.definition import Questionnaire
from assessment.core.routing import shown_ids
from assessment.core.scorecard import Points
from assessment.core.staging import Held, Standing, area_stage, climb

HALF = Fraction(1, 2)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything that follows from the answers, by id; words come later.

    `areas` holds the scored areas that apply, `standing` the stage reached with what holds it. `mean` is the exact
    overall. `coverage` is the share of the applicable weight that is known; `state` what further conditions ask.
    """

    answers: Mapping[str, AnswerValue]
    shown: frozenset[str]
    computed: Mapping[str, Value]
    areas: Mapping[str, AreaScore]
    mean: Fraction | None
    overall: Points | None
    coverage: Fraction | None
    no_stage: str | None
    standing: Standing | None
    area_stages: Mapping[str, int]
    area_held: Mapping[str, tuple[Held, ...]]
    dont_knows: int
    contradictions: tuple[str, ...]
    state: State

    @property
    def stage_id(self) -> str | None:
        """The stage reached, or None."""
        return None if self.standing is None else self.state.stages[self.standing.stage]


def _why_no_stage(
    questionnaire: Questionnaire, areas: Mapping[str, AreaScore], applicable: Fraction | None
) -> str | None:
    staged = questionnaire.result == "stage"
    if not staged and not areas:
        return None
    if applicable is None or applicable < HALF:
        return f"Under half of the questions apply, too few for an overall score{' and a stage' if staged else ''}."
    known = coverage(areas) or Fraction(0)
    if not known or known * 100 < questionnaire.min_coverage:
        percent, what = int(known * 100), "stage" if staged else "score"
        needed = max(questionnaire.min_coverage, 1)
        return f"{percent} % of the weight is answered with something known; a {what} needs {needed} %."
    return None


def assess(questionnaire: Questionnaire, answers: Answers) -> Outcome:
    """Score answers: hidden ones never count, and nothing is rounded before the end."""
    shown = shown_ids(questionnaire, answers)
    seen = {name: value for name, value in answers.items() if name in shown}
    plain = State(shown=shown, answers=seen)
    computed = compute(questionnaire, seen, shown, lambda condition: is_true(condition, plain))
    asked = asked_in_areas(questionnaire, seen, shown, computed)
    # The gates of a placement decide alone: it has no scores and no coverage.
    areas = {} if questionnaire.result == "placement" else area_scores(questionnaire, asked)
    no_stage = _why_no_stage(questionnaire, areas, applicable_share(questionnaire, asked))
    mean = None if no_stage or not areas else overall_mean(areas)
    overall = None if mean is None else rounded(mean, *overall_range(areas))
    state = State(
        shown=shown,
        answers=seen,
        computed=computed,
        areas={name: _interval(area.points) for name, area in areas.items()},
        overall=_interval(overall),
        stages=tuple(questionnaire.stage),
    )
    standing = _standing(questionnaire, state, areas, overall, no_stage)
    staged = {
        name: area_stage(questionnaire, questionnaire.area[name], area.points.score, state)
        for name, area in areas.items()
        if area.points is not None and questionnaire.stages and questionnaire.result == "stage"
    }
    facts = _with_stage(state, standing)
    return Outcome(
        answers=seen,
        shown=shown,
        computed=computed,
        areas=areas,
        mean=mean,
        overall=overall,
        coverage=coverage(areas),
        no_stage=no_stage,
        standing=standing,
        area_stages={name: stage for name, (stage, _held) in staged.items()},
        area_held={name: held for name, (_stage, held) in staged.items()},
        dont_knows=sum(value is Special.DONT_KNOW for value in seen.values()),
        contradictions=tuple(c.id for c in questionnaire.contradictions if is_true(c.when, facts)),
        state=facts,
    )


def _interval(points: Points | None) -> Interval | None:
    return None if points is None else Interval(points.score, points.score)


def _standing(
    questionnaire: Questionnaire,
    state: State,
    areas: Mapping[str, AreaScore],
    overall: Points | None,
    no_stage: str | None,
) -> Standing | None:
    if not questionnaire.stages or questionnaire.result == "none" or no_stage:
        return None
    if questionnaire.result == "stage" and overall is None:
        return None
    ranged = State(
        shown=state.shown,
        answers=state.answers,
        computed=state.computed,
        areas={name: _range(area) for name, area in areas.items()},
        overall=None if overall is None else Interval(overall.low, overall.high),
        stages=state.stages,
        open=True,
    )
    return climb(questionnaire, state, ranged, overall)


def _range(area: AreaScore) -> Interval:
    return Interval(hundredths(area.low), hundredths(area.high))


def _with_stage(state: State, standing: Standing | None) -> State:
    return replace(state, stage=None if standing is None else standing.stage, strict=True)
