"""Invented answers could have been submitted: nothing required is missing, checks and groups hold, options exist."""

from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessment import paths
from assessment.catalogue.catalogue import Catalogue, Entry
from assessment.core.answers import parse_answers, to_plain
from assessment.core.checking import contradicted
from assessment.core.definition import Check
from assessment.core.routing import required_missing, shown_ids
from assessment.core.scoring import assess
from assessment.demonstration.answering import NoWay, Temper, patterns_of, plausible, temper

NOW = datetime(2026, 11, 21, tzinfo=UTC)
SHIPPED = list(Catalogue(paths.questionnaires_dir(), NOW).live("assessment"))
EVERY_TYPE = Catalogue(Path(__file__).parents[1] / "questionnaires", NOW)
ENTRIES = [*SHIPPED, *EVERY_TYPE.live()]
PATTERNS = {entry.version: patterns_of(entry.questionnaire) for entry in ENTRIES}


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.questionnaire.id)
@given(st.integers(0, 2**32), st.floats(0, 1))
@settings(max_examples=60, deadline=None)
def test_invented_answers_could_be_submitted(entry: Entry, seed: int, maturity: float) -> None:
    questionnaire, rng = entry.questionnaire, Random(seed)
    answers = plausible(questionnaire, PATTERNS[entry.version], temper(questionnaire, maturity, rng), rng)
    assert not required_missing(questionnaire, answers)
    assert not contradicted(questionnaire, answers)
    assert set(answers) <= shown_ids(questionnaire, answers)
    assert parse_answers(questionnaire, to_plain(answers)) == answers
    for name, value in answers.items():
        question = questionnaire.questions[name]
        if question.is_numeric and not isinstance(value, str) and hasattr(value, "as_tuple"):
            assert question.min is None or value >= question.min
            assert question.max is None or value <= question.max


@pytest.mark.parametrize(
    "entry",
    [each for each in SHIPPED if each.questionnaire.result == "stage"],
    ids=lambda entry: entry.questionnaire.id,
)
def test_who_is_more_mature_scores_higher(entry: Entry) -> None:
    means = [_mean(entry, maturity) for maturity in (0.2, 0.5, 0.8)]
    assert means == sorted(means)
    assert means[-1] - means[0] > 25


def _mean(entry: Entry, maturity: float) -> float:
    questionnaire, rng = entry.questionnaire, Random(7)
    scores = []
    for _ in range(40):
        answers = plausible(questionnaire, PATTERNS[entry.version], temper(questionnaire, maturity, rng), rng)
        overall = assess(questionnaire, answers).overall
        if overall is not None:
            scores.append(overall.score)
    assert len(scores) > 20
    return sum(scores) / len(scores)


def test_a_definition_that_nothing_fits_is_named() -> None:
    entry, share = next(
        (each, question)
        for each in SHIPPED
        for question in each.questionnaire.questions.values()
        if question.type == "percent" and question.is_scored
    )
    impossible = Check(on=share.id, require=f"{share.id} > 1", tell="More than the whole.")
    questionnaire = entry.questionnaire.model_copy(update={"checks": (impossible,)})
    sure = Temper(0.5, {}, 0.0, 1.0)
    with pytest.raises(NoWay, match=questionnaire.id):
        plausible(questionnaire, (), sure, Random(1))
