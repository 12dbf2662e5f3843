"""By whom a scorecard is compared: size, industry and business model in every assessment that has room to ask."""

import pytest

from assessment.core.routing import shown_ids
from tests.core.building_blocks import ASSESSMENTS, shipped
from tests.core.test_shipped_content import MOST, in_minutes, spent, ways

KINDS = {
    "size": {"size"},
    "industry": {"industry", "product_kind"},
    "business model": {"business_model", "model", "revenue_model"},
}
"""What companies are compared by, and the questions that ask it; some steer what else is asked."""
LONGEST, A_CHOICE = 7, 12
"""Minutes of an assessment at most, and seconds that one more choice takes."""


@pytest.mark.parametrize("name", ASSESSMENTS)
def test_what_is_no_segment_has_no_room_to_be_asked(name: str) -> None:
    asked = shipped(name)
    segments = set(asked.peers.segments)
    every = list(ways(asked))
    room = min(MOST - max(map(len, every)), (60 * LONGEST + 29 - max(map(spent, every))) // A_CHOICE)
    missing = [kind for kind, questions in KINDS.items() if not questions & segments]
    assert not missing or room < 1, (missing, room)
    assert in_minutes(max(map(spent, every))) <= LONGEST
    assert segments <= set(shown_ids(asked, {})), "everybody is asked, whatever else they answer"
