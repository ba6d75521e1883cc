"""Numbers of OpenColorIO's transforms that no picture can go through."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

# Products of a few of these are still floats; a matrix of a file has 1.9, a table 65504.
LARGEST = 1e9
_GETTERS = (
    "getMatrix", "getOffset", "getSlope", "getPower", "getSat", "getValue", "getGamma",
    "getLogSideSlopeValue", "getLogSideOffsetValue", "getLinSideSlopeValue",
    "getLinSideOffsetValue", "getLinSideBreakValue", "getBase", "getExposure", "getContrast",
    "getPivot", "getParams",
)  # fmt: skip
# Not a number where the file says none.
_OR_UNSET = (
    "getLinearSlopeValue", "getMinInValue", "getMaxInValue", "getMinOutValue", "getMaxOutValue",
)  # fmt: skip


def not_finite(transforms: Iterable[Any]) -> str | None:
    """What of the transforms has a number that is infinite, none or beyond 1e9; None when nothing.

    Entries of a table by half floats may be: those for inputs that are no numbers.
    """
    for one in transforms:
        name = type(one).__name__
        if name in ("Lut1DTransform", "Lut3DTransform"):
            by_halves = name == "Lut1DTransform" and one.getInputHalfDomain()
            if not by_halves and not _fits(one.getData(), float(np.finfo(np.float32).max)):
                return name
        elif not all(_fits(values) for values in _numbers(one)):
            return name
    return None


def _numbers(one: Any) -> Iterator[Floats]:
    """What its getters give, those without arguments that give numbers."""
    for getter in (*_GETTERS, *_OR_UNSET):
        if not hasattr(one, getter):
            continue
        try:
            values = np.asarray(getattr(one, getter)(), np.float64)
        except (TypeError, ValueError, RuntimeError):
            continue
        yield (
            np.nan_to_num(values, posinf=np.inf, neginf=-np.inf) if getter in _OR_UNSET else values
        )


def _fits(values: Any, largest: float = LARGEST) -> bool:
    # Written so that what is no number fails.
    return bool((np.abs(np.asarray(values, np.float64)) <= largest).all())
