"""Plain twins of VC-5: a coder of bands and planes, and a decoder that goes bit by bit.

SMPTE ST 2073-1:2014: the 2/6 wavelet, cubic companding, the run-length code of high bands, tags.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

import numpy as np
import numpy.typing as npt

from kernels.video.vc5_codebook import code_words

Ints = npt.NDArray[np.int64]
# SMPTE ST 330's universal label, length and instance number, then material and sequence numbers.
_UMID = bytes.fromhex("060a2b34010101050101012013000000") + bytes(20)
PRESCALE = (False, True, True)  # as GoPro's cameras do, finest level first


def _words() -> Iterator[tuple[str, tuple[int, int]]]:
    """Text of each code word, with its run and magnitude."""
    at = 0
    for length, run, magnitude in code_words():
        yield f"{at >> (26 - length):0{length}b}", (run, magnitude)
        at += 1 << (26 - length)


WORDS = dict(_words())
_TEXT = {symbol: text for text, symbol in WORDS.items()}
RUNS = sorted((run for run, magnitude in _TEXT if run and not magnitude), reverse=True)
SIZES = np.arange(256) + np.arange(256) ** 3 * 768 // 255**3


def coded(levels: Ints) -> bytes:
    """A high band of levels, -255 to 255, to whole 32-bit words."""
    parts = []
    for zero, group in groupby(levels.reshape(-1).tolist(), lambda level: level == 0):
        run = list(group)
        left = len(run) if zero else 0
        for each in RUNS:
            parts.append(_TEXT[each, 0] * (left // each))
            left %= each
        if not zero:
            parts += [_TEXT[1, abs(level)] + ("1" if level < 0 else "0") for level in run]
    return _whole("".join(parts) + _TEXT[0, 0])


def _whole(text: str) -> bytes:
    text += "0" * (-len(text) % 32)
    return int(text, 2).to_bytes(len(text) // 8, "big")


def coded_low(low: Any) -> bytes:
    """A low band of 16 bits each, to whole 32-bit words."""
    body: bytes = np.asarray(low).astype(">u2").tobytes()
    return body + bytes(-len(body) % 4)


def read_band(data: bytes, count: int) -> Ints:
    """Levels of a high band, one bit after the other."""
    text = f"{int.from_bytes(data, 'big'):0{8 * len(data)}b}"
    at, found = 0, []
    while True:
        stop = at + 1
        while text[at:stop] not in WORDS:
            stop += 1
        run, magnitude = WORDS[text[at:stop]]
        at = stop
        if run == 0:
            break
        found += [0] * run if not magnitude else [-magnitude if text[at] == "1" else magnitude]
        at += magnitude > 0
    assert len(found) == count
    assert at + -at % 32 == len(text)
    return np.array(found, np.int64)


def values(levels: Ints, quantiser: int) -> Ints:
    """Levels times their quantiser, on 16 bits."""
    return (np.sign(levels) * SIZES[abs(levels)] * quantiser).clip(-32768, 32767)


def merged(low: Ints, high: Ints, axis: int, scaled: int) -> Ints:
    """Low and high band along one axis to twice as many samples.

    scaled : 1 doubles, 0 halves
    """
    low, high = np.moveaxis(low, axis, 0), np.moveaxis(high, axis, 0)
    even, odd = np.empty_like(low), np.empty_like(low)
    slope = low[:-2] - low[2:]
    even[1:-1] = (slope + 4 >> 3) + low[1:-1]
    odd[1:-1] = (-slope + 4 >> 3) + low[1:-1]
    (a, b, c), (z, y, x) = low[:3], low[:-4:-1]
    even[0], odd[0] = 11 * a - 4 * b + c + 4 >> 3, 5 * a + 4 * b - c + 4 >> 3
    even[-1], odd[-1] = 5 * z + 4 * y - x + 4 >> 3, 11 * z - 4 * y + x + 4 >> 3
    both = np.stack([even + high, odd - high], 1).reshape(-1, *low.shape[1:])
    return np.moveaxis(both * 2 if scaled else both >> 1, 0, axis)


def plane_of(low: Ints, highs: Sequence[Ints], width: int, height: int, scaled: Any) -> Ints:
    """A plane of its low band and nine high bands, coarsest first."""
    for level in (2, 1, 0):
        lh, hl, hh = highs[6 - 3 * level : 9 - 3 * level]
        left, right = (merged(a, b, 0, 0).clip(-32768, 32767) for a, b in ((low, hl), (lh, hh)))
        low = merged(left, right, 1, scaled[level])
        low = low.clip(-32768, 32767) if scaled[level] else low.clip(0, 16383)
        size = [((side - 1) >> level) + 1 for side in (height, width)]
        low = low[: size[0], : size[1]]
    return low


def parted(samples: Ints, axis: int) -> tuple[Ints, Ints]:
    """An even number of samples along an axis to low and high band."""
    x = np.moveaxis(samples, axis, 0)
    low = x[::2] + x[1::2]
    step = x[::2] - x[1::2]
    high = np.empty_like(low)
    high[1:-1] = step[1:-1] + (low[2:] - low[:-2] + 4 >> 3)
    high[0] = 5 * x[0] - 11 * x[1] + 4 * low[1] - low[2] + 4 >> 3
    high[-1] = 11 * x[-2] - 5 * x[-1] - 4 * low[-2] + low[-3] + 4 >> 3
    return np.moveaxis(low, 0, axis), np.moveaxis(high, 0, axis)


def bands_of(plane: Any, quantiser: int = 1, scaled: Any = PRESCALE) -> tuple[Ints, list[Ints]]:
    """The low band, and nine high bands as levels, coarsest first."""
    low, highs = np.asarray(plane, np.int64), []
    for level in range(3):
        low = np.pad(low, ((0, low.shape[0] % 2), (0, low.shape[1] % 2)), mode="edge")
        left, right = parted(low + 2 >> 2 if scaled[level] else low, 1)
        (low, hl), (lh, hh) = parted(left, 0), parted(right, 0)
        found = []
        for band in (lh, hl, hh):
            size = (abs(band) + quantiser // 2) // quantiser
            nearest = np.searchsorted(SIZES, size).clip(0, 255)
            found.append(np.sign(band) * (nearest - (SIZES[nearest] > size)).clip(0))
        highs = found + highs
    return low, highs


def stream(
    planes: Sequence[Any],
    width: int,
    height: int,
    quantiser: int = 1,
    *,
    said: dict[int, int] | None = None,
    scaled: Any = PRESCALE,
) -> bytes:
    """A VC-5 stream of four planes; said : header tags that are other than they must be."""
    header = {12: 4, 20: width, 21: height, 84: 4, 106: 2, 107: 2, 108: 1, 102: 12} | (said or {})
    prescale = sum(2 << (14 - 2 * level) for level in range(3) if scaled[level])
    parts = [b"VC-5", *(struct.pack(">HH", *pair) for pair in header.items())]
    parts += [struct.pack(">HH", 109, prescale), struct.pack(">hH", -0x4004, 9), _UMID]
    for number, plane in enumerate(planes):
        low, highs = bands_of(plane, quantiser, scaled)
        bodies = [coded_low(low), *map(coded, highs)]
        parts.append(struct.pack(">HHHH", 62, number, 109, prescale))
        for band, body in enumerate(bodies):
            words = len(body) // 4
            section = struct.pack(">hH", -0x2000 - (words >> 16), words & 0xFFFF)
            tags = struct.pack(">6H", 48, band, 35, 16, 53, quantiser)
            size = struct.pack(">hH", -0x6000 - (words >> 16), words & 0xFFFF)
            parts += [section, tags, size, body]
    return b"".join(parts)


def planes_of(mosaic: Any, pattern: str = "RGGB", bits: int = 14) -> list[Ints]:
    """The four planes of a linear mosaic, on GoPro's curve."""
    x = np.asarray(mosaic, np.float64) * 2.0 ** (16 - bits) / 65535
    codes = np.rint(4095 * np.log(1 + 112 * x) / np.log(113)).astype(np.int64)
    cells = [codes[y::2, x::2] for y in (0, 1) for x in (0, 1)]
    r, g, h, b = cells if pattern == "RGGB" else [cells[k] for k in (2, 0, 3, 1)]
    mean = g + h >> 1
    return [mean, (r - mean >> 1) + 2048, (b - mean >> 1) + 2048, (g - h >> 1) + 2048]


def mosaic_of(planes: Sequence[Any], pattern: str, bits: int) -> Ints:
    """The linear mosaic of four planes."""
    g, red, blue, apart = (np.asarray(plane, np.int64) for plane in planes)
    codes = [g + 2 * (red - 2048), g + apart - 2048, g - apart + 2048, g + 2 * (blue - 2048)]
    light = (65535 * (113 ** (np.arange(4096) / 4095) - 1) / 112).astype(np.float32).astype(int)
    made = np.empty((2 * g.shape[0], 2 * g.shape[1]), np.int64)
    for site, code in zip("RGHB", codes, strict=True):
        place = (pattern[:2] + pattern[2:].replace("G", "H")).index(site)
        made[place // 2 :: 2, place % 2 :: 2] = light[code.clip(0, 4095)] >> (16 - bits)
    return made
