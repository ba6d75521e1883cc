"""Deflate for blocks of pictures: a Huffman code for each segment, and repeats that pictures have.

What the predictor of an OpenEXR block leaves is noise with little to find: searching it for
repeats costs most of a general compressor's time and gains nothing over the entropy of its bytes.
So repeats are looked for where pictures have them: one byte before (flat parts), one channel
before (grey pictures), one line before (bars, ramps, borders). Segments that a code would hardly
shrink, the low bytes of noise, are stored as they are.

Deutsch (1996), RFC 1950 (zlib) and RFC 1951 (deflate).
"""

from __future__ import annotations

from typing import Any

from kernels.compiler import inlined
from kernels.loops.coding import words as w
from kernels.loops.coding import zip_slots as z
from kernels.loops.coding.huffman import build_code
from kernels.loops.coding.zip_rows import checksum, copy_block, sort_block
from kernels.loops.demosaic.finish import copy_bytes
from kernels.loops.simd import lanes as v
from kernels.loops.simd.vectors import as_i32, widen

END = 256
# Longer codes would not let four literals and the bits before them share 64 bits.
LIMIT, SHORT_LIMIT = 14, 7
LONGEST = 258
# Shorter repeats cost about what their bytes cost where bytes are cheap.
SHORTEST = 16
# A code that saves less than one part in so many is not worth its time.
WORTH = 128


@inlined
def put(out: Any, state: Any, bits: int, count: int) -> Any:
    """Append up to 56 bits; a state is where to write, the bits that wait, and how many."""
    at, waiting, many = state
    waiting |= bits << many
    many += count
    w.store64(out, at, waiting)
    return at + (many >> 3), w.shifted_down(waiting, many & 56), many & 7


@inlined
def whole_bytes(out: Any, state: Any) -> Any:
    """Fill up the last byte with zeros."""
    at, waiting, many = state
    w.store64(out, at, waiting)
    return at + (many + 7 >> 3), 0, 0


@inlined
def count_literals(data: Any, start: int, stop: int, counts: Any) -> None:
    """Add the bytes to four histograms, so that equal neighbours do not wait for one another."""
    c0, c1, c2, c3 = counts, v.at(counts, 256), v.at(counts, 512), v.at(counts, 768)
    k = start
    while k + 8 <= stop:
        word = w.load64(data, k)
        for _half in range(2):
            a, b, c, d = word & 255, word >> 8 & 255, word >> 16 & 255, word >> 24 & 255
            c0[a] = w.to_i32(widen(c0[a]) + 1)
            c1[b] = w.to_i32(widen(c1[b]) + 1)
            c2[c] = w.to_i32(widen(c2[c]) + 1)
            c3[d] = w.to_i32(widen(c3[d]) + 1)
            word >>= 32
        k += 8
    while k < stop:
        a = v.to_int(data[k])
        c0[a] = w.to_i32(widen(c0[a]) + 1)
        k += 1


@inlined
def length_symbol(length: int) -> Any:
    """Symbol, extra bits and their number, of a repeat's length (3 to 258)."""
    if length == LONGEST:
        return 285, 0, 0
    if length < 11:
        return 254 + length, 0, 0
    bits = w.highest(length - 3) - 2
    return 257 + 4 * bits + (length - 3 >> bits), length - 3 & (1 << bits) - 1, bits


@inlined
def distance_symbol(distance: int) -> Any:
    """Symbol, extra bits and their number, of a repeat's distance (1 to 32768)."""
    if distance < 5:
        return distance - 1, 0, 0
    bits = w.highest(distance - 1) - 1
    return 2 * bits + (distance - 1 >> bits), distance - 1 & (1 << bits) - 1, bits


