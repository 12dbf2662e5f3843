"""Documents made to stall or burst a typesetter, past all that softens them, through the real renderer process."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from assessment import rendering
from assessment.core.reviewed import OWN, Content, Own, Signature, Signed, apply
from assessment.delivery.making import Named
from assessment.delivery.renderer import Renderer, RenderError
from tests.delivery.mail_server import mail_server
from tests.delivery.reports import MADE_AT, report
from tests.faults.alone import alone
from tests.faults.indoors import drain, indoors
from tests.faults.table import Row
from tests.samples import RENEWAL

SECONDS, MEBIBYTES, NEXT_SECONDS = 20, 512, 5
PATIENT_SECONDS = 30
"""For the next delivery when small: tests of other kinds run beside it."""
WORD = "x" * 100_000
"""One word that nothing broke up."""


def _named() -> str:
    return rendering.report_html(RENEWAL, Named(name=WORD, company=WORD, role=WORD), {}, None)


def _typed() -> str:
    lines = RENEWAL.other_answers + tuple(line for area in RENEWAL.areas for line in area.lines)
    return rendering.report_html(RENEWAL, None, {line.id: WORD for line in lines}, WORD)


def _reviewed() -> str:
    first = RENEWAL.advice[0].id
    own = Own(title=WORD, gap=WORD, first_action=WORD, measure=WORD, within=20, effort="low")
    content = Content(comment=f"{WORD}\n\n{WORD}", picks=(first, OWN), own=own)
    by = Signature(name=WORD, role=WORD, firm=WORD, on=MADE_AT.isoformat(), confirmed=True)
    reviewed = apply(RENEWAL, Signed(content=content, by=by, issue=1))
    return rendering.report_html(reviewed.card, None, {}, None, reviewed)


def _advice() -> str:
    told = tuple(replace(item, title=WORD, gap=WORD, first_action=WORD) for item in RENEWAL.advice)
    named = replace(RENEWAL, brand=replace(RENEWAL.brand, name=WORD, tagline=WORD), advice=told)
    return rendering.report_html(named, None, None, None)


def _drawn() -> str:
    shapes = "".join(f'<path d="M{n} 0{"l1 1 1 -1" * 200}" fill="url(#g)" filter="url(#f)"/>' for n in range(3_000))
    used = "".join(f'<g id="u{n + 1}">{f"<use href=#u{n} />" * 10}</g>' for n in range(9))
    return report(
        f'<svg viewBox="0 0 9 9"><defs><g id="u0"><rect width="1"/></g>{used}</defs><use href="#u9"/>{shapes}</svg>'
    )


def _styled() -> str:
    tower = "".join(
        f"<p style='columns: {n + 2}; width: {10 ** (n % 20)}mm; counter-increment: a {10**9}'>x" for n in range(4_000)
    )
    grid = f"<div style='display: grid; grid-template: repeat(900, 1px) / repeat(900, 1px)'>{'<i>x</i>' * 9_000}</div>"
    return report(f"<style>{'*:not(:has(p ~ p)) { color: red } ' * 300}</style>{tower}{grid}")


def _glyphs() -> str:
    letters = "".join(f"{chr(number)}\u0336 " for number in range(0x3F, 0xD7FF))
    return report(f"<p>{letters}z{chr(0x336) * 90_000}")


BOMBS: dict[str, Callable[[], str]] = {
    "a word as name, company, role": _named,
    "a word as every answer and unit": _typed,
    "a word in every part of a review": _reviewed,
    "a word in advice and brand": _advice,
    "nesting": lambda: report("<div><b>" * 60_000),
    "a table": lambda: report("<table>" + "<tr><td rowspan=900 colspan=900>x<td>y" * 30_000 + "</table>"),
    "pages": lambda: report("<p style='break-before: page'>x" * 200_000),
    "drawings": _drawn,
    "styles": _styled,
    "glyphs": lambda: report(
        "<p>" + "".join(f"{chr(n)}\u0336 " for n in range(0x21, 0xD7FF)) + "z" + "\u0336" * 90_000
    ),
    "spaces": lambda: report("<p>x" + " " * 900_000 + "x"),
    "a comment": lambda: report("<!--" + "<!-- x" * 5_000_000 + "-->"),
}
FEW = ("a word as name, company, role", "a table")


@dataclass
class Burst:
    """How one bomb went off: seconds until it was over, the most memory of its process, and the next delivery."""

    name: str
    seconds: float
    mebibytes: float
    next_seconds: float
    outcome: str


def run(small: bool) -> Row:
    """All of them with the worker's own limits; a few, with two seconds of processor each, when small."""
    names = FEW if small else tuple(BOMBS)
    with indoors() as inside, mail_server() as post:
        if small:
            inside.renderer = Renderer(cpu_seconds=2)
        with inside.renderer:
            worker = inside.worker(post.port)
            inside.submit(["first@northfield.example"])
            drain(worker)
            bursts = []
            for number, name in enumerate(names):
                seconds, peak, outcome = _set_off(inside.renderer, BOMBS[name]())
                inside.submit([f"next{number}@northfield.example"])
                began = time.monotonic()
                drain(worker)
                bursts.append(Burst(name, seconds, peak, time.monotonic() - began, outcome))
            missing = len(names) + 1 - len(post.accepted)
            plain = sum(row.plain or row.state != "ready" for row in inside.documents())
    next_seconds = PATIENT_SECONDS if small else NEXT_SECONDS
    slow = [burst.name for burst in bursts if burst.seconds > SECONDS or burst.next_seconds > next_seconds]
    large = [burst.name for burst in bursts if burst.mebibytes > MEBIBYTES]
    return Row(
        fault="PDF bombs",
        tries=len(bursts),
        goal=f"each <= {SECONDS} s, <= {MEBIBYTES} MiB; next < {next_seconds} s",
        met=not (slow or large or missing or plain) and all(burst.mebibytes > 0 for burst in bursts),
        missing=missing,
        recovery=max(burst.next_seconds for burst in bursts),
        said="; ".join(
            f"{burst.name}: {burst.seconds:.1f} s, {burst.mebibytes:.0f} MiB, {burst.outcome}" for burst in bursts
        ),
    )


def _set_off(renderer: Renderer, html: str) -> tuple[float, float, str]:
    """Seconds, MiB of resident memory at most, and what came of it."""
    over, peak = threading.Event(), [0.0]
    watching = threading.Thread(target=_watch, args=(renderer, over, peak))
    watching.start()
    began = time.monotonic()
    try:
        made = renderer.make(html, rendering.report_css(), MADE_AT)
        outcome = f"made, {made.pages} pages"
    except RenderError as error:
        outcome = error.reason[:80]
    seconds = time.monotonic() - began
    over.set()
    watching.join()
    return seconds, peak[0], outcome


def _watch(renderer: Renderer, over: threading.Event, peak: list[float]) -> None:
    """The most memory that any child of the renderer process ever held; the kernel keeps the mark for us."""
    while not over.wait(0.01):
        process = renderer._process
        if process is None:
            continue
        try:
            children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
            for child in children:
                marks = Path(f"/proc/{child}/status").read_text()
                high = next((line for line in marks.splitlines() if line.startswith("VmHWM")), "VmHWM: 0 kB")
                peak[0] = max(peak[0], int(high.split()[1]) / 1024)
        except OSError:
            continue  # it ended between two looks


if __name__ == "__main__":
    alone(run)
