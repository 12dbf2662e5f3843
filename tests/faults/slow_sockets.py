"""Two hundred sockets that dribble headers, dribble bodies or do not read, and honest people beside them."""

import selectors
import socket
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles

from tests.faults.alone import alone
from tests.faults.people import Crowd
from tests.faults.site import KillableSite
from tests.faults.table import Row

SOCKETS = 200
HONEST = 4
ANSWERED, P99_SECONDS = 0.99, 1.0
KINDS = ("headers", "body", "deaf")
BEGINNING = {
    "headers": b"GET / HTTP/1.1\r\nHost: localhost\r\n",
    "body": b"POST /a/tiny HTTP/1.1\r\nHost: localhost\r\nContent-Length: 60000\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\n\r\nmodel=",
    "deaf": b"GET /static/fonts/Inter-Regular.ttf HTTP/1.1\r\nHost: localhost\r\n\r\n" * 12,
}
DRIBBLE = {"headers": b"X-A: b\r\n", "body": b"a", "deaf": b""}


@dataclass
class Slowloris:
    """Keeps so many sockets busy; one that the server closes is opened again."""

    port: int
    sockets: dict[socket.socket, str] = field(default_factory=dict)
    opened: int = 0
    counts: list[int] = field(default_factory=list)
    """How many of the sockets were still open, before each turn from the first on that began with all of them."""

    def hold(self, count: int, stop: threading.Event) -> None:
        """Until `stop` is set, with something new on every socket twice a second."""
        while not stop.is_set():
            self._dismiss_closed()
            if self.opened >= count:
                self.counts.append(len(self.sockets))
            while len(self.sockets) < count and not stop.is_set():
                self._open(KINDS[self.opened % len(KINDS)])
            for slow, kind in list(self.sockets.items()):
                self._send(slow, DRIBBLE[kind])
            stop.wait(0.5)
        for slow in list(self.sockets):
            slow.close()

    def _open(self, kind: str) -> None:
        slow = socket.socket()
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        slow.settimeout(5)
        slow.connect(("127.0.0.1", self.port))
        slow.setblocking(False)
        self.sockets[slow] = kind
        self.opened += 1
        self._send(slow, BEGINNING[kind])

    def _send(self, slow: socket.socket, part: bytes) -> None:
        try:
            slow.send(part)
        except BlockingIOError:
            pass
        except OSError:
            self._dismiss(slow)

    def _dismiss(self, slow: socket.socket) -> None:
        self.sockets.pop(slow, None)
        slow.close()

    def _dismiss_closed(self) -> None:
        """Those that the server answered or closed; the deaf ones never look."""
        with selectors.DefaultSelector() as ready:
            for slow, kind in self.sockets.items():
                if kind != "deaf":
                    ready.register(slow, selectors.EVENT_READ)
            closed = [key.fileobj for key, _events in ready.select(0)]
        for slow in closed:
            assert isinstance(slow, socket.socket)
            self._dismiss(slow)


def run(small: bool) -> Row:
    """Honest people submit for two minutes, longer than the server waits for a request; for some seconds when small."""
    with tempfile.TemporaryDirectory(prefix="slow") as folder, KillableSite(Path(folder)) as site:
        return tried_on(site, small)


def tried_on(site: KillableSite, small: bool) -> Row:
    """The same on a site that is there, and goes on."""
    seconds, warm = 3.0 if small else 120.0, Crowd(site.url)
    warm.submit("warm@northfield.example")
    crowd, stop = Crowd(site.url), threading.Event()
    slowloris = Slowloris(site.port)
    holding = threading.Thread(target=slowloris.hold, args=(SOCKETS, stop))
    holding.start()
    _wait_until_held(slowloris)
    with ThreadPoolExecutor(HONEST) as people:
        tried = list(people.map(lambda number: _honest(crowd, number, seconds), range(HONEST)))
    held = median(slowloris.counts)
    stop.set()
    holding.join()
    site.told.update(warm.cards | crowd.cards)
    times = sorted(answer.seconds for answer in crowd.answers if answer.status < 500)
    asked = len(crowd.answers) + sum(tried)
    share, p99 = len(times) / asked, quantiles(times, n=100)[98]
    cut_off = slowloris.opened - SOCKETS
    return Row(
        fault="slowloris",
        tries=asked,
        goal=f"{SOCKETS} sockets: >= 99 % answered, p99 < {P99_SECONDS:.0f} s",
        # How fast is judged in full only, when nothing runs beside it.
        met=share >= ANSWERED and held >= SOCKETS * 0.9 and (small or (p99 < P99_SECONDS and cut_off > 0)),
        said=f"{share:.2%} answered in {seconds:.0f} s, median {median(times) * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms; "
        f"{held:.0f} sockets held in the middle ({', '.join(KINDS)}), {cut_off} cut off and opened again",
    )


def _wait_until_held(slowloris: Slowloris) -> None:
    deadline = time.monotonic() + 30
    while len(slowloris.sockets) < SOCKETS and time.monotonic() < deadline:
        time.sleep(0.05)


def _honest(crowd: Crowd, number: int, seconds: float) -> int:
    """Read and answer for so long; gives how many requests were not answered at all."""
    end, turn, unanswered = time.monotonic() + seconds, 0, 0
    while time.monotonic() < end:
        person = crowd.person()
        try:
            person.read("/")
            person.read(person.begin())
            if turn % 10 == 0:
                crowd.submit(f"honest{number}-{turn}@northfield.example")
        except OSError:
            unanswered += 1
        turn += 1
        time.sleep(0.1)
    return unanswered


if __name__ == "__main__":
    alone(run)
