"""Memory that developed frames take, from headers alone: what does not fit is not begun.

Measured as peak of the process over PNG, DPX, EXR, DNG and movies of 4 to 64 million pixels; what
is counted is what stands at one time in one run of frames.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from functions.contract.clip import ClipFacts

if TYPE_CHECKING:
    from functions.picture.frames.renderer import Recipe

BASE = 232 << 20
"""Interpreter, libraries and tables: the finer one of a view is 34 MB."""
EXR_FILE, DPX_FILE, TIFF_FILE, MOVIE_FILE = 8, 4, 12, 20
"""Bytes a pixel of a file in the making: planes interleaved and packed, an encoder's frames."""

_CFA, _DECODED, _UNPACKED, _FLOATS, _HALVES = 4, 6, 6, 12, 6
_WARPED = 32  # a mosaic in floats twice, its three colours, and those that a warp reads


def frame_bytes(
    facts: ClipFacts,
    recipe: Recipe,
    width: int,
    height: int,
    written: int = EXR_FILE,
    *,
    warped: bool = False,
) -> int:
    """Bytes of one frame from its file to the output's.

    width, height : of what is made; written : bytes a pixel of the file that it becomes
    warped : distortion may be corrected
    """
    scaled = recipe.mapping is not None and recipe.mapping.copied is None
    if facts.layout is not None:
        source = _CFA + (_HALVES if recipe.mapping is not None or recipe.turn else 0)
        if recipe.developed == np.float32:
            source += 2 * _FLOATS + _HALVES
    else:
        source = _DECODED + _UNPACKED
    if warped:
        source += _WARPED
    if recipe.alpha is not None:
        source += 2 * (_FLOATS + 4)
    if scaled or recipe.turn:
        source += 3 * int(np.dtype(recipe.middle).itemsize)
    made = 3 * int(np.dtype(recipe.dtype).itemsize) + written
    return facts.width * facts.height * source + width * height * made
