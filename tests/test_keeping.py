"""Whoever answers may be killed: the keeper has another one answer, and nobody outlives the keeper."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from assessment.keeping import MOST_QUICK
from assessment.serving import bind
from assessment.settings import SettingFault, read_settings
from tests.browser.conftest import free_port
from tests.faults.site import KillableSite

DIES = """
import os, signal, sys
from assessment.keeping import keep
def answer(first):
    with open(sys.argv[1], "a") as out:
        print(first, file=out)
    os.kill(os.getpid(), signal.SIGKILL)
sys.exit(keep([], answer, load=iter(()), each_second=lambda: None))
"""
WAITS = """
import faulthandler, signal, sys, time
from assessment.keeping import keep
from assessment.stopping import stop_asked, tell_where_on_request
def answer(first):
    time.sleep(0.3)  # a stop that comes before anybody listens for it waits
    asked = stop_asked()
    while not asked():
        time.sleep(0.05)
    print("left in order", flush=True)
    return 0
def load():
    print("here", flush=True)
    yield
    raise OSError("what was to be loaded cannot be read")
tell_where_on_request()
sys.exit(keep([], answer, load=load(), each_second=lambda: None))
"""


def _ask(site: KillableSite, path: str) -> tuple[int, str]:
    line = http.client.HTTPConnection("127.0.0.1", site.port, timeout=20)
    line.request("GET", path)
    reply = line.getresponse()
    said = reply.read().decode()
    line.close()
    return reply.status, said


@pytest.mark.sqlite("test_kills_of_web_and_worker_lose_nothing kills keeper and forks on PostgreSQL")
def test_another_one_answers_what_was_served_and_none_outlives_the_keeper(tmp_path: Path) -> None:
    definitions, log = tmp_path / "definitions", tmp_path / "home/log"
    definitions.mkdir()
    tiny = (Path(__file__).parent / "faults/definitions/tiny.yaml").read_text()
    (definitions / "tiny.yaml").write_text(tiny)
    (tmp_path / "home").mkdir()
    with KillableSite(tmp_path / "home", definitions, roles=("serve",)) as site:
        assert _ask(site, "/a/tiny")[0] == 200
        killed = site.answering()
        (definitions / "tiny.yaml").write_text("kind: [")
        site.kill_who_answers()
        # Nobody is refused meanwhile, and what was served is served on although the file has become a bad one.
        assert _ask(site, "/a/tiny")[0] == 200
        assert (taken_over := site.answering()) != killed
        assert "was ended by signal 9" in log.read_text()
        (definitions / "tiny.yaml").write_text(tiny.replace("status: live", "status: draft"))
        _until(lambda: _ask(site, "/a/tiny")[0] == 404)
        time.sleep(3)  # the keeper looks for itself, once a second
        told = log.read_text().count("definition fault")
        (definitions / "tiny.yaml").write_text("kind: [")
        _until(lambda: log.read_text().count("definition fault") > told)
        time.sleep(1)
        site.kill_who_answers()
        assert _ask(site, "/a/tiny")[0] == 404, "what was withdrawn does not come back"
        taken_over = site.answering()
        site.kill("serve")
        _until(lambda: not Path(f"/proc/{taken_over}").exists())
        site.wait_until_up()


def _until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_where_they_die_at_once_again_and_again_the_keeper_gives_up(tmp_path: Path) -> None:
    began = tmp_path / "began"
    assert subprocess.run([sys.executable, "-c", DIES, str(began)], check=False).returncode == 1
    assert began.read_text().split() == ["True", *["False"] * (MOST_QUICK - 1)]


@pytest.fixture
def kept() -> Iterator[subprocess.Popen[str]]:
    """A keeper in a process group of its own, whose child has just been forked."""
    command = [sys.executable, "-c", WAITS]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as keeper:
        assert keeper.stdout is not None
        assert keeper.stdout.readline() == "here\n"
        yield keeper
        keeper.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_ends_both_in_order(number: signal.Signals, kept: subprocess.Popen[str]) -> None:
    os.killpg(kept.pid, number)  # as a terminal and a supervisor do
    said, _ = kept.communicate(timeout=20)
    assert (kept.returncode, said) == (0, "left in order\n")


def test_who_is_asked_where_one_stands_says_so_and_goes_on(kept: subprocess.Popen[str]) -> None:
    time.sleep(0.5)
    kept.send_signal(signal.SIGUSR1)
    time.sleep(0.2)
    kept.send_signal(signal.SIGUSR1)
    time.sleep(0.2)
    assert kept.poll() is None
    kept.terminate()
    said, told = kept.communicate(timeout=20)
    assert (kept.returncode, said) == (0, "left in order\n")
    assert told.count("most recent call first") >= 2


def test_it_listens_where_the_name_leads_and_says_what_it_cannot_have(tmp_path: Path) -> None:
    port = free_port()
    environment = {"ASSESSMENT_HOME": str(tmp_path), "ASSESSMENT_HOST": "localhost", "ASSESSMENT_PORT": str(port)}
    settings = read_settings(environment, tmp_path)
    made = bind(settings)
    for listener in made:
        listener.listen()
    assert {listener.getsockname()[0] for listener in made} <= {"127.0.0.1", "::1"}
    socket.create_connection(("localhost", port)).close()
    with pytest.raises(SettingFault, match=rf"^ASSESSMENT_PORT: cannot listen on localhost:{port} .*set another port$"):
        bind(settings)
    for listener in made:
        listener.close()
