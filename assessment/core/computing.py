"""Computed values: arithmetic over numeric answers, with the assumptions they rest on (decision 2)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from assessment.core.answers import DOLLARS, Answers, Special, currency_of
from assessment.core.definition import Assumption, Computed, Condition, Figure, Questionnaire
from assessment.core.formulas import Formula, NotDefined, parse

NOT_GIVEN = "a number it needs was not given"


@dataclass(frozen=True, slots=True)
class Value:
    """A computed value. `number` is what formulas use (percent: a fraction of one) or None with the `reason`;
    `printed` is in its own unit (percent: 0-100); `series` its values over n; `applies` is False when every input is
    hidden or not applicable; `formula` the one that was used."""

    number: Fraction | None
    unit: str
    reason: str | None = None
    flags: tuple[str, ...] = ()
    series: tuple[tuple[int, Fraction], ...] = ()
    applies: bool = True
    formula: Formula | None = None
    inputs: tuple[tuple[str, Fraction], ...] = ()

    @property
    def printed(self) -> Fraction:
        """The number in its own unit; 0 where there is none (ask `number` first)."""
        number = self.number or Fraction(0)
        return number * 100 if self.unit == "percent" else number


def scale(unit: str) -> int:
    """How many of its own unit make one inside a formula: percent is 100, everything else 1."""
    return 100 if unit == "percent" else 1


def numbers(questionnaire: Questionnaire, answers: Answers) -> dict[str, Fraction]:
    """Numeric answers as formulas take them."""
    questions = questionnaire.questions
    return {
        name: Fraction(value) / scale(questions[name].measured_in)
        for name, value in answers.items()
        if isinstance(value, Decimal)
    }


def figure_number(figure: Figure) -> Fraction | None:
    """A figure's one value as formulas take it, or None when it has none."""
    value = figure.value if figure.value is not None else figure.above
    return None if value is None else Fraction(value) / scale(figure.unit)


def compute(
    questionnaire: Questionnaire,
    answers: Answers,
    shown: frozenset[str],
    holds: Callable[[Condition], bool],
) -> dict[str, Value]:
    """Every computed value, in the order declared; `holds` decides the cases."""
    known = numbers(questionnaire, answers) | _figures(questionnaire, answers)
    applying = _applying(questionnaire, answers, shown)
    values: dict[str, Value] = {}
    for name, computed in questionnaire.computed.items():
        value = _inheriting(_one(questionnaire, computed, known, applying, holds), values)
        value = _explained(computed, value, values)
        values[name] = value
        if value.number is not None and not value.series:
            known[name] = value.number
        if value.applies:
            applying.add(name)
    return values


def _figures(questionnaire: Questionnaire, answers: Answers) -> dict[str, Fraction]:
    """The figures formulas may take: a published amount of money only where amounts are in its currency."""
    foreign = currency_of(questionnaire, answers) not in {None, DOLLARS}
    usable = {name: f for name, f in questionnaire.figures.items() if not (foreign and f.unit == "money")}
    return {name: number for name, f in usable.items() if (number := figure_number(f)) is not None}


def _inheriting(value: Value, values: Mapping[str, Value]) -> Value:
    """A value rests on whatever its inputs assumed."""
    inherited = [flag for name, _number in value.inputs if name in values for flag in values[name].flags]
    return replace(value, flags=tuple(dict.fromkeys((*value.flags, *inherited)))) if inherited else value


def _explained(computed: Computed, value: Value, values: Mapping[str, Value]) -> Value:
    """What rests on a value that came to nothing has nothing for the same reason, not for a number left blank."""
    if value.number is not None or value.reason != NOT_GIVEN or computed.formula is None:
        return value
    behind = [values[name].reason for name in sorted(parse(computed.formula).names) if name in values]
    return replace(value, reason=next((reason for reason in behind if reason and reason != NOT_GIVEN), NOT_GIVEN))


def _applying(questionnaire: Questionnaire, answers: Answers, shown: frozenset[str]) -> set[str]:
    """Names a formula may wait for: shown questions that were not waved off as not applicable, and figures."""
    asked = {name for name in shown if answers.get(name) is not Special.NOT_APPLICABLE}
    return asked | set(questionnaire.figures)


