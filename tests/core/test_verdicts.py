"""A verdict only where a figure may judge; everywhere else the reason why it does not (decision 6)."""

from typing import Any

import pytest

from assessment.core.definition import Questionnaire
from assessment.core.scorecard import Comparison
from tests.core.building_blocks import card, computed, row, rows_of
from tests.core.making import Plain, assessed, built, choice, figure, number, page


def numbered(benchmark: Plain, *figures: Plain, **more: Any) -> Questionnaire:
    """Two percentages, a count and an amount, a segment and a currency, and one row of numbers."""
    segment = choice("segment", None, None, role="profile", optional=True)
    currency = choice("currency", None, None, role="currency", dont_know=False, optional=True)
    currency["answers"] = [{"id": "usd", "text": "Dollar"}, {"id": "eur", "text": "Euro"}]
    asked = [number("share", "percent"), number("other", "percent"), number("count"), number("cost", "money")]
    parts: Plain = {
        "areas": [],
        "result": "none",
        "stages": [],
        "benchmarks": [benchmark],
        "figures": {each["id"]: each for each in figures},
    }
    return built(page(None, segment, currency), page(None, *asked), **(parts | more))


def judged(benchmark: Plain, *figures: Plain, **answers: object) -> Comparison:
    """The one row."""
    questionnaire = numbered(benchmark, *figures)
    (comparison,) = rows_of(questionnaire, assessed(questionnaire, **answers))
    return comparison


@pytest.mark.parametrize(
    ("share", "verdict", "sentence"),
    [
        ("85", "above", "Above the published 82.4 % by 2.6 percentage points."),
        ("82.44", "same", "The same as the published 82.4 %, at its printed precision."),
        ("82.35", "same", "The same as the published 82.4 %, at its printed precision."),
        ("82.45", "above", "Above the published 82.4 % by 0.1 percentage points."),
        ("82.34", "below", "Below the published 82.4 % by 0.1 percentage points."),
        ("0", "below", "Below the published 82.4 % by 82.4 percentage points."),
    ],
)
def test_a_sure_figure_judges_at_its_printed_precision(share: str, verdict: str, sentence: str) -> None:
    found = judged(row("share", "X01"), figure("X01", "82.4"), share=share)
    assert (found.verdict, found.sentence) == (verdict, sentence)
    assert found.published is not None
    assert (found.published.text, found.published.value) == ("82.4 %", 82.4)


def test_a_computed_value_is_judged_like_an_answer() -> None:
    values = {"rate": computed("Rate", "percent", "share * other")}
    questionnaire = numbered(row("rate", "X01"), figure("X01", "81"), computed=values)
    (found,) = rows_of(questionnaire, assessed(questionnaire, share=90, other=90))
    assert (found.verdict, found.yours[0].text) == ("same", "81.0 %")


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"sure": "S"}, "second-hand"),
        ({"sure": "A"}, "ambiguous"),
        ({"sure": "A", "basis_only": True}, "ambiguous"),
        ({"use": "context"}, "orientation"),
        ({"use": "context", "sure": "S"}, "second-hand"),
        ({"unit": "ratio"}, "another unit"),
        ({"value": None, "range": ["18", "25"]}, "without a verdict"),
    ],
)
def test_any_other_figure_is_context_with_its_reason(more: Plain, why: str) -> None:
    doubtful = {key: value for key, value in (figure("X01", "82.4") | more).items() if value is not None}
    found = judged(row("share", "X01"), doubtful, share=95)
    assert found.verdict == "none"
    assert why in found.sentence
    assert found.published is not None
    assert found.yours[0].text == "95 %"


def test_the_authors_own_reason_comes_first() -> None:
    mine = row("share", "X01", **{"else": [{"tell": "It is old."}]})
    assert judged(mine, figure("X01", "82.4", sure="S"), share=95).sentence == "It is old."


@pytest.mark.parametrize(
    ("share", "verdict", "sentence"),
    [
        ("27", "above", "Above the published 26 %, an open end."),
        ("26", "below", "Not above the published 26 %, a lower bound for the average."),
        ("25", "below", "Not above the published 26 %, a lower bound for the average."),
    ],
)
def test_an_open_end_only_knows_above_or_not(share: str, verdict: str, sentence: str) -> None:
    found = judged(row("share", "X13"), figure("X13", None, above="26"), share=share)
    assert (found.verdict, found.sentence) == (verdict, sentence)


BOTH_BASES = row(["share", "other"], "X12", agree="all")
UNSURE_BASIS = figure("X12", "15.6", sure="A", basis_only=True)


