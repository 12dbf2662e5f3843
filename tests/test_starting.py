"""Starting: refused in one line that names what to do, and metrics where they were asked for."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import text

from assessment.actions.installation import Installation
from assessment.app import create_app
from assessment.installing import install, prepare
from assessment.settings import SettingFault, Settings, read_settings
from assessment.store import secrets_file
from assessment.store.database import open_database, reading, writing
from assessment.store.migrate import configuration
from assessment.store.revision import revisions, standing
from tests.browser.conftest import free_port
from tests.databases import fresh_database
from tests.walking import Walker

Environment = dict[str, str]


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    home = tmp_path / "home"
    url = fresh_database(home)
    made = {"ASSESSMENT_HOME": str(home), "ASSESSMENT_PORT": str(free_port()), "DATABASE_URL": url}
    given = os.environ | made
    prepare(read_settings(given))
    return given


def _run(command: str, environment: Environment) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "assessment", command]
    return subprocess.run(words, env=environment, capture_output=True, text=True, timeout=120)


ASKED = """
import json, sys
from click.testing import CliRunner
from assessment.cli import cli
for command, environment in json.load(sys.stdin):
    ran = CliRunner().invoke(cli, [command], env=environment)
    print(json.dumps([ran.exit_code, ran.stdout, ran.stderr]))
