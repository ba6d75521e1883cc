"""Pictures that need no demosaic: linear RGB and monochrome through the same finish; half alone."""

from __future__ import annotations

from typing import Any

from kernels.calls import (
    BLACK,
    CEILING,
    CHANNELS,
    CROP_WIDTH,
    CROP_X,
    CROP_Y,
    KIND,
    KNEE,
    OUT_PLANE,
    OUT_ROW,
    ROW_START,
    ROW_STOP,
    SCALE,
    SLOPE,
    STRIDE,
)
from kernels.compiler import inlined
from kernels.loops.demosaic.finish import bounded, copy_bytes, mix, recover
from kernels.loops.simd import lanes as v
from kernels.loops.simd import vectors as w

# Scratch, in floats: a vector of pixels from the end of a row, and three of halves.
REST_AT = 0
HALVES_AT = 64


@inlined
def colours_u16(line: Any, i: int) -> Any:
    return w.load3_u16(v.as_u16(line), 3 * i)


@inlined
def colours_f32(line: Any, i: int) -> Any:
    return w.load3_f32(v.as_f32(line), 3 * i)


@inlined
def greys_u16(line: Any, i: int) -> Any:
    (x,) = w.load1_u16(v.as_u16(line), i)
    return x, x, x


@inlined
def greys_f32(line: Any, i: int) -> Any:
    x = v.load(v.as_f32(line), i)
    return x, x, x


@inlined
def three(numbers: Any, at: int) -> Any:
    """A number of each channel in every lane."""
    return v.splat(numbers[at]), v.splat(numbers[at + 1]), v.splat(numbers[at + 2])


def sweeper(load: Any) -> Any:
    """The whole pass over pixels that `load` brings: levels, highlights, matrix, half."""

    @inlined
    def sweep(line: Any, rows: Any, pixels: int, colour: Any) -> None:
        b0, b1, b2 = three(colour, BLACK)
        s0, s1, s2 = three(colour, SCALE)
        k0, k1, k2 = three(colour, KNEE)
        slopes, ceiling = three(colour, SLOPE), v.splat(colour[CEILING])
        h0, h1, h2 = rows
        i = 0
        while i < pixels:
            r, g, b = load(line, i)
            pixel = ((r - b0) * s0, (g - b1) * s1, (b - b2) * s2)
            if v.some((pixel[0] > k0) | ((pixel[1] > k1) | (pixel[2] > k2))):
                pixel = recover(pixel, (k0, k1, k2), slopes, ceiling)
            v.store_half(h0, i, mix(pixel, colour, 0, 0))
            v.store_half(h1, i, mix(pixel, colour, 1, 0))
            v.store_half(h2, i, mix(pixel, colour, 2, 0))
            i += v.step()

    return sweep


sweep_colours_u16, sweep_colours_f32 = sweeper(colours_u16), sweeper(colours_f32)
sweep_greys_u16, sweep_greys_f32 = sweeper(greys_u16), sweeper(greys_f32)


@inlined
def planes_of(line: Any, plane: int) -> Any:
    """Where the three rows of halves begin."""
    return v.as_u16(line), v.as_u16(v.at(line, plane)), v.as_u16(v.at(line, 2 * plane))


def linear(src: Any, geom: Any, colour: Any, out: Any, scratch: Any) -> None:
    """Levels, gains, highlights, matrix and half of one or three samples per pixel."""
    across = geom[CHANNELS] * (2 if geom[KIND] == 0 else 4)
    width = geom[CROP_WIDTH]
    whole = width - width % v.step()
    rest, halves = v.as_u8(v.at(scratch, REST_AT)), v.as_u8(v.at(scratch, HALVES_AT))
    for y in range(geom[ROW_START], geom[ROW_STOP]):
        line = v.at(src, (geom[CROP_Y] + y) * geom[STRIDE] + geom[CROP_X] * across)
        target = v.at(out, y * geom[OUT_ROW])
        # The last vector would run past the row: its pixels are worked on in scratch.
        if whole < width:
            copy_bytes(rest, v.at(line, whole * across), (width - whole) * across)
        for part in range(2):
            source, rows, pixels = line, planes_of(target, geom[OUT_PLANE]), whole
            if part == 1:
                source, rows = rest, planes_of(halves, 64)
                pixels = v.step() if whole < width else 0
            if geom[CHANNELS] == 3:
                if geom[KIND] == 0:
                    sweep_colours_u16(source, rows, pixels, colour)
                else:
                    sweep_colours_f32(source, rows, pixels, colour)
            elif geom[KIND] == 0:
                sweep_greys_u16(source, rows, pixels, colour)
            else:
                sweep_greys_f32(source, rows, pixels, colour)
        for channel in range(3):
            place = v.at(target, channel * geom[OUT_PLANE] + 2 * whole)
            copy_bytes(place, v.at(halves, 64 * channel), 2 * (width - whole))


def half(src: Any, geom: Any, colour: Any, out: Any, scratch: Any) -> None:
    """geometry: count, saturate. `scratch` holds and takes the last few values."""
    count, saturate = geom[0], geom[1]
    values, halves = v.as_f32(src), v.as_u16(out)
    last = v.as_u16(v.at(scratch, 16))
    step = v.step()
    i = 0
    if saturate:
        while i + step <= count:
            v.store_half(halves, i, bounded(v.load(values, i)))
            i += step
    else:
        while i + step <= count:
            v.store_half(halves, i, v.load(values, i))
            i += step
    if i < count:
        for k in range(count - i):
            scratch[k] = values[i + k]
        tail = v.load(scratch, 0)
        if saturate:
            tail = bounded(tail)
        v.store_half(last, 0, tail)
        for k in range(count - i):
            halves[i + k] = last[k]
