"""Gain maps and vignetting of a DNG: applied where shading is asked for, told where it is not."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
import pytest

from functions.contract.clip import Reading
from functions.contract.errors import DamagedSource
from functions.contract.operation import Limits
from functions.media import open_clip
from tests.media.dngs import UNDEFINED, write_dng
from tests.media.memory_store import ROOT, MemoryStore

HEIGHT, WIDTH = 24, 36
FLAT = np.full((HEIGHT, WIDTH), 6000, np.uint16)
GRID = ((1.0, 2.0, 1.5), (1.25, 3.0, 1.0))


def opcodes(*items: tuple[int, bytes]) -> bytes:
    """An opcode list: count, then id, version, flags, length and parameters of each."""
    listed = [struct.pack(">4I", code, 0x01030000, 1, len(body)) + body for code, body in items]
    return struct.pack(">I", len(items)) + b"".join(listed)


def gain_map(
    grids: Any, area: tuple[int, ...] = (0, 0, HEIGHT, WIDTH), pitch: tuple[int, int] = (1, 1),
    planes: tuple[int, int] = (0, 1),
) -> tuple[int, bytes]:  # fmt: skip
    """Points at the picture's corners and between, planes last."""
    points = np.array(grids, np.float64)
    points = points[..., None] if points.ndim == 2 else points
    down, across, layers = points.shape
    body = struct.pack(">10I", *area, *planes, *pitch, down, across)
    body += struct.pack(">4d", 1 / (down - 1), 1 / (across - 1), 0.0, 0.0)
    return 9, body + struct.pack(">I", layers) + points.astype(">f4").tobytes()


def linear(tags: dict[int, Any], lens: Any, picture: Any = FLAT) -> tuple[Any, tuple[str, ...]]:
    """Levelled samples, and the clip's notes."""
    content = write_dng(picture, 16, tags=tags)
    clip = open_clip(ROOT + "x.dng", MemoryStore({"x.dng": content}), Limits(), Reading(lens=lens))
    (frame,) = clip.frames(clip.numbers())
    black = np.array(frame.black[0])
    return (np.asarray(frame.pixels, np.float64) - black) / (frame.white - black), clip.notes


def between(points: Any) -> Any:
    """Straight lines between the points, at pixel centres."""
    rows, columns = (np.arange(HEIGHT) + 0.5) / HEIGHT, (np.arange(WIDTH) + 0.5) / WIDTH
    grid = np.array(points)
    v, h = np.linspace(0, 1, grid.shape[0]), np.linspace(0, 1, grid.shape[1])
    across = np.stack([np.interp(columns, h, row) for row in grid])
    return np.stack([np.interp(rows, v, across[:, c]) for c in range(WIDTH)], axis=1)


def test_without_being_asked_nothing_is_multiplied() -> None:
    """By default the sensor's samples stay, and the lists are told."""
    plain, notes = linear({51009: (UNDEFINED, opcodes(gain_map(GRID)))}, "none")
    np.testing.assert_allclose(plain, 6000 / 65535, rtol=1e-6)
    assert any("GainMap" in note for note in notes)


def test_a_gain_map_of_all_sites() -> None:
    """Gains run straight between their points, from pixel centre to pixel centre."""
    found, notes = linear({51009: (UNDEFINED, opcodes(gain_map(GRID)))}, "shading")
    np.testing.assert_allclose(found, 6000 / 65535 * between(GRID), rtol=1e-5)
    assert notes == ()


def test_a_gain_map_of_one_site() -> None:
    """Pitch and corner choose the sites of a CFA: one map for each of the four is usual."""
    body = gain_map(GRID, area=(1, 0, HEIGHT, WIDTH), pitch=(2, 2))
    found, _ = linear({51009: (UNDEFINED, opcodes(body))}, "shading")
    expected = np.full((HEIGHT, WIDTH), 6000 / 65535)
    expected[1::2, 0::2] *= between(GRID)[1::2, 0::2]
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_a_gain_map_after_the_demosaic() -> None:
    """A map of list 3 has a plane for each colour; each site takes that of its own."""
    colours = np.stack([np.array(GRID), np.ones((2, 3)), np.array(GRID) ** 2], axis=-1)
    body = gain_map(colours, planes=(0, 3))
    found, _ = linear({51022: (UNDEFINED, opcodes(body))}, "all")
    gain = np.ones((HEIGHT, WIDTH))
    gain[0::2, 0::2] = between(GRID)[0::2, 0::2]
    gain[1::2, 1::2] = between(np.array(GRID) ** 2)[1::2, 1::2]
    np.testing.assert_allclose(found, 6000 / 65535 * gain, rtol=1e-5)


def test_vignetting() -> None:
    """The polynomial of the radius, which is 1 in the farthest corner."""
    terms = (0.5, -0.1, 0.2, 0.05, 0.01)
    body = struct.pack(">7d", *terms, 0.4, 0.5)
    found, _ = linear({51022: (UNDEFINED, opcodes((3, body)))}, "shading")
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH] + 0.5
    cx, cy = 0.4 * WIDTH, 0.5 * HEIGHT
    far = np.hypot(max(cx, WIDTH - cx), max(cy, HEIGHT - cy))
    r = np.hypot(x - cx, y - cy) / far
    gain = 1 + sum(k * r ** (2 * n + 2) for n, k in enumerate(terms))
    np.testing.assert_allclose(found, 6000 / 65535 * gain, rtol=1e-5)


def test_gains_end_at_the_sensors_white() -> None:
    """A clipped sample is no brighter light for being in a corner."""
    bright = np.full((HEIGHT, WIDTH), 60000, np.uint16)
    found, _ = linear({51009: (UNDEFINED, opcodes(gain_map(GRID)))}, "shading", bright)
    assert found.max() == 1.0


@pytest.mark.parametrize(
    "body",
    [
        gain_map(GRID)[1][:70],
        gain_map(GRID)[1][:-4],
        gain_map(np.array(GRID) * np.nan)[1],
        gain_map(-np.array(GRID))[1],
    ],
)
def test_maps_that_cannot_be(body: bytes) -> None:
    """A cut map, and gains that are none, are damage where they are asked for."""
    with pytest.raises(DamagedSource, match="gain map"):
        linear({51009: (UNDEFINED, opcodes((9, body)))}, "shading")
