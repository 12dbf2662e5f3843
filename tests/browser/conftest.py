"""A real site for real browsers: web server, worker and a mail server, each its own process or thread."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.databases import fresh_database

ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking",
    "--disable-component-update", "--no-first-run", "--disable-sync",
]  # fmt: skip
NOT_LOOKED_AT = ("WebUIOmniboxPopup", "WebUIOmniboxAimPopup")
"""What drops down from the address bar: two pages of Chromium's own, loaded with every window, at half its cost."""
PLAYWRIGHTS = (
    "AimEnabled", "AvoidCorsURLLoaderRestartOnRedirect", "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose", "HttpsFirstBalancedModeAutoEnable", "HttpsUpgrades", "LensOverlay", "MediaRouter",
    "NetworkTimeServiceQuerying", "OptimizationHints", "PaintHolding", "PreconnectToSearch",
    "ThirdPartyStoragePartitioning",
)  # fmt: skip
"""What Playwright 1.65 switches off itself: Chromium hears the last such list alone."""
ARGUMENTS.append(f"--disable-features={','.join((*NOT_LOOKED_AT, *PLAYWRIGHTS))}")


def chromium() -> str | None:
    """An installed Chromium, its headless shell first, which does less; None lets Playwright choose."""
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
    return next((path for name in names if (path := shutil.which(name))), None)


# A range for each process of tests, begun anywhere, below the ports that the system gives to connections: one that the
# system calls free is given to somebody else before the server that it is for has started.
_ports = count(10_000 + 4_000 * int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]) + os.getpid() % 2_000)


def free_port() -> int:
    """A port that nobody else will take, each once."""
    for port in _ports:
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no port is free")


@dataclass
class Mailbox:
    """An SMTP server's handler that keeps what it accepts."""

    messages: list[EmailMessage] = field(default_factory=list)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        message["X-Rcpt"] = ",".join(envelope.rcpt_tos)
        self.messages.append(message)
        return "250 kept"

    def wait_for(self, recipient: str, seconds: float = 30, at_least: int = 1) -> EmailMessage:
        """The newest mail to somebody once `at_least` so many came."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            theirs = [message for message in self.messages if message["X-Rcpt"] == recipient]
            if len(theirs) >= at_least:
                return theirs[-1]
            time.sleep(0.1)
        raise AssertionError(f"no mail for {recipient} within {seconds} s")


@dataclass
class Site:
    url: str
    home: Path
    database: str
    mailbox: Mailbox


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The product as `make run` starts it, with a mail server instead of the outbox."""
    home, port, mail_port = tmp_path_factory.mktemp("site"), free_port(), free_port()
    database, mailbox = fresh_database(home, migrated=False, keep=True), Mailbox()
    controller = Controller(mailbox, hostname="127.0.0.1", port=mail_port)
    controller.start()
    environment = os.environ | {
        "ASSESSMENT_HOME": str(home),
        "DATABASE_URL": database,
        "ASSESSMENT_PORT": str(port),
        "ASSESSMENT_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "ASSESSMENT_FIRM": "Meridian Advisory",
        "ASSESSMENT_BOOKING_URL": "https://meridian.example/call",
        "ASSESSMENT_CONTACT_EMAIL": "carl@meridian.example",
        "ASSESSMENT_SMTP_HOST": "127.0.0.1",
        "ASSESSMENT_SMTP_PORT": str(mail_port),
        "ASSESSMENT_SMTP_SECURITY": "none",
        "ASSESSMENT_MAIL_FROM": "scorecards@meridian.example",
    }
    log = (home / "log").open("wb")
    process = subprocess.Popen([sys.executable, "-m", "assessment", "run"], env=environment, stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until_up(url, process, home / "log")
        yield Site(url, home, database, mailbox)
    finally:
        end(process, home / "log")
        log.close()
        controller.stop()


def end(process: subprocess.Popen[bytes], log: Path, seconds: int = 60) -> None:
    """SIGTERM, and a failure that shows where every thread stands when it does not stop."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGUSR1)
        time.sleep(1)
        process.kill()
        raise AssertionError(f"still there {seconds} s after SIGTERM:\n{log.read_text()[-6000:]}") from None


def wait_until_up(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(300):
        assert process.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(log.read_text())


@contextmanager
def launched() -> Iterator[Browser]:
    """A real browser."""
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        yield made
        made.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with launched() as made:
        yield made


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def served(app: Flask, port: int = 0) -> Iterator[int]:
    """An application in this process that a browser can reach; gives its port."""
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield int(server.server_port)
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """Where the site runs for a browser."""
    with served(app) as port:
        yield f"http://127.0.0.1:{port}"


@dataclass
class Complaints:
    """What a page logged or refused; must stay empty."""

    lines: list[str] = field(default_factory=list)

    def listen(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.lines.append(f"error: {error}"))
        page.on("console", lambda message: self._console(message))
        page.on("request", lambda request: self._request(request.url))
        page.on("dialog", lambda dialog: self.lines.append(f"dialog: {dialog.message}"))

    def _console(self, message: Any) -> None:
        # The browser itself logs every 4xx reply of a form that needs a look; those are asked for.
        if message.type == "error" and "status of 4" not in message.text:
            self.lines.append(f"console: {message.text}")

    def _request(self, url: str) -> None:
        if not url.startswith(("http://127.0.0.1:", "data:")):
            self.lines.append(f"third party: {url}")


@pytest.fixture(params=["script", "no-script"])
def context(request: pytest.FixtureRequest, browser: Browser) -> Iterator[BrowserContext]:
    """A browser of one's own, with and without JavaScript; nothing moves, which costs the most of what it draws.

    Tests that make their browsers themselves (a first day, reviews, policy, signing in) see what moves.
    """
    script, viewport = request.param == "script", ViewportSize(width=390, height=844)
    made = browser.new_context(java_script_enabled=script, viewport=viewport, reduced_motion="reduce")
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """Priya's page; it must not complain."""
    made, complaints = context.new_page(), Complaints()
    complaints.listen(made)
    yield made
    assert not complaints.lines
