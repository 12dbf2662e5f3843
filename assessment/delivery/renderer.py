"""The worker's side of the renderer process: start it, ask it, replace it when it dies, hangs or has grown old."""

import os
import select
import subprocess
import sys
import threading
import time
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import assessment
from assessment import metrics
from assessment.delivery.frames import FrameFault, pack, unpack
from assessment.delivery.pdf import Made

CPU_SECONDS = 10
WALL_SECONDS = 16
"""Seconds of real time; with a large document's way there and back it is over within 20."""
MEMORY_MIB = 768
"""Address space of a child; about 300 MiB of it are libraries and fonts that every child shares."""

_STARTING_SECONDS = 30
_RECYCLE_AFTER = 300
_KEPT_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "HOME", "TMPDIR", "FONTCONFIG_PATH", "FONTCONFIG_FILE", "XDG_CACHE_HOME")


class RenderError(Exception):
    """No PDF was made; `permanent` when the same document would fail again."""

    def __init__(self, reason: str, *, permanent: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.permanent = permanent


class Renderer:
    """Makes PDFs in a process of its own, started with the first document; one document at a time."""

    def __init__(
        self,
        *,
        cpu_seconds: int = CPU_SECONDS,
        wall_seconds: int = WALL_SECONDS,
        memory_mib: int = MEMORY_MIB,
        recycle_after: int = _RECYCLE_AFTER,
    ) -> None:
        self._limits = (cpu_seconds, memory_mib, wall_seconds)
        self._recycle_after = recycle_after
        self._process: subprocess.Popen[bytes] | None = None
        self._made = 0
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the process; the next document starts a new one."""
        if self._process is not None:
            self._end(self._process)
        self._process, self._made = None, 0

    def make(self, html: str, css: str, made_at: datetime) -> Made:
        """The PDF of a document dated `made_at`; raises `RenderError`."""
        with self._lock:
            if self._made >= self._recycle_after:
                self.close()
            self._made += 1
            request = pack({"css": css, "made_at": made_at.isoformat()}, html.encode("utf-8", "replace"))
            head, content = self._ask(request)
        if "error" in head:
            raise RenderError(head["error"], permanent=head["permanent"])
        return Made(content, head["pages"], tuple(head["warnings"]))

    def _ask(self, request: bytes) -> tuple[dict[str, Any], bytes]:
        process = self._process = self._process or self._start()
        try:
            answer = _Conversation(process, self._limits[2] + _STARTING_SECONDS).ask(request)
        except (OSError, FrameFault, ValueError) as error:
            self.close()
            metrics.renderer_restarts.inc()
            raise RenderError(f"the renderer process failed: {error}", permanent=False) from None
        if answer is None:
            self.close()
            metrics.renderer_restarts.inc()
            raise RenderError("the renderer process ended", permanent=False)
        return answer

    def _start(self) -> subprocess.Popen[bytes]:
        # Nothing secret goes in: no database address, no password, no keys.
        kept = {name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ}
        limits = [str(limit) for limit in self._limits]
        return subprocess.Popen(
            [sys.executable, "-m", "assessment.delivery.render_process", *limits],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**kept, "PYTHONPATH": str(Path(assessment.__file__).parents[1]), "PYTHONDONTWRITEBYTECODE": "1"},
            bufsize=0,
            start_new_session=True,  # Ctrl-C in the terminal is for the worker, which finishes what it began
        )

    @staticmethod
    def _end(process: subprocess.Popen[bytes]) -> None:
        if process.stdin is not None:
            process.stdin.close()
        try:
            process.wait(2)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()


class _Conversation:
    """One question and its answer over the process's pipes, within a time."""

    def __init__(self, process: subprocess.Popen[bytes], seconds: float) -> None:
        if process.stdin is None or process.stdout is None:
            raise ValueError("the renderer process was started without pipes")
        self._to, self._from = process.stdin.fileno(), process.stdout.fileno()
        self._end = time.monotonic() + seconds

    def ask(self, request: bytes) -> tuple[dict[str, Any], bytes] | None:
        """The answer, or None when the process ended instead; raises `OSError`, `FrameFault` or `ValueError`."""
        rest = memoryview(request)
        while rest:
            self._wait([], [self._to])
            rest = rest[os.write(self._to, rest[:4096]) :]
        return unpack(self._read)

    def _read(self, size: int) -> bytes:
        read = bytearray()
        while len(read) < size:
            self._wait([self._from], [])
            part = os.read(self._from, min(size - len(read), 1 << 16))
            if not part:
                break
            read += part
        return bytes(read)

    def _wait(self, readers: list[int], writers: list[int]) -> None:
        ready = select.select(readers, writers, [], max(self._end - time.monotonic(), 0))
        if not any(ready):
            raise TimeoutError("it did not answer in time")
