"""The benchmark library: each figure once, with everything known of it and every place it is used."""

import json
from decimal import Decimal
from typing import Any

import pytest

from assessment.core.benchmark_library import as_plain, library
from assessment.core.definition import Questionnaire
from tests.core.building_blocks import SHIPPED, computed, row, shipped
from tests.core.making import built, choice, figure, number, page

SITE = "https://assess.example.com"


def using(name: str, *figures: dict[str, Any], **parts: Any) -> Questionnaire:
    asked = page("one", choice("p", 0, 1), number("rate", "percent"), choice("band", None, None, role="profile"))
    known = {str(each["id"]): each for each in figures}
    return built(asked, id=name, title=name.capitalize(), figures=known, **parts)


def test_a_figure_stands_once_with_every_place_it_is_used() -> None:
    one = using("one", figure("T01", 60), benchmarks=[row("rate", "T01", title="Against the average")])
    two = using(
        "two",
        figure("T01", 60),
        figure("T02", 5),
        computed={
            "left": computed("What is left", "percent", "rate * T01"),
            "blank": computed("With an assumption", "percent", "rate * 2", assume={"rate": _assumed("T02")}),
            "either": computed("By case", "percent", cases=[_case("rate * T02")], otherwise="Not known"),
        },
        exhibits=[{"id": "picture", "kind": "compare", "title": "A picture", "values": ["rate"], "figure": "T01"}],
    )
    found = library([one, two])
    assert [(entry.figure.id, entry.anchor) for entry in found] == [("T01", "T01"), ("T02", "T02")]
    assert [(use.questionnaire, use.title, use.parts) for use in found[0].uses] == [
        ("one", "One", ("Against the average",)),
        ("two", "Two", ("A picture", "What is left")),
    ]
    assert [(use.title, use.parts) for use in found[1].uses] == [("Two", ("With an assumption", "By case"))]


def _assumed(name: str) -> dict[str, str]:
    return {"figure": name, "flag": "assumed", "tell": "Assumed."}


def _case(formula: str) -> dict[str, Any]:
    return {"when": {"known": "rate"}, "formula": formula}


def test_a_figure_that_one_file_could_not_take_in_yet_stands_twice() -> None:
    old, new = using("old", figure("T01", 60)), using("new", figure("T01", 61))
    assert [(entry.anchor, entry.text) for entry in library([old, new])] == [("T01", "60 %"), ("T01-2", "61 %")]


@pytest.mark.parametrize(
    ("given", "text", "plain"),
    [
        ({"value": "82.4"}, "82.4 %", {"value": 82.4}),
        ({"value": "60"}, "60 %", {"value": 60}),
        ({"above": "26"}, "more than 26 %", {"above": 26}),
        ({"range": ["7", "9.5"]}, "7 to 9.5 %", {"range": [7, 9.5]}),
        ({"order": ["Price", "Quality"]}, "An order, without figures", {"order": ["Price", "Quality"]}),
        (
            {"rows": {"question": "band", "values": {"a": "90", "b": "92.5"}}},
            "90 to 92.5 %",
            {"rows": [{"for": "Option 0", "value": 90}, {"for": "Option 1", "value": 92.5}]},
        ),
    ],
)
def test_a_figure_is_told_as_published(given: dict[str, Any], text: str, plain: dict[str, Any]) -> None:
    (entry,) = library([using("one", figure("T01", None) | given)])
    (told,) = as_plain([entry], SITE)["figures"]
    assert (entry.text, told["text"]) == (text, text)
    assert {key: told[key] for key in ("value", "above", "range", "rows", "order") if key in told} == plain


def test_rows_are_told_in_the_words_of_the_answers_that_pick_them() -> None:
    rows = {"question": "band", "values": {"a": "90", "b": "92.5"}}
    (entry,) = library([using("one", figure("T01", None, rows=rows))])
    assert entry.rows == (("Option 0", "90 %"), ("Option 1", "92.5 %"))


def test_as_json_it_says_everything_the_page_says() -> None:
    given = figure("T01", 60, sample="1,000 people", note="A note.", better="higher", source=_source())
    asked = using("one", given, benchmarks=[row("rate", "T01", title="Against the average")])
    plain = json.loads(json.dumps(as_plain(library([asked]), SITE)))
    assert plain == {
        "format": 1,
        "figures": [
            {
                "id": "T01",
                "measure": "Measure T01",
                "unit": "percent",
                "text": "60 %",
                "value": 60,
                "population": "Companies",
                "sample": "1,000 people",
                "year": "2019",
                "source": {"title": "A study", "url": "https://example.com/study"},
                "sure": "P",
                "sure_means": "Read in the source named",
                "use": "benchmark",
                "better": "higher",
                "review_by": "2027-01-01",
                "note": "A note.",
                "address": "https://assess.example.com/benchmarks#T01",
                "used_in": [
                    {
                        "questionnaire": "one",
                        "title": "One",
                        "kind": "assessment",
                        "open": True,
                        "for": ["Against the average"],
                    }
                ],
            }
        ],
    }


def _source() -> dict[str, str]:
    return {"title": "A study", "url": "https://example.com/study"}


@pytest.mark.parametrize("name", SHIPPED)
def test_every_figure_that_ships_is_told_where_it_is_used(name: str) -> None:
    asked = shipped(name)
    found = library([asked])
    assert {entry.figure.id for entry in found} == set(asked.figures)
    for entry in found:
        assert entry.uses[0].parts, f"{entry.figure.id} is attached and nothing rests on it"


def test_numbers_are_those_of_the_files() -> None:
    found = {entry.figure.id: entry for entry in library(shipped(name) for name in SHIPPED)}
    told = {one["id"]: one for one in as_plain(found.values(), SITE)["figures"]}
    assert told["X01"]["value"] == 82.4
    assert told["X13"]["above"] == 26
    assert "value" not in told["X13"]
    for name, entry in found.items():
        if entry.figure.value is not None:
            assert Decimal(str(told[name]["value"])) == entry.figure.value, name
