"""Where somebody stands among their peers, put into words once, for page and PDF."""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal

from assessment.core.definition import Questionnaire
from assessment.core.numbers import as_written, trimmed
from assessment.core.peer_standing import PeerGroup, PeerStanding
from assessment.core.peers import EVERYBODY, Cell, Telling, points_of, segments_of, standing
from assessment.core.scorecard import Scorecard

ALL = "All companies that take part"


def groups(
    card: Scorecard,
    questionnaire: Questionnaire,
    segments: Mapping[str, str],
    told: Mapping[Cell, Telling],
    *,
    invented: bool,
) -> tuple[PeerGroup, ...]:
    """The groups of which something is told that this scorecard can be set beside: all companies, then segments."""
    own, named = points_of(card), dict(_named(card))
    found = []
    for segment in segments_of(segments):
        standings = tuple(
            _standing(measure, named[measure], own[measure], told[measure, segment])
            for measure in named
            if measure in own and (measure, segment) in told
        )
        if standings:
            title = _title(questionnaire, segment)
            found.append(PeerGroup(segment=segment, title=title, standings=standings, invented=invented))
    return tuple(found)


def segments_answered(questionnaire: Questionnaire, answers: Mapping[str, object]) -> dict[str, str]:
    """Profile question -> the option chosen, for the questions that the file names for the peer comparison."""
    found = {}
    for name in questionnaire.peers.segments:
        chosen, question = answers.get(name), questionnaire.questions.get(name)
        if isinstance(chosen, str) and question is not None and question.option(chosen) is not None:
            found[name] = chosen
    return found


def _named(card: Scorecard) -> Iterator[tuple[str, tuple[str, str, str]]]:
    """Measure -> its title, one's own value as printed and its unit, in the order shown."""
    if card.overall is not None:
        yield "overall", (card.overall_title, str(card.overall.score), "number")
    for area in card.areas:
        if area.points is not None and area.weight:
            yield f"area:{area.id}", (area.title, str(area.points.score), "number")
    for own in (own for row in card.comparisons for own in row.yours):
        yield f"value:{own.id}", (own.label, own.text, own.unit)


def _title(questionnaire: Questionnaire, segment: str) -> str:
    if segment == EVERYBODY:
        return ALL
    name, _, chosen = segment.partition("=")
    question = questionnaire.questions[name]
    option = question.option(chosen)
    return f"{question.label}: {option.text if option else chosen}"


def _standing(measure: str, named: tuple[str, str, str], value: int, told: Telling) -> PeerStanding:
    title, text, unit = named
    low, middle, high = (told.cuts[quarter] for quarter in (25, 50, 75))
    between = standing(told.cuts, value)
    return PeerStanding(
        measure=measure,
        title=title,
        text=text,
        value=value / 1000,
        low=low / 1000,
        middle=middle / 1000,
        high=high / 1000,
        half=f"{_text(low, 'number')} to {_text(high, unit)}",
        middle_text=_text(middle, unit),
        percentile=between,
        place=_place(*between),
        number=told.number,
        period=period(told.since, told.until),
    )


def _text(value: int, unit: str) -> str:
    return as_written(trimmed(Decimal(value) / 1000), unit)


def _place(low: int, high: int) -> str:
    if low == high:
        return f"{low}th percentile"
    if low == 0:
        return f"Lowest {high} %"
    if high == 100:
        return f"Highest {100 - low} %"
    return f"{low}th to {high}th percentile"


def period(since: date, until: date) -> str:
    """The months that a telling spans: "March to November 2026", "November 2025 to March 2026", "March 2026"."""
    if (since.year, since.month) == (until.year, until.month):
        return f"{until:%B} {until.year}"
    return f"{since:%B}{f' {since.year}' if since.year != until.year else ''} to {until:%B} {until.year}"
