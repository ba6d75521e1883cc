"""Distortion that a DNG corrects by opcodes, against the specification's formulas in plain floats.

The picture is a smooth function, so that what stands at a warped place is known without a filter.
"""

from __future__ import annotations

import math
import struct
from typing import Any

import numpy as np
import pytest

from functions.contract.clip import RawFrame, Reading
from functions.contract.errors import DamagedSource, UnsupportedMedia
from functions.contract.operation import Limits
from functions.media import open_clip
from functions.picture.frames.lens import corrected
from tests.media.dngs import LONG, RATIONAL, UNDEFINED, write_dng
from tests.media.memory_store import ROOT, MemoryStore
from tests.media.test_dng_shading import opcodes

HEIGHT, WIDTH = 72, 96
CENTRE = (0.45, 0.6)
RADIAL = (0.95, 0.08, -0.03, 0.01)
ASKEW = (0.004, -0.006)
ONE = ((*RADIAL, *ASKEW),)
THREE = (*ONE, (0.96, 0.07, 0.0, 0.0, 0.0, 0.0), (0.97, 0.05, 0.01, 0.0, 0.002, 0.0))
# All powers of the radius, which hold between two radii.
SECOND = ((0.94, 0.01, 0.05, -0.02, 0.01, *[0.0] * 9, 0.004, *ASKEW, 0.2, 0.8),)


def picture(y: Any, x: Any, colour: int) -> Any:
    """Light at any place."""
    return 0.45 + 0.3 * np.sin(x / 19 + colour) * np.cos(y / 15 - colour)


def warp(code: int, planes: Any, tail: bytes = b"") -> tuple[int, bytes]:
    """An opcode with the centre behind the planes' numbers."""
    numbers = [number for plane in planes for number in plane]
    body = struct.pack(f">{len(numbers) + 2}d", *numbers, *CENTRE)
    return code, struct.pack(">I", len(planes)) + body + tail


def ratio(code: int, numbers: Any, r: float, reciprocal: bool) -> float:
    """Chapter 7's f of r."""
    if code == 2:
        theta = math.atan(r)
        return sum(k * theta ** (2 * n + 1) for n, k in enumerate(numbers)) / r
    if code == 1:
        return sum(numbers[n] * r ** (2 * n) for n in range(4))
    held = min(max(r, numbers[17]), numbers[18])
    total = sum(numbers[n] * held**n for n in range(15))
    return 1 / total if reciprocal else total


def expected(code: int, planes: Any, reciprocal: bool = False, aspect: float = 1.0) -> Any:
    """(H, W, 3): what stands where chapter 7 sends each pixel."""
    x1, y1, tall = WIDTH - 1, HEIGHT - 1, 1 / aspect
    cx, cy = CENTRE[0] * x1, CENTRE[1] * y1
    m = math.hypot(max(cx, x1 - cx), max(cy, y1 - cy) * tall)
    out = np.zeros((HEIGHT, WIDTH, 3))
    for colour in range(3):
        numbers = planes[min(colour, len(planes) - 1)]
        t0, t1 = {1: numbers[4:6], 2: (0.0, 0.0), 14: numbers[15:17]}[code]
        for y in range(HEIGHT):
            for x in range(WIDTH):
                dx, dy = (x - cx) / m, (y - cy) * tall / m
                r = math.hypot(dx, dy)
                f = ratio(code, numbers, r, reciprocal)
                h = f * dx + t0 * 2 * dx * dy + t1 * (r * r + 2 * dx * dx)
                v = f * dy + t1 * 2 * dx * dy + t0 * (r * r + 2 * dy * dy)
                at = min(max(cy + m * v / tall, 0), y1), min(max(cx + m * h, 0), x1)
                out[y, x, colour] = picture(*at, colour)
    return out


def opened(content: bytes, lens: Any = "all") -> tuple[RawFrame, tuple[str, ...]]:
    """The frame and the clip's notes."""
    store = MemoryStore({"x.dng": content})
    clip = open_clip(ROOT + "x.dng", store, Limits(), Reading(lens=lens))
    (frame,) = clip.frames(clip.numbers())
    return frame, clip.notes


def linear_dng(*items: tuple[int, bytes], **tags: Any) -> bytes:
    """Three colours a pixel, so that no demosaic stands between."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    whole = np.stack([picture(y, x, colour) for colour in range(3)], axis=-1)
    more = {int(tag[1:]): value for tag, value in tags.items()}
    stored = (whole * 65535).round().astype(np.uint16)
    return write_dng(stored, 16, tags={51022: (UNDEFINED, opcodes(*items)), **more})


def done(content: bytes) -> Any:
    """Corrected pixels."""
    frame, notes = opened(content)
    assert notes == ()
    return corrected(frame, (1.0, 1.0, 1.0), "best", threads=2).pixels


@pytest.mark.parametrize(
    ("code", "planes"),
    [(1, ONE), (1, THREE), (2, ((1.03, 0.1, -0.02, 0.01),)), (14, SECOND)],
    ids=["one-plane", "three-planes", "fisheye", "all-powers"],
)
def test_each_pixel_comes_from_where_its_light_fell(code: int, planes: Any) -> None:
    """Radial and tangential parts, a plane's own numbers, the radius that is 1 in the corner."""
    tail = bytes(4) if code == 14 else b""
    found = done(linear_dng(warp(code, planes, tail)))
    np.testing.assert_allclose(found, expected(code, planes), atol=2e-4)


