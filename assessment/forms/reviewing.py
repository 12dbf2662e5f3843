"""The form of a review: read with everything typed kept, and put beside what a colleague saved meanwhile."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import get_args

from assessment.core.reviewed import MOST_ADVICE, MOST_COMMENT, MOST_LINES, OWN, Content, Effort, Own
from assessment.core.typed_text import clean, clean_lines

LIMITS = {"title": 120, "gap": 500, "first_action": 500, "measure": 300}
"""Characters of each text of a recommendation of one's own."""
OWN_FIELDS = (*LIMITS, "within", "effort")
EFFORTS: tuple[Effort, ...] = get_args(Effort)
LONGEST_DAYS, LAST_PLACE = 365, 99
LABELS = {
    "comment": "Comment",
    "picks": "Recommendations and their order",
    "own_title": "Your recommendation: title",
    "own_gap": "Your recommendation: why",
    "own_first_action": "Your recommendation: first action",
    "own_measure": "Your recommendation: measure",
    "own_within": "Your recommendation: days",
    "own_effort": "Your recommendation: effort",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What stands in the form: `picks` in order, `places` as typed where that is not the order."""

    comment: str
    picks: tuple[str, ...]
    own: Mapping[str, str]
    places: Mapping[str, str] = field(default_factory=dict)

    def place(self, pick: str) -> str:
        """What stands in a place field."""
        if pick in self.places:
            return self.places[pick]
        return str(self.picks.index(pick) + 1) if pick in self.picks else ""

    @property
    def texts(self) -> dict[str, str]:
        """Every field's words, to be compared."""
        own = {f"own_{name}": self.own.get(name, "") for name in OWN_FIELDS}
        return {"comment": self.comment, "picks": " ".join(self.picks), **own}


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A form as read: `content` is None while `messages` (by field) say what to mend."""

    sheet: Sheet
    content: Content | None
    messages: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A field that a colleague changed meanwhile; `taken` says that theirs stands in the form, as you left it alone."""

    name: str
    label: str
    theirs: str
    taken: bool


def sheet_of(content: Content) -> Sheet:
    """The form of a stored review."""
    own = content.own or Own()
    typed = {name: str(getattr(own, name) or "") for name in OWN_FIELDS}
    return Sheet(comment=content.comment, picks=content.picks, own=typed)


def read(fields: Mapping[str, str], picked: Sequence[str], known: Sequence[str]) -> Given:
    """Read what was typed; `picked` are the ticked recommendations, `known` those of the scorecard."""
    messages: dict[str, str] = {}
    comment = _comment(fields.get("comment", ""), messages)
    own = _own(fields, messages)
    wanted = [*dict.fromkeys(picked), *([OWN] if own else [])]
    if set(wanted) - {*known, OWN}:
        messages["picks"] = "One of these recommendations is not on this scorecard"
        wanted = [pick for pick in wanted if pick in known or pick == OWN]
    if len(wanted) > MOST_ADVICE:
        messages["picks"] = (
            f"Include at most {MOST_ADVICE} recommendations, your own among them; these are {len(wanted)}"
        )
    places = {pick: fields.get(f"place-{pick}", "").strip() for pick in (*known, OWN)}
    picks = _ordered(wanted, places, messages)
    typed = {name: fields.get(f"own_{name}", "") for name in OWN_FIELDS}
    sheet = Sheet(comment=fields.get("comment", ""), picks=picks, own=typed, places=places)
    content = None if messages else Content(comment=comment, picks=picks, own=own)
    return Given(sheet=sheet, content=content, messages=messages)


def _comment(typed: str, messages: dict[str, str]) -> str:
    whole = clean_lines(typed, len(typed) + 1)
    if len(whole) > MOST_COMMENT:
        messages["comment"] = f"Shorten the comment to {MOST_COMMENT:,} characters; it has {len(whole):,}"
    elif whole.count("\n") >= MOST_LINES:
        messages["comment"] = f"Use at most {MOST_LINES} lines for the comment"
    return whole[:MOST_COMMENT]


def _own(fields: Mapping[str, str], messages: dict[str, str]) -> Own | None:
    """The recommendation of one's own as far as it was typed, or None; what is still open is no fault of a draft."""
    texts = {}
    for name, limit in LIMITS.items():
        typed = fields.get(f"own_{name}", "")
        texts[name] = clean(typed, len(typed) + 1)
        if len(texts[name]) > limit:
            messages[f"own_{name}"] = f"Shorten this to {limit} characters; it has {len(texts[name])}"
    within, effort = fields.get("own_within", "").strip(), fields.get("own_effort", "")
    days = _whole(within, LONGEST_DAYS)
    if within and days is None:
        messages["own_within"] = f"Use a whole number of days, 1 to {LONGEST_DAYS}"
    if effort and effort not in EFFORTS:
        messages["own_effort"] = "Choose low, medium or high"
    if not (any(texts.values()) or within or effort):
        return None
    chosen = effort if effort in EFFORTS else None
    return Own(**texts, within=days, effort=chosen)


def _whole(typed: str, most: int) -> int | None:
    """A whole number from 1 to `most`, or None."""
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 5 and 0 < int(typed) <= most else None


def _ordered(wanted: Sequence[str], places: Mapping[str, str], messages: dict[str, str]) -> tuple[str, ...]:
    """By place; those without one come last, equal places stay as they stood."""
    for pick in wanted:
        if places[pick] and _whole(places[pick], LAST_PLACE) is None:
            messages[f"place-{pick}"] = f"Use a whole number for the place, 1 to {LAST_PLACE}"
    return tuple(sorted(wanted, key=lambda pick: _whole(places[pick], LAST_PLACE) or LAST_PLACE + 1))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:12]


def digests(sheet: Sheet) -> str:
    """What every field held when the form was shown; it comes back with the form."""
    return " ".join(map(_digest, _cleaned(sheet).values()))


def _cleaned(sheet: Sheet) -> dict[str, str]:
    # A browser sends a line's end as two characters; only words are compared.
    return {name: clean_lines(text, len(text) + 1) for name, text in sheet.texts.items()}


def merge(base: str, mine: Sheet, theirs: Sheet) -> tuple[Sheet, tuple[Change, ...]]:
    """What one typed put over what a colleague saved since `base`, losing neither.

    A field only they changed is theirs; one that both changed keeps what was typed, with theirs beside it.
    """
    ours, stored, seen = _cleaned(mine), _cleaned(theirs), base.split()
    before = dict(zip(ours, seen, strict=True)) if len(seen) == len(ours) else {}
    changes, taken = [], set()
    for name, label in LABELS.items():
        if ours[name] == stored[name] or _digest(stored[name]) == before.get(name):
            continue
        untouched = _digest(ours[name]) == before.get(name)
        changes.append(Change(name=name, label=label, theirs=theirs.texts[name], taken=untouched))
        taken |= {name} if untouched else set()
    return _laid_over(mine, theirs, taken), tuple(changes)


def _laid_over(mine: Sheet, theirs: Sheet, taken: set[str]) -> Sheet:
    own = {name: (theirs if f"own_{name}" in taken else mine).own.get(name, "") for name in OWN_FIELDS}
    sheet = replace(mine, own=own, places={})
    if "comment" in taken:
        sheet = replace(sheet, comment=theirs.comment)
    if "picks" in taken:
        sheet = replace(sheet, picks=theirs.picks)
    return sheet
