"""The brief for a call, composed from a scorecard: what to open with, what to talk about, what to ask to see.

Everything in it comes from the definition's own words and the chosen answers; nothing that was typed is in a scorecard.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from assessment.core.answers import Special
from assessment.core.scorecard import Advice, Line, Scorecard
from assessment.core.wording import SPECIAL_WORDS

MOST = 3
"""Gaps in a brief: more than three nobody gets through in one call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """One gap to talk about: what is missing, what to ask to see, and the answers it rests on.

    `title` names the recommendation, `opens` the stage whose gate it lifts (None where it lifts none).
    """

    id: str
    title: str
    gap: str
    evidence: str
    answers: tuple[Line, ...]
    service: str | None
    opens: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """What a consultant has at hand when calling; every part may be empty.

    `services` are those that match the gaps, each once. To settle: `unscored` areas (titles) and `unknown` answers
    ("I don't know"). `typed` names the questions answered in own words, whose texts are kept outside the scorecard.
    """

    opening: str | None
    gaps: tuple[Gap, ...]
    services: tuple[str, ...]
    unscored: tuple[str, ...]
    unknown: tuple[Line, ...]
    typed: tuple[Line, ...]


def brief_of(card: Scorecard, most: int = MOST) -> Brief:
    """The brief of a scorecard with at most `most` gaps, in the order of its advice."""
    gaps = tuple(_gap(advice) for advice in card.advice[:most])
    lines = [*(line for area in card.areas for line in area.lines), *card.other_answers]
    return Brief(
        opening=next((advice.opening for advice in card.advice if advice.opening), None),
        gaps=gaps,
        services=_once(gap.service for gap in gaps if gap.service),
        unscored=tuple(area.title for area in card.areas if area.points is None and area.reason),
        unknown=tuple(line for line in lines if line.answer == SPECIAL_WORDS[Special.DONT_KNOW]),
        typed=tuple(line for line in lines if line.typed),
    )


def _gap(advice: Advice) -> Gap:
    return Gap(
        id=advice.id,
        title=advice.title,
        gap=advice.gap,
        evidence=advice.evidence,
        answers=advice.answers,
        service=advice.service,
        opens=advice.opens,
    )


def _once(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))
