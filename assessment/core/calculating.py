"""Calculators: what the values one came for need, and which of it is not there yet."""

from assessment.core.answers import Answers, Special
from assessment.core.computing import inputs_of
from assessment.core.conditions import names_in
from assessment.core.definition import Questionnaire
from assessment.core.formulas import parse
from assessment.core.scorecard import Scorecard


def needed(questionnaire: Questionnaire) -> frozenset[str]:
    """The questions that the first value of the headline needs: its inputs, and what picks its case."""
    return _behind(questionnaire, questionnaire.headline[0]) if questionnaire.headline else frozenset()


def _behind(questionnaire: Questionnaire, name: str) -> frozenset[str]:
    computed = questionnaire.computed[name]
    steering = frozenset().union(*(names_in(case.when) for case in computed.cases))
    asked = (inputs_of(questionnaire, name) | steering) & questionnaire.questions.keys()
    return frozenset(asked) - _assumed(questionnaire, name)


def _assumed(questionnaire: Questionnaire, name: str) -> frozenset[str]:
    """The blanks for which something stands in, however deep."""
    computed = questionnaire.computed.get(name)
    if computed is None:
        return frozenset()
    texts = [computed.formula] if computed.formula else [case.formula for case in computed.cases]
    inner = frozenset().union(*(parse(text).names for text in texts))
    return frozenset(computed.assume).union(*(_assumed(questionnaire, each) for each in inner))


def missing(questionnaire: Questionnaire, answers: Answers) -> tuple[str, ...]:
    """The labels of the blanks that the first headline value or a half-filled group still needs, in the order asked."""
    blank = {name for name in questionnaire.questions if isinstance(answers.get(name), Special | None)}
    begun = {question.group for name, question in questionnaire.questions.items() if name not in blank}
    wanted = needed(questionnaire)
    return tuple(
        question.label
        for name, question in questionnaire.questions.items()
        if name in blank and (name in wanted or (question.group is not None and question.group in begun))
    )


def is_told(card: Scorecard) -> bool:
    """Whether there is anything to show: a value one came for."""
    return any(value.value is not None for value in card.headline)


def in_one_sentence(card: Scorecard) -> str:
    """The headline in words, for whoever hears the page: "Deflected cases 2,304 cases; deflection rate 27.8 %."."""
    known = [f"{value.label} {value.text}" for value in card.headline if value.value is not None]
    return f"{'; '.join(known)}." if known else ""


def flags_of(card: Scorecard) -> tuple[str, ...]:
    """What the values of the headline assume, each said once."""
    return tuple(dict.fromkeys(flag for value in card.headline for flag in value.flags))
