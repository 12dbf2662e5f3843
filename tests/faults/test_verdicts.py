"""What the fault suite says of a run: green only when everything was tried, and kept."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

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
