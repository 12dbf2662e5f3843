"""Web and worker as processes of their own that may be killed at any moment, and a mail server that counts."""

import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiosmtpd.controller import Controller

from assessment.installing import prepare
from assessment.settings import read_settings
from tests.databases import fresh_database
from tests.faults.ports import reserved_port

DEFINITIONS = Path(__file__).parent / "definitions"


def _nothing(_moment: str) -> None:
    pass


@dataclass
class Counting:
    """Counts mails by recipient."""

    received: Counter[str] = field(default_factory=Counter)
    moment: Callable[[str], None] = _nothing
    """Called in the middle of a dialogue: "to" before a recipient is answered, "mail" before a whole mail is."""

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        self.moment("to")
        envelope.rcpt_tos.append(address)
        return "250 known"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        self.received.update(envelope.rcpt_tos)
        self.moment("mail")
        return "250 kept"


# As installed: of the tests' packages structlog would load rich, which `requirements/run.txt` does not know.
AS_INSTALLED = "import sys; sys.modules['rich'] = None; from assessment.__main__ import start; start()"


class KillableSite:
    """The product as web server and worker (or one `role` of them); `kill` ends one with SIGKILL and starts it again.

    Its database is a fresh one unless `settings` name another, which need not have tables yet.
    """

    def __init__(
        self,
        home: Path,
        definitions: Path = DEFINITIONS,
        *,
        roles: Sequence[str] = ("serve", "worker"),
        **settings: str,
    ) -> None:
        self._reserved = (reserved_port(), reserved_port())
        self.port, self.mail_port = (reserved.getsockname()[1] for reserved in self._reserved)
        self.url = f"http://127.0.0.1:{self.port}"
        self.mails = Counting()
        self.kills: Counter[str] = Counter()
        self.told: dict[str, str] = {}
        """Who was told of which scorecard, where several faults in a row are tried on one site."""
        self._roles = roles
        self._killing = threading.Lock()
        self._controller = Controller(self.mails, hostname="127.0.0.1", port=self.mail_port)
        self._log = (home / "log").open("ab")
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        if "DATABASE_URL" not in settings:
            settings["DATABASE_URL"] = fresh_database(home, keep=True)
        self.environment = os.environ | {
            "ASSESSMENT_HOME": str(home),
            "ASSESSMENT_PORT": str(self.port),
            "ASSESSMENT_PUBLIC_URL": self.url,
            "ASSESSMENT_QUESTIONNAIRES": str(definitions),
            "ASSESSMENT_SMTP_HOST": "127.0.0.1",
            "ASSESSMENT_SMTP_PORT": str(self.mail_port),
            "ASSESSMENT_SMTP_SECURITY": "none",
            "ASSESSMENT_LIMIT_PER_ADDRESS": "1000000",  # the whole crowd comes from one address
            "ASSESSMENT_LIMIT_IN_ALL": "100000000",
            "PYTHONDONTWRITEBYTECODE": "",  # as installed: a start need not compile
            **settings,
        }

    def __enter__(self) -> Self:
        self._controller.start()
        prepare(read_settings(self.environment))  # what `init` does, without a process that loads everything for it
        for role in self._roles:
            self._start(role)
        self.wait_until_up()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._processes.values():
            process.send_signal(signal.SIGTERM)
        for process in self._processes.values():
            process.wait(timeout=40)
        self._controller.stop()
        for reserved in self._reserved:
            reserved.close()
        self._log.close()

    def _start(self, role: str) -> None:
        self._processes[role] = subprocess.Popen(
            [sys.executable, "-c", AS_INSTALLED, role], env=self.environment, stdout=self._log, stderr=self._log
        )

    def kill(self, role: str) -> float:
        """SIGKILL, and a new start at once; gives when. The web server's keeper dies with it."""
        with self._killing:
            process = self._processes[role]
            process.kill()
            at = time.monotonic()
            process.wait()
            self.kills["keeper" if role == "serve" else role] += 1
            self._start(role)
        return at

    def kill_who_answers(self) -> float:
        """SIGKILL for the web process that answers, whose keeper is left to see to it; gives when."""
        with self._killing:
            os.kill(self.answering(), signal.SIGKILL)
            self.kills["web"] += 1
            return time.monotonic()

    def answering(self) -> int:
        """The process id of who answers now, or as soon as there is somebody."""
        keeper = self._processes["serve"].pid
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            children = Path(f"/proc/{keeper}/task/{keeper}/children").read_text().split()
            if children:
                return int(children[0])
            time.sleep(0.005)
        raise AssertionError("nobody answers")

    def assert_running(self) -> None:
        """Nobody ended by themselves."""
        with self._killing:
            ended = {
                role: process.returncode for role, process in self._processes.items() if process.poll() is not None
            }
        assert not ended, f"ended by themselves: {ended}"

    def wait_until_up(self, seconds: float = 30) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"{self.url}/health", timeout=1):
                    return
            except OSError:
                time.sleep(0.05)
        raise AssertionError("the web server did not come up")
