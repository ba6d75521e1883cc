"""Pictures that need no demosaic: linear RGB and monochrome through the same finish; half alone."""

from __future__ import annotations

from typing import Any

from kernels.calls import (
    BLACK,
    CHANNELS,
    CROP_WIDTH,
    CROP_X,
    CROP_Y,
    KIND,
    ROW_START,
    ROW_STOP,
    SCALE,
    STRIDE,
    TILE,
    WIDTH,
)
from kernels.loops import lanes as v
from kernels.loops.finish import bounded, rgb_plane, write_row
from kernels.loops.planes import padded


def linear(src: Any, geom: Any, colour: Any, out: Any, scratch: Any) -> None:
    """Levels, gains, highlights, matrix and half of one or three samples per pixel."""
    channels = geom[CHANNELS]
    right = min(geom[WIDTH], geom[CROP_X] + geom[CROP_WIDTH])
    planes = (
        rgb_plane(scratch, 0),
        rgb_plane(scratch, 1),
        rgb_plane(scratch, 2),
        rgb_plane(scratch, 3),
        rgb_plane(scratch, 4),
        rgb_plane(scratch, 5),
    )
    x0 = geom[CROP_X] // TILE * TILE
    while x0 < right:
        n = (min(TILE, right - x0) + 1) >> 1
        for y in range(geom[CROP_Y] + geom[ROW_START], geom[CROP_Y] + geom[ROW_STOP]):
            line = v.at(src, y * geom[STRIDE])
            words, floats = v.as_u16(line), v.as_f32(line)
            for channel in range(3):
                black, scale = colour[BLACK + channel], colour[SCALE + channel]
                even, odd = planes[0], planes[1]
                if channel == 1:
                    even, odd = planes[2], planes[3]
                elif channel == 2:
                    even, odd = planes[4], planes[5]
                place = channel if channels == 3 else 0
                # Past an odd width the last pixel is repeated; it is never written out.
                for j in range(padded(n)):
                    c0 = min(x0 + 2 * j, geom[WIDTH] - 1) * channels + place
                    c1 = min(x0 + 2 * j + 1, geom[WIDTH] - 1) * channels + place
                    if geom[KIND] == 0:
                        even[j] = (v.to_f32(words[c0]) - black) * scale
                        odd[j] = (v.to_f32(words[c1]) - black) * scale
                    else:
                        even[j] = (floats[c0] - black) * scale
                        odd[j] = (floats[c1] - black) * scale
            write_row(planes, geom, colour, out, scratch, y - geom[CROP_Y], x0, n)
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
