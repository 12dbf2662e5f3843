"""What a survey publishes, and when: releases of counts under `core.protection`, on one weekday, question by question.

A question is told anew as a whole: when every count shown of it gained nobody or at least five people since, and all
of them can be shown again. Until then it stays as it was told, of the people of then. So a rare answer holds up its own
question and no other, and still no count moves by one to four.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import combinations

from assessment.core.definition import Questionnaire
from assessment.core.protection import FLOOR, Group, may_release, safe
from assessment.core.survey import CHOSEN, EVERYONE, FIRST, Ballot, asked_key, group_of, keys, question_of

LEAST = 30
"""Ballots before anything is shown: of fewer, most answers would be held back, and be hard to tell anew."""
COUNTING_DAY = 0
"""The day of the week from which on ballots are counted, 0 = Monday: never at the moment of anybody's answer."""
COUNTING_DAY_WORD = "Monday"

Counts = Mapping[str, int]
"""Exact counts of the cells that a release shows; never leaves the database."""


def counting_day(today: date) -> date:
    """The newest day for counting, today or up to six days ago."""
    return today - timedelta(days=(today.weekday() - COUNTING_DAY) % 7)


def count_is_due(today: date, last: date | None) -> bool:
    """Whether ballots are counted today: since the newest day for it they were not, or nobody worked on that day.

    `last` is the day of the last count; before the first one, a survey waits for the next such day.
    """
    return last < counting_day(today) if last is not None else today == counting_day(today)


def shape_of(questionnaire: Questionnaire) -> str:
    """What a version of a survey asks, without its words: what a ballot may show of the version it was given to."""
    return repr([
        (question.id, question.type, question.places, question.optional, question.dont_know, question.not_applicable,
         question.min, question.max, question.show_if, [(option.id, option.exclusive) for option in question.answers])
        for question in questionnaire.questions.values()
    ])  # fmt: skip


def enough_alike(shapes: Mapping[int, str]) -> list[int]:
    """The sealed ballots, by number, that may be opened together: at least five of each shape among them."""
    alike = Counter(shapes.values())
    return [number for number, shape in shapes.items() if alike[shape] >= FLOOR]


def next_release(
    questionnaire: Questionnaire,
    counted: Sequence[Sequence[Ballot]],
    waiting: Sequence[Ballot],
    before: Sequence[Counts],
    changed: Collection[str] = (),
) -> dict[str, int] | None:
    """The exact counts of the cells of every question that is told anew, or None while none may be.

    `counted[i]` are the ballots that the release `before[i]` was the first to count. The audit covers all earlier
    releases, so that none can be subtracted from another. Questions that were `changed` stay as they were told.
    """
    number = sum(map(len, counted)) + len(waiting)
    if number < LEAST or len(waiting) < FLOOR:
        return None
    audit = _Audit(questionnaire, counted, waiting, before)
    shown = audit.choose([name for name in questionnaire.questions if name not in changed])
    return {key: audit.counts[key] for key in (EVERYONE, *shown)} if shown else None


@dataclass(slots=True)
class _Told:
    """Groups of people that figures tell apart, by their number: only near numbers can be nearly the same group."""

    by_size: dict[int, set[Group]] = field(default_factory=dict)

    def add(self, groups: Iterable[Group]) -> None:
        for group in groups:
            self.by_size.setdefault(group.bit_count(), set()).add(group)

    def nearly(self, groups: Iterable[Group]) -> bool:
        """Whether one of the groups is one of those told apart but for 1 to 4 people more or fewer."""
        return any(self._near(group) for group in groups)

    def _near(self, group: Group) -> bool:
        size = group.bit_count()
        near = (other for step in range(1, FLOOR) for other in self._of_sizes(size - step, size + step))
        return any(group & other in (group, other) for other in near)

    def _of_sizes(self, *sizes: int) -> Iterator[Group]:
        for size in sizes:
            yield from self.by_size.get(size, ())


@dataclass(slots=True)
class _Last:
    """How a question was told last: its exact counts, and everybody counted then."""

    counts: dict[str, int]
    everyone: Group


