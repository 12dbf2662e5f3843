"""Whoever reads every release of a survey and adds and subtracts: `python -m tests.survey_attack 1000`.

The attacker knows more than anybody outside could: of every figure shown, whose people it counts. They look for one to
four people whom figures single out: by subtracting two of them, by complements, by what is left beside the answers to
one question, by two releases, by three figures of one question in any way that leaves whole people, and by two answers
to one question together, held against any figure of another. And they look for a figure that gained all who are new
since it was told before: then all of those gave that one answer. What people answer to one question goes with what they
answer to the others. A cell that is safe and was never shown counts as held back.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from random import Random
from typing import Any

from assessment.core.definition import Question, Questionnaire
from assessment.core.survey import EVERYONE, FIRST, asked_key, belongs, keys, options, question_of
from assessment.core.survey_release import next_release

SMALL = range(1, 5)
Ballots = list[dict[str, Any]]


def make_survey(rng: Random) -> Questionnaire:
    """A survey of three to five questions of every kind that is counted."""
    kinds = ["ranking", *(rng.choice(["choice", "choice", "multiple", "ranking"]) for _ in range(rng.randint(2, 4)))]
    questions = [
        {
            "id": f"q{number}",
            "type": kind,
            "label": "Q",
            "text": "Q?",
            "answers": [{"id": f"o{n}", "text": "O"} for n in range(rng.randint(3, 8))],
            **({"ranks": rng.randint(1, 3)} if kind == "ranking" else {}),
        }
        for number, kind in enumerate(kinds)
    ]
    plain = {
        "format": 1, "id": "synthetic", "status": "live", "order": 1, "title": "S", "lead": "S", "summary": "S",
        "kind": "survey", "result": "none", "areas": [], "survey": {"top": "q0"}, "pages": [{"questions": questions}],
    }  # fmt: skip
    return Questionnaire.model_validate(plain)


class Population:
    """People of a few kinds with likings of their own, so that an answer to one question tells of those to others.

    Each question has answers that are liked and answers that hardly anybody gives. In some surveys one question all but
    repeats another: two answers to the first go with one to the other, but for a few people. Where `skips`, most people
    of one kind leave the last question out.
    """

    def __init__(self, survey: Questionnaire, rng: Random, kinds: int = 3, *, skips: bool = False) -> None:
        self.survey, self.rng, self.skips = survey, rng, skips
        names = [name for name, question in survey.questions.items() if question.type in ("choice", "ranking")]
        self.repeats = (names[0], names[-1]) if len(names) > 1 and rng.random() < 0.6 else None
        self.strays = rng.choice([0.01, 0.03, 0.06])
        self.liked = [
            {
                name: {option: rng.gammavariate(1.2, 1) + 0.02 for option, _ in options(question)}
                for name, question in survey.questions.items()
            }
            for _ in range(kinds)
        ]

    def ballots(self, number: int) -> Ballots:
        return [self._ballot(self.rng.choice(self.liked)) for _ in range(number)]

    def _ballot(self, kind: Mapping[str, Mapping[str, float]]) -> dict[str, Any]:
        ballot = {name: self._answer(name, kind[name]) for name in self.survey.questions}
        if self.repeats and self.rng.random() >= self.strays:
            first, other = self.repeats
            place = [option for option, _ in options(self.survey.questions[first])].index(_first(ballot[first]))
            there = [option for option, _ in options(self.survey.questions[other])]
            ballot[other] = _with_first(ballot[other], there[place // 2 % len(there)])
        if self.skips and kind is self.liked[0] and self.rng.random() < 0.9:
            ballot.popitem()
        return ballot

    def _answer(self, name: str, liked: Mapping[str, float]) -> Any:
        question = self.survey.questions[name]
        if question.type == "multiple":
            most, alone = max(liked.values()), {option.id for option in question.answers if option.exclusive}
            chosen = [option for option, weight in liked.items() if self.rng.random() < 0.6 * weight / most]
            together = [option for option in chosen if option not in alone]
            return together or chosen[:1] or [next(iter(liked))]
        drawn = sorted(liked, key=lambda option: self.rng.random() ** (1 / liked[option]), reverse=True)
        return drawn[: question.places] if question.type == "ranking" else drawn[0]


def _first(answer: Any) -> Any:
    return answer[0] if isinstance(answer, list) else answer


def _with_first(answer: Any, option: str) -> Any:
    if not isinstance(answer, list):
        return option
    return [option, *(other for other in answer if other != option)][: len(answer)]


@dataclass
class Reading:
    """All releases of one survey as the attacker reads them; `waiting` are those that no release counts yet."""

    survey: Questionnaire
    batches: list[Ballots] = field(default_factory=list)
    releases: list[Mapping[str, int]] = field(default_factory=list)
    waiting: Ballots = field(default_factory=list)

    def count(self, came: Ballots, audited: bool = True) -> bool:
        """Let the product release what it will; without its audit, everything that five people answered."""
        self.waiting = self.waiting + came
        made: Mapping[str, int] | None
        if audited:
            made = next_release(self.survey, self.batches, self.waiting, self.releases)
        else:
            counts = {key: sum(belongs(key, ballot) for ballot in self.everybody()) for key in keys(self.survey)}
            made = {EVERYONE: len(self.everybody())} | {key: count for key, count in counts.items() if count >= 5}
        if made is None:
            return False
        self.batches.append(self.waiting)
        self.releases.append(made)
        self.waiting = []
        return True

    def everybody(self) -> Ballots:
        return [ballot for batch in (*self.batches, self.waiting) for ballot in batch]

    def group(self, key: str, release: int) -> int:
        """The people whom a figure of one release counts, as bits."""
        there = [ballot for batch in self.batches[: release + 1] for ballot in batch]
        return sum(1 << number for number, ballot in enumerate(there) if belongs(key, ballot))

    def last_told(self) -> dict[str, int]:
        """The cells on the page: each question as the newest release told it that told it at all."""
        page: dict[str, Mapping[str, int]] = {}
        for release in self.releases:
            asked = {question_of(key) for key in release}
            page |= {name: {key: release[key] for key in release if question_of(key) == name} for name in asked}
        return {key: count for cells in page.values() for key, count in cells.items() if key != EVERYONE}

    def safe_and_shown(self) -> tuple[int, int]:
        """Cells that five people gave and five did not, of all who answered so far, and how many are on the page."""
        there = self.everybody()
        sizes = {key: sum(belongs(key, ballot) for ballot in there) for key in keys(self.survey)}
        good = [key for key, size in sizes.items() if 5 <= size <= len(there) - 5]
        return len(good), sum(key in self.last_told() for key in good)


COUNTS = 12
"""Weeks after the first look in which people go on to answer."""


def run(seed: int, *, audited: bool = True, skips: bool = False) -> Reading:
    """A survey that many people answer at first, and some each week, counted every time."""
    rng = Random(seed)
    survey = make_survey(rng)
    people, reading = Population(survey, rng, skips=skips), Reading(survey)
    reading.count(people.ballots(rng.randint(12, 150)), audited)
    for _ in range(COUNTS if audited else 2):
        reading.count(people.ballots(rng.randint(5, 20)), audited)
    return reading


def isolated(reading: Reading) -> set[int]:
    """Groups of one to four people that the attacker singles out."""
    found: set[int] = set()
    known: dict[str, set[int]] = {}
    for question in reading.survey.questions.values():
        known[question.id] = mine = set(_known(reading, question.id, alone=question.type == "choice"))
        found |= {group for three in combinations(sorted(mine), 3) for group in _combined(three)}
    everything = set[int]().union(*known.values())
    for first, second in combinations(sorted(everything), 2):
        found |= set(_subtracted(first, second))
    for question in reading.survey.questions.values():
        others = set[int]().union(*(groups for name, groups in known.items() if name != question.id))
        found |= {
            group for both in _unions(reading, question) for other in others for group in _subtracted(both, other)
        }
    return found | {group for group in everything if group.bit_count() in SMALL}


def betrayed(reading: Reading) -> set[str]:
    """Figures that gained all who are new since their question was told before: so each of those answered that."""
    found: set[str] = set()
    before: dict[str, tuple[int, Mapping[str, int]]] = {}
    for number, release in enumerate(reading.releases):
        everyone = reading.group(EVERYONE, number)
        for name in {question_of(key) for key in release} - {question_of(EVERYONE)}:
            last, told = before.get(name, (0, {}))
            new = everyone & ~last
            found |= {key for key in told if question_of(key) == name and reading.group(key, number) & new == new}
            before[name] = (everyone, release)
    return found


def _known(reading: Reading, question: str, *, alone: bool) -> Iterator[int]:
    """What figures of one question say: shown, the rest of everybody and of those asked, left beside all, new since."""
    before: dict[str, int] = {}
    for number, release in enumerate(reading.releases):
        shown = {key: reading.group(key, number) for key in release if question_of(key) == question}
        everyone = reading.group(EVERYONE, number)
        now = shown | {EVERYONE: everyone}
        for whole in {everyone, shown.pop(asked_key(question), everyone)}:
            if alone and shown:
                left = whole
                for group in shown.values():
                    left &= ~group
                now[f"left of {'all' if whole == everyone else 'those asked'}"] = left
            yield everyone & ~whole
            yield from (whole & ~group for group in shown.values())
        yield from now.values()
        yield from (group ^ before[key] for key, group in now.items() if key in before and not before[key] & ~group)
        before |= now


def _unions(reading: Reading, question: Question) -> Iterator[int]:
    """What two figures of one question add up to where nobody can be in both, and the rest of everybody then."""
    for number, release in enumerate(reading.releases):
        cells = [key for key in release if question_of(key) == question.id]
        everyone = reading.group(EVERYONE, number)
        for first, second in combinations(cells, 2):
            same = first.rpartition(".")[0] == second.rpartition(".")[0]
            if same and (question.type == "choice" or f".{FIRST}." in first):
                both = reading.group(first, number) | reading.group(second, number)
                yield from (both, everyone & ~both)


def _subtracted(first: int, second: int) -> Iterator[int]:
    if first & second in (first, second) and (first ^ second).bit_count() in SMALL:
        yield first ^ second


def _combined(three: Sequence[int]) -> Iterator[int]:
    """a - b - c and b + c - a, wherever nobody counts twice or less than nothing."""
    for place in range(3):
        one, other, third = three[place], three[place - 1], three[place - 2]
        both = other | third
        if not other & third and one & both in (one, both) and (one ^ both).bit_count() in SMALL:
            yield one ^ both


def main(number: int) -> int:
    """Attack so many surveys; exit 1 when anybody was singled out or too little is shown."""
    safe = shown = releases = caught = 0
    for seed in range(number):
        reading = run(seed)
        good, told = reading.safe_and_shown()
        safe, shown, releases = safe + good, shown + told, releases + len(reading.releases)
        if isolated(reading) or betrayed(reading):
            caught += 1
            sys.stdout.write(f"people singled out in the survey with the seed {seed}\n")
    share = shown / safe
    sys.stdout.write(
        f"{number} surveys, {releases} releases: people singled out in {caught}; {shown} of {safe} safe cells shown "
        f"({share:.1%}), {safe - shown} held back to the end\n"
    )
    return int(caught > 0 or share < 0.8)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000))
