"""The form of one page: compiled once a version, then given what the browser sent."""

from collections.abc import Mapping
from typing import Any, cast

from wtforms import Field, Form

from assessment.core.answers import Answers, AnswerValue, Special
from assessment.core.checking import numbers_of
from assessment.core.definition import TYPED, Question, Questionnaire
from assessment.core.formulas import parse_check
from assessment.forms.readers import READERS, Sent, blank_message

SPECIAL = ".special"
RANK = ".rank."


class AnswerField(Field):  # type: ignore[misc]
    """One question in a form; `sent` keeps what was typed for showing it again."""

    def __init__(self, question: Question, **options: Any) -> None:
        super().__init__(label=question.label, **options)
        self.question = question
        self.sent = Sent()
        self.message: str | None = None

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        """Take what the browser sent for this question."""
        self.data: AnswerValue | None = None
        if formdata is None:
            return
        name = self.question.id
        ranks = tuple((option.id, formdata.get(name + RANK + option.id, "")) for option in self.question.answers)
        self.sent = Sent(
            values=tuple(value for value in formdata.getlist(name) if value),
            special=formdata.get(name + SPECIAL, ""),
            ranks=ranks if self.question.type == "ranking" else (),
        )

    def read(self, partial: bool) -> None:
        """Turn it into an answer or a message; `partial` lets a blank pass (saving while one goes)."""
        read = READERS[self.question.type](self.question, self.sent)
        self.data, self.message = read.answer, read.message
        if read.answer is None and read.message is None and not partial:
            self.message = blank_message(self.question)


class PageForm(Form):  # type: ignore[misc]
    """A page's answers; build with `page_form`, then call `read`."""

    def read(self, shown: tuple[Question, ...], *, partial: bool = False) -> bool:
        """Read every shown question; True when nothing is amiss."""
        self.shown = {question.id for question in shown}
        for field in self._answer_fields():
            field.read(partial)
        return not self.messages

    def check(self, questionnaire: Questionnaire, others: Answers) -> bool:
        """Hold groups and hard checks against this page and the other answers; True when nothing is amiss."""
        self._check_groups(questionnaire)
        return self.check_numbers(questionnaire, others)

    def check_numbers(self, questionnaire: Questionnaire, others: Answers) -> bool:
        """The hard checks alone, where a group may still be half filled; True when nothing is amiss."""
        elsewhere = {name: answer for name, answer in others.items() if name not in self.shown}
        merged = {**elsewhere, **self.answers}
        values = numbers_of(questionnaire, merged)
        for check in questionnaire.checks:
            parsed = parse_check(check.require)
            if check.on in self.shown and parsed.names <= values.keys() and not parsed.holds(values):
                self._blame(check.on, check.tell)
        return not self.messages

    def _check_groups(self, questionnaire: Questionnaire) -> None:
        for name, group in questionnaire.groups.items():
            members = [field for field in self._answer_fields() if field.question.group == name]
            blank = [field for field in members if field.data is None]
            if blank and len(blank) < len(members):
                for field in blank:
                    self._blame(field.question.id, group.tell)

    def _blame(self, name: str, message: str) -> None:
        field = cast(AnswerField, self._fields[f"q_{name}"])
        field.message = field.message or message

    def _answer_fields(self) -> list[AnswerField]:
        fields = [cast(AnswerField, field) for field in self._fields.values()]
        return [field for field in fields if field.question.id in self.shown]

    @property
    def messages(self) -> dict[str, str]:
        """Question id -> what to mend, in page order."""
        return {field.question.id: field.message for field in self._answer_fields() if field.message}

    @property
    def answers(self) -> dict[str, AnswerValue]:
        """The answers read, typed texts apart."""
        return {
            field.question.id: field.data
            for field in self._answer_fields()
            if field.data is not None and field.question.type not in TYPED and field.message is None
        }

    @property
    def texts(self) -> dict[str, str]:
        """The typed texts read."""
        return {
            field.question.id: str(field.data)
            for field in self._answer_fields()
            if field.data is not None and field.question.type in TYPED and field.message is None
        }

    @property
    def sent(self) -> dict[str, Sent]:
        """Question id -> what the browser sent."""
        return {field.question.id: field.sent for field in self._answer_fields()}


_COMPILED: dict[tuple[str, int], type[PageForm]] = {}
_MOST_COMPILED = 2000


def page_form(questionnaire: Questionnaire, version: str, index: int) -> type[PageForm]:
    """The compiled form of a page of this version."""
    form = _COMPILED.get((version, index))
    if form is None:
        # Prefixed, because a form has attributes of its own and a definition may well ask for "data" or "errors".
        fields: dict[str, Any] = {f"q_{q.id}": AnswerField(q) for q in questionnaire.pages[index].questions}
        form = type(f"PageForm{index}", (PageForm,), fields)
        if len(_COMPILED) >= _MOST_COMPILED:
            _COMPILED.clear()
        _COMPILED[version, index] = form
    return form


def stored_sent(question: Question, answer: AnswerValue | None, text: str | None) -> Sent:
    """A stored answer in the form the browser would have sent it, to fill the page."""
    if answer is None:
        return Sent(values=(text,) if text else ())
    if isinstance(answer, Special):
        if question.type in {"number", "percent", "money"}:
            return Sent(special=answer.value)
        return Sent(values=(answer.value,))
    if isinstance(answer, tuple):
        if question.type == "ranking":
            return Sent(ranks=tuple((option, str(place + 1)) for place, option in enumerate(answer)))
        return Sent(values=answer)
    return Sent(values=(answer if isinstance(answer, str) else format(answer.normalize(), "f"),))


def foreign_fields(questionnaire: Questionnaire, index: int, names: Mapping[str, Any]) -> list[str]:
    """Fields sent with a page that belong to other pages' questions."""
    here = {question.id for question in questionnaire.pages[index].questions}
    return sorted({name.split(".")[0] for name in names} & (questionnaire.questions.keys() - here))
