"""The house with the corpus in every field is made once a process, on a port of its own."""

import logging
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from assessment import paths
from assessment.app import create_app
from assessment.installing import install, prepare
from assessment.settings import read_settings
from tests.attacks.hostile import ROOM, TEXTS, Hostile, Press, read_everything, staffed, type_everywhere, work
from tests.attacks.packing import packed
from tests.browser.conftest import free_port
from tests.databases import fresh_database
from tests.listening import listening
from tests.web.hashing import as_shipped as as_shipped
from tests.web.hashing import cheap_hashing as cheap_hashing

QUESTIONNAIRES = Path(__file__).parents[1] / "questionnaires"


class Lines(logging.Handler):
    """Keeps every line that anything logged."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.text: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.text.append(self.format(record))


@pytest.fixture(scope="session")
def logged() -> Iterator[Lines]:
    """Everything that was logged while the corpus was typed and read."""
    lines = Lines()
    with listening(lines):
        yield lines


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory, logged: Lines) -> Iterator[Hostile]:
    """The house after Mallory typed the corpus everywhere, and after everybody looked at everything."""
    folder = tmp_path_factory.mktemp("hostile")
    served = folder / "questionnaires"
    shutil.copytree(paths.questionnaires_dir(), served)
    annotated = (served / "annotated.yaml").read_text().replace("\nstatus: draft", "\nstatus: live")
    (served / "annotated.yaml").write_text(annotated)
    asks = (QUESTIONNAIRES / "every-type.yaml").read_text()
    assert asks.count("max_length: 40,") == 1
    (served / "every-type.yaml").write_text(asks.replace("max_length: 40,", f"max_length: {ROOM},"))
    environment = {
        "ASSESSMENT_HOME": str(folder / "home"),
        "ASSESSMENT_PUBLIC_URL": f"http://127.0.0.1:{free_port()}",
        "ASSESSMENT_TEAM_EMAIL": "team@meridian.example",
        "ASSESSMENT_QUESTIONNAIRES": str(served),
        "ASSESSMENT_LIMIT_PER_ADDRESS": "1000000",
        "ASSESSMENT_LIMIT_IN_ALL": "1000000",
        "DATABASE_URL": fresh_database(folder / "home", keep=True),
    }
    settings = read_settings(environment, folder)
    prepare(settings)
    house = install(settings)
    app = create_app(house)
    asked, scored = (house.catalogue.get(slug) for slug in ("every-type", "annotated-example"))
    assert asked is not None
    assert scored is not None
    made = Hostile(house, app, *staffed(house, app), asked.questionnaire, scored.questionnaire)
    type_everywhere(made, ["plain words"], 0, lambda limit, _mark: [("plain words " * 20)[:limit].strip()])
    work(made)
    read_everything(made, made.cards)
    made.plain, made.pages = made.pages, []
    made.plain_press, made.press = made.press, Press()
    made.mails, made.cards = [], []
    type_everywhere(made, TEXTS, 1, packed)
    work(made)
    read_everything(made, made.cards)
    yield made
    house.engine.dispose()
