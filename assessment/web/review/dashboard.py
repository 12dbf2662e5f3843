"""The dashboard: started, finished, where they stand, where they leave, week by week; pictures, each with its table."""

from datetime import date, tzinfo
from zoneinfo import ZoneInfo

from flask import Response, request

from assessment import clock
from assessment.actions.installation import Installation
from assessment.store import dashboard as store
from assessment.store.dashboard import Scope
from assessment.store.database import reading
from assessment.web.desk import desk
from assessment.web.review import dashboard_view as view
from assessment.web.review.dashboard_choice import SOURCES, WEEKS, Choice, choose
from assessment.web.review.dashboard_view import Numbers
from assessment.web.review.door import needs, room, show

blueprint = room("dashboard")


@blueprint.get("/dashboard")
@needs("viewer")
def dashboard() -> Response:
    """One questionnaire over one period."""
    house = desk().house
    zone = ZoneInfo(house.settings.time_zone)
    today = clock.now().astimezone(zone).date()
    known = _known(house)
    if not known:
        return show("review/dashboard.html", here="dashboard", choice=None)
    choice = choose(request.args, known, today, zone)
    return _shown(choice, known, _numbers(house, choice, today), zone)


def _known(house: Installation) -> dict[str, str]:
    """Id -> title of what is served, in its order, then of what was answered before."""
    with reading(house.engine) as connection:
        before = dict(store.asked(connection))
    served = {entry.questionnaire.id: entry.questionnaire.title for entry in house.catalogue.live("assessment")}
    return served | {id_: title for id_, title in before.items() if id_ not in served}


def _numbers(house: Installation, choice: Choice, today: date) -> Numbers:
    entry = house.catalogue.find(choice.questionnaire)
    scope = Scope(
        questionnaire=choice.questionnaire,
        period=choice.period,
        origins=choice.origins,
        version=entry.version if entry and choice.version == "current" else None,
    )
    with reading(house.engine) as connection:
        counts = store.count(connection, scope)
        definitions = {version: house.questionnaire(connection, version) for version in counts.versions}
        if entry is None:
            newest = store.newest_version(connection, choice.questionnaire)
            words = house.questionnaire(connection, newest)
    return Numbers(
        period=choice.period,
        today=today,
        counts=counts,
        definitions=definitions,
        questionnaire=entry.questionnaire if entry else words,
    )


def _shown(choice: Choice, known: dict[str, str], numbers: Numbers, zone: tzinfo) -> Response:
    counts = numbers.counts
    changes = [since.astimezone(zone).date() for _version, since in store.changes(counts.finished)[1:]]
    stages, done = view.stages(numbers), sum(row.number for row in counts.finished)
    return show(
        "review/dashboard.html",
        here="dashboard",
        choice=choice,
        known=known,
        period_choices={str(number): f"{number} weeks" for number in WEEKS},
        sources={name: words for name, (words, _origins) in SOURCES.items()},
        title=numbers.questionnaire.title,
        done=done,
        begun=done + sum(counts.unfinished.values()),
        failed=counts.failed_mails,
        amounts=view.amounts(numbers),
        weeks=view.weeks(numbers, changes),
        weeks_finding=view.weeks_words(numbers),
        going_on=view.is_going_on(numbers),
        days=view.days(choice.period),
        changes=changes,
        stages=stages,
        stages_finding=view.stages_words(stages),
        leaving=view.leaving(numbers),
        areas=view.areas(numbers),
    )