@inlined
def note(tables: Any, number: int, place: int, length: int, distance: int) -> int:
    """Write a repeat down, in parts that one symbol can name; returns how many there are now."""
    while length > 0:
        part = min(length, LONGEST)
        if 0 < length - part < 3:
            part -= 3
        match = v.at(tables, z.MATCHES + z.MATCH * number)
        match[0], match[1], match[2] = w.to_i32(place), w.to_i32(part), w.to_i32(distance)
        symbol, _, _ = length_symbol(part)
        counts = v.at(tables, z.FREQUENCIES)
        counts[symbol] = w.to_i32(widen(counts[symbol]) + 1)
        symbol, _, _ = distance_symbol(distance)
        counts = v.at(tables, z.DISTANCES)
        counts[symbol] = w.to_i32(widen(counts[symbol]) + 1)
        number, place, length = number + 1, place + part, length - part
    return number


@inlined
def find_repeats(data: Any, start: int, stop: int, near: int, far: int, tables: Any) -> int:
    """Note the repeats of a segment and count its symbols; returns the number of repeats.

    A repeat of 15 bytes or more holds an aligned group of eight, and only those are compared.
    """
    number, done, i = 0, start, start & -8
    counts = v.at(tables, z.COUNTS)
    while i < stop:
        d1 = near if i >= near else 1
        d2 = far if i >= far else 1
        groups = w.same_groups(data, i, 1)
        groups |= w.same_groups(data, i, d1) | w.same_groups(data, i, d2)
        while groups != 0:
            place = i + 8 * w.lowest(groups)
            groups &= groups - 1
            if place >= done and place + 8 <= stop:
                best, first, distance = 0, 0, 1
                for way in range(3):
                    d = 1 if way == 0 else (d1 if way == 1 else d2)
                    if (way == 0 or d > 1) and w.load64(data, place) == w.load64(data, place - d):
                        left = place
                        while left > done and left > d and data[left - 1] == data[left - 1 - d]:
                            left -= 1
                        right = place + 8
                        while right < stop and data[right] == data[right - d]:
                            right += 1
                        if right - left > best and left >= d:
                            best, first, distance = right - left, left, d
                if best >= SHORTEST:
                    count_literals(data, done, first, counts)
                    number = note(tables, number, first, best, distance)
                    done = first + best
        i = max(i + 64, done & -8)
    count_literals(data, done, stop, counts)
    return number


@inlined
def write_literals(data: Any, start: int, stop: int, codes: Any, out: Any, state: Any) -> Any:
    """The code of every byte."""
    at, waiting, many = state
    k = start
    while k + 4 <= stop:
        word = w.load32(data, k)
        a, b = widen(codes[word & 255]), widen(codes[word >> 8 & 255])
        c, d = widen(codes[word >> 16 & 255]), widen(codes[word >> 24])
        ab = a >> 6 | (b >> 6) << (a & 63)
        cd = c >> 6 | (d >> 6) << (c & 63)
        size = (a & 63) + (b & 63)
        waiting |= (ab | cd << size) << many
        many += size + (c & 63) + (d & 63)
        w.store64(out, at, waiting)
        at += many >> 3
        waiting = w.shifted_down(waiting, many & 56)
        many &= 7
        k += 4
    while k < stop:
        a = widen(codes[v.to_int(data[k])])
        at, waiting, many = put(out, (at, waiting, many), a >> 6, a & 63)
        k += 1
    return at, waiting, many


@inlined
def write_tokens(
    data: Any, start: int, stop: int, matches: int, tables: Any, out: Any, state: Any
) -> Any:
    """Literals and repeats of a segment, and its end."""
    codes, distances = v.at(tables, z.CODES), v.at(tables, z.DISTANCE_CODES)
    done = start
    for number in range(matches + 1):
        match = v.at(tables, z.MATCHES + z.MATCH * number)
        upto = widen(match[0]) if number < matches else stop
        state = write_literals(data, done, upto, codes, out, state)
        if number < matches:
            symbol, extra, bits = length_symbol(widen(match[1]))
            code = widen(codes[symbol])
            state = put(out, state, code >> 6 | extra << (code & 63), (code & 63) + bits)
            symbol, extra, bits = distance_symbol(widen(match[2]))
            code = widen(distances[symbol])
            state = put(out, state, code >> 6 | extra << (code & 63), (code & 63) + bits)
            done = upto + widen(match[1])
    code = widen(codes[END])
    return put(out, state, code >> 6, code & 63)


