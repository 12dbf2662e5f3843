"""Being told to stop."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from assessment.stopping import stop_asked
from tests.browser.conftest import free_port, wait_until_up
from tests.databases import fresh_database

IMPATIENT = "from assessment import cli; cli._PATIENCE_SECONDS = 2; cli.main()"
"""The command line, which waits for its worker for a shorter time than usual."""


@pytest.fixture(autouse=True)
def _handlers() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_asks_to_stop(number: signal.Signals) -> None:
    asked = stop_asked()
    assert not asked()
    os.kill(os.getpid(), number)
    assert asked()


@pytest.mark.sqlite("no database has a part in it")
def test_run_ends_although_its_worker_does_not_answer(tmp_path: Path) -> None:
    port = free_port()
    home = tmp_path / "home"
    settings = {"ASSESSMENT_HOME": str(home), "ASSESSMENT_PORT": str(port), "DATABASE_URL": fresh_database(home)}
    environment = os.environ | settings
    log = tmp_path / "log"
    with log.open("wb") as out:
        run = subprocess.Popen([sys.executable, "-c", IMPATIENT, "run"], env=environment, stdout=out, stderr=out)
    try:
        wait_until_up(f"http://127.0.0.1:{port}", run, log)
        worker = int(Path(f"/proc/{run.pid}/task/{run.pid}/children").read_text().split()[0])
        os.kill(worker, signal.SIGSTOP)
        run.send_signal(signal.SIGTERM)
        assert run.wait(timeout=40) == 0
    finally:
        run.kill()
    for _ in range(50):
        if not Path(f"/proc/{worker}").exists():
            return
        time.sleep(0.1)
    raise AssertionError("the worker outlived it")
