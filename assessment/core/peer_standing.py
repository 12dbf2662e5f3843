"""Where somebody stands among their peers, as it was told: words and figures that the snapshot keeps."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerStanding:
    """One's own value among those of a group of companies, in the unit printed in the texts.

    `low`, `middle` and `high` are the group's quartiles; `half` says the outer two. `percentile` holds the two
    percentiles that one's own value lies between, or the lowest and highest whose value it is; `place` says them.
    `number` is how many companies, rounded to 5.
    """

    measure: str
    title: str
    text: str
    value: float
    low: float
    middle: float
    high: float
    half: str
    middle_text: str
    percentile: tuple[int, int]
    place: str
    number: int
    period: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerGroup:
    """A group of companies and where one stands among them; `segment` is "" for all that took part.

    `invented` says that they are those of a demonstration.
    """

    segment: str
    title: str
    standings: tuple[PeerStanding, ...]
    invented: bool = False
