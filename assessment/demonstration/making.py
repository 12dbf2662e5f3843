"""Making what a submission stores, away from the database: answers, the engine's scorecard, who left half-way."""

import json
import multiprocessing
import os
import pickle
import signal
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from multiprocessing import connection
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from assessment.actions.submitting import reference
from assessment.catalogue.catalogue import Entry
from assessment.core.answers import AnswerValue, to_plain
from assessment.core.building import make_scorecard
from assessment.core.definition import TYPED, Page, Questionnaire
from assessment.core.routing import seconds, shown_ids
from assessment.core.scorecard import Brand
from assessment.core.suggesting import onward
from assessment.demonstration.answering import Pattern, patterns_of, plausible, temper
from assessment.demonstration.planning import Visit, moment
from assessment.store import scorecards, submissions

LEAVE = 0.5
"""Unfinished responses for each finished one."""


@dataclass(frozen=True, slots=True)
class Unfinished:
    """Somebody who left: the page they left on, when, and what they had answered (JSON)."""

    page: int
    at: datetime
    answers: str


@dataclass(frozen=True, slots=True)
class Made:
    """A submission ready to be stored; `answers` and `snapshot` are JSON, `seconds` is what it took."""

    visit: Visit
    questionnaire: str
    version: str
    answers: str
    texts: dict[str, str]
    snapshot: str
    headline: dict[str, Any]
    areas: list[dict[str, Any]]
    pages: int
    seconds: int
    contact: dict[str, str]
    unfinished: Unfinished | None


class Maker:
    """Makes submissions of the questionnaires served now; holds no connection, so that it can work in a child."""

    def __init__(self, entries: Sequence[Entry], brand: Brand, zone: str, site: str, end: datetime) -> None:
        self._entries = entries
        live = [entry.questionnaire for entry in entries]
        self._onward = [onward(asked, live, site) for asked in live]
        self._patterns: list[tuple[Pattern, ...]] = [patterns_of(entry.questionnaire) for entry in entries]
        self._brand, self._zone, self._end = brand, zone, end

    def make(self, visit: Visit) -> Made:
        """One submission; raises `answering.NoWay`."""
        entry, rng = self._entries[visit.questionnaire], visit.rng("answers")
        questionnaire = entry.questionnaire
        answers = self._answers(visit, rng)
        plain, texts = _apart(questionnaire, answers)
        card = make_scorecard(
            questionnaire,
            {**answers, **dict.fromkeys(texts, "")},
            version=entry.version,
            brand=self._brand,
            made_at=visit.at.astimezone(ZoneInfo(self._zone)),
            zone=self._zone,
            reference=reference(visit.id("card"), visit.at),
            onward=self._onward[visit.questionnaire],
        )
        return Made(
            visit=visit,
            questionnaire=questionnaire.id,
            version=entry.version,
            answers=plain,
            texts=texts,
            snapshot=scorecards.dump(card),
            headline=submissions.headline(card),
            areas=submissions.area_rows(card),
            pages=len(questionnaire.pages),
            seconds=_taken(questionnaire, answers, rng),
            contact=_contact(visit, questionnaire, rng),
            unfinished=self._unfinished(visit) if rng.random() < LEAVE else None,
        )

    def _answers(self, visit: Visit, rng: Random) -> dict[str, AnswerValue]:
        questionnaire = self._entries[visit.questionnaire].questionnaire
        who = temper(questionnaire, visit.maturity, rng)
        return plausible(questionnaire, self._patterns[visit.questionnaire], who, rng)

    def _unfinished(self, visit: Visit) -> Unfinished:
        """Somebody else, who left: most often on the first page or where figures are asked."""
        rng = visit.rng("unfinished")
        questionnaire = self._entries[visit.questionnaire].questionnaire
        answers = self._answers(visit, rng)
        stops = _stops(questionnaire, answers)
        page = rng.choices(list(stops), list(stops.values()))[0]
        before = {question.id for part in questionnaire.pages[:page] for question in part.questions}
        plain, _texts = _apart(questionnaire, {name: value for name, value in answers.items() if name in before})
        return Unfinished(page, moment(rng, self._end), plain)


def _stops(questionnaire: Questionnaire, answers: dict[str, AnswerValue]) -> dict[int, float]:
    """Where one can leave -> how likely: each page that is shown, and the check page."""
    shown = shown_ids(questionnaire, answers)
    pages = {
        index: _weariness(page)
        for index, page in enumerate(questionnaire.pages)
        if not page.start and any(question.id in shown for question in page.questions)
    }
    if pages:
        pages[min(pages)] += 4
    return {**pages, len(questionnaire.pages): 1.5}


def _weariness(page: Page) -> float:
    return 1 + sum(1 for question in page.questions if question.is_numeric)


def _apart(questionnaire: Questionnaire, answers: dict[str, AnswerValue]) -> tuple[str, dict[str, str]]:
    """What was chosen, as JSON, and what was typed."""
    typed = {name for name, question in questionnaire.questions.items() if question.type in TYPED}
    plain = to_plain({name: value for name, value in answers.items() if name not in typed})
    return json.dumps(plain), {name: str(value) for name, value in answers.items() if name in typed}


def _taken(questionnaire: Questionnaire, answers: dict[str, AnswerValue], rng: Random) -> int:
    """Seconds: what its questions take, somebody's own pace, and now and then a night in between."""
    plain = sum(seconds(questionnaire.questions[name]) for name in answers)
    pace = plain * rng.lognormvariate(0.1, 0.4)
    later = timedelta(hours=rng.uniform(2, 40)).total_seconds() if rng.random() < 0.03 else 0
    return round(pace + later)


def _contact(visit: Visit, questionnaire: Questionnaire, rng: Random) -> dict[str, str]:
    given = visit.person.given(rng, must=bool(questionnaire.contact.require))
    return {key: text for key, text in given.items() if key in questionnaire.contact.offer}


_maker: Maker | None = None


def prepare() -> None:
    """Set a child process up; Ctrl-C is for its parent, which ends it, and it never outlives its parent.

    What it makes things with comes with each batch: a parent would wait for ever to hand it to a child that died.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


def make_all(packed: bytes, visits: Sequence[Visit]) -> list[Made]:
    """Make a batch in a child process; `packed` is what a `Maker` is made from, pickled once for all batches."""
    global _maker
    if _maker is None:
        _maker = Maker(*pickle.loads(packed))  # noqa: S301 (our own parent's bytes)
    return [_maker.make(visit) for visit in visits]
