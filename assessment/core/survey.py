"""What a survey counts, cell by cell, and which assessment fits an answer; `core.survey_release` is what it publishes.

A cell is the people who gave one answer: chose it (`is`), ticked it among others (`has`), ranked it first (`first`) or
among those ranked (`named`); or who answered the question at all (`asked`). Its key says that, "worries.first.staff",
so that counts stay comparable when a file's words change.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from assessment.core.answers import Answers
from assessment.core.definition import Question, Questionnaire
from assessment.core.protection import Group

EVERYONE = "everyone"
CHOSEN, TICKED, FIRST, NAMED, ASKED = "is", "has", "first", "named", "asked"
ANYTHING = "anything"
"""What `asked` cells have in place of an option."""
UNKNOWN = {"dont_know": "I don’t know", "not_applicable": "Doesn’t apply to us"}

Ballot = Mapping[str, object]
"""Plain answers, as stored: question id -> option id, a list of them, or a number as text."""


def fitting(questionnaire: Questionnaire, answers: Answers) -> str | None:
    """The id of the assessment that fits what this respondent puts first, or None where the file names none."""
    if questionnaire.survey is None:
        return None
    question = questionnaire.questions[questionnaire.survey.top]
    answer = answers.get(question.id)
    first = answer[0] if isinstance(answer, tuple) and answer else answer
    option = question.option(first) if isinstance(first, str) else None
    return option.fits if option else None


@dataclass(frozen=True, slots=True)
class Measure:
    """One way in which a question's answers are counted."""

    question: Question
    how: str

    def key(self, option: str) -> str:
        """The key of the cell of one answer."""
        return f"{self.question.id}.{self.how}.{option}"


def measures(questionnaire: Questionnaire) -> tuple[Measure, ...]:
    """All ways of counting, in the order asked; a ranking has two: put first, and named at all where not all are."""
    return tuple(Measure(question, how) for question in questionnaire.questions.values() for how in ways(question))


def ways(question: Question) -> tuple[str, ...]:
    """How a question's answers are counted."""
    if question.type != "ranking":
        return (TICKED,) if question.type == "multiple" else (CHOSEN,)
    return (FIRST, NAMED) if question.places < len(question.answers) else (FIRST,)


def options(question: Question) -> tuple[tuple[str, str], ...]:
    """The ids and words of everything that can be answered and counted."""
    if question.type == "scale":
        low, high = int(question.min or 1), int(question.max if question.max is not None else 5)
        listed = tuple((str(step), str(step)) for step in range(low, high + 1))
    else:
        listed = tuple((option.id, option.text) for option in question.answers)
    offered = (("dont_know", question.dont_know), ("not_applicable", question.not_applicable))
    return listed + tuple((name, UNKNOWN[name]) for name, offer in offered if offer)


def keys(questionnaire: Questionnaire) -> tuple[str, ...]:
    """The key of every cell: of each question who was asked, and then who gave each answer."""
    asked = tuple(asked_key(name) for name in questionnaire.questions)
    answers = tuple(measure.key(name) for measure in measures(questionnaire) for name, _ in options(measure.question))
    return asked + answers


def asked_key(question: str) -> str:
    """The key of the cell of those who answered a question: it may have come later, or not be put to everybody."""
    return f"{question}.{ASKED}.{ANYTHING}"


def belongs(key: str, ballot: Ballot) -> bool:
    """Whether a ballot counts in a cell; an answer that has not the cell's form never does."""
    if key == EVERYONE:
        return True
    question, how, option = key.split(".")
    if how == ASKED:
        return question in ballot
    answer = ballot.get(question)
    if how == CHOSEN or not isinstance(answer, list):
        return answer == option and (how == CHOSEN or option in UNKNOWN)
    return answer[:1] == [option] if how == FIRST else option in answer


def group_of(key: str, ballots: Iterable[Ballot]) -> Group:
    """The people of a cell: bit i is the i-th ballot."""
    digits = ["1" if belongs(key, ballot) else "0" for ballot in ballots]
    return int("".join(reversed(digits)) or "0", 2)


def changed(questionnaire: Questionnaire, earlier: Iterable[Questionnaire]) -> frozenset[str]:
    """The ids of questions that an earlier version asked in another form: their answers cannot be counted together."""
    found = set[str]()
    for other in earlier:
        both = questionnaire.questions.keys() & other.questions.keys()
        found |= {name for name in both if _form(questionnaire.questions[name]) != _form(other.questions[name])}
    return frozenset(found)


def _form(question: Question) -> tuple[object, ...]:
    scale = (question.min, question.max) if question.type == "scale" else ()
    return question.type, question.ranks, *scale


def question_of(key: str) -> str:
    """The id of the question of a cell; of everybody it is a name that no question has."""
    return key.partition(".")[0]
