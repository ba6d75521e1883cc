"""Lens corrections after the demosaic: a mosaic becomes a picture of three colours first."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import numpy as np
import numpy.typing as npt

import kernels
from functions.contract.clip import Bands, RawFrame, Rows
from functions.picture.frames.bands import in_bands
from functions.picture.picture_spec import Method

F32 = npt.NDArray[np.float32]
Gains = tuple[float, float, float]


def corrected(frame: RawFrame, gains: Gains, method: Method, threads: int) -> RawFrame:
    """The frame with its corrections done, as linear camera RGB with black 0 and white 1.

    gains : white balance, under which the demosaic works; it is taken back afterwards
    threads : bands of rows; the bytes do not depend on it
    """

    def bands(height: int, run: Callable[[Rows], object]) -> None:
        in_bands(height, threads, run)

    pixels = np.asarray(frame.pixels, np.float32)
    if frame.pattern is not None:
        top = pixels.max()
        pixels = _demosaiced(pixels, frame.pattern, gains, method, bands)
        # Overshoot beside clipped light would hide from `highlights` that it is clipped.
        np.minimum(pixels, top, out=pixels)
        frame = msgspec.structs.replace(frame, layout="linear", pattern=None)
    samples = pixels.reshape(*pixels.shape[:2], -1)
    for correction in frame.corrections:
        correction.apply(samples, bands)
    return msgspec.structs.replace(frame, pixels=pixels, corrections=())


def _demosaiced(cfa: F32, pattern: str, gains: Gains, method: Method, bands: Bands) -> F32:
    balanced = np.empty_like(cfa)
    for site, gain in enumerate(site_gains(gains, pattern)):
        cell = (slice(site >> 1, None, 2), slice(site & 1, None, 2))
        np.multiply(cfa[cell], np.float32(gain), out=balanced[cell])
    rgb = np.empty((*cfa.shape, 3), np.float32)
    bands(len(cfa), lambda rows: kernels.demosaic(balanced, pattern, method, out=rgb, rows=rows))
    rgb /= np.array(gains, np.float32)
    return rgb


def site_gains(gains: Gains, pattern: str) -> tuple[float, float, float, float]:
    """White balance of each CFA site in reading order of the 2x2 cell."""
    one, two, three, four = (gains["RGB".index(letter)] for letter in pattern)
    return one, two, three, four
