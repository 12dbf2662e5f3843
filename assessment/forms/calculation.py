"""Reading a calculator's address: the numbers and choices of all its pages at once, each of which may be blank."""

from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from assessment.core.answers import Answers, AnswerValue
from assessment.core.definition import Question, Questionnaire
from assessment.forms.pages import PageForm, page_form, stored_sent
from assessment.forms.readers import Sent, offered


@dataclass(frozen=True, slots=True)
class Calculation:
    """The forms of a calculator's pages, read and checked; what was typed stays in them."""

    forms: tuple[PageForm, ...]

    @property
    def answers(self) -> dict[str, AnswerValue]:
        """What could be read."""
        return {name: value for form in self.forms for name, value in form.answers.items()}

    @property
    def messages(self) -> dict[str, str]:
        """Question id -> what to mend, in the order asked."""
        return {name: message for form in self.forms for name, message in form.messages.items()}

    @property
    def sent(self) -> dict[str, Sent]:
        """Question id -> what the browser sent."""
        return {name: sent for form in self.forms for name, sent in form.sent.items()}


def read_calculation(questionnaire: Questionnaire, version: str, given: MultiDict[str, str]) -> Calculation:
    """Read every question; a blank is a number that is not known yet, never a fault, in a group as well."""
    forms = []
    for index, page in enumerate(questionnaire.pages):
        form = page_form(questionnaire, version, index)(given)
        form.read(page.questions, partial=True)
        forms.append(form)
    read = Calculation(tuple(forms))
    for form in forms:
        form.check_numbers(questionnaire, read.answers)
    return read


def without_vanished(
    questionnaire: Questionnaire, given: MultiDict[str, str], needed: frozenset[str]
) -> tuple[MultiDict[str, str], tuple[str, ...]]:
    """An address without the choices that are offered no more, and the labels of the questions they answered.

    A link outlives an edit of the questions: what the result does not need cannot cost the whole of it.
    """
    gone = tuple(
        question
        for name, question in questionnaire.questions.items()
        if question.type == "choice" and name not in needed and _is_unknown(question, given.getlist(name))
    )
    names = {question.id for question in gone}
    kept = MultiDict((name, value) for name, value in given.items(multi=True) if name not in names)
    return kept, tuple(question.label for question in gone)


def _is_unknown(question: Question, sent: list[str]) -> bool:
    return len(sent) == 1 and bool(sent[0]) and question.option(sent[0]) is None and sent[0] not in offered(question)


def is_filled(questionnaire: Questionnaire, given: MultiDict[str, str]) -> bool:
    """Whether an address carries anything typed or chosen for one of the questions."""
    return any(
        name.split(".")[0] in questionnaire.questions and value.strip() for name, value in given.items(multi=True)
    )


def fields_of(questionnaire: Questionnaire, answers: Answers) -> tuple[tuple[str, str], ...]:
    """The answers as the fields of a form, one spelling for equal answers: what a link carries."""
    asked = [question for name, question in questionnaire.questions.items() if name in answers]
    return tuple((question.id, value) for question in asked for value in _values(question, answers[question.id]))


def _values(question: Question, answer: AnswerValue) -> tuple[str, ...]:
    sent = stored_sent(question, answer, None)
    return sent.values
