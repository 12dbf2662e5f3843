"""One company on one page: its newest result of every assessment, what moved, and what it has not answered yet."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from flask import Response, abort

from assessment import clock
from assessment.actions import working_on
from assessment.actions.installation import Installation
from assessment.core.movement import Movement, movements
from assessment.core.scorecard import AreaResult, Scorecard
from assessment.store import company, scorecards, submissions
from assessment.store.database import reading
from assessment.store.submissions import Submission
from assessment.web.desk import desk
from assessment.web.guards import checked
from assessment.web.review import submission_words as words
from assessment.web.review.door import HOME, me, needs, room, show
from assessment.web.review.submission_page import taken

blueprint = room("overview")


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """An older result of the same questionnaire."""

    address: str
    on: date
    stage: str | None
    overall: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The newest result of one questionnaire: `moved` since `since` in words, or `broke`, why nothing is compared."""

    found: Submission
    card: Scorecard
    address: str
    on: date
    weakest: AreaResult | None
    moved: str | None
    points: int | None
    since: date | None
    broke: str | None
    earlier: tuple[Earlier, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """A live assessment nobody there has answered; `because` is what a result says that suggests it."""

    id: str
    title: str
    suggested_by: str | None
    because: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """Everything on the page; `lowest` is the area farthest below its line, with the title of its assessment."""

    one: Submission
    company: str | None
    results: tuple[Result, ...]
    open: tuple[Open, ...]
    lowest: tuple[AreaResult, str] | None


@blueprint.get("/submissions/<public_id>/company")
@needs("viewer")
def overview(public_id: str) -> Response:
    """The results of the company of this submission."""
    shown = load(desk().house, checked(public_id))
    if shown is None:
        abort(404)
    seen = [result.found.public_id for result in shown.results] or [shown.one.public_id]
    working_on.looked_at_company(desk().house, seen, me(), clock.now())
    return show("review/company.html", here="submissions", shown=shown, base=f"{HOME}/{shown.one.public_id}")


def load(house: Installation, public_id: str) -> Overview | None:
    """The page's values, or None when there is no such submission or it was erased."""
    with reading(house.engine) as connection:
        one = submissions.find(connection, public_id)
        if one is None:
            return None
        counted = company.results(connection, one)
        newest = {found.questionnaire: found for found in reversed(counted)}
        kept = {name: scorecards.find(connection, found.public_id) for name, found in newest.items()}
    cards = {name: each.card for name, each in kept.items() if each is not None}
    moves = movements([taken(found, replaced=False) for found in counted])
    order = {entry.questionnaire.id: place for place, entry in enumerate(house.catalogue.live())}
    zone = house.settings.time_zone
    results = sorted(
        (_result(newest[name], card, counted, moves, zone) for name, card in cards.items()),
        key=lambda result: (order.get(result.found.questionnaire, len(order)), result.found.title),
    )
    return Overview(
        one=one, company=one.company, results=tuple(results), open=_open(house, results), lowest=_lowest(results)
    )


def _result(
    found: Submission, card: Scorecard, counted: Iterable[Submission], moves: Mapping[str, Movement], zone: str
) -> Result:
    move = moves.get(found.public_id)
    compared = move if move is not None and not move.broken else None
    older = [other for other in counted if other.questionnaire == found.questionnaire and other.id != found.id]
    return Result(
        found=found,
        card=card,
        address=f"{HOME}/{found.public_id}",
        on=words.local_day(found.submitted_at, zone),
        weakest=card.weakest,
        moved=words.movement(compared.points, compared.stages) if compared else None,
        points=compared.points if compared else None,
        since=words.local_day(compared.since.at, zone) if compared else None,
        broke=words.changed_between(move.since.at, found.submitted_at, zone) if move and move.broken else None,
        earlier=tuple(_earlier(other, zone) for other in older),
    )


def _earlier(found: Submission, zone: str) -> Earlier:
    return Earlier(
        address=f"{HOME}/{found.public_id}",
        on=words.local_day(found.submitted_at, zone),
        stage=found.stage,
        overall=found.overall,
    )


def _open(house: Installation, results: Sequence[Result]) -> tuple[Open, ...]:
    """What is open to answers and not answered yet; what a result suggests comes first, then the catalogue's order."""
    answered = {result.found.questionnaire for result in results}
    said = {result.card.suggestion.questionnaire: result for result in reversed(results) if result.card.suggestion}
    live = (entry.questionnaire for entry in house.catalogue.live("assessment"))
    waiting = [_unanswered(asked.id, asked.title, said.get(asked.id)) for asked in live if asked.id not in answered]
    return tuple(sorted(waiting, key=lambda one: one.because is None))


def _unanswered(id_: str, title: str, by: Result | None) -> Open:
    suggestion = by.card.suggestion if by else None
    return Open(
        id=id_,
        title=title,
        suggested_by=by.found.title if by else None,
        because=suggestion.because if suggestion else None,
    )


def _lowest(results: Iterable[Result]) -> tuple[AreaResult, str] | None:
    """The area farthest below the mark of its own assessment, where any is: marks differ, so scores do not compare."""
    short = [
        (one.weakest, one.found.title) for one in results if one.weakest is not None and (one.weakest.gap or 0) < 0
    ]
    return min(short, key=lambda pair: pair[0].gap or 0, default=None)
