"""Operations that do not mix channels as one curve: a shaper and a table, as fine as is needed.

Candidates are tried from the cheapest to the dearest, each measured against the library's own
result between the table's entries; the first one that is near enough is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from functions.colour.ocio.library import evaluator
from kernels.colour.cdl import cdl_step
from kernels.colour.curves import curve_step
from kernels.colour.lut import lut1d_step
from kernels.colour.matrix import matrix_step
from kernels.colour.steps import Step, apply_steps
from kernels.colour.stops import stop_places, stops_step

Floats = npt.NDArray[np.float32]
# How much of the budget a curve may use up: in relative terms a quarter of a half's spacing, in
# code values a twentieth of a 10-bit code. Ahead of a display's own curve nearly nothing: there a
# matrix may take one large channel from another, and the toe lifts what is left of them.
RELATIVE, FINE, COARSE = 2.0**-13, 2.0**-19, 2.0**-16
FLOOR = 2.0**-26
# What is near enough in the codes of a logarithm of seventeen stops, which cross zero: undone, it
# is 6e-6 of the light.
LOG_CODE = 5e-7
CODE = 0.05 / 1023
# OpenColorIO's table of ACEScc begins that much below zero at most.
_BELOW = 2.0**-20
Span = tuple[float, float]
# Code values that a clip may hold: a little past both ends, as video levels and floats do.
CODES = (-0.1, 1.3)


@dataclass(frozen=True, slots=True)
class Fitted:
    """Steps that stand for a curve, and how far they are off, as a share of what is allowed."""

    steps: tuple[Step, ...]
    share: float


@dataclass(frozen=True, slots=True)
class _Shaper:
    """Steps from a value to a place in a table, and where the table begins and ends."""

    steps: tuple[Step, ...]
    back: tuple[Step, ...]
    low: float
    high: float
    size: int


def fit_curve(
    transforms: Sequence[Any],
    *,
    span: Span | None,
    codes_out: bool,
    relative: float,
    floor: float = FLOOR,
) -> Fitted | None:
    """Operations that do not mix channels as kernel steps, or None if nothing is near enough.

    span : between what limits the values lie that go in; None for scene-linear light
    codes_out : what comes out are code values of which 0.0 to 1.0 is kept
    relative : how far it may be off, in proportion, where it does not give codes: RELATIVE, or
        FINE (COARSE for a view) where a matrix and a display's curve come after it
    floor : how far it may be off for values near zero; more than FLOOR only if what comes out is
        a logarithm's codes
    """
    evaluate = evaluator(transforms)
    values = _light() if span is None else _codes(span)
    truth = evaluate(np.repeat(values[:, None], 3, 1))
    if not np.isfinite(truth).all() or (floor > FLOOR and np.abs(truth).max() > 2):
        return None
    alike = bool((truth == truth[:, :1]).all())
    if alike:
        for named in _named():
            share = _share(_over(named, values), truth, codes_out, relative, floor)
            if share <= 1.0:
                return Fitted(named, share)
        if span is None:
            shifts = (0.0,) if floor == FLOOR else (0.0, _BELOW)
            for by_stops in (one for shift in shifts for one in _by_stops(evaluate, shift)):
                share = _share(_over(by_stops, values), truth, codes_out, relative, floor)
                if share <= 1.0:
                    return Fitted(by_stops, share)
    for shaper in _shapers(span, codes_out):
        steps = _tabled(shaper, evaluate, alike)
        share = _share(_over(steps, values), truth, codes_out, relative, floor)
        if share <= 1.0:
            return Fitted(steps, share)
    return None


def _by_stops(
    evaluate: Callable[[Floats], Floats], shift: float = 0.0
) -> Iterator[tuple[Step, ...]]:
    """Tables by stops, for curves that are flat below some light; coarse ones first.

    shift : added first, for curves that are flat from a little below zero on
    """
    ahead = (matrix_step(np.eye(3), [shift] * 3),) if shift else ()
    for first, per_stop in ((-16, 64), (-24, 64), (-24, 128), (-24, 256), (-28, 512), (-28, 2048)):
        places = (stop_places(first, 17, per_stop) - shift).astype(np.float32)
        table = evaluate(np.repeat(places[:, None], 3, 1))[:, 0]
        if np.isfinite(table).all():
            yield (*ahead, stops_step(table, first, per_stop))


def _named() -> Iterator[tuple[Step, ...]]:
    """Published curves, for those that the library has as tables."""
    hundred = np.eye(3) * 0.01
    yield (matrix_step(hundred), curve_step("pq"))
    yield (curve_step("pq", "decode"), matrix_step(np.eye(3) * 100))
    for name in ("applelog", "hlg", "acescc", "clog3"):
        yield (curve_step(name),)
        yield (curve_step(name, "decode"),)


def _over(steps: Sequence[Step], values: Floats) -> Floats:
    made: Floats = apply_steps(np.repeat(values[None, :, None], 3, 2), steps)[0]
    return made


def _codes(span: Span) -> Floats:
    low, high = span
    values = np.random.default_rng(5).uniform(low, high, 24000)
    return np.concatenate([values, np.geomspace(1e-6, 1, 500)]).astype(np.float32)


def _light() -> Floats:
    rng = np.random.default_rng(6)
    up = np.exp2(rng.uniform(-24, 15.99, 20000))
    down = -np.exp2(rng.uniform(-24, 4, 4000))
    return np.concatenate([up, down, rng.uniform(0, 1, 8000), [0.0, 1.0]]).astype(np.float32)


def _share(made: Floats, truth: Floats, codes_out: bool, relative: float, floor: float) -> float:
    if codes_out:
        return float(np.abs(np.clip(made, 0, 1) - np.clip(truth, 0, 1)).max() / CODE)
    allowed = np.maximum(np.abs(truth) * relative, floor)
    return float((np.abs(made.astype(np.float64) - truth) / allowed).max())


def _shapers(span: Span | None, codes_out: bool) -> list[_Shaper]:
    found = [_Shaper((), (), 0.0, 1.0, 4096)] if codes_out else []
    eye = np.eye(3)
    if span is not None:
        low, high = span
        found += [_Shaper((), (), low, high, size) for size in (4097, 56001)]
    # The foot of ACEScct is a straight line, so that zero and a little below it are inside.
    log = (curve_step("acescct"),), (curve_step("acescct", "decode"),)
    top = (9.72 + 17.0) / 17.52
    for low, size in ((0.0729055341958355, 16384), (-0.6, 32768)):
        found.append(_Shaper(*log, low, top, size))
    # For what a logarithm begins with: stops from 2^-30 on.
    stops = Step("log_encode", (2.0**-30, 0.0, -30.0, 1.0, 0.0, 1.0, 0.0))
    light = Step("log_decode", (-1e9, 0.0, 0.0, 1.0, 0.0, 0.0))
    found.append(_Shaper((stops,), (light,), -30.0, 17.0, 32768))
    # PQ is odd about zero: for what is mirrored there.
    scale = 2.0**-13
    odd = (
        (matrix_step(eye * scale), curve_step("pq")),
        (curve_step("pq", "decode"), matrix_step(eye / scale)),
    )
    end = float(_through(odd[0], np.array([2.0**17]))[0])
    found += [_Shaper(*odd, 0.0, end, 16384), _Shaper(*odd, -end, end, 65537)]
    if codes_out:
        found.append(_Shaper((cdl_step(power=0.25, style="asc"),), (cdl_step(power=4.0),),
                             0.0, 1.0, 16384))  # fmt: skip
    return found


def _through(steps: Sequence[Step], values: npt.NDArray[Any]) -> Floats:
    rgb = np.repeat(np.asarray(values, np.float32)[None, :, None], 3, 2)
    made: Floats = apply_steps(rgb, steps)[0, :, 0]
    return made


def _tabled(shaper: _Shaper, evaluate: Callable[[Floats], Floats], alike: bool) -> tuple[Step, ...]:
    places = np.linspace(shaper.low, shaper.high, shaper.size)
    inputs = _through(shaper.back, places)
    table = evaluate(np.repeat(inputs[:, None], 3, 1))
    columns = np.ascontiguousarray(table[:, 0] if alike else table)
    return (*shaper.steps, lut1d_step(columns, (shaper.low, shaper.high)))
