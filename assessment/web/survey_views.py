"""The values that templates of a survey's pages get, and how results are put into them."""

from dataclasses import dataclass
from datetime import date

from assessment.actions.surveying import Standing, Told
from assessment.core.definition import Question, Questionnaire
from assessment.core.survey import CHOSEN, FIRST, NAMED, Measure, options, ways
from assessment.core.survey_release import COUNTING_DAY_WORD

HELD_BACK = "–"
MEANT = {CHOSEN: "People", FIRST: "Put first", NAMED: "Among the top {}"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One row of a picture and its table: a count to the nearest five, or None where it is held back."""

    words: str
    count: int | None
    width: float
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One question's results, `of` about so many people; `columns` are the headings of the rows' `cells`.

    `on` says when they were told; None: they never were.
    """

    id: str
    title: str
    label: str
    caption: str
    columns: tuple[str, ...]
    bars: tuple[Bar, ...]
    ranked: bool
    of: int
    on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultsPage:
    """A survey's results as of the last count, or about how many more are needed for any."""

    slug: str
    title: str
    open: bool
    needed: int
    answered: int
    counted_on: date | None
    weekday: str
    results: tuple[Result, ...]
    promise: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """The assessment that fits what a respondent put first."""

    slug: str
    title: str
    summary: str
    minutes: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ThanksPage:
    """The end of a survey; `link` is what to keep where the results open by link only. None: it is not served now."""

    title: str
    promise: str
    fit: Fit | None
    results: str | None
    link: str | None


def results_page(survey: Questionnaire, stands: Standing, promise: str) -> ResultsPage:
    """What the results page shows of what was told: rounded counts and nothing else."""
    told = [stands.told[name] for name in survey.questions if name in stands.told]
    asked = _in_order(survey) if told else ()
    return ResultsPage(
        slug=survey.id,
        title=survey.title,
        open=survey.status == "live",
        needed=stands.needed,
        answered=max((one.of for one in told), default=0),
        counted_on=stands.counted_on,
        weekday=COUNTING_DAY_WORD,
        results=tuple(_result(question, stands.told.get(question.id)) for question in asked),
        promise=promise,
    )


def _in_order(survey: Questionnaire) -> list[Question]:
    """What comes first in the survey's sense, then the other questions, then who answered."""
    top = survey.survey.top if survey.survey else ""
    return sorted(survey.questions.values(), key=lambda question: (question.id != top, question.role == "profile"))


def _result(question: Question, told: Told | None) -> Result:
    """A ranking stands in the order of its rounded counts, so that the order tells no more than they do."""
    means = [Measure(question, how) for how in reversed(ways(question))]
    shown, of = (told.cells, told.of) if told else ({}, 0)
    leading, most = means[0], max(of, 1)
    bars = []
    for option, words in options(question):
        counts = [shown.get(mean.key(option)) for mean in means]
        width = 0.0 if counts[0] is None else min(100.0, round(100 * counts[0] / most, 2))
        bars.append(Bar(words=words, count=counts[0], width=width, cells=tuple(map(_written, counts))))
    if question.type == "ranking":
        bars.sort(key=lambda bar: -1 if bar.count is None else bar.count, reverse=True)
    return Result(
        id=question.id,
        title=question.text,
        label=question.label,
        caption=MEANT[leading.how].format(question.places),
        columns=tuple(MEANT[mean.how].format(question.places) for mean in means),
        bars=tuple(bars),
        ranked=question.type == "ranking",
        of=of,
        on=told.on if told else None,
    )


def _written(count: int | None) -> str:
    return HELD_BACK if count is None else str(count)
