"""The questionnaires that ship, under any answers a respondent can give: nothing breaks, all adds up."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from assessment.core.answers import AnswerValue, Special, parse_answers, to_plain
from assessment.core.definition import TYPED, Question, Questionnaire
from assessment.core.routing import shown_ids, visible
from assessment.core.scorecard import Scorecard
from assessment.core.scoring import assess
from tests.core.building_blocks import ASSESSMENTS, SHIPPED, card_of, shipped

MANY = settings(
    derandomize=True,
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)
STORED = TypeAdapter(Scorecard)
TYPED_WORDS = "Mallory Q. typed this"


def _number(draw: st.DrawFn, question: Question) -> Decimal:
    """An end of what may be typed, or anything between, with as many decimals as the question takes."""
    low = Decimal(0) if question.min is None else question.min
    high = Decimal(10) ** 15 if question.max is None else question.max
    step = Decimal(1) if question.type == "scale" else Decimal(1).scaleb(-question.decimals)
    ends = [low, high, min(low + step, high), max(high - step, low)]
    near = low + step * draw(st.integers(0, min(1000, int((high - low) / step))))
    return draw(st.sampled_from([*ends, near, near]))


def _answer(draw: st.DrawFn, question: Question) -> AnswerValue:
    if question.type in TYPED:
        return TYPED_WORDS
    offered = [Special.DONT_KNOW] * question.dont_know + [Special.NOT_APPLICABLE] * question.not_applicable
    if offered and draw(st.integers(0, 4)) == 0:
        return draw(st.sampled_from(offered))
    if question.is_numeric:
        return _number(draw, question)
    options = [option.id for option in question.answers]
    if question.type == "choice":
        return draw(st.sampled_from(options))
    if question.type == "ranking":
        return tuple(draw(st.permutations(options)))
    alone = [option.id for option in question.answers if option.exclusive]
    several = draw(st.sets(st.sampled_from([name for name in options if name not in alone])))
    return tuple(sorted(several)) or tuple((alone or options)[:1])


@st.composite
def any_answers(draw: st.DrawFn, questionnaire: Questionnaire) -> dict[str, AnswerValue]:
    """Answers to most questions, hidden ones included; optional ones and numbers are often left blank."""
    blank_one_in = draw(st.sampled_from([2, 4, 1000]))
    given: dict[str, AnswerValue] = {}
    for name, question in questionnaire.questions.items():
        if draw(st.integers(1, blank_one_in)) != 1 or not (question.optional or question.is_numeric):
            given[name] = _answer(draw, question)
    return given


def sums_up(card: Scorecard) -> None:
    """What every scorecard must keep to, whatever was answered."""
    for area in card.areas:
        tenths = [Decimal(line.adds) for line in area.lines if line.adds is not None]
        assert sum(tenths) == (area.points.score if area.points else 0)
        assert (area.gap is None) == (area.points is None or card.mark is None)
        if area.points is not None:
            assert 0 <= area.points.low <= area.points.score <= area.points.high <= 100
    assert sum(rung.here for rung in card.ladder) == (card.stage_id is not None)
    assert [rung.reached for rung in card.ladder] == sorted((rung.reached for rung in card.ladder), reverse=True)
    if card.origin.result == "stage":
        assert (card.overall is None) == (card.stage_id is None) == (card.no_stage is not None)
    if card.stage_range is not None:
        titles = [rung.title for rung in card.ladder]
        low, high = (titles.index(title) for title in card.stage_range)
        assert low <= titles.index(str(card.stage)) <= high
        assert low < high
    for row in card.comparisons:
        assert row.sentence
        assert row.verdict == "none" or row.published is not None
        if row.verdict != "none" and row.published is not None:
            assert row.published.sure == "P" or len(row.yours) > 1
            assert all(mine.value is not None for mine in row.yours)


@pytest.mark.parametrize("name", SHIPPED)
def test_any_answers_make_a_scorecard_that_can_be_stored(name: str) -> None:
    questionnaire = shipped(name)
    reached: set[object] = set()

    @settings(MANY, database=None)
    @given(data=st.data())
    def look(data: st.DataObject) -> None:
        answers = data.draw(any_answers(questionnaire))
        card = card_of(questionnaire, answers)
        stored = STORED.dump_json(card)
        assert STORED.validate_json(stored) == card
        assert TYPED_WORDS.encode() not in stored, "what was typed stays outside the snapshot"
        sums_up(card)
        reached.update(_corners(questionnaire, answers, card))

    look()
    if name in ASSESSMENTS:
        _reach_every_corner(questionnaire, reached)


def _corners(questionnaire: Questionnaire, answers: dict[str, AnswerValue], card: Scorecard) -> Iterator[object]:
    """What these answers led to."""
    outcome = assess(questionnaire, answers)
    yield from ("staged" if outcome.standing else "unstaged", outcome.stage_id)
    yield from {answers[name] for name in outcome.answers if isinstance(answers[name], Special)}
    yield from ("hidden" for each in answers if each not in outcome.shown)
    yield from ("advice" for _ in card.advice)
    yield from (row.verdict for row in card.comparisons)


def _reach_every_corner(questionnaire: Questionnaire, reached: set[object]) -> None:
    """The test would be worth nothing if its answers never led anywhere."""
    wanted: set[object] = {"staged", "advice", "none", Special.DONT_KNOW}
    wanted |= {"hidden"} if any(question.show_if for question in questionnaire.questions.values()) else set()
    # One question in twenty-five that offers it is met too rarely to be counted on.
    offering = sum(question.not_applicable for question in questionnaire.questions.values())
    wanted |= {Special.NOT_APPLICABLE} if offering > 2 else set()
    assert wanted <= reached
    assert len(reached & set(questionnaire.stage)) >= 2


@pytest.mark.parametrize("name", SHIPPED)
@settings(MANY, max_examples=30)  # tests/core/test_scoring_properties.py asks it of any questionnaire
@given(data=st.data())
def test_order_and_hidden_answers_leave_no_trace(name: str, data: st.DataObject) -> None:
    questionnaire = shipped(name)
    answers = data.draw(any_answers(questionnaire))
    card = card_of(questionnaire, answers)
    assert card_of(questionnaire, dict(reversed(answers.items()))) == card
    seen = visible(questionnaire, answers)
    assert card_of(questionnaire, seen) == card
    assert parse_answers(questionnaire, to_plain(seen)) == seen


@pytest.mark.parametrize("name", ASSESSMENTS)
@pytest.mark.parametrize("best", [True, False])
def test_the_best_answers_reach_100_and_the_worst_0(name: str, best: bool) -> None:
    questionnaire = shipped(name)
    if questionnaire.result == "placement":
        assert not any(question.is_scored for question in questionnaire.questions.values())
        return
    answers = {each.id: _extreme(each, best=best) for each in questionnaire.questions.values() if each.is_scored}
    outcome = assess(questionnaire, answers | _steering(questionnaire))
    known = [area.mean for area in outcome.areas.values() if area.mean is not None]
    assert len(known) >= 3
    assert set(known) == {1 if best else 0}


def _steering(questionnaire: Questionnaire) -> dict[str, AnswerValue]:
    """The first option of every route question."""
    return {q.id: q.answers[0].id for q in questionnaire.questions.values() if q.role == "route"}


def _extreme(question: Question, *, best: bool) -> AnswerValue:
    pick: Any = max if best else min
    if question.type == "multiple":
        wanted = [o.id for o in question.answers if (bool(o.points) if best else o.exclusive)]
        return tuple(wanted)
    if question.type == "choice":
        return str(pick(question.answers, key=lambda option: option.points).id)
    corners = question.points or ((question.min or Decimal(1), 0), (question.max or Decimal(5), 1))
    return Decimal(pick(corners, key=lambda corner: corner[1])[0])


@pytest.mark.parametrize("name", SHIPPED)
def test_every_sample_says_whole_sentences(name: str) -> None:
    questionnaire = shipped(name)
    (sample,) = [persona for persona in questionnaire.personas if persona.sample]
    card = card_of(questionnaire, parse_answers(questionnaire, sample.answers))
    told = [card.verdict, card.receipt_note, *(row.sentence for row in card.comparisons)]
    told += [drawing.alternative for drawing in card.drawings if drawing.kind != "formula"]
    told += [mine.detail for row in card.comparisons for mine in row.yours if mine.detail]
    assert len(told) > 6
    for sentence in told:
        assert re.fullmatch(r"[\"“A-Z0-9].*[.?!”]", sentence, re.DOTALL), sentence
        assert not re.search(r"  | ,|\.\.|Fraction|Decimal|_", sentence), sentence
    assert shown_ids(questionnaire, parse_answers(questionnaire, sample.answers))
