"""One's own numbers beside published figures: a verdict, or the reason why there is none (decision 6)."""

from fractions import Fraction

from assessment.core.answers import DOLLARS
from assessment.core.computing import Value, unit_of
from assessment.core.conditions import is_true
from assessment.core.definition import Benchmark, Figure, Question, Questionnaire
from assessment.core.numbers import decimals_of, exact, grouped, half_up
from assessment.core.numbers import measured as in_unit
from assessment.core.scorecard import Comparison, Measured, Published, Verdict
from assessment.core.scoring import Outcome
from assessment.core.wording import SPECIAL_WORDS, answer_text, figure_text, figure_value, unknown_text, value_text

_CONTEXT = "Shown for orientation: it describes others than you, or something else, so it cannot judge."
_SURE = {
    "S": "It is quoted second-hand, so it is shown as context, without a verdict.",
    "A": "It is ambiguous, as its note says, so it is shown as context, without a verdict.",
}


def published(questionnaire: Questionnaire, figure: Figure, outcome: Outcome) -> Published:
    """A figure with its provenance in words; a figure by rows shows the row that the answers pick."""
    row = _row(figure, outcome)
    return Published(
        id=figure.id,
        measure=figure.measure,
        text=figure_text(figure, row),
        value=figure_value(figure, row),
        unit=figure.unit,
        population=figure.population,
        sample=figure.sample,
        year=figure.year,
        source_title=figure.source.title,
        source_url=figure.source.url,
        sure=figure.sure,
        note=figure.note,
    )


def _row(figure: Figure, outcome: Outcome) -> str | None:
    if figure.rows is None:
        return None
    answer = outcome.answers.get(figure.rows.question)
    return answer if isinstance(answer, str) else None


def measured(questionnaire: Questionnaire, name: str, outcome: Outcome, currency: str | None) -> Measured:
    """A numeric question's answer or a computed value, printed; `value` is None where there is none."""
    question = questionnaire.questions.get(name)
    if question is not None:
        return _answered(question, outcome, currency)
    definition, value = questionnaire.computed[name], outcome.computed[name]
    text = value_text(definition, value, currency)
    flags = tells(questionnaire, value.flags) if text is not None else ()
    return Measured(
        id=name,
        label=definition.title,
        text=text or unknown_text(value),
        value=None if value.number is None else float(value.printed),
        unit=definition.unit,
        detail=definition.tell if text is not None else _sentence(value.reason),
        flags=flags,
        marks=tuple(flag.replace("_", " ") for flag in value.flags) if flags else (),
    )


def tells(questionnaire: Questionnaire, flags: tuple[str, ...]) -> tuple[str, ...]:
    """The sentences that admit what was assumed."""
    assumed = [a for computed in questionnaire.computed.values() for a in computed.assume.values()]
    return tuple(dict.fromkeys(assumption.tell for assumption in assumed if assumption.flag in flags))


def _sentence(reason: str | None) -> str | None:
    if not reason:
        return None
    return reason[:1].upper() + reason[1:] + ("" if reason.endswith(".") else ".")


def _answered(question: Question, outcome: Outcome, currency: str | None) -> Measured:
    answer = outcome.answers.get(question.id)
    known = answer is not None and answer not in SPECIAL_WORDS
    return Measured(
        id=question.id,
        label=question.label,
        text=answer_text(question, answer, currency) if known and answer is not None else "Not known",
        value=float(str(answer)) if known else None,
        unit=question.measured_in,
    )


def exact_of(questionnaire: Questionnaire, name: str, outcome: Outcome) -> Fraction | None:
    """A measure's exact number in its own unit (percent: 0-100), or None."""
    value: Value | None = outcome.computed.get(name)
    if value is not None:
        return None if value.number is None else value.printed
    answer = outcome.answers.get(name)
    return exact(answer) if not isinstance(answer, str | tuple | None) and answer not in SPECIAL_WORDS else None


def names_of(benchmark: Benchmark) -> tuple[str, ...]:
    """What a benchmark measures."""
    return (benchmark.measure,) if isinstance(benchmark.measure, str) else benchmark.measure


def compare(
    questionnaire: Questionnaire, benchmark: Benchmark, outcome: Outcome, currency: str | None
) -> Comparison | None:
    """One row of "Your numbers", or None where nothing it measures applies or was given."""
    names = names_of(benchmark)
    if not any(_applies(questionnaire, name, outcome) for name in names) and not _speaks(benchmark, outcome):
        return None
    yours = tuple(measured(questionnaire, name, outcome, currency) for name in names)
    figure = questionnaire.figures.get(benchmark.figure or "")
    verdict, sentence = _verdict(questionnaire, benchmark, figure and _picked(figure, outcome), outcome, currency)
    if sentence is None or (figure is None and all(each.value is None for each in yours)):
        return None
    return Comparison(
        id=benchmark.id,
        title=benchmark.title,
        yours=yours,
        published=published(questionnaire, figure, outcome) if figure else None,
        verdict=verdict,
        sentence=sentence,
    )


