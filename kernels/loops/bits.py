"""Packed samples to uint16."""

from __future__ import annotations

from typing import Any

from kernels.loops import lanes as v


def unpack(src: Any, geom: Any, colour: Any, out: Any, scratch: Any) -> None:
    """geometry: width, height, bits, bytes per row, order (0 MSB first, 1 LSB first, 2 words)."""
    width, height, bits, stride, order = geom[0], geom[1], geom[2], geom[3], geom[4]
    for y in range(height):
        line = v.at(src, y * stride)
        row = v.at(v.as_u16(out), y * width)
        x = 0
        if order == 0 and bits == 12:
            while x + 2 <= width:
                p = v.at(line, (x >> 1) * 3)
                a, b, c = v.to_int(p[0]), v.to_int(p[1]), v.to_int(p[2])
                row[x] = v.to_u16((a << 4) | (b >> 4))
                row[x + 1] = v.to_u16(((b & 15) << 8) | c)
                x += 2
        elif order == 0 and bits == 10:
            while x + 4 <= width:
                p = v.at(line, (x >> 2) * 5)
                a, b, c = v.to_int(p[0]), v.to_int(p[1]), v.to_int(p[2])
                d, e = v.to_int(p[3]), v.to_int(p[4])
                row[x] = v.to_u16((a << 2) | (b >> 6))
                row[x + 1] = v.to_u16(((b & 63) << 4) | (c >> 4))
                row[x + 2] = v.to_u16(((c & 15) << 6) | (d >> 2))
                row[x + 3] = v.to_u16(((d & 3) << 8) | e)
                x += 4
        elif order == 0 and bits == 14:
            while x + 4 <= width:
                p = v.at(line, (x >> 2) * 7)
                a, b, c, d = v.to_int(p[0]), v.to_int(p[1]), v.to_int(p[2]), v.to_int(p[3])
                e, f, g = v.to_int(p[4]), v.to_int(p[5]), v.to_int(p[6])
                row[x] = v.to_u16((a << 6) | (b >> 2))
                row[x + 1] = v.to_u16(((b & 3) << 12) | (c << 4) | (d >> 4))
                row[x + 2] = v.to_u16(((d & 15) << 10) | (e << 2) | (f >> 6))
                row[x + 3] = v.to_u16(((f & 63) << 8) | g)
                x += 4
        elif order == 2 and bits == 14:
            while x + 8 <= width:
                q = v.at(v.as_u16(line), (x >> 3) * 7)
                a, b, c, d = v.wide(q[0]), v.wide(q[1]), v.wide(q[2]), v.wide(q[3])
                e, f, g = v.wide(q[4]), v.wide(q[5]), v.wide(q[6])
                row[x] = v.to_u16(a >> 2)
                row[x + 1] = v.to_u16(((a & 3) << 12) | (b >> 4))
                row[x + 2] = v.to_u16(((b & 15) << 10) | (c >> 6))
                row[x + 3] = v.to_u16(((c & 63) << 8) | (d >> 8))
                row[x + 4] = v.to_u16(((d & 255) << 6) | (e >> 10))
                row[x + 5] = v.to_u16(((e & 1023) << 4) | (f >> 12))
                row[x + 6] = v.to_u16(((f & 4095) << 2) | (g >> 14))
                row[x + 7] = v.to_u16(g & 16383)
                x += 8
        # Any other width, order or remainder: sample by sample from the bytes that hold it.
        mask = (1 << bits) - 1
        while x < width:
            first = x * bits
            if order == 0:
                word = 0
                for k in range((first & 7) + bits + 7 >> 3):
                    word = (word << 8) | v.to_int(line[(first >> 3) + k])
                spare = ((first & 7) + bits + 7 >> 3) * 8 - (first & 7) - bits
                row[x] = v.to_u16((word >> spare) & mask)
            elif order == 1:
                word = 0
                for k in range((first & 7) + bits + 7 >> 3):
                    word |= v.to_int(line[(first >> 3) + k]) << (8 * k)
                row[x] = v.to_u16((word >> (first & 7)) & mask)
            else:
                # 16-bit little-endian words, each filled from its highest bit (MLV).
                k = (first >> 4) * 2
                word = (v.to_int(line[k + 1]) << 8) | v.to_int(line[k])
                used = (first & 15) + bits
                if used > 16:
                    word = (word << 16) | (v.to_int(line[k + 3]) << 8) | v.to_int(line[k + 2])
                    row[x] = v.to_u16((word >> (32 - used)) & mask)
                else:
                    row[x] = v.to_u16((word >> (16 - used)) & mask)
            x += 1
