"""Ada writes questionnaires: the page says what is served and what to mend, and nobody who answers notices."""

import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from assessment import clock, paths
from assessment.actions.installation import Installation
from assessment.app import create_app
from assessment.installing import install, prepare
from assessment.settings import read_settings
from assessment.store.database import writing
from assessment.store.review_tables import submission
from tests.conftest import sample_of, sign_in
from tests.databases import fresh_database
from tests.walking import Walker

HERE = "/review/questionnaires"


@pytest.fixture
def edited(tmp_path: Path) -> Iterator[tuple[Installation, Path]]:
    """An installation with a folder of its own to edit."""
    folder = tmp_path / "questionnaires"
    shutil.copytree(paths.questionnaires_dir(), folder)
    environment = {
        "ASSESSMENT_HOME": str(tmp_path / "home"),
        "ASSESSMENT_QUESTIONNAIRES": str(folder),
        "DATABASE_URL": fresh_database(tmp_path / "home"),
    }
    settings = read_settings(environment, tmp_path)
    prepare(settings)
    house = install(settings)
    yield house, folder
    house.engine.dispose()


def _carl(house: Installation) -> Walker:
    return sign_in(create_app(house), house, "consultant", "Carl Consultant")


def _look(house: Installation, hours: int = 1) -> None:
    house.catalogue.refresh(clock.now() + timedelta(hours=hours))


def test_everything_served_stands_there(staff: Callable[..., Walker], house: Installation, priya: Walker) -> None:
    carl = staff("consultant")
    entry = house.catalogue.live()[0]
    priya.scorecard(entry.questionnaire, sample_of(entry.questionnaire).answers)
    body = carl.client.get(HERE).get_data(as_text=True)
    for one in house.catalogue.live():
        assert one.questionnaire.title in body
        assert f'href="/a/{one.questionnaire.id}"' in body
        assert one.version[:8] in body
    assert "Every file is served as it stands." in body
    assert ">Draft<" in body  # the annotated example
    assert '<td class="num" data-label="Answered by">1</td>' in body
    with writing(house.engine) as connection:
        connection.execute(update(submission).values(mark="test"))
    body = carl.client.get(HERE).get_data(as_text=True)
    assert '<td class="num" data-label="Answered by">1</td>' not in body


def test_a_broken_edit_is_named_with_its_line_while_the_last_good_one_is_served(
    edited: tuple[Installation, Path],
) -> None:
    house, folder = edited
    carl = _carl(house)
    entry = house.catalogue.live()[0]
    path = next(path for path in sorted(folder.glob("*.yaml")) if f"id: {entry.questionnaire.id}\n" in path.read_text())
    good = path.read_text()
    path.write_text(good + "no_such_key: 1\n")
    _look(house)
    body = carl.client.get(HERE).get_data(as_text=True)
    line = good.count("\n") + 1
    assert f"questionnaires/{path.name}:{line}: unknown key &#34;no_such_key&#34;" in body
    assert "Its last good version is being served" in body
    assert "Last good version" in body
    assert carl.client.get(f"/a/{entry.questionnaire.id}").status_code == 200
    assert "See what to mend" in carl.client.get("/review/more").get_data(as_text=True)
    path.write_text(good)
    _look(house, 2)
    assert "Every file is served as it stands." in carl.client.get(HERE).get_data(as_text=True)


def test_a_file_that_never_was_good_says_that_nothing_of_it_is_served(edited: tuple[Installation, Path]) -> None:
    house, folder = edited
    (folder / "new.yaml").write_text("id: <b>new</b>\n")
    _look(house)
    body = _carl(house).client.get(HERE).get_data(as_text=True)
    assert "Nothing of this file is served until it is mended." in body
    assert "questionnaires/new.yaml:1:" in body
    assert "<b>new</b>" not in body


def test_a_questionnaire_that_stands_twice_is_named(edited: tuple[Installation, Path]) -> None:
    house, folder = edited
    first = next(path for path in sorted(folder.glob("*.yaml")) if "status: live" in path.read_text())
    (folder / "zz-copy.yaml").write_text(first.read_text())
    _look(house)
    body = _carl(house).client.get(HERE).get_data(as_text=True)
    assert "stands twice" in body
    assert body.count("stands twice") == 1


def test_viewers_do_not_mend(staff: Callable[..., Walker]) -> None:
    assert staff("viewer").client.get(HERE).status_code == 404
