"""What must be true of a questionnaire beyond the shape of its parts; every fault at once."""

from datetime import date

from assessment.catalogue.checks.advice import check_advice, check_contradictions
from assessment.catalogue.checks.calculators import check_calculators
from assessment.catalogue.checks.computed import check_computed
from assessment.catalogue.checks.conditions import check_conditions
from assessment.catalogue.checks.numbers import check_benchmarks, check_exhibits, check_used_figures
from assessment.catalogue.checks.onward import check_onward
from assessment.catalogue.checks.peers import check_peers
from assessment.catalogue.checks.personas import check_personas, run_personas
from assessment.catalogue.checks.questions import check_pages, check_questions
from assessment.catalogue.checks.reach import check_reach
from assessment.catalogue.checks.sheet import Sheet
from assessment.catalogue.checks.stages import check_stages
from assessment.catalogue.checks.surveys import check_survey
from assessment.catalogue.source import Node
from assessment.core.definition import Questionnaire

__all__ = ["Sheet", "check"]

_CHECKS = (
    check_pages, check_questions, check_conditions, check_computed, check_stages, check_used_figures,
    check_benchmarks, check_exhibits, check_contradictions, check_advice, check_reach,
    check_onward, check_calculators, check_survey, check_peers, check_personas,
)  # fmt: skip


def check(questionnaire: Questionnaire, root: Node, ghosts: set[str], today: date, *, sound: bool) -> Sheet:
    """Run every check; personas are run through the engine only if everything else is `sound`."""
    sheet = Sheet(questionnaire, root, frozenset(ghosts), today)
    for one in _CHECKS:
        one(sheet)
    if sound and not sheet.faults:
        run_personas(sheet)
    return sheet
