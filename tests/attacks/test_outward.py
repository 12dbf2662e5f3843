"""Nothing that somebody types or writes in a questionnaire makes us ask an address or read a file."""

import shutil
import socket
from collections.abc import Iterator
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader
from sqlalchemy import select

from assessment import paths
from assessment.actions.installation import Installation
from assessment.app import create_app
from assessment.catalogue.loading import load_file
from assessment.catalogue.shelf import Shelf
from assessment.delivery.renderer import Renderer
from assessment.installing import install, prepare
from assessment.settings import read_settings
from assessment.store.database import reading
from assessment.store.tables import delivery
from assessment.working import build_worker
from tests.conftest import sample_of
from tests.databases import fresh_database
from tests.delivery.reports import MADE_AT
from tests.walking import Walker

SECRET = "canary-of-the-file-system"


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A server on this machine that nobody may ask."""
    with socket.create_server(("127.0.0.1", 0)) as made:
        made.settimeout(0.2)
        yield made


def _untouched(listener: socket.socket) -> bool:
    try:
        listener.accept()
    except TimeoutError:
        return True
    return False


def _baits(port: int, secret: Path) -> list[str]:
    here, file = f"http://127.0.0.1:{port}", secret.as_uri()
    return [
        f"<img src='{here}/a.png'>", f"<img src='{file}'>", f"<link rel=stylesheet href='{here}/a.css'>",
        f"<style>@import '{file}';@font-face{{src:url({here}/f)}}</style>", f"<iframe src='{file}'></iframe>",
        f"<object data='{file}'></object>", f"<a rel=attachment href='{file}'>x</a>", f"<base href='{here}/'>",
        f"<svg><image href='{file}'/></svg>", f"<svg><use href='{here}/a.svg#a'/></svg>", f"url({here}/b)",
        f"<!ENTITY x SYSTEM '{file}'>&x;", f"<xi:include href='{file}'/>", f"<script src='{here}/s.js'></script>",
        f"{{% include '{secret}' %}}", f"{{{{ open('{secret}').read() }}}}", f"file={secret}", f"!include {secret}",
    ]  # fmt: skip


def errors_of(house: Installation) -> list[str]:
    """Why mails were not sent."""
    with reading(house.engine) as connection:
        return [str(row.error) for row in connection.execute(select(delivery.c.error))]


def test_a_questionnaire_full_of_addresses_asks_none_and_reads_no_file(tmp_path: Path, listener: socket.socket) -> None:
    """Hostile text in titles, questions, answers and advice: page, PDF and mails are made, and show it as text."""
    secret = tmp_path / "secret.svg"
    secret.write_text(f'<svg xmlns="http://www.w3.org/2000/svg"><text>{SECRET}</text></svg>')
    baits = _baits(listener.getsockname()[1], secret)
    folder = tmp_path / "questionnaires"
    folder.mkdir()
    text = (Path(__file__).parents[1] / "questionnaires" / "tiny.yaml").read_text()
    places = ("title: Tiny", "title: Habit", "text: Is there a written plan?", "title: Write the plan", "text: A plan.",
              "title: Late", "lead: One question.", "text: Partly", "label: Written plan")  # fmt: skip
    for number, place in enumerate(places):
        assert place in text, place
        key, _, words = place.partition(": ")
        # Titles of the whole and of a stage stand in the subject, which is a line of its own length.
        chosen = baits[:1] if "Tiny" in place or "Late" in place else baits[number::9]
        bait = (words + " " + " ".join(chosen)).replace("'", "''")
        text = text.replace(place, f"{key}: '{bait}'", 1)
    (folder / "tiny.yaml").write_text(text)
    loaded = load_file(folder / "tiny.yaml", Shelf(folder), date(2026, 11, 22))
    assert loaded.questionnaire is not None, loaded.faults
    environment = {
        "ASSESSMENT_HOME": str(tmp_path / "home"), "ASSESSMENT_PUBLIC_URL": "http://localhost",
        "ASSESSMENT_QUESTIONNAIRES": str(folder), "DATABASE_URL": fresh_database(tmp_path / "home"),
    }  # fmt: skip
    settings = read_settings(environment, tmp_path)
    prepare(settings)
    house = install(settings)
    walker = Walker(create_app(house).test_client())
    contact = {"email": "priya@northfield.example", "name": "Priya Raman", "company": " ".join(baits)[:120]}
    card = walker.scorecard(loaded.questionnaire, sample_of(loaded.questionnaire).answers, contact)
    with Renderer() as renderer:
        worker = build_worker(house, renderer, "desk/1")
        while worker.step():
            pass
    reply = walker.client.get(f"{card}/pdf")
    assert reply.content_type == "application/pdf"
    words = " ".join(page.extract_text() for page in PdfReader(BytesIO(reply.get_data())).pages)
    assert "<img" in words.replace("\u200b", "")
    page = walker.client.get(card).get_data(as_text=True)
    mails = [path.read_text() for path in settings.outbox.glob("*.eml")]
    assert len(mails) == 1, errors_of(house)
    for made in (words, page, *mails):
        assert SECRET not in made
    assert SECRET.encode() not in reply.get_data()
    assert _untouched(listener)
    house.engine.dispose()


def test_no_path_in_a_questionnaire_leaves_its_folder(tmp_path: Path) -> None:
    """Blocks and benchmarks are named, never reached by a path."""
    folder = tmp_path / "questionnaires"
    shutil.copytree(paths.questionnaires_dir(), folder)
    (tmp_path / "secret.yaml").write_text(f"title: {SECRET}\n")
    (folder / "blocks").mkdir(exist_ok=True)
    tiny = (Path(__file__).parents[1] / "questionnaires" / "tiny.yaml").read_text()
    for name in (
        "../../secret",
        "../secret.yaml",
        str(tmp_path / "secret.yaml"),
        "/etc/passwd",
        "secret\\..\\..",
        "file:///etc/passwd",
    ):
        for use in (f"use: '{name}'", f"file: '{name}'", f"benchmark: '{name}'", f"answers_from: '{name}'"):
            (folder / "tiny.yaml").write_text(f"{tiny}\n{use}\n")
            loaded = load_file(folder / "tiny.yaml", Shelf(folder), date(2026, 11, 22))
            assert loaded.questionnaire is None
            assert not any(SECRET in str(fault) or "root:" in str(fault) for fault in loaded.faults)


def test_a_real_report_with_the_baits_as_its_own_markup_still_asks_nobody(
    tmp_path: Path, listener: socket.socket
) -> None:
    """Even if text became markup one day, the one fetcher gives bundled files only."""
    secret = tmp_path / "secret.svg"
    secret.write_text(f'<svg xmlns="http://www.w3.org/2000/svg"><text>{SECRET}</text></svg>')
    baits = "".join(_baits(listener.getsockname()[1], secret))
    with Renderer() as renderer:
        made = renderer.make(
            f"<!doctype html><html lang=en><title>x</title><body><p>text{baits}</body></html>", "", MADE_AT
        )
    assert SECRET.encode() not in made.content
    assert SECRET not in PdfReader(BytesIO(made.content)).pages[0].extract_text()
    assert _untouched(listener)
