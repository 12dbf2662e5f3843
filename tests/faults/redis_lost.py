"""The Redis that counts requests is killed under load and comes back: people notice nothing, Mallory stays limited."""

import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tests.faults.alone import alone
from tests.faults.ledger import balance
from tests.faults.people import Crowd, Watched, wait_for_mails
from tests.faults.site import KillableSite
from tests.faults.table import Row, Unable
from tests.redis_server import PROGRAM, Redis

MALLORY = "203.0.113.66"
TIMES = 6
"""How often the limit of a minute Mallory asks in a row."""


@dataclass(frozen=True)
class Flood:
    """Mallory's requests in a row: how many were answered what, and how long it took."""

    statuses: Counter[int]
    seconds: float

    @property
    def let_in(self) -> int:
        return self.statuses.total() - self.statuses[429]

    def is_held(self, a_minute: int) -> bool:
        """Whether no more came through than the minutes it touched let in, and as many when the store changed in it."""
        return self.let_in <= (3 + int(self.seconds // 60)) * a_minute < self.statuses.total()


def run(small: bool) -> Row:
    """Killed and brought back four times, once when small; in full it hangs once as well."""
    if PROGRAM is None:
        raise Unable("Redis lost: there is no redis-server here (apt-get install redis-server)")
    rounds, seconds, people, a_minute = (1, 0.5, 1, 20) if small else (4, 8.0, 4, 120)
    roles = ("serve",) if small else ("serve", "worker")  # a worker counts no requests: its mails are judged in full
    with tempfile.TemporaryDirectory(prefix="redis") as name, Redis(Path(name)) as redis:
        home = Path(name) / "home"
        home.mkdir()
        limits = {
            "ASSESSMENT_LIMIT_STORE": redis.address,
            "ASSESSMENT_LIMIT_PER_ADDRESS": str(a_minute),
            "ASSESSMENT_PROXIES": "1",  # so that people have addresses of their own
        }
        with KillableSite(home, roles=roles, **limits) as site:
            crowd, stop = Crowd(site.url), threading.Event()
            submitting = [threading.Thread(target=_keep_on, args=(crowd, stop, number)) for number in range(people)]
            for thread in submitting:
                thread.start()
            floods = [_flood(site, a_minute)]
            for number in range(rounds):
                floods += _lose(redis, site, seconds, a_minute, hangs=not small and number == rounds - 1)
            stop.set()
            for thread in submitting:
                thread.join()
            mailed = [] if small else list(crowd.cards)
            wait_for_mails(site, len(mailed))
            books = balance(site, crowd.cards.values(), mailed)
            shared = "Redis is lost" in (home / "log").read_text()
    limited = all(flood.is_held(a_minute) for flood in floods)
    broken = [*crowd.refusals(), *(flood for flood in floods if max(flood.statuses) >= 500)]
    slowest = max(answer.seconds for answer in crowd.answers)
    return Row(
        fault="Redis lost",
        tries=len(crowd.cards),
        goal="0 lost, 0 5xx, limits never open",
        met=books.clean and limited and not broken and shared and not crowd.statuses[429],
        lost=books.lost,
        doubled=books.doubled,
        missing=books.missing,
        said=f"lost {rounds} times for {seconds} s{'' if small else ', once it hung'}: {dict(crowd.statuses)}, slowest "
        f"{slowest:.1f} s; Mallory, {TIMES * a_minute} in a row each time, was let in "
        + ", ".join(str(flood.let_in) for flood in floods)
        + f" times ({a_minute} a minute)",
    )


def _keep_on(crowd: Crowd, stop: threading.Event, number: int) -> None:
    turn = 0
    while not stop.is_set():
        email = f"p{number}-{turn}@northfield.example"
        card = _from(crowd, f"198.51.{number}.{turn % 250}").submit(email)
        with crowd.lock:
            crowd.cards[email] = card
        turn += 1
        stop.wait(0.5)  # each is a PDF that somebody waits for in the end


def _from(crowd: Crowd, network: str) -> Watched:
    person = crowd.person()
    person._opener.addheaders = [("X-Forwarded-For", network)]
    return person


def _lose(redis: Redis, site: KillableSite, seconds: float, a_minute: int, *, hangs: bool) -> list[Flood]:
    """Redis is gone for so long, and comes back empty; Mallory tries while it is gone and when it is back."""
    redis.freeze() if hangs else redis.kill()
    time.sleep(seconds)
    without = _flood(site, a_minute)
    redis.thaw() if hangs else redis.start()
    time.sleep(seconds)
    return [without, _flood(site, a_minute)]


def _flood(site: KillableSite, a_minute: int) -> Flood:
    mallory, began = _from(Crowd(site.url), MALLORY), time.monotonic()
    statuses = Counter(mallory._open("/", None)[0] for _ in range(TIMES * a_minute))
    return Flood(statuses, time.monotonic() - began)


if __name__ == "__main__":
    alone(run)
