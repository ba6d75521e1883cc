"""Shading that a DNG corrects by opcodes: gain maps and radial vignetting, where it is asked for.

Both multiply light, so they are done to the samples before the demosaic, whichever list they are
in: a map of list 3 has a plane for each colour, and each CFA site takes its colour's. Only where a
warp is done too, list 3 is done in its own order, after the demosaic.

Reference: Adobe, Digital Negative Specification 1.7.1.0 (2023), chapter 7 (GainMap,
FixVignetteRadial).
"""

from __future__ import annotations

import struct

import msgspec
import numpy as np
import numpy.typing as npt

from functions.contract.clip import Bands
from functions.contract.errors import DamagedSource

GAIN_MAP, FIX_VIGNETTE_RADIAL = 9, 3
_MOST_POINTS = 1 << 22
_LARGEST_GAIN = 1024.0
F32 = npt.NDArray[np.float32]


class GainMap(msgspec.Struct, frozen=True):
    """Gains on a coarse grid, between whose points they run straight.

    area : (top, left, bottom, right) in the active area
    pitch : (rows, columns) from one multiplied pixel to the next
    spacing, origin : (down, across) of the grid, as parts of the picture's sides
    gains : (rows, columns, planes) of the grid
    sites : CFA pattern whose sites take the gains of their colours; None: plane by plane
    planes : (first, count)
    ceiling : samples end here, as the sensor's did
    """

    area: tuple[int, int, int, int]
    planes: tuple[int, int]
    pitch: tuple[int, int]
    spacing: tuple[float, float]
    origin: tuple[float, float]
    gains: F32
    sites: str | None
    ceiling: float

    def apply(self, pixels: F32, bands: Bands) -> None:
        """Multiply (H, W, samples) in place."""
        height, width, samples = pixels.shape
        top, left, bottom, right = self.area
        rows = np.arange(top, min(bottom, height), self.pitch[0])
        columns = np.arange(left, min(right, width), self.pitch[1])
        if not len(rows) or not len(columns):
            return
        first, count = self.planes
        for plane in range(count):
            gain = self._grid(min(plane, self.gains.shape[2] - 1), rows / height, columns / width,
                              0.5 / height, 0.5 / width)  # fmt: skip
            part = np.ix_(rows, columns)
            if self.sites is None:
                if first + plane < samples:
                    pixels[..., first + plane][part] *= gain
                continue
            for site in range(4):
                if "RGB".index(self.sites[site]) == first + plane:
                    r, c = rows % 2 == site // 2, columns % 2 == site % 2
                    pixels[..., 0][np.ix_(rows[r], columns[c])] *= gain[np.ix_(r, c)]
        np.minimum(pixels, np.float32(self.ceiling), out=pixels)

    def _grid(
        self, plane: int, down: npt.NDArray[np.float64], across: npt.NDArray[np.float64],
        half_down: float, half_across: float,
    ) -> F32:  # fmt: skip
        """Gains at pixel centres."""
        points = self.gains[:, :, plane]
        places = []
        for axis, at in ((0, down + half_down), (1, across + half_across)):
            place = (at - self.origin[axis]) / self.spacing[axis] if self.spacing[axis] else at * 0
            place = np.clip(place, 0, points.shape[axis] - 1)
            low = np.minimum(place.astype(np.intp), max(points.shape[axis] - 2, 0))
            places.append((low, np.minimum(low + 1, points.shape[axis] - 1), place - low))
        (top, bottom, v), (left, right, h) = places
        upper = points[top][:, left] * (1 - h) + points[top][:, right] * h
        lower = points[bottom][:, left] * (1 - h) + points[bottom][:, right] * h
        return np.asarray(upper * (1 - v)[:, None] + lower * v[:, None], np.float32)


class Vignette(msgspec.Struct, frozen=True):
    """1 + k0 r^2 + k1 r^4 ... over all planes; r is 1 in the corner farthest from the centre.

    centre : (across, down) as parts of the picture's sides
    """

    terms: tuple[float, float, float, float, float]
    centre: tuple[float, float]
    ceiling: float

    def apply(self, pixels: F32, bands: Bands) -> None:
        """Multiply (H, W, samples) in place."""
        height, width = pixels.shape[:2]
        x, y = self.centre[0] * width, self.centre[1] * height
        corner = max(x, width - x) ** 2 + max(y, height - y) ** 2
        across, down = np.arange(width) + 0.5 - x, np.arange(height) + 0.5 - y
        square = (across[None, :] ** 2 + down[:, None] ** 2) / corner
        gain = np.zeros_like(square)
        for term in reversed(self.terms):
            gain = (gain + term) * square
        pixels *= (1 + gain).astype(np.float32)[..., None]
        np.minimum(pixels, np.float32(self.ceiling), out=pixels)


def gain_map(payload: bytes, sites: str | None, ceiling: float) -> GainMap:
    """A GainMap opcode's parameters, big-endian.

    Raises DamagedSource for a grid that cannot be.
    """
    try:
        top, left, bottom, right, plane, planes, rows, columns, down, across = struct.unpack_from(
            ">10I", payload
        )
        spacing_v, spacing_h, origin_v, origin_h = struct.unpack_from(">4d", payload, 40)
        (layers,) = struct.unpack_from(">I", payload, 72)
        count = down * across * layers
        if min(rows, columns, planes, count) < 1 or count > _MOST_POINTS or planes > 4:
            raise DamagedSource("a gain map without points, or of too many")
        flat = np.frombuffer(payload, ">f4", count, 76).astype(np.float32)
    except (struct.error, ValueError) as error:
        raise DamagedSource("a gain map ends too early") from error
    grid = (spacing_v, spacing_h, origin_v, origin_h)
    if not np.isfinite(grid).all() or (flat < 0).any() or not (flat <= _LARGEST_GAIN).all():
        raise DamagedSource("a gain map holds numbers that are no gains")
    return GainMap(
        (top, left, bottom, right),
        (plane, planes),
        (rows, columns),
        (spacing_v, spacing_h),
        (origin_v, origin_h),
        flat.reshape(down, across, layers),
        sites,
        ceiling,
    )


def vignette(payload: bytes, ceiling: float) -> Vignette:
    """A FixVignetteRadial opcode's parameters, big-endian.

    Raises DamagedSource for numbers that are none.
    """
    try:
        a, b, c, d, e, x, y = struct.unpack_from(">7d", payload)
    except struct.error as error:
        raise DamagedSource("a vignetting opcode ends too early") from error
    if not np.isfinite((a, b, c, d, e, x, y)).all() or not 0 <= x <= 1 or not 0 <= y <= 1:
        raise DamagedSource("a vignetting opcode holds numbers that are none")
    return Vignette((a, b, c, d, e), (x, y), ceiling)