def _one(
    questionnaire: Questionnaire,
    computed: Computed,
    known: Mapping[str, Fraction],
    applying: set[str],
    holds: Callable[[Condition], bool],
) -> Value:
    text = computed.formula
    if text is None:
        text = next((case.formula for case in computed.cases if holds(case.when)), None)
        if text is None:
            names = set().union(*(parse(case.formula).names for case in computed.cases))
            return Value(None, computed.unit, computed.otherwise or NOT_GIVEN, applies=_applies(names, applying))
    formula = parse(text)
    needed = formula.names - {"n"}
    if not _applies(set(needed), applying):
        return Value(None, computed.unit, NOT_GIVEN, applies=False)
    given, flags = _with_assumptions(questionnaire, computed.assume, known, needed)
    if not needed <= given.keys():
        return Value(None, computed.unit, NOT_GIVEN, flags)
    inputs = tuple((name, given[name]) for name in sorted(needed))
    if computed.over is not None:
        return _series(computed, formula, given, flags, inputs)
    result = formula.value(given)
    if isinstance(result, NotDefined):
        reason = computed.otherwise or result.reason
        return Value(None, computed.unit, reason, flags, formula=formula, inputs=inputs)
    return Value(result, computed.unit, None, flags, formula=formula, inputs=inputs)


def _applies(names: set[str], applying: set[str]) -> bool:
    asked = {name for name in names if not name[:1].isupper() and name != "n"}
    return not asked or bool(asked & applying)


def _with_assumptions(
    questionnaire: Questionnaire,
    assume: Mapping[str, Assumption],
    known: Mapping[str, Fraction],
    needed: frozenset[str],
) -> tuple[dict[str, Fraction], tuple[str, ...]]:
    given, flags = dict(known), []
    for name, assumption in assume.items():
        if name in given or name not in needed:
            continue
        if assumption.figure is not None:
            number = known.get(assumption.figure)
        else:
            number = Fraction(assumption.value or 0) / scale(unit_of(questionnaire, name))
        if number is not None:
            given[name] = number
            flags.append(assumption.flag)
    return given, tuple(flags)


def unit_of(questionnaire: Questionnaire, name: str) -> str:
    """The unit of a numeric question or a computed value."""
    question = questionnaire.questions.get(name)
    return question.measured_in if question else questionnaire.computed[name].unit


def _series(
    computed: Computed,
    formula: Formula,
    given: dict[str, Fraction],
    flags: tuple[str, ...],
    inputs: tuple[tuple[str, Fraction], ...],
) -> Value:
    first, last = (computed.over or {})["n"]
    points = []
    for n in range(first, last + 1):
        result = formula.value(given | {"n": Fraction(n)})
        if isinstance(result, NotDefined):
            return Value(None, computed.unit, result.reason, flags, formula=formula, inputs=inputs)
        points.append((n, result))
    return Value(points[-1][1], computed.unit, None, flags, tuple(points), formula=formula, inputs=inputs)


def inputs_of(questionnaire: Questionnaire, name: str) -> frozenset[str]:
    """The questions behind a numeric question or computed value, however deep."""
    if name in questionnaire.questions:
        return frozenset({name})
    computed = questionnaire.computed.get(name)
    if computed is None:
        return frozenset()
    texts = [computed.formula] if computed.formula else [case.formula for case in computed.cases]
    names: set[str] = set().union(*(parse(text).names for text in texts)) - {"n"}
    return frozenset().union(*(inputs_of(questionnaire, inner) for inner in names))


def figure_in(questionnaire: Questionnaire, name: str, value: Value, figure: str) -> bool:
    """Whether a computed value rests on a published figure, named in its formula or standing in for a blank."""
    assumed = questionnaire.computed[name].assume.values()
    stands_in = any(each.figure == figure and each.flag in value.flags for each in assumed)
    return value.number is not None and (stands_in or any(inner == figure for inner, _number in value.inputs))
