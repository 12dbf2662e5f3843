"""Small questionnaires to load, to edit and to break."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from shutil import copytree

import pytest

from assessment.catalogue.loading import Loaded, load_file
from assessment.catalogue.shelf import Shelf

TODAY = date(2026, 11, 21)
FEATURES = Path(__file__).parent.parent / "questionnaires"

Edit = Callable[..., Loaded]


@pytest.fixture
def today() -> date:
    return TODAY


@pytest.fixture
def features() -> Path:
    """One tiny questionnaire per feature."""
    return FEATURES


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the tiny questionnaires that a test may edit."""
    target = tmp_path / "questionnaires"
    copytree(FEATURES, target, ignore=lambda _folder, names: {"broken"} & set(names))
    return target


@pytest.fixture
def edited(folder: Path) -> Edit:
    """Load a tiny questionnaire after replacing pieces of its text, each of which must be there."""

    def load(name: str, *changes: tuple[str, str]) -> Loaded:
        path = folder / name
        text = path.read_text()
        for old, new in changes:
            assert old in text, f"{old!r} is not in {name}"
            text = text.replace(old, new)
        path.write_text(text)
        return load_file(path, Shelf(folder, lambda at: at.relative_to(folder).as_posix()), TODAY)

    return load
