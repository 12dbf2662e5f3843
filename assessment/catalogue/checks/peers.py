"""Checks on the peer comparison: segments that everybody chooses one of."""

from assessment.catalogue.checks.sheet import Sheet
from assessment.catalogue.shape import Path


def check_peers(sheet: Sheet) -> None:
    """The questions by which companies are compared with their like."""
    segments = sheet.questionnaire.peers.segments
    path: Path = ("peers", "segments")
    if segments and sheet.questionnaire.kind != "assessment":
        sheet.fault(path, "only assessments are compared with peers")
    for place, name in enumerate(segments):
        at = (*path, place)
        if name in segments[:place]:
            sheet.fault(at, f'"{name}" stands twice')
        elif sheet.known(at, "question", name, sheet.questionnaire.questions):
            question = sheet.questionnaire.questions[name]
            if question.type != "choice" or question.role not in ("profile", "route"):
                sheet.fault(at, f'"{name}" is no choice with role: profile or route, so it makes no segments')
