"""When a process is killed: at random moments of the load, and at the moments at which a wrong design would lose."""

import random
import threading
import time
from collections.abc import Callable, Sequence
from statistics import median

from tests.faults.insisting import Told
from tests.faults.site import KillableSite

LONGEST_JITTER = 0.5
"""Seconds after a threshold within which a random kill falls."""
IN_FLIGHT = (0.2, 1.1)
"""Shares of a usual submit's time; a kill aimed at one in flight falls between them."""
SPRINGS_WITHIN = 30.0
"""Seconds until a trap that nothing stepped into kills all the same."""
MOST_LET_BY = 5
KEEPER_EVERY = 3
"""Every so many kills of the web take its keeper too."""
WEB_MOMENTS = ("sent", "sent", "sent", "told")
WORKER_MOMENTS = ("to", "mail")


class Trap:
    """Kills one role once, at a moment of a name; `step` is called with every moment, by whoever is in it."""

    def __init__(self, spring: Callable[[str], None]) -> None:
        self._spring, self._name, self._let_by = spring, "", 0
        self._lock, self._sprung = threading.Lock(), threading.Event()

    def step(self, name: str) -> None:
        with self._lock:
            if name != self._name:
                return
            if self._let_by:
                self._let_by -= 1
                return
            self._name = ""
        self._spring(name)
        self._sprung.set()

    def arm(self, name: str, let_by: int, over: threading.Event) -> None:
        """Wait until the trap has sprung, at the moment after so many that it lets by, or all is over."""
        self._sprung.clear()
        with self._lock:
            self._name, self._let_by = name, let_by
        deadline = time.monotonic() + SPRINGS_WITHIN
        while not self._sprung.wait(0.05) and not over.is_set():
            if time.monotonic() > deadline:
                with self._lock:
                    self._let_by = 0
                self.step(name)


class Killer:
    """Kills web and worker while `told` people submit: half the times at random and half aimed, or all aimed."""

    def __init__(self, site: KillableSite, told: Told, dice: random.Random, *, aimed: bool) -> None:
        self._site, self._told, self._dice = site, told, dice
        self._every = 1 if aimed else 2
        self.times: list[float] = []
        """When the web process was killed, alone or with its keeper."""
        self.whole: list[float] = []
        """Of those the ones with its keeper."""
        self.over = threading.Event()
        self._aimed_at_web, self._aimed_at_worker = Trap(self._in_flight), Trap(lambda _name: self._worker())
        told.moment = self._aimed_at_web.step
        site.mails.moment = self._aimed_at_worker.step

    def start(self, people: int, kills: int) -> list[threading.Thread]:
        """Begin: web kills by how far the people are, worker kills by how far the mails are."""
        web = self._points(people, kills - kills // 2)
        worker = self._points(people, kills // 2)
        plans = (
            (web, lambda: len(self._told.cards), self._web, self._aimed_at_web, WEB_MOMENTS),
            (worker, lambda: len(self._site.mails.received), self._worker, self._aimed_at_worker, WORKER_MOMENTS),
        )
        threads = [threading.Thread(target=self._run, args=plan) for plan in plans]
        for thread in threads:
            thread.start()
        return threads

    def _points(self, people: int, count: int) -> list[int]:
        # Not among the last, so that somebody is left who can tell when the web is back.
        return sorted(self._dice.randrange(max(1, people - people // 10)) for _ in range(count))

    def _run(
        self,
        points: Sequence[int],
        reached: Callable[[], int],
        kill: Callable[[], None],
        trap: Trap,
        moments: tuple[str, ...],
    ) -> None:
        for number, point in enumerate(points):
            while reached() < point and not self.over.is_set():
                time.sleep(0.01)
            if self.over.is_set():
                return
            self.over.wait(self._dice.uniform(0, LONGEST_JITTER))
            if number % self._every:
                kill()
            else:
                trap.arm(moments[number // self._every % len(moments)], self._dice.randrange(MOST_LET_BY), self.over)

    def _in_flight(self, name: str) -> None:
        if name == "sent":
            time.sleep(self._dice.uniform(*IN_FLIGHT) * median(list(self._told.took)))
        self._web()

    def _web(self) -> None:
        """Who answers; of every few the keeper too, and with it all that had been loaded."""
        if len(self.times) % KEEPER_EVERY == KEEPER_EVERY - 1:
            at = self._site.kill("serve")
            self.whole.append(at)
        else:
            at = self._site.kill_who_answers()
        self.times.append(at)

    def _worker(self) -> None:
        self._site.kill("worker")
