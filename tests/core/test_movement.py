"""Movement from one assessment to the next: of the same questions only, and never across a change of them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from assessment.core.answers import parse_answers
from assessment.core.movement import Taken, area_moves, movements
from tests.core.building_blocks import card_of
from tests.core.making import built, choice, page

START = datetime(2026, 3, 3, tzinfo=UTC)


def taken(name: str, day: int, **more: object) -> Taken:
    values = {"id": name, "questionnaire": "renewals", "version": "v1", "stage": "Low", "rank": 0, "overall": 40}
    return Taken(**values | {"at": START + timedelta(days=day)} | more)  # type: ignore[arg-type]


def test_each_is_measured_against_the_one_before_of_its_own_questionnaire() -> None:
    found = movements(
        [
            taken("third", 20, overall=70, rank=2),
            taken("first", 0, overall=40),
            taken("other", 5, questionnaire="scaling", overall=90),
            taken("second", 10, overall=46, rank=1),
        ]
    )
    assert {name: (move.since.id, move.points, move.stages) for name, move in found.items()} == {
        "second": ("first", 6, 1),
        "third": ("second", 24, 1),
    }


def test_nothing_is_compared_across_a_change_of_the_questions() -> None:
    found = movements(
        [taken("first", 0), taken("second", 1, version="v2", overall=90), taken("third", 2, version="v2")]
    )
    assert found["second"].broken
    assert (found["second"].points, found["second"].stages) == (None, None)
    assert (found["third"].broken, found["third"].points) == (False, -50)


def test_what_is_marked_neither_moves_nor_is_a_mark_to_move_from() -> None:
    found = movements([taken("first", 0), taken("trial", 1, overall=99, counts=False), taken("second", 2, overall=50)])
    assert {name: (move.since.id, move.points) for name, move in found.items()} == {"second": ("first", 10)}


def test_a_placement_moves_in_stages_and_no_stage_moves_nowhere() -> None:
    found = movements(
        [
            taken("first", 0, overall=None, rank=0),
            taken("second", 1, overall=None, rank=2),
            taken("third", 2, overall=None, rank=None, stage=None),
        ]
    )
    assert (found["second"].points, found["second"].stages) == (None, 2)
    assert (found["third"].points, found["third"].stages) == (None, None)


def test_areas_move_one_by_one_and_only_on_the_same_questions() -> None:
    asked = built(page("one", choice("p", 0, 1), choice("q", 0, 1)), page("two", choice("r", 0, 1)))
    before = card_of(asked, parse_answers(asked, {"p": "a", "q": "a", "r": "dont_know"}))
    now = card_of(asked, parse_answers(asked, {"p": "a", "q": "b", "r": "b"}))
    moves = area_moves(before, now)
    assert [(move.title, move.before, move.now, move.change) for move in moves] == [
        ("One", 0, 50, 50),
        ("Two", None, 100, None),
    ]
    changed = replace(now, origin=replace(now.origin, version="v2"))
    assert area_moves(before, changed) == ()