@inlined
def sequence_of_lengths(lengths: Any, many: int, tables: Any) -> int:
    """Code lengths as symbols and repeats, counted for a code of their own."""
    counts, steps = v.at(tables, z.SHORT), v.at(tables, z.SEQUENCE)
    for k in range(19):
        counts[k] = w.to_i32(0)
    number, k = 0, 0
    while k < many:
        size, run = widen(lengths[k]), 1
        while k + run < many and lengths[k + run] == lengths[k]:
            run += 1
        if size > 0:
            run = min(run, 7)
        run = min(run, 138)
        symbol, times, taken = size, 0, 1
        if size == 0 and run >= 3:
            symbol, times, taken = (17, run - 3, run) if run < 11 else (18, run - 11, run)
        elif size > 0 and k > 0 and lengths[k - 1] == lengths[k] and run >= 3:
            taken = min(run, 6)
            symbol, times = 16, taken - 3
        steps[2 * number], steps[2 * number + 1] = w.to_i32(symbol), w.to_i32(times)
        counts[symbol] = w.to_i32(widen(counts[symbol]) + 1)
        number, k = number + 1, k + taken
    return number


@inlined
def extra_of(symbol: int) -> int:
    """Bits that follow a symbol of the code of the code lengths."""
    return 2 if symbol == 16 else (3 if symbol == 17 else (7 if symbol == 18 else 0))


@inlined
def order_of(k: int) -> int:
    """Order in which the code of the code lengths is written: 16 17 18 0 8 7 9 6 10 ... 1 15."""
    if k < 3:
        return 16 + k
    if k == 3:
        return 0
    return 8 - (k - 4 + 1 >> 1) if k & 1 else 8 + (k - 4 >> 1)


@inlined
def write_segment(
    data: Any, start: int, stop: int, near: int, far: int, last: int, tables: Any, out: Any,
    state: Any,
) -> Any:  # fmt: skip
    """One block of deflate: coded, or stored where a code would gain next to nothing."""
    counts, merged = v.at(tables, z.COUNTS), v.at(tables, z.FREQUENCIES)
    for k in range(4 * 256 + z.SYMBOLS):
        counts[k] = w.to_i32(0)
    distances = v.at(tables, z.DISTANCES)
    for k in range(32):
        distances[k] = w.to_i32(0)
    matches = find_repeats(data, start, stop, near, far, tables)
    for k in range(256):
        total = widen(counts[k]) + widen(counts[256 + k])
        merged[k] = w.to_i32(total + widen(counts[512 + k]) + widen(counts[768 + k]))
    merged[END] = w.to_i32(1)
    lengths = v.at(tables, z.LENGTHS)
    short_lengths, short_codes = v.at(tables, z.SHORT_LENGTHS), v.at(tables, z.SHORT_CODES)
    literals, many, number, places = 0, 0, 0, 0
    for part in range(3):
        if part == 0:
            frequencies, symbols, limit = merged, 286, LIMIT
            sizes, codes = lengths, v.at(tables, z.CODES)
        elif part == 1:
            literals = max(many, 257)
            frequencies, symbols, limit = distances, 30, LIMIT
            sizes, codes = v.at(lengths, literals), v.at(tables, z.DISTANCE_CODES)
        else:
            places = many
            number = sequence_of_lengths(lengths, literals + places, tables)
            frequencies, symbols, limit = v.at(tables, z.SHORT), 19, SHORT_LIMIT
            sizes, codes = short_lengths, short_codes
        many = build_code(frequencies, symbols, limit, sizes, codes, tables)
    kinds = 19
    while kinds > 4 and short_lengths[order_of(kinds - 1)] == 0:
        kinds -= 1
    bits = 17 + 3 * kinds
    steps = v.at(tables, z.SEQUENCE)
    for k in range(number):
        symbol = widen(steps[2 * k])
        bits += widen(short_lengths[symbol]) + extra_of(symbol)
    for k in range(286):
        extra = k - 261 >> 2 if 264 < k < 285 else 0
        bits += widen(merged[k]) * (widen(lengths[k]) + extra)
    for k in range(30):
        extra = (k >> 1) - 1 if k > 3 else 0
        bits += widen(distances[k]) * (widen(lengths[literals + k]) + extra)
    plain = stop - start
    if bits >= 8 * plain - 8 * plain // WORTH:
        state = put(out, state, last, 3)
        state = whole_bytes(out, state)
        at, _, _ = state
        w.store32(out, at, plain | (plain ^ 65535) << 16)
        copy_bytes(v.at(out, at + 4), v.at(data, start), plain)
        state = at + 4 + plain, 0, 0
    else:
        state = put(out, state, last | 4, 3)
        state = put(out, state, literals - 257 | places - 1 << 5 | kinds - 4 << 10, 14)
        for k in range(kinds):
            state = put(out, state, widen(short_lengths[order_of(k)]), 3)
        for k in range(number):
            symbol = widen(steps[2 * k])
            code = widen(short_codes[symbol])
            both = code >> 6 | widen(steps[2 * k + 1]) << (code & 63)
            state = put(out, state, both, (code & 63) + extra_of(symbol))
        state = write_tokens(data, start, stop, matches, tables, out, state)
    return state


