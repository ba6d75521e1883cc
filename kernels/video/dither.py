"""Noise for outputs of few bits: a tile that depends on the picture's number and the place alone.

Without it a slow gradient becomes bands of one code value each. The noise is even over a code
value, so that the mean of many pixels is the value that was rounded, and its neighbours differ as
much as they can: the additive recurrence R2 in two dimensions. A value within 1/64 of a whole code
stays that code: bars, mattes and pictures that were of 8 bits before keep theirs.

References
----------
L. G. Roberts, "Picture coding using pseudo-random noise", IRE Trans. Inf. Theory 8, 1962.
M. Roberts, "The unreasonable effectiveness of quasirandom sequences", 2018: R2, by the roots of
x^3 = x + 1.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from kernels.loops.colour import slots as s

Tile = npt.NDArray[np.float32]
# 2^32 over the plastic number, and over its square.
_ACROSS, _DOWN = 3242174889, 2447445414
# Steps of the tile from picture to picture: odd, so that 64 pictures have 64 places each way.
_STEPS = (29, 45)
REACH = 31 / 64
"""Most that is added, in code values."""


def noise_tile() -> Tile:
    """(64, 64) float32 of noise, -31/64 to 31/64 of a code value.

    Examples
    --------
    >>> tile = noise_tile()
    >>> tile.shape, abs(float(tile.mean())) < 1e-3
    ((64, 64), True)
    """
    return _tiles()[1][:, : s.NOISE].copy()


def place_noise(number: int | None, field: int = 0) -> tuple[Tile, int, int]:
    """The tile that a picture takes, and its first row and column there.

    number : of the picture, any whole number; None for a tile of zeros
    field : 0, or 1 for the bottom field
    """
    if number is None:
        return _tiles()[0], 0, 0
    row = (number * _STEPS[0] + field * s.NOISE // 2) % s.NOISE
    return _tiles()[1], row, number * _STEPS[1] % s.NOISE


@lru_cache(maxsize=1)
def _tiles() -> tuple[Tile, Tile]:
    """Zeros and noise, each row twice: a vector that begins anywhere in a row goes on there."""
    y, x = np.mgrid[0 : s.NOISE, 0 : s.NOISE].astype(np.uint64)
    even = ((x * _ACROSS + y * _DOWN) % 2**32).astype(np.float64) / 2**32
    noise = ((2 * even - 1) * REACH).astype(np.float32)
    twice = np.concatenate([noise, noise], axis=1)
    return np.zeros_like(twice), twice
