"""The log: one record a line, as text for people or JSON for machines, and nothing of anybody in it.

An error is told by its type and its frames, never by its message, which may quote a row. Other libraries' records keep
their own words and their numbers, but no text that was put into them. Whatever looks like an address is left out.
"""

import copy
import json
import logging
import re
import sys
import threading
import traceback
from collections.abc import Mapping
from typing import Any

import structlog
from structlog.typing import EventDict, WrappedLogger

OURS = "assessment"
LONGEST = 2_000
"""Characters of a value that are written."""

FIELDS = ("method", "route", "status", "ms", "account", "error", "frames")
"""What a record may carry beside its words; whatever else somebody attaches is left out."""

_ADDRESS = re.compile(r"[^\s@\"'<>(),;:=/]+@[^\s@\"'<>(),;:=/]+")
# Line breaks would forge records, escapes colour a terminal, and invisible or turning characters show another text.
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_PLACE = re.compile(r"%(?:\(\w+\))?[-#0 +]*(?:\d+|\*)?(?:\.(?:\d+|\*))?[a-zA-Z]")
_HEAD = ("timestamp", "level", "logger", "event")


def set_up(form: str) -> None:
    """Write every logger's records to stderr as `text` or `json`, and errors nobody caught too."""
    handler = logging.StreamHandler()
    handler.setFormatter(formatter(form))
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.getLogger(OURS).setLevel(logging.INFO)
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # one warning a request that waits for a thread
    logging.raiseExceptions = False  # it would print what a broken record was to say
    logging.captureWarnings(True)
    log = logging.getLogger(f"{OURS}.logs")

    def uncaught(kind: type[BaseException], error: BaseException, trace: Any) -> None:
        if issubclass(kind, KeyboardInterrupt):
            return
        log.critical("ended by an error", exc_info=(kind, error, trace))

    sys.excepthook = uncaught
    threading.excepthook = lambda told: uncaught(told.exc_type, told.exc_value or told.exc_type(), told.exc_traceback)


def formatter(form: str) -> logging.Formatter:
    """What turns a record of any logger into one line of `text` or `json`."""
    return _Careful(
        foreign_pre_chain=[
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.stdlib.ExtraAdder(FIELDS),
            structlog.contextvars.merge_contextvars,
            _plain,
        ],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            _as_json if form == "json" else _as_text,
        ],
    )


class _Careful(structlog.stdlib.ProcessorFormatter):
    def format(self, record: logging.LogRecord) -> str:
        told = copy.copy(record)  # other handlers see the record as it was
        told.stack_info = None
        told.msg, told.args = _words(record), ()
        if isinstance(record.exc_info, tuple) and record.exc_info[1] is not None:
            told.error, told.frames = error_of(record.exc_info[1])
        told.exc_info = told.exc_text = None
        return super().format(told)


def _words(record: logging.LogRecord) -> str:
    """Our own records in full; of other libraries' their words and numbers, without any text put into them."""
    if record.name.startswith(f"{OURS}."):
        try:
            return record.getMessage()
        except Exception:  # the words without what does not fit into them
            return str(record.msg)
    if record.name == OURS:  # Flask's own, which names the path
        return "a request ended in an error"
    if record.name == "py.warnings":
        return ": ".join(
            str(record.args[0] if isinstance(record.args, tuple) and record.args else record.msg).split(": ")[:2]
        )
    return _template(str(record.msg), record.args)


def _template(text: str, args: tuple[object, ...] | Mapping[str, object] | None) -> str:
    numbers = iter(args if isinstance(args, tuple) else ())

    def fill(_place: re.Match[str]) -> str:
        value = next(numbers, None)
        return str(value) if isinstance(value, int | float) else "(…)"

    return _PLACE.sub(fill, text)


def error_of(error: BaseException) -> tuple[str, list[str]]:
    """An error's type, with what caused it, and its frames, innermost last; nothing that it says."""
    kinds: list[str] = []
    frames: list[str] = []
    at: BaseException | None = error
    while at is not None and len(kinds) < 5:
        kinds.append(type(at).__qualname__)
        frames = [
            f"{one.filename}:{one.lineno} in {one.name}" for one in traceback.extract_tb(at.__traceback__)
        ] + frames
        at = at.__cause__ or (None if at.__suppress_context__ else at.__context__)
    return " from ".join(kinds), frames


def _plain(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return {name: _value(value) if not name.startswith("_") else value for name, value in event.items()}


def _value(value: object) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, list):
        return [_value(item) for item in value]
    text = str(value)[:LONGEST]
    if "@" in text:
        text = _ADDRESS.sub("(address)", text)
    return _UNSEEN.sub(lambda found: found[0].encode("unicode_escape", "surrogatepass").decode(), text)


def _as_json(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    head = {name: event.pop(name) for name in _HEAD}
    return json.dumps(head | dict(event))


def _as_text(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    timestamp, level, logger, words = (event.pop(name) for name in _HEAD)
    frames = event.pop("frames", [])
    more = "".join(f" {name}={value}" for name, value in event.items())
    lines = [f"{timestamp} {level.upper()} {logger}: {words}{more}", *(f"    {frame}" for frame in frames)]
    return "\n".join(lines)