"""


def _run_all(*commands: tuple[str, Environment]) -> list[subprocess.CompletedProcess[str]]:
    """One after the other in one process, which has loaded everything once; none of them may fork."""
    words, asked = [sys.executable, "-c", ASKED], json.dumps(commands)
    ran = subprocess.run(words, input=asked, env=commands[0][1], capture_output=True, text=True, timeout=120)
    assert (ran.returncode, ran.stderr) == (0, "")
    said = [json.loads(line) for line in ran.stdout.splitlines()]
    assert len(said) == len(commands)
    return [subprocess.CompletedProcess(words, *each) for each in said]


def _stand_at(environment: Environment, revision: str) -> None:
    engine = open_database(environment["DATABASE_URL"])
    with writing(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})
    engine.dispose()


def _is_refused(ran: subprocess.CompletedProcess[str], *words: str) -> None:
    assert ran.returncode == 2, ran.stderr
    assert ran.stdout == ""
    [line] = ran.stderr.splitlines()
    for word in words:
        assert word in line


def test_tables_of_another_version_are_refused(environment: Environment) -> None:
    _stand_at(environment, revisions()[-2])
    _is_refused(_run("serve", environment), "DATABASE_URL", "older", "`assessment init`")
    _stand_at(environment, "9999")
    for ran in _run_all(("worker", environment)):
        _is_refused(ran, "DATABASE_URL", "newer")
    with pytest.raises(SettingFault, match="newer"):  # what `init` does: an older version does not touch newer tables
        prepare(read_settings(environment))


def test_init_brings_older_tables_to_this_version(settings: Settings, tmp_path: Path) -> None:
    older = replace(settings, database_url=fresh_database(tmp_path / "older", migrated=False))
    engine = open_database(older.database_url)
    with writing(engine) as connection:
        command.upgrade(configuration(connection), revisions()[-2])
        assert standing(connection) == "older"
    prepare(older)
    with reading(engine) as connection:
        assert standing(connection) == "same"
    engine.dispose()


def test_new_secrets_are_never_made_for_a_database_that_is_used(
    house: Installation, staff: Callable[..., Walker]
) -> None:
    staff("admin")
    there = house.settings.secrets_path
    kept = there.rename(there.with_name("elsewhere"))
    with pytest.raises(SettingFault, match=r"^ASSESSMENT_HOME: .* put its secrets.json at .*secrets.json first"):
        prepare(house.settings)
    assert not there.exists()
    kept.rename(there)
    assert prepare(house.settings) is False


def test_secrets_that_sealed_nothing_of_a_database_are_refused(
    house: Installation, staff: Callable[..., Walker], tmp_path: Path
) -> None:
    """As after a database was restored, and its secrets were not."""
    staff("admin")
    other = read_settings({"ASSESSMENT_HOME": str(tmp_path / "b"), "DATABASE_URL": house.settings.database_url})
    (tmp_path / "b").mkdir()
    secrets_file.create(other.secrets_path, secrets_file.make())
    with pytest.raises(SettingFault, match=r"^ASSESSMENT_HOME: the database was sealed with other keys .*secrets.json"):
        install(other)


def test_a_database_without_tables_is_refused(tmp_path: Path, environment: Environment) -> None:
    empty = environment | {"DATABASE_URL": fresh_database(tmp_path / "other", migrated=False)}
    with pytest.raises(SettingFault, match="older than this version; run `assessment init`"):
        install(read_settings(empty))


def test_a_database_that_is_away_stops_init_and_no_start(environment: Environment) -> None:
    away = environment | {"DATABASE_URL": f"postgresql+psycopg://assessment@127.0.0.1:{free_port()}/assessment"}
    with pytest.raises(SettingFault, match=r"^DATABASE_URL: the database cannot be used: .*refused"):
        prepare(read_settings(away))
    house = install(read_settings(away))
    assert create_app(house).test_client().get("/ready").get_data(as_text=True) == "not ready: database\n"


BAD_ADDRESSES = {
    "postgresql+psycopg://assessment:s3cret-pw@127.0.0.1/x?sslmod=require": "invalid connection option",
    "postgresql+psycopg://assessment:s3cret-pw@127.0.0.1/x?plugin=s3cret-pw": "its options",
    "postgresql+psycopg://assessment:s3cret-pw@127.0.0.1:port/x": "must be like",
    "sqlite:////tmp/s3cret-pw?timeout=s3cret-pw": "its options",
}


@pytest.mark.parametrize("address", BAD_ADDRESSES)
@pytest.mark.parametrize("open_it", [prepare, install], ids=["init", "start"])
def test_an_address_that_the_driver_does_not_take_is_refused_without_it(
    environment: Environment, address: str, open_it: Callable[[Settings], object]
) -> None:
    with pytest.raises(SettingFault, match=f"^DATABASE_URL.* {BAD_ADDRESSES[address]}") as caught:
        open_it(read_settings(environment | {"DATABASE_URL": address}))
    assert "s3cret-pw" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.sqlite("the addresses are the same, whatever the tests run on")
def test_a_bad_address_is_told_in_one_line(environment: Environment) -> None:
    first, *others = [("serve", environment | {"DATABASE_URL": address}) for address in BAD_ADDRESSES]
    for ran, words in zip([_run(*first), *_run_all(*others)], BAD_ADDRESSES.values(), strict=True):
        _is_refused(ran, "DATABASE_URL", words)


@pytest.mark.postgresql("it is a setting of that server")
def test_a_server_that_may_lose_what_it_acknowledged_is_refused(environment: Environment) -> None:
    engine = open_database(environment["DATABASE_URL"])
    with writing(engine) as connection:
        connection.execute(text(f"ALTER DATABASE {engine.url.database} SET synchronous_commit = off"))
    engine.dispose()
    with pytest.raises(SettingFault, match=r"^DATABASE_URL: PostgreSQL would not promise durability"):
        prepare(read_settings(environment))
    for ran in (_run("serve", environment), *_run_all(("worker", environment), ("init", environment))):
        _is_refused(ran, "DATABASE_URL", "synchronous_commit is off")


def test_a_home_folder_that_cannot_be_written_is_named(environment: Environment, tmp_path: Path) -> None:
    url = fresh_database(tmp_path / "database", migrated=False)
    with pytest.raises(SettingFault, match=r"^ASSESSMENT_HOME: /proc cannot be written \("):  # not even by root
        prepare(read_settings(environment | {"ASSESSMENT_HOME": "/proc", "DATABASE_URL": url}))


@pytest.mark.sqlite("no database has a part in it")
def test_a_port_that_is_taken_is_named(environment: Environment) -> None:
    settings = {
        "ASSESSMENT_METRICS_PORT": "serve",
        "ASSESSMENT_WORKER_METRICS_PORT": "worker",
        "ASSESSMENT_PORT": "serve",
    }
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        first, *others = [(command, environment | {setting: port}) for setting, command in settings.items()]
        # The first is told by the process that answers, which has been forked by then.
        for ran, setting in zip([_run(*first), *_run_all(*others)], settings, strict=True):
            _is_refused(ran, setting, port)


def _read(port: str, path: str = "/metrics") -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as reply:
        return str(reply.read().decode())


def _until(port: str, path: str, words: str, seconds: float = 90) -> str:
    deadline = time.monotonic() + seconds
    while True:
        try:
            found = _read(port, path)
        except OSError as error:
            found = str(error)
        if words in found:
            return found
        assert time.monotonic() < deadline, found
        time.sleep(0.1)


@pytest.fixture
def started(environment: Environment, tmp_path: Path) -> Iterator[dict[str, subprocess.Popen[bytes]]]:
    """Web server and worker behind a proxy, as far as they know, each with its metrics."""
    environment |= {
        "ASSESSMENT_METRICS_PORT": str(free_port()),
        "ASSESSMENT_WORKER_METRICS_PORT": str(free_port()),
        "ASSESSMENT_PROXIES": "1",
    }
    with (tmp_path / "log").open("wb") as log:
        processes = {
            command: subprocess.Popen([sys.executable, "-m", "assessment", command], env=environment, stderr=log)
            for command in ("serve", "worker")
        }
        yield processes
        for process in processes.values():
            process.kill()
            process.wait()


@pytest.mark.sqlite("tests/delivery/test_measuring.py reads queues of both; the kills start both on PostgreSQL")
def test_both_tell_what_they_do_and_a_stop_tells_the_proxy_first(
    environment: Environment, started: dict[str, subprocess.Popen[bytes]]
) -> None:
    assert _until(environment["ASSESSMENT_PORT"], "/ready", "ready") == "ready\n"
    web = _until(environment["ASSESSMENT_METRICS_PORT"], "/metrics", "assessment_requests_total")
    assert 'assessment_requests_total{method="GET",route="/ready",status="2xx"} 1.0' in web
    assert 'assessment_build_info{python="' in web
    worker = _until(environment["ASSESSMENT_WORKER_METRICS_PORT"], "/metrics", "assessment_database_up 1.0")
    for table in ("document", "export", "delivery", "notice"):
        assert f'assessment_queue_rows{{state="queued",table="{table}"}} 0.0' in worker
        assert f'assessment_queue_due_seconds{{table="{table}"}} 0.0' in worker
    _until(environment["ASSESSMENT_WORKER_METRICS_PORT"], "/metrics", "assessment_housekeeping_timestamp_seconds 1.")
    _is_stopped(started["serve"], environment["ASSESSMENT_PORT"])


def _is_stopped(web: subprocess.Popen[bytes], port: str) -> None:
    """It says that it will not be there for long while it still answers, and ends in order."""
    web.send_signal(signal.SIGTERM)
    seen = set()
    while web.poll() is None:
        try:
            _read(port, "/ready")
        except urllib.error.HTTPError as refused:
            seen.add((refused.code, refused.read()))
            assert _read(port, "/health") == "ok\n"
            break
        except OSError:
            time.sleep(0.05)
    assert seen == {(503, b"not ready: stopping\n")}
    assert web.wait(timeout=30) == 0
