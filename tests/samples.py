"""Hand-made scorecards that every test may draw: a stage held by a gate, a placement, and one without a stage.

Northfield Systems and all its answers are invented; the published figures are real ones, cited with their source.
"""

from dataclasses import replace

from assessment.core.scorecard import (
    Advice,
    AreaResult,
    Brand,
    Cell,
    Comparison,
    Dimension,
    Drawing,
    Hold,
    Line,
    Measured,
    Origin,
    Points,
    Published,
    Pull,
    Rung,
    Scorecard,
    Series,
)

BRAND = Brand(
    name="Meridian Advisory",
    tagline="Self-assessments for service leaders",
    accent="#1559A6",
    accent_dark="#8AB8F2",
    band="#0B2545",
    booking_url="https://meridian.example/book",
    booking_text="Thirty minutes on the gate and the first two moves. Free, and nothing to prepare.",
    contact_email="hello@meridian.example",
    privacy_url="https://meridian.example/privacy",
    imprint_url="https://meridian.example/imprint",
)

X01 = Published(
    id="X01",
    measure="Average renewal rate of support and maintenance contracts",
    text="82.4 %",
    value=82.4,
    unit="percent",
    population="Support and maintenance contracts of technology companies",
    sample=None,
    year="2019",
    source_title="ServiceXRG, Moving Beyond Industry Average Renewal Performance",
    source_url="https://www.servicexrg.com/",
    sure="P",
)
R12 = Published(
    id="R12",
    measure="Gross dollar retention of private SaaS companies",
    text="87 %",
    value=87.0,
    unit="percent",
    population="About 424 private SaaS companies",
    sample="about 424",
    year="2018 data",
    source_title="KBCM SaaS Survey 2019",
    source_url=None,
    sure="A",
    note="Derived from 13 % gross dollar churn.",
)

GATE = Hold(
    id="plan",
    kind="gate",
    stage="Leader",
    because="A renewal plan exists on the day the contract starts; yours begins 60 days before expiry.",
)


def measured(id: str, label: str, text: str, value: float | None, unit: str = "percent", **more: object) -> Measured:
    """A value with its unit, short to write."""
    return Measured(id=id, label=label, text=text, value=value, unit=unit, **more)  # type: ignore[arg-type]


def rungs(*stages: tuple[str, int], here: int | None) -> tuple[Rung, ...]:
    """A ladder that stands at stage number `here`; None stands nowhere."""
    at = -1 if here is None else here
    return tuple(
        Rung(
            id=title.lower().replace(" ", "_"),
            title=title,
            text=f"What {title} looks like in daily work.",
            floor=floor,
            reached=number <= at,
            here=number == at,
            next=here is not None and number == at + 1,
        )
        for number, (title, floor) in enumerate(stages)
    )


def area(
    id: str,
    title: str,
    score: int,
    low: int,
    high: int,
    lines: tuple[Line, ...] = (),
    short: str = "The practice reaches some customers and depends on who serves them.",
    step: str = "Write the five largest accounts on one page, with the owner of each.",
) -> AreaResult:
    """One of seven equal areas, measured against 75."""
    return AreaResult(
        id=id,
        title=title,
        points=Points(score=score, low=low, high=high),
        weight=1,
        gap=score - 75,
        past=score >= 75,
        stage="Leader" if score >= 75 else "Performer",
        share="one seventh of the overall score",
        lines=lines or (Line(id=f"{id}_1", label=f"How {title.lower()} is run", answer="For most", points=score),),
        short=short,
        step=step,
    )


PRACTICE_LINES = (
    Line(id="results", label="How you follow renewal results", answer="Both each quarter", points=75, adds="25.0"),
    Line(id="asked", label="Lost customers asked why", answer="83 %", points=86, adds="28.7"),
    Line(id="plan", label="When work on a renewal begins", answer="60 days before expiry", points=25, adds="8.3"),
)
AREAS = (
    area("rate", "Renewal rate performance", 88, 88, 88),
    area("on_time", "On-time renewals", 85, 85, 85),
    area("practices", "Renewal practices", 62, 62, 62, PRACTICE_LINES),
    area("onboarding", "Service onboarding", 91, 91, 91),
    area("success", "Success practices", 67, 44, 81),
    area("value", "Value delivery", 71, 47, 81),
    area("process", "Renewal process", 82, 82, 82),
)


