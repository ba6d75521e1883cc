"""The code of ARRIRAW: 12 bits that stand for 16 linear ones, and what a frame says of it.

SMPTE RDD 30 says that photosites are radiometrically linear numbers of 16 bits which are stored as
12; its table is not openly published. This one is derived: codes below 1024 are the number itself,
then each octave has 512 codes. It is the only scheme of powers of two that fills 12 bits from 16
(2**k + 2**(k-1) * (16 - k) = 4096 has the one answer k = 10), it leaves black at 256, where ARRI
and the Academy's transforms have it. Open is a half step, 0.1 % at most.

A frame checks it: photons make the variance of light grow as its mean, in linear numbers alone.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from functions.media.raw.arriraw_colour import BLACK

Verdict = Literal["agrees", "disagrees", "untold"]
Linear = npt.NDArray[np.uint16]

_RUN = 32  # samples of one colour in a row that are judged together
_FEWEST = 24  # runs of an octave
_OCTAVES = 4  # that must have so many: fewer prove no curve
_CLIPPED = 4080
_QUIET = 0.2  # of an octave's runs: the others have texture
_FITS, _BETTER = 0.35, 2.0  # of the logarithm of noise; how much better than its rival
_LOW, _ROWS = 64, 128
_DARKEST = 1e-4


@lru_cache(maxsize=1)
def linear_codes() -> Linear:
    """(4096,) the linear number of each code.

    Examples
    --------
    >>> [int(linear_codes()[code]) for code in (256, 1023, 1024, 1536, 2048, 4095)]
    [256, 1023, 1024, 2048, 4096, 65472]
    """
    code = np.arange(4096)
    octave = np.maximum((code >> 9) - 1, 0)
    return np.where(code < 1024, code, ((code & 511) + 512) << octave).astype(np.uint16)


def check_curve(codes: npt.NDArray[np.uint16], pattern: str) -> Verdict:
    """Whether the frame's own noise and black fit the curve, or fit codes that are linear better.

    codes : (H, W) as stored
    pattern : of its first cell: the green sites are looked at
    """
    step = max(2, codes.shape[0] // _ROWS // 2 * 2)
    greens = codes[::step, pattern.index("G") % 2 :: 2]
    count = greens.shape[1] // _RUN
    if not count or not len(greens):
        return "untold"
    runs = greens[:, : count * _RUN].reshape(-1, _RUN)
    # Black is a pedestal: noise alone does not reach so far down.
    if np.count_nonzero(runs < _LOW) > _DARKEST * runs.size:
        return "disagrees"
    runs = runs[runs.max(axis=1) < _CLIPPED]
    curved = _misfit(linear_codes()[runs].astype(np.float64), BLACK)
    plain = _misfit(runs * 16.0, BLACK)
    if curved is None or plain is None:
        return "untold"
    if curved < _FITS and curved * _BETTER < plain:
        return "agrees"
    return "disagrees" if plain < _FITS and plain * _BETTER < curved else "untold"


def _misfit(runs: npt.NDArray[Any], black: float) -> float | None:
    """How far the noise of runs is from a straight line over their light, as the mean distance of
    logarithms; None where too little of the range is there."""
    light = runs.mean(axis=1) - black
    # Second differences have neither level nor slope; six variances of a sample each.
    noise = (np.diff(runs, 2, axis=1) ** 2).mean(axis=1) / 6
    octave = np.floor(np.log2(np.maximum(light, 1))).astype(int)
    points = []
    for one in range(4, 17):
        here = octave == one
        if np.count_nonzero(here) >= _FEWEST:
            quiet = float(np.quantile(noise[here], _QUIET))
            if quiet > 0:  # else its steps are wider than its noise
                points.append((light[here].mean(), quiet))
    if len(points) < _OCTAVES:
        return None
    s, v = np.array(points).T
    # Shot noise and read noise, each no less than none, by relative least squares.
    lines = np.stack([s / v, 1 / v], axis=1)
    best, *_ = np.linalg.lstsq(lines, np.ones(len(s)), rcond=None)
    if best[0] < 0:
        best = np.array([0.0, float(np.sum(1 / v) / np.sum(1 / v**2))])
    elif best[1] < 0:
        best = np.array([float(np.sum(s / v) / np.sum((s / v) ** 2)), 0.0])
    return float(np.abs(np.log(np.maximum(best[0] * s + best[1], 1e-30) / v)).mean())