class _Audit:
    """One release being chosen: the group of every cell now, and whom all releases so far tell apart.

    Figures tell apart: their people, the rest of everybody and of those asked, those new in each since the question was
    told last; two answers of a question together, where nobody can have given both; and who gave none of those shown.
    Nobody whom one question tells apart may be all but one to four of those whom another one does: who knows much about
    a few could use that.
    """

    def __init__(
        self,
        questionnaire: Questionnaire,
        counted: Sequence[Sequence[Ballot]],
        waiting: Sequence[Ballot],
        before: Sequence[Counts],
    ) -> None:
        ballots = [ballot for batch in (*counted, waiting) for ballot in batch]
        earlier = [key for release in before for key in release]
        self.keys = [key for key in dict.fromkeys([*earlier, *keys(questionnaire)]) if key != EVERYONE]
        self.groups = {key: group_of(key, ballots) for key in self.keys}
        self.everyone = (1 << len(ballots)) - 1
        self.counts = {key: group.bit_count() for key, group in self.groups.items()} | {EVERYONE: len(ballots)}
        self.routed = {name for name, question in questionnaire.questions.items() if question.show_if is not None}
        asked = {name: asked_key(name) for name in questionnaire.questions}
        self.parts = {name: self.groups[key] for name, key in asked.items() if self._wanted(key)}
        self.last: dict[str, _Last] = {}
        self.earlier: list[tuple[str, Group]] = []
        self.singly, self.paired = _Told(), _Told()
        last, there = 0, 0
        for batch, release in zip(counted, before, strict=True):
            there += len(batch)
            now = (1 << there) - 1
            self._everybody(now, last)
            self._remember(release, now)
            last = now
        self._everybody(self.everyone, last)

    def _everybody(self, now: Group, last: Group) -> None:
        self.earlier.append((EVERYONE, now))
        self.singly.add((0, now, now & ~last))  # 0: whoever knows that nobody is left knows it of all but one to four

    def _remember(self, release: Counts, now: Group) -> None:
        families: dict[str, list[str]] = {}
        for key in release:
            if key != EVERYONE:
                families.setdefault(question_of(key), []).append(key)
                self.earlier.append((key, self.groups[key] & now))
        for name, cells in families.items():
            self._tell(cells, now)
            self.last[name] = _Last({key: release[key] for key in cells}, now)

    def _tell(self, cells: Sequence[str], now: Group) -> None:
        self.singly.add(group for key in cells for group in self._apart([key], now))
        self.singly.add(self._left(cells, now))
        self.paired.add(group for pair in self._pairs(cells) for group in self._apart(pair, now))

    def _apart(self, cells: Sequence[str], now: Group) -> Iterator[Group]:
        """Whom one figure, or the sum of two, tells apart; those new, where it was told before."""
        group = 0
        for key in cells:
            group |= self.groups[key] & now
        name = question_of(cells[0])
        told = [group, *(whole & ~group for whole in self._wholes(name, now))]
        yield from told
        last = self.last.get(name)
        if last is not None and last.counts.keys() >= set(cells):
            yield from (each & ~last.everyone for each in told)

    def _wholes(self, name: str, now: Group) -> Iterator[Group]:
        """Of whom the people of a figure are a part, as everybody knows: all who answered, and those asked."""
        yield now
        if name in self.parts:
            yield now & self.parts[name]

    def _pairs(self, cells: Sequence[str]) -> Iterator[tuple[str, str]]:
        """Two answers of which nobody can have given both, as everybody knows."""
        for one, other in combinations(cells, 2):
            if one.rpartition(".")[0] == other.rpartition(".")[0] and self._exclude(one):
                yield one, other

    def _exclude(self, key: str) -> bool:
        """Whether whoever counts in this cell counts in no other one of its kind."""
        return key.split(".")[1] in (CHOSEN, FIRST)

    def _left(self, cells: Iterable[str], now: Group) -> Iterator[Group]:
        """Who gave none of the answers shown, where nobody can have given two of them; and who of those is new."""
        families: dict[str, Group] = {}
        for key in cells:
            if self._exclude(key):
                family = key.rpartition(".")[0]
                families[family] = families.get(family, 0) | (self.groups[key] & now)
        for family, union in families.items():
            last = self.last.get(question_of(family))
            for whole in self._wholes(question_of(family), now):
                yield whole & ~union
                if last is not None:
                    yield whole & ~union & ~last.everyone

    def choose(self, names: Iterable[str]) -> list[str]:
        """The cells to show, of every one of these questions that can be told anew."""
        shown: list[str] = []
        for name in names:
            cells = self._of(name)
            self._tell(cells, self.everyone)
            shown += cells
        return shown

    def _of(self, name: str) -> list[str]:
        """The cells of one question beside those of others: of how many, what was shown before, then the largest.

        None when it cannot be told anew, or not of how many. Within the question all it ever told is audited exactly,
        with everybody.
        """
        last, asked = self.last[name].counts if name in self.last else {}, asked_key(name)
        if not may_release(last, self.counts):
            return []
        wanted = [key for key in self.keys if question_of(key) == name and self._wanted(key)]
        apart = self._beside_others(sorted(wanted, key=lambda key: (key != asked, key not in last, -self.counts[key])))
        known = [group for key, group in self.earlier if key == EVERYONE or question_of(key) == name]
        good = safe([self.groups[key] for key in apart], self.everyone, before=known)
        chosen = [key for key, fine in zip(apart, good, strict=True) if fine]
        while self._exposes_left(chosen):
            chosen.pop()
        needed = {asked, *last} if name in self.parts else set(last)
        good_enough = needed <= set(chosen) and chosen != [asked] and not self._all_new_alike(name, last)
        return chosen if good_enough else []

    def _all_new_alike(self, name: str, last: Collection[str]) -> bool:
        """Whether all whom a question was put to since it was told gave one answer, or all came to be asked it."""
        if name not in self.last:
            return False
        asked, fresh = asked_key(name), self.everyone & ~self.last[name].everyone
        those = fresh & self.parts.get(name, self.everyone)
        if name in self.routed and asked in last and those == fresh:
            return True  # what somebody answered before decides whether they are asked
        return any(self.groups[key] & those == those for key in last if key != asked)

    def _exposes_left(self, chosen: Sequence[str]) -> bool:
        left = list(self._left(chosen, self.everyone))
        return self.singly.nearly(left) or self.paired.nearly(left)

    def _wanted(self, key: str) -> bool:
        """Whether a cell is enough people, and the rest too: what everybody answered tells what each one did."""
        return FLOOR <= self.counts[key] <= self.counts[EVERYONE] - FLOOR

    def _beside_others(self, wanted: Sequence[str]) -> list[str]:
        """Those cells that, one after the other, tell apart nobody who is nearly told apart already."""
        found: list[str] = []
        own = _Told()
        for key in wanted:
            mine = list(self._apart([key], self.everyone))
            pairs = [pair for pair in self._pairs([key, *found]) if key in pair]
            sums = [group for pair in pairs for group in self._apart(pair, self.everyone)]
            if own.nearly(mine) or self.singly.nearly(mine) or self.paired.nearly(mine) or self.singly.nearly(sums):
                continue
            found.append(key)
            own.add(mine)
        return found