def test_a_reciprocal_polynomial() -> None:
    """WarpRectilinear2 may divide by its polynomial."""
    found = done(linear_dng(warp(14, SECOND, struct.pack(">I", 1))))
    np.testing.assert_allclose(found, expected(14, SECOND, reciprocal=True), atol=2e-4)


def test_radii_are_those_of_square_pixels() -> None:
    """Pixels twice as wide as high: DefaultScale says so."""
    found = done(linear_dng(warp(1, ONE), t50718=(RATIONAL, (2, 1, 1, 1))))
    np.testing.assert_allclose(found, expected(1, ONE, aspect=2.0), atol=2e-4)


def test_gains_beside_a_warp_keep_their_order() -> None:
    """Vignetting before a warp is measured on the places before it."""
    dark = (3, struct.pack(">7d", 0.3, 0, 0, 0, 0, 0.5, 0.5))
    first, last = done(linear_dng(dark, warp(1, ONE))), done(linear_dng(warp(1, ONE), dark))
    assert np.abs(first - last).max() > 0.005
    flat = expected(1, ONE)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH] + 0.5
    square = ((x - WIDTH / 2) ** 2 + (y - HEIGHT / 2) ** 2) / (WIDTH**2 + HEIGHT**2) * 4
    np.testing.assert_allclose(last, flat * (1 + 0.3 * square)[..., None], atol=2e-4)


def test_a_mosaic_is_made_whole_first() -> None:
    """The warp is of the active area, with its margins: what the crop shows may come from there.
    Threads change no bit."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    colours = [picture(y, x, colour) for colour in range(3)]
    gains = (2.0, 1.0, 1.5)
    site = np.array([[0, 1], [1, 2]])[y % 2, x % 2]
    balanced = np.choose(site, colours)
    stored = (balanced / np.array(gains)[site] * 40000).round().astype(np.uint16)
    tags = {
        51022: (UNDEFINED, opcodes(warp(1, THREE))),
        50719: (LONG, (10, 8)),
        50720: (LONG, (60, 40)),
    }
    content = write_dng(stored, 16, tags=tags)
    frame, _ = opened(content)
    found = corrected(frame, gains, "best", threads=1)
    assert found.crop == (10, 8, 60, 40)
    assert found.layout == "linear"
    light = found.pixels * np.array(gains) * (65535 / 40000)
    wrong = np.abs(light - expected(1, THREE))[4:-4, 4:-4]
    assert wrong.max() < 8e-3  # a demosaic guesses; a pixel aside would be 0.02
    assert wrong.mean() < 1.2e-3
    again = corrected(opened(content)[0], gains, "best", threads=3)
    assert np.array_equal(again.pixels, found.pixels)


def test_nothing_is_moved_unless_it_is_asked_for() -> None:
    """Plates want the sensor's own: geometry is told by name, with shading too."""
    for lens in ("none", "shading"):
        frame, notes = opened(linear_dng(warp(1, ONE)), lens)
        assert frame.corrections == ()
        assert any("WarpRectilinear" in note for note in notes)


def test_a_warp_of_a_mosaic_is_refused() -> None:
    """List 2 of a mosaic comes before its colours are whole."""
    stored = np.full((HEIGHT, WIDTH), 9000, np.uint16)
    content = write_dng(stored, 16, tags={51009: (UNDEFINED, opcodes(warp(1, ONE)))})
    with pytest.raises(UnsupportedMedia, match="WarpRectilinear of OpcodeList2"):
        opened(content)


def test_opcodes_that_nobody_knows() -> None:
    """One that may be skipped is told, one that may not is refused, whatever was asked for."""
    told = opened(linear_dng((77, b"")), "none")[1]
    assert any("opcode 77" in note for note in told)
    strict = struct.pack(">5I", 1, 77, 0x01030000, 0, 0)
    content = write_dng(np.full((4, 4), 900, np.uint16), 16, tags={51022: (UNDEFINED, strict)})
    with pytest.raises(UnsupportedMedia, match="opcode 77 of OpcodeList3 is not known"):
        opened(content, "none")


@pytest.mark.parametrize(
    "item",
    [
        warp(1, ONE[:1] * 2),
        (1, warp(1, ONE)[1][:-8]),
        warp(1, ((math.nan, *ONE[0][1:]),)),
        warp(14, ((*SECOND[0][:17], 0.8, 0.2),), bytes(4)),
        (1, warp(1, ONE)[1][:-8] + struct.pack(">d", 1.5)),
        warp(1, ((1e300, 1e300, 1e300, 1e300, 0.0, 0.0),)),
        warp(14, ((*[0.0] * 17, 0.0, 1.0),), struct.pack(">I", 1)),
    ],
)
def test_warps_that_cannot_be(item: tuple[int, bytes]) -> None:
    """Numbers that are none, and such as lead nowhere, are damage where they are asked for."""
    with pytest.raises(DamagedSource, match=r"Warp|warp"):
        done(linear_dng(item))
