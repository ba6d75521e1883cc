"""Pictures that need no demosaic: linear RGB and monochrome through the same finish; half alone."""

from __future__ import annotations

from typing import Any

from kernels.calls import (
    BEFORE,
    BLACK,
    CHANNELS,
    CROP_WIDTH,
    CROP_X,
    CROP_Y,
    KIND,
    PLANE,
    RGB_AT,
    ROW_START,
    ROW_STOP,
    SCALE,
    STRIDE,
    TILE,
    WIDTH,
)
from kernels.compiler import inlined
from kernels.loops import lanes as v
from kernels.loops.finish import bounded, finisher
from kernels.loops.planes import padded


@inlined
def pixels_at(planes: Any, shift: int, j: int) -> Any:
    """Even and odd pixels of pairs `j` on: red, green, blue as they are."""
    re, ro, ge, go, be, bo = planes
    even = (v.load(re, j), v.load(ge, j), v.load(be, j))
    return even, (v.load(ro, j), v.load(go, j), v.load(bo, j))


write_row = finisher(pixels_at)


@inlined
def load_channel(
    line: Any, geom: Any, colour: Any, channel: int, planes: Any, x0: int, n: int
) -> None:
    """One channel of a tile's row, levels applied."""
    even, odd = planes
    channels = geom[CHANNELS]
    black, scale = colour[BLACK + channel], colour[SCALE + channel]
    words, floats = v.as_u16(line), v.as_f32(line)
    last = geom[WIDTH] - 1
    place = channel if channels == 3 else 0
    wide = geom[KIND] == 0
    # Past an odd width the last pixel is repeated; it is never written out.
    for j in range(padded(n)):
        c0 = min(x0 + 2 * j, last) * channels + place
        c1 = min(x0 + 2 * j + 1, last) * channels + place
        if wide:
            even[j] = (v.to_f32(words[c0]) - black) * scale
            odd[j] = (v.to_f32(words[c1]) - black) * scale
        else:
            even[j] = (floats[c0] - black) * scale
            odd[j] = (floats[c1] - black) * scale


def linear(src: Any, geom: Any, colour: Any, out: Any, scratch: Any) -> None:
    """Levels, gains, highlights, matrix and half of one or three samples per pixel."""
    right = min(geom[WIDTH], geom[CROP_X] + geom[CROP_WIDTH])
    at = RGB_AT + BEFORE
    planes = (
        v.at(scratch, at),
        v.at(scratch, at + PLANE),
        v.at(scratch, at + 2 * PLANE),
        v.at(scratch, at + 3 * PLANE),
        v.at(scratch, at + 4 * PLANE),
        v.at(scratch, at + 5 * PLANE),
    )
    x0 = geom[CROP_X] // TILE * TILE
    while x0 < right:
        n = (min(TILE, right - x0) + 1) >> 1
        for y in range(geom[CROP_Y] + geom[ROW_START], geom[CROP_Y] + geom[ROW_STOP]):
            line = v.at(src, y * geom[STRIDE])
            load_channel(line, geom, colour, 0, (planes[0], planes[1]), x0, n)
            load_channel(line, geom, colour, 1, (planes[2], planes[3]), x0, n)
            load_channel(line, geom, colour, 2, (planes[4], planes[5]), x0, n)
            write_row(planes, 0, 1, geom, colour, out, scratch, y - geom[CROP_Y], x0, n)
        x0 += TILE


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
