"""What the tests share: an installation in a fresh folder, and people with browsers of their own."""

import gc
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule

from assessment import clock, paths
from assessment.actions.installation import Installation
from assessment.app import create_app
from assessment.catalogue import catalogue
from assessment.catalogue.loading import Loaded, load_file
from assessment.catalogue.shelf import Shelf
from assessment.catalogue.versions import version_of
from assessment.core.definition import Persona, Questionnaire
from assessment.installing import install, prepare
from assessment.settings import Settings, read_settings
from assessment.store import accounts, sign_ins
from assessment.store.accounts import Role
from assessment.store.database import writing
from assessment.web.review.door import KEY, key_index
from tests import choosing
from tests.databases import drop_made, fresh_database
from tests.scheduling import Together
from tests.walking import Walker


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(choosing.REPEAT_ALL, action="store_true", help="on PostgreSQL too, run what opens no database")


def pytest_configure(config: pytest.Config) -> None:
    choosing.register(config)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Together:
    return Together(config, log)


def pytest_report_header() -> str:
    return choosing.said()


def pytest_collection_finish() -> None:
    gc.freeze()  # modules and tests stay to the end: nothing is won by looking at them again and again
    gc.set_threshold(50_000, 20, 20)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    choosing.choose(config, items)


@pytest.fixture(autouse=True, scope="session")
def _what_is_always_the_same_is_made_once() -> Iterator[None]:
    """Definitions of folders that no test changes, and the functions that build addresses: once a process."""
    loaded: dict[Path, Loaded] = {}
    versions: dict[int, str] = {}  # by the questionnaire's identity; `loaded` holds it
    builders: dict[Any, Any] = {}
    folders = (paths.questionnaires_dir(), Path(__file__).parent / "questionnaires")
    compile_builder = Rule._compile_builder

    def load_once(path: Path, shelf: Shelf, today: date) -> Loaded:
        if shelf.folder not in folders:
            return load_file(path, shelf, today)
        if path not in loaded:
            loaded[path] = load_file(path, shelf, today)
            whole = loaded[path].questionnaire
            if whole is not None:
                versions[id(whole)] = version_of(whole)
        return loaded[path]

    def version_once(whole: Questionnaire) -> str:
        return versions.get(id(whole)) or version_of(whole)

    def compile_once(rule: Any, append_unknown: bool = True) -> Any:
        key = (rule.rule, tuple(rule._trace), str(rule.defaults), append_unknown)
        if key not in builders:
            builders[key] = compile_builder(rule, append_unknown)
        return builders[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(catalogue, "load_file", load_once)
        patch.setattr(catalogue, "version_of", version_once)
        patch.setattr(Rule, "_compile_builder", compile_once)
        yield


@pytest.fixture(autouse=True)
def _databases(request: pytest.FixtureRequest) -> Iterator[None]:
    yield from choosing.hold_to_its_database(request)
    drop_made()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of a firm whose home is a fresh folder."""
    environment = {
        "ASSESSMENT_HOME": str(tmp_path / "home"),
        "ASSESSMENT_FIRM": "Meridian Advisory",
        "ASSESSMENT_CONTACT_EMAIL": "carl@meridian.example",
        "ASSESSMENT_BOOKING_URL": "https://meridian.example/call",
        "ASSESSMENT_PUBLIC_URL": "http://localhost",
        "DATABASE_URL": fresh_database(tmp_path / "home"),
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
def staff(app: Flask, house: Installation) -> Callable[..., Walker]:
    """Somebody of the firm who is signed in: `staff("admin")`; with a name, the same person again."""
    return lambda role="consultant", name=None: sign_in(app, house, role, name or f"{role.title()} Carl")


def sign_in(app: Flask, house: Installation, role: Role, name: str) -> Walker:
    """A browser of an account with this role (made unless there is one of that name), already signed in."""
    email, now, key = f"{name.replace(' ', '.').lower()}@meridian.example", clock.now(), clock.submission_key()
    with writing(house.engine) as connection:
        known = accounts.by_email(connection, house.keyring, email)
        id_ = (
            known.id
            if known
            else accounts.add(
                connection, house.keyring, name=name, email=email, role=role, uniquifier=clock.submission_key(), now=now
            )
        )
        sign_ins.begin(connection, key_index=key_index(key), account_id=id_, browser="A test", now=now)
    client = app.test_client()
    with client.session_transaction() as session:
        session[KEY] = key
    return Walker(client)


@pytest.fixture
def renewal() -> Questionnaire:
    """The renewal practices questionnaire as shipped."""
    entry = catalogue.Catalogue(paths.questionnaires_dir(), clock.now()).get("renewal-practices")
    assert entry is not None
    return entry.questionnaire


def sample_of(questionnaire: Questionnaire) -> Persona:
    """The persona that the definition shows as its sample."""
    return next(persona for persona in questionnaire.personas if persona.sample)
