"""The scorecard: the one value that page, PDF, mail and reviewers read, stored as the snapshot.

It holds everything shown, already in words and figures, and nothing a respondent typed as text (format decision 14).
Scores are whole points 0-100; `value`s are in the unit printed in the matching text.
"""

from dataclasses import dataclass
from typing import Literal

from assessment.core.peer_standing import PeerGroup
from assessment.core.suggestion import Suggestion

ENGINE = "1"
"""The engine's version, kept with every snapshot."""

Verdict = Literal["above", "same", "below", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """The firm as it stood on the scorecard; colours as #RRGGBB."""

    name: str
    tagline: str
    accent: str
    accent_dark: str
    band: str
    booking_url: str | None = None
    booking_text: str | None = None
    contact_email: str | None = None
    privacy_url: str | None = None
    imprint_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Which questions made it, when, and by which engine; `made_at` is ISO 8601 in the zone named.

    `link` is the address that opens a calculator's result again.
    """

    questionnaire: str
    title: str
    kind: str
    result: str
    higher_is: str
    version: str
    engine: str
    made_at: str
    zone: str
    reference: str
    again: str | None = None
    link: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Points:
    """A rounded score and the range that don't-knows leave open."""

    score: int
    low: int
    high: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One stage of the ladder, lowest first. `reached` includes the present one (`here`)."""

    id: str
    title: str
    text: str
    floor: int
    reached: bool
    here: bool
    next: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A gate that is not met or a cap that holds: which stage it closes (`stage`, a title) and why.

    `unknown` says it holds only because of an "I don't know".
    """

    id: str
    kind: Literal["gate", "cap"]
    stage: str
    because: str
    unknown: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One answer in the receipt. `points` is its share of 100 or None (not scored); `adds` what it adds to the area,
    in tenths of a point by largest remainder; `typed` marks a text kept outside the snapshot (look it up by `id`)."""

    id: str
    label: str
    answer: str
    points: int | None = None
    adds: str | None = None
    typed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaResult:
    """One area: its score, its gap to the mark (the same mark for all), its stage, and what was said in it.

    `reason` says why there is no score. `short` and `step` are the leading gap and first action of its advice.
    `share` is its share of the overall in words ("one seventh of the overall score").
    """

    id: str
    title: str
    points: Points | None
    weight: int
    gap: int | None = None
    past: bool = False
    stage: str | None = None
    reason: str | None = None
    share: str = ""
    holds: tuple[Hold, ...] = ()
    lines: tuple[Line, ...] = ()
    short: str | None = None
    step: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """One recommendation in its place. `opens` is the title of the stage whose held gate it lifts."""

    id: str
    title: str
    opens: str | None
    gain: int | None
    effort: Literal["low", "medium", "high"]
    within: int
    gap: str
    first_action: str
    measure: str
    resource_title: str
    resource_url: str | None
    areas: tuple[str, ...] = ()
    answers: tuple[Line, ...] = ()
    service: str | None = None
    evidence: str = ""
    opening: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One value, printed: value 85.8, text "85.8 %", detail "206 of 240"; flags admit assumptions, marks in 2 words."""

    id: str
    label: str
    text: str
    value: float | None
    unit: str
    detail: str | None = None
    flags: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A published figure with its provenance in words."""

    id: str
    measure: str
    text: str
    value: float | None
    unit: str
    population: str
    sample: str | None
    year: str
    source_title: str
    source_url: str | None
    sure: Literal["P", "S", "A"]
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One row of "Your numbers": a verdict, or `sentence` says why there is none."""

    id: str
    title: str
    yours: tuple[Measured, ...]
    published: Published | None
    verdict: Verdict
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """A line or row of bars: one label, value and printed text a point; `published` series are drawn dashed."""

    label: str
    labels: tuple[str, ...]
    values: tuple[float, ...]
    texts: tuple[str, ...]
    published: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A cell of the spectrum table: words over `span` stages from stage number `start` (0-based)."""

    text: str
    start: int
    span: int
    here: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Dimension:
    """One row of the spectrum table; `known` is False when it was not answered."""

    label: str
    cells: tuple[Cell, ...]
    known: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """An exhibit with the values its picture needs; which fields are filled depends on `kind`.

    compare, funnel: `rows`. decay, projection: `series`. order: `items` and `marked` (index). spectrum: `stages`
    and `dimensions`. formula: `lines`. note: `text`. `alternative` is the picture in words, with its numbers.
    """

    id: str
    kind: str
    title: str
    section: Literal["stand", "numbers"]
    alternative: str
    text: str | None = None
    rows: tuple[Measured, ...] = ()
    series: tuple[Series, ...] = ()
    items: tuple[str, ...] = ()
    marked: int | None = None
    stages: tuple[str, ...] = ()
    dimensions: tuple[Dimension, ...] = ()
    lines: tuple[str, ...] = ()
    published: Published | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pull:
    """A contradiction: `ask` for the respondent, `tell` for the consultant, and the questions it rests on."""

    id: str
    ask: str
    tell: str
    questions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scorecard:
    """Everything a prospect was told, in the order shown.

    `verdict` is the one sentence beside the stage; `no_stage` says why there is no stage or overall. `mark` is the
    score all area bars stand against and `mark_label` its name ("Leader from 75"); None for placements.
    `held` lists what closes the next stage once the score reaches its floor; `next_gates` every unmet gate of it.
    `headline` holds the values a calculator is for; it has no stage, areas or advice. `peers` are those of which
    something was told when it was made.
    """

    origin: Origin
    brand: Brand
    overall_title: str
    overall: Points | None
    stage: str | None
    stage_id: str | None
    stage_text: str | None
    stage_range: tuple[str, str] | None
    verdict: str
    no_stage: str | None
    ladder: tuple[Rung, ...]
    held: tuple[Hold, ...]
    next_gates: tuple[Hold, ...]
    coverage: int | None
    dont_knows: int
    mark: int | None
    mark_label: str | None
    areas: tuple[AreaResult, ...]
    finding: str
    strongest: AreaResult | None
    weakest: AreaResult | None
    advice: tuple[Advice, ...]
    comparisons: tuple[Comparison, ...]
    drawings: tuple[Drawing, ...]
    pulls: tuple[Pull, ...]
    receipt_note: str
    other_answers: tuple[Line, ...]
    sources: tuple[Published, ...]
    headline: tuple[Measured, ...] = ()
    suggestion: Suggestion | None = None
    peers: tuple[PeerGroup, ...] = ()