def advice(id: str, title: str, gain: int | None, effort: str, within: int, opens: str | None = None) -> Advice:
    """A piece of advice with every part filled."""
    return Advice(
        id=id,
        title=title,
        opens=opens,
        gain=gain,
        effort=effort,  # type: ignore[arg-type]
        within=within,
        gap="Work begins 60 days or fewer before expiry, when budgets are set and users have formed their view.",
        first_action="Write a one-page renewal plan for the ten contracts that start next month, with an owner.",
        measure="Share of new contracts with a dated plan in week one.",
        resource_title="A renewal plan on one page, template",
        resource_url="https://meridian.example/plan",
        areas=("Renewal practices",),
        answers=(PRACTICE_LINES[2],),
        service="Renewal operating model",
        evidence="Ask to see the plan of any contract signed this quarter.",
        opening="When a contract is signed, who writes down what would make the customer renew it?",
    )


ADVICE = (
    advice("open", "Open the renewal on the day the contract starts", 4, "medium", 30, "Leader"),
    advice("call", "Call every customer who has stopped using the service", 3, "low", 30),
    advice("review", "Hold a value review before each renewal offer", 2, "low", 30),
    advice("name", "Name someone to act on each missed segment", 1, "low", 60),
    advice("ask", "Ask the remaining lost customers why", 1, "low", 60),
    advice("report", "Report renewals by segment to the board", 0, "high", 90),
    advice("price", "Price concessions like any other discount", 1, "high", 90),
    advice("eighth", "An eighth move that the scorecard does not show", 1, "high", 180),
)

COMPARISONS = (
    Comparison(
        id="rate_row",
        title="Contract renewal rate",
        yours=(measured("renewal_rate", "You", "85.8 %", 85.8, detail="206 of 240"),),
        published=X01,
        verdict="above",
        sentence="Above the published average by 3.4 percentage points.",
    ),
    Comparison(
        id="on_time_row",
        title="On-time renewal",
        yours=(measured("on_time_rate", "You", "80.0 %", 80.0, detail="192 of 240"),),
        published=None,
        verdict="none",
        sentence="No figure is published that we would stand behind, so yours is shown alone.",
    ),
    Comparison(
        id="grr_row",
        title="Gross revenue retention",
        yours=(measured("grr", "You", "88.5 %", 88.5, detail="of start revenue", flags=("Without churned add-ons.",)),),
        published=R12,
        verdict="none",
        sentence="It describes subscriptions; you renew contracts.",
    ),
)

