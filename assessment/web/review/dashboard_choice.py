"""What a dashboard is asked for in its address: questionnaire, period, source, version. What is not valid is named."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo
from typing import Literal
from urllib.parse import urlencode

from assessment.core.statistics import Period, last_weeks

WEEKS = (4, 12, 26, 52)
USUAL = 12
"""Weeks shown without asking."""
BETWEEN = ".."
"""What stands between the days of a period in an address."""
YEARS = range(2000, 3000)
LONGEST = timedelta(weeks=104)
SOURCES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "web": ("Website", ("web", "demo")),
    "invitation": ("Invitation", ("invitation",)),
    "interview": ("Interview", ("interview",)),
}
"""Source -> its name and the origins it covers; a demonstration counts as the website until it is removed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A valid choice; `weeks` is None for days that were typed, `told` says what was not valid."""

    questionnaire: str
    period: Period
    weeks: int | None
    source: str
    version: Literal["all", "current"]
    told: tuple[str, ...]

    @property
    def origins(self) -> tuple[str, ...]:
        """The origins counted; none mean all."""
        return SOURCES[self.source][1] if self.source else ()

    @property
    def period_value(self) -> str:
        """The period as the address writes it."""
        return str(self.weeks) if self.weeks else f"{self.period.first}{BETWEEN}{self.period.last}"

    @property
    def query(self) -> str:
        """The choice as an address's query."""
        parts = {"questionnaire": self.questionnaire, "period": self.period_value, "source": self.source}
        return urlencode({**parts, "version": self.version})


def choose(args: Mapping[str, str], known: Mapping[str, str], today: date, zone: tzinfo) -> Choice:
    """The choice in an address's parameters, over the questionnaires `known` (at least one); never raises."""
    asked = args.get("questionnaire", "")
    told = []
    if asked and asked not in known:
        told.append("There is no such assessment; the first one is shown.")
    period, weeks, why = _period(args, today, zone)
    source = args.get("source", "")
    return Choice(
        questionnaire=asked if asked in known else next(iter(known)),
        period=period,
        weeks=weeks,
        source=source if source in SOURCES else "",
        version="current" if args.get("version") == "current" else "all",
        told=(*told, *([why] if why else [])),
    )


def _period(args: Mapping[str, str], today: date, zone: tzinfo) -> tuple[Period, int | None, str]:
    """The period, its number of weeks unless it was typed, and what was wrong with what was typed."""
    usual = last_weeks(USUAL, today, zone)
    since, until = args.get("since", "").strip(), args.get("until", "").strip()
    if not since and not until:
        asked = args.get("period", str(USUAL))
        if asked in {str(weeks) for weeks in WEEKS}:
            return last_weeks(int(asked), today, zone), int(asked), ""
        since, _between, until = asked.partition(BETWEEN)
    try:
        last = min(_day(until), today) if until else today
        first = _day(since) if since else last - timedelta(weeks=USUAL)
    except ValueError:
        return usual, USUAL, f"That was no day of the calendar; the last {USUAL} weeks are shown."
    if first > last:
        return (
            usual,
            USUAL,
            f"The first day comes after the last one, or after today; the last {USUAL} weeks are shown.",
        )
    if last - first > LONGEST:
        return Period(last - LONGEST, last, zone), None, "At most two years are shown at once."
    return Period(first, last, zone), None, ""


def _day(typed: str) -> date:
    found = date.fromisoformat(typed)
    if found.year not in YEARS:
        raise ValueError(typed)
    return found
