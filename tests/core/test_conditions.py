"""Three-valued conditions: unknown stays unknown, and what does not apply drops out (decision 5)."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from pydantic import TypeAdapter

from assessment.core.answers import AnswerValue, Special
from assessment.core.computing import Value
from assessment.core.conditions import Interval, State, Truth, holds, is_true, names_in
from assessment.core.definition import Condition

T, F, U, D = Truth.TRUE, Truth.FALSE, Truth.UNKNOWN, Truth.DROPPED
ADAPTER: TypeAdapter[Any] = TypeAdapter(Condition)

ANSWERS: dict[str, AnswerValue] = {
    "yes": "a",
    "unsure": Special.DONT_KNOW,
    "unfit": Special.NOT_APPLICABLE,
    "many": ("a", "b"),
    "rate": Decimal("62.5"),
}
STATE = State(
    shown=frozenset({*ANSWERS, "blank"}),
    answers=ANSWERS,
    computed={
        "ratio": Value(Fraction("0.625"), "percent", flags=("guessed",)),
        "unknown_ratio": Value(None, "percent"),
        "inapt_ratio": Value(None, "percent", applies=False),
    },
    areas={"strong": Interval(80, 80), "wide": Interval(20, 90), "empty": None},
    overall=Interval(50, 50),
    stages=("low", "middle", "high"),
    stage=1,
)
IN_A = {"in": ["a"]}


def truth(plain: object, state: State = STATE) -> Truth:
    return holds(ADAPTER.validate_python(plain), state)


@pytest.mark.parametrize(
    ("clause", "expected"),
    [
        ({"question": "yes", **IN_A}, T),
        ({"question": "yes", "in": ["b", "c"]}, F),
        ({"question": "unsure", **IN_A}, U),
        ({"question": "blank", **IN_A}, U),
        ({"question": "unfit", **IN_A}, D),
        ({"question": "hidden", **IN_A}, D),
        ({"question": "many", "includes": ["b", "z"]}, T),
        ({"question": "many", "includes": ["z"]}, F),
        ({"question": "rate", "at_least": "62.5"}, T),
        ({"question": "rate", "below": "62.5"}, F),
        ({"question": "rate", "at_least": "60", "below": "70"}, T),
        ({"question": "yes", "answered": "true"}, T),
        ({"question": "unsure", "answered": "true"}, F),
        ({"question": "blank", "answered": "false"}, T),
        ({"question": "unfit", "answered": "true"}, D),
        ({"known": "ratio"}, T),
        ({"known": "rate"}, T),
        ({"known": "unknown_ratio"}, F),
        ({"known": "inapt_ratio"}, D),
        ({"known": "unsure"}, F),
        ({"known": "hidden"}, D),
        ({"flag": {"computed": "ratio", "is": "guessed"}}, T),
        ({"flag": {"computed": "ratio", "is": "other"}}, F),
        ({"computed": "ratio", "at_least": "62.5"}, T),
        ({"computed": "ratio", "at_least": "62.6"}, F),
        ({"computed": "unknown_ratio", "at_least": "1"}, U),
        ({"computed": "inapt_ratio", "at_least": "1"}, D),
        ({"area": "strong", "at_least": 80}, T),
        ({"area": "wide", "at_least": 20}, T),
        ({"area": "wide", "at_least": 50}, U),
        ({"area": "wide", "at_least": 91}, F),
        ({"area": "wide", "at_least": 30, "below": 40}, U),
        ({"area": "empty", "at_least": 10}, U),
        ({"area": "gone", "at_least": 10}, D),
        ({"overall": True, "below": 50}, F),
        ({"stage": "middle"}, T),
        ({"stage": "high"}, F),
        ({"stage_below": "high"}, T),
        ({"stage_below": "middle"}, F),
    ],
)
def test_each_kind_of_clause(clause: object, expected: Truth) -> None:
    assert truth(clause) is expected


CLAUSE = {
    T: {"question": "yes", **IN_A},
    F: {"question": "yes", "in": ["b"]},
    U: {"question": "unsure", **IN_A},
    D: {"question": "hidden", **IN_A},
}


@pytest.mark.parametrize(
    ("parts", "together", "either"),
    [
        ((T, T), T, T), ((T, F), F, T), ((F, F), F, F), ((T, U), U, T), ((F, U), F, U), ((U, U), U, U),
        ((T, D), T, T), ((F, D), F, F), ((U, D), U, U), ((D, D), D, D), ((T, F, U), F, T),
    ],
)  # fmt: skip
def test_all_and_any_over_every_pair(parts: tuple[Truth, ...], together: Truth, either: Truth) -> None:
    clauses = [CLAUSE[part] for part in parts]
    assert truth({"all": clauses}) is together
    assert truth({"any": clauses}) is either


@pytest.mark.parametrize(("inner", "outer"), [(T, F), (F, T), (U, U), (D, D)])
def test_not_keeps_the_unknown_unknown(inner: Truth, outer: Truth) -> None:
    assert truth({"not": CLAUSE[inner]}) is outer


def test_a_claim_needs_certainty() -> None:
    claims = [is_true(ADAPTER.validate_python(CLAUSE[each]), STATE) for each in (T, F, U, D)]
    assert claims == [True, False, False, False]
    # Where a fact is claimed, a clause that does not apply claims nothing: neither it nor its opposite.
    assert not is_true(ADAPTER.validate_python({"not": CLAUSE[D]}), STATE)
    assert not is_true(ADAPTER.validate_python({"all": [CLAUSE[T], CLAUSE[D]]}), STATE)
    assert is_true(None, STATE)


def test_what_is_not_known_might_still_become_known() -> None:
    hopeful = State(shown=STATE.shown, answers=ANSWERS, computed=STATE.computed, open=True)
    for clause in (
        {"known": "unknown_ratio"},
        {"not": {"known": "unknown_ratio"}},
        {"question": "blank", "answered": "false"},
        {"question": "unsure", "answered": "true"},
        {"computed": "ratio", "at_least": 10},
        {"flag": {"computed": "ratio", "is": "guessed"}},
    ):
        assert truth(clause, hopeful) is U
    assert truth({"known": "rate"}, hopeful) is T
    assert truth({"question": "yes", **IN_A}, hopeful) is T


def test_names_found_in_a_condition() -> None:
    plain = {"all": [{"question": "a", **IN_A}, {"any": [{"known": "b"}, {"not": {"computed": "c", "below": 1}}]}]}
    assert names_in(ADAPTER.validate_python(plain)) == {"a", "b", "c"}
