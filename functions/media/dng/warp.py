"""Distortion and lateral colour that a DNG corrects by opcodes, where it is asked for.

A corrected pixel takes its value from where its light fell: from its own radius times a ratio,
and a little aside for a lens that stands askew. Each colour may have numbers of its own.

Reference: Adobe, Digital Negative Specification 1.7.1.0 (2023), chapter 7 (WarpRectilinear,
WarpFisheye, WarpRectilinear2). What it leaves open is done as in Adobe's DNG SDK 1.7.1: radii are
those of square pixels, and a place outside the picture takes its edge.
"""

from __future__ import annotations

import math
import struct

import msgspec
import numpy as np
import numpy.typing as npt

from functions.contract.clip import Bands, Rows
from functions.contract.errors import DamagedSource
from kernels.warp import places, sample, widened

WARPS = {1: "WarpRectilinear", 2: "WarpFisheye", 14: "WarpRectilinear2"}
_FISHEYE, _SECOND = 2, 14
# Radial terms, and numbers of a plane: radial, tangential, and the radii between which they hold.
_TERMS = {1: (4, 6), 2: (4, 4), 14: (15, 19)}
_FARTHEST = 16.0  # radii from the centre: no lens bends light so, and NaN is no smaller
_BAND = 16  # rows at once: what they gather from stays in the cache
F64 = npt.NDArray[np.float64]


class Plane(msgspec.Struct, frozen=True):
    """One colour's numbers.

    radial : coefficients of the ratio, of r^0 upwards; of theta, theta^3 ... for a fisheye
    tangential : of a lens that stands askew
    valid : the radii between which the ratio changes
    """

    radial: tuple[float, ...]
    tangential: tuple[float, float] = (0.0, 0.0)
    valid: tuple[float, float] = (0.0, 1.0)


class Warp(msgspec.Struct, frozen=True):
    """One opcode.

    planes : of each colour, or one for all
    centre : (across, down) of the optical axis, 0 and 1 at the centres of the outermost pixels
    fisheye : the ratio is one of angles
    reciprocal : the ratio is one over the polynomial
    aspect : width of a pixel over its height
    """

    planes: tuple[Plane, ...]
    centre: tuple[float, float]
    fisheye: bool
    reciprocal: bool
    aspect: float

    def apply(self, pixels: npt.NDArray[np.float32], bands: Bands) -> None:
        """Warp (H, W, samples) in place; no value becomes larger or smaller than those there."""
        height, width, samples = pixels.shape
        wide = [widened(pixels[..., number]) for number in range(samples)]
        limits = [(pixels[..., n].min(), pixels[..., n].max()) for n in range(samples)]

        def band(rows: Rows) -> None:
            for top in range(rows[0], rows[1], _BAND):
                stop = min(top + _BAND, rows[1])
                for number in range(samples):
                    if number < len(self.planes):
                        sources = self.sources(number, height, width, (top, stop))
                        where = places(*sources, height, width)
                    made = sample(wide[number], where)
                    pixels[top:stop, :, number] = np.clip(made, *limits[number])

        bands(height, band)

    @np.errstate(all="ignore")  # hostile numbers are looked at below
    def sources(self, number: int, height: int, width: int, rows: Rows) -> tuple[F64, F64]:
        """Where the pixels of some rows come from, in pixels from the first one's centre.

        Raises DamagedSource for numbers that lead nowhere.
        """
        plane = self.planes[number]
        tall = 1 / self.aspect
        x, y = self.centre[0] * (width - 1), self.centre[1] * (height - 1)
        wide, high = max(x, width - 1 - x), max(y, height - 1 - y) * tall
        farthest = math.sqrt(wide * wide + high * high) or 1.0
        h = ((np.arange(width) - x) / farthest)[None, :]
        v = ((np.arange(*rows) - y) * tall / farthest)[:, None]
        square = np.minimum(h * h + v * v, 1.0)
        ratio = self._ratio(plane, square)
        one, two = plane.tangential
        across = h * ratio + (one * (2 * h * v) + two * (square + 2 * h * h))
        down = v * ratio + (two * (2 * h * v) + one * (square + 2 * v * v))
        if not (np.abs(across) <= _FARTHEST).all() or not (np.abs(down) <= _FARTHEST).all():
            raise DamagedSource("a warp in the opcodes leads far out of its picture")
        return x + farthest * across, y + farthest * down / tall

    def _ratio(self, plane: Plane, square: F64) -> F64:
        if self.fisheye:
            angle = _angle_over_radius(square)
            theta = angle * angle * square
            return np.asarray(angle * _polynomial(plane.radial, theta))
        low, high = plane.valid
        ratio = _polynomial(plane.radial, np.sqrt(np.clip(square, low * low, high * high)))
        return np.reciprocal(ratio) if self.reciprocal else ratio


def _polynomial(terms: tuple[float, ...], at: F64) -> F64:
    total = np.full_like(at, terms[-1])
    for term in reversed(terms[:-1]):
        total *= at
        total += term
    return total


def _angle_over_radius(square: F64) -> F64:
    """atan(r) / r, 1 in the middle, of r squared up to 1.

    Halving the angle twice leaves a short series. NumPy's arctan differs in its last bit from
    processor to processor.
    """
    once = 1 + np.sqrt(1 + square)
    half = square / (once * once)
    twice = 1 + np.sqrt(1 + half)
    quarter = half / (twice * twice)
    series = tuple((-1) ** k / (2 * k + 1) for k in range(13))
    ratio: F64 = 4 / (once * twice) * _polynomial(series, quarter)
    return ratio


def warp(code: int, payload: bytes, samples: int, aspect: float) -> Warp:
    """A warp opcode's parameters, big-endian.

    samples : colours of the picture that is warped

    Raises DamagedSource for a wrong length, and for numbers that cannot be.
    """
    terms, count = _TERMS[code]
    tail = 4 if code == _SECOND else 0
    planes = struct.unpack_from(">I", payload)[0] if len(payload) >= 4 else 0
    if planes not in (1, samples) or len(payload) != 4 + 8 * (count * planes + 2) + tail:
        raise DamagedSource(
            f"{WARPS[code]} of {planes} planes in {len(payload)} bytes does not fit a picture of "
            f"{samples}"
        )
    values = struct.unpack_from(f">{count * planes + 2}d", payload, 4)
    centre = values[-2:]
    made = []
    for start in range(0, count * planes, count):
        own = values[start : start + count]
        radial = own[:terms]
        if code == 1:  # even powers alone
            radial = tuple(v for term in radial for v in (term, 0.0))[:-1]
        made.append(
            Plane(
                radial,
                (own[terms], own[terms + 1]) if code != _FISHEYE else (0.0, 0.0),
                (own[-2], own[-1]) if code == _SECOND else (0.0, 1.0),
            )
        )
    sound = all(0 <= plane.valid[0] < plane.valid[1] <= 1 for plane in made)
    if not np.isfinite(values).all() or not sound or not all(0 <= c <= 1 for c in centre):
        raise DamagedSource(f"{WARPS[code]} holds numbers that are none")
    reciprocal = code == _SECOND and payload[-4:] != bytes(4)
    return Warp(tuple(made), (centre[0], centre[1]), code == _FISHEYE, reciprocal, aspect)
