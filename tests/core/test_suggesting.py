"""What a scorecard suggests to answer next: the weakest area's own, if it is open, and always with the reason."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache

import pytest

from assessment.core.answers import parse_answers
from assessment.core.building import make_scorecard
from assessment.core.definition import Persona, Questionnaire
from assessment.core.scorecard import Scorecard
from assessment.core.suggesting import Onward, onward
from assessment.core.suggestion import Suggestion
from assessment.store import scorecards
from tests.core.building_blocks import BRAND, SHIPPED, card_of, shipped
from tests.core.making import built, choice, gate, page, stage

SITE = "https://assess.example.com"
AT = datetime(2026, 11, 22, 9, tzinfo=UTC)


def other(name: str, **more: object) -> Questionnaire:
    return built(page("one", choice("p", 0, 1)), id=name, title=name.capitalize(), summary=f"About {name}.", **more)


def area(name: str, *after: str, **more: object) -> dict[str, object]:
    return {"id": name, "title": name.capitalize(), "next": list(after), **more}


def asking(*areas: dict[str, object], **more: object) -> Questionnaire:
    """One choice an area: none, half or all of its points."""
    pages = (page(str(each["id"]), choice(f"q_{each['id']}", 0, 0.5, 1)) for each in areas)
    return built(*pages, areas=list(areas), **more)


OTHERS = (other("handoff"), other("metrics"), other("scaling"))
THREE = asking(area("one", "handoff"), area("two", "metrics"), area("three", "scaling", "metrics"))


def suggested(asked: Questionnaire, live: tuple[Questionnaire, ...] = OTHERS, **answers: object) -> Suggestion | None:
    return made(asked, live, **answers).suggestion


def made(asked: Questionnaire, live: tuple[Questionnaire, ...] = OTHERS, **answers: object) -> Scorecard:
    return make_scorecard(
        asked, parse_answers(asked, answers), version="v1", brand=BRAND, made_at=AT, zone="UTC", reference="R-1",
        onward=onward(asked, live, SITE),
    )  # fmt: skip


def test_the_weakest_area_says_what_to_look_at_next() -> None:
    assert suggested(THREE, q_one="c", q_two="b", q_three="a") == Suggestion(
        questionnaire="scaling",
        title="Scaling",
        kind="assessment",
        summary="About scaling.",
        minutes="1 minute",
        address="https://assess.example.com/a/scaling",
        area="Three",
        because="Three is your lowest area, at 0 of 100.",
    )


def test_of_areas_alike_the_first_in_the_file_speaks_which_is_the_one_the_scorecard_calls_weakest() -> None:
    card = made(THREE, q_one="b", q_two="a", q_three="a")
    assert card.suggestion is not None
    assert card.weakest is not None
    assert (card.suggestion.area, card.suggestion.questionnaire) == (card.weakest.title, "metrics")
    assert card.suggestion.because == "Two is one of your lowest areas, at 0 of 100."


def test_what_is_not_known_is_not_called_weak() -> None:
    asked = THREE.model_copy(update={"min_coverage": 50})
    told = suggested(asked, q_one="c", q_two="b", q_three="dont_know")
    assert told is not None
    assert (told.questionnaire, told.because) == ("metrics", "Two is your lowest area, at 50 of 100.")


def test_where_nothing_is_known_or_nothing_is_missing_there_is_no_suggestion() -> None:
    assert suggested(THREE, q_one="dont_know", q_two="dont_know", q_three="dont_know") is None
    assert suggested(THREE, q_one="c", q_two="c", q_three="c") is None


@pytest.mark.parametrize("status", ["draft", "retired"])
def test_what_is_not_live_is_never_suggested_and_the_next_name_takes_its_place(status: str) -> None:
    live = (OTHERS[0], OTHERS[1], OTHERS[2].model_copy(update={"status": status}))
    told = suggested(THREE, live, q_one="c", q_two="c", q_three="a")
    assert told is not None
    assert told.questionnaire == "metrics"


def test_an_area_that_leads_nowhere_leaves_the_word_to_the_next_lowest_which_does_not_call_itself_lowest() -> None:
    told = suggested(THREE, (OTHERS[0],), q_one="b", q_two="a", q_three="a")
    assert told is not None
    assert (told.questionnaire, told.because) == ("handoff", "One is at 50 of 100.")


def test_never_the_one_just_answered() -> None:
    asked = asking(area("one", "tiny", "metrics"))
    assert asked.id == "tiny"
    told = suggested(asked, (asked, *OTHERS), q_one="a")
    assert told is not None
    assert told.questionnaire == "metrics"


def test_an_area_that_is_never_scored_is_never_asked() -> None:
    asked = asking(area("one"), area("two", "metrics", weight=0))
    assert suggested(asked, q_one="b", q_two="a") is None


def tiers(asked_first: str) -> Questionnaire:
    """A placement whose upper tier wants the second area's answer, then the first's."""
    wants = [gate("people", {"question": asked_first, "in": ["b"]}), gate("terms", {"question": "terms", "in": ["b"]})]
    return built(
        page("hours", choice("hours", None, None)),
        page("people", choice("people", None, None)),
        page("money", choice("terms", None, None)),
        result="placement",
        areas=[area("hours", "handoff", weight=0), area("people", "metrics", weight=0), area("money", weight=0)],
        stages=[stage("basic", 0), stage("upper", 0, *wants)],
    )


def test_a_placement_asks_what_the_next_tier_lacks() -> None:
    told = suggested(tiers("people"), hours="a", people="a", terms="a")
    assert told is not None
    assert (told.questionnaire, told.because) == ("metrics", "What is missing for Upper lies in “People”.")


def test_a_placement_says_what_is_not_known_yet() -> None:
    told = suggested(tiers("hours"), hours="dont_know", people="a", terms="b")
    assert told is not None
    assert (told.questionnaire, told.because) == ("handoff", "What is not known yet for Upper lies in “Hours”.")


def test_a_placement_at_its_top_tier_suggests_nothing() -> None:
    assert suggested(tiers("people"), hours="a", people="b", terms="b") is None


def test_a_scorecard_kept_before_there_were_suggestions_is_read_as_it_was() -> None:
    card = card_of(THREE, parse_answers(THREE, {"q_one": "a", "q_two": "b", "q_three": "c"}))
    kept = scorecards.dump(card).replace(',"suggestion":null', "")
    assert "suggestion" not in kept
    assert scorecards.load(kept) == card
    with_one = replace(card, suggestion=suggested(THREE, q_one="a", q_two="b", q_three="c"))
    assert with_one.suggestion is not None
    assert scorecards.load(scorecards.dump(with_one)) == with_one


@cache
def live() -> tuple[Questionnaire, ...]:
    """What ships, all of it open to answers."""
    found = tuple(shipped(name) for name in SHIPPED)
    assert {asked.status for asked in found} == {"live"}
    return found


LEADS_NOWHERE = {
    "customer-proficiency": {"diagnose", "recognize"},
    "sales-to-service-handoff": {"in_sale"},
    "service-automation": {"personal"},
}
"""Areas into which no other questionnaire asks: the next weakest one speaks."""


@pytest.mark.parametrize("name", SHIPPED)
def test_every_area_that_ships_leads_on_to_something_live(name: str) -> None:
    asked = shipped(name)
    ways = onward(asked, live(), SITE).ways
    leading = {each.id for each in asked.areas if each.weight or asked.result == "placement"}
    assert set(ways) == leading - LEADS_NOWHERE.get(name, set())
    for each in asked.areas:
        assert len(each.next) == len(ways.get(each.id, ())), f"{each.id} names what is not live"


@pytest.mark.parametrize("name", SHIPPED)
def test_every_persona_that_ships_is_led_on_from_its_weakest_area(name: str) -> None:
    asked = shipped(name)
    ways = onward(asked, live(), SITE)
    cards = [_card(asked, persona, ways) for persona in asked.personas]
    for card in cards:
        short = [
            (area.points.score, area.title)
            for area in card.areas
            if area.points is not None and area.points.score < 100 and area.id in ways.ways
        ]
        weakest = min(short, key=lambda pair: pair[0])[1] if short else None
        if asked.result != "placement":
            assert (card.suggestion.area if card.suggestion else None) == weakest
        assert card.suggestion is None or card.suggestion.questionnaire != asked.id
    assert any(card.suggestion for card in cards) is bool(asked.areas)


def _card(asked: Questionnaire, persona: Persona, ways: Onward) -> Scorecard:
    return make_scorecard(
        asked, parse_answers(asked, persona.answers), version="v1", brand=BRAND, made_at=AT, zone="UTC",
        reference="R-1", onward=ways,
    )  # fmt: skip
