"""What the fault suite says of a run: green only when everything was tried, and kept."""

import importlib
import os
import subprocess
import sys
from argparse import Namespace
from collections import Counter
from pathlib import Path

import pytest

from tests.faults.__main__ import FAULTS, ON_BOTH, _rows
from tests.faults.backends import Backend
from tests.faults.bodies import Met
from tests.faults.kills import recoveries_of
from tests.faults.redis_lost import TIMES, Flood
from tests.faults.table import Row

TREE = Path(__file__).parents[2]


@pytest.mark.parametrize("words", [("tests.faults", "--only", "redis"), ("tests.faults.redis_lost",)])
def test_a_fault_that_cannot_be_tried_is_no_success(words: tuple[str, ...], tmp_path: Path) -> None:
    """As on a machine without Redis."""
    command = [sys.executable, "-m", *words, "--small"]
    ran = subprocess.run(
        command, cwd=TREE, env=os.environ | {"PATH": str(tmp_path)}, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 1, ran.stderr
    assert "NOT TRIED: Redis lost: there is no redis-server here" in ran.stdout


@pytest.mark.parametrize(
    ("faults", "acknowledged", "recoveries"),
    [
        ([10.0], [(9.0, 9.5), (10.4, 11.0), (10.2, 12.0)], [1.0]),
        ([10.0], [(9.9, 10.1), (10.5, 13.0)], [3.0]),  # an answer that was on its way is no recovery
        ([10.0, 11.0, 12.0], [(9.0, 9.5), (12.5, 14.0)], [4.0]),  # who waits waits since the first
        ([12.0, 10.0], [(10.5, 11.0), (12.5, 14.0)], [1.0, 2.0]),
        ([10.0], [(9.0, 9.5)], []),
    ],
)
def test_a_recovery_lasts_from_the_first_kill_to_the_first_answer_to_what_was_sent_since(
    faults: list[float], acknowledged: list[tuple[float, float]], recoveries: list[float]
) -> None:
    assert recoveries_of(faults, acknowledged) == recoveries


def test_a_kill_of_the_keeper_is_told_apart_also_where_it_came_while_another_was_not_over() -> None:
    faults, answers = [10.0, 20.0, 20.5, 30.0], [(10.1, 10.3), (21.0, 22.0), (30.5, 31.5)]
    assert recoveries_of(faults, answers, without=[20.5, 30.0]) == [pytest.approx(0.3)]
    assert recoveries_of(faults, answers, only=[20.5, 30.0]) == [pytest.approx(2.0), pytest.approx(1.5)]


@pytest.mark.parametrize(
    ("let_in", "seconds", "held"),
    [(100, 3, True), (200, 3, True), (TIMES * 100 - 1, 3, False), (100 + (TIMES - 1) * 50, 3, False), (400, 61, True)],
)
def test_a_limit_that_is_open_half_of_the_time_is_no_limit(let_in: int, seconds: float, held: bool) -> None:
    assert Flood(Counter({200: let_in, 429: TIMES * 100 - let_in}), seconds).is_held(100) is held


def test_only_refusals_are_timed_and_the_slow_ones_are_told() -> None:
    met = Met()
    for status, seconds in [(303, 0.001)] * 500 + [(404, 0.2)] * 60 + [(413, 0.05)] * 40:
        met.note("x", status, seconds)
    assert met.in_the_middle == 0.2
    assert str(met).endswith("4xx: median 200 ms, p99 200 ms, 40.0% within 100 ms")


@pytest.mark.parametrize("name", ON_BOTH)
def test_what_a_database_has_a_part_in_is_tried_on_both(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(_small: bool, backend: Backend) -> Row:
        return Row(fault=name, tries=1, goal="", met=True, said=backend.name)

    monkeypatch.setattr(importlib.import_module(f"tests.faults.{FAULTS[name]}"), "run", run)
    rows = list(_rows(name, Namespace(database="both", small=True)))
    assert [(row.fault, row.said) for row in rows] == [
        (f"{name}, SQLite", "SQLite"),
        (f"{name}, PostgreSQL", "PostgreSQL"),
    ]
