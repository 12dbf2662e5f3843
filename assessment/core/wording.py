"""Answers and values in words."""

from fractions import Fraction

from assessment.core.answers import DOLLARS, AnswerValue, Special
from assessment.core.computing import Value, scale
from assessment.core.definition import Computed, Figure, Question
from assessment.core.numbers import as_written, measured, trimmed

SPECIAL_WORDS = {Special.DONT_KNOW: "I don’t know", Special.NOT_APPLICABLE: "Doesn’t apply to us"}


def answer_text(question: Question, answer: AnswerValue, currency: str | None = None) -> str:
    """An answer as people read it: option texts, a number with its unit, "I don't know"."""
    if isinstance(answer, Special):
        return SPECIAL_WORDS[answer]
    if isinstance(answer, tuple):
        texts = [option.text for name in answer if (option := question.option(name))]
        if question.type == "ranking":
            return "; ".join(f"{place}. {text}" for place, text in enumerate(texts, start=1))
        return "; ".join(texts)
    if isinstance(answer, str):
        option = question.option(answer)
        return option.text if option else answer
    if question.type == "scale":
        return f"{as_written(trimmed(answer), 'number')} of {question.max or 5}"
    return as_written(trimmed(answer), question.measured_in, currency)


def number_text(number: Fraction, unit: str, decimals: int, currency: str | None = None) -> str:
    """A number as formulas use it (percent: a fraction of one), printed in its unit."""
    return measured(number * scale(unit), unit, decimals, currency)


def value_text(computed: Computed, value: Value, currency: str | None = None) -> str | None:
    """A computed value printed, or None where there is none."""
    return None if value.number is None else number_text(value.number, computed.unit, computed.decimals, currency)


def unknown_text(value: Value) -> str:
    """What stands where a computed value has no number: a formula that came to nothing, or numbers not given."""
    return "Not defined" if value.formula is not None else "Not known"


def figure_text(figure: Figure, row: str | None = None) -> str:
    """A figure as published: "82.4 %", "more than 26 %", "18 to 22 %"; `row` picks a row by an answer."""
    if figure.value is not None:
        return as_written(figure.value, figure.unit, currency_of_figure(figure))
    if figure.above is not None:
        return f"more than {as_written(figure.above, figure.unit, currency_of_figure(figure))}"
    if figure.range is not None:
        low, high = figure.range
        return f"{as_written(low, 'number')} to {as_written(high, figure.unit, currency_of_figure(figure))}"
    if figure.rows is not None and row in figure.rows.values:
        return as_written(figure.rows.values[row], figure.unit, currency_of_figure(figure))
    if figure.rows is not None:
        low, high = min(figure.rows.values.values()), max(figure.rows.values.values())
        return f"{as_written(low, 'number')} to {as_written(high, figure.unit, currency_of_figure(figure))}"
    return "an order"


def currency_of_figure(figure: Figure) -> str | None:
    """The currency that a figure is printed in, None where it is no money."""
    return DOLLARS if figure.unit == "money" else None


def figure_value(figure: Figure, row: str | None = None) -> float | None:
    """A figure's one number in its own unit, for a picture; None where it has none."""
    if figure.value is not None or figure.above is not None:
        return float(figure.value if figure.value is not None else figure.above or 0)
    if figure.rows is not None and row in figure.rows.values:
        return float(figure.rows.values[row])
    return None
