"""What limits count in: this process's memory, bounded, or a Redis that all processes share.

Redis may be lost at any time: the process then counts for itself, never not at all, and goes back when Redis does.
"""

import logging
import time
from collections.abc import Callable
from threading import Lock, Thread
from typing import TypeVar

from limits.storage import RedisStorage, Storage

from assessment import clock
from assessment.settings import SettingFault

log = logging.getLogger(__name__)
SCHEME = "counters"
"""How Flask-Limiter is told to count here."""
MOST = 50_000
"""Counts kept in memory; beyond it clients share counts. One takes about 300 bytes."""
SHARED = 1024
"""Counts of each limit that those share who come when memory is full: stricter for them, but open for nobody."""
PATIENCE = 0.2
"""Seconds that Redis has to answer or to be reached."""
LOOK_EVERY = 5.0
"""Seconds between looks whether a lost Redis is back."""
_T = TypeVar("_T")


class Memory:
    """Counts by key, each for some seconds from its first; safe between threads.

    Time is monotonic: a clock that is set back must not make a minute last an hour.
    """

    def __init__(self, seconds_now: Callable[[], float] = time.monotonic) -> None:
        self._now, self._lock, self._swept = seconds_now, Lock(), seconds_now()
        self._counts: dict[str, tuple[int, float]] = {}

    def __len__(self) -> int:
        return len(self._counts)

    def add(self, key: str, seconds: float, amount: int = 1) -> int:
        """Count, and say how many it is now; the count begins anew `seconds` after its first."""
        with self._lock:
            now = self._now()
            place = self._place(key, now)
            count, ends = self._counts.get(place, (0, 0.0))
            if ends <= now:
                count, ends = 0, now + seconds
            self._counts[place] = (count + amount, ends)
            return count + amount

    def _place(self, key: str, now: float) -> str:
        if key in self._counts or len(self._counts) < MOST:
            return key
        if now - self._swept >= 1:
            self._swept = now
            self._counts = {key: kept for key, kept in self._counts.items() if kept[1] > now}
        return key if len(self._counts) < MOST else _shared(key)

    def get(self, key: str) -> tuple[int, float]:
        """How many, and the seconds until the count begins anew."""
        with self._lock:
            now = self._now()
            count, ends = self._counts.get(key) or self._counts.get(_shared(key), (0, 0.0))
            return (count, ends - now) if ends > now else (0, 0.0)

    def clear(self, key: str | None = None) -> None:
        """Forget one count, or all."""
        with self._lock:
            if key is None:
                self._counts.clear()
            else:
                self._counts.pop(key, None)


def _shared(key: str) -> str:
    """The count of those who come when memory is full; each limit has its own.

    Else a flood of pages, or of what is counted by the hour, would be taken for tries to sign in. The hash of a text is
    drawn anew for each process: nobody can aim at somebody else's count.
    """
    limit = key.partition("/")[2].partition("/")[2]  # limiter/who/limit/amount/...
    return f"shared/{hash(key) % SHARED}/{limit}"


class Counters(Storage):
    """Where Flask-Limiter counts; `store` is a Redis' address, where names begin with `prefix`; None: memory alone."""

    STORAGE_SCHEME = [SCHEME]  # noqa: RUF012

    def __init__(
        self, uri: str | None = None, wrap_exceptions: bool = False, store: str | None = None, prefix: str = "LIMITS"
    ) -> None:
        super().__init__(uri, wrap_exceptions)
        self.memory, self._lock = Memory(), Lock()
        self._redis = _open(store, prefix) if store else None
        self._up, self._look_at = self._redis is not None, 0.0
        if self._redis is not None and not self._redis.check():
            self._up, self._look_at = False, time.monotonic() + LOOK_EVERY
            log.warning(
                "ASSESSMENT_LIMIT_STORE cannot be reached: each process counts requests for itself until it can"
            )

    @property
    def base_exceptions(self) -> type[Exception] | tuple[type[Exception], ...]:
        """What a store raises when it is lost; here none does."""
        return ()

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Count, and say how many it is now."""
        found = self._ask(lambda redis: redis.incr(key, int(expiry), amount))
        return self.memory.add(key, expiry, amount) if found is None else found

    def get(self, key: str) -> int:
        """How many were counted."""
        found = self._ask(lambda redis: redis.get(key))
        return self.memory.get(key)[0] if found is None else found

    def get_expiry(self, key: str) -> float:
        """When the count begins anew, in seconds since 1970."""
        found = self._ask(lambda redis: redis.get_expiry(key))
        return clock.now().timestamp() + self.memory.get(key)[1] if found is None else found

    def check(self) -> bool:
        """Whether it can count, which it always can."""
        return True

    def reset(self) -> int | None:
        """Forget every count of this process."""
        self.memory.clear()
        return None

    def clear(self, key: str) -> None:
        """Forget one count."""
        self._ask(lambda redis: redis.clear(key))
        self.memory.clear(key)

    def _ask(self, do: Callable[[RedisStorage], _T]) -> _T | None:
        """What Redis says; None while it is lost, or not wanted."""
        if self._redis is None or not self._is_up(self._redis):
            return None
        try:
            return do(self._redis)
        except Exception as error:  # whatever a store that is lost, half there or no Redis at all answers
            if self._up:
                self._up, self._look_at = False, time.monotonic() + LOOK_EVERY
                log.warning("limits: Redis is lost (%s); this process counts for itself", type(error).__name__)
            return None

    def _is_up(self, redis: RedisStorage) -> bool:
        if self._up:
            return True
        with self._lock:
            due = time.monotonic() >= self._look_at
            if due:
                self._look_at = time.monotonic() + LOOK_EVERY
        if due:
            # Beside the request: nobody waits for a store that may be dead.
            Thread(target=self._look, args=(redis,), name="limits", daemon=True).start()
        return False

    def _look(self, redis: RedisStorage) -> None:
        if redis.check():
            self._up = True
            log.warning("limits: Redis is back; all processes count together again")


def _open(store: str, prefix: str) -> RedisStorage:
    """A Redis that is asked once and briefly; raises `SettingFault` for an address that is none."""
    # Here, because most do without, and a web server that was killed is back the sooner.
    from redis import ConnectionPool
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    try:
        pool = ConnectionPool.from_url(
            store.replace("redis+unix://", "unix://", 1),
            socket_timeout=PATIENCE,
            socket_connect_timeout=PATIENCE,
            retry=Retry(NoBackoff(), 0),
        )
    except ValueError:  # what it says may quote the password
        raise SettingFault("ASSESSMENT_LIMIT_STORE must be an address such as redis://127.0.0.1:6379/0") from None
    return RedisStorage(store, connection_pool=pool, key_prefix=prefix)
