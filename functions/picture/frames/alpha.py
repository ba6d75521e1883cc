"""Alpha beside a picture: taken off before colour, put back where the output wants it so.

A colour step belongs to the colour of what is seen, not to the part of it that an edge covers, so
colours that come multiplied by alpha (EXR) are divided first, as OpenImageIO's `colorconvert` does
and Nuke's "(un)premult by". Filtering is the other way round: only multiplied colours may be
mixed. Pixels of no alpha at all are light that was added (flares): they are left as they are.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Plane = npt.NDArray[np.float32]
Planes = npt.NDArray[np.float32]
# Smallest half above zero: what is below it is no alpha, and dividing by it is no colour.
_LEAST = np.float32(2.0**-24)
_OVERSHOOT = np.float32(0.1)


def normal(alpha: npt.NDArray[Any] | None, bits: int, out: Plane) -> Plane:
    """Alpha as float32, integers over their full range as 0.0 to 1.0.

    alpha : None is opaque
    bits : of an integer sample, 0 for floats
    out : (h, w), filled and returned. NaN is transparent, infinities are the ends of 0.0 to 1.0.
    """
    if alpha is None:
        out[...] = 1.0
        return out
    if alpha.dtype.kind == "f":
        out[...] = alpha
        np.nan_to_num(out, copy=False, nan=0.0, posinf=1.0, neginf=0.0)
        return out
    np.divide(alpha, np.float32((1 << bits) - 1), out=out, casting="unsafe")
    return out


def divide(planes: Planes, alpha: Plane, *, codes: bool = False) -> None:
    """Multiplied colours to straight ones, in place; those of no alpha as they are.

    codes : they were whole numbers, of which none stands for more than video's overshoot: what
        is larger than its alpha was never multiplied by it, and undoing a logarithm of it is
        no number
    """
    planes *= np.where(alpha >= _LEAST, 1 / np.maximum(alpha, _LEAST), np.float32(1.0))
    if codes:
        np.clip(planes, -_OVERSHOOT, 1 + _OVERSHOOT, out=planes)


def multiply(planes: Planes, alpha: Plane, *, lights: bool) -> None:
    """Straight colours to multiplied ones, in place.

    lights : whether those of no alpha stay, because they were left alone by `divide` and are
        light of their own; else they go black
    """
    planes *= np.where(alpha >= _LEAST, alpha, np.float32(lights))


def words(alpha: Plane, out: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Alpha in the type of the planes: uint16 over its range, half or float as it is."""
    if out.dtype == np.uint16:
        out[...] = np.rint(alpha.clip(0.0, 1.0) * np.float32(65535.0))
    else:
        out[...] = alpha
    return out
