"""What the tests share: an installation in a fresh folder, and people with browsers of their own."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from assessment.actions.installation import Installation
from assessment.app import create_app, install, prepare
from assessment.core.definition import Persona, Questionnaire
from assessment.settings import Settings, read_settings
from tests.walking import Walker


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of a firm whose home is a fresh folder."""
    environment = {
        "ASSESSMENT_HOME": str(tmp_path / "home"),
        "ASSESSMENT_FIRM": "Meridian Advisory",
        "ASSESSMENT_CONTACT_EMAIL": "carl@meridian.example",
        "ASSESSMENT_BOOKING_URL": "https://meridian.example/call",
        "ASSESSMENT_PUBLIC_URL": "http://localhost",
    }
    return read_settings(environment, tmp_path)


@pytest.fixture
def house(settings: Settings) -> Iterator[Installation]:
    """A running installation."""
    prepare(settings)
    made = install(settings)
    yield made
    made.engine.dispose()


@pytest.fixture
def app(house: Installation) -> Flask:
    """The web application of the installation."""
    return create_app(house)


@pytest.fixture
def visitor(app: Flask) -> Callable[[], Walker]:
    """Somebody with a browser of their own; call it once a person."""
    return lambda: Walker(app.test_client())


@pytest.fixture
def priya(visitor: Callable[[], Walker]) -> Walker:
    """Priya, a prospect."""
    return visitor()


@pytest.fixture
def mallory(visitor: Callable[[], Walker]) -> Walker:
    """Mallory, who must see nothing."""
    return visitor()


@pytest.fixture
def renewal(house: Installation) -> Questionnaire:
    """The renewal practices questionnaire as shipped."""
    entry = house.catalogue.get("renewal-practices")
    assert entry is not None
    return entry.questionnaire


def sample_of(questionnaire: Questionnaire) -> Persona:
    """The persona that the definition shows as its sample."""
    return next(persona for persona in questionnaire.personas if persona.sample)
