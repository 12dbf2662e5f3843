"""Whoever reads every release of a survey and adds and subtracts: `python -m tests.survey_attack 1000`.

The attacker knows more than anybody outside could: of every figure shown, whose people it counts. They look for one to
four people whom figures single out: by subtracting two of them, by complements, by what is left beside the answers to
one question, by two releases, and by three figures of one question in any way that leaves whole people.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from random import Random
from typing import Any

from assessment.core.definition import Questionnaire
from assessment.core.survey import EVERYONE, belongs, keys, next_release, options

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
    """People who answer alike: each question has answers that are liked and answers that hardly anybody gives."""

    def __init__(self, survey: Questionnaire, rng: Random) -> None:
        self.survey, self.rng = survey, rng
        self.liked = {
            name: {option: rng.gammavariate(1.2, 1) + 0.02 for option, _ in options(question)}
            for name, question in survey.questions.items()
        }

    def ballots(self, number: int) -> Ballots:
        return [{name: self._answer(name) for name in self.survey.questions} for _ in range(number)]

    def _answer(self, name: str) -> Any:
        question, liked = self.survey.questions[name], self.liked[name]
        if question.type == "multiple":
            most = max(liked.values())
            return [option for option, weight in liked.items() if self.rng.random() < 0.6 * weight / most] or ["o0"]
        drawn = sorted(liked, key=lambda option: self.rng.random() ** (1 / liked[option]), reverse=True)
        return drawn[: question.places] if question.type == "ranking" else drawn[0]


@dataclass
class Reading:
    """All releases of one survey as the attacker reads them."""

    survey: Questionnaire
    batches: list[Ballots] = field(default_factory=list)
    releases: list[Mapping[str, int]] = field(default_factory=list)

    def offer(self, waiting: Ballots, audited: bool) -> bool:
        """Let the product release what it will; without its audit, everything that five people answered."""
        made: Mapping[str, int] | None
        if audited:
            made = next_release(self.survey, self.batches, waiting, self.releases)
        else:
            there = [ballot for batch in (*self.batches, waiting) for ballot in batch]
            counts = {key: sum(belongs(key, ballot) for ballot in there) for key in keys(self.survey)}
            made = {EVERYONE: len(there)} | {key: count for key, count in counts.items() if count >= 5}
        if made is None:
            return False
        self.batches.append(waiting)
        self.releases.append(made)
        return True

    def group(self, key: str, release: int) -> int:
        """The people whom a figure of one release counts, as bits."""
        there = [ballot for batch in self.batches[: release + 1] for ballot in batch]
        return sum(1 << number for number, ballot in enumerate(there) if belongs(key, ballot))

    def safe_and_shown(self) -> tuple[int, int]:
        """Cells of the last release that five people gave and five did not, and how many of them are shown."""
        last = len(self.releases) - 1
        everyone = self.group(EVERYONE, last).bit_count()
        sizes = {key: self.group(key, last).bit_count() for key in keys(self.survey)}
        good = [key for key, size in sizes.items() if 5 <= size <= everyone - 5]
        return len(good), sum(key in self.releases[last] for key in good)


def run(seed: int, *, audited: bool = True) -> Reading:
    """A survey with two or three releases, each as soon as it is allowed."""
    rng = Random(seed)
    survey = make_survey(rng)
    people, reading = Population(survey, rng), Reading(survey)
    waiting = people.ballots(rng.randint(12, 150))
    for _ in range(40):
        if reading.offer(waiting, audited):
            waiting = []
        if len(reading.releases) == 3:
            break
        waiting = waiting + people.ballots(rng.randint(3, 12))
    return reading


def isolated(reading: Reading) -> set[int]:
    """Groups of one to four people that the attacker singles out."""
    everything: set[int] = set()
    found: set[int] = set()
    for question in reading.survey.questions.values():
        known = set(_known(reading, question.id, alone=question.type == "choice"))
        everything |= known
        found |= {group for three in combinations(sorted(known), 3) for group in _combined(three)}
    for first, second in combinations(sorted(everything), 2):
        found |= {group for group in _subtracted(first, second) if group.bit_count() in SMALL}
    return found | {group for group in everything if group.bit_count() in SMALL}


def _known(reading: Reading, question: str, *, alone: bool) -> Iterator[int]:
    """What figures of one question say: shown, the rest of everybody, left beside all shown, new since the last one."""
    before: dict[str, int] = {}
    for number, release in enumerate(reading.releases):
        shown = {key: reading.group(key, number) for key in release if key.partition(".")[0] == question}
        everyone = reading.group(EVERYONE, number)
        now = shown | {EVERYONE: everyone}
        if alone:
            left = everyone
            for group in shown.values():
                left &= ~group
            now["left"] = left
        yield from now.values()
        yield from (everyone & ~group for group in shown.values())
        yield from (group ^ before[key] for key, group in now.items() if key in before and not before[key] & ~group)
        before = now


def _subtracted(first: int, second: int) -> Iterator[int]:
    if first & second in (first, second):
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
        if reading.releases:
            good, told = reading.safe_and_shown()
            safe, shown, releases = safe + good, shown + told, releases + len(reading.releases)
            if isolated(reading):
                caught += 1
                sys.stdout.write(f"people singled out in the survey with the seed {seed}\n")
    share = shown / safe
    sys.stdout.write(
        f"{number} surveys, {releases} releases: people singled out in {caught}; "
        f"{shown} of {safe} safe cells shown ({share:.1%})\n"
    )
    return int(caught > 0 or share < 0.8)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000))
