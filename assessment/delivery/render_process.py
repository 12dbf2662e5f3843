"""The renderer process: one thread, warm with fonts and style, a forked child with limits for every document.

Never imported by a process with threads: forking such a process can deadlock. Started by `renderer.Renderer`.
"""

import gc
import os
import resource
import select
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from assessment.delivery import pdf
from assessment.delivery.frames import FrameFault, pack, unpack
from assessment.paths import static_dir

NOBODY = 65534
"""The user and group that a child becomes when the process runs as root."""

_YIELDS = 10
"""Steps of niceness: on a busy machine whoever waits for a page goes before a mail's document."""
_WARM_UP = "<!doctype html><html lang=en><head><title>Warm</title></head><body><h1>Warm</h1><p>Up</p></body></html>"


def main() -> None:
    """Answer frames from stdin on stdout until stdin ends; arguments: CPU seconds, memory MiB, wall seconds."""
    os.nice(_YIELDS)
    cpu, memory, wall = (int(word) for word in sys.argv[1:4])
    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # a stray print must not break the conversation
    with _own_temporary_folder() as folder, suppress(BrokenPipeError):  # its worker was killed meanwhile
        limits = _Limits(cpu, memory << 20, wall, unprivileged=_can_drop())
        while (request := unpack(requests.read)) is not None:
            answers.write(_answer(request, limits, folder))
            answers.flush()
    os._exit(0)  # WeasyPrint's own clearing up at the interpreter's end prints errors


class _Limits:
    def __init__(self, cpu: int, memory: int, wall: int, *, unprivileged: bool) -> None:
        self.cpu, self.memory, self.wall, self.unprivileged = cpu, memory, wall, unprivileged

    def impose(self) -> None:
        """Bind the present process (a child) for good."""
        resource.setrlimit(resource.RLIMIT_CPU, (self.cpu, self.cpu + 1))
        resource.setrlimit(resource.RLIMIT_AS, (self.memory, self.memory))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        if self.unprivileged:
            _drop()


def _drop() -> None:
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)


def _can_drop() -> bool:
    """Whether we are root and nobody could still read what rendering reads; tried out in a child."""
    if os.geteuid() != 0:
        return False
    child = os.fork()
    if child == 0:
        with suppress(OSError):
            _drop()
            if all(os.access(path, os.R_OK) for path in (__file__, os.__file__, static_dir() / "fonts")):
                os._exit(0)
        os._exit(1)
    return os.waitpid(child, 0)[1] == 0


@contextmanager
def _own_temporary_folder() -> Iterator[Path]:
    # WeasyPrint copies fonts into temporary folders that only their owner may read; the children are somebody else.
    folder = Path(tempfile.mkdtemp(prefix="assessment-renderer-"))
    folder.chmod(0o711)
    tempfile.tempdir = str(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _answer(request: tuple[dict[str, Any], bytes], limits: _Limits, folder: Path) -> bytes:
    head, html = request
    try:
        _warm(head["css"], folder)
    except pdf.PdfUnavailable as error:
        return pack({"error": str(error), "permanent": True})
    return _in_a_child(head, html.decode(), limits)


_OUT_OF_MEMORY = 3

_warmed: set[str] = set()


def _warm(css: str, folder: Path) -> None:
    """Build fonts and style here, so that every child inherits them, and load what rendering loads lazily."""
    if css in _warmed:
        return
    pdf.prepare(css)
    pdf.draw(_WARM_UP, css, datetime(2000, 1, 1, tzinfo=UTC))
    for fonts in folder.iterdir():
        fonts.chmod(0o755)
    _warmed.add(css)
    gc.collect()
    gc.freeze()  # a collection in a child would copy every inherited page


def _in_a_child(head: dict[str, Any], html: str, limits: _Limits) -> bytes:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _child(head, html, limits, writing)
    os.close(writing)
    with open(reading, "rb", buffering=0) as pipe:
        answer = _collect(pipe, child, limits.wall)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if answer is None:
        return pack({"error": f"the document took more than {limits.wall} s", "permanent": True})
    return answer if _whole(answer) else pack(_failure(status, limits))


def _where(error: BaseException) -> str:
    """What broke and where; not what it says, which may quote the document, as this is stored and logged."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{type(error).__name__} at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "unknown"


def _child(head: dict[str, Any], html: str, limits: _Limits, writing: int) -> None:
    """Render and leave; never returns, so that nothing of the parent's runs twice."""
    code = 1
    try:
        limits.impose()
        os.close(0)
        gc.disable()  # for good: leaving is cheaper than clearing up
        made = pdf.draw(html, head["css"], datetime.fromisoformat(head["made_at"]))
        with open(writing, "wb") as pipe:
            pipe.write(pack({"pages": made.pages, "warnings": made.warnings}, made.content))
        code = 0
    except MemoryError:
        code = _OUT_OF_MEMORY
    except BaseException as error:  # the refusal to fetch is a BaseException too
        with suppress(OSError, ValueError), open(writing, "wb") as pipe:
            pipe.write(pack({"error": f"rendering failed: {_where(error)}", "permanent": True}))
    finally:
        os._exit(code)


def _collect(pipe: BinaryIO, child: int, wall: int) -> bytes | None:
    """Everything the child writes until it ends; None when its time was up and it was killed."""
    parts: list[bytes] = []
    end = time.monotonic() + wall
    while select.select([pipe], [], [], max(end - time.monotonic(), 0))[0]:
        part = pipe.read(1 << 16)
        if not part:
            return b"".join(parts)
        parts.append(part)
    os.kill(child, signal.SIGKILL)
    return None


def _whole(answer: bytes) -> bool:
    position = 0

    def read(size: int) -> bytes:
        nonlocal position
        position += size
        return answer[position - size : position]

    try:
        return unpack(read) is not None and position == len(answer)
    except (FrameFault, ValueError):
        return False


def _failure(status: int, limits: _Limits) -> dict[str, Any]:
    limit = {
        _OUT_OF_MEMORY: f"the document needed more than {limits.memory >> 20} MiB",
        -signal.SIGXCPU: f"the document needed more than {limits.cpu} s of CPU",
    }
    # Killed from outside, or crashed in a library under its memory limit: it may be another time's luck.
    return {"error": limit.get(status, f"the document's process ended with {status}"), "permanent": status in limit}


if __name__ == "__main__":
    main()
