"""The definition of a questionnaire as frozen models: the one form that parser, engine and pages share."""

from assessment.core.definition.base import RESERVED_IDS, UNITS, Part
from assessment.core.definition.condition import (
    All,
    AnswerIs,
    Any_,
    AreaIs,
    ComputedIs,
    Condition,
    FlagIs,
    Known,
    Not,
    OverallIs,
    StageBelow,
    StageIs,
)
from assessment.core.definition.question import NUMERIC, TYPED, Check, Group, Option, Page, Question
from assessment.core.definition.questionnaire import AtHand, Contact, Peers, Questionnaire, Survey
from assessment.core.definition.results import (
    Area,
    Assumption,
    Benchmark,
    Cap,
    Case,
    Computed,
    ComputedScore,
    Contradiction,
    Exhibit,
    Expectation,
    Figure,
    FigureRows,
    Gate,
    Otherwise,
    Overall,
    Persona,
    Recommendation,
    Source,
    Stage,
)

__all__ = [
    "NUMERIC", "RESERVED_IDS", "TYPED", "UNITS", "All", "AnswerIs", "Any_", "Area", "AreaIs", "Assumption",
    "AtHand", "Benchmark", "Cap", "Case", "Check", "Computed", "ComputedIs", "ComputedScore", "Condition",
    "Contact", "Contradiction", "Exhibit", "Expectation", "Figure", "FigureRows", "FlagIs", "Gate", "Group",
    "Known", "Not", "Option", "Otherwise", "Overall", "OverallIs", "Page", "Part", "Peers", "Persona", "Question",
    "Questionnaire", "Recommendation", "Source", "Stage", "StageBelow", "StageIs", "Survey",
]  # fmt: skip
