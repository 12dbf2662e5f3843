"""Checks on calculators: everything on one page, nothing scored, nothing personal, and values worth coming for."""

from assessment.catalogue.checks.sheet import Sheet
from assessment.core.definition import TYPED

_NOT_IN_AN_ADDRESS = TYPED | {"ranking"}
_WITHOUT = ("areas", "stages", "recommendations")


def check_calculators(sheet: Sheet) -> None:
    """A calculator ends in its headline; nothing else has one."""
    whole = sheet.questionnaire
    if whole.kind != "calculator":
        if whole.headline:
            sheet.fault(("headline",), "only a calculator has a headline: the values that it is for")
        return
    if whole.result != "none":
        sheet.fault(("result",), "a calculator places nobody: result: none")
    for key in _WITHOUT:
        if getattr(whole, key):
            sheet.fault((key,), f"a calculator has no {key}")
    if whole.contact.require:
        sheet.fault(("contact", "require"), "a calculator asks for no contact details")
    if not whole.headline and not sheet.ghosts:
        sheet.fault(("kind",), "a calculator needs a headline: the computed values that it is for")
    sheet.once("headline", ((("headline", place), name) for place, name in enumerate(whole.headline)))
    for place, name in enumerate(whole.headline):
        sheet.known(("headline", place), "computed value", name, sheet.single)
    _check_questions(sheet)


def _check_questions(sheet: Sheet) -> None:
    for path, _number, question in sheet.placed:
        if question.type in _NOT_IN_AN_ADDRESS:
            told = "the answers of a calculator stand in its address: ask for numbers and choices only"
            sheet.fault((*path, "type"), told)
        if question.show_if is not None:
            sheet.fault((*path, "show_if"), "a calculator asks everything on one page: leave show_if out")
