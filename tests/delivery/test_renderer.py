"""Reports are made outside the worker; bombs, crashes and kills cost one document and nothing after it."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from assessment import metrics
from assessment.core.typed_text import soften
from assessment.delivery import pdf, render_process
from assessment.delivery.frames import LARGEST, FrameFault, pack, unpack
from assessment.delivery.renderer import Renderer, RenderError
from tests.delivery.reports import CSS, MADE_AT, report


@pytest.fixture(scope="module")
def renderer() -> Iterator[Renderer]:
    with Renderer(cpu_seconds=2, wall_seconds=5) as made:
        made.make(report(), CSS, MADE_AT)
        yield made


@pytest.fixture(scope="module")
def short() -> Iterator[Renderer]:
    """One that gives a document a second, for those that take as long as they are let."""
    with Renderer(cpu_seconds=1, wall_seconds=5) as made:
        made.make(report(), CSS, MADE_AT)
        yield made


def _process_of(renderer: Renderer) -> int:
    assert renderer._process is not None
    return renderer._process.pid


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_a_child_makes_the_same_bytes_as_a_fresh_process_would(renderer: Renderer) -> None:
    first, second = renderer.make(report(), CSS, MADE_AT), renderer.make(report(), CSS, MADE_AT)
    assert first == second
    assert first.content == pdf.render(report(), CSS, MADE_AT)
    assert (first.pages, first.warnings) == (1, ())


def test_pages_and_warnings_come_back(renderer: Renderer) -> None:
    made = renderer.make(report('<p style="break-before: page; colour: red">two</p>'), CSS, MADE_AT)
    assert made.pages == 2
    assert any("colour" in warning for warning in made.warnings)


BOMBS = {
    "spaces": "<p>x" + " " * 200_000 + "x</p>",
    "marks": "<p>z" + "\u0336" * 60_000 + "</p>",
    "nesting": "<div>" * 5_000,
    "table": "<table>" + "<tr><td>x<td>y" * 30_000 + "</table>",
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_ends_within_its_limits_and_the_next_report_is_made(short: Renderer, bomb: str) -> None:
    before, began = _process_of(short), time.monotonic()
    with pytest.raises(RenderError) as error:
        short.make(report(BOMBS[bomb]), CSS, MADE_AT)
    assert error.value.permanent
    assert time.monotonic() - began < 8
    began = time.monotonic()
    assert short.make(report(), CSS, MADE_AT).pages == 1
    assert time.monotonic() - began < 3
    assert (_process_of(short), _children(before)) == (before, [])


@pytest.mark.parametrize("words", ["x" * 10_000, "x " * 1_000, "<" * 2_000, "Ж" * 10_000])
def test_what_people_may_type_is_made(renderer: Renderer, words: str) -> None:
    text = soften(words).replace("<", "&lt;")
    assert renderer.make(report(f"<p>{text}</p>"), CSS, MADE_AT).pages >= 1


def test_memory_is_limited() -> None:
    with Renderer(memory_mib=256) as small:
        with pytest.raises(RenderError):
            small.make(report("<!--" + "x" * 30_000_000 + "-->"), CSS, MADE_AT)
        assert small.make(report(), CSS, MADE_AT).pages == 1


def test_time_on_the_wall_is_limited_where_no_cpu_is_used() -> None:
    with Renderer(wall_seconds=2) as renderer:
        renderer.make(report(), CSS, MADE_AT)
        stopping = threading.Thread(target=_stop_the_child, args=(_process_of(renderer),))
        stopping.start()
        began = time.monotonic()
        with pytest.raises(RenderError, match="more than 2 s"):
            renderer.make(report(BOMBS["spaces"]), CSS, MADE_AT)
        stopping.join()
        assert time.monotonic() - began < 6
        assert renderer.make(report(), CSS, MADE_AT).pages == 1


def _wait_for_child(process: int) -> int:
    end = time.monotonic() + 5
    while time.monotonic() < end:
        if children := _children(process):
            return children[0]
        time.sleep(0.01)
    raise AssertionError("no child was forked")


def _stop_the_child(process: int) -> None:
    os.kill(_wait_for_child(process), signal.SIGSTOP)


def test_a_child_killed_from_outside_is_worth_another_try(renderer: Renderer) -> None:
    process = _process_of(renderer)
    killing = threading.Thread(target=lambda: os.kill(_wait_for_child(process), signal.SIGKILL))
    killing.start()
    with pytest.raises(RenderError) as error:
        renderer.make(report(BOMBS["spaces"]), CSS, MADE_AT)
    killing.join()
    assert not error.value.permanent
    assert renderer.make(report(), CSS, MADE_AT).pages == 1


def _restarts() -> float:
    """How many deaths Prometheus is told of."""
    return metrics.REGISTRY.get_sample_value("assessment_renderer_restarts_total") or 0


def test_a_killed_renderer_process_is_replaced_and_counted(renderer: Renderer) -> None:
    process, before = _process_of(renderer), _restarts()
    os.kill(process, signal.SIGKILL)
    with pytest.raises(RenderError) as error:
        renderer.make(report(), CSS, MADE_AT)
    assert not error.value.permanent
    assert _restarts() == before + 1
    assert renderer.make(report(), CSS, MADE_AT).pages == 1
    assert _process_of(renderer) != process


def test_the_process_is_recycled_and_holds_one_thread_and_none_of_our_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql+psycopg://canary")
    with Renderer(recycle_after=2) as renderer:
        pids = []
        for _ in range(3):
            renderer.make(report(), CSS, MADE_AT)
            pids.append(_process_of(renderer))
            process = Path(f"/proc/{pids[-1]}")
            assert b"canary" not in (process / "environ").read_bytes()
            assert len(list((process / "task").iterdir())) == 1
        assert pids[0] == pids[1] != pids[2]
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_a_child_is_nobody_when_we_are_root(renderer: Renderer) -> None:
    process, seen = _process_of(renderer), []
    expected = render_process.NOBODY if render_process._can_drop() else 0

    def look() -> None:
        child, end = _wait_for_child(process), time.monotonic() + 5
        while f"\t{expected}\t" not in "".join(seen[-1:]) and time.monotonic() < end:
            seen.append(next(line for line in _status(child) if line.startswith("Uid:")))
        os.kill(child, signal.SIGKILL)

    looking = threading.Thread(target=look)
    looking.start()
    with pytest.raises(RenderError):
        renderer.make(report(BOMBS["spaces"]), CSS, MADE_AT)
    looking.join()
    assert seen[-1].split() == ["Uid:", *[str(expected)] * 4]


def _status(process: int) -> list[str]:
    return Path(f"/proc/{process}/status").read_text().splitlines()


def test_frames_survive_the_trip_and_garbage_is_told_apart() -> None:
    frame = pack({"pages": 3}, b"\x00body")

    def reader(content: bytes) -> "_Reader":
        return _Reader(content)

    assert unpack(reader(frame)) == ({"pages": 3}, b"\x00body")
    assert unpack(reader(b"")) is None
    for cut in (frame[:3], frame[:10], frame[:-1], (LARGEST + 1).to_bytes(4, "big") + b"\0" * 4):
        with pytest.raises(FrameFault):
            unpack(reader(cut))


class _Reader:
    def __init__(self, content: bytes) -> None:
        self._rest = content

    def __call__(self, size: int) -> bytes:
        read, self._rest = self._rest[:size], self._rest[size:]
        return read
