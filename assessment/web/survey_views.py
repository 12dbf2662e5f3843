"""The values that templates of a survey's pages get, and how results are put into them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from assessment.actions.surveying import Standing, Told
from assessment.core.definition import Question, Questionnaire
from assessment.core.survey import CHOSEN, FIRST, NAMED, TICKED, Measure, options, ways
from assessment.core.survey_release import COUNTING_DAY_WORD

MEANT = {CHOSEN: "People", TICKED: "People", FIRST: "Put first", NAMED: "Among the top {}"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One row of a picture and its table: a count to the nearest five, or None where it is held back."""

    words: str
    count: int | None
    width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One way in which a question's answers were counted: a bar and a number for each answer."""

    caption: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One question's results, `of` about so many people; a ranking has a picture for each way it was counted.

    `held_back` says whether any count of it is; `on` when they were told, None: they never were.
    """

    id: str
    title: str
    pictures: tuple[Picture, ...]
    ranked: bool
    held_back: bool
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
    asked = _in_order(survey) if any(name in stands.told for name in survey.questions) else ()
    return ResultsPage(
        slug=survey.id,
        title=survey.title,
        open=survey.status == "live",
        needed=stands.needed,
        answered=stands.answered,
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
    shown, of = (told.cells, told.of) if told else ({}, 0)
    pictures = tuple(_picture(Measure(question, how), shown, of) for how in reversed(ways(question)))
    return Result(
        id=question.id,
        title=question.text,
        pictures=pictures,
        ranked=question.type == "ranking",
        held_back=any(bar.count is None for picture in pictures for bar in picture.bars),
        of=of,
        on=told.on if told else None,
    )


def _picture(measure: Measure, shown: Mapping[str, int], of: int) -> Picture:
    """A ranking stands in the order of its rounded counts, so that the order tells no more than they do."""
    question = measure.question
    bars = [_bar(words, shown.get(measure.key(option)), of) for option, words in options(question)]
    if question.type == "ranking":
        bars.sort(key=lambda bar: -1 if bar.count is None else bar.count, reverse=True)
    return Picture(caption=MEANT[measure.how].format(question.places), bars=tuple(bars))


def _bar(words: str, count: int | None, of: int) -> Bar:
    width = 0.0 if count is None else min(100.0, round(100 * count / max(of, 1), 2))
    return Bar(words=words, count=count, width=width)
