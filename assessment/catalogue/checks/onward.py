"""Checks on where areas lead on to, as far as one file can tell; whether the others exist, `catalogue.links` asks."""

from assessment.catalogue.checks.sheet import Sheet


def check_onward(sheet: Sheet) -> None:
    """An area leads on to other questionnaires, each once, and only where it can be the weakest."""
    whole = sheet.questionnaire
    for number, area in enumerate(whole.areas):
        path = ("areas", number, "next")
        sheet.once("questionnaire", (((*path, place), name) for place, name in enumerate(area.next)))
        for place, name in enumerate(area.next):
            if name == whole.id:
                sheet.fault((*path, place), f'leads on to "{name}", which is this very questionnaire')
        if area.next and (whole.result == "none" or (whole.result == "stage" and not area.weight)):
            sheet.fault(path, "has no score, so it is never the weakest and never leads on: leave next out")
