"""Cursors: where a row stood in the list, as an opaque text for an address."""

import base64
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

_MOST = 2**62
_LONGEST = 2_000


@dataclass(frozen=True, slots=True)
class Cursor:
    """What a row was sorted by (`values`), among the submissions up to the id `top`, to go on after or `before` it."""

    top: int
    values: tuple[Any, ...]
    before: bool

    @staticmethod
    def pack(sort: str, top: int, values: Iterable[Any]) -> str:
        """A cursor of this order as a text; the values are whole numbers, texts, days and times."""
        kept = json.dumps([sort, top, *(_plain(value) for value in values)], separators=(",", ":"))
        return base64.urlsafe_b64encode(kept.encode()).decode().rstrip("=")


def unpack(text: str, sort: str, *, before: bool) -> Cursor | None:
    """The cursor in a text, or None when it is none of this order."""
    try:
        order, top, *values = json.loads(_decoded(text))
        read = tuple(_value(value) for value in values)
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    good = order == sort and type(top) is int and 0 <= top < _MOST and _kinds(read) == KINDS[sort]
    return Cursor(top, read, before) if good else None


def _decoded(text: str) -> bytes:
    if len(text) > _LONGEST:
        raise ValueError(len(text))
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def _plain(value: Any) -> Any:
    # A time and a day stay apart from texts: a company may be called like a day.
    if isinstance(value, datetime):
        return {"time": value.isoformat()}
    return {"day": value.isoformat()} if isinstance(value, date) else value


def _value(value: Any) -> Any:
    if isinstance(value, dict):
        return datetime.fromisoformat(value["time"]) if "time" in value else date.fromisoformat(value["day"])
    if type(value) is int and abs(value) >= _MOST:
        raise ValueError(value)
    if isinstance(value, str):
        value.encode()
        if "\0" in value:
            raise ValueError(value)
    return value


def _kinds(values: Sequence[Any]) -> tuple[type, ...]:
    aware = all(value.tzinfo is not None for value in values if isinstance(value, datetime))
    return tuple(type(value) for value in values) if aware else ()


def _of(key: type) -> tuple[type, ...]:
    return (key, datetime, str, key, datetime, int)


KINDS = {
    "call": _of(int),
    "newest": _of(datetime),
    "oldest": _of(datetime),
    "score": _of(int),
    "gap": _of(int),
    "company": (int, str, int, datetime, int),
    "follow_up": _of(date),
}
"""What the values of each order's cursor are."""
