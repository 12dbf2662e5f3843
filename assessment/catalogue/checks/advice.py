"""Checks on recommendations and contradictions."""

from assessment.catalogue.checks.conditions import clauses
from assessment.catalogue.checks.sheet import Sheet
from assessment.core.definition import AnswerIs, ComputedIs, FlagIs, Known


def check_advice(sheet: Sheet) -> None:
    """Recommendations improve what exists, and nothing that can fall short is left without advice."""
    advice = sheet.questionnaire.recommendations
    sheet.once("recommendation", ((("recommendations", number, "id"), one.id) for number, one in enumerate(advice)))
    improved: set[str] = set()
    names = (*sheet.questionnaire.questions, *sheet.questionnaire.computed)
    for number, one in enumerate(advice):
        improved.update(one.improves)
        for place, name in enumerate(one.improves):
            sheet.known(("recommendations", number, "improves", place), "question or computed value", name, names)
    for name, path in sheet.scored.items():
        if name not in improved and not sheet.ghosts:
            sheet.fault(path, f'"{name}" can fall short, and no recommendation improves it')


def check_contradictions(sheet: Sheet) -> None:
    """A contradiction rests on answers, given or computed."""
    found = sheet.questionnaire.contradictions
    sheet.once("contradiction", ((("contradictions", number, "id"), one.id) for number, one in enumerate(found)))
    for number, one in enumerate(found):
        path = ("contradictions", number, "when")
        if not any(isinstance(clause, AnswerIs | ComputedIs | Known | FlagIs) for _, clause in clauses(path, one.when)):
            sheet.fault(path, "a contradiction names the answers that pull apart")
