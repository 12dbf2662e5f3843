"""Checks on surveys: nothing that is scored, nothing that could tell who answered, and what they publish."""

from assessment.catalogue.checks.sheet import Sheet
from assessment.catalogue.shape import Path
from assessment.core.definition import Question

COUNTED = frozenset({"choice", "multiple", "ranking", "scale"})
"""Question types whose answers can be counted without repeating what somebody typed."""
MOST_OPTIONS = 15
_UNUSED = (
    "stages", "recommendations", "benchmarks", "computed", "exhibits", "contradictions", "checks", "groups", "at_hand",
)  # fmt: skip


def check_survey(sheet: Sheet) -> None:
    """A survey says what it publishes, and asks nothing else; other kinds have no such part."""
    whole = sheet.questionnaire
    for path, _, question in sheet.placed:
        for place, option in enumerate(question.answers):
            if option.fits is not None and whole.kind != "survey":
                sheet.fault((*path, "answers", place, "fits"), "fits belongs in a survey")
    if whole.kind != "survey":
        if whole.survey is not None:
            sheet.fault(("survey",), f"a questionnaire of the kind {whole.kind} has no survey part")
        return
    if whole.survey is None:
        sheet.fault(("kind",), "a survey needs a survey part, which says what it publishes")
        return
    _check_whole(sheet)
    _check_results(sheet)
    for path, _, question in sheet.placed:
        _check_question(sheet, path, question)
    _check_top(sheet, whole.survey.top)


def _check_whole(sheet: Sheet) -> None:
    whole = sheet.questionnaire
    if whole.result != "none":
        sheet.fault(("result",), "a survey has no score: result: none")
    if whole.contact.offer or whole.contact.require:
        sheet.fault(("contact",), "a survey asks for no contact details: contact: {offer: []}")
    for name in _UNUSED:
        if getattr(whole, name):
            sheet.fault((name,), f"a survey has no {name.replace('_', ' ')}")


def _check_results(sheet: Sheet) -> None:
    said = sheet.questionnaire.survey
    if said is not None and said.link > 1 and not said.by_link:
        sheet.fault(("survey", "link"), "link ends the links given out, and there are none: results: link")


def _check_question(sheet: Sheet, path: Path, question: Question) -> None:
    if question.type not in COUNTED:
        sheet.fault((*path, "type"), "a survey asks only what can be counted; what people type could tell who they are")
    if question.is_scored:
        sheet.fault(path, "a survey scores nothing: take the points out, and say scored: false of a scale")
    if len(question.answers) > MOST_OPTIONS:
        sheet.warn((*path, "answers"), f"more than {MOST_OPTIONS} answers share few people: most will not be shown")


def _check_top(sheet: Sheet, top: str) -> None:
    path: Path = ("survey", "top")
    if not sheet.known(path, "question", top, sheet.questionnaire.questions):
        return
    question = sheet.questionnaire.questions[top]
    if question.type not in ("ranking", "choice"):
        sheet.fault(path, "top is a ranking or a choice: one answer comes first")
    for place, option in enumerate(question.answers):
        if option.fits is None:
            sheet.warn((*sheet.path_of[top], "answers", place), "whoever puts this first is led to no assessment")
