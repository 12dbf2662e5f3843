"""Which conditions hold: three-valued, with clauses of hidden or inapplicable questions dropping out (decision 5)."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import Enum
from fractions import Fraction

from assessment.core.answers import Answers, AnswerValue, Special
from assessment.core.computing import Value, inputs_of
from assessment.core.definition import (
    All,
    AnswerIs,
    Any_,
    AreaIs,
    ComputedIs,
    Condition,
    FlagIs,
    Known,
    Not,
    OverallIs,
    Questionnaire,
    StageBelow,
    StageIs,
)


class Truth(Enum):
    """TRUE, FALSE, UNKNOWN (rests on a don't-know), DROPPED (rests on nothing that applies)."""

    TRUE = "true"
    FALSE = "false"
    UNKNOWN = "unknown"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Interval:
    """A rounded score and what it may be between; a plain score has both ends at itself. None: nothing is known."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class State:
    """Everything a condition may ask about. `areas` and `overall`: missing means nothing applies, None unknown.

    `stages` are stage ids lowest first and `stage` the index reached, or None. Clauses that rest on nothing that
    applies drop out for gates and caps; `strict` makes them unknown instead, for everything that claims a fact.
    `open` asks what could still be: whatever is not known might be, and what was assumed might be otherwise.
    """

    shown: frozenset[str]
    answers: Answers
    computed: Mapping[str, Value] = field(default_factory=dict)
    areas: Mapping[str, Interval | None] = field(default_factory=dict)
    overall: Interval | None = None
    stages: tuple[str, ...] = ()
    stage: int | None = None
    strict: bool = False
    open: bool = False


def _truth(value: bool) -> Truth:
    return Truth.TRUE if value else Truth.FALSE


def holds(condition: Condition, state: State) -> Truth:
    """Whether a condition holds in a state."""
    truth = _TESTS[type(condition)](condition, state)
    return Truth.UNKNOWN if state.strict and truth is Truth.DROPPED else truth


def is_true(condition: Condition | None, state: State) -> bool:
    """Whether a condition certainly holds, nothing dropped; no condition always does."""
    if condition is None:
        return True
    return holds(condition, state if state.strict else replace(state, strict=True)) is Truth.TRUE


def _answer(test: AnswerIs, state: State) -> Truth:
    answer = state.answers.get(test.question)
    if test.question not in state.shown or answer is Special.NOT_APPLICABLE:
        return Truth.DROPPED
    known = answer is not None and answer is not Special.DONT_KNOW
    if test.answered is not None:
        return _settled(known, state) if test.answered else _OPPOSITE[_settled(known, state)]
    if not known or answer is None:
        return Truth.UNKNOWN
    return _truth(_fits(test, answer))


def _fits(test: AnswerIs, answer: AnswerValue) -> bool:
    chosen = answer if isinstance(answer, tuple) else (answer,)
    if test.in_ is not None and not set(chosen) <= set(test.in_):
        return False
    if test.includes is not None and not set(test.includes) & set(chosen):
        return False
    return not isinstance(answer, Decimal) or _within(Fraction(answer), test.at_least, test.below)


def _within(value: Fraction, at_least: Decimal | None, below: Decimal | None) -> bool:
    return (at_least is None or value >= Fraction(at_least)) and (below is None or value < Fraction(below))


def _known(test: Known, state: State) -> Truth:
    value = state.computed.get(test.known)
    if value is not None:
        return _settled(value.number is not None, state) if value.applies else Truth.DROPPED
    answer = state.answers.get(test.known)
    if test.known not in state.shown or answer is Special.NOT_APPLICABLE:
        return Truth.DROPPED
    return _settled(isinstance(answer, Decimal), state)


def _settled(known: bool, state: State) -> Truth:
    """Whether something is known: a fact today, but what is not known might still become so."""
    return Truth.UNKNOWN if state.open and not known else _truth(known)


def _flag(test: FlagIs, state: State) -> Truth:
    value = state.computed[test.flag.computed]
    if state.open and (value.flags or value.number is None):
        return Truth.UNKNOWN
    return _truth(value.number is not None and test.flag.is_ in value.flags)


def _computed(test: ComputedIs, state: State) -> Truth:
    value = state.computed[test.computed]
    if not value.applies:
        return Truth.DROPPED
    if value.number is None or (state.open and value.flags):
        return Truth.UNKNOWN
    return _truth(_within(value.printed, test.at_least, test.below))


def _area(test: AreaIs, state: State) -> Truth:
    if test.area not in state.areas:
        return Truth.DROPPED
    return _between(state.areas[test.area], test.at_least, test.below)


def _overall(test: OverallIs, state: State) -> Truth:
    return _between(state.overall, test.at_least, test.below)


def _between(score: Interval | None, at_least: Decimal | None, below: Decimal | None) -> Truth:
    if score is None:
        return Truth.UNKNOWN
    ends = {_within(Fraction(end), at_least, below) for end in (score.low, score.high)}
    if len(ends) == 2:
        return Truth.UNKNOWN
    # Both ends outside on different sides of a two-sided bound still leaves the middle open.
    both = at_least is not None and below is not None
    if both and score.low < at_least and score.high >= below:  # type: ignore[operator]
        return Truth.UNKNOWN
    return _truth(ends.pop())


def _stage(test: StageIs, state: State) -> Truth:
    return _truth(state.stage is not None and state.stages[state.stage] == test.stage)


def _stage_below(test: StageBelow, state: State) -> Truth:
    return _truth(state.stage is None or state.stage < state.stages.index(test.stage_below))


def _all(test: All, state: State) -> Truth:
    found = {holds(clause, state) for clause in test.all} - {Truth.DROPPED}
    for truth in (Truth.FALSE, Truth.UNKNOWN, Truth.TRUE):
        if truth in found:
            return truth
    return Truth.DROPPED


def _any(test: Any_, state: State) -> Truth:
    found = {holds(clause, state) for clause in test.any} - {Truth.DROPPED}
    for truth in (Truth.TRUE, Truth.UNKNOWN, Truth.FALSE):
        if truth in found:
            return truth
    return Truth.DROPPED


_OPPOSITE = {**{truth: truth for truth in Truth}, Truth.TRUE: Truth.FALSE, Truth.FALSE: Truth.TRUE}


def _not(test: Not, state: State) -> Truth:
    return _OPPOSITE[holds(test.not_, state)]


_TESTS: dict[type, Callable[..., Truth]] = {
    AnswerIs: _answer,
    Known: _known,
    FlagIs: _flag,
    ComputedIs: _computed,
    AreaIs: _area,
    OverallIs: _overall,
    StageIs: _stage,
    StageBelow: _stage_below,
    All: _all,
    Any_: _any,
    Not: _not,
}


def clauses(condition: Condition) -> Iterator[Condition]:
    """The condition's plain clauses, without `all`, `any` and `not`."""
    if isinstance(condition, All | Any_):
        for clause in condition.all if isinstance(condition, All) else condition.any:
            yield from clauses(clause)
    elif isinstance(condition, Not):
        yield from clauses(condition.not_)
    else:
        yield condition


def names_in(condition: Condition) -> frozenset[str]:
    """The questions and computed values a condition names."""
    found = set()
    for clause in clauses(condition):
        if isinstance(clause, AnswerIs):
            found.add(clause.question)
        elif isinstance(clause, Known | ComputedIs | FlagIs):
            found.add(_value_named(clause))
    return frozenset(found)


def question_ids(questionnaire: Questionnaire, condition: Condition) -> tuple[str, ...]:
    """The questions a condition rests on, those behind computed values included, in the order asked."""
    found: set[str] = set()
    for clause in clauses(condition):
        if isinstance(clause, AnswerIs):
            found.add(clause.question)
        elif isinstance(clause, Known | ComputedIs | FlagIs):
            name = _value_named(clause)
            found |= inputs_of(questionnaire, name)
    return tuple(name for name in questionnaire.questions if name in found)


def _value_named(clause: Known | ComputedIs | FlagIs) -> str:
    if isinstance(clause, Known):
        return clause.known
    return clause.computed if isinstance(clause, ComputedIs) else clause.flag.computed
