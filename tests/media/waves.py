"""WAVE files by hand, as EBU Tech 3285 and the iXML specification lay them out."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
import numpy.typing as npt


def counting(first: int, count: int, channels: int = 1) -> npt.NDArray[np.int64]:
    """(count, channels) samples that carry their own number; channel c has c million more."""
    return np.arange(first, first + count)[:, None] + 1_000_000 * np.arange(channels)[None, :]


def packed(samples: npt.NDArray[Any], bits: int) -> bytes:
    """Integers little-endian, floats of 32 bits where `bits` is 0."""
    if bits == 0:
        return samples.astype("<f4").tobytes()
    wide = samples.astype("<i4").reshape(-1, 1).view(np.uint8)
    return wide[:, : bits // 8].tobytes()


def chunk(name: bytes, content: bytes) -> bytes:
    """With its pad byte."""
    return name + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)


def bext(time_reference: int, description: str = "sSCENE=1A") -> bytes:
    """Version 1, 602 bytes."""
    text = (
        description.encode().ljust(256, b"\0") + b"rushes tests".ljust(32, b"\0") + bytes(32)
        + b"2024-05-06" + b"07:08:09"
    )  # fmt: skip
    return chunk(b"bext", text + struct.pack("<QH", time_reference, 1) + bytes(254))


def ixml(**fields: object) -> bytes:
    """SPEED's elements as given; TRACKS is a list of names, SCENE, TAKE and TAPE stand outside."""
    tracks = "".join(
        f"<TRACK><CHANNEL_INDEX>{n}</CHANNEL_INDEX><INTERLEAVE_INDEX>{n}</INTERLEAVE_INDEX>"
        f"<NAME>{name}</NAME></TRACK>"
        for n, name in enumerate(fields.pop("TRACKS", ()), 1)  # type: ignore[call-overload]
    )
    slate = [name for name in ("SCENE", "TAKE", "TAPE") if name in fields]
    outer = "".join(f"<{name}>{fields.pop(name)}</{name}>" for name in slate)
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in fields.items())
    text = (
        f'<?xml version="1.0" encoding="UTF-8"?><BWFXML><IXML_VERSION>1.61</IXML_VERSION>{outer}'
        f"<SPEED>{inner}</SPEED><TRACK_LIST>{tracks}</TRACK_LIST></BWFXML>"
    )
    return chunk(b"iXML", text.encode())


def wave(
    samples: npt.NDArray[Any],
    rate: int = 48000,
    bits: int = 24,
    *chunks: bytes,
    after: bytes = b"",
    wide: bool = False,
) -> bytes:
    """One file. bits : 0 for floats; wide : RF64 with its sizes in `ds64`."""
    channels = samples.shape[1]
    width = (bits or 32) // 8
    form = struct.pack("<HHIIHH", 1 if bits else 3, channels, rate, rate * channels * width,
                       channels * width, bits or 32)  # fmt: skip
    data = packed(samples, bits)
    body = b"WAVE"
    if wide:
        body += chunk(b"ds64", struct.pack("<QQQI", 0, len(data), len(samples), 0))
    body += chunk(b"fmt ", form) + b"".join(chunks)
    held = chunk(b"data", data)
    if wide:
        held = b"data" + struct.pack("<I", 0xFFFFFFFF) + held[8:]
    body += held + after
    size = 0xFFFFFFFF if wide else len(body)
    return (b"RF64" if wide else b"RIFF") + struct.pack("<I", size) + body
