"""What ships keeps to the rules for instruments: length, personas, figures, reading, one spelling."""

import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import product
from typing import Any

import pytest

from assessment.core.answers import parse_answers
from assessment.core.checking import contradicted
from assessment.core.conditions import names_in
from assessment.core.definition import Question, Questionnaire
from assessment.core.formulas import parse
from assessment.core.routing import minutes, minutes_words, must_answer, shown_ids
from assessment.paths import questionnaires_dir
from tests.core.building_blocks import ASSESSMENTS, CALCULATORS, SHIPPED, card, shipped

SURVEY = "service-challenges"
SECONDS = {"number": 25, "percent": 25, "money": 25, "ranking": 25, "short_text": 40, "long_text": 40, "email": 40}
"""Seconds for what is no choice; a choice takes 12."""
FEWEST, MOST = 12, 26
"""Questions that a respondent is asked, optional ones included."""


def ways(asked: Questionnaire) -> Iterator[list[Question]]:
    """The questions of each way through, by every choice of those that steer."""
    steering = {name for q in asked.questions.values() if q.show_if for name in names_in(q.show_if)}
    for chosen in product(*([(name, option.id) for option in asked.questions[name].answers] for name in steering)):
        shown = shown_ids(asked, dict(chosen))
        yield [question for name, question in asked.questions.items() if name in shown]


def spent(questions: list[Question]) -> int:
    return sum(SECONDS.get(question.type, 12) for question in questions)


