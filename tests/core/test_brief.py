"""The brief for a call: the definition's own words in the scorecard's order, and nothing that was typed."""

from functools import cache
from typing import Any

import pytest
import yaml

from assessment.core.answers import parse_answers
from assessment.core.brief import brief_of
from assessment.core.definition import Persona
from assessment.paths import questionnaires_dir
from tests.core.building_blocks import ASSESSMENTS, card_of, shipped
from tests.core.making import advice, built, choice, page

PERSONAS = [(name, persona.name) for name in ASSESSMENTS for persona in shipped(name).personas]


def _persona(questionnaire: str, name: str) -> Persona:
    return next(one for one in shipped(questionnaire).personas if one.name == name)


@cache
def _written(questionnaire: str) -> dict[str, dict[str, Any]]:
    text = (questionnaires_dir() / f"{questionnaire}.yaml").read_text(encoding="utf-8")
    return {one["id"]: one for one in yaml.safe_load(text)["recommendations"]}


@pytest.mark.parametrize(("name", "persona"), PERSONAS)
def test_it_says_what_the_file_says_in_the_order_of_the_scorecard(name: str, persona: str) -> None:
    asked = shipped(name)
    card = card_of(asked, parse_answers(asked, _persona(name, persona).answers))
    brief, written = brief_of(card), _written(name)
    assert [gap.id for gap in brief.gaps] == [one.id for one in card.advice[:3]]
    for gap in brief.gaps:
        source = written[gap.id]
        said = (gap.title, gap.gap, gap.evidence, gap.service)
        assert said == (source["title"], source["gap"], source["evidence"], source.get("service"))
    assert brief.opening == (written[brief.gaps[0].id]["opening"] if brief.gaps else None)
    services = [written[gap.id].get("service") for gap in brief.gaps]
    assert list(brief.services) == list(dict.fromkeys(one for one in services if one))


def test_what_is_not_known_is_named_to_be_settled() -> None:
    one, two = (
        page("one", choice("p", 0, 1, weight=4), choice("q", 0, 1)),
        page("two", choice("r", 0, 1), choice("s", 0, 1)),
    )
    asked = built(one, two)
    card = card_of(asked, parse_answers(asked, {"p": "a", "q": "dont_know", "r": "dont_know", "s": "dont_know"}))
    brief = brief_of(card)
    assert [line.label for line in brief.unknown] == ["Q", "R", "S"]
    assert brief.unscored == ("Two",)
    assert (brief.opening, brief.gaps, brief.services) == (None, (), ())


def test_no_more_gaps_than_asked_for_and_each_service_once() -> None:
    short = {"question": "p", "in": ["a"]}
    given = [advice(name, short, ["p"], service="Review") for name in ("first", "second", "third")]
    asked = built(page("one", choice("p", 0, 1)), recommendations=given)
    card = card_of(asked, parse_answers(asked, {"p": "a"}))
    brief = brief_of(card, 2)
    assert [gap.id for gap in brief.gaps] == ["first", "second"]
    assert brief.services == ("Review",)
    assert brief.opening == "first opening"
    assert brief.gaps[0].answers[0].answer == "Option 0"


def test_what_was_typed_is_named_and_never_held() -> None:
    why = {"id": "why", "type": "long_text", "text": "Why?", "label": "Why", "optional": True}
    asked = built(page("one", choice("p", 0, 1), why))
    card = card_of(asked, parse_answers(asked, {"p": "a", "why": "Mallory Q. typed this"}))
    brief = brief_of(card)
    assert [line.id for line in brief.typed] == ["why"]
    assert "Mallory" not in repr(brief)
