"""What comes of the answers: areas, stages, computed values, figures, exhibits, advice, personas."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from assessment.core.definition.base import FigureId, Id, Part, Points, Score, Slug, Text, Unit, Weight
from assessment.core.definition.condition import Condition


class Gate(Part):
    """A condition a stage requires; `because` completes "Leader needs ..." as a sentence of its own."""

    id: Id
    when: Condition
    because: Text


class Cap(Part):
    """A condition that holds a stage down to `at_most`, whatever the score."""

    id: Id
    when: Condition
    at_most: Id
    because: Text


class Area(Part):
    """A scored part of the whole; weight 0 is shown and never scored.

    `next` names the questionnaires that look closer at it, the best first: the weakest area's one is suggested.
    """

    id: Id
    title: Text
    lead: Text | None = None
    weight: Weight = 1
    caps: tuple[Cap, ...] = ()
    next: tuple[Slug, ...] = ()


class Overall(Part):
    """The name of the score of all areas, and what caps its stage."""

    title: Text = "Overall"
    caps: tuple[Cap, ...] = ()


class Stage(Part):
    """A rung of the ladder, lowest first: its floor in points and the gates it requires."""

    id: Id
    title: Text
    from_: Score = Field(default=0, alias="from")
    text: Text
    requires: tuple[Gate, ...] = ()


class ComputedScore(Part):
    """How a computed value scores in an area; `anchors: ours` says the corners are this product's own scale."""

    area: Id
    weight: Weight = 1
    points: tuple[tuple[Decimal, Points], ...] = Field(min_length=2)
    anchors: Literal["ours"] = "ours"


class Case(Part):
    """One formula for one situation."""

    when: Condition
    formula: str


class Assumption(Part):
    """What stands in for a blank input (percent: 0-100), and the flag and sentence that admit it."""

    value: Decimal | None = None
    figure: FigureId | None = None
    flag: Id
    tell: Text


class Computed(Part):
    """A value made from numeric answers by arithmetic alone (`+ - * / ^ min max`, figures by their id)."""

    title: Text
    unit: Unit
    decimals: int = Field(default=1, ge=0, le=4)
    formula: str | None = None
    cases: tuple[Case, ...] = ()
    otherwise: Text | None = None
    over: dict[Literal["n"], tuple[int, int]] | None = None
    assume: dict[Id, Assumption] = {}
    score: ComputedScore | None = None
    tell: Text | None = None


class Source(Part):
    """Where a figure or a piece of reading stands."""

    title: Text
    url: Annotated[str, StringConstraints(pattern=r"^https://[^\s\"<>]+$", max_length=400)] | None = None


class FigureRows(Part):
    """A figure that differs by an answer: the question's option id -> value."""

    question: Id
    values: dict[Id, Decimal]


class Figure(Part):
    """A published figure with its provenance. Exactly one of value, above, range, rows, order.

    `sure`: P read on the publisher's page, S second-hand, A ambiguous. `basis_only`: an A whose only doubt is the
    basis it is measured on, so that two bases that agree may still settle a verdict (format decision 6).
    """

    id: FigureId
    measure: Text
    unit: Unit
    value: Decimal | None = None
    above: Decimal | None = None
    range: tuple[Decimal, Decimal] | None = None
    rows: FigureRows | None = None
    order: tuple[Text, ...] | None = None
    population: Text
    sample: Text | None = None
    year: Text
    source: Source
    sure: Literal["P", "S", "A"]
    basis_only: bool = False
    use: Literal["benchmark", "context"]
    better: Literal["higher", "lower", "neutral"] = "neutral"
    review_by: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    note: Text | None = None


class Otherwise(Part):
    """What is said instead of a verdict; the first whose `when` holds (or is missing) speaks."""

    when: Condition | None = None
    tell: Text


class Benchmark(Part):
    """One row of "Your numbers": a measure (a computed value or numeric question) against a figure, or without one.

    `no_figure` ships the item without a benchmark and says why. `agree: all` gives a verdict only where every
    measure falls on the same side.
    """

    id: Id
    title: Text
    measure: Id | tuple[Id, ...]
    figure: FigureId | None = None
    agree: Literal["all"] | None = None
    when: Condition | None = None
    else_: tuple[Otherwise, ...] = Field(default=(), alias="else")
    no_figure: Text | None = None
    detail: Text | None = None


class Exhibit(Part):
    """A picture: one SVG macro per kind, shared by page and PDF.

    compare: `values` side by side. decay: `values` (computed with `over`) against `versus`. order: `figure`'s order,
    the answer to `question` marked. spectrum: `area`'s questions placed on the stages. funnel: `values` in turn.
    projection: `values` (computed with `over`). formula: `values[0]` spelled with one's own numbers. note: `text`.
    """

    id: Id
    kind: Literal["compare", "decay", "order", "spectrum", "funnel", "projection", "formula", "note"]
    title: Text
    text: Text | None = None
    values: tuple[Id, ...] = ()
    versus: Id | None = None
    figure: FigureId | None = None
    question: Id | None = None
    area: Id | None = None
    labels: tuple[Text, ...] = ()
    section: Literal["stand", "numbers"] = "numbers"
    when: Condition | None = None


class Contradiction(Part):
    """Two answers that pull apart: `ask` puts it gently to the respondent, `tell` states it to the consultant."""

    id: Id
    when: Condition
    ask: Text
    tell: Text


class Recommendation(Part):
    """A specific piece of advice. `improves` names the questions (or scored computed values) it lifts;
    `within` is in days; `evidence` and `opening` are for the consultant's call."""

    id: Id
    title: Text
    when: Condition
    improves: tuple[Id, ...] = ()
    effort: Literal["low", "medium", "high"]
    priority: int = Field(default=1, ge=1, le=99)
    gap: Text
    first_action: Text
    within: Literal[30, 60, 90, 180]
    measure: Text
    resource: Source
    service: Text | None = None
    evidence: Text
    opening: Text


class Expectation(Part):
    """What a persona must come out as. Only what is named is compared."""

    stage: Id | None = None
    no_stage: Literal[True] | None = None
    overall: Score | None = None
    range: tuple[Score, Score] | None = None
    areas: dict[Id, Score] = {}
    area_stages: dict[Id, Id] = {}
    computed: dict[Id, Decimal] = {}
    verdicts: dict[Id, Literal["above", "same", "below", "none"]] = {}
    gates: tuple[Id, ...] | None = None
    contradictions: tuple[Id, ...] | None = None
    advice: tuple[Id, ...] | None = None
    fits: Slug | None = None


class Persona(Part):
    """A named answer set with what must come of it; `sample: true` is shown as the sample scorecard."""

    name: Text
    sample: bool = False
    answers: dict[Id, str | Decimal | tuple[str, ...]]
    expect: Expectation
