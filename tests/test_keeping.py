"""Whoever answers may be killed: the keeper has another one answer, and nobody outlives the keeper."""

import http.client
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from assessment.serving import listen
from assessment.settings import SettingFault, read_settings
from tests.browser.conftest import free_port
from tests.faults.site import KillableSite

DIES = """
import os, signal, sys, time
from assessment.keeping import keep
def answer(first):
    with open(sys.argv[1], "a") as out:
        print(first, time.monotonic(), file=out)
    with open(sys.argv[1]) as known:
        if len(known.readlines()) < 5:
            os.kill(os.getpid(), signal.SIGKILL)
    return 7
sys.exit(keep([], answer, load=lambda: None))
"""
WAITS = """
import sys, time
from assessment.keeping import keep
def answer(first):
    print("here", flush=True)
    time.sleep(60)
    return 0
sys.exit(keep([], answer, load=lambda: None))
"""


def _ask(site: KillableSite, path: str) -> tuple[int, str]:
    line = http.client.HTTPConnection("127.0.0.1", site.port, timeout=20)
    line.request("GET", path)
    reply = line.getresponse()
    said = reply.read().decode()
    line.close()
    return reply.status, said


def test_another_one_answers_and_none_outlives_the_keeper(tmp_path: Path) -> None:
    definitions = tmp_path / "definitions"
    definitions.mkdir()
    tiny = (Path(__file__).parent / "faults/definitions/tiny.yaml").read_text()
    (definitions / "tiny.yaml").write_text(tiny)
    (tmp_path / "home").mkdir()
    with KillableSite(tmp_path / "home", definitions) as site:
        assert _ask(site, "/a/tiny")[0] == 200
        killed = site.answering()
        (definitions / "tiny.yaml").write_text("kind: [")
        site.kill_who_answers()
        # Nobody is refused meanwhile, and what it had loaded is served on although the file has become a bad one.
        assert _ask(site, "/a/tiny")[0] == 200
        assert (taken_over := site.answering()) != killed
        assert "was ended by signal 9" in (tmp_path / "home/log").read_text()
        (definitions / "tiny.yaml").write_text(tiny.replace("status: live", "status: draft"))
        time.sleep(1)  # it looks for edits no more often than that
        site.kill_who_answers()
        assert _ask(site, "/a/tiny")[0] == 404, "an edit is taken in before anybody is answered"
        site.kill("serve")
        assert not Path(f"/proc/{taken_over}").exists()
        site.wait_until_up()


def test_what_dies_at_once_again_and_again_is_begun_less_often(tmp_path: Path) -> None:
    began = tmp_path / "began"
    assert subprocess.run([sys.executable, "-c", DIES, str(began)], check=False).returncode == 7
    firsts, times = zip(*(line.split() for line in began.read_text().splitlines()), strict=True)
    assert firsts == ("True", "False", "False", "False", "False")
    assert float(times[4]) - float(times[3]) >= 1 > float(times[1]) - float(times[0])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_ends_both(number: signal.Signals) -> None:
    with subprocess.Popen([sys.executable, "-c", WAITS], stdout=subprocess.PIPE, text=True) as keeper:
        assert keeper.stdout is not None
        assert keeper.stdout.readline() == "here\n"
        keeper.send_signal(number)
        began = time.monotonic()
        assert keeper.wait(timeout=20) == 0
        assert keeper.stdout.read() == "", "it would block while somebody else could still write"
        assert time.monotonic() - began < 20


def test_it_listens_where_the_name_leads_and_says_what_it_cannot_have(tmp_path: Path) -> None:
    port = free_port()
    environment = {"ASSESSMENT_HOME": str(tmp_path), "ASSESSMENT_HOST": "localhost", "ASSESSMENT_PORT": str(port)}
    settings = read_settings(environment, tmp_path)
    made = listen(settings)
    assert {listener.getsockname()[0] for listener in made} <= {"127.0.0.1", "::1"}
    socket.create_connection(("localhost", port)).close()
    with pytest.raises(SettingFault, match=rf"^ASSESSMENT_PORT: cannot listen on localhost:{port} .*set another port$"):
        listen(settings)
    for listener in made:
        listener.close()
