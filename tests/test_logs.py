"""The log: one line a record, whatever is in it, and nothing of anybody."""

import json
import logging
import subprocess
import sys
from collections.abc import Iterator

import pytest

from assessment.logs import formatter

FORMS = ("text", "json")


class Sheet(logging.Handler):
    """Keeps the lines that a form makes."""

    def __init__(self, form: str) -> None:
        super().__init__()
        self.setFormatter(formatter(form))
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture(params=FORMS)
def sheet(request: pytest.FixtureRequest) -> Iterator[Sheet]:
    made, root = Sheet(request.param), logging.getLogger()
    root.addHandler(made)
    yield made
    root.removeHandler(made)


@pytest.mark.parametrize("mark", ["\n", "\r", "\r\n", "\u2028", "\u2029", "\x85", "\x0b", "\x1b[2K", "\u202e", "\x00"])
def test_nobody_forges_a_line(sheet: Sheet, mark: str) -> None:
    forged = f"kept{mark}2026-11-22T00:00:00Z ERROR assessment.x: forged"
    logging.getLogger("assessment.x").warning("document %s: %s", 7, forged, extra={"route": forged, "said": "Priya"})
    [line] = sheet.lines
    assert mark not in line
    assert len(line.splitlines()) == 1
    assert line.count("forged") == 2
    assert "Priya" not in line


def test_an_error_is_told_by_its_frames(sheet: Sheet) -> None:
    try:
        try:
            {}["Priya Natarajan"]
        except KeyError as cause:
            raise ValueError("Northfield\nERROR forged") from cause
    except ValueError:
        logging.getLogger("assessment.x").exception("it broke")
    [text] = sheet.lines
    assert "ValueError from KeyError" in text
    assert f"{__file__}:" in text
    assert "in test_an_error_is_told_by_its_frames" in text
    for said in ("Priya", "Northfield", "forged"):
        assert said not in text


def test_what_was_put_into_other_libraries_words_is_left_out(sheet: Sheet) -> None:
    logging.getLogger("waitress").warning("Exception while serving %s", "/open/resume/token")
    logging.getLogger("other.queue").warning("Task queue depth is %d", 3)
    logging.getLogger("other").warning("%(who)s of %(where)s", {"who": "Priya", "where": "Northfield"})
    logging.getLogger("assessment").error("Exception on /r/token [POST]")  # Flask's own
    text = "\n".join(sheet.lines)
    assert len(sheet.lines) == 4
    assert "Exception while serving" in text
    assert "Task queue depth is 3" in text
    for said in ("token", "Priya", "Northfield"):
        assert said not in text


def test_whatever_looks_like_an_address_is_left_out(sheet: Sheet) -> None:
    logging.getLogger("assessment.x").warning("refused: 550 <priya@northfield.example> is unknown, O'Neil@a.b")
    [line] = sheet.lines
    assert "refused: 550 <(address)> is unknown" in line
    assert "@" not in line


def test_machines_read_every_field() -> None:
    sheet, root = Sheet("json"), logging.getLogger()
    root.addHandler(sheet)
    try:
        logging.getLogger("assessment.x").warning("request", extra={"status": 200, "ms": 1.5, "account": None})
    finally:
        root.removeHandler(sheet)
    [read] = [json.loads(line) for line in sheet.lines]
    assert read.pop("timestamp").endswith("Z")
    assert read == {
        "level": "warning", "logger": "assessment.x", "event": "request", "status": 200, "ms": 1.5, "account": None,
    }  # fmt: skip


PROGRAM = """
import logging, sys, threading, warnings
from assessment.logs import set_up
set_up(sys.argv[1])
logging.getLogger("assessment.x").info("ours")
logging.getLogger("other").info("not shown")
warnings.warn("Priya of Northfield")
logging.getLogger("assessment.x").warning("%d of %d", "Priya")
class Loud:
    def __str__(self): raise RuntimeError("Priya")
logging.getLogger("assessment.x").warning("from %s", Loud())
def work(): raise KeyError("Priya")
thread = threading.Thread(target=work); thread.start(); thread.join()
raise ValueError("Priya of Northfield")
"""


@pytest.mark.parametrize("form", FORMS)
def test_nothing_gets_past_it(form: str) -> None:
    ran = subprocess.run([sys.executable, "-c", PROGRAM, form], capture_output=True, text=True, timeout=60)
    assert ran.returncode == 1
    assert ran.stdout == ""
    assert "ours" in ran.stderr
    assert "%d of %d" in ran.stderr  # words that do not fit lose no record
    assert "from %s" in ran.stderr
    assert "UserWarning" in ran.stderr
    assert "KeyError" in ran.stderr
    assert "ValueError" in ran.stderr
    for said in ("not shown", "Priya", "Northfield"):
        assert said not in ran.stderr, ran.stderr
