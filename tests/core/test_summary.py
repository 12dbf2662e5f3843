"""The heading over the areas counts scores, and says which of them do not count."""

import pytest

from assessment.core.scorecard import AreaResult, Points
from assessment.core.summary import finding
from tests.conftest import sample_of
from tests.core.building_blocks import card, shipped

FLOORS = {"Early": 0, "Middle": 40, "Late": 70}


def _areas(*stages: tuple[int, str]) -> list[AreaResult]:
    return [
        AreaResult(id=f"a{at}", title=f"Area {at}", points=Points(score=score, low=score, high=score), weight=1,
                   past=score >= 70, stage=stage)
        for at, (score, stage) in enumerate(stages)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("stages", "said"),
    [
        (((80, "Late"), (75, "Late")), "Every area is past the line"),
        (((80, "Late"), (75, "Middle")), "Two scores are past the line, one of them held at Middle"),
        (
            ((80, "Late"), (75, "Middle"), (50, "Middle")),
            "Two scores are past the line, one of them held at Middle; one is not",
        ),
        (((80, "Early"), (75, "Middle")), "Two scores are past the line, two of them held below it"),
        (((75, "Middle"), (20, "Early")), "One score is past the line, but held at Middle; one is not"),
        (((75, "Late"), (50, "Middle")), "One area is past the line, one is not"),
    ],
)  # fmt: skip
def test_what_is_held_below_the_line_is_not_counted_as_past_it(stages: tuple[tuple[int, str], ...], said: str) -> None:
    assert finding(_areas(*stages), 70, FLOORS) == said


def test_the_sample_whose_deflection_is_capped_says_so() -> None:
    asked = shipped("metrics-readiness")
    made = card(asked, **sample_of(asked).answers)
    held = [area for area in made.areas if area.past and area.stage == "Defined"]
    assert len(held) == 1
    assert ", one of them held at Defined" in made.finding
