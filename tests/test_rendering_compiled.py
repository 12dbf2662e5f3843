"""What templates compile to is kept at the installation: starts read it, never write it, never believe an old one."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment

from assessment import rendering
from assessment.paths import templates_dir

NAME = "respond/message.html"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A few templates in a folder of our own, compiled as an installation does it."""
    copied = tmp_path / "templates"
    for name in (NAME, "email/_frame.html", "email/resume.txt"):
        (copied / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(templates_dir() / name, copied / name)
    monkeypatch.setattr(rendering, "templates_dir", lambda: copied)
    rendering.keep_compiled()
    return copied


def begin(monkeypatch: pytest.MonkeyPatch) -> tuple[Environment, list[str]]:
    """What a process begins with, and the names of the templates that it had to compile."""
    made = rendering._environment(rendering._Compiled())
    compiled: list[str] = []
    compile_ = made.compile

    def watched(source: Any, name: Any = None, *rest: Any, **more: Any) -> Any:
        compiled.append(name)
        return compile_(source, name, *rest, **more)

    monkeypatch.setattr(made, "compile", watched)
    return made, compiled


def _files(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {path.name: (path.stat().st_ino, path.read_bytes()) for path in (folder / "__pycache__").iterdir()}


def test_a_start_compiles_nothing_and_writes_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = _files(folder)
    made, compiled = begin(monkeypatch)
    names = made.list_templates(extensions=("html", "txt"))
    for name in names:
        made.get_template(name)
    assert (compiled, len(before), _files(folder)) == ([], len(names), before)


def test_a_folder_that_was_moved_keeps_what_was_compiled(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    moved = folder.rename(folder.with_name("moved"))
    monkeypatch.setattr(rendering, "templates_dir", lambda: moved)
    made, compiled = begin(monkeypatch)
    made.get_template(NAME)
    assert compiled == []


@pytest.mark.parametrize("fault", ["edited", "cut off", "empty", "another version of us", "gone"])
def test_what_does_not_fit_is_compiled_and_left(fault: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if fault == "edited":
        (folder / NAME).write_text("As it is now")
    if fault in {"cut off", "empty"}:
        for path in (folder / "__pycache__").iterdir():
            path.write_bytes(path.read_bytes()[: 60 if fault == "cut off" else 0])
    if fault == "another version of us":
        module = folder / "rendering.py"
        module.write_text(f"{Path(rendering.__file__).read_text()}\n# another filter\n")
        monkeypatch.setattr(rendering, "__file__", str(module))
    if fault == "gone":
        shutil.rmtree(folder / "__pycache__")
    before = _files(folder) if fault != "gone" else None
    made, compiled = begin(monkeypatch)
    template = made.get_template(NAME)
    assert compiled == [NAME]
    assert fault != "edited" or template.render() == "As it is now"
    assert (folder / "__pycache__").exists() is (before is not None)
    assert before is None or _files(folder) == before
    rendering.keep_compiled()
    again, compiled = begin(monkeypatch)
    again.get_template(NAME)
    assert compiled == []


def test_our_filters_compute_nothing_while_a_template_is_compiled() -> None:
    """Or what was kept would go on saying what an older filter said: of them, only the names are in what is kept."""
    made = rendering._environment(rendering._Compiled())
    called: list[str] = []
    ours = [name for name, filter_ in made.filters.items() if filter_.__module__.startswith("assessment.")]
    assert "plural" in ours
    for name in ours:
        made.filters[name] = lambda *_args, name=name, **_named: called.append(name) or ""
    for name in made.list_templates(extensions=("html", "txt")):
        made.compile((templates_dir() / name).read_text(), name)
    assert not called
    made.compile("{{ 'a word' | sentence }}")
    assert called == ["sentence"], "so it would have been noticed"
