"""Statistics over many submissions, and their findings in words: only what the numbers bear out.

A statistic over fewer than five is given as a number, never as a finding.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from fractions import Fraction

from assessment.core.numbers import half_up_whole, in_words

FEW = 5
"""Under so many, nothing is concluded."""
A_WEEK = timedelta(days=7)
QUARTER, HALF, THREE_QUARTERS, NINE_TENTHS = Fraction(1, 4), Fraction(1, 2), Fraction(3, 4), Fraction(9, 10)

Histogram = Mapping[int, int]
"""Value -> how often it occurs (never 0 times)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How values lie: the exact mean, and the quartiles as values that occur."""

    number: int
    mean: Fraction
    low: int
    middle: int
    high: int

    @property
    def shown(self) -> int:
        """The mean as it is shown, rounded half up once."""
        return half_up_whole(self.mean)


def spread(found: Histogram) -> Spread | None:
    """The spread of a histogram; None for an empty one."""
    number = sum(found.values())
    if not number:
        return None
    mean = Fraction(sum(value * often for value, often in found.items()), number)
    low, middle, high = (quantile(found, share) for share in (QUARTER, HALF, THREE_QUARTERS))
    return Spread(number=number, mean=mean, low=low, middle=middle, high=high)


def quantile(found: Histogram, share: Fraction) -> int:
    """The smallest value that at least this share (0 to 1) does not exceed: nearest rank (Hyndman and Fan's type 1).

    Raises `ValueError` for an empty histogram.
    """
    needed, met = share * sum(found.values()), 0
    for value in sorted(found):
        met += found[value]
        if met >= needed:
            return value
    raise ValueError("nothing to take a quantile of")


def percent(part: int, whole: int) -> int | None:
    """A share in whole percent, rounded half up; None of nothing."""
    return half_up_whole(Fraction(100 * part, whole)) if whole else None


def duration(seconds: int) -> str:
    """A time as people say it: "under 1 min", "6 min", "3 h", "2 days"; rounded half up."""
    minutes = half_up_whole(Fraction(seconds, 60))
    if seconds < 60:
        return "under 1 min"
    if minutes < 120:
        return f"{minutes} min"
    hours = half_up_whole(Fraction(seconds, 3600))
    return f"{hours} h" if hours < 48 else f"{half_up_whole(Fraction(hours, 24))} days"


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days from `first` to `last`, both included, in one time zone."""

    first: date
    last: date
    zone: tzinfo

    @property
    def since(self) -> datetime:
        """The first moment, UTC."""
        return _midnight(self.first, self.zone)

    @property
    def until(self) -> datetime:
        """The first moment after it, UTC."""
        return _midnight(self.last + timedelta(days=1), self.zone)

    @property
    def weeks(self) -> tuple[date, ...]:
        """The first day of each of its weeks: Mondays, and the period's first day instead of the first one."""
        monday = self.first - timedelta(days=self.first.weekday())
        count = (self.last - monday).days // 7 + 1
        return (self.first, *(monday + number * A_WEEK for number in range(1, count)))

    @property
    def bounds(self) -> tuple[datetime, ...]:
        """When each week but the first begins, UTC: what sorts moments into weeks."""
        return tuple(_midnight(day, self.zone) for day in self.weeks[1:])


def last_weeks(number: int, today: date, zone: tzinfo) -> Period:
    """So many calendar weeks, Monday to Sunday; the present one, up to today, is the last."""
    monday = today - timedelta(days=today.weekday())
    return Period(monday - (number - 1) * A_WEEK, today, zone)


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def day_words(day: date) -> str:
    """A day within a year: "31 August"."""
    return f"{day.day} {day:%B}"


def weeks_finding(weeks: Sequence[date], counts: Sequence[int], *, present: bool) -> str:
    """What the weeks say; `present` is whether the last one is this week, which may not be over."""
    total, most = sum(counts), max(counts, default=0)
    if total < FEW:
        return _few("By week", total, "completed")
    busiest = [week for week, number in zip(weeks, counts, strict=True) if number == most]
    last = "this week" if present else "in the last week"
    if len(counts) == 1:
        return f"{_number(total)} completed {last}"
    if len(busiest) > 1:
        return f"{_number(len(busiest))} weeks share the most, {most} completed in each"
    if busiest[0] == weeks[-1]:
        return f"{_number(most)} completed {last}, the most so far"
    return f"The week of {day_words(busiest[0])} had the most, {most} completed"


def stages_finding(counts: Sequence[tuple[str, int]], whole: int) -> str:
    """Where most stand: "Half stand at Developing"; `whole` counts those without a stage too."""
    if whole < FEW:
        return _few("Stages", whole, "completed")
    most = max((number for _title, number in counts), default=0)
    top = [title for title, number in counts if number == most]
    if not most:
        return "Nobody answered enough for a stage"
    if len(top) > 1:
        return f"{_listed(top)} have the most, {most} each"
    return f"{_share(most, whole)} at {top[0]}"


def _share(part: int, whole: int) -> str:
    """A share of people and what they do: a plain fraction where it is one, or nearly, else percent."""
    share = Fraction(part, whole)
    if share == 1:
        return "All stand"
    words, near = min(_SHARES, key=lambda known: abs(known[1] - share))
    if near == share:
        return f"{words} stand"
    if abs(near - share) <= CLOSE:
        return f"About {words.lower()} stand"
    lead = "More than half" if share > HALF else "The largest share"
    return f"{lead}, {percent(part, whole)} %, {'stand' if share > HALF else 'stands'}"


CLOSE = Fraction(1, 50)
"""A share so near to a plain fraction may be called about that fraction."""
_SHARES = (
    ("Three quarters", THREE_QUARTERS),
    ("Two thirds", Fraction(2, 3)),
    ("Half", HALF),
    ("A third", Fraction(1, 3)),
    ("A quarter", QUARTER),
)


def leaving_finding(left: Sequence[tuple[str, int]], started: int) -> str:
    """Where most leave: "One in six leaves at Renewal rate performance", of those who started."""
    if started < FEW:
        return _few("Where people leave", started, "started")
    most = max((number for _title, number in left), default=0)
    top = [title for title, number in left if number == most]
    if not most:
        return "Everybody who started has finished"
    if len(top) > 2:
        return f"{_number(len(top))} pages lose the most, {most} each"
    if len(top) > 1:
        return f"{_begun(_listed(top))} lose the most, {most} each"
    one_in = half_up_whole(Fraction(started, most))
    if abs(Fraction(1, one_in) - Fraction(most, started)) > CLOSE:
        return f"{percent(most, started)} % leave at {top[0]}"
    return f"{'One in ' + in_words(one_in) if one_in > 1 else 'Everybody'} leaves at {top[0]}"


def areas_finding(areas: Sequence[tuple[str, Fraction]], number: int) -> str:
    """Which area is weakest by its mean; areas whose shown means are alike are not told apart."""
    if number < FEW:
        return _few("Areas", number, "completed with a score")
    shown = [(title, half_up_whole(mean)) for title, mean in areas]
    low, high = min(mean for _title, mean in shown), max(mean for _title, mean in shown)
    if len(shown) == 1:
        return f"{shown[0][0]} stands at {low} on average"
    weakest = [title for title, mean in shown if mean == low]
    if low == high:
        return f"All areas stand at {low} on average"
    if len(weakest) > 1:
        return f"{_listed(weakest)} are the weakest areas"
    return f"{weakest[0]} is the weakest area"


def _few(about: str, number: int, what: str) -> str:
    return f"{about}: {f'too few to say, {in_words(number)}' if number else 'nobody'} {what}"


def _number(number: int) -> str:
    return _begun(in_words(number))


def _begun(words: str) -> str:
    """Words as a heading begins with them."""
    return words[:1].upper() + words[1:]


def _listed(titles: Sequence[str]) -> str:
    *first, last = titles
    return f"{', '.join(first)} and {last}" if first else last
