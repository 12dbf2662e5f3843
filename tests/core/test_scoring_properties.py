"""What must hold of every score, tried on generated questionnaires and answers (decisions 1, 3, 4 and 5)."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from assessment.core.answers import AnswerValue, Special
from assessment.core.averaging import points_of
from assessment.core.definition import Question, Questionnaire
from assessment.core.numbers import half_up_whole
from assessment.core.receipt import area_lines
from assessment.core.routing import shown_ids
from assessment.core.scoring import Outcome, assess
from tests.core.making import answered, answers_to

settings.register_profile(
    "core",
    derandomize=True,
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("core")

Answered = tuple[Questionnaire, dict[str, AnswerValue]]


def extreme(question: Question, *, best: bool) -> AnswerValue:
    """The answer with the most points, or with none."""
    if question.type == "multiple":
        return tuple(option.id for option in question.answers if not option.exclusive) if best else ("none",)
    candidates: list[AnswerValue] = [option.id for option in question.answers]
    if question.type == "scale":
        candidates = [Decimal(1), question.max or Decimal(5)]
    elif question.points:
        candidates = [corner[0] for corner in question.points]
    pick = max if best else min
    return pick(candidates, key=lambda answer: points_of(question, answer) or Fraction(0))


def extremes(questionnaire: Questionnaire, *, best: bool) -> dict[str, AnswerValue]:
    """Every scored question at its best or worst, the computed rate too."""
    scored = {q.id: extreme(q, best=best) for q in questionnaire.questions.values() if q.is_scored}
    score = questionnaire.computed["rate"].score
    assert score is not None
    rate = (max if best else min)(score.points, key=lambda corner: corner[1])[0]
    return {"way": "a", "renewed": rate, "due": Decimal(100)} | scored


def whole(outcome: Outcome) -> tuple[int, int, int]:
    """Score and range, rounded as shown, whatever the coverage."""
    assert outcome.overall is not None
    return outcome.overall.score, outcome.overall.low, outcome.overall.high


def scores(outcome: Outcome) -> dict[str, Fraction]:
    """Every exact score: the overall and the areas."""
    means = {name: area.mean for name, area in outcome.areas.items() if area.mean is not None}
    return means | ({"": outcome.mean} if outcome.mean is not None else {})


@given(answered())
def test_the_best_answers_score_100_and_the_worst_0(case: Answered) -> None:
    questionnaire, _answers = case
    assert whole(assess(questionnaire, extremes(questionnaire, best=True))) == (100, 100, 100)
    assert whole(assess(questionnaire, extremes(questionnaire, best=False))) == (0, 0, 0)


@given(answered(), st.data())
def test_raising_an_answer_never_lowers_a_score(case: Answered, data: st.DataObject) -> None:
    questionnaire, answers = case
    scored = [q for q in questionnaire.questions.values() if q.is_scored]
    question = data.draw(st.sampled_from(scored))
    other = data.draw(answers_to(questionnaire, unknowns=False))[question.id]
    here, there = points_of(question, answers.get(question.id)), points_of(question, other)
    assume(here is not None and there is not None and there >= here)
    before, after = assess(questionnaire, answers), assess(questionnaire, answers | {question.id: other})
    assert scores(before).keys() == scores(after).keys()
    assert all(scores(after)[name] >= mean for name, mean in scores(before).items())


@given(answered())
def test_doubling_all_weights_changes_nothing(case: Answered) -> None:
    questionnaire, answers = case
    plain: Any = questionnaire.model_dump(by_alias=True, exclude_unset=True)
    for part in (*plain["areas"], *(q for page in plain["pages"] for q in page["questions"] if "weight" in q)):
        part["weight"] *= 2
    plain["computed"]["rate"]["score"]["weight"] *= 2
    doubled, once = assess(Questionnaire.model_validate(plain), answers), assess(questionnaire, answers)
    assert scores(doubled) == scores(once)
    assert (doubled.overall, doubled.stage_id, doubled.coverage) == (once.overall, once.stage_id, once.coverage)


@given(answered())
def test_a_score_lies_within_its_range(case: Answered) -> None:
    outcome = assess(*case)
    for points in (outcome.overall, *(area.points for area in outcome.areas.values())):
        if points is not None:
            assert 0 <= points.low <= points.score <= points.high <= 100
    if outcome.standing is not None:
        assert outcome.standing.lowest <= outcome.standing.stage <= outcome.standing.highest


def open_questions(questionnaire: Questionnaire, answers: dict[str, AnswerValue]) -> list[str]:
    """Shown questions that are blank or answered with "I don't know"."""
    shown = shown_ids(questionnaire, answers)
    return [name for name in questionnaire.questions if name in shown and _open(answers.get(name))]


def _open(answer: AnswerValue | None) -> bool:
    return answer is None or answer is Special.DONT_KNOW


@given(answered(), st.data())
def test_an_answered_dont_know_narrows_the_range_and_lands_in_it(case: Answered, data: st.DataObject) -> None:
    questionnaire, answers = case
    unknown = open_questions(questionnaire, answers)
    assume(unknown)
    name = data.draw(st.sampled_from(unknown))
    told = data.draw(answers_to(questionnaire, unknowns=False))
    assume(name in told)
    before, after = assess(questionnaire, answers), assess(questionnaire, answers | {name: told[name]})
    for area_id, area in before.areas.items():
        then = after.areas[area_id]
        assert area.low <= then.low <= then.high <= area.high
    if before.overall and after.overall:
        assert before.overall.low <= after.overall.low <= after.overall.score
        assert after.overall.score <= after.overall.high <= before.overall.high
    if before.standing and after.standing:
        assert before.standing.lowest <= after.standing.stage <= before.standing.highest


@given(answered())
def test_receipt_lines_sum_to_the_score_shown(case: Answered) -> None:
    questionnaire, answers = case
    outcome = assess(questionnaire, answers)
    for name, area in outcome.areas.items():
        lines = area_lines(questionnaire, name, area, outcome, None)
        tenths = [Decimal(line.adds) for line in lines if line.adds is not None]
        if area.points is None:
            assert tenths == []
        else:
            assert sum(tenths) == area.points.score
            assert all(part >= 0 for part in tenths)


@given(answered(), st.data())
def test_hidden_answers_never_count(case: Answered, data: st.DataObject) -> None:
    questionnaire, answers = case
    shown = shown_ids(questionnaire, answers)
    other = data.draw(answers_to(questionnaire))
    changed = {name: value for name, value in answers.items() if name in shown}
    changed |= {name: value for name, value in other.items() if name not in shown}
    assert assess(questionnaire, changed) == assess(questionnaire, answers)


@given(answered(), st.randoms(use_true_random=False))
def test_the_order_of_answers_is_irrelevant(case: Answered, random: Any) -> None:
    questionnaire, answers = case
    items = list(answers.items())
    random.shuffle(items)
    assert assess(questionnaire, dict(items)) == assess(questionnaire, answers)


@given(answered())
def test_the_rounded_score_meets_the_floors_and_gates_hold(case: Answered) -> None:
    questionnaire, answers = case
    outcome = assess(questionnaire, answers)
    assume(outcome.standing is not None and outcome.overall is not None and outcome.mean is not None)
    assert outcome.standing is not None
    assert outcome.overall is not None
    assert outcome.mean is not None
    assert outcome.overall.score == half_up_whole(outcome.mean * 100)
    at, score = outcome.standing.stage, outcome.overall.score
    assert score >= questionnaire.stages[at].from_
    following = questionnaire.stages[at + 1] if at + 1 < len(questionnaire.stages) else None
    if following is not None and score >= following.from_:
        assert outcome.standing.held, "past the floor and still below: something must hold it"
    else:
        assert outcome.standing.held == ()


@given(answered(unknowns=False))
def test_with_everything_known_there_is_no_range(case: Answered) -> None:
    questionnaire, answers = case
    answers = {"renewed": Decimal(3), "due": Decimal(4)} | answers | {"due": Decimal(4)}
    outcome = assess(questionnaire, answers | {"way": "a"})
    assert outcome.coverage == 1
    assert outcome.overall is not None
    assert outcome.overall.low == outcome.overall.score == outcome.overall.high
    assert outcome.standing is not None
    assert outcome.standing.lowest == outcome.standing.stage == outcome.standing.highest


@given(answered())
def test_without_enough_known_there_is_neither_overall_nor_stage(case: Answered) -> None:
    questionnaire, answers = case
    outcome = assess(questionnaire, answers)
    enough = outcome.coverage is not None and outcome.coverage * 100 >= questionnaire.min_coverage
    if not enough:
        assert outcome.overall is None
        assert outcome.no_stage
    assert (outcome.overall is None) == (outcome.standing is None) or outcome.no_stage is None
