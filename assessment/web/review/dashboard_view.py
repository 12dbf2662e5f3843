"""The dashboard as values: numbers from the store put into rows, bars and findings."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from assessment.core.definition import Questionnaire
from assessment.core.statistics import (
    FEW,
    HALF,
    NINE_TENTHS,
    Period,
    Spread,
    areas_finding,
    day_words,
    duration,
    leaving_finding,
    percent,
    quantile,
    spread,
    stages_finding,
    weeks_finding,
)
from assessment.rendering import lower_first
from assessment.store.dashboard import Counts
from assessment.web import composing

NO_STAGE = "Not enough answered"
SUNDAY = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """What the store counted, and the definitions it is read with: by version, and the one whose words are used."""

    period: Period
    today: date
    counts: Counts
    definitions: Mapping[str, Questionnaire]
    questionnaire: Questionnaire


@dataclass(frozen=True, slots=True)
class Amount:
    """A figure with its name and what stands under it."""

    name: str
    figure: str
    under: str


@dataclass(frozen=True, slots=True)
class Row:
    """A bar: `width` is in percent of the longest possible, `share` in percent of all, `left` what was lost there."""

    title: str
    number: int
    width: float
    share: int | None = None
    most: bool = False
    left: int | None = None


@dataclass(frozen=True, slots=True)
class Week:
    """A week's bar; `x`, `width` and `height` are in percent. `named` and `numbered` say what is written at it."""

    first: date
    number: int
    x: float
    width: float
    height: float
    named: bool
    numbered: bool
    last: bool
    changed: bool


@dataclass(frozen=True, slots=True)
class AreaRow:
    """An area's mean and its middle half."""

    title: str
    spread: Spread
    weakest: bool


@dataclass(frozen=True, slots=True)
class Floor:
    """A stage's floor on our own scale, beside which the areas stand."""

    title: str
    score: int


def amounts(numbers: Numbers) -> tuple[Amount, ...]:
    """Started, completed, time to finish, may be contacted."""
    done = sum(row.number for row in numbers.counts.finished)
    started = done + sum(numbers.counts.unfinished.values())
    willing = sum(row.may_contact for row in numbers.counts.finished)
    time, within = "–", "nobody has finished"
    if done:
        time = duration(quantile(numbers.counts.seconds, HALF))
        within = "median"
        if done >= FEW:
            within += f"; nine in ten within {duration(quantile(numbers.counts.seconds, NINE_TENTHS))}"
    return (
        Amount("Started", f"{started:,}", "by the day of their last answer"),
        Amount("Completed", f"{done:,}", _of(done, started, "of those who started")),
        Amount("Time to finish", time, within),
        Amount("May be contacted", f"{willing:,}", _of(willing, done, "of completed")),
    )


def _of(part: int, whole: int, words: str) -> str:
    share = percent(part, whole)
    return words if share is None else f"{share} % {words}"


def weeks(numbers: Numbers, changes: Sequence[date]) -> tuple[Week, ...]:
    """Bars week by week; `changes` are the days from which another version was answered."""
    days, counts = numbers.period.weeks, numbers.counts.weeks
    most, slot = max(counts), 100 / len(counts)
    named, last = set(_named(len(counts))), len(counts) - 1
    top = counts.index(most)
    return tuple(
        Week(
            first=day,
            number=number,
            x=round(slot * (place + 0.12), 3),
            width=round(slot * 0.76, 3),
            height=round(100 * number / most, 2) if most else 0,
            named=place in named,
            numbered=len(counts) <= 13 or place == top,
            last=place == last,
            changed=any(day <= change and (place == last or change < days[place + 1]) for change in changes),
        )
        for place, (day, number) in enumerate(zip(days, counts, strict=True))
    )


def _named(count: int) -> Iterator[int]:
    """Which of so many weeks are named: some four, evenly, and always the last."""
    step = max(1, round(count / 3))
    yield from (place for place in range(0, count - 1, step) if count - 1 - place >= step * 0.75)
    yield count - 1


def weeks_words(numbers: Numbers) -> str:
    """The finding over the weeks."""
    return weeks_finding(numbers.period.weeks, numbers.counts.weeks, present=numbers.period.last == numbers.today)


def is_going_on(numbers: Numbers) -> bool:
    """Whether the last week shown is not over."""
    return numbers.period.last == numbers.today and numbers.today.weekday() < SUNDAY


def days(period: Period) -> str:
    """A period in words: "31 August to 21 November 2026"."""
    first = day_words(period.first) + (f" {period.first.year}" if period.first.year != period.last.year else "")
    return f"{first} to {day_words(period.last)} {period.last.year}"


