"""Which of what is told about peers stands where on a scorecard, and the sentences that page and PDF say alike."""

from collections.abc import Iterable, Sequence

from assessment.core.peer_standing import PeerGroup, PeerStanding
from assessment.core.protection import FLOOR
from assessment.core.scorecard import Comparison, Scorecard

VALUE = "value:"
"""How the measure of a number begins that stands under "Your numbers", not among the scores."""
LEAVING = (
    "Your answers are taken out of what is counted at once. Figures that are published already change only with their "
    f"next release, for which at least {FLOOR} companies must have come or left."
)
"""What leaving does: said before it, beside the button and after it, because what was told cannot be taken back."""


def scores(group: PeerGroup) -> list[PeerStanding]:
    """The scores of a group, from 0 to 100."""
    return [one for one in group.standings if not one.measure.startswith(VALUE)]


def with_scores(groups: Iterable[PeerGroup]) -> list[PeerGroup]:
    """The groups that have scores to draw."""
    return [group for group in groups if scores(group)]


def beside(row: Comparison, card: Scorecard) -> list[tuple[PeerGroup, PeerStanding]]:
    """What peers say to a row of "Your numbers": each number once, in the first row that holds it."""
    first = {f"{VALUE}{own.id}": other for other in reversed(card.comparisons) for own in other.yours}
    return [(group, one) for group in card.peers for one in group.standings if first.get(one.measure) is row]


def about(standing: PeerStanding) -> str:
    """How many companies and when: "about 25 companies, March to November 2026"."""
    return f"about {standing.number} companies, {standing.period}"


def told(standing: PeerStanding) -> str:
    """Where a value stands, in a sentence."""
    return f"{standing.place} of {about(standing)}."


def where(standing: PeerStanding, group: PeerGroup, *, several: bool = False) -> str:
    """Among whom a value stands; with `several` it is named itself."""
    among = "Peers" if not group.segment else group.title
    named = f", {standing.title[:1].lower()}{standing.title[1:]}" if several else ""
    return f"{'Invented peers' if group.invented and not group.segment else among}{named}:"


def notes(standings: Sequence[PeerStanding]) -> list[str]:
    """Of how many companies scores are told, and when they answered: once where it is the same for all."""
    found: dict[str, list[str]] = {}
    for standing in standings:
        found.setdefault(about(standing), []).append(standing.title)
    if len(found) == 1:
        return [f"{_begun(words)}." for words in found]
    return [f"{', '.join(titles)}: {words}." for words, titles in found.items()]


def _begun(words: str) -> str:
    return words[:1].upper() + words[1:]
