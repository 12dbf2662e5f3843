"""The whole definition: one frozen value that everything else reads."""

from functools import cached_property
from typing import Literal

from pydantic import Field

from assessment.core.definition.base import Id, Part, Slug, Text
from assessment.core.definition.question import Check, Group, Page, Question
from assessment.core.definition.results import (
    Area,
    Benchmark,
    Computed,
    Contradiction,
    Exhibit,
    Figure,
    Overall,
    Persona,
    Recommendation,
    Stage,
)


class Contact(Part):
    """When contact details are asked, which are required and which are offered."""

    when: Literal["end"] = "end"
    require: tuple[Literal["email", "name", "company", "role"], ...] = ()
    offer: tuple[Literal["email", "name", "company", "role"], ...] = ("name", "email", "company", "role")


class AtHand(Part):
    """A number worth having at hand before starting, and what happens without it."""

    what: Text
    why: Text


class Survey(Part):
    """What a survey asks for and publishes.

    `results` are for everybody, or for those who have the link, which ends when `link` is raised; `top` is the question
    (a ranking or a choice) whose first answer says which assessment `fits`.
    """

    results: Literal["public", "link"] = "public"
    link: int = Field(default=1, ge=1, le=999)
    top: Id

    @property
    def by_link(self) -> bool:
        """Whether only those who have the link see the results."""
        return self.results == "link"


class Peers(Part):
    """Whom a scorecard is compared with beside all companies: those who chose the same in these questions."""

    segments: tuple[Id, ...] = Field(default=(), max_length=3)


class Questionnaire(Part):
    """A resolved questionnaire: blocks merged, answer sets expanded, figures attached.

    `headline` names the computed values that a calculator is for, in the order they are told.
    """

    format: Literal[1]
    id: Slug
    status: Literal["draft", "live", "retired"]
    order: int = Field(ge=0, le=999)
    title: Text
    lead: Text
    summary: Text
    kind: Literal["assessment", "survey", "calculator"]
    result: Literal["stage", "placement", "none"]
    higher_is: Literal["better", "neutral"] = "better"
    min_coverage: int = Field(default=70, ge=0, le=100)
    contact: Contact = Contact()
    peers: Peers = Peers()
    survey: Survey | None = None
    at_hand: tuple[AtHand, ...] = ()
    overall: Overall = Overall()
    again: Text | None = None
    areas: tuple[Area, ...]
    pages: tuple[Page, ...] = Field(min_length=1)
    groups: dict[Id, Group] = {}
    checks: tuple[Check, ...] = ()
    computed: dict[Id, Computed] = {}
    headline: tuple[Id, ...] = ()
    stages: tuple[Stage, ...] = ()
    figures: dict[str, Figure] = {}
    benchmarks: tuple[Benchmark, ...] = ()
    exhibits: tuple[Exhibit, ...] = ()
    contradictions: tuple[Contradiction, ...] = ()
    recommendations: tuple[Recommendation, ...] = ()
    personas: tuple[Persona, ...] = ()

    @cached_property
    def questions(self) -> dict[str, Question]:
        """Every question by id, in the order asked."""
        return {question.id: question for page in self.pages for question in page.questions}

    @cached_property
    def area_of(self) -> dict[str, str | None]:
        """Question id -> the area its page belongs to."""
        return {question.id: page.area for page in self.pages for question in page.questions}

    @cached_property
    def scored(self) -> tuple[tuple[str, Question], ...]:
        """The scored questions, each after the area it scores in."""
        placed = ((page.area, question) for page in self.pages for question in page.questions)
        return tuple((area, question) for area, question in placed if area is not None and question.is_scored)

    @cached_property
    def area(self) -> dict[str, Area]:
        """Every area by id."""
        return {area.id: area for area in self.areas}

    @cached_property
    def stage(self) -> dict[str, Stage]:
        """Every stage by id, lowest first."""
        return {stage.id: stage for stage in self.stages}
