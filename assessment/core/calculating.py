"""Calculators: what the values one came for need, and which of it is not there yet."""

from assessment.core.answers import Answers, Special
from assessment.core.computing import inputs_of
from assessment.core.conditions import names_in
from assessment.core.definition import Questionnaire
from assessment.core.formulas import parse
from assessment.core.scorecard import Measured, Scorecard


def needed(questionnaire: Questionnaire) -> frozenset[str]:
    """The questions that the first value of the headline needs: its inputs, and what picks its case."""
    return _behind(questionnaire, questionnaire.headline[0]) if questionnaire.headline else frozenset()


def _behind(questionnaire: Questionnaire, name: str) -> frozenset[str]:
    asked = (inputs_of(questionnaire, name) | _steering(questionnaire, name)) & questionnaire.questions.keys()
    return frozenset(asked) - _assumed(questionnaire, name)


def _steering(questionnaire: Questionnaire, name: str) -> frozenset[str]:
    """The questions that pick the case of a value."""
    return frozenset().union(*(names_in(case.when) for case in questionnaire.computed[name].cases))


def _still_needed(questionnaire: Questionnaire, answers: Answers) -> frozenset[str]:
    """What `needed` says, but where what picks the case is not known, no case comes: only what all of them share."""
    if not questionnaire.headline:
        return frozenset()
    name = questionnaire.headline[0]
    if not any(isinstance(answers.get(question), Special) for question in _steering(questionnaire, name)):
        return _behind(questionnaire, name)
    cases = questionnaire.computed[name].cases
    return frozenset.intersection(*(parse(case.formula).names for case in cases)) - _assumed(questionnaire, name)


def _assumed(questionnaire: Questionnaire, name: str) -> frozenset[str]:
    """The blanks for which something stands in, however deep."""
    computed = questionnaire.computed.get(name)
    if computed is None:
        return frozenset()
    texts = [computed.formula] if computed.formula else [case.formula for case in computed.cases]
    inner = frozenset().union(*(parse(text).names for text in texts))
    return frozenset(computed.assume).union(*(_assumed(questionnaire, each) for each in inner))


def missing(questionnaire: Questionnaire, answers: Answers) -> tuple[str, ...]:
    """The labels of the blanks that the first headline value or a half-filled group still needs, in the order asked.

    "I don't know" is an answer: whoever gave it is not asked again.
    """
    blank = questionnaire.questions.keys() - answers.keys()
    begun = {question.group for name, question in questionnaire.questions.items() if name not in blank}
    wanted = _still_needed(questionnaire, answers)
    return tuple(
        question.label
        for name, question in questionnaire.questions.items()
        if name in blank and (name in wanted or (question.group is not None and question.group in begun))
    )


def is_told(card: Scorecard, wanting: tuple[str, ...]) -> bool:
    """Whether there is anything to show: a value one came for, or, where nothing is `wanting`, why there is none."""
    return not wanting or any(value.value is not None for value in card.headline)


def in_one_sentence(card: Scorecard) -> str:
    """The headline in words, for whoever hears the page: "Deflected cases 2,304 cases; deflection rate 27.8 %."."""
    known = [f"{value.label} {_marked(value)}" for value in card.headline if value.value is not None]
    if known:
        return f"{'; '.join(known)}."
    first = card.headline[0]
    return f"{first.label}: {first.text.lower()}. {first.detail or ''}".strip()


def in_brief(card: Scorecard) -> str:
    """The first headline value alone, with what it assumes: "3,840 cases (upper bound)"."""
    return _marked(card.headline[0])


def _marked(value: Measured) -> str:
    return f"{value.text} ({', '.join(value.marks)})" if value.marks else value.text


def flags_of(card: Scorecard) -> tuple[str, ...]:
    """What the values of the headline assume, each said once."""
    return tuple(dict.fromkeys(flag for value in card.headline for flag in value.flags))
