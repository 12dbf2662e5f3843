"""The sentence beside the stage and the heading over the areas: the finding, without praise or fear."""

from collections.abc import Mapping, Sequence

from assessment.core.conditions import names_in
from assessment.core.definition import Questionnaire
from assessment.core.numbers import in_words, plural
from assessment.core.scorecard import AreaResult
from assessment.core.scoring import Outcome
from assessment.core.staging import Held


def verdict(questionnaire: Questionnaire, outcome: Outcome) -> str:
    """Where one stands and what is between here and the next stage; why it is held stands beside it."""
    standing = outcome.standing
    if standing is None:
        return _without_stage(questionnaire, outcome)
    here = questionnaire.stages[standing.stage].title
    last = standing.stage + 1 == len(questionnaire.stages)
    if questionnaire.result == "placement":
        return _placed(here, None if last else questionnaire.stages[standing.stage + 1].title, standing.held)
    if last:
        return f"Your score is past the line for {here}, the last stage, and no gate is closed."
    following = questionnaire.stages[standing.stage + 1]
    if standing.held:
        return f"Your score is past the line for {following.title}. {_keeps(standing.held)}"
    score = outcome.overall.score if outcome.overall else 0
    if questionnaire.higher_is == "neutral":
        # Where no stage is better than another, the next one is an option and never a duty.
        return f"{following.title} would start at {following.from_}, your score is {score}. Going there is a choice."
    return _distance(following.title, following.from_, score, len(standing.next_gates))


def _placed(here: str, following: str | None, held: Sequence[Held]) -> str:
    if following is None:
        return f"Every entitlement that {here} requires is there."
    missing = sum(not each.unknown for each in held)
    if not missing:
        return f"Your entitlements meet {here}. Whether they meet {following} is not known."
    needs = plural(missing, "entitlement is", "entitlements are").capitalize()
    return f"Your entitlements meet {here}. {needs} missing for {following}."


def _keeps(held: Sequence[Held]) -> str:
    """What keeps the gate closed: one answer, where one answer alone decides it."""
    if any(each.kind == "cap" or len(names_in(each.part.when)) > 1 for each in held):
        return "What it requires is not all in place."
    if len(held) == 1:
        return "One answer keeps the gate closed."
    return f"{in_words(len(held)).capitalize()} answers keep the gate closed."


def _without_stage(questionnaire: Questionnaire, outcome: Outcome) -> str:
    if not outcome.no_stage:
        return "There is no stage to place you on."
    known = (outcome.coverage or 0) * 100 >= questionnaire.min_coverage
    few = "Too little of this applies to you" if known and outcome.coverage else "Too much is unknown"
    return f"{few} for an honest {'stage' if questionnaire.result == 'stage' else 'score'}."


def _distance(title: str, floor: int, score: int, gates: int) -> str:
    points = plural(floor - score, "point", "points").capitalize()
    words = f"{points} short of {title}, which starts at {floor}."
    if gates:
        verb = "is" if gates == 1 else "are"
        words += f" {plural(gates, 'gate', 'gates').capitalize()} to it {verb} still closed as well."
    return words


def finding(scored: Sequence[AreaResult], mark: int | None, floors: Mapping[str, int]) -> str:
    """The heading over the areas: how many are past the line, and whether something holds one of them at a lower stage.

    `floors` are those of the stages by their titles.
    """
    if scored and mark is None:
        return f"{plural(len(scored), 'area has', 'areas have').capitalize()} a score, the whole has none"
    past = sum(area.past for area in scored)
    behind = len(scored) - past
    if not scored:
        return "Too little is known for a score by area"
    held = [area for area in scored if area.past and area.stage and floors[area.stage] < (mark or 0)]
    if held:
        return _past_but_held(past, behind, held)
    if not behind:
        return "Every area is past the line" if len(scored) > 1 else "The one area is past the line"
    if not past:
        return "No area is past the line yet"
    one = f"{plural(past, 'area is', 'areas are').capitalize()} past the line"
    return f"{one}, {in_words(behind)} {'is' if behind == 1 else 'are'} not"


def _past_but_held(past: int, behind: int, held: Sequence[AreaResult]) -> str:
    """A score past the line is no good news alone where the area is kept at a lower stage all the same."""
    scores = f"{plural(past, 'score is', 'scores are').capitalize()} past the line"
    stages = {area.stage for area in held}
    where = f"held at {next(iter(stages))}" if len(stages) == 1 else "held below it"
    who = "but" if past == 1 else f"{in_words(len(held))} of them"
    rest = f"; {in_words(behind)} {'is' if behind == 1 else 'are'} not" if behind else ""
    return f"{scores}, {who} {where}{rest}"
