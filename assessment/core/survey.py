"""What a survey counts and publishes of it, cell by cell, under `core.protection`; which assessment fits an answer.

A cell is the people who gave one answer: chose it (`is`), ranked it first (`first`) or among those ranked (`named`).
Its key says that, "worries.first.staff", so that counts stay comparable when a file's words change.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from assessment.core.answers import Answers
from assessment.core.definition import Question, Questionnaire
from assessment.core.protection import FLOOR, Group, may_release, nearly, safe

LEAST = 2 * FLOOR
"""Ballots before anything can be shown: as many who gave an answer, and as many who did not."""
EVERYONE = "everyone"
CHOSEN, FIRST, NAMED = "is", "first", "named"
UNKNOWN = {"dont_know": "I don’t know", "not_applicable": "Doesn’t apply to us"}

Ballot = Mapping[str, object]
"""Plain answers, as stored: question id -> option id, a list of them, or a number as text."""


def fitting(questionnaire: Questionnaire, answers: Answers) -> str | None:
    """The id of the assessment that fits what this respondent puts first, or None where the file names none."""
    if questionnaire.survey is None:
        return None
    question = questionnaire.questions[questionnaire.survey.top]
    answer = answers.get(question.id)
    first = answer[0] if isinstance(answer, tuple) and answer else answer
    option = question.option(first) if isinstance(first, str) else None
    return option.fits if option else None


@dataclass(frozen=True, slots=True)
class Measure:
    """One way in which a question's answers are counted."""

    question: Question
    how: str

    def key(self, option: str) -> str:
        """The key of the cell of one answer."""
        return f"{self.question.id}.{self.how}.{option}"


def measures(questionnaire: Questionnaire) -> tuple[Measure, ...]:
    """Everything counted, in the order asked; a ranking counts twice: put first, and named at all where not all are."""
    return tuple(Measure(question, how) for question in questionnaire.questions.values() for how in ways(question))


def ways(question: Question) -> tuple[str, ...]:
    """How a question's answers are counted."""
    if question.type != "ranking":
        return (CHOSEN,)
    return (FIRST, NAMED) if question.places < len(question.answers) else (FIRST,)


def options(question: Question) -> tuple[tuple[str, str], ...]:
    """The ids and words of everything that can be answered and counted."""
    if question.type == "scale":
        low, high = int(question.min or 1), int(question.max if question.max is not None else 5)
        listed = tuple((str(step), str(step)) for step in range(low, high + 1))
    else:
        listed = tuple((option.id, option.text) for option in question.answers)
    offered = (("dont_know", question.dont_know), ("not_applicable", question.not_applicable))
    return listed + tuple((name, UNKNOWN[name]) for name, offer in offered if offer)


def keys(questionnaire: Questionnaire) -> tuple[str, ...]:
    """The key of every cell."""
    return tuple(measure.key(option) for measure in measures(questionnaire) for option, _ in options(measure.question))


def belongs(key: str, ballot: Ballot) -> bool:
    """Whether a ballot counts in a cell."""
    if key == EVERYONE:
        return True
    question, how, option = key.split(".")
    answer = ballot.get(question)
    if not isinstance(answer, list):
        return answer == option
    return answer[:1] == [option] if how == FIRST else option in answer


def group_of(key: str, ballots: Iterable[Ballot]) -> Group:
    """The people of a cell: bit i is the i-th ballot."""
    return sum(1 << number for number, ballot in enumerate(ballots) if belongs(key, ballot))


Counts = Mapping[str, int]
"""Exact counts of the cells that a release shows; never leaves the database."""


def next_release(
    questionnaire: Questionnaire,
    counted: Sequence[Sequence[Ballot]],
    waiting: Sequence[Ballot],
    before: Sequence[Counts],
) -> dict[str, int] | None:
    """The exact counts of every cell that may be shown now, or None while nothing may be released.

    `counted[i]` are the ballots that the release `before[i]` was the first to count. What the last one showed is shown
    again or nothing is; the audit covers all earlier releases, so that none can be subtracted from another.
    """
    desk = _Desk(questionnaire, counted, waiting, before)
    if len(waiting) < FLOOR or not may_release(desk.last, desk.counts):
        return None
    shown = desk.choose()
    return {key: desk.counts[key] for key in (EVERYONE, *shown)} if shown else None


