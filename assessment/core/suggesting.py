"""Which questionnaire to answer next: the one that the weakest area leads on to, if it is open to answers."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from assessment.core.conditions import question_ids
from assessment.core.definition import Questionnaire
from assessment.core.routing import minutes_words
from assessment.core.scoring import Outcome
from assessment.core.staging import Held
from assessment.core.suggestion import Suggestion

FULL = 100
"""A score that leaves nothing to look closer at."""


@dataclass(frozen=True, slots=True)
class Onward:
    """Where each area leads on to today (area id -> live questionnaires, the best first), and the site's address."""

    ways: Mapping[str, tuple[Questionnaire, ...]]
    site: str


def onward(asked: Questionnaire, live: Iterable[Questionnaire], site: str) -> Onward:
    """The ways on from a questionnaire as its file stands today: only to what is live, never to itself."""
    open_to_answers = {other.id: other for other in live if other.status == "live" and other.id != asked.id}
    ways = {area.id: tuple(open_to_answers[name] for name in area.next if name in open_to_answers)
            for area in asked.areas}  # fmt: skip
    return Onward({name: found for name, found in ways.items() if found}, site)


def suggest(questionnaire: Questionnaire, outcome: Outcome, ways: Onward) -> Suggestion | None:
    """The suggestion that the answers lead to, or None.

    Areas are asked by their rounded score, lowest first, those alike in the file's order, as everywhere on the
    scorecard; the first that leads on to something speaks. An area without a score is never called weak, and one at
    100 has nothing to make up. A placement has no scores: what its next tier lacks tells, gate by gate.
    """
    for area, because in _weakest_first(questionnaire, outcome):
        for found in ways.ways.get(area, ())[:1]:
            return Suggestion(
                questionnaire=found.id,
                title=found.title,
                kind=found.kind,
                summary=found.summary,
                minutes=minutes_words(found),
                address=f"{ways.site}/a/{found.id}",
                area=questionnaire.area[area].title,
                because=because,
            )
    return None


def _weakest_first(questionnaire: Questionnaire, outcome: Outcome) -> Iterator[tuple[str, str]]:
    """Areas (ids) with the sentence that says why they are looked at."""
    if questionnaire.result == "placement":
        yield from _by_gate(questionnaire, outcome)
        return
    scored = [
        (outcome.areas[area.id].points, area)
        for area in questionnaire.areas
        if area.weight and area.id in outcome.areas
    ]
    known = sorted(((points.score, area) for points, area in scored if points is not None), key=lambda pair: pair[0])
    scores = [score for score, _area in known]
    for score, area in known:
        if score < FULL:
            yield area.id, f"{area.title} {_place(score, scores)} {score} of 100."


def _place(score: int, scores: Sequence[int]) -> str:
    """Where a score stands among all, lowest first."""
    if score > scores[0]:
        return "is at"
    return "is your lowest area, at" if scores.count(score) == 1 else "is one of your lowest areas, at"


def _by_gate(questionnaire: Questionnaire, outcome: Outcome) -> Iterator[tuple[str, str]]:
    gates: tuple[Held, ...] = outcome.standing.next_gates if outcome.standing else ()
    for held in gates:
        tier = questionnaire.stages[held.stage].title
        what = "What is not known yet for" if held.unknown else "What is missing for"
        for name in question_ids(questionnaire, held.part.when):
            area = questionnaire.area_of.get(name)
            if area is not None:
                yield area, f"{what} {tier} lies in “{questionnaire.area[area].title}”."
