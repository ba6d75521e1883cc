"""Source rows as phase planes: even and odd columns apart, levels applied, borders mirrored.

The mirror stands on the edge sample (column -1 repeats column 1), because that keeps the phase of
the colour filter array; repeating the edge itself would put green where red belongs.
"""

from __future__ import annotations

from typing import Any

from kernels.calls import (
    BEFORE,
    BLACK,
    HEIGHT,
    KIND,
    MARGIN,
    PLANE,
    RING,
    SCALE,
    STRIDE,
    WIDTH,
)
from kernels.compiler import inlined
from kernels.loops.simd import lanes as v


@inlined
def mirror(i: int, n: int) -> int:
    """Place of sample `i` in a row of `n`; folds as often as a tiny picture needs."""
    while i < 0 or i >= n:
        i = -i if i < 0 else 2 * (n - 1) - i
    return i


@inlined
def plane(scratch: Any, y: int, odd: int) -> Any:
    """Even or odd columns of source row `y` in the ring."""
    return v.at(scratch, ((y % RING) * 2 + odd) * PLANE + BEFORE)


@inlined
def pair(scratch: Any, base: int, ring: int, y: int, odd: int) -> Any:
    """Even or odd columns of row `y` in a ring of pairs."""
    return v.at(scratch, base + ((y % ring) * 2 + odd) * PLANE + BEFORE)


@inlined
def single(scratch: Any, base: int, ring: int, y: int) -> Any:
    """Row `y` in a ring of one plane per row: the sites that are not green."""
    return v.at(scratch, base + (y % ring) * PLANE + BEFORE)


@inlined
def padded(n: int) -> int:
    """Pairs rounded up to what the widest vector writes."""
    return (n + 15) & -16


@inlined
def load_row(src: Any, geom: Any, colour: Any, scratch: Any, y: int, x0: int, n: int) -> None:
    """Row `y` (mirrored into the picture) of the tile at `x0`: `n` pairs and the margins."""
    width = geom[WIDTH]
    row = mirror(y, geom[HEIGHT])
    site = (row & 1) * 2
    black0, black1 = colour[BLACK + site], colour[BLACK + site + 1]
    scale0, scale1 = colour[SCALE + site], colour[SCALE + site + 1]
    even, odd = plane(scratch, y, 0), plane(scratch, y, 1)
    line = v.at(src, row * geom[STRIDE])
    words, floats = v.as_u16(line), v.as_f32(line)
    wide = geom[KIND] == 0
    start, stop = max(-MARGIN, -(x0 >> 1)), min(padded(n) + MARGIN, (width - x0) >> 1)
    step = v.step()
    b0, b1, s0, s1 = v.splat(black0), v.splat(black1), v.splat(scale0), v.splat(scale1)
    j = start
    if wide:
        while j + step <= stop:
            e, o = v.load_pairs_u16(words, x0 + 2 * j)
            v.store(even, j, (e - b0) * s0)
            v.store(odd, j, (o - b1) * s1)
            j += step
    else:
        while j + step <= stop:
            e, o = v.load_pairs_f32(floats, x0 + 2 * j)
            v.store(even, j, (e - b0) * s0)
            v.store(odd, j, (o - b1) * s1)
            j += step
    end = padded(n) + MARGIN
    k = -MARGIN
    while k < end:
        if k == start and j > start:
            k = j
        if k < end:
            c0, c1 = mirror(x0 + 2 * k, width), mirror(x0 + 2 * k + 1, width)
            if wide:
                even[k] = (v.to_f32(words[c0]) - black0) * scale0
                odd[k] = (v.to_f32(words[c1]) - black1) * scale1
            else:
                even[k] = (floats[c0] - black0) * scale0
                odd[k] = (floats[c1] - black1) * scale1
        k += 1