class _Desk:
    """Everything one release is chosen from: the group of every cell now, and those of all earlier releases."""

    def __init__(
        self,
        questionnaire: Questionnaire,
        counted: Sequence[Sequence[Ballot]],
        waiting: Sequence[Ballot],
        before: Sequence[Counts],
    ) -> None:
        ballots = [ballot for batch in (*counted, waiting) for ballot in batch]
        self.last = before[-1] if before else {}
        self.keys = list(dict.fromkeys([*(key for release in before for key in release), *keys(questionnaire)]))
        self.groups = {key: group_of(key, ballots) for key in self.keys}
        self.everyone = self.groups.setdefault(EVERYONE, (1 << len(ballots)) - 1)
        self.counts = {key: group.bit_count() for key, group in self.groups.items()}
        self.earlier: list[tuple[str, Group]] = []
        self.told: list[Group] = [self.everyone]
        there, last, known = 0, 0, frozenset[str]()
        for batch, release in zip(counted, before, strict=True):
            there += len(batch)
            then = (1 << there) - 1
            self.earlier += [(key, self.groups[key] & then) for key in release]
            self.told += [group for key in release for group in self._told(key, then, last if key in known else 0)]
            self.told += self._left(release, then)
            last, known = then, frozenset(release)
        self.before = last

    def _told(self, key: str, now: Group, last: Group) -> Iterator[Group]:
        """Everybody whom one figure tells apart: its people, the rest, and those new in both since the last release."""
        group = self.groups[key] & now
        yield from (group, now & ~group)
        if last:
            yield from (group & ~last, now & ~group & ~last)

    def choose(self) -> list[str]:
        """The cells to show, question by question; none when one that was shown would be lost."""
        shown: list[str] = []
        for name in dict.fromkeys(_question(key) for key in self.keys if key != EVERYONE):
            shown += self._of(name, shown)
        return shown if all(key in shown for key in self.last if key != EVERYONE) else []

    def _of(self, name: str, shown: Sequence[str]) -> list[str]:
        """The cells of one question to show beside those of others: what was shown first, then the largest.

        Counts of different questions say nothing together about who gave which answers, and add up to one group only
        through the whole; so each question is audited with that. Besides, nobody whom a figure tells apart, in any
        release or between two, may be all but one to four of those whom another figure of any question tells apart:
        those who know much about a few people could use that.
        """
        wanted = [key for key in self.keys if _question(key) == name and self._wanted(key)]
        wanted.sort(key=lambda key: (key not in self.last, -self.counts[key]))
        apart: list[str] = []
        others = [*self.told, *(group for key in shown for group in self._now(key)), *self._left(shown, self.everyone)]
        beside = tuple(others)
        for key in wanted:
            mine = list(self._now(key))
            if not nearly(mine, others):
                apart.append(key)
                others += mine
        known = [group for key, group in self.earlier if key == EVERYONE or _question(key) == name]
        good = safe([self.groups[key] for key in apart], self.everyone, before=known)
        chosen = [key for key, fine in zip(apart, good, strict=True) if fine]
        while nearly(list(self._left(chosen, self.everyone)), beside):
            chosen.pop()
        return chosen

    def _left(self, shown: Iterable[str], now: Group) -> Iterator[Group]:
        """Who gave none of the answers shown, question by question, where nobody can have given two of them."""
        families: dict[str, list[Group]] = {}
        for key in shown:
            if key != EVERYONE:
                families.setdefault(key.rpartition(".")[0], []).append(self.groups[key] & now)
        for groups in families.values():
            union = 0
            for group in groups:
                union |= group
            if union.bit_count() == sum(group.bit_count() for group in groups):
                yield now & ~union

    def _now(self, key: str) -> Iterator[Group]:
        return self._told(key, self.everyone, self.before if key in self.last else 0)

    def _wanted(self, key: str) -> bool:
        """Whether a cell is enough people, and the rest too: what everybody answered tells what each one did."""
        return FLOOR <= self.counts[key] <= self.counts[EVERYONE] - FLOOR


def _question(key: str) -> str:
    return key.partition(".")[0]
