"""Messages between a reader's process and ours: two lengths, a header in MessagePack, a payload."""

from __future__ import annotations

import select
import struct
import time
from fractions import Fraction
from typing import Any, BinaryIO

import msgspec
import numpy as np

from functions.contract.clip import RawFrame

_LENGTHS = struct.Struct("<IQ")
_LONGEST = 1 << 26  # bytes of a header


def _plain(value: Any) -> Any:
    if isinstance(value, Fraction):
        return str(value)
    if isinstance(value, np.generic):  # an SDK's numbers come so
        return value.item()
    raise NotImplementedError(f"{type(value).__name__} does not go between processes")


def _typed(kind: type, value: Any) -> Any:
    if kind is Fraction:
        return Fraction(value)
    raise NotImplementedError(kind.__name__)


_ENCODER = msgspec.msgpack.Encoder(enc_hook=_plain)


def typed(value: Any, kind: Any) -> Any:
    """A value of a header as that type. Raises msgspec.ValidationError."""
    return msgspec.convert(value, kind, dec_hook=_typed)


def frame_header(frame: RawFrame) -> dict[str, Any]:
    """Everything of a frame but its pixels, with their shape and type."""
    found = {name: getattr(frame, name) for name in RawFrame.__struct_fields__ if name != "pixels"}
    return {**found, "shape": frame.pixels.shape, "dtype": frame.pixels.dtype.str}


def send(stream: BinaryIO, header: Any, payload: Any = b"") -> None:
    """One message; raises OSError where the other end is gone."""
    encoded = _ENCODER.encode(header)
    body = memoryview(payload).cast("B") if len(payload) else memoryview(b"")
    stream.write(_LENGTHS.pack(len(encoded), len(body)) + encoded)
    if body:
        stream.write(body)
    stream.flush()


def receive(stream: BinaryIO, deadline: float | None = None, most: int = 1 << 40) -> Any:
    """The next message as (header, payload).

    deadline : of `time.monotonic`; the stream is then one without a buffer

    Raises EOFError where the other end is gone, TimeoutError, ValueError for lengths that
    cannot be.
    """
    long, wide = _LENGTHS.unpack(_exactly(stream, _LENGTHS.size, deadline))
    if long > _LONGEST or wide > most:
        raise ValueError(f"a message of {long} and {wide} bytes")
    header = msgspec.msgpack.decode(_exactly(stream, long, deadline))
    return header, _exactly(stream, wide, deadline)


def _exactly(stream: BinaryIO, length: int, deadline: float | None) -> bytearray:
    content = bytearray(length)
    view, at = memoryview(content), 0
    while at < length:
        if deadline is not None:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([stream], [], [], left)[0]:
                raise TimeoutError
        count = stream.readinto(view[at:])  # type: ignore[attr-defined]
        if not count:
            raise EOFError
        at += count
    return content