@pytest.mark.parametrize(
    ("share", "other", "verdict"),
    [
        ("20", "28", "above"),
        ("10", "12", "below"),
        ("12", "20", "none"),
        ("15.6", "22.3", "none"),
        ("16", "16", "above"),
    ],
)
def test_an_unstated_basis_is_settled_only_where_both_agree(share: str, other: str, verdict: str) -> None:
    found = judged(BOTH_BASES, UNSURE_BASIS, share=share, other=other)
    assert found.verdict == verdict
    assert ("both bases" in found.sentence) == (verdict != "none")
    assert ("different sides" in found.sentence) == (verdict == "none")


def test_one_basis_alone_settles_nothing() -> None:
    found = judged(BOTH_BASES, UNSURE_BASIS, share="20")
    assert (found.verdict, found.yours[1].text) == ("none", "Not known")


def test_a_single_measure_cannot_agree_with_itself() -> None:
    assert judged(row("share", "X12", agree="all"), UNSURE_BASIS, share="30").verdict == "none"


def test_agreeing_does_not_excuse_any_other_doubt() -> None:
    vague = figure("X12", "15.6", sure="A")
    assert judged(BOTH_BASES, vague, share="20", other="28").verdict == "none"


BY_SEGMENT: Plain = {"rows": {"question": "segment", "values": {"a": "100", "b": "93"}}}


@pytest.mark.parametrize(("segment", "verdict", "printed"), [("a", "below", "100 %"), ("b", "above", "93 %")])
def test_a_figure_by_rows_judges_by_the_row_picked(segment: str, verdict: str, printed: str) -> None:
    found = judged(row("share", "R13"), figure("R13", None, **BY_SEGMENT), share=95, segment=segment)
    assert found.verdict == verdict
    assert printed in found.sentence
    assert found.published is not None
    assert found.published.text == printed


@pytest.mark.parametrize("segment", [{}, {"segment": "dont_know"}])
def test_without_a_row_there_is_no_verdict(segment: dict[str, str]) -> None:
    found = judged(row("share", "R13"), figure("R13", None, **BY_SEGMENT), share=95, **segment)
    assert (found.verdict, found.sentence) == ("none", "Shown as context, without a verdict.")


@pytest.mark.parametrize(("currency", "verdict"), [("usd", "above"), ("eur", "none")])
def test_dollars_are_not_euros(currency: str, verdict: str) -> None:
    found = judged(row("cost", "X20"), figure("X20", "105", unit="money"), cost=120, currency=currency)
    assert found.verdict == verdict
    assert ("US dollars" in found.sentence) == (verdict == "none")
    if verdict == "above":
        assert found.sentence == "Above the published USD 105 by USD 15."


SEGMENTED = row(
    "share",
    "X01",
    when={"question": "segment", "in": ["a"]},
    **{"else": [{"when": {"question": "segment", "in": ["b"]}, "tell": "Not for you."}, {"tell": "Say who you are."}]},
)


@pytest.mark.parametrize(
    ("segment", "verdict", "sentence"),
    [
        ({"segment": "a"}, "above", "Above the published 82.4 % by 7.6 percentage points."),
        ({"segment": "b"}, "none", "Not for you."),
        ({}, "none", "Say who you are."),
        ({"segment": "dont_know"}, "none", "Say who you are."),
    ],
)
def test_another_population_is_never_judged(segment: dict[str, str], verdict: str, sentence: str) -> None:
    found = judged(SEGMENTED, figure("X01", "82.4"), share=90, **segment)
    assert (found.verdict, found.sentence) == (verdict, sentence)


def test_without_a_number_there_is_nothing_to_compare() -> None:
    found = judged(row("share", "X01"), figure("X01", "82.4"), share="dont_know")
    assert (found.verdict, found.yours[0].value) == ("none", None)
    assert "nothing to compare" in found.sentence


def test_an_item_nobody_published_says_so_and_needs_a_number() -> None:
    alone = numbered(row("count", no_figure="Nobody publishes this."))
    (found,) = rows_of(alone, assessed(alone, count=1234))
    assert (found.verdict, found.sentence, found.published) == ("none", "Nobody publishes this.", None)
    assert found.yours[0].text == "1,234"
    assert rows_of(alone, assessed(alone)) == ()


def test_every_figure_shown_is_among_the_sources_once() -> None:
    twice = [row("share", "X01"), row("other", "X01") | {"id": "again"}]
    questionnaire = numbered(twice[0], figure("X01", "82.4"), figure("X99", "1"), benchmarks=twice)
    made = card(questionnaire, share=90, other=80)
    assert [comparison.verdict for comparison in made.comparisons] == ["above", "below"]
    assert [source.id for source in made.sources] == ["X01"]