@inlined
def write_stream(
    data: Any, length: int, middle: int, near: int, far: int, tables: Any, out: Any
) -> int:
    """A zlib stream; no segment reaches over `middle`. Returns its bytes."""
    data[-1] = w.to_u8(~v.to_int(data[0]))  # nothing repeats what is not there
    w.store32(out, 0, 0x0178)
    state = 2, 0, 0
    start, last = 0, 0
    while last == 0:
        part = middle - start if start < middle else length - start
        pieces = max((part + z.SEGMENT - 1) // z.SEGMENT, 1)
        stop = start + part // pieces
        last = 1 if stop == length else 0
        state = write_segment(data, start, stop, near, far, last, tables, out, state)
        start = stop
    state = whole_bytes(out, state)
    at, _, _ = state
    total = checksum(data, length, v.at(tables, z.COUNTS))
    for k in range(4):
        out[at + k] = w.to_u8(total >> 24 - 8 * k)
    written: int = at + 4
    return written


def deflate(src: Any, geom: Any, colour: Any, out: Any, scratch: Any) -> None:
    """Entry: plain bytes to a zlib stream, or rows of halves to blocks of an OpenEXR file."""
    tables = as_i32(scratch)
    data = v.at(v.as_u8(v.at(scratch, z.DATA)), z.GUARD)
    blocks, lines, near, far = 1, 1, 1, 1
    if geom[z.MODE] == 1:
        lines = geom[z.LINES]
        blocks = (geom[z.ROWS] + lines - 1) // lines
        near = geom[z.WIDTH] if geom[z.WIDTH] <= 32768 else 1
        far = geom[z.WIDTH] * geom[z.CHANNELS]
        far = far if far <= 32768 else 1
    at = 0
    for block in range(blocks):
        row = block * lines
        if geom[z.MODE] == 1:
            rows = min(lines, geom[z.ROWS] - row)
            sort_block(src, geom, row, rows, data)
            middle = rows * geom[z.CHANNELS] * geom[z.WIDTH]
            length, to = 2 * middle, v.at(out, at + z.MARKS)
        else:
            length = geom[z.LENGTH]
            middle, to = length, out
            copy_bytes(data, src, length)
        size = write_stream(data, length, middle, near, far, tables, to)
        if geom[z.MODE] == 1:
            # What does not shrink is stored as it is, neither sorted nor as steps.
            if size >= length:
                copy_block(src, geom, row, rows, to)
                size = length
            w.store32(out, at, geom[z.FIRST] + row)
            w.store32(out, at + 4, size)
            at += z.MARKS
        geom[z.SIZES + block] = size
        at += size