def _applies(questionnaire: Questionnaire, name: str, outcome: Outcome) -> bool:
    value = outcome.computed.get(name)
    if value is not None:
        return value.applies
    return name in outcome.shown and outcome.answers.get(name) not in _NOT_APPLICABLE


_NOT_APPLICABLE = tuple(special for special in SPECIAL_WORDS if special.value == "not_applicable")


def _picked(figure: Figure, outcome: Outcome) -> Figure:
    """A figure by rows as the one value that the answers pick; any other as it is."""
    row = _row(figure, outcome)
    if figure.rows is None or row not in figure.rows.values:
        return figure
    return figure.model_copy(update={"value": figure.rows.values[row], "rows": None})


def _verdict(
    questionnaire: Questionnaire, benchmark: Benchmark, figure: Figure | None, outcome: Outcome, currency: str | None
) -> tuple[Verdict, str | None]:
    names = names_of(benchmark)
    if not is_true(benchmark.when, outcome.state):
        return "none", _otherwise(benchmark, outcome)
    if figure is None:
        return "none", benchmark.no_figure or _otherwise(benchmark, outcome)
    exact_values = [exact_of(questionnaire, name, outcome) for name in names]
    known = [value for value in exact_values if value is not None]
    if not known or (benchmark.agree == "all" and len(known) < len(names)):
        return "none", _otherwise(benchmark, outcome) or "Your own number is not known, so there is nothing to compare."
    refusal = _refusal(questionnaire, benchmark, figure, _otherwise(benchmark, outcome), currency)
    mark = figure.value if figure.value is not None else figure.above
    if refusal or mark is None:
        return "none", refusal or _otherwise(benchmark, outcome) or "Shown as context, without a verdict."
    sides = {_side(value, figure) for value in known}
    if len(sides) > 1:
        return "none", _otherwise(benchmark, outcome) or (
            "The figure's own basis is not stated, and on the two possible bases you stand on different sides of it."
        )
    side = sides.pop()
    return side, _sentence_of(side, known[0], figure, len(known) > 1)


def _otherwise(benchmark: Benchmark, outcome: Outcome) -> str | None:
    return next((other.tell for other in benchmark.else_ if is_true(other.when, outcome.state)), None)


def _refusal(
    questionnaire: Questionnaire, benchmark: Benchmark, figure: Figure, told: str | None, currency: str | None
) -> str | None:
    """Why this figure may not judge, or None when it may."""
    names = names_of(benchmark)
    if figure.use != "benchmark":
        return told or benchmark.detail or _SURE.get(figure.sure, _CONTEXT)
    settled = figure.sure == "A" and figure.basis_only and benchmark.agree == "all" and len(names) > 1
    if figure.sure != "P" and not settled:
        return told or _SURE[figure.sure]
    if any(unit_of(questionnaire, name) != figure.unit for name in names):
        return "It is measured in another unit, so there is no verdict."
    if figure.unit == "money" and currency not in {None, DOLLARS}:
        return "It is in US dollars and your amounts are not, so there is no verdict."
    return None


def _speaks(benchmark: Benchmark, outcome: Outcome) -> bool:
    """Whether the file says something of its own about this situation."""
    return any(other.when is not None and is_true(other.when, outcome.state) for other in benchmark.else_)


def _side(value: Fraction, figure: Figure) -> Verdict:
    if figure.above is not None:
        return "above" if half_up(value, decimals_of(figure.above)) > exact(figure.above) else "below"
    mark = figure.value
    if mark is None:
        return "none"
    rounded = half_up(value, decimals_of(mark))
    return "same" if rounded == exact(mark) else "above" if rounded > exact(mark) else "below"


def _sentence_of(side: Verdict, value: Fraction, figure: Figure, several: bool) -> str:
    words = figure_text(figure)
    if figure.above is not None:
        return (
            f"Above the published {words[10:]}, an open end."
            if side == "above"
            else (f"Not above the published {words[10:]}, a lower bound for the average.")
        )
    if side == "same":
        return f"The same as the published {words}, at its printed precision."
    if several:
        return f"{side.capitalize()} the published {words} on both bases."
    mark = figure.value
    if mark is None:
        return ""
    decimals = decimals_of(mark)
    gap = abs(half_up(value, decimals) - exact(mark))
    points = f"{grouped(gap, decimals)} percentage points"
    words_by = points if figure.unit == "percent" else in_unit(gap, figure.unit, decimals, DOLLARS)
    return f"{side.capitalize()} the published {words} by {words_by}."


def comparisons(questionnaire: Questionnaire, outcome: Outcome, currency: str | None) -> tuple[Comparison, ...]:
    """Every row of "Your numbers", in the file's order."""
    made = (compare(questionnaire, benchmark, outcome, currency) for benchmark in questionnaire.benchmarks)
    return tuple(comparison for comparison in made if comparison is not None)