DECAY = Drawing(
    id="decay",
    kind="decay",
    title="Of 100 customers today, how many remain",
    section="numbers",
    text="At one renewal rate for every renewal, with no new contracts. Arithmetic, not a forecast.",
    alternative="Of 100 customers, 86, 74, 63 and 54 remain after four renewals at your rate; 82, 68, 56 and 46 at the "
    "published average.",
    series=(
        Series(
            label="Your 85.8 %",
            labels=("Start", "1st", "2nd", "3rd", "4th renewal"),
            values=(100.0, 85.8, 73.7, 63.2, 54.2),
            texts=("100", "86", "74", "63", "54"),
        ),
        Series(
            label="Published average, 82.4 %",
            labels=("Start", "1st", "2nd", "3rd", "4th renewal"),
            values=(100.0, 82.4, 67.9, 55.9, 46.1),
            texts=("100", "82", "68", "56", "46"),
            published=True,
        ),
    ),
    published=X01,
)
RATES = Drawing(
    id="four_rates",
    kind="compare",
    title="Four rates that answer four questions",
    section="numbers",
    alternative="Contract renewal 85.8 %, recurring revenue 101.2 %, net retention 94.0 %, gross retention 88.5 %.",
    rows=(
        measured("a", "Contract renewal", "85.8 %", 85.8),
        measured("b", "Recurring revenue", "101.2 %", 101.2),
        measured("c", "Net retention", "94.0 %", 94.0),
        measured("d", "Gross retention", "88.5 %", 88.5, flags=("Discounts counted as kept.",)),
    ),
)
FUNNEL = Drawing(
    id="funnel",
    kind="funnel",
    title="From events to cases that never arose",
    section="numbers",
    alternative="12,000 events, 4,800 successes, 1,200 cases avoided.",
    rows=(
        measured("e", "Self-service events", "12,000", 12000.0, "count"),
        measured("s", "Problems solved", "4,800", 4800.0, "count"),
        measured("c", "Cases avoided", "1,200", 1200.0, "count", flags=("An upper bound: every visit counted.",)),
    ),
)
PROJECTION = Drawing(
    id="five_years",
    kind="projection",
    title="What the fee becomes in five years",
    section="numbers",
    alternative="From EUR 100,000 to EUR 121,551 at 5 % a year.",
    series=(
        Series(
            label="At 5 % a year",
            labels=("Year 1", "Year 2", "Year 3", "Year 4", "Year 5"),
            values=(100000.0, 105000.0, 110250.0, 115762.5, 121550.6),
            texts=("EUR 100,000", "EUR 105,000", "EUR 110,250", "EUR 115,763", "EUR 121,551"),
        ),
    ),
)
ORDER = Drawing(
    id="reasons",
    kind="order",
    title="Why service contracts are not renewed",
    section="numbers",
    text="The order only is published, without percentages. Your own main reason is marked.",
    alternative="1 Product no longer used, 2 Price, 3 No value seen. Yours: Price.",
    items=("The product is no longer used", "Price", "No value seen", "The company was bought"),
    marked=1,
    published=X01,
)
FORMULA = Drawing(
    id="nrr",
    kind="formula",
    title="Your net revenue retention, step by step",
    section="numbers",
    alternative="(1,000,000 - 60,000 - 55,000 + 55,000) / 1,000,000 = 94.0 %",
    lines=("(start − lost − reduced + grown) / start", "(1,000,000 − 60,000 − 55,000 + 55,000) / 1,000,000", "94.0 %"),
)
NOTE = Drawing(
    id="note",
    kind="note",
    title="Which stage is the destination",
    section="stand",
    alternative="The middle stage can be the right place to stay.",
    text="The next stage is an option, not a duty. Weigh what shared accountability costs against what it keeps.",
)


def dimension(label: str, here: int | None, shared: bool = False) -> Dimension:
    """A row of three stages; `shared` lets the upper two share one cell."""
    spans = ((0, 1), (1, 2)) if shared else ((0, 1), (1, 1), (2, 1))
    wording = ("Contract renewal, someone else's job", "A success team guides, others book", "One team, jointly")
    cells = tuple(
        Cell(text=wording[start], start=start, span=span, here=here is not None and start <= here < start + span)
        for start, span in spans
    )
    return Dimension(label=label, cells=cells, known=here is not None)


SPECTRUM = Drawing(
    id="spectrum",
    kind="spectrum",
    title="Where each dimension stands",
    section="stand",
    alternative="Primary objective and target audience: Success-Enabled Support; retention: Technical Support.",
    stages=("Technical Support", "Success-Enabled Support", "Customer Success"),
    dimensions=(
        dimension("Primary objective", 1),
        dimension("Target audience", 1),
        dimension("Monetization", 0),
        dimension("Service delivery", 2, shared=True),
        dimension("Retention", None),
    ),
)

ORIGIN = Origin(
    questionnaire="renewal-practices",
    title="Contract renewal practices",
    kind="assessment",
    result="stage",
    higher_is="better",
    version="4f1d2c",
    engine="1",
    made_at="2026-11-14T09:14:00+01:00",
    zone="Europe/Berlin",
    reference="RP-7K2M4Q",
    again="Take it again in six months.",
)

