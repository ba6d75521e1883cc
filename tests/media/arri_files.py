"""Files with the structure of ARRIRAW for tests, written from its description.

Synthetic headers for tests of a reader, made from published places of numbers and not by the
reader's code; RDD 30 reserves the making of real ones to licensees.
"""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
HEADER = 4096
DAYLIGHT = (1.645, 1.0, 1.367)
# Place, form and value of a whole header; texts are padded with zeros.
PLACES: dict[str, tuple[int, str, Any]] = {
    "magic": (0x0, "4s", b"ARRI"),
    "order": (0x4, "I", 0x78563412),
    "data": (0x8, "I", HEADER),
    "version": (0xC, "I", 3),
    "block": (0x10, "I", 0x3C),
    "width": (0x14, "I", 0),
    "height": (0x18, "I", 0),
    "active": (0x24, "4I", (0, 0, 0, 0)),
    "kelvin": (0x5C, "I", 5600),
    "cc": (0x60, "f", -1.5),
    "balance": (0x64, "3f", DAYLIGHT),
    "balanced": (0x70, "I", 0),
    "ei": (0x74, "I", 800),
    "squeeze": (0xC4, "f", 2.0),
    "orientation": (0xC8, "I", 0),
    "look": (0xCC, "32s", b"ARRI 709"),
    "cdl": (0xFC, "10f", (0.9, 1.1, 1.0, 0.9, 0.01, 0.0, -0.01, 1.0, 1.05, 1.0)),
    "cdl_mode": (0x130, "I", 3),
    "serial": (0x170, "I", 25047),
    "camera_id": (0x174, "4s", b"\0\0\0A"),
    "date": (0x17C, "I", 0x20190625),
    "time": (0x180, "I", 0x14223312),
    "exposure": (0x18C, "I", 20833),
    "angle": (0x190, "I", 180000),
    "sensor_fps": (0x1A0, "I", 48000),
    "project_fps": (0x1A4, "I", 23976),
    "timecode": (0x1A8, "I", 0x10381207),
    "time_base": (0x1B0, "I", 24000),
    "card": (0x268, "Q", 987654321),
    "family": (0x29C, "8s", b"ALEXA"),
    "model": (0x2F8, "20s", b"ALEXA XT"),
    "focal": (0x37C, "I", 40000),
    "lens_serial": (0x380, "I", 5512),
    "iris": (0x384, "i", 4000),
    "nd": (0x388, "H", 2),
    "lens": (0x398, "32s", b"Master Anamorphic 40"),
    "reel": (0x4F8, "8s", b"A003R24Y"),
    "scene": (0x500, "16s", b"12A"),
    "take": (0x510, "8s", b"3"),
    "clip": (0x698, "20s", b"A003C001_190625_R24Y"),
    "line": (0x890, "I32s4H", (1, b"2.39:1", 4, 6, 40, 20)),
}


def ari(codes: Array, *, packing: str = "words", tail: bytes = b"", **changes: Any) -> bytes:
    """One file of (H, W) 12-bit codes. changes : other values by name of their place."""
    head = bytearray(HEADER)
    height, width = codes.shape
    for name, (at, form, value) in PLACES.items():
        value = changes.get(name, {"width": width, "height": height}.get(name, value))
        values = value if isinstance(value, tuple) else (value,)
        struct.pack_into("<" + form, head, at, *values)
    return bytes(head) + packed(codes, packing) + tail


def packed(codes: Array, packing: str) -> bytes:
    """Samples in one of the two orders, bit by bit."""
    flat = codes.astype(np.uint32).reshape(-1)
    if packing == "bytes":
        low, high = flat[::2], flat[1::2]
        parts = (low & 255, low >> 8 | (high & 15) << 4, high >> 4)
        return np.stack(parts, axis=1).astype(np.uint8).tobytes()
    swapped = flat.reshape(-1, 2)[:, ::-1].reshape(-1)
    bits = (swapped[:, None] >> np.arange(11, -1, -1) & 1).astype(np.uint8).reshape(-1)
    bits = np.pad(bits, (0, -len(bits) % 32))
    return np.packbits(bits).view(">u4").astype("<u4").tobytes()


def curved(linear: Array) -> Array:
    """12-bit codes of 16-bit numbers: the number itself, then nine bits behind the first one."""
    whole = np.clip(np.asarray(linear, np.int64), 0, 65535)
    octave = np.maximum(np.floor(np.log2(np.maximum(whole, 1))).astype(int) - 9, 0)
    return np.where(whole < 1024, whole, (octave << 9) + (whole >> octave)).astype(np.uint16)


def scene(height: int, width: int, seed: int = 0, gain: float = 3.0) -> Array:
    """16-bit linear samples of a ramp over the sensor's range, with photon and read noise."""
    rng = np.random.default_rng(seed)
    ramp = np.logspace(1, np.log10(60000), height)[:, None].repeat(width, axis=1)
    light = ramp + rng.normal(0, 1, ramp.shape) * np.sqrt(gain * ramp + 16.0)
    return 256 + np.round(light)
