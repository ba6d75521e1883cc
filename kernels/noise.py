"""The brightest and the faintest that a mosaic holds: its white, and the noise of its flat parts.

Noise: second differences of samples of one colour along a row have no level and no slope, only
noise and texture; the quietest blocks of a picture have the least texture. The energy of a block is
the mean of 16 squared differences, and the answer comes from the quietest but three in a hundred
of those that touch neither the brightest nor the darkest sample: clipped light has no noise.
The Kodak and McMaster pictures have 0.000 to 0.008 of white, with 1 % of noise 0.009 to 0.015.

Only order statistics and sums in a fixed order: every processor finds the same number, and a frame
has its number whatever range, crop or band of it is asked for.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

# Blocks are looked for on a grid of about so many rows and columns.
GRID = 32
BLOCK = 16
# The lag on each side of a sample to its neighbours of the same colour.
LAG = 2
QUIET = 0.03
# What three blocks in a hundred stay below, in variances of a sample: 0.5 in noise alone, about 0.9
# in photographs, where fewer blocks have nothing else.
VARIANCE = 0.7


def level_of_white(cfa: npt.NDArray[Any]) -> float:
    """The median over rows of each row's brightest sample; 1 for a picture without light.

    A hot or a missing sample moves it by a rank, twice the light is twice the answer.

    Examples
    --------
    >>> import numpy as np
    >>> level_of_white(np.full((5, 7), 0.5, np.float32))
    0.5
    """
    some = cfa[:: max(1, cfa.shape[0] // GRID)]
    tops = np.sort(np.fmax.reduce(some, axis=1))
    white = float(tops[len(tops) // 2])
    return white if 1e-30 < white < 1e30 else 1.0


@np.errstate(over="ignore", invalid="ignore")
def level_of_noise(cfa: npt.NDArray[Any], scales: npt.NDArray[np.float64]) -> float:
    """Standard deviation of the noise in the quietest parts; 0 where a picture is too small.

    scales : what each site of the 2x2 cell, in reading order, is multiplied by

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> cfa = rng.normal(0.5, 0.01, (400, 600)).astype(np.float32)
    >>> bool(0.008 < level_of_noise(cfa, np.ones(4)) < 0.012)
    True
    """
    height, width = cfa.shape
    span = BLOCK + 2 * LAG
    if width < span:
        return 0.0
    # Odd steps down: both kinds of rows take part.
    down, across = max(1, height // GRID) | 1, max(1, width // GRID) & ~1 or 2
    # Samples of a block apart, blocks together: every step is over long rows.
    shape = span, (height - 1) // down + 1, (width - span) // across + 1
    strides = cfa.strides[1], cfa.strides[0] * down, cfa.strides[1] * across
    block = np.lib.stride_tricks.as_strided(cfa, shape, strides).astype(np.float32, "C")
    bend = block[LAG:-LAG] - (block[: -2 * LAG] + block[2 * LAG :]) * np.float32(0.5)
    for site, scale in enumerate(scales.astype(np.float32)):
        bend[site & 1 :: 2, site >> 1 :: 2] *= scale
    energy = np.add.reduce(bend * bend, axis=0)  # row after row: always in the same order
    # At either end of what the frame holds, noise is cut off.
    lowest, highest = np.fmin.reduce(block), np.fmax.reduce(block)
    whole = (lowest > np.fmin.reduce(lowest, axis=None)) & (
        highest < np.fmax.reduce(highest, axis=None)
    )
    ordered = np.sort(energy[whole])
    if not ordered.size:
        return 0.0
    quiet = float(ordered[int(QUIET * ordered.size)]) / BLOCK
    return float(np.sqrt(quiet / VARIANCE)) if quiet < np.inf else 0.0
