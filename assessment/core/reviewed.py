"""A scorecard as a consultant reviewed it: their comment, their order, one recommendation of their own.

The snapshot stays what it was; a review is laid over it whenever page, PDF or mail is drawn.
"""

from dataclasses import dataclass, replace
from typing import Literal

from assessment.core.scorecard import Advice, Scorecard
from assessment.core.typed_text import soften

MOST_ADVICE = 7
"""Recommendations on a reviewed scorecard; more is a list nobody works through."""
MOST_COMMENT = 2_000
"""Characters of the comment."""
MOST_LINES = 60
"""Lines of the comment; more would be a page of single words."""
OWN = ".own"
"""Stands among the picks for the recommendation of one's own; no recommendation of a questionnaire has such an id."""

Effort = Literal["low", "medium", "high"]
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")


class Unfit(ValueError):
    """A review that does not go with its scorecard: unknown, doubled or too many recommendations."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """A recommendation of the consultant's own; a draft may leave parts open. `within` is in days."""

    title: str = ""
    gap: str = ""
    first_action: str = ""
    measure: str = ""
    within: int | None = None
    effort: Effort | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a consultant adds: lines of the comment, ids of recommendations in order (`OWN` for one's own)."""

    comment: str = ""
    picks: tuple[str, ...] = ()
    own: Own | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """Who reviewed and when; `on` and `replaces` (the issue before) are ISO 8601 in the firm's zone.

    `confirmed` says whether the prospect's address was confirmed then: only so is what they typed printed, and a
    confirmation that comes later changes nothing that was sent.
    """

    name: str
    role: str
    firm: str
    on: str
    replaces: str | None = None
    confirmed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """One issue of a review, ready to be laid over its scorecard."""

    content: Content
    by: Signature
    issue: int
    draft: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """What is shown: `card` with the advice as picked, the comment as paragraphs of lines, `added` the own advice's id.

    `added` is None where the consultant added none.
    """

    card: Scorecard
    by: Signature
    issue: int
    draft: bool
    comment: tuple[tuple[str, ...], ...]
    added: str | None

    @property
    def ordinal(self) -> str:
        """Which issue this is, in words: "second"; beyond the tenth just "further"."""
        return _ORDINALS[self.issue - 1] if self.issue <= len(_ORDINALS) else "further"


def proposed(card: Scorecard) -> Content:
    """What a new review starts from: the recommendations as they were computed, at most `MOST_ADVICE`."""
    return Content(picks=tuple(item.id for item in card.advice[:MOST_ADVICE]))


def apply(card: Scorecard, signed: Signed) -> Reviewed:
    """Lay a review over its scorecard; raises `Unfit`."""
    content = signed.content
    known = {item.id: item for item in card.advice}
    if content.own is not None:
        known[OWN] = _as_advice(content.own)
    picks = content.picks
    if set(picks) - set(known) or len(set(picks)) != len(picks) or len(picks) > MOST_ADVICE:
        raise Unfit("these recommendations are not this scorecard's")
    if content.own is not None and OWN not in picks:
        raise Unfit("the recommendation of one's own has no place")
    return Reviewed(
        card=replace(card, advice=tuple(known[pick] for pick in picks)),
        by=signed.by,
        issue=signed.issue,
        draft=signed.draft,
        comment=paragraphs(content.comment),
        added=OWN if content.own is not None else None,
    )


def _as_advice(own: Own) -> Advice:
    return Advice(
        id=OWN,
        title=own.title,
        opens=None,
        gain=None,
        effort=own.effort or "medium",
        within=own.within or 0,
        gap=own.gap,
        first_action=own.first_action,
        measure=own.measure,
        resource_title="",
        resource_url=None,
    )


def paragraphs(text: str) -> tuple[tuple[str, ...], ...]:
    """Paragraphs, parted by blank lines, each as its lines."""
    blocks = (tuple(line for line in block.split("\n") if line) for block in text.split("\n\n"))
    return tuple(block for block in blocks if block)


def softened(reviewed: Reviewed) -> Reviewed:
    """The same with break opportunities in long words, for a typesetter; only what was typed is touched."""
    by = reviewed.by
    advice = tuple(_soft(item) if item.id == OWN else item for item in reviewed.card.advice)
    return replace(
        reviewed,
        card=replace(reviewed.card, advice=advice),
        by=replace(by, name=soften(by.name), firm=soften(by.firm)),
        comment=tuple(tuple(soften(line) for line in lines) for lines in reviewed.comment),
    )


def _soft(item: Advice) -> Advice:
    return replace(
        item,
        title=soften(item.title),
        gap=soften(item.gap),
        first_action=soften(item.first_action),
        measure=soften(item.measure),
    )


_OPEN = {
    "title": "Give your recommendation a title",
    "gap": "Say why, or where the gap is",
    "first_action": "Name the first action",
    "measure": "Say how one measures that it worked",
    "within": "Say within how many days",
    "effort": "Choose the effort",
}


def unready(content: Content) -> dict[str, str]:
    """What is still open before a review may be shown to the prospect: form field -> message; nothing when ready."""
    if not content.comment and not content.picks:
        return {"comment": "Write a comment or include a recommendation"}
    own = content.own
    return {} if own is None else {f"own_{name}": words for name, words in _OPEN.items() if not getattr(own, name)}
