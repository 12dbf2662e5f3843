"""The scorecard from the answers: scores put into words, once, for page, PDF, mail and reviewers."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from assessment.core.answers import DOLLARS, Answers, currency_of
from assessment.core.averaging import AreaScore
from assessment.core.benchmarks import comparisons, measured, published
from assessment.core.computing import figure_in
from assessment.core.conditions import question_ids
from assessment.core.definition import Area, Questionnaire
from assessment.core.exhibits import drawings
from assessment.core.numbers import share_in_words
from assessment.core.receipt import area_lines, other_lines
from assessment.core.recommendations import advise
from assessment.core.scorecard import (
    ENGINE,
    Advice,
    AreaResult,
    Brand,
    Comparison,
    Drawing,
    Hold,
    Origin,
    Published,
    Pull,
    Rung,
    Scorecard,
)
from assessment.core.scoring import Outcome, assess
from assessment.core.staging import Held, Standing
from assessment.core.suggesting import Onward, suggest
from assessment.core.summary import finding, verdict

NOT_ENOUGH = "Not enough answered for a score"


def make_scorecard(
    questionnaire: Questionnaire,
    answers: Answers,
    *,
    version: str,
    brand: Brand,
    made_at: datetime,
    zone: str,
    reference: str,
    onward: Onward | None = None,
) -> Scorecard:
    """Everything a prospect is told; `made_at` is an aware time in `zone`, `onward` what may be suggested next."""
    outcome = assess(questionnaire, answers)
    currency = _currency(questionnaire, outcome)
    advice = _with_titles(questionnaire, advise(questionnaire, outcome, currency))
    mark = _mark(questionnaire, outcome)
    areas = tuple(
        _area(questionnaire, area, outcome, currency, mark, advice) for area in _present(questionnaire, outcome)
    )
    scored = [area for area in areas if area.points is not None and area.weight]
    rows = comparisons(questionnaire, outcome, currency)
    pictures = drawings(questionnaire, outcome, currency)
    standing = outcome.standing
    stage = None if standing is None else questionnaire.stages[standing.stage]
    return Scorecard(
        origin=_origin(questionnaire, version, made_at, zone, reference),
        brand=brand,
        overall_title=questionnaire.overall.title,
        overall=outcome.overall,
        stage=stage.title if stage else None,
        stage_id=stage.id if stage else None,
        stage_text=stage.text if stage else None,
        stage_range=_stage_range(questionnaire, standing),
        verdict=verdict(questionnaire, outcome),
        no_stage=outcome.no_stage,
        ladder=_ladder(questionnaire, standing),
        held=_holds(questionnaire, standing.held) if standing else (),
        next_gates=_holds(questionnaire, standing.next_gates) if standing else (),
        coverage=None if outcome.coverage is None else int(outcome.coverage * 100),
        dont_knows=outcome.dont_knows,
        mark=mark,
        mark_label=_mark_label(questionnaire, outcome, mark),
        areas=areas,
        finding=finding(scored, mark, {stage.title: stage.from_ for stage in questionnaire.stages}),
        strongest=max(scored, key=lambda area: area.points.score if area.points else 0, default=None),
        weakest=min(scored, key=lambda area: area.points.score if area.points else 0, default=None),
        advice=advice,
        comparisons=rows,
        drawings=pictures,
        pulls=_pulls(questionnaire, outcome),
        receipt_note=_receipt_note(questionnaire, outcome),
        other_answers=other_lines(questionnaire, outcome, currency, frozenset(area.id for area in areas)),
        sources=_sources(questionnaire, outcome, rows, pictures),
        headline=tuple(measured(questionnaire, name, outcome, currency) for name in questionnaire.headline),
        suggestion=suggest(questionnaire, outcome, onward) if onward else None,
    )


def _currency(questionnaire: Questionnaire, outcome: Outcome) -> str | None:
    """The currency chosen; dollars where none was, no amount was given, and a published one is all there is."""
    chosen = currency_of(questionnaire, outcome.answers)
    given = (name for name, question in questionnaire.questions.items() if question.type == "money")
    if chosen or any(isinstance(outcome.answers.get(name), Decimal) for name in given):
        return chosen
    published_amounts = (name for name, figure in questionnaire.figures.items() if figure.unit == "money")
    used = (
        figure_in(questionnaire, computed_id, value, name)
        for name in published_amounts
        for computed_id, value in outcome.computed.items()
    )
    return DOLLARS if any(used) else None


def _origin(questionnaire: Questionnaire, version: str, made_at: datetime, zone: str, reference: str) -> Origin:
    return Origin(
        questionnaire=questionnaire.id,
        title=questionnaire.title,
        kind=questionnaire.kind,
        result=questionnaire.result,
        higher_is=questionnaire.higher_is,
        version=version,
        engine=ENGINE,
        made_at=made_at.isoformat(timespec="seconds"),
        zone=zone,
        reference=reference,
        again=questionnaire.again,
    )


def _present(questionnaire: Questionnaire, outcome: Outcome) -> list[Area]:
    """Areas that have something to show; a scored one in which nothing applies leaves."""
    asked = {questionnaire.area_of[name] for name in outcome.shown}
    scored = questionnaire.result == "stage"
    return [
        area
        for area in questionnaire.areas
        if (area.id in outcome.areas) or (area.id in asked and not (scored and area.weight))
    ]


def _mark(questionnaire: Questionnaire, outcome: Outcome) -> int | None:
    """The floor of the next stage, at the top its own; placements and missing stages have none."""
    if questionnaire.result != "stage" or outcome.standing is None:
        return None
    following = min(outcome.standing.stage + 1, len(questionnaire.stages) - 1)
    return questionnaire.stages[following].from_


def _mark_label(questionnaire: Questionnaire, outcome: Outcome, mark: int | None) -> str | None:
    if mark is None or outcome.standing is None:
        return None
    following = min(outcome.standing.stage + 1, len(questionnaire.stages) - 1)
    return f"{questionnaire.stages[following].title} from {mark}"


def _area(
    questionnaire: Questionnaire,
    area: Area,
    outcome: Outcome,
    currency: str | None,
    mark: int | None,
    advice: tuple[Advice, ...],
) -> AreaResult:
    score = outcome.areas.get(area.id)
    points = score.points if score else None
    stage = outcome.area_stages.get(area.id)
    first = next((item for item in advice if area.title in item.areas), None)
    return AreaResult(
        id=area.id,
        title=area.title,
        points=points,
        weight=area.weight,
        gap=points.score - mark if points and mark is not None else None,
        past=bool(points and mark is not None and points.score >= mark),
        stage=questionnaire.stages[stage].title if stage is not None else None,
        reason=NOT_ENOUGH if score and points is None else None,
        share=_share(area, score, outcome),
        holds=_holds(questionnaire, outcome.area_held.get(area.id, ())),
        lines=area_lines(questionnaire, area.id, score, outcome, currency),
        short=first.gap if first else None,
        step=first.first_action if first else None,
    )


def _share(area: Area, score: AreaScore | None, outcome: Outcome) -> str:
    total = sum(other.weight for other in outcome.areas.values() if other.mean is not None)
    if score is None or score.mean is None or not total or outcome.overall is None:
        return ""
    words = share_in_words(Fraction(area.weight, total))
    return f"{words} of the overall score" if words != "the whole" else "the whole overall score"


def _stage_range(questionnaire: Questionnaire, standing: Standing | None) -> tuple[str, str] | None:
    if standing is None or standing.lowest == standing.highest:
        return None
    return questionnaire.stages[standing.lowest].title, questionnaire.stages[standing.highest].title


def _ladder(questionnaire: Questionnaire, standing: Standing | None) -> tuple[Rung, ...]:
    at = -1 if standing is None else standing.stage
    return tuple(
        Rung(
            id=stage.id,
            title=stage.title,
            text=stage.text,
            floor=stage.from_,
            reached=index <= at,
            here=index == at,
            next=standing is not None and index == at + 1,
        )
        for index, stage in enumerate(questionnaire.stages)
    )


def _holds(questionnaire: Questionnaire, held: tuple[Held, ...]) -> tuple[Hold, ...]:
    return tuple(
        Hold(
            id=each.part.id,
            kind=each.kind,
            stage=questionnaire.stages[min(each.stage, len(questionnaire.stages) - 1)].title,
            because=each.part.because,
            unknown=each.unknown,
        )
        for each in held
    )


def _receipt_note(questionnaire: Questionnaire, outcome: Outcome) -> str:
    if questionnaire.result == "placement":
        return "A placement has no score: the highest tier whose required entitlements are all met, whatever its name."
    if questionnaire.result == "none":
        return "Arithmetic on the numbers given, exact until the last step and rounded once."
    floors = ", ".join(str(stage.from_) for stage in questionnaire.stages)
    note = f"Floors {floors}, weights and anchors are ours; no area score has a published figure."
    if outcome.coverage is not None and outcome.coverage < 1:
        note += (
            f" {int(outcome.coverage * 100)} % of the weight is known; “I don’t know” adds nothing and opens a range."
        )
    return note


def _pulls(questionnaire: Questionnaire, outcome: Outcome) -> tuple[Pull, ...]:
    return tuple(
        Pull(id=each.id, ask=each.ask, tell=each.tell, questions=question_ids(questionnaire, each.when))
        for each in questionnaire.contradictions
        if each.id in outcome.contradictions
    )


def _with_titles(questionnaire: Questionnaire, advice: tuple[Advice, ...]) -> tuple[Advice, ...]:
    return tuple(replace(item, areas=tuple(questionnaire.area[name].title for name in item.areas)) for item in advice)


def _sources(
    questionnaire: Questionnaire, outcome: Outcome, rows: tuple[Comparison, ...], pictures: tuple[Drawing, ...]
) -> tuple[Published, ...]:
    """The figures shown, then those that a computed value rests on."""
    figures = [row.published for row in rows] + [drawing.published for drawing in pictures]
    figures += [
        published(questionnaire, figure, outcome)
        for name, figure in questionnaire.figures.items()
        if any(figure_in(questionnaire, computed_id, value, name) for computed_id, value in outcome.computed.items())
    ]
    return tuple({figure.id: figure for figure in figures if figure is not None}.values())
