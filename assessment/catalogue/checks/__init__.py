"""What must be true of a questionnaire beyond the shape of its parts; every fault at once."""

from datetime import date

from assessment.catalogue.checks.sheet import Sheet
from assessment.catalogue.source import Node
from assessment.core.definition import Questionnaire

__all__ = ["Sheet", "check"]


def check(questionnaire: Questionnaire, root: Node, ghosts: set[str], today: date, *, sound: bool) -> Sheet:
    """Run every check; personas are run only if everything else is `sound`."""
    sheet = Sheet(questionnaire, root, frozenset(ghosts), today)
    return sheet
