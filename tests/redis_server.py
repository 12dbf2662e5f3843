"""A real Redis of our own for tests: started, killed, started again at the same address."""

import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.browser.conftest import free_port

# Debian's redis-tools has the server without the service: one program with several names.
PROGRAM = shutil.which("redis-server") or shutil.which("redis-check-rdb")


class Redis:
    """A Redis on a port of its own, in memory only."""

    def __init__(self, folder: Path) -> None:
        assert PROGRAM, "no redis-server here: requirements/setup.sh dev installs it"
        self.port = free_port()
        self.address, self._folder = f"redis://127.0.0.1:{self.port}/0", folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        words = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", self._folder]
        self._process = subprocess.Popen(words, executable=PROGRAM, stdout=subprocess.DEVNULL)
        for _ in range(200):
            try:
                with socket.create_connection(("127.0.0.1", self.port), 1):
                    return self
            except OSError:
                time.sleep(0.02)
        raise AssertionError("Redis did not come up")

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def freeze(self) -> None:
        """It keeps its connections and answers no more."""
        assert self._process
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self._process
        self._process.send_signal(signal.SIGCONT)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.kill()
