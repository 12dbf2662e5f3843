"""The annotated example is a document: it must show every key of the format, and stay true."""

from datetime import date
from pathlib import Path

import pytest
from pydantic import BaseModel

from assessment import paths
from assessment.catalogue.loading import load_file
from assessment.catalogue.shelf import Shelf
from assessment.core import definition
from assessment.core.definition import Questionnaire

TODAY = date(2026, 11, 21)
FILE = paths.questionnaires_dir() / "annotated.yaml"


@pytest.fixture(scope="module")
def annotated() -> Questionnaire:
    loaded = load_file(FILE, Shelf(FILE.parent), TODAY)
    assert loaded.faults == ()
    assert loaded.questionnaire is not None
    return loaded.questionnaire


def _parts(value: object) -> list[BaseModel]:
    if isinstance(value, BaseModel):
        below = [part for name in value.model_fields_set for part in _parts(getattr(value, name))]
        return [value, *below]
    if isinstance(value, dict):
        return [part for item in value.values() for part in _parts(item)]
    if isinstance(value, tuple):
        return [part for item in value for part in _parts(item)]
    return []


def test_it_shows_every_key_that_an_author_may_write(annotated: Questionnaire) -> None:
    shown = {(type(part).__name__, key) for part in _parts(annotated) for key in part.model_fields_set}
    models = [getattr(definition, name) for name in definition.__all__]
    keys = {
        (model.__name__, key)
        for model in models
        if isinstance(model, type) and issubclass(model, BaseModel)
        for key in model.model_fields
    }
    elsewhere = {("Questionnaire", "headline")}  # a calculator's alone: blocks and files of the four that ship
    # A survey's alone: service-challenges.yaml shows them.
    elsewhere |= {("Survey", "*"), ("Questionnaire", "survey"), ("Question", "ranks")}
    elsewhere |= {("Option", "fits"), ("Expectation", "fits")}
    elsewhere |= {("Questionnaire", "figures"), ("Figure", "*"), ("FigureRows", "*")}  # in benchmarks/*.yaml
    missing = {key for key in keys - shown if key not in elsewhere and (key[0], "*") not in elsewhere}
    assert missing == set()


@pytest.mark.parametrize(
    ("key", "values"),
    [
        (
            "type",
            {
                "choice",
                "multiple",
                "scale",
                "number",
                "percent",
                "money",
                "short_text",
                "long_text",
                "ranking",
                "email",
            },
        ),
        ("role", {"answer", "route", "profile", "currency"}),
    ],
)
def test_it_shows_every_type_and_role_of_question(annotated: Questionnaire, key: str, values: set[str]) -> None:
    assert {getattr(question, key) for question in annotated.questions.values()} == values


def test_it_shows_every_kind_of_exhibit(annotated: Questionnaire) -> None:
    kinds = {exhibit.kind for exhibit in annotated.exhibits}
    assert kinds == {"compare", "decay", "order", "spectrum", "funnel", "projection", "formula", "note"}


def test_the_public_never_sees_it(annotated: Questionnaire) -> None:
    assert annotated.status == "draft"


def test_it_is_a_block_and_a_file(annotated: Questionnaire) -> None:
    assert "closed" in annotated.questions
    assert Path(FILE.parent / "blocks" / "annotated.yaml").is_file()