RENEWAL = Scorecard(
    origin=ORIGIN,
    brand=BRAND,
    overall_title="Overall renewal health",
    overall=Points(score=78, low=71, high=81),
    stage="Performer",
    stage_id="performer",
    stage_text="Most contracts renew, and the work begins before the customer has decided.",
    stage_range=("Developing", "Leader"),
    verdict="Your score is past the line for Leader. One answer keeps the gate closed.",
    no_stage=None,
    ladder=rungs(("Laggard", 0), ("Developing", 25), ("Performer", 50), ("Leader", 75), here=2),
    held=(GATE,),
    next_gates=(GATE,),
    coverage=90,
    dont_knows=2,
    mark=75,
    mark_label="Leader from 75",
    areas=AREAS,
    finding="Four areas are past the line, three are not",
    strongest=AREAS[3],
    weakest=AREAS[2],
    advice=ADVICE,
    comparisons=COMPARISONS,
    drawings=(NOTE, DECAY, RATES, ORDER, FORMULA),
    pulls=(
        Pull(
            id="bought",
            ask="You renew 85.8 %, and about half of renewals needed a discount. Is that the whole picture?",
            tell="A high rate that leans on concessions.",
            questions=("renewed", "discounts"),
        ),
    ),
    receipt_note="Each area weighs one seventh of the whole. Floors 0, 25, 50, 75 and all weights are ours.",
    other_answers=(
        Line(id="model", label="What you renew", answer="Support contracts"),
        Line(id="anything", label="Anything we should know", answer="", typed=True),
    ),
    sources=(X01, R12),
)
"""A stage held by a gate: the score is past the line, one answer keeps it closed."""

TIERS = (("Basic", 0), ("Standard", 0), ("Enhanced", 0), ("High-end premium", 0))
ENTITLEMENTS = AreaResult(
    id="coverage",
    title="Coverage and response",
    points=None,
    weight=0,
    reason="Entitlements are compared, not scored.",
    lines=(
        Line(id="hours", label="When support can be reached", answer="Around the clock for severity 1"),
        Line(id="respond", label="First answer to severity 1", answer="Within 2 hours"),
    ),
)
TIER_GATE = Hold(
    id="answer",
    kind="gate",
    stage="Enhanced",
    because="Enhanced answers a severity-1 case within one hour; yours within two.",
)
PLACEMENT = replace(
    RENEWAL,
    origin=replace(
        ORIGIN,
        questionnaire="tiers",
        title="Pricing tier placement",
        result="placement",
        higher_is="neutral",
        reference="PT-2B9X1A",
    ),
    overall_title="Tier",
    overall=None,
    stage="Standard",
    stage_id="standard",
    stage_text="A named response time in business hours.",
    stage_range=None,
    verdict="Your program carries the entitlements of Standard, whatever it is called.",
    ladder=rungs(*TIERS, here=1),
    held=(TIER_GATE,),
    next_gates=(TIER_GATE,),
    coverage=None,
    dont_knows=0,
    mark=None,
    mark_label=None,
    areas=(ENTITLEMENTS,),
    finding="Two entitlements place the program",
    strongest=None,
    weakest=None,
    advice=tuple(replace(item, gain=None, opens=None) for item in ADVICE[:3]),
    drawings=(SPECTRUM, FUNNEL, PROJECTION),
    pulls=(),
)
"""A placement: gates alone decide, no scores and no bars."""

NO_STAGE = replace(
    RENEWAL,
    overall=None,
    stage=None,
    stage_id=None,
    stage_text=None,
    stage_range=("Laggard", "Leader"),
    verdict="Not enough is known for a stage.",
    no_stage="Half of the weight was answered with “I don't know”; a stage needs 70 %.",
    ladder=rungs(("Laggard", 0), ("Developing", 25), ("Performer", 50), ("Leader", 75), here=None),
    held=(),
    next_gates=(),
    coverage=50,
    dont_knows=9,
    mark=None,
    mark_label=None,
    areas=(
        replace(AREAS[0], gap=None, stage=None),
        replace(AREAS[1], points=None, gap=None, stage=None, reason="Not enough answered: 1 of 3 questions."),
    ),
    finding="One area has a score, one is not known well enough",
    strongest=None,
    weakest=None,
    advice=ADVICE[:2],
    comparisons=COMPARISONS[1:2],
    drawings=(),
    sources=(),
)
"""Too many don't-knows: no overall and no stage, and it says so."""
