"""Camera raw to planes: levels, white balance, demosaic and matrix, in one fused pass to halves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

import kernels
from functions.colour.camera.to_aces import Development
from functions.contract.clip import RawFrame
from functions.picture.frames.bands import in_bands
from functions.picture.frames.lens import corrected, site_gains
from functions.picture.picture_spec import Highlights, Method

Planes = npt.NDArray[Any]
Crop = tuple[int, int, int, int]
_IDENTITY = np.eye(3)
_NOISE = 0.002  # of the range: levels are stated in whole numbers
_CROWD = 1e-4  # of all samples: fewer at one value are chance


def develop(
    frame: RawFrame,
    colour: Development,
    out: Planes,
    *,
    method: Method,
    highlights: Highlights,
    aces: bool,
    crop: Crop,
    threads: int = 1,
    backwards: bool = False,
) -> None:
    """Fill (3, h, w) half or float with ACES2065-1, or with white-balanced camera RGB.

    crop : (x, y, w, h) inside `frame.pixels`
    threads : bands of rows; the bytes do not depend on it
    backwards : planes are B, G, R
    """
    matrix = np.asarray(colour.matrix) if aces else _IDENTITY
    if backwards:
        matrix = matrix[::-1]
    clip = _clip_point(frame) if highlights == "repair" else 1.0
    if frame.corrections:
        frame = corrected(frame, colour.gains, method, threads)
    run = _kernel(frame, colour, matrix, out, method, highlights, clip, crop)
    if threads > 1:
        in_bands(out.shape[1], threads, lambda rows: run(rows=rows))
    else:
        run()


def _kernel(
    frame: RawFrame,
    colour: Development,
    matrix: npt.NDArray[np.float64],
    out: Planes,
    method: Method,
    highlights: Highlights,
    clip: float | None,
    crop: Crop,
) -> Callable[..., Planes]:
    """The frame's own way through the kernels; called with `rows=`, for a band of it."""
    same: Mapping[str, Any] = {
        "white": frame.white,
        "matrix": matrix,
        "highlights": "keep" if clip is None or frame.layout == "mono" else highlights,
        "crop": crop,
        "out": out,
    }
    if frame.layout != "cfa":
        run: Callable[..., Planes] = kernels.develop_mono
        if frame.layout == "linear":
            run = partial(kernels.develop_linear, clip_point=clip or 1.0)
        return partial(run, frame.pixels, black=frame.black[:3], gains=colour.gains, **same)
    assert frame.pattern is not None
    return partial(
        kernels.develop,
        frame.pixels,
        frame.pattern,
        black=frame.black,
        gains=site_gains(colour.gains, frame.pattern),
        method=method,
        clip_point=clip or 1.0,
        **{**same, "white": site_whites(frame)},
    )


def _clip_point(frame: RawFrame) -> float | None:
    """Where this frame's samples clip, as a part of white; None where they clip nowhere.

    Floating-point samples have no ceiling. Whole numbers clip at white, unless some lie above it:
    then white is stated too low, and the sensor's own ceiling is where many samples end.
    """
    if frame.floating:
        return None
    top, black = float(frame.pixels.max()), max(frame.black)
    span = frame.white - black
    if top <= frame.white + _NOISE * span:
        return 1.0
    ceiling = top - _NOISE * (top - black)
    crowded = np.count_nonzero(frame.pixels >= ceiling) >= _CROWD * frame.pixels.size
    return (top - black) / span if frame.layout == "cfa" and crowded else None


def site_whites(frame: RawFrame) -> tuple[float, ...]:
    """White of each CFA site, so that every site is divided by white minus the highest black.

    Digital Negative Specification 1.7.1.0, chapter 5, "Rescaling": one divisor for the plane.
    """
    span = frame.white - max(frame.black)
    return tuple(black + span for black in frame.black)
