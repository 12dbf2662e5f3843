"""Carl edits a questionnaire while people are midway: edits load without a restart, a broken one never goes live."""

import shutil
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.site import DEFINITIONS, KillableSite
from tests.faults.submitter import Submitter


def _read(site: KillableSite, path: str) -> str:
    with urllib.request.urlopen(site.url + path, timeout=5) as reply:
        return str(reply.read().decode())


def _wait(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline, "the edit was not noticed"
        time.sleep(0.2)


@pytest.mark.sqlite("what is watched is a folder; the versions that people stay on are stored in every test of the web")
def test_edits_load_without_a_restart_and_broken_ones_never(tmp_path: Path) -> None:
    folder = tmp_path / "definitions"
    shutil.copytree(DEFINITIONS, folder)
    home = tmp_path / "home"
    home.mkdir()
    with KillableSite(home, folder, roles=("serve",)) as site:
        file = folder / "tiny.yaml"
        priya = Submitter(site.url)
        address = priya.begin()
        file.write_text(file.read_text().replace("title: Tiny assessment", "title: Renamed assessment"))
        _wait(lambda: "Renamed assessment" in _read(site, "/"))
        file.write_text(file.read_text().replace("Renamed assessment", "Broken").replace("points: 1", "points: seven"))
        _wait(lambda: "points" in (home / "log").read_text())
        assert "Renamed assessment" in _read(site, "/")
        card = priya.finish(address, "priya@northfield.example")
        assert "Tiny assessment" in priya.read(card)
        file.unlink()
        _wait(lambda: "Renamed assessment" not in _read(site, "/"))
        assert "Tiny assessment" in priya.read(card)