def in_minutes(seconds: int) -> int:
    return max(1, (seconds + 30) // 60)


@pytest.mark.parametrize("name", [*ASSESSMENTS, SURVEY])
def test_nobody_is_asked_too_much_and_the_minutes_stated_are_those_it_takes(name: str) -> None:
    asked = shipped(name)
    every = list(ways(asked))
    counts = [len(way) for way in every]
    assert min(counts) >= FEWEST
    assert max(counts) <= MOST
    low = in_minutes(min(spent([question for question in way if must_answer(question)]) for way in every))
    high = in_minutes(max(map(spent, every)))
    assert minutes(asked) == (low, high)
    assert minutes_words(asked) == (f"{low} to {high} minutes" if low < high else f"{low} minutes")
    assert 3 <= high <= 7
    assert all(in_minutes(spent(way)) >= 3 for way in every)


@pytest.mark.parametrize("name", ASSESSMENTS)
def test_a_persona_stands_on_every_stage_and_before_every_gate(name: str) -> None:
    asked = shipped(name)
    expected = [persona.expect for persona in asked.personas]
    for stage in asked.stage:
        assert sum(one.stage == stage for one in expected) >= 2, stage
    held = {gate for one in expected for gate in one.gates or ()}
    gates = {gate.id for stage in asked.stages for gate in stage.requires}
    locks = gates | {cap.id for cap in asked.overall.caps}
    assert locks <= held
    told = {tale for one in expected for tale in one.contradictions or ()}
    assert {one.id for one in asked.contradictions} <= told
    assert len(locks) >= 3
    assert len(asked.contradictions) >= 5
    assert len(asked.recommendations) >= len(asked.scored)


@pytest.mark.parametrize("name", SHIPPED)
def test_reading_is_published_and_nothing_is_promised_that_nobody_wrote(name: str) -> None:
    titles = [one.resource.title for one in shipped(name).recommendations]
    assert not [title for title in titles if re.search(r"ask us|on request|worksheet|\bsheet\b", title, re.I)]


# Numbers that are neither published nor a threshold of the file: the steps of the other reading of "5 % to 10 %" (B5c).
OWN_STEPS = {"renewal-compounding": {"5", "10"}}
_LEFT_OUT = {"figures", "personas", "answers", "resource", "id"}


def prose(part: Any) -> Iterator[str]:
    """Everything that people read, apart from answers and reading."""
    if isinstance(part, str):
        yield part
    elif isinstance(part, dict):
        for key, value in part.items():
            if key not in _LEFT_OUT:
                yield from prose(value)
    elif isinstance(part, list | tuple):
        for value in part:
            yield from prose(value)


def thresholds(part: Any) -> Iterator[Decimal]:
    """Every number of the file's own scale: bounds of conditions, corners of points."""
    if isinstance(part, Decimal):
        yield part
    elif isinstance(part, dict | list | tuple):
        for value in part.values() if isinstance(part, dict) else part:
            yield from thresholds(value)


def numbers(text: str) -> set[str]:
    """Percentages and amounts of dollars as digits."""
    found = re.findall(r"(?<![\d.,])(\d[\d,]*(?:\.\d+)?) ?%|\$ ?(\d[\d,]*(?:\.\d+)?)( million)?", text)
    return {percent or (amount + "000000" * bool(many)).replace(",", "") for percent, amount, many in found}


@pytest.mark.parametrize("name", SHIPPED)
def test_a_number_in_prose_is_a_figure_of_the_file_or_its_own_threshold(name: str) -> None:
    asked = shipped(name)
    figures = [figure.model_dump() for figure in asked.figures.values()]
    known = {f"{value.normalize():f}" for value in thresholds(figures)} | {"0", "100"} | OWN_STEPS.get(name, set())
    known |= {number for figure in figures for text in prose(figure) for number in numbers(text)}
    conditions = asked.model_dump(include={"pages", "stages", "areas", "overall", "computed", "contradictions"})
    known |= {f"{value.normalize():f}" for value in thresholds(conditions)}
    plain = asked.model_dump(exclude={"figures", "personas"})
    unsourced = {number: text for text in prose(plain) for number in numbers(text) - known}
    assert not unsourced


@pytest.mark.parametrize("name", CALCULATORS)
def test_what_a_calculator_computes_is_shown_or_used(name: str) -> None:
    asked = shipped(name)
    measures = [(row.measure,) if isinstance(row.measure, str) else row.measure for row in asked.benchmarks]
    shown = {*asked.headline, *(measure for row in measures for measure in row)}
    for exhibit in asked.exhibits:
        shown |= {*exhibit.values, exhibit.versus or ""} | (names_in(exhibit.when) if exhibit.when else frozenset())
    for value in asked.computed.values():
        formulas = [value.formula, *(case.formula for case in value.cases)]
        shown |= {used for formula in formulas if formula for used in parse(formula).names}
    assert asked.computed.keys() <= shown


@pytest.mark.parametrize("name", ["support-price", "pricing-tier-placement"])
@pytest.mark.parametrize("basis", ["net", "list"])
def test_a_product_given_away_is_refused_with_a_way_on(name: str, basis: str) -> None:
    asked = shipped(name)
    form = {"fee_form": "share"} if "fee_form" in asked.questions else {}
    given: dict[str, object] = {"basis": basis, "price": 22} | form
    told = contradicted(asked, parse_answers(asked, given | {"discount": 100}))
    assert [question for question, _ in told] == ["discount"]
    assert "leave the discount blank" in told[0][1]
    assert contradicted(asked, parse_answers(asked, given | {"discount": "99.99"})) == ()


def test_who_has_not_said_what_customers_renew_or_pay_is_told_what_to_say() -> None:
    amounts = {"rev_begin": 100, "rev_new": 45, "rev_expansion": 5, "rev_churn": 25, "rev_downgrade": 5}
    asked = shipped("recurring-revenue")
    unsaid = {row.id: row.sentence for row in card(asked, **amounts).comparisons}
    assert "Say what your customers renew" in unsaid["retention_alone"]
    no_size = {row.id: row for row in card(asked, **amounts, model="subscriptions").comparisons}
    assert "Say what a typical customer pays" in no_size["nrr_by_size"].sentence
    assert "yearly contract value" in no_size["grr_by_size"].sentence
    made = card(asked, **amounts, model="subscriptions", contract_value="from_12k")
    sized = {row.id: row for row in made.comparisons}
    assert sized["nrr_by_size"].published is not None
    assert sized["nrr_by_size"].published.text == "102 %"
    assert "damaged copy" in sized["nrr_by_size"].sentence


def test_where_nothing_runs_the_best_of_plans_stays_at_the_first_stage() -> None:
    asked = shipped("service-automation")
    best = {
        question.id: ["form", "web", "routing", "answers", "colleagues"]
        if question.type == "multiple"
        else max(question.answers, key=lambda option: option.points or 0).id
        for _area, question in asked.scored
    }
    idle = card(asked, **best | {"reach": "nothing"})
    assert idle.overall is not None
    assert (idle.overall.score, idle.stage) == (100, "Early")
    assert [held.because for held in idle.held] == [
        "A plan is not yet automation, so Middle needs something that serves customers without a person."
    ]
    assert "What this score stands for" in [drawing.title for drawing in idle.drawings]
    running = card(asked, **best | {"reach": "bot"})
    assert running.stage == "Advanced"
    assert "What this score stands for" not in [drawing.title for drawing in running.drawings]


def test_net_retention_never_exceeds_the_rate_that_counts_new_customers_as_well() -> None:
    asked = shipped("metrics-readiness")

    def told(recurring: object, net: object) -> list[str]:
        rates = {"recurring_rate": recurring, "net_retention": net}
        return [on for on, _why in contradicted(asked, parse_answers(asked, {k: v for k, v in rates.items() if v}))]

    assert told(90, "90.1") == ["net_retention"]
    assert told(90, 300) == ["net_retention"]
    assert told(90, 90) == told(120, 75) == told(None, 300) == told(90, None) == []


GATING = ("adoption_known", "health_known", "retention_known", "revenue_known")


@pytest.mark.parametrize("name", GATING)
def test_who_counts_and_who_splits_by_group_are_advised_differently(name: str) -> None:
    asked = shipped("metrics-readiness")
    advised = [
        {one.id for one in asked.recommendations if _answered_by(one.when, name, rung)}
        for rung in ("collected", "segmented")
    ]
    assert [len(ids) for ids in advised] == [1, 1]
    assert advised[0] != advised[1]


def _answered_by(when: Any, name: str, rung: str) -> bool:
    return name in names_in(when) and rung in (getattr(when, "in_", None) or ())


PARTS = {
    ("service-effectiveness", "portfolio"): ("onboarding", "support", "adoption", "success", "modernization"),
    ("service-automation", "intake"): ("form", "web", "routing"),
}


@pytest.mark.parametrize(("name", "question"), PARTS)
def test_advice_names_the_box_that_was_left_empty(name: str, question: str) -> None:
    asked, parts = shipped(name), PARTS[name, question]
    for_it = {one.id for one in asked.recommendations if question in one.improves}
    gaps = set()
    for missing in parts:
        ticked = [option.id for option in asked.questions[question].answers if option.id != missing and option.points]
        made = card(asked, **{question: ticked})
        gaps |= {item.gap for item in made.advice if item.id in for_it}
    assert len(gaps) == len(parts)


def test_an_ambiguous_figure_has_the_note_that_it_points_to() -> None:
    ambiguous = [figure for name in SHIPPED for figure in shipped(name).figures.values() if figure.sure == "A"]
    assert ambiguous
    assert all(figure.note for figure in ambiguous)


def test_a_health_figure_is_limited_at_a_percentage() -> None:
    rates = {"adoption_rate": 70, "success_rate": 60, "retention_rate": 90, "recurring_rate": 120}
    made = card(shipped("metrics-readiness"), **rates)
    lines = next(drawing.lines for drawing in made.drawings if drawing.id == "health_formula")
    assert "min(Recurring revenue rate, 100 %)" in lines[0]
    assert lines[1:] == ("(70 % + 60 % + 90 % + min(120 %, 100 %)) / 4", "80.0 %")


BRITISH = (
    "programme", "organis", "recognis", "realise", "realisa", "modernis", "licence", "judgement", "catalogue", "favour",
    "colour", "labour", "behaviour", "neighbour", "centre", "per cent", "learnt", "cancelled", "travelled", "practised",
    "defence",
)  # fmt: skip


def test_one_spelling_is_used_throughout() -> None:
    words = re.compile(rf"(?<![a-z_])(?:{'|'.join(BRITISH)})(?!\w*_)\w*", re.I)
    found = [
        f"{path.name}:{number}: {word}"
        for path in sorted(questionnaires_dir().rglob("*.yaml"))
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        for word in words.findall(re.sub(r"https?://\S+", "", line))
    ]
    assert not found
