"""The survey as shipped, from nobody to three hundred answers: it is told early, told anew, and most of it."""

from datetime import date
from random import Random

from assessment import paths
from assessment.catalogue.loading import load_file
from assessment.catalogue.shelf import Shelf
from assessment.core.survey import question_of
from tests.survey_attack import Population, Reading

FILE = paths.questionnaires_dir() / "service-challenges.yaml"
TODAY = date(2026, 11, 22)
A_WEEK = 20


def test_as_more_people_answer_the_shipped_survey_is_told_anew_and_most_safe_cells_are_shown() -> None:
    survey = load_file(FILE, Shelf(FILE.parent), TODAY).questionnaire
    assert survey is not None
    people, reading, weeks = Population(survey, Random(11)), Reading(survey), []
    for _ in range(300 // A_WEEK):
        reading.count(people.ballots(A_WEEK))
        good, told = reading.safe_and_shown()
        weeks.append((len(reading.everybody()), len(reading.releases), told, good))
    assert weeks[0][1] == 0, weeks  # twenty are too few
    assert weeks[1][1] == 1, weeks
    times = {name: sum(name in map(question_of, release) for release in reading.releases) for name in survey.questions}
    assert min(times.values()) >= 2, times
    assert told >= 0.8 * good, weeks
