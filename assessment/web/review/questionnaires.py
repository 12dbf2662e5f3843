"""What is served, and what is wrong with the latest edits, for those who can mend them."""

from dataclasses import dataclass

from flask import Response

from assessment.actions import surveying
from assessment.catalogue.catalogue import Entry, Standing
from assessment.core.definition import Questionnaire
from assessment.store import outbox
from assessment.store.database import reading
from assessment.web import composing
from assessment.web.desk import desk
from assessment.web.review.door import needs, room, show
from assessment.web.survey import results_link

blueprint = room("questionnaires")
STATUS = {"live": "Live", "draft": "Draft", "retired": "Retired"}
SHORT_VERSION = 8
"""Characters of a version that tell two apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One questionnaire as it is served; `page`, `sample` and `results` are None where there is nothing of that."""

    title: str
    file: str
    status: str
    live: bool
    version: str
    minutes: str
    count: int
    answers: str
    page: str | None
    sample: str | None
    results: str | None
    current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A file whose latest edit has faults, and what happens meanwhile."""

    file: str
    meanwhile: str
    faults: tuple[str, ...]


@blueprint.get("/questionnaires")
@needs("consultant")
def overview() -> Response:
    """Everything that is served, and every fault and warning of the latest edits."""
    house = desk().house
    files = house.catalogue.files
    with reading(house.engine) as connection:
        submitted = outbox.submitted(connection)
    answered = surveying.answered_about(house)
    named = {str(fault) for standing in files for fault in standing.faults}
    return show(
        "review/questionnaires.html",
        here="questionnaires",
        rows=[
            _row(one, one.served, _answers(one.served.questionnaire, submitted, answered))
            for one in files
            if one.served is not None
        ],
        broken=[_broken(one) for one in files if one.faults],
        others=[str(fault) for fault in house.catalogue.faults if str(fault) not in named],
        warnings=[str(warning) for warning in house.catalogue.warnings],
    )


def _answers(asked: Questionnaire, submitted: dict[str, int], answered: dict[str, int]) -> str:
    """How many submitted it; of a survey about how many at the last count, so that nobody's answer can be watched."""
    if asked.kind != "survey":
        return f"{submitted.get(asked.id, 0):,}"
    return f"About {answered[asked.id]:,}" if asked.id in answered else "Not counted yet"


def _row(standing: Standing, entry: Entry, answers: str) -> Row:
    asked = entry.questionnaire
    public = asked.status != "draft"
    return Row(
        title=asked.title,
        file=standing.file,
        status=STATUS[asked.status],
        live=asked.status == "live",
        version=entry.version[:SHORT_VERSION],
        minutes=composing.minutes_words(asked),
        count=len(asked.questions),
        answers=answers,
        page=f"/a/{asked.id}" if public else None,
        sample=f"/a/{asked.id}/sample" if public and any(one.sample for one in asked.personas) else None,
        results=_results(asked) if public else None,
        current=standing.current,
    )


def _results(asked: Questionnaire) -> str | None:
    """Where a survey's results are read; the link that opens them, where they open by link only."""
    if asked.survey is None:
        return None
    return results_link(asked) if asked.survey.by_link else f"/results/{asked.id}"


def _broken(standing: Standing) -> Broken:
    if standing.served is None:
        meanwhile = "Nothing of this file is served until it is mended."
    elif standing.served.questionnaire.status == "draft":
        meanwhile = "Its last good version is kept; as a draft it is not public."
    else:
        meanwhile = "Its last good version is being served, and answers are taken as before."
    return Broken(
        file=standing.file,
        meanwhile=meanwhile,
        faults=tuple(str(fault) for fault in standing.faults),
    )
