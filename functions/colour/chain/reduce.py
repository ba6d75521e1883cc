"""OpenColorIO operations turned into kernel steps, one for one where there is a kernel.

What is left to the library is whatever couples channels and has no kernel; `reduced` says where
that ends, so that the library runs the beginning and our kernels the rest.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from functions.colour.camera.chromatic import inverse, product
from functions.colour.chain.fit import (
    COARSE,
    CODES,
    FINE,
    FLOOR,
    LOG_CODE,
    RELATIVE,
    Fitted,
    Span,
    fit_curve,
)
from functions.colour.chain.values import Tier
from functions.colour.ocio.aces2_numbers import rendering_step
from functions.colour.ocio.library import library
from kernels.colour.cdl import cdl_step
from kernels.colour.fixed import (
    bound_step,
    gamma_step,
    gamut_compress_step,
    glow_step,
    red_modifier_step,
    surround_step,
)
from kernels.colour.lut import lut1d_step, lut3d_step
from kernels.colour.matrix import matrix_step
from kernels.colour.steps import Step

Steps = tuple[Step, ...]
# Dark to dim surround of ACES 1's video outputs, and luminance of AP1 as its CTL has it.
_DIM = 0.9811
_AP1_LUMA = (0.27222871678091454, 0.67408176581114831, 0.053689517407937051)
_BT2020_LUMA, _HLG_FLOOR = (0.2627, 0.6780, 0.0593), 1e-4
_TINY = float(np.finfo(np.float32).tiny)
_LOWEST = float(np.finfo(np.float32).min)


@dataclass(frozen=True, slots=True)
class Reduced:
    """Operations as kernel steps.

    left : how many operations from the first one have to be run by the library
    steps : the others
    """

    left: int
    steps: Steps


def reduced(
    transforms: Sequence[Any], *, codes_in: bool, codes_out: bool, tier: Tier = "exact",
    strict: bool = True,
) -> Reduced:  # fmt: skip
    """Kernel steps for as long an end of the operations as there are kernels for.

    Parameters
    ----------
    transforms : as `ocio.operations` gives them
    codes_in : what goes in are code values; else scene-linear light
    codes_out : what comes out are code values of which 0.0 to 1.0 is kept
    tier : how near tables have to be to the curves that they stand for
    strict : whether a logarithm's codes have to be as near as light; if not, the whole has to be
        measured
    """
    fine = FINE if tier == "exact" else COARSE
    runs = _runs(transforms)
    spans = _spans(transforms, codes_in)
    made: list[Steps] = []
    for start, stop in reversed(runs):
        kept = codes_out and stop == len(transforms)
        steps = _run(
            transforms[start:stop],
            spans.get(start),
            kept,
            fine if codes_out and not kept else RELATIVE,
            FLOOR if strict or kept else LOG_CODE,
        )
        if steps is None:
            return Reduced(stop, _merged(made))
        made.append(steps)
    return Reduced(0, _merged(made))


def _merged(made: Sequence[Steps]) -> Steps:
    """Steps in order (they come last first), neighbouring matrices as one."""
    whole: list[Step] = []
    for step in (step for steps in reversed(made) for step in steps):
        if whole and step.loop == whole[-1].loop == "matrix":
            first, second = (np.array(one.floats) for one in (whole.pop(), step))
            mix = second[:9].reshape(3, 3)
            into = product(mix, first[:9].reshape(3, 3)), product(mix, first[9:]) + second[9:]
            step = matrix_step(*into)
        whole.append(step)
    return tuple(whole)


def _spans(transforms: Sequence[Any], codes_in: bool) -> dict[int, Span]:
    """Limits of what reaches the first operations, as far as code values tell them."""
    found: dict[int, Span] = {}
    low, high = CODES
    for number, transform in enumerate(transforms if codes_in else ()):
        found[number] = (low, high)
        if type(transform).__name__ != "MatrixTransform":
            break
        steps = _mixing(transform)
        if steps is None:
            break
        numbers = np.array(steps[0].floats)
        mix = numbers[:9].reshape(3, 3)
        low, high = (
            float((np.minimum(mix * low, mix * high).sum(1) + numbers[9:]).min()),
            float((np.maximum(mix * low, mix * high).sum(1) + numbers[9:]).max()),
        )
    return found


def _runs(transforms: Sequence[Any]) -> list[tuple[int, int]]:
    """Operations apart, but those in a row that do not mix channels together."""
    runs: list[tuple[int, int]] = []
    single = [is_separable(one) or _only_scales(transforms, n) for n, one in enumerate(transforms)]
    for number, apart in enumerate(single):
        if runs and apart and single[runs[-1][0]]:
            runs[-1] = (runs[-1][0], number + 1)
        else:
            runs.append((number, number + 1))
    return runs


def _only_scales(transforms: Sequence[Any], number: int) -> bool:
    """Whether an operation is a matrix that mixes nothing, between a power and a table by halves.

    The table alone would have to be followed entry by entry; the whole of them is smooth.
    """
    if not 0 < number < len(transforms) - 1:
        return False
    before, here, after = transforms[number - 1 : number + 2]
    if type(here).__name__ != "MatrixTransform" or type(before).__name__ != "LogTransform":
        return False
    if type(after).__name__ != "Lut1DTransform" or not after.getInputHalfDomain():
        return False
    whole = np.asarray(here.getMatrix(), np.float64).reshape(4, 4)
    return not (whole - np.diag(np.diag(whole))).any()


def is_separable(transform: Any) -> bool:
    """Whether each channel of the answer depends on that channel alone."""
    name = type(transform).__name__
    if name == "Lut1DTransform":
        return bool(transform.getHueAdjust() == library().HUE_NONE)
    if name == "GradingRGBCurveTransform":
        return True
    return name in {
        "LogTransform", "LogAffineTransform", "LogCameraTransform", "RangeTransform",
        "ExponentTransform", "ExponentWithLinearTransform", "GradingRGBCurveTransform",
    }  # fmt: skip


def _run(
    transforms: Sequence[Any], span: Span | None, codes_out: bool, relative: float, floor: float
) -> Steps | None:
    one = transforms[0]
    if len(transforms) == 1 and not is_separable(one):
        return _mixing(one)
    direct = [
        _direct(transform, codes_out and number == len(transforms) - 1)
        for number, transform in enumerate(transforms)
    ]
    known = [step for steps in direct for step in steps or ()]
    whole = None not in direct
    # A table's corners lie on no other table's entries.
    if whole and (len(known) <= 3 or any(step.loop == "lut1d" for step in known)):
        return tuple(known)
    fitted: Fitted | None = fit_curve(transforms, span=span, codes_out=codes_out, relative=relative)
    if fitted is None and floor > FLOOR:
        fitted = fit_curve(
            transforms, span=span, codes_out=codes_out, relative=relative, floor=floor
        )
    if fitted is not None:
        return fitted.steps
    return tuple(known) if whole else None


def _mixing(transform: Any) -> Steps | None:
    """A matrix, a CDL or a cube."""
    ocio = library()
    name = type(transform).__name__
    forward = transform.getDirection() == ocio.TRANSFORM_DIR_FORWARD
    if name == "MatrixTransform":
        return _matrix(transform, forward)
    if name == "CDLTransform" and forward:
        style = "asc" if transform.getStyle() == ocio.CDL_ASC else "noclamp"
        try:
            return (
                cdl_step(transform.getSlope(), transform.getOffset(), transform.getPower(),
                         transform.getSat(), "asc" if style == "asc" else "noclamp"),
            )  # fmt: skip
        except ValueError:
            return None
    if name == "FixedFunctionTransform":
        return _fixed(transform, forward)
    if name == "Lut3DTransform" and forward:
        tetrahedral = (ocio.INTERP_TETRAHEDRAL, ocio.INTERP_BEST)
        size = transform.getGridSize()
        if transform.getInterpolation() in tetrahedral:
            return (lut3d_step(np.asarray(transform.getData()).reshape(size, size, size, 3)),)
    return None


def _fixed(transform: Any, forward: bool) -> Steps | None:
    """What outputs of ACES and of BT.2100 are made of."""
    ocio = library()
    style = transform.getStyle()
    if style == ocio.FIXED_FUNCTION_ACES_GLOW_10 and forward:
        return (glow_step(),)
    if style == ocio.FIXED_FUNCTION_ACES_RED_MOD_10 and forward:
        return (red_modifier_step(),)
    if style == ocio.FIXED_FUNCTION_ACES_DARK_TO_DIM_10:
        gamma = _DIM if forward else 1 / _DIM
        return (surround_step(gamma - 1, _AP1_LUMA),)
    if style == ocio.FIXED_FUNCTION_REC2100_SURROUND:
        gamma = transform.getParams()[0]
        floor = _HLG_FLOOR if forward else _HLG_FLOOR**gamma
        gamma = gamma if forward else 1 / gamma
        return (surround_step(gamma - 1, _BT2020_LUMA, floor, unsigned=True),)
    if style == ocio.FIXED_FUNCTION_ACES_GAMUT_COMP_13 and forward:
        found = [float(one) for one in transform.getParams()]
        limits, thresholds = (found[0], found[1], found[2]), (found[3], found[4], found[5])
        return (gamut_compress_step(limits, thresholds, found[6]),)
    if style == ocio.FIXED_FUNCTION_ACES_OUTPUT_TRANSFORM_20 and forward:
        step = rendering_step(tuple(transform.getParams()))
        return None if step is None else (step,)
    return None


def _matrix(transform: Any, forward: bool) -> Steps | None:
    whole = np.asarray(transform.getMatrix(), np.float64).reshape(4, 4)
    offset = np.asarray(transform.getOffset(), np.float64)[:3]
    if whole[:3, 3].any():
        return None
    mix: Any = whole[:3, :3]
    if not forward:
        with np.errstate(all="ignore"):
            mix = inverse(mix)
        if not np.isfinite(mix).all():
            return None
        offset = -product(mix, offset)
    return (matrix_step(mix, offset),)


def _direct(transform: Any, codes_out: bool) -> Steps | None:
    """One operation without mixing, where a kernel is exactly that.

    codes_out : only 0.0 to 1.0 of the answer is kept
    """
    ocio = library()
    name = type(transform).__name__
    forward = transform.getDirection() == ocio.TRANSFORM_DIR_FORWARD
    if name == "MatrixTransform":
        return _matrix(transform, forward)
    if name == "LogCameraTransform":
        return _log_camera(transform, forward)
    if name in ("LogTransform", "LogAffineTransform"):
        return _log_affine(transform, forward, name == "LogAffineTransform")
    if name == "RangeTransform":
        return _range(transform, forward)
    if name == "ExponentTransform":
        return _exponent(transform, forward, codes_out)
    if name == "Lut1DTransform" and forward and not transform.getInputHalfDomain():
        return (lut1d_step(lut1d_table(transform)),)
    return None


def lut1d_table(transform: Any) -> np.ndarray[Any, np.dtype[np.float32]]:
    """(K, 3) float32, or (K,) where the channels are alike."""
    table = np.asarray(transform.getData(), np.float32).reshape(-1, 3)
    alike = (table == table[:, :1]).all()
    return np.ascontiguousarray(table[:, 0] if alike else table)


def _same(*rows: Sequence[float]) -> bool:
    return all(row[0] == row[1] == row[2] for row in rows)


def _log_camera(transform: Any, forward: bool) -> Steps | None:
    rows = [transform.getLogSideSlopeValue(), transform.getLogSideOffsetValue(),
            transform.getLinSideSlopeValue(), transform.getLinSideOffsetValue(),
            transform.getLinSideBreakValue()]  # fmt: skip
    if not _same(*rows):
        return None
    a, d, b, c, cut = (row[0] for row in rows)
    base = transform.getBase()
    inside = b * cut + c
    if not (inside > 0 and a and b):
        return None
    turn = a * math.log(inside, base) + d
    slope = a * b / (inside * math.log(base))
    if transform.isLinearSlopeValueSet():
        slopes = transform.getLinearSlopeValue()
        if not _same(slopes):
            return None
        slope = slopes[0]
    a /= math.log2(base)
    if forward:
        return (Step("log_encode", (cut, slope, turn - slope * cut, b, c, a, d)),)
    return (
        Step("log_decode", (turn, 1 / slope, cut - turn / slope, 1 / a,
                            -d / a - math.log2(b), -c / b)),
    )  # fmt: skip


def _log_affine(transform: Any, forward: bool, affine: bool) -> Steps | None:
    a, d, b, c = 1.0, 0.0, 1.0, 0.0
    if affine:
        rows = [transform.getLogSideSlopeValue(), transform.getLogSideOffsetValue(),
                transform.getLinSideSlopeValue(), transform.getLinSideOffsetValue()]  # fmt: skip
        if not _same(*rows):
            return None
        a, d, b, c = (row[0] for row in rows)
    if not (a and b > 0):
        return None
    a /= math.log2(transform.getBase())
    if forward:
        foot = a * math.log2(_TINY) + d
        return (Step("log_encode", ((_TINY - c) / b, 0.0, foot, b, c, a, d)),)
    return (Step("log_decode", (_LOWEST, 0.0, 0.0, 1 / a, -d / a - math.log2(b), -c / b)),)


def _range(transform: Any, forward: bool) -> Steps | None:
    """Limits, after a scale where the library has one in them."""
    ocio = library()
    if transform.getStyle() == ocio.RANGE_NO_CLAMP:
        return None
    low_in, high_in = transform.getMinInValue(), transform.getMaxInValue()
    low_out, high_out = transform.getMinOutValue(), transform.getMaxOutValue()
    if not forward:
        low_in, high_in, low_out, high_out = low_out, high_out, low_in, high_in
    scale = 1.0
    if not (math.isnan(low_in) or math.isnan(high_in)):
        scale = (high_out - low_out) / (high_in - low_in)
    end = (high_out, high_in) if math.isnan(low_in) else (low_out, low_in)
    limits = bound_step(
        -math.inf if math.isnan(low_out) else low_out,
        math.inf if math.isnan(high_out) else high_out,
    )
    moved = end[0] - end[1] * scale
    if scale == 1.0 and moved == 0.0:
        return (limits,)
    return (matrix_step(np.eye(3) * scale, [moved] * 3), limits)


def _exponent(transform: Any, forward: bool, codes_out: bool) -> Steps | None:
    ocio = library()
    powers = [float(value) for value in transform.getValue()[:3]]
    if min(powers) <= 0:
        return None
    if not forward:
        powers = [1 / value for value in powers]
    if codes_out:
        return (gamma_step((powers[0], powers[1], powers[2])),)
    if transform.getNegativeStyle() == ocio.NEGATIVE_PASS_THRU:
        return (cdl_step(power=powers),)
    return None