def stages(numbers: Numbers) -> tuple[Row, ...]:
    """How many stand at each stage: the ladder as it is now, then stages that it no longer has, then none."""
    whole = sum(row.number for row in numbers.counts.finished)
    by_stage: Counter[str | None] = Counter()
    for row in numbers.counts.finished:
        by_stage[row.stage_id] += row.number
    titles = {stage.id: stage.title for stage in numbers.questionnaire.stages}
    for row in numbers.counts.finished:
        if row.stage_id is not None and row.stage_id not in titles:
            old = numbers.definitions.get(row.version)
            titles[row.stage_id] = old.stage[row.stage_id].title if old else row.stage_id
    most = max((by_stage[name] for name in titles), default=0)
    rows = [_stage(title, by_stage[name], whole, most) for name, title in titles.items()]
    return (*rows, *([_stage(NO_STAGE, by_stage[None], whole, 0)] if by_stage[None] else []))


def _stage(title: str, number: int, whole: int, most: int) -> Row:
    width = round(100 * number / whole, 2) if whole else 0
    return Row(title, number, width, percent(number, whole), most=bool(most) and number == most and whole >= FEW)


def stages_words(rows: Sequence[Row]) -> str:
    """The finding over the stages."""
    known = [(row.title, row.number) for row in rows if row.title != NO_STAGE]
    return stages_finding(known, sum(row.number for row in rows))


@dataclass(frozen=True, slots=True)
class Leaving:
    """Who reached each page and left on it; `apart` started on a version with other pages and is not among them."""

    finding: str
    rows: tuple[Row, ...]
    started: int
    apart: int


def leaving(numbers: Numbers) -> Leaving:
    """The drop-off over the pages as they are now, with every version that has the same ones."""
    questionnaire = numbers.questionnaire
    same = {version for version, known in numbers.definitions.items() if _pages(known) == _pages(questionnaire)}
    walk = [index for index, page in enumerate(questionnaire.pages) if not page.start]
    stops = [*walk, len(questionnaire.pages)]
    left: Counter[int] = Counter()
    for (version, page), number in numbers.counts.unfinished.items():
        if version in same:
            left[next((stop for stop in stops if stop >= page), stops[-1])] += number
    done = sum(row.number for row in numbers.counts.finished if row.version in same)
    started = done + sum(left.values())
    titles = [composing.page_title(questionnaire, questionnaire.pages[index]) for index in walk] + [
        "Check your answers"
    ]
    most = max((left[stop] for stop in stops), default=0)
    rows, reached = [], started
    for stop, title in zip(stops, titles, strict=True):
        loses = bool(most) and left[stop] == most and started >= FEW
        rows.append(Row(title, reached, _width(reached, started), most=loses, left=left[stop]))
        reached -= left[stop]
    rows.append(Row("Scorecard", done, _width(done, started)))
    everybody = sum(row.number for row in numbers.counts.finished) + sum(numbers.counts.unfinished.values())
    finding = leaving_finding([(lower_first(row.title), row.left or 0) for row in rows[:-1]], started)
    return Leaving(finding, tuple(rows), started, everybody - started)


def _pages(questionnaire: Questionnaire) -> list[tuple[str, bool]]:
    return [(composing.page_title(questionnaire, page), page.start) for page in questionnaire.pages]


def _width(number: int, whole: int) -> float:
    return round(100 * number / whole, 2) if whole else 0


@dataclass(frozen=True, slots=True)
class Areas:
    """Areas by their mean, highest first, and the floor beside which they stand."""

    finding: str
    rows: tuple[AreaRow, ...]
    floor: Floor | None
    number: int


def areas(numbers: Numbers) -> Areas | None:
    """The areas' means and middle halves; None where no area has a score."""
    found: list[tuple[str, Spread]] = []
    for name, values in numbers.counts.areas.items():
        lies = spread(values)
        if lies is not None:
            found.append((_area_title(numbers, name), lies))
    if not found:
        return None
    found.sort(key=lambda each: -each[1].mean)
    number = max(lies.number for _title, lies in found)
    lowest = min(lies.shown for _title, lies in found)
    alone = len({lies.shown for _title, lies in found}) > 1 and number >= FEW
    rows = tuple(AreaRow(title, lies, alone and lies.shown == lowest) for title, lies in found)
    finding = areas_finding([(title, lies.mean) for title, lies in found], number)
    return Areas(finding, rows, _floor(numbers), number)


def _area_title(numbers: Numbers, name: str) -> str:
    for known in (numbers.questionnaire, *numbers.definitions.values()):
        if name in known.area:
            return known.area[name].title
    return name


def _floor(numbers: Numbers) -> Floor | None:
    """The floor of the stage after the one where most stand; None at the top, or where stages have no floor."""
    by_stage = Counter[str]()
    for row in numbers.counts.finished:
        if row.stage_id is not None:
            by_stage[row.stage_id] += row.number
    ladder = list(numbers.questionnaire.stages)
    most = max(ladder, key=lambda stage: by_stage[stage.id], default=None)
    if most is None or not by_stage[most.id]:
        return None
    ahead = ladder[ladder.index(most) + 1 :]
    return Floor(ahead[0].title, ahead[0].from_) if ahead and ahead[0].from_ else None
