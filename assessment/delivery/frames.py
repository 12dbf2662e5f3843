"""What the worker and the renderer process say to each other: frames of a length, a JSON head and bytes."""

import json
import struct
from collections.abc import Callable
from typing import Any

_SIZES = struct.Struct(">II")

LARGEST = 64 * 1024 * 1024
"""Bytes beyond which a frame is taken for garbage."""


class FrameFault(Exception):
    """The other side ended, or sent what is no frame."""


def pack(head: dict[str, Any], body: bytes = b"") -> bytes:
    """One frame."""
    packed = json.dumps(head).encode()
    return _SIZES.pack(len(packed), len(body)) + packed + body


def unpack(read: Callable[[int], bytes]) -> tuple[dict[str, Any], bytes] | None:
    """The next frame, from a function that reads exactly so many bytes unless the stream ended; None at a clean end."""
    sizes = read(_SIZES.size)
    if not sizes:
        return None
    if len(sizes) < _SIZES.size:
        raise FrameFault("the frame was cut short")
    head_size, body_size = _SIZES.unpack(sizes)
    if head_size + body_size > LARGEST:
        raise FrameFault("the frame is too large")
    head, body = read(head_size), read(body_size)
    if len(head) < head_size or len(body) < body_size:
        raise FrameFault("the frame was cut short")
    return json.loads(head), body
